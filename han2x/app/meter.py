"""One meter: the line it hangs on, the decoder, its state and its registers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, Final, NoReturn, Protocol

from han2x import report
from han2x.decoder import Decoder
from han2x.meters import Scales
from han2x.model import Event, Problem, ProblemKind, Reading
from han2x.register_bank import RegisterBank, WhenStale
from han2x.registers import DeviceFacts, Sources
from han2x.scaling_factor import WARN_ABOVE, ScalingFactor
from han2x.serial_port import LineState, LineStatus, SerialLine
from han2x.settings import MeterSettings, ModbusSettings
from han2x.state import MeterState

log = logging.getLogger("han2x.meter")

PROBLEM_LOG_S: Final = 3600.0
"""How often a kind of problem on a line may be a warning; in between it is logged for debugging only."""

Clock = Callable[[], float]


class Line(Protocol):
    """What brings a meter's octets: a serial line, or a simulated meter with a serial line to it."""

    async def run(self) -> NoReturn: ...


class Meter:
    """All that belongs to one meter. `on_factor` is called with each scaling factor that a client brings into force."""

    def __init__(
        self,
        settings: MeterSettings,
        modbus: ModbusSettings,
        clock: Clock,
        *,
        facts: Callable[[float], DeviceFacts],
        on_factor: Callable[[int], None],
        simulated: bool = False,
    ) -> None:
        self.settings = settings
        self.simulated = simulated
        self.label = settings.name or f"meter {settings.unit}"
        self.state = MeterState(stale_after_s=modbus.stale_after_s)
        self.bank = RegisterBank(
            self.state,
            ScalingFactor(settings.scaling_factor),
            when_stale=WhenStale(modbus.when_stale),
            facts=facts,
            on_factor=self._factor_changed,
        )
        self.status = LineStatus(LineState.OPENING, settings.port)
        self._clock = clock
        self._facts = facts
        self._on_factor = on_factor
        self._decoder = self._new_decoder()
        self._warned: dict[ProblemKind, float] = {}
        self._known: tuple[str | None, ...] = ()
        self._silent = False

    def serial_line(self, port: str) -> SerialLine:
        """The line to this meter through a serial port or pyserial URL.

        Raises:
            ValueError: no line can be opened that way.
        """
        return SerialLine(
            port,
            self.settings.baudrate,
            self.settings.parity,
            self.settings.data_bits,
            self.settings.stop_bits,
            on_octets=self.on_octets,
            on_silence=self.on_silence,
            on_status=self.on_status,
        )

    def on_octets(self, octets: bytes) -> None:
        """Octets came from the line."""
        self._take(lambda: self._decoder.feed(octets))

    def on_silence(self) -> None:
        """The line has fallen silent."""
        self._take(self._decoder.silence)

    def on_status(self, status: LineStatus) -> None:
        """The line itself changed."""
        self.status = status

    def read(self, address: int, count: int) -> bytes | int:
        """Registers, as `han2x.modbus_server.Device` has it."""
        return self.bank.read(address, count, self._clock())

    def write(self, address: int, words: Sequence[int]) -> int | None:
        """Write registers, as `han2x.modbus_server.Device` has it."""
        return self.bank.write(address, words, self._clock())

    def tick(self) -> None:
        """Do what only time brings about; to be called about once a second."""
        now = self._clock()
        self.bank.settle(now)
        if not self._silent and self.state.readings and self.state.is_stale(now):
            self._silent = True
            log.warning("%s: no good telegram for %d s", self.label, self.state.stale_after_s)

    def live(self) -> dict[str, Any]:
        """What the page shows of this meter."""
        now = self._clock()
        snapshot = self.state.snapshot(now)
        factor = self.bank.factor
        sources = Sources(snapshot, factor.active, factor.shown, self._facts(now))
        return {
            "unit": self.settings.unit,
            "name": self.settings.name,
            "simulated": self.simulated,
            "line": {"port": self.status.port, "state": self.status.state, "detail": self.status.reason},
            "stale_after_s": self.state.stale_after_s,
            "when_stale": self.bank.when_stale,
            "scaling_factor": factor.active,
            **report.snapshot_json(snapshot),
            "registers": report.registers_json(sources),
        }

    def _take(self, decode: Callable[[], list[Event]]) -> None:
        now = self._clock()
        try:
            for event in decode():
                self.state.apply(event, now)
                self._tell(event, now)
        except Exception:
            # Nothing on a line may do this. Should it, one telegram is lost, and not what the other meters say.
            self._decoder = self._new_decoder()
            log.exception("%s: a telegram was given up because of a fault in this program", self.label)

    def _tell(self, event: Event, now: float) -> None:
        if isinstance(event, Problem):
            self._tell_problem(event, now)
        else:
            self._tell_reading(event)

    def _new_decoder(self) -> Decoder:
        return Decoder(scales_of(self.settings))

    def _tell_problem(self, problem: Problem, now: float) -> None:
        last = self._warned.get(problem.kind)
        often = last is not None and now - last < PROBLEM_LOG_S
        if not often:
            self._warned[problem.kind] = now
        level = logging.DEBUG if often else logging.WARNING
        log.log(level, "%s: %s: %s", self.label, problem.kind, problem.detail)

    def _tell_reading(self, reading: Reading) -> None:
        if self._silent:
            self._silent = False
            log.info("%s: good telegrams come again", self.label)
        known = (reading.maker, reading.meter_id or (self._known[1] if self._known else None))
        if known != self._known:
            self._known = known
            log.info("%s: receiving from %s meter %s", self.label, known[0], known[1] or "without id")

    def _factor_changed(self, value: int) -> None:
        log.info("%s: a client set the scaling factor to %d", self.label, value)
        if value > WARN_ABOVE:
            log.warning(
                "%s: with a scaling factor above %d the 32-bit energies may roll over before the meter's own do",
                self.label,
                WARN_ABOVE,
            )
        self._on_factor(value)


def scales_of(settings: MeterSettings) -> Scales:
    """The meter's scales in thousandths, as the decoder wants them."""
    voltage = settings.kamstrup_voltage_v
    return Scales(
        kamstrup_energy_mwh=settings.kamstrup_energy_wh * 1000,
        kamstrup_current_ma=round(settings.kamstrup_current_a * 1000),
        kamstrup_voltage_mv=None if voltage == "auto" else round(voltage * 1000),
    )
