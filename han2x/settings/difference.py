"""What differs between two settings, for people: path by path, and of a secret only that it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import zip_longest
from typing import Any

from han2x.settings.rules import toml_text
from han2x.settings.schema import METERS, ROWS, MeterSettings, Settings


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting by its path ("meters.0.scaling_factor"), or a whole meter by its place ("meters.1").

    Values are as TOML writes them; of a secret "set", "not set" or "changed". None stands for a meter that is not
    there.
    """

    path: str
    before: str | None
    after: str | None
    secret: bool = False


def differences(before: Settings, after: Settings) -> Iterator[Difference]:
    """What one has to change in `before` to have `after`."""
    for section in ROWS:
        if section != METERS:
            yield from _of_section(section, section, getattr(before, section), getattr(after, section))
    yield from _of_meters(before, after)


def _of_meters(before: Settings, after: Settings) -> Iterator[Difference]:
    """Meters are the same where they have the same unit id; those left over are paired by their order."""
    old = {meter.unit: meter for meter in before.meters}
    new = {meter.unit: meter for meter in after.meters}
    gone = [meter for unit, meter in old.items() if unit not in new]
    come = [meter for unit, meter in new.items() if unit not in old]
    pairs = [*((old[unit], new[unit]) for unit in new if unit in old), *zip_longest(gone, come)]
    for was, now in pairs:
        place = f"{METERS}.{(after.meters if now else before.meters).index(now or was)}"
        if was and now:
            yield from _of_section(METERS, place, was, now)
        else:
            yield Difference(place, _name(was) if was else None, _name(now) if now else None)


def _name(meter: MeterSettings) -> str:
    return " ".join(filter(None, (f"unit {meter.unit}", meter.name)))


def _of_section(section: str, place: str, before: Any, after: Any) -> Iterator[Difference]:  # noqa: ANN401 - a section
    for each in fields(before):
        was, now = getattr(before, each.name), getattr(after, each.name)
        if was == now:
            continue
        if ROWS[section][each.name].secret:
            told = "changed" if was and now else "set" if now else "not set"
            yield Difference(f"{place}.{each.name}", "set" if was else "not set", told, secret=True)
        else:
            yield Difference(f"{place}.{each.name}", _written(was), _written(now))


def _written(value: object) -> str:
    if isinstance(value, bool | int | float | tuple):
        return toml_text(value)
    return toml_text("" if value is None else str(value))
