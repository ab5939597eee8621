"""One meter's samples. Pure, but that the meter has a clock of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from han2x.gateway.meter import Meter
from han2x.measurements import MICRO, UNSCALED, Measurements
from han2x.metrics import names
from han2x.metrics.text import Exposition, labels_of
from han2x.model import ProblemKind, PushList
from han2x.state import Snapshot

_PHASES: Final = ("L1", "L2", "L3")


def add_meter(told: Exposition, meter: Meter, telegrams: Mapping[PushList, int]) -> None:
    """All that is known of a meter now; `telegrams` are how many good ones came of each list.

    Each line has the meter's unit id, its number as far as it is known, and its name if it has one.
    """
    now = meter.clock()
    snapshot = meter.state.snapshot(now)
    who = labels_of({"unit": str(meter.config.unit), "meter": snapshot.meter_id, "name": meter.config.name})
    _add_line(told, meter, snapshot, telegrams, who)
    _add_values(told, Measurements(snapshot.current(), meter.bank.factor.active), who)


def _add_line(told: Exposition, meter: Meter, snapshot: Snapshot, telegrams: Mapping[PushList, int], who: str) -> None:
    told.add(names.METER, 1, labels_of({"maker": snapshot.maker, "type": snapshot.meter_type}, who))
    told.add(names.UP, int(not snapshot.stale), who)
    told.add(names.DIAGNOSIS, 1, labels_of({"code": meter.diagnosis(snapshot.now).code}, who))
    if snapshot.last_reading_at is not None:
        told.add(names.AGE, round(snapshot.now - snapshot.last_reading_at, 3), who)
    for push_list, count in telegrams.items():
        told.add(names.TELEGRAMS, count, labels_of({"list": push_list}, who))
    for kind in ProblemKind:  # from 0 on, so that the first one is seen to have been added
        told.add(names.PROBLEMS, snapshot.problems.get(kind, 0), labels_of({"kind": kind}, who))
    told.add(names.FACTOR, meter.bank.factor.active / UNSCALED, who)


def _add_values(told: Exposition, measured: Measurements, who: str) -> None:
    if measured.net_power is not None:
        told.add(names.NET_POWER, measured.net_power / MICRO, who)
    phases = measured.phase_powers
    origin = "shared" if phases.estimated else "meter"
    for phase, power in zip(_PHASES, phases.values, strict=True):
        if power is not None:
            told.add(names.PHASE_POWER, power / MICRO, f'{who},phase="{phase}",origin="{origin}"')
    for quantity, (family, which) in names.PLACES.items():
        value = measured.value(quantity)
        if value is not None:
            told.add(family, value / MICRO, f"{who},{which}" if which else who)
    for energy, (estimated, error, which) in names.ESTIMATES.items():
        estimate, bar = measured.estimate(energy), measured.estimate_bar(energy)
        if estimate is not None and bar is not None:
            told.add(estimated, estimate / MICRO, f"{who},{which}")
            told.add(error, bar / MICRO, f"{who},{which}")
