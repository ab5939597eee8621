"""One meter: its line, its state and its registers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from han2x import report
from han2x.codecs.security import Security
from han2x.gateway.history import History
from han2x.gateway.line import MeterLine
from han2x.gateway.scale_check import Doubt, ScaleCheck
from han2x.meters import Scales, clock
from han2x.model import Event, Reading
from han2x.registers import DeviceFacts, Sources
from han2x.registers.bank import RegisterBank, WhenStale
from han2x.registers.scaling_factor import WARN_ABOVE, ScalingFactor
from han2x.settings import MeterSettings, ModbusSettings
from han2x.state import MeterState, Snapshot

log = logging.getLogger("han2x.meter")

Clock = Callable[[], float]


class Meter:
    """All that belongs to one meter.

    `kept` is what `keep` answered before the last restart, empty when there is nothing. `on_factor` is called with each
    scaling factor that a client brings into force.
    """

    def __init__(
        self,
        settings: MeterSettings,
        modbus: ModbusSettings,
        now: Clock,
        *,
        facts: Callable[[float], DeviceFacts],
        on_factor: Callable[[int], None],
        kept: Mapping[str, Any],
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
        self.history = History()
        self.scale_check = ScaleCheck()
        self._doubts: tuple[Doubt, ...] = ()
        self._clock = now
        self._facts = facts
        self._on_factor = on_factor
        self._known: tuple[str | None, ...] = ()
        self._serial_settings: str | None = kept.get("serial_settings")
        self._counters_due = False
        self._renew_security(kept.get("counters"))
        self.renew_line()
        self._restore(kept)

    def change(self, settings: MeterSettings, modbus: ModbusSettings) -> bool:
        """Take other settings; answers whether the line has to be read anew, after `renew_line`."""
        before, self.settings = self.settings, settings
        self.label = settings.name or f"meter {settings.unit}"
        self.state.stale_after_s = modbus.stale_after_s
        self.bank.change(when_stale=WhenStale(modbus.when_stale), factor=settings.scaling_factor)
        if _keys_of(before) != _keys_of(settings):
            self._renew_security(None)
        if scales_of(before) != scales_of(settings):
            self.scale_check = ScaleCheck()
        return _line_settings(before) != _line_settings(settings)

    def renew_line(self) -> None:
        """Make the line anew from the settings; whoever reads the old one has to have stopped."""
        self.line = MeterLine(
            self.label,
            self.settings.port,
            self._clock,
            self._take,
            serial_settings=self.settings.serial_settings,
            remembered=self._serial_settings,
            configured=self.simulated or bool(self.settings.port),
            scales=scales_of(self.settings),
            security=self.security,
        )

    def read(self, address: int, count: int) -> bytes | int:
        """Registers, as `han2x.modbus_server.Device` has it."""
        return self.bank.read(address, count, self._clock())

    def write(self, address: int, words: Sequence[int]) -> int | None:
        """Write registers, as `han2x.modbus_server.Device` has it."""
        return self.bank.write(address, words, self._clock())

    def tick(self) -> None:
        """Do what only time brings about; to be called about once a second."""
        self.bank.settle(self._clock())
        self.line.tick()

    def keep(self) -> dict[str, Any]:
        """What of this meter has to survive a restart."""
        self._counters_due = False
        self._serial_settings = self.line.found_settings or self._serial_settings
        return {
            "estimator": self.state.estimator.dump(),
            "serial_settings": self._serial_settings,
            "counters": self.security.counters,
        }

    @property
    def must_be_kept_soon(self) -> bool:
        """Whether something changed that a power cut must not undo."""
        return self._counters_due

    def live(self) -> dict[str, Any]:
        """What the page shows of this meter."""
        now = self._clock()
        snapshot = self.state.snapshot(now)
        factor = self.bank.factor
        sources = Sources(snapshot, factor.active, factor.shown, self._facts(now))
        status, diagnosis = self.line.status, self.line.diagnosis()
        return {
            "unit": self.settings.unit,
            "name": self.settings.name,
            "simulated": self.simulated,
            "line": {
                "port": status.port,
                "state": status.state,
                "detail": status.reason,
                "code": status.code,
                "values": status.values,
                "settings": status.settings,
                "understood": self.line.found_settings is not None,
            },
            "diagnosis": {
                "code": diagnosis.code,
                "values": diagnosis.values,
                "what": diagnosis.what,
                "advice": diagnosis.advice,
            },
            "warnings": [
                {"code": "scale", "setting": doubt.setting, "factor": 10.0**doubt.decades, "what": self._say(doubt)}
                for doubt in self._doubts
            ],
            "stale_after_s": self.state.stale_after_s,
            "when_stale": self.bank.when_stale,
            "scaling_factor": factor.active,
            **report.snapshot_json(snapshot),
            "meter_time_utc": self._meter_time_utc(snapshot),
            "registers": report.registers_json(sources),
        }

    def _meter_time_utc(self, snapshot: Snapshot) -> str | None:
        if not (snapshot.maker and snapshot.push_list and snapshot.meter_time):
            return None
        near = datetime.fromtimestamp(snapshot.now, UTC)
        resolved = clock.resolve(snapshot.maker, snapshot.push_list, snapshot.meter_time, near)
        return None if resolved is None else resolved.isoformat(timespec="seconds")

    def _take(self, event: Event, now: float) -> None:
        self.state.apply(event, now)
        if isinstance(event, Reading):
            self.history.add(event, now)
            self._check_scales(event, now)
            self._counters_due = self._counters_due or (event.encrypted and self.security.counters_due() is not None)
            known = (event.maker, event.meter_id or (self._known[1] if self._known else None))
            if known != self._known:
                self._known = known
                log.info("%s: receiving from %s meter %s", self.label, known[0], known[1] or "without id")

    def _check_scales(self, reading: Reading, now: float) -> None:
        self.scale_check.add(reading, now)
        if self.scale_check.doubts != self._doubts:
            self._doubts = self.scale_check.doubts
            for doubt in self._doubts:
                log.warning("%s: %s", self.label, self._say(doubt))

    def _say(self, doubt: Doubt) -> str:
        value = getattr(self.settings, doubt.setting)
        return (
            f"the meter's power contradicts {doubt.setting} = {value}: what it gives is"
            f" {10.0**doubt.decades:g} times what it should be. Set {doubt.setting} = {doubt.mended(value):g}."
        )

    def _renew_security(self, counters: Mapping[str, int] | None) -> None:
        self.security = Security(*_keys_of(self.settings), counters)

    def _restore(self, kept: Mapping[str, Any]) -> None:
        if not kept:
            return
        try:
            self.state.estimator.restore(kept["estimator"], self._clock())
        except (KeyError, TypeError, ValueError) as error:
            log.warning(
                "%s: the kept energies cannot be used (%s); the next hourly list begins anew", self.label, error
            )

    def _factor_changed(self, value: int) -> None:
        log.info("%s: a client set the scaling factor to %d", self.label, value)
        if value > WARN_ABOVE:
            log.warning(
                "%s: with a scaling factor above %d the 32-bit energies may roll over before the meter's own do",
                self.label,
                WARN_ABOVE,
            )
        self._on_factor(value)


def _line_settings(settings: MeterSettings) -> tuple[object, ...]:
    """What the line is made from."""
    return settings.port, settings.serial_settings, scales_of(settings), _keys_of(settings)


def _keys_of(settings: MeterSettings) -> tuple[bytes | None, bytes | None]:
    keys = (settings.encryption_key, settings.authentication_key)
    encryption, authentication = (bytes.fromhex(key) if key else None for key in keys)
    return encryption, authentication


def scales_of(settings: MeterSettings) -> Scales:
    """The meter's scales in thousandths, as the decoder wants them."""
    voltage = settings.kamstrup_voltage_v
    return Scales(
        kamstrup_energy_mwh=settings.kamstrup_energy_wh * 1000,
        kamstrup_current_ma=round(settings.kamstrup_current_a * 1000),
        kamstrup_voltage_mv=None if voltage == "auto" else round(voltage * 1000),
    )
