"""What is remembered of a meter: powers by the minute, energies, the capacity charge's hours, voltages.

Values are scaled with the scaling factor of their time. An unknown one is null, never 0.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from han2x.api.base import Answer, EpochSeconds, LocalTime, Request, UnitId
from han2x.api.listeners import ListenerFault

Resolution: TypeAlias = Literal["minute", "quarter", "hour", "day", "month", "year"]
By: TypeAlias = Literal["meter", "estimated", "spread"]
Moment: TypeAlias = Annotated[int, Meta(ge=0, le=4102444800, description="Seconds since 1970-01-01 UTC.")]

SeriesId: TypeAlias = Annotated[
    int, Meta(ge=1, le=1_000_000_000, description="Names what is remembered of one meter, also when that is gone.")
]

MOST_POINTS: Final = 12_000
"""A longer range is refused: a week of minutes, a year of hours and more fit."""
LARGEST_BACKUP: Final = 64 * 1024 * 1024
"""Octets of a packed backup of the history that is taken."""


class HistoryQuery(Request, frozen=True, kw_only=True):
    """Which meter; either how many hours back from now, by the minute, or a resolution with a range.

    A range is from `begin` up to before `end`. Without `end` it goes on until now; without `begin` it has the last day
    of minutes or quarters, the last week of hours, the last 31 days, 13 months, or all years.
    """

    unit: UnitId = 1
    hours: Annotated[int, Meta(ge=1, le=168)] | UnsetType = UNSET
    resolution: Resolution | UnsetType = UNSET
    begin: Moment | UnsetType = UNSET
    end: Moment | UnsetType = UNSET


Point: TypeAlias = Annotated[
    list[float | str | None], Meta(description="One value for each of the columns; null for what is not known.")
]


class History(Answer, frozen=True, kw_only=True):
    """What there is of each step, the newest last. Steps that nothing is known of are between the others all the same,
    with nulls; before the first and after the last there are none.

    `columns` names the values of each point, the first of which is `begin`, in seconds since 1970-01-01 UTC. `step_s`
    is 0 where steps are days, months or years of the place, whose zone is `zone` ("" for that of Central Europe by the
    directive, where this computer has no tables).

    For minutes: `import_w` and `export_w` are means, `net_w` the same as one signed number with `net_w_lowest` and
    `net_w_highest`, then `reactive_import_var`, `reactive_export_var`, `current_l1_a` with `_lowest` and `_highest`,
    and so on to `voltage_l3_v_highest`. With `hours` alone, and no resolution: begin, import_w and export_w.

    For quarters and hours: `import_wh`, `export_wh`, `import_by`, `export_by` ("meter": the difference of two totals of
    its own; "estimated"; "spread": a share of what it counted over several hours), and for hours `import_total_wh` and
    `export_total_wh`, what the meter showed when the hour began.

    For days, months and years: `import_wh`, `export_wh`, `hours` (so many there are in it, up to now), `hours_known`
    (of so many the import is known), `hours_by_meter`, `highest_wh` and `highest_begin` (of the hour with the highest
    import).
    """

    unit: UnitId
    resolution: Resolution
    step_s: int
    zone: str
    columns: list[str]
    points: list[Point]


class CapacityQuery(Request, frozen=True, kw_only=True):
    """Which meter, and how many months, this one included."""

    unit: UnitId = 1
    months: Annotated[int, Meta(ge=1, le=120)] = 13


class HighestHour(Answer, frozen=True, kw_only=True):
    """One of a month's highest hours: when it began by the place's clock, its import, and how that is known."""

    begin: LocalTime
    wh: float
    by: By


class CapacityMonth(Answer, frozen=True, kw_only=True):
    """What a capacity charge goes by: a month's highest hours, on different days, three at most, the highest first.

    `month` is as in 2026-01. `mean_wh` is their mean, null where there is none. Hours whose import is only a share of
    what was counted over several are not among them. `hours_known` of `hours` (up to now) are known otherwise.
    """

    month: str
    highest: list[HighestHour]
    mean_wh: float | None
    hours: int
    hours_known: int


class VoltageQuery(Request, frozen=True, kw_only=True):
    """Which meter, and how many weeks, this one included."""

    unit: UnitId = 1
    weeks: Annotated[int, Meta(ge=1, le=160)] = 5


class VoltagePhase(Answer, frozen=True, kw_only=True):
    """A phase (1 to 3) in a week: volts, when the hours with the extremes began, and minutes.

    `minutes` it was measured in; in so many of them its mean was below 207 V, or above 253 V.
    """

    phase: int
    lowest_v: float
    lowest_at: LocalTime
    highest_v: float
    highest_at: LocalTime
    minutes: int
    minutes_low: int
    minutes_high: int


class VoltageWeek(Answer, frozen=True, kw_only=True):
    """A week that begins on a Monday of the place. Phases never measured in it are left out."""

    begin: LocalTime
    phases: list[VoltagePhase]


class ExportQuery(Request, frozen=True, kw_only=True):
    """Which meter, what of it, and how it is written: one line a row, as CSV (RFC 4180) or as JSON.

    `series` is in place of the unit id for a meter that is gone. Columns are those of `History`, with `time` after
    `begin`: the same as ISO 8601 by the place's clock. Steps of which nothing is known have no line.
    """

    unit: UnitId = 1
    series: SeriesId | UnsetType = UNSET
    resolution: Resolution = "hour"
    begin: Moment | UnsetType = UNSET
    end: Moment | UnsetType = UNSET
    format: Literal["csv", "jsonl"] = "csv"


class HistoryDeletion(Request, frozen=True, kw_only=True):
    """Which meter's history is deleted: all that began before a moment, or all of it.

    `series` is in place of the unit id for a meter that is gone.
    """

    unit: UnitId | UnsetType = UNSET
    series: SeriesId | UnsetType = UNSET
    before: Moment | UnsetType = UNSET


class RememberedMeter(Answer, frozen=True, kw_only=True):
    """From when to when there is something of a meter, null for nothing. Meters that are gone have no unit id."""

    series: SeriesId
    unit: UnitId | None
    name: str
    meter_id: str | None
    since: EpochSeconds | None
    until: EpochSeconds | None


class HistoryState(Answer, frozen=True, kw_only=True):
    """The history as a whole: whether one is kept (the setting), what keeps it from the disk, and how large it is.

    While it cannot be written, what is new is remembered in memory for a while. `zone` is that of `History`.
    """

    enabled: bool
    fault: ListenerFault | None
    octets: int
    written_at: EpochSeconds | None
    zone: str
    meters: list[RememberedMeter]


class HistoryRestored(Answer, frozen=True, kw_only=True):
    """What was taken from a backup of the history: rows that were not there already."""

    rows: int
