"""Energy between the meter's own totals: the best estimate there is, never a step back.

A meter sends its cumulative energies once an hour and its powers every few seconds. Here the powers are summed on the
meter's own clock, the sum is anchored to each register as the window of one step that it is, and what is published of
it is continuous, never decreases and never jumps.

timebase       when a telegram's values were taken, on one scale that never steps
integral       the energy that the powers add up to, and how uncertain that sum is
window         what a register says about the sum: a window one step wide
output         the published energy
discontinuity  steps of it that are real and are not smoothed
channel        one energy: integral, window and output together

Pure: time is an argument, in seconds on a steady scale that starts at epoch time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from han2x.estimator.channel import LIMIT_W, Channel
from han2x.estimator.discontinuity import Discontinuity, DiscontinuityCause
from han2x.estimator.timebase import Moment, Timebase
from han2x.model import Quantity, Reading

__all__ = ["ENERGY_POWERS", "LIMIT_W", "Discontinuity", "DiscontinuityCause", "EnergyEstimator", "Estimate"]

ENERGY_POWERS: Final = {
    Quantity.ACTIVE_ENERGY_IMPORT: Quantity.ACTIVE_POWER_IMPORT,
    Quantity.ACTIVE_ENERGY_EXPORT: Quantity.ACTIVE_POWER_EXPORT,
    Quantity.REACTIVE_ENERGY_IMPORT: Quantity.REACTIVE_POWER_IMPORT,
    Quantity.REACTIVE_ENERGY_EXPORT: Quantity.REACTIVE_POWER_EXPORT,
}
"""The energies that are estimated, each with the power that it grows with."""
_OPPOSITE: Final = {
    Quantity.ACTIVE_POWER_IMPORT: Quantity.ACTIVE_POWER_EXPORT,
    Quantity.ACTIVE_POWER_EXPORT: Quantity.ACTIVE_POWER_IMPORT,
}
_MILLI: Final = 1000
# What speaks for the clock inside the list, and what for the full hour, as the instant of a meter's registers. Kaifa:
# the registers of a recorded log fit the clock (residuals of 1 Wh against 3.8 Wh); for the others nothing is decided.
_BELIEFS: Final = {"kaifa": (3.0, 0.0)}
_NO_BELIEF: Final = (0.0, 1.0)
_KEPT_DISCONTINUITIES: Final = 64
_VERSION: Final = 1
_SOON_S: Final = 3.0
_AHEAD_S: Final = 60.0  # registers are not those of a moment yet to come


@dataclass(frozen=True, slots=True)
class Estimate:
    """A cumulative energy at a moment: Wh (or varh), error bar in the same unit, and what a reader should know.

    The true value lies within twice the bar nineteen times in twenty. Flags: "stale" (the line is silent, the value
    stands still), "bridged" (telegrams were missing since the last register), "restored" (no register since the program
    started). `fed_at` is the moment of the last telegram in this run that had its power, or, where `by_power` is
    false because the meter never sends that power, the register itself.
    """

    wh: float
    bar_wh: float
    flags: tuple[str, ...]
    fed_at: float | None = None
    by_power: bool = True


class EnergyEstimator:
    """The energies of one meter between its own totals.

    A `durable` one never publishes more than a restart would begin with, whenever the power goes: it waits for what
    `dump` gave to be kept, which `confirm` reports.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._durable = durable
        self._now = float("-inf")
        self._timebase = Timebase()
        self._channels: dict[Quantity, Channel] = {}
        self._meter_id: str | None = None
        self._register_at: float | None = None
        self._discontinuities: list[Discontinuity] = []

    def apply(self, reading: Reading, now: float) -> None:
        """Take a reading that arrived at the moment `now`."""
        now = self._advance(now)
        self._check_meter(reading, now)
        moment = self._timebase.place(reading, now)
        self._sample(reading.values, moment, now)
        if any(quantity in reading.values for quantity in ENERGY_POWERS):
            self._anchor(reading, self._timebase.instants(reading, moment), moment.at, now)
        line_now = self._timebase.line_now(now)
        for channel in self._channels.values():
            channel.publish(line_now, now)

    def at(self, now: float) -> dict[Quantity, Estimate]:
        """The energies at the moment `now`. One without a first register has no entry."""
        now = self._advance(now)
        line_now = self._timebase.line_now(now)
        estimates = {}
        for quantity, channel in self._channels.items():
            known = channel.at(line_now, now)
            if known is not None:
                estimates[quantity] = Estimate(*known, channel.flags(now), channel.fed_at, channel.by_power)
        return estimates

    def take_discontinuities(self) -> list[Discontinuity]:
        """The declared discontinuities since this was last called, oldest first (the last 64 are kept)."""
        taken, self._discontinuities = self._discontinuities, []
        return taken

    def meter_exchanged(self, before: str | None, after: str | None, now: float) -> None:
        """Another meter hangs on the line: its energies begin again. Both numbers are given if known."""
        known = before is not None and after is not None
        cause = DiscontinuityCause.METER_REPLACED if known else DiscontinuityCause.METER_EXCHANGED
        values = {"before": str(before), "after": str(after)} if known else {}
        for quantity in self._channels:
            self._declare(Discontinuity(self._advance(now), quantity, cause, values))
        self._channels.clear()
        self._timebase = Timebase()
        self._register_at = None
        self._meter_id = after

    def outgrown(self, now: float) -> bool:
        """Whether an energy is about to pass what `dump` has set aside for a crash; then dump again."""
        return any(channel.outgrown(now + _SOON_S) for channel in self._channels.values())

    def dump(self, *, running: bool = False) -> dict[str, Any]:
        """What must survive a restart, as JSON has it.

        While the program is `running` on, more will be published than what is dumped now. So that a crash does not take
        the energies back, it then sets aside what a minute needs and a restart begins behind that; see `outgrown`.
        A durable estimator expects `confirm` before the next dump.
        """
        return {
            "version": _VERSION,
            "meter_id": self._meter_id,
            "register_at": self._register_at,
            "timebase": self._timebase.dump(),
            "channels": {
                quantity.value: channel.dump(self._now, running) for quantity, channel in self._channels.items()
            },
        }

    def confirm(self, *, kept: bool = True) -> None:
        """Report that the last dump is on the disk, or that it cannot be kept: then nothing is held back for it."""
        for channel in self._channels.values():
            channel.confirm(kept=kept)

    def restore(self, data: Mapping[str, Any], now: float) -> None:
        """Take back what `dump` gave, in an earlier run of the program. Energies are known from this moment.

        Raises:
            ValueError: the data are not such a dump; nothing was taken.
        """
        if data.get("version") != _VERSION:
            raise ValueError(f"energy state: version {data.get('version')!r} cannot be read, only {_VERSION}")
        timebase, channels = Timebase(), {}
        by_key = {quantity.value: quantity for quantity in ENERGY_POWERS}
        try:
            _check_finite(data)
            meter_id, register_at = data["meter_id"], data["register_at"]
            timebase.restore(data["timebase"])
            for key, saved in data["channels"].items():
                channels[by_key[key]] = self._new_channel()
                channels[by_key[key]].restore(saved, now)
        except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
            raise ValueError(f"energy state is damaged: {type(error).__name__}: {error}") from error
        self._now = max(self._now, now)
        self._meter_id = None if meter_id is None else str(meter_id)
        self._register_at = None if register_at is None else float(register_at)
        self._timebase, self._channels = timebase, channels

    def _advance(self, now: float) -> float:
        self._now = max(self._now, now)
        return self._now

    def _check_meter(self, reading: Reading, now: float) -> None:
        if reading.meter_id is None:
            return
        if self._meter_id is not None and reading.meter_id != self._meter_id:
            self.meter_exchanged(self._meter_id, reading.meter_id, now)
        self._meter_id = reading.meter_id

    def _sample(self, values: Mapping[Quantity, int], moment: Moment, now: float) -> None:
        for energy, power in ENERGY_POWERS.items():
            milli = values.get(power)
            if milli is None and values.get(_OPPOSITE.get(power, power), 0) > 0:
                milli = 0  # the net power of a moment flows one way
            if milli is None:
                continue
            if moment.fresh:
                self._channel(energy).sample(moment.at, milli / _MILLI, now)
            elif energy in self._channels:
                self._channels[energy].heard(now)

    def _anchor(self, reading: Reading, instants: tuple[float, float], at: float, now: float) -> None:
        if max(instants) > at + _AHEAD_S or (self._register_at is not None and instants[0] <= self._register_at + 1):
            return
        self._register_at = instants[0]
        for energy in ENERGY_POWERS:
            milli = reading.values.get(energy)
            if milli is None:
                continue
            step = reading.energy_step or (10_000 if milli % 10_000 == 0 else 1_000)
            beliefs = _BELIEFS.get(reading.maker, _NO_BELIEF)
            cause = self._channel(energy).register(instants, milli / _MILLI, step / _MILLI, beliefs, now)
            if cause is not None:
                self._declare(Discontinuity(now, energy, cause))

    def _channel(self, energy: Quantity) -> Channel:
        channel = self._channels.get(energy)
        if channel is None:
            channel = self._channels[energy] = self._new_channel()
        return channel

    def _new_channel(self) -> Channel:
        return Channel(durable=self._durable)

    def _declare(self, discontinuity: Discontinuity) -> None:
        self._discontinuities.append(discontinuity)
        del self._discontinuities[:-_KEPT_DISCONTINUITIES]


def _check_finite(data: object) -> None:
    if isinstance(data, float) and not math.isfinite(data):
        raise ValueError(f"{data} is not a number")
    if isinstance(data, Mapping):
        for value in data.values():
            _check_finite(value)
    elif isinstance(data, Sequence) and not isinstance(data, str):
        for value in data:
            _check_finite(value)
