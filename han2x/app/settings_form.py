"""The settings as the page sees them: the table of what there is, and the values without the secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from msgspec import UNSET

from han2x.api.listeners import ReachOutcome, ReachPending
from han2x.api.settings import ReportedProblem, Section, SettingRow, SettingsReport, SettingValue, Suggestion, Values
from han2x.api.settings import Settings as Form
from han2x.app.reach import Reach, dotted
from han2x.modbus_server import CannotListenError
from han2x.registers.maps import MAPS
from han2x.settings import Report, Settings, SettingsError, SettingsProblem
from han2x.settings.maps import Maps
from han2x.settings.rules import Choice, WholeNumber
from han2x.settings.schema import METERS, ROWS, Row
from han2x.web.control import InvalidValuesError

MOST_PROBLEMS: Final = 50
"""Mistakes in the settings file that are told one by one."""


def form(
    in_file: Settings,
    overridden: Mapping[str, SettingValue],
    report: Report | None = None,
    tried: Reach | None = None,
) -> Form:
    """The whole page: the table, what the file says, where the command line says otherwise, what is to be told, and
    what is on trial.
    """
    return Form(
        table=table(),
        values=values(in_file),
        overridden=dict(overridden),
        report=None if report is None else _report(report),
        pending=pending(tried) if tried else None,
        last=_last(tried) if tried else None,
    )


def pending(tried: Reach) -> ReachPending | None:
    """What is on trial, for who may end it."""
    trial = tried.trial
    if trial is None:
        return None
    return ReachPending(
        token=trial.token,
        settings=list(dotted(trial.values)),
        places=[place.url() for place in trial.proving],
        confirm_within_s=trial.within_s,
        remaining_s=round(tried.remaining_s(), 1),
    )


def _last(tried: Reach) -> ReachOutcome | None:
    last = tried.outcome
    return None if last is None else ReachOutcome(token=last.token, ending=last.ending, settings=list(last.paths))


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


def refusal(error: SettingsError, *, whole: str = "", only: str | None = None) -> InvalidValuesError:
    """The mistakes by field, as the page names fields: "modbus.listen", "meters.0.port"; `whole` is the whole file.

    With `only` the first of them is at that field.
    """
    first: dict[str, SettingsProblem] = {}
    for problem in error.problems:
        first.setdefault(only or ".".join(map(str, problem.keys)) or whole, problem)
    return InvalidValuesError.of(
        {name: problem.fault for name, problem in first.items()},
        {name: problem.text for name, problem in first.items()},
    )


def cannot_listen(field: str, listen: str, error: CannotListenError) -> InvalidValuesError:
    """The address of this setting cannot be had."""
    return InvalidValuesError.of({field: error.fault(listen)})


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
        rare=row.rare,
        choices=list(rule.values) if isinstance(rule, Choice) else UNSET,
        minimum=rule.lowest if isinstance(rule, WholeNumber) else UNSET,
        maximum=rule.highest if isinstance(rule, WholeNumber) else UNSET,
        suggestions=_suggestions() if isinstance(rule, Maps) else UNSET,
    )


def _suggestions() -> list[Suggestion]:
    return [
        Suggestion(value=client.set, has=client.has, claims=each.title)
        for each in MAPS.values()
        for client in each.clients
    ]


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
    if isinstance(value, Path | Decimal):
        return str(value)
    if isinstance(value, Sequence):
        return [str(each) for each in value]
    return ""


def _report(report: Report) -> SettingsReport:
    problems = [
        ReportedProblem(
            path=".".join(map(str, each.keys)),
            line=each.line,
            code=each.fault.code,
            values=dict(each.fault.values),
            message=each.text,
        )
        for each in report.problems[:MOST_PROBLEMS]
    ]
    return SettingsReport(outcome=report.outcome.value, text=report.text, problems=problems, aside=report.aside)
