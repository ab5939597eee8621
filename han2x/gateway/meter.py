"""One meter as it runs: octets in; state, registers and whatever else listens to its readings out.

The clock, the store and the outputs are arguments: the daemon, `han2x replay`, the benchmarks and the tests run this
same thing, each on a clock and a disk of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from han2x.audit import GATEWAY, acting, acting_as
from han2x.codecs.security import Security
from han2x.estimator import EnergyEstimator
from han2x.gateway import stopped
from han2x.gateway.config import MeterConfig
from han2x.gateway.diagnosis import Code, Diagnosis
from han2x.gateway.keeping import Keeping, Saved, Store, kept_name
from han2x.gateway.line import Line
from han2x.gateway.line_facts import is_clock_doubted, line_facts
from han2x.gateway.line_status import LineStatus
from han2x.gateway.notices import Notices
from han2x.measurements import Measurements
from han2x.meters import Learned
from han2x.model import Event, Reading
from han2x.registers import DeviceFacts, LineFacts, Sources
from han2x.registers.bank import RegisterBank
from han2x.registers.scaling_factor import WARN_ABOVE, ScalingFactor
from han2x.state import MeterState

log = logging.getLogger("han2x.meter")

Clock = Callable[[], float]
Consumer = Callable[[Event, float], None]
"""Takes everything that is decoded, and the moment it came."""
Output = Callable[["Meter"], Consumer]
"""Makes a consumer for one meter, which it may look at."""


class Meter:
    """All that belongs to one meter, on `clock`, in seconds that never step.

    With a `store` it begins with what was kept there, and then publishes no energy that a power cut could take back
    (`must_be_kept`, `keep`); without one nothing survives. `on_factor` is called with the scaling factor before and
    after a client has brought one into force, `wake` when there is something to keep. `outputs` make further consumers
    of the readings.
    """

    def __init__(
        self,
        config: MeterConfig,
        clock: Clock,
        *,
        store: Store | None = None,
        facts: Callable[[float], DeviceFacts] = lambda _now: DeviceFacts(),
        on_factor: Callable[[int, int], None] = lambda _before, _after: None,
        wake: Callable[[], None] = lambda: None,
        outputs: Sequence[Output] = (),
    ) -> None:
        self.config = config
        self.clock = clock
        self.state = MeterState(EnergyEstimator(durable=store is not None), config.stale_after_s)
        self.state.hours.zone = config.zone
        self.bank = RegisterBank(
            self.state,
            ScalingFactor(config.scaling_factor),
            rules=config.rules,
            facts=facts,
            line=lambda _now: self._line_facts,
            on_factor=self._factor_changed,
        )
        self._read = self.bank.own.read
        self._facts = facts
        self._line_facts = LineFacts()
        self.tap: Callable[[bytes, float], None] | None = None  # takes what comes from the line, and the moment, too
        self._on_factor = on_factor
        self._writer = GATEWAY
        self._wake = wake
        self._keeping = Keeping() if store is not None else None
        self._serial_settings: str | None = None
        self._counters_due = False
        self.security = Security(*config.keys)
        self.learned = Learned()
        self.notices = Notices(self.state, lambda: self.config.scales, self.learned, self._say)
        self._restore(store.load(kept_name(config.unit)) if store is not None else None)
        self.renew_line()
        self.consumers: list[Consumer] = [
            self.state.apply,
            self.notices.take_discontinuities,
            self._follow_hours,
            self.notices.check_scales,
            self._watch_counters,
            self.notices.log_identity,
            *(output(self) for output in outputs),
        ]

    @property
    def label(self) -> str:
        """How log lines name the meter."""
        return self.config.label

    def change(self, config: MeterConfig) -> bool:
        """Run with another configuration; returns whether the line has to be opened again, after `renew_line`."""
        before, self.config = self.config, config
        self.state.stale_after_s = config.stale_after_s
        self.state.hours.zone = config.zone
        # A factor that a client wrote in the meantime stays, unless another one was chosen here.
        chosen = config.scaling_factor != before.scaling_factor
        self.bank.change(config.rules, factor=config.scaling_factor if chosen else None)
        self.line.label = config.label
        if before.keys != config.keys:
            self.security = Security(*config.keys)
        if before.scales != config.scales:
            self.notices.forget_scales()
            self.learned.forget()
        return before.line != config.line

    def factor_stored(self, value: int) -> None:
        """The configuration says this scaling factor now, because a client wrote it."""
        self.config = replace(self.config, scaling_factor=value)

    def renew_line(self) -> None:
        """Make the line from the configuration; whoever reads the old one has to have stopped."""
        self.line = Line(self.config, self.security, self._serial_settings, self.learned)

    def feed(self, octets: bytes) -> list[Event]:
        """Take octets that came from the line; returns what they completed."""
        return [event for events in self.steps(octets) for event in events]

    def silence(self) -> list[Event]:
        """The line has fallen silent; returns what that completed."""
        return [event for events in self.steps(None) for event in events]

    def steps(self, octets: bytes | None) -> Iterator[list[Event]]:
        """Do as `feed` does with octets that came just now, or as `silence` with None, in short steps.

        Each gives what it completed. The next octets are to be given when all steps are done, or when the rest of them
        was given up.
        """
        now = self.clock()
        if octets is not None and self.tap is not None:
            self.tap(octets, now)
        return (self._taken(events, now) for events in self.line.steps(octets, now))

    def line_changed(self, status: LineStatus) -> None:
        """The port was opened, or lost."""
        self.line.changed(status, self.clock())

    def take(self, event: Event) -> None:
        """Take what was decoded."""
        self._taken([event], self.clock())

    def tick(self) -> None:
        """Do what only time brings about; to be called about once a second."""
        now = self.clock()
        self.bank.settle(now)
        self.line.tick(now)
        self.state.hours.of_computer(self._facts(now).unix_time, now)
        diagnosis = self.diagnosis(now)
        self.line.log_health(diagnosis, now)
        self._line_facts = line_facts(
            self.line.status,
            diagnosis.code,
            doubted=bool(self.notices.doubts),
            simulated=self.config.simulated,
            clock_doubted=is_clock_doubted(self.state.snapshot(now), self._facts(now).unix_time, self.config.zone),
        )
        if self.must_be_kept(now):
            self._wake()

    def diagnosis(self, now: float) -> Diagnosis:
        """What is the matter with the meter's line, or with what comes from it."""
        line = self.line.diagnosis(now)
        if line.code not in (Code.RECEIVING, Code.UNCHECKED):
            return line
        return stopped.diagnose(self.state.snapshot(now)) or line

    def read(self, address: int, count: int) -> bytes | int:
        """Registers as big-endian words, or an exception code."""
        return self._read(address, count, self.clock())

    def write(self, address: int, words: Sequence[int]) -> int | None:
        """Write registers, for whoever `han2x.audit.acting` names; an exception code says why not."""
        now = self.clock()
        with acting_as(self._writer):  # what was half written before may come into force now
            self.bank.settle(now)
        code = self.bank.write(address, words, now)
        if code is None:
            self._writer = acting.get()
        return code

    def sources(self) -> Sources:
        """What the registers are made from now."""
        return self.bank.sources(self.clock())

    def measured(self) -> Measurements:
        """What is current now, signed, by phase and scaled."""
        now = self.clock()
        return Measurements(self.state.snapshot(now).current(), self.bank.factor.active)

    def shown(self) -> Sources:
        """What Modbus clients are shown now: the same sources for a moment, as `when_stale` has them."""
        return self.bank.current(self.clock())

    def must_be_kept(self, now: float) -> bool:
        """Whether it is time for `keep`, or for `document` and `kept`."""
        soon = self._counters_due or self.state.hours.due or self.state.estimator.outgrown(now)
        return self._keeping is not None and self._keeping.is_due(self.state.revision, now, soon=soon)

    def document(self, *, running: bool) -> dict[str, Any]:
        """What has to survive a restart, to be written now; `kept` has to follow. `running` says that this goes on."""
        if self._keeping is not None:
            self._keeping.begins(self.state.revision)
        self._counters_due = False
        self._serial_settings = self.line.found_settings or self._serial_settings
        return {
            "estimator": self.state.estimator.dump(running=running),
            "state": self.state.dump(),
            "hours": self.state.hours.dump(self.clock()),
            "serial_settings": self._serial_settings,
            "counters": self.security.counters,
            "learned": self.learned.dump(),
        }

    def kept(self, saved: Saved) -> None:
        """What became of the last `document`."""
        self.state.estimator.confirm(kept=saved is not Saved.FAILED)
        if self._keeping is not None:
            self._keeping.ended(saved, self.clock())

    def keep(self, store: Store, *, running: bool = True) -> None:
        """Write what has to survive a restart, and wait for the disk."""
        self.kept(store.save(kept_name(self.config.unit), self.document(running=running)))

    def _taken(self, events: list[Event], now: float) -> list[Event]:
        for event in events:
            for consumer in self.consumers:
                try:
                    consumer(event, now)
                except Exception:
                    # One that fails must not keep the others, and other meters, from what was read.
                    if self.line.may_warn(f"fault {consumer}", now):
                        log.exception("%s: a telegram was not taken because of a fault in this program", self.label)
        if events and self.must_be_kept(now):
            self._wake()
        return events

    def _follow_hours(self, event: Event, now: float) -> None:
        if isinstance(event, Reading):
            self.state.hours.of_computer(self._facts(now).unix_time, now)
            self.state.hours.take(event, now, lambda: self.state.estimator.at(now))

    def _watch_counters(self, event: Event, _now: float) -> None:
        if isinstance(event, Reading) and event.encrypted and self.security.counters_due() is not None:
            self._counters_due = True

    def _say(self, now: float, level: int, kind: str, message: str, *args: object) -> None:
        """Log what the line can cause as often as it likes."""
        self.line.seldom(now, level, kind, f"%s: {message}", self.label, *args)

    def _restore(self, kept: Mapping[str, Any] | None) -> None:
        if not kept:
            return
        settings = kept.get("serial_settings")
        self._serial_settings = settings if isinstance(settings, str) else None
        self.security = Security(*self.config.keys, kept.get("counters"))
        self.learned.restore(kept.get("learned"))
        try:
            self.state.estimator.restore(kept["estimator"], self.clock())
            self.state.restore(kept.get("state", {}), self.clock())
        except (KeyError, TypeError, ValueError) as error:
            log.warning(
                "%s: the kept energies cannot be used (%s); they begin with the next hourly list", self.label, error
            )
        try:
            if "hours" in kept:  # an earlier version kept none
                self.state.hours.restore(kept["hours"])
        except ValueError as error:
            log.warning("%s: the kept hours cannot be used (%s); they begin with the next one", self.label, error)

    def _factor_changed(self, before: int, value: int) -> None:
        # What was half written comes into force by itself, in nobody's name.
        who = self._writer if acting.get() is GATEWAY else acting.get()
        named = " ".join(filter(None, (who.name, who.address))) or who.kind.value
        log.info("%s: the client %s set the scaling factor from %d to %d", self.label, named, before, value)
        if value > WARN_ABOVE:
            log.warning(
                "%s: with a scaling factor above %d the 32-bit energies may roll over before the meter's own do",
                self.label,
                WARN_ABOVE,
            )
        with acting_as(who):
            self._on_factor(before, value)
