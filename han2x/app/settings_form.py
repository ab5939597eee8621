"""The settings as the page sees them: the table of what there is, and the values without the secrets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from msgspec import UNSET

from han2x.api.settings import Section, SettingRow, SettingValue, Values
from han2x.api.settings import Settings as Form
from han2x.settings import Settings, SettingsError
from han2x.settings.rules import Choice, WholeNumber
from han2x.settings.schema import METERS, ROWS, Row


def form(in_file: Settings, in_force: Settings) -> Form:
    """The whole page: the table, what the file says, and where the command line says otherwise."""
    return Form(table=table(), values=values(in_file), overridden=dict(_overridden(in_file, in_force)))


def table() -> list[SettingRow]:
    """Every setting: where it is, what it may be and what it is for."""
    return [_row(row) for section in ROWS.values() for row in section.values()]


def values(settings: Settings) -> Values:
    """What the settings are; of a secret only whether it is set."""
    return {
        section: [_section(section, meter) for meter in settings.meters]
        if section == METERS
        else _section(section, getattr(settings, section))
        for section in ROWS
    }


def faults(error: SettingsError) -> dict[str, str]:
    """The mistakes by field, as the page names fields: "modbus.listen", "meters.0.port"; "" for the file as a whole."""
    told: dict[str, str] = {}
    for problem in error.problems:
        told.setdefault(".".join(map(str, problem.keys)), problem.text)
    return told


def _overridden(in_file: Settings, in_force: Settings) -> Iterator[tuple[str, SettingValue]]:
    before, now = values(in_file), values(in_force)
    for section, here in before.items():
        there = now[section]
        if isinstance(here, list) and isinstance(there, list):
            # A meter that only the command line adds is none of the file's, and overrides nothing.
            for place, (own, other) in enumerate(zip(here, there, strict=False)):
                yield from _differing(f"{section}.{place}", own, other)
        elif isinstance(here, dict) and isinstance(there, dict):
            yield from _differing(section, here, there)


def _differing(where: str, own: Section, other: Section) -> Iterator[tuple[str, SettingValue]]:
    return ((f"{where}.{key}", other[key]) for key in own if own[key] != other[key])


def _row(row: Row) -> SettingRow:
    rule = row.rule
    return SettingRow(
        section=row.section,
        key=row.key,
        type=rule.kind,
        default=False if row.secret else _plain(row.default),
        allowed=rule.allowed,
        meaning=row.meaning,
        secret=row.secret,
        choices=list(rule.values) if isinstance(rule, Choice) else UNSET,
        minimum=rule.lowest if isinstance(rule, WholeNumber) else UNSET,
        maximum=rule.highest if isinstance(rule, WholeNumber) else UNSET,
    )


def _section(name: str, section: Any) -> Section:  # noqa: ANN401 - one of the sections' classes
    rows = ROWS[name]
    return {
        each.name: bool(getattr(section, each.name)) if rows[each.name].secret else _plain(getattr(section, each.name))
        for each in fields(section)
    }


def _plain(value: object) -> SettingValue:
    """A value as JSON has it."""
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Sequence):
        return [str(each) for each in value]
    return ""
