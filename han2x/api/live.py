"""What the meters say now. An unknown value is null, or has no key; it is never 0."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, field

from han2x.api.base import Answer, EpochSeconds, LocalTime, Scalar, Seconds, UnitId, UtcTime
from han2x.api.listeners import Listener, ReachTrial
from han2x.api.outputs import Output
from han2x.api.registers import RegisterRow
from han2x.api.upgrade import TakenBack
from han2x.estimator import DiscontinuityCause
from han2x.gateway.line_status import LineState
from han2x.model import ProblemKind, PushList
from han2x.registers.bank import WhenStale

Thousandths: TypeAlias = Annotated[int, Meta(description="In thousandths: 1000 is a factor of 1.")]


class Line(Answer, frozen=True, kw_only=True):
    """The line to a meter: its port ("" for none) and how that is opened, like "2400 8N1".

    `detail` says why it failed, in English; `code` with its `values` says so for programs ("" while it has not).
    `understood` means that telegrams came with these settings. `octets` have come since it was opened first, so many a
    second in the last minute (null while that is not known), the last one `octet_age_s` ago (null for none yet).
    """

    port: str
    state: LineState
    detail: str
    code: str = ""
    values: dict[str, Scalar] = field(default_factory=dict)
    settings: str
    understood: bool
    octets: int = 0
    octets_per_s: float | None = None
    octet_age_s: Seconds | None = None


class Diagnosis(Answer, frozen=True, kw_only=True):
    """What is the matter with a line, and what to do about it ("" for nothing): a code with values, and in English."""

    code: str
    values: dict[str, Scalar] = field(default_factory=dict)
    what: str
    advice: str


class MeterWarning(Answer, frozen=True, kw_only=True):
    """A setting that the readings contradict: what it gives is `factor` times what it should be.

    It is now `value`, and would be right as `mended`, both in the setting's own unit. `what` says so in English.
    """

    code: str
    setting: str
    value: float
    mended: float
    factor: float
    what: str


class Discontinuity(Answer, frozen=True, kw_only=True):
    """An energy, by its OBIS groups C.D.E, whose estimate took a step that the meter did not count, and why.

    `reason` says so in English, `code` with its `values` for programs.
    """

    at: EpochSeconds
    quantity: str
    code: DiscontinuityCause
    values: dict[str, Scalar]
    reason: str


class LastProblem(Answer, frozen=True, kw_only=True):
    """The last telegram that could not be used."""

    kind: ProblemKind
    cause: str
    detail: str


class MeasuredValue(Answer, frozen=True, kw_only=True):
    """A value as the meter sent it, in its unit (W, var, Wh, varh, A, V; 1 for a power factor), and how old it is.

    `stale` means that it is too old to be current, whatever else still comes from the meter.
    """

    value: float
    unit: str
    age_s: Seconds
    stale: bool


class EstimatedEnergy(Answer, frozen=True, kw_only=True):
    """An energy as it is now, and how far it may be off, in Wh or varh.

    `age_s` counts since the telegram that moved it last, null when none has since the gateway started; it is `stale`
    when that is too long ago.
    """

    wh: float
    bar_wh: float
    flags: list[str]
    age_s: Seconds | None
    stale: bool


class MeterStatus(Answer, frozen=True, kw_only=True):
    """One meter. `values` and `estimates` are by OBIS groups C.D.E; values are not scaled, estimates are not either.

    `stale` means that no good telegram at all has come for `stale_after_s` (or three intervals of a meter that sends
    more seldom), or none ever; `age_s` is null then. Each value may be stale by itself before that. `meter_time` is the
    meter's own clock, without a zone. `discontinuities` has the newest last.
    """

    unit: UnitId
    name: str
    simulated: bool
    line: Line
    diagnosis: Diagnosis
    warnings: list[MeterWarning]
    discontinuities: list[Discontinuity]
    stale_after_s: Seconds
    when_stale: WhenStale
    scaling_factor: Thousandths
    stale: bool
    age_s: Seconds | None
    maker: str | None
    push_list: PushList | None = field(name="list")
    meter_id: str | None
    meter_type: str | None
    list_version: str | None
    meter_time: str | None
    readings: int
    problems: dict[str, int]
    last_problem: LastProblem | None
    values: dict[str, MeasuredValue]
    estimates: dict[str, EstimatedEnergy]
    meter_time_utc: UtcTime | None


class HighHour(Answer, frozen=True, kw_only=True):
    """One of the month's highest hours: when it began, by the clock of the place with its offset, and its import."""

    begin: LocalTime
    wh: float


class ClockHour(Answer, frozen=True, kw_only=True):
    """The clock hour so far, unscaled: energies in Wh, powers in W; null for what is not known, or stale.

    `begin` is when it began, by the clock of the place with its offset. `expected_wh` is the import that it will have
    if the mean power of the last five minutes goes on. `minute_w` is the mean net power of the last full minute,
    `highest_w` the highest net power of the hour. `highest` are the hours with the highest import of this month so far,
    on different days, three at most, the highest first, and stay when the meter is silent; `mean_of_highest_wh` is
    their mean.
    """

    begin: LocalTime | None
    import_wh: float | None
    export_wh: float | None
    expected_wh: float | None
    minute_w: float | None
    highest_w: float | None
    highest: list[HighHour]
    mean_of_highest_wh: float | None


class NetPower(Answer, frozen=True, kw_only=True):
    """Active power in W, scaled: import is positive, export negative; null while it is not known.

    `age_s` counts since the newest telegram that it comes from, null where none has come. A `stale` one is the last
    that was known, and counts since the oldest.
    """

    w: float | None
    age_s: Seconds | None
    stale: bool


class PhaseLoad(Answer, frozen=True, kw_only=True):
    """One phase: voltage in V, and current in A, scaled and without a sign; null for what the meter has not sent.

    `power_w` (scaled, import positive) and `direction` are there only where the meter says them of this phase, and
    current. `load_percent` is the current in hundredths of the main fuse's, null where that is not set.
    `age_s` and `stale` are those of the current.
    """

    phase: Literal["L1", "L2", "L3"]
    voltage_v: float | None
    current_a: float | None
    power_w: float | None
    direction: Literal["import", "export"] | None
    load_percent: float | None
    age_s: Seconds | None
    stale: bool


class MeterLive(MeterStatus, frozen=True, kw_only=True):
    """One meter with its registers, its net power, its phases and its clock hour.

    `phases` are those that the meter has, none while that is not known. `main_fuse_a` is null while it is not set.
    `imitates` is whose its unit id has in place of the HAN2X map, "" for nobody's.
    """

    registers: list[RegisterRow]
    net_power: NetPower
    phases: list[PhaseLoad]
    main_fuse_a: int | None
    hour: ClockHour
    imitates: str = ""


class ModbusPort(Answer, frozen=True, kw_only=True):
    """Where Modbus is served; null while it is not."""

    port: int | None


class Live(Answer, frozen=True, kw_only=True):
    """What the page shows. `settings_file` is the outcome of a settings file that cannot be used as it is, null while
    it is good: see `SettingsReport`, which has all of it. `taken_back` is an upgrade that was, until somebody
    acknowledges it.
    """

    version: str
    uptime_s: Seconds
    time: UtcTime
    modbus: ModbusPort
    listeners: list[Listener]
    trial: ReachTrial | None = None
    taken_back: TakenBack | None = None
    settings_file: str | None = None
    outputs: list[Output] = field(default_factory=list)
    meters: list[MeterLive]
