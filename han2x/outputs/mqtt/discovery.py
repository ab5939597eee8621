"""What Home Assistant is told of a meter: one device, and a component for each value. Pure.

As its device-based discovery has it (2024.11 and later), in the short names that it knows. An energy belongs to one
meter and one scaling factor: with another of either it is another sensor, so that no statistics take the difference for
consumption.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from han2x.measurements import UNSCALED
from han2x.outputs.mqtt.values import ENERGIES, LIVE, Value
from han2x.state import Snapshot

AGE: Final = "age_s"
TELEGRAMS_WITHOUT_NUMBER: Final = 60
"""A meter that has not told its number in so many telegrams tells none."""
REMOVED: Final[Literal["removed"]] = "removed"
"""In place of a component that there is no longer."""
Component: TypeAlias = Value | Literal["removed"] | None
"""A value, the age of the last telegram, or nothing any more."""
_NO_IDENTIFIER: Final = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Subject:
    """The meter that is announced: the device's id, its name, what it says of itself, and its scaling factor."""

    device: str
    name: str
    maker: str | None
    meter_id: str | None
    meter_type: str | None
    factor: int


@dataclass(frozen=True, slots=True)
class Places:
    """The topics that carry the values, and the status of the gateway and of the meter."""

    live: str
    energy: str
    statuses: tuple[str, ...]


def is_known(snapshot: Snapshot) -> bool:
    """Whether it is known which meter it is: by its number, or that it tells none."""
    if snapshot.maker is None:
        return False
    counted = any(name.endswith(".8.0") for name in snapshot.values)
    return bool(snapshot.meter_id) or counted or snapshot.readings >= TELEGRAMS_WITHOUT_NUMBER


def device_id(gateway: str, unit: int, meter_id: str | None) -> str:
    """What tells this meter on this gateway from all others."""
    own = _NO_IDENTIFIER.sub("-", meter_id or "")[:32]
    return "_".join(filter(None, ("han2x", gateway, str(unit), own))).lower()


def components(factor: int, *, few: bool) -> dict[str, Value | None]:
    """All that there can be of a meter with this scaling factor, by their ids; None is the age of its last telegram."""
    values = (each for each in (*LIVE, *ENERGIES) if each.few or not few)
    return {AGE: None, **{component_id(each, factor): each for each in values}}


def component_id(value: Value, factor: int) -> str:
    """The id of a value's component."""
    return f"{value.key}_x{factor}" if value in ENERGIES and factor != UNSCALED else value.key


def announcement(
    subject: Subject, announced: Mapping[str, Component], places: Places, expire_s: int, *, version: str, page: str
) -> Mapping[str, Any]:
    """The whole message, with the components by their ids. What is no longer updated expires after so many seconds."""
    return {
        "dev": _without_empty(
            ids=[subject.device],
            name=subject.name or f"HAN {subject.meter_id or 'meter'}",
            mf="" if subject.maker in (None, "unknown") else str(subject.maker).title(),
            mdl=subject.meter_type,
            sn=subject.meter_id,
            sw=version,
            cu=page,
        ),
        "o": {"name": "han2x", "sw": version},
        "avty": [{"t": topic} for topic in places.statuses],
        "avty_mode": "all",
        "stat_t": places.live,
        "cmps": {name: _component(subject.device, name, each, places, expire_s) for name, each in announced.items()},
    }


def _component(device: str, name: str, value: Component, places: Places, expire_s: int) -> Mapping[str, Any]:
    if isinstance(value, str):
        return {"p": "sensor"}
    common = {"p": "sensor", "uniq_id": f"{device}_{name}"}
    if value is None:
        return {
            **common, "name": "Age of the last telegram", "dev_cla": "duration", "unit_of_meas": "s",
            "ent_cat": "diagnostic", "val_tpl": "{{ value_json.age_s }}", "exp_aft": expire_s,
        }  # fmt: skip
    sensor = {
        **common,
        "name": value.name,
        "dev_cla": value.kind,
        "unit_of_meas": value.unit,
        "val_tpl": f"{{{{ value_json.{value.key} }}}}",
    }
    if value in ENERGIES:
        _, scaled, factor = name.partition("_x")
        if scaled:  # by its name, too, older Home Assistants tell it from the one before
            sensor["name"] = f"{value.name} ×{int(factor) / UNSCALED:g}"
        own = {"stat_cla": "total_increasing", "stat_t": places.energy, "def_ent_id": f"sensor.{device}_{name}"}
        return {**sensor, **own}
    return {**sensor, "stat_cla": "measurement", "sug_dsp_prc": value.decimals, "exp_aft": expire_s}


def _without_empty(**fields: object) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value}
