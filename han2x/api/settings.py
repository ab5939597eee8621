"""The table of settings, their values, and changes to them."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import UNSET, Meta, UnsetType, field

from han2x.api.base import LARGEST_WHOLE, Answer, Request, Scalar
from han2x.api.listeners import ReachOutcome, ReachPending

SettingValue: TypeAlias = Scalar | list[str]
Section: TypeAlias = dict[str, SettingValue]
Values: TypeAlias = Annotated[
    dict[str, Section | list[Section]],
    Meta(description="Values by section and key; meters are a list. Of a secret only whether it is set."),
]


class Suggestion(Answer, frozen=True, kw_only=True):
    """A value that a list may get, for who has this device or program, and what the gateway then claims to be."""

    value: str
    has: str
    claims: str


class SettingRow(Answer, frozen=True, kw_only=True):
    """One setting: where it is, what it may be and what it is for. Few people ever need one that is `rare`."""

    section: str
    key: str
    type: str
    default: SettingValue
    allowed: str
    meaning: str
    secret: bool
    rare: bool = False
    choices: list[Scalar] | UnsetType = UNSET
    minimum: int | UnsetType = UNSET
    maximum: int | UnsetType = UNSET
    suggestions: list[Suggestion] | UnsetType = UNSET


class ReportedProblem(Answer, frozen=True, kw_only=True):
    """One mistake in the settings file: at which setting ("meters.0.port", "" for none) and on which `line`, null where
    that is not known; as a code with the values that its words speak of, and in English.
    """

    path: str
    line: int | None = None
    code: str
    values: dict[str, Scalar]
    message: str


class SettingsReport(Answer, frozen=True, kw_only=True):
    """Something is wrong with the settings file. `outcome` is what the gateway runs with: last-good, defaults,
    usable-part (with defaults for the rest), without-port, as-before, or copy-not-kept (the file, of which there is no
    copy). `text` says in English what is wrong, `problems` has the mistakes one by one, as far as there are any.
    `aside` is where the file with the mistakes is now, "" where it stayed.
    """

    outcome: str
    text: str
    problems: list[ReportedProblem] = field(default_factory=list)
    aside: str = ""


class Settings(Answer, frozen=True, kw_only=True):
    """The table, and what the settings file says. `overridden` has, by path ("modbus.listen"), what is in force
    instead because the command line says so. `report` is null while the file is good. `pending` is what is in force on
    trial and not in the file, `last` how the last such change ended.
    """

    table: list[SettingRow]
    values: Values
    overridden: dict[str, SettingValue]
    report: SettingsReport | None = None
    pending: ReachPending | None = None
    last: ReachOutcome | None = None


Key: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64)]
Place: TypeAlias = Annotated[int, Meta(ge=0, le=246)]
NewValue: TypeAlias = (
    Annotated[str, Meta(max_length=1000)]
    | Annotated[int, Meta(ge=-LARGEST_WHOLE, le=LARGEST_WHOLE)]
    | float
    | bool
    | Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(max_length=200)]
    | None
)


ConfirmWithin: TypeAlias = Annotated[int, Meta(ge=1, le=3600, description="Seconds.")]


class Change(Request, frozen=True):
    """One setting to change: ["modbus", "listen"] or ["meters", 0, "port"]; null for its default."""

    path: Annotated[tuple[Key | Place, ...], Meta(min_length=2, max_length=3, examples=[["modbus", "max_connections"]])]
    value: Annotated[NewValue, Meta(examples=[50])]


class SettingsChange(Request, frozen=True):
    """Changes that are made all together, or none of them.

    Those of where, or by whom, page and Modbus are reached are on trial for `confirm_within_s` first.
    """

    changes: Annotated[list[Change], Meta(min_length=1, max_length=200)]
    confirm_within_s: ConfirmWithin | UnsetType = UNSET


class SettingsChanged(Answer, frozen=True, kw_only=True):
    """What the file says now, and what is in force on trial; `moved_to` is where the page is to be confirmed."""

    values: Values
    moved_to: str | UnsetType = UNSET
    pending: ReachPending | UnsetType = UNSET


class Restore(Request, frozen=True):
    """A backup, as TOML; what in it is on trial first, for how long."""

    toml: Annotated[str, Meta(max_length=250_000, examples=["[modbus]\nmax_connections = 50\n"])]
    confirm_within_s: ConfirmWithin | UnsetType = UNSET


class BackupQuery(Request, frozen=True):
    """With 1 the keys are in the backup; with 0 not."""

    secrets: Annotated[int, Meta(ge=0, le=1)] = 0
