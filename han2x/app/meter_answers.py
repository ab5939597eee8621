"""How one meter stands, as the contract has it."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace

from han2x import registers
from han2x.api.live import (
    ClockHour,
    Diagnosis,
    Discontinuity,
    EstimatedEnergy,
    HighHour,
    LastProblem,
    Line,
    MeasuredValue,
    MeterLive,
    MeterStatus,
    MeterWarning,
    RegisterBlock,
    RegisterRow,
)
from han2x.app.load_answers import net_power, phase_loads
from han2x.gateway.meter import Meter
from han2x.gateway.scale_check import Doubt
from han2x.meters import clock
from han2x.model import Problem
from han2x.registers import Block, Register, Sources
from han2x.report import number, time_json, words
from han2x.state import Snapshot


def with_registers(meter: Meter, imitates: str = "") -> MeterLive:
    """All of it, with its registers, and whose its unit id has in place of the HAN2X map."""
    sources = meter.sources()
    status = msgspec.structs.asdict(meter_status(meter, sources))
    return MeterLive(
        **status,
        registers=register_rows(sources),
        net_power=net_power(sources.snapshot, sources.factor),
        phases=phase_loads(sources.snapshot, sources.factor, meter.config.main_fuse_a),
        main_fuse_a=meter.config.main_fuse_a,
        hour=_clock_hour(sources.snapshot),
        imitates=imitates,
    )


def meter_status(meter: Meter, sources: Sources) -> MeterStatus:
    """The same without them; `sources` is what they are made from."""
    snapshot = sources.snapshot
    last = snapshot.last_reading_at
    return MeterStatus(
        unit=meter.config.unit,
        name=meter.config.name,
        simulated=meter.config.simulated,
        line=_line(meter),
        diagnosis=_diagnosis(meter),
        warnings=[_warning(meter, doubt) for doubt in meter.notices.doubts],
        discontinuities=[
            Discontinuity(
                at=round(each.at, 1),
                quantity=str(each.quantity),
                code=each.cause,
                values=dict(each.values),
                reason=each.reason,
            )
            for each in meter.notices.discontinuities
        ],
        stale_after_s=meter.state.stale_after_s,
        when_stale=meter.bank.rules.when_stale,
        scaling_factor=sources.factor,
        stale=snapshot.stale,
        age_s=None if last is None else round(snapshot.now - last, 1),
        maker=snapshot.maker,
        push_list=snapshot.push_list,
        meter_id=snapshot.meter_id,
        meter_type=snapshot.meter_type,
        list_version=snapshot.list_version,
        meter_time=time_json(snapshot.meter_time),
        readings=snapshot.readings,
        problems={str(kind): count for kind, count in snapshot.problems.items()},
        last_problem=_problem(snapshot.last_problem),
        values=_values(snapshot),
        estimates=_estimates(snapshot),
        meter_time_utc=_meter_time_utc(snapshot, meter.config.zone),
    )


def _line(meter: Meter) -> Line:
    now = meter.line.status
    return Line(
        port=now.port,
        state=now.state,
        detail=now.reason,
        code=now.code,
        values=dict(now.values),
        settings=now.settings,
        understood=meter.line.found_settings is not None,
    )


def _diagnosis(meter: Meter) -> Diagnosis:
    now = meter.diagnosis(meter.clock())
    return Diagnosis(code=now.code, values=dict(now.values), what=now.what, advice=now.advice)


def _warning(meter: Meter, doubt: Doubt) -> MeterWarning:
    value = doubt.value(meter.config.scales, meter.learned)
    return MeterWarning(
        code="scale",
        setting=doubt.setting,
        value=value,
        mended=doubt.mended(value),
        factor=10.0**doubt.decades,
        what=doubt.told(meter.config.scales, meter.learned),
    )


def _problem(problem: Problem | None) -> LastProblem | None:
    return None if problem is None else LastProblem(kind=problem.kind, cause=problem.cause, detail=problem.detail)


def _values(snapshot: Snapshot) -> dict[str, MeasuredValue]:
    return {
        str(quantity): MeasuredValue(
            value=number(value.milli),
            unit=quantity.unit,
            age_s=round(snapshot.now - value.at, 1),
            stale=snapshot.is_stale(quantity),
        )
        for quantity, value in snapshot.values.items()
    }


def _estimates(snapshot: Snapshot) -> dict[str, EstimatedEnergy]:
    return {
        str(quantity): EstimatedEnergy(
            wh=round(estimate.wh, 3),
            bar_wh=round(estimate.bar_wh, 3),
            flags=list(estimate.flags),
            age_s=_rounded(snapshot.estimate_age(quantity)),
            stale=snapshot.is_estimate_stale(quantity),
        )
        for quantity, estimate in snapshot.estimates.items()
    }


def _clock_hour(snapshot: Snapshot) -> ClockHour:
    """What is current of the hour in progress. The month's highest are over, however long the meter has been silent."""
    hours, kept = snapshot.current().hours, snapshot.hours
    return ClockHour(
        begin=None if hours.begin is None else hours.begin.isoformat(),
        import_wh=_rounded(hours.import_wh),
        export_wh=_rounded(hours.export_wh),
        expected_wh=_rounded(hours.expected_wh),
        minute_w=_rounded(hours.minute_w),
        highest_w=_rounded(hours.highest_w),
        highest=[HighHour(begin=each.begin.isoformat(), wh=round(each.wh, 1)) for each in kept.highest],
        mean_of_highest_wh=_rounded(kept.mean_of_highest_wh),
    )


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 1)


def _meter_time_utc(snapshot: Snapshot, zone: clock.Zone) -> str | None:
    if not (snapshot.maker and snapshot.push_list and snapshot.meter_time):
        return None
    near = datetime.fromtimestamp(snapshot.now, UTC)
    resolved = clock.resolve(snapshot.maker, snapshot.push_list, snapshot.meter_time, near, zone)
    return None if resolved is None else resolved.isoformat(timespec="seconds")


def register_rows(sources: Sources) -> list[RegisterRow]:
    """Every register with its words and value as a client reads them."""
    return block_rows(registers.HAN2X, sources)


def register_blocks(meter: Meter) -> list[RegisterBlock]:
    """All registers of a meter's own unit id, as clients read them now."""
    face, sources, now = meter.bank.own, meter.shown(), meter.clock()
    return [
        RegisterBlock(
            name=block.name,
            first=block.first,
            end=block.end,
            rows=block_rows(block, sources),
            refused=[row.number for row in block.rows if face.refuses(row.address, now)],
        )
        for block in face.blocks
    ]


def block_rows(block: Block, sources: Sources) -> list[RegisterRow]:
    """Those of one block."""
    image = block.render(sources)
    rows = [_register_row(each, sources, image[2 * (each.address - block.first) :]) for each in block.rows]
    return [replace(row, value=None) if block.says_absent and not row.known else row for row in rows]


def _register_row(register: Register, sources: Sources, image: bytes) -> RegisterRow:
    octets = image[: 2 * register.kind.words]
    return RegisterRow(
        number=register.number,
        last=register.last_number,
        address=register.address,
        name=register.name,
        unit=register.unit,
        words=words(octets),
        value=register.kind.decode(octets),
        known=register.source(sources) is not None,
        measured=register.measured,
        scaled=register.scaled,
        writable=register.writable,
        age_s=_rounded(register.age(sources.snapshot)),
        stale=register.is_stale(sources.snapshot),
    )
