"""Which values of a meter are published, and the messages that carry them. Pure.

Every key is always there, and null while its value is not known or no longer current.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from han2x.measurements import MICRO, POWERS, REACTIVE_POWERS, Measurements
from han2x.model import Quantity
from han2x.state import Snapshot

ONLINE: Final = "online"
OFFLINE: Final = "offline"

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

Micro = Callable[[Measurements], int | None]


class Message(NamedTuple):
    """What goes to a topic; a retained one with an empty payload has the broker forget what it keeps there."""

    topic: str
    payload: str
    retained: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """One value: its key, its name for people, how it is measured (in millionths of its unit), and its kind as Home
    Assistant calls it. Those that only `all` publishes are not of the `few`.
    """

    key: str
    name: str
    micro: Micro
    kind: str
    unit: str
    few: bool = False
    decimals: int = 0


def _import(pair: tuple[Quantity, Quantity]) -> Micro:
    return lambda measured: measured.directions(*pair)[0]


def _export(pair: tuple[Quantity, Quantity]) -> Micro:
    return lambda measured: measured.directions(*pair)[1]


def _energy(quantity: Quantity) -> Micro:
    return lambda measured: measured.estimate(quantity)


def _phases(name: str, measure: Callable[[Measurements], Sequence[int | None]], kind: str, unit: str) -> list[Value]:
    """A value for each phase."""

    def value(phase: int) -> Value:
        key, called = f"{kind}_l{phase + 1}_{unit.lower()}", f"{name} L{phase + 1}"
        return Value(key, called, lambda measured: measure(measured)[phase], kind, unit, decimals=_DECIMALS[kind])

    return [value(phase) for phase in range(3)]


_DECIMALS: Final = {"current": 3, "voltage": 1, "power": 0}
_VAR: Final = ("reactive_power", "var")
_VARH: Final = ("reactive_energy", "varh")

LIVE: Final[tuple[Value, ...]] = (
    Value("power_w", "Active power", lambda measured: measured.net_power, "power", "W", few=True),
    Value("power_import_w", "Active power import", _import(POWERS), "power", "W", few=True),
    Value("power_export_w", "Active power export", _export(POWERS), "power", "W", few=True),
    Value("reactive_power_var", "Reactive power", lambda measured: measured.net_reactive_power, *_VAR),
    Value("reactive_import_var", "Reactive power import", _import(REACTIVE_POWERS), *_VAR),
    Value("reactive_export_var", "Reactive power export", _export(REACTIVE_POWERS), *_VAR),
    *_phases("Current", lambda measured: measured.currents, "current", "A"),
    *_phases("Voltage", lambda measured: measured.voltages, "voltage", "V"),
    *_phases("Active power", lambda measured: measured.phase_powers.values, "power", "W"),
)
"""What a meter measures, in the order of the message."""

ENERGIES: Final[tuple[Value, ...]] = (
    Value("import_wh", "Active energy import", _energy(Quantity.ACTIVE_ENERGY_IMPORT), "energy", "Wh", few=True),
    Value("export_wh", "Active energy export", _energy(Quantity.ACTIVE_ENERGY_EXPORT), "energy", "Wh", few=True),
    Value("reactive_import_varh", "Reactive energy import", _energy(Quantity.REACTIVE_ENERGY_IMPORT), *_VARH),
    Value("reactive_export_varh", "Reactive energy export", _energy(Quantity.REACTIVE_ENERGY_EXPORT), *_VARH),
)
"""What it has counted; known only from the meter's first totals on, and never 0 instead."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A meter as it is now: what is current, all that is known, and the computer's clock in seconds."""

    measured: Measurements
    snapshot: Snapshot
    unix_time: float

    @property
    def time(self) -> str:
        """The moment, as ISO 8601 has it, in UTC."""
        return datetime.fromtimestamp(self.unix_time, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def live(moment: Moment, *, few: bool) -> Mapping[str, Any]:
    """The message with what the meter measures now."""
    last, measured = moment.snapshot.last_reading_at, moment.measured
    return {
        "time": moment.time,
        "age_s": None if last is None else round(moment.snapshot.now - last, 1),
        "stale": moment.snapshot.stale,
        **{each.key: shown(each.micro(measured)) for each in LIVE if each.few or not few},
        **({} if few else {"phase_powers_estimated": measured.phase_powers.estimated}),
    }


def energies(moment: Moment, *, few: bool) -> Mapping[str, Any]:
    """The message with what it has counted, in whole Wh or varh, downwards."""
    values = {each.key: each.micro(moment.measured) for each in ENERGIES if each.few or not few}
    ages = [age for age in map(moment.snapshot.estimate_age, moment.snapshot.estimates) if age is not None]
    return {
        "time": moment.time,
        "age_s": round(min(ages), 1) if ages else None,
        **{key: None if micro is None else micro // MICRO for key, micro in values.items()},
    }


def is_counted(moment: Moment) -> bool:
    """Whether any of that is known."""
    return any(each.micro(moment.measured) is not None for each in ENERGIES)


def shown(micro: int | None) -> int | float | None:
    """Millionths as a number with up to three decimals."""
    if micro is None:
        return None
    value = round(micro / MICRO, 3)
    return int(value) if value.is_integer() else value


def encoded(document: Mapping[str, Any]) -> str:
    """A message's text."""
    return _ENCODER.encode(document)
