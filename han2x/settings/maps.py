"""Which maps of other makers' meters a meter also shows, and where: NAME [unit N] [on ADDRESS:PORT]."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Protocol

from han2x.addresses import join_host_port
from han2x.registers.maps import MAPS, ForeignMap, maps_overlap
from han2x.settings.faults import RuleError, SettingsFault
from han2x.settings.rules import Rule, collide, parse_listen, shown, toml_text

UNITS: Final = range(1, 248)


@dataclass(frozen=True, slots=True)
class ShownMap:
    """One map that a meter shows. `unit` None is the map's usual unit id, `on` "" the ordinary Modbus listeners."""

    name: str
    own_unit: int | None = None
    on: str = ""

    @property
    def foreign(self) -> ForeignMap:
        """The map itself."""
        return MAPS[self.name]

    @property
    def unit(self) -> int:
        """The unit id that it answers to."""
        return self.foreign.unit if self.own_unit is None else self.own_unit

    def __str__(self) -> str:
        unit = "" if self.own_unit is None else f" unit {self.own_unit}"
        return f"{self.name}{unit}{f' on {self.on}' if self.on else ''}"


@dataclass(frozen=True, slots=True)
class Maps(Rule):
    """A list of maps by their names, each with a unit id or a place of its own where it has one."""

    most: int = 20
    kind: str = "list of strings"

    @property
    def fault(self) -> SettingsFault:
        return SettingsFault("maps", most=self.most, known=_known())

    def parse(self, value: object) -> tuple[ShownMap, ...]:
        if not isinstance(value, list) or len(value) > self.most:
            raise ValueError
        return tuple(parse_map(entry) for entry in value)


def parse_map(entry: object) -> ShownMap:
    """Read `em24`, `em24 unit 1`, `em24 on *:1502` or both, in either order.

    Raises:
        RuleError: it is anything else; the message names the part that is wrong.
    """
    if not isinstance(entry, str):
        raise RuleError(SettingsFault("not-text", value=shown(entry)))
    name, *rest = entry.split() or [""]
    if name not in MAPS:
        raise RuleError(SettingsFault("map-unknown", value=shown(name), known=_known()))
    words, values = rest[::2], rest[1::2]
    if len(words) != len(values) or len(set(words)) != len(words) or not {"unit", "on"}.issuperset(words):
        raise RuleError(SettingsFault("map-form", value=shown(entry), name=name))
    given = dict(zip(words, values, strict=True))
    unit, on = given.get("unit"), given.get("on")
    return ShownMap(name, None if unit is None else _unit(unit), "" if on is None else _place(on))


class HasMaps(Protocol):
    """A meter's settings, as far as maps are concerned."""

    @property
    def unit(self) -> int: ...
    @property
    def maps(self) -> tuple[ShownMap, ...]: ...


Wanted = tuple[int, ShownMap]
"""A map, and the place of the meter that shows it."""


def map_faults(
    meters: Sequence[HasMaps | None], taken: Mapping[str, str]
) -> Iterator[tuple[int, ShownMap, SettingsFault]]:
    """Which map does not go together with another or a meter, and why; None stands for meters that are not judged.

    `taken` are the places `ADDRESS:PORT` that others have, by what they are called.
    """
    wanted = [(place, each) for place, meter in enumerate(meters) if meter for each in meter.maps]
    yield from _units_taken(wanted, {meter.unit: place for place, meter in enumerate(meters) if meter})
    yield from _units_shared(wanted)
    yield from _ports_taken(wanted, taken)


def _units_taken(wanted: Iterable[Wanted], owners: Mapping[int, int]) -> Iterator[tuple[int, ShownMap, SettingsFault]]:
    for place, each in wanted:
        owner = owners.get(each.unit, place)
        if not each.on and owner != place:
            yield place, each, SettingsFault("map-unit-taken", unit=each.unit, number=owner + 1)


def _units_shared(wanted: Iterable[Wanted]) -> Iterator[tuple[int, ShownMap, SettingsFault]]:
    users: dict[tuple[str, int], list[Wanted]] = defaultdict(list)
    for place, each in wanted:
        users[each.on, each.unit].append((place, each))
    for alike in users.values():
        for (first, one), (second, other) in combinations(alike, 2):
            if first != second:
                yield second, other, SettingsFault("map-unit-shared", other=one, unit=other.unit, number=first + 1)
            elif maps_overlap(one.foreign, other.foreign):
                yield second, other, SettingsFault("maps-overlap", other=one, unit=other.unit)


def _ports_taken(wanted: Iterable[Wanted], taken: Mapping[str, str]) -> Iterator[tuple[int, ShownMap, SettingsFault]]:
    places = {name: at for name, at in taken.items() if at}
    own: dict[str, str] = {}
    for place, each in wanted:
        if not each.on or each.on in own.values():
            continue
        name = next((name for name, at in (places | own).items() if collide(each.on, at)), None)
        if name is None:
            own[str(each)] = each.on
        else:
            yield place, each, SettingsFault("same-tcp-port-as", other=name)


def _unit(text: str) -> int:
    unit = int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0
    if unit not in UNITS:
        raise RuleError(SettingsFault("map-unit", value=shown(text), lowest=UNITS[0], highest=UNITS[-1]))
    return unit


def _place(text: str) -> str:
    """Written as one writes it, so that what is the same place is also the same text."""
    host, port = parse_listen(text)
    return join_host_port(host or "*", port)


def _known() -> str:
    return ", ".join(toml_text(name) for name in MAPS)
