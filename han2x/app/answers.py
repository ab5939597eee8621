"""What is running, as the contract has it: the one place where the gateway's parts are turned into answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from han2x import __version__, registers
from han2x import listeners as places
from han2x.api.audit import Audit, RecordedChange
from han2x.api.care import LogRecord, RawTelegram, SerialPort
from han2x.api.listeners import Listener, ListenerFault, ReachTrial
from han2x.api.live import (
    Diagnosis,
    Discontinuity,
    EstimatedEnergy,
    History,
    LastProblem,
    Line,
    Live,
    MeasuredValue,
    MeterLive,
    MeterStatus,
    MeterWarning,
    ModbusPort,
    RegisterRow,
)
from han2x.api.modbus import Modbus
from han2x.api.status import PageAccess, Status
from han2x.app.reach import Reach, dotted
from han2x.gateway.history import STEP_S
from han2x.gateway.meter import Meter
from han2x.gateway.scale_check import Doubt
from han2x.meters import clock
from han2x.model import Problem
from han2x.registers import Register, Sources
from han2x.report import number, time_json, words
from han2x.serial_port import Port
from han2x.state import Snapshot


def live(
    meters: Iterable[Meter],
    uptime_s: float,
    addresses: Sequence[tuple[str, int]],
    reached: Iterable[places.Listener] = (),
    tried: Reach | None = None,
) -> Live:
    """What the page shows; `addresses` are those of Modbus, `reached` where everything is reached, or is not.

    `tried` has what is on trial.
    """
    return Live(
        version=__version__,
        uptime_s=round(uptime_s, 1),
        time=_utc_now(),
        modbus=ModbusPort(port=addresses[0][1] if addresses else None),
        listeners=listeners(reached),
        trial=_trial(tried),
        meters=[_with_registers(meter) for meter in meters],
    )


def status(
    meters: Iterable[Meter],
    uptime_s: float,
    modbus: Modbus,
    web: Sequence[str],
    storage: Sequence[str],
    settings: str = "",
    access: PageAccess | None = None,
    reached: Iterable[places.Listener] = (),
    fingerprint: str = "",
) -> Status:
    """What `han2x status` reports; `web` has the page's addresses, `storage` what cannot be kept, `settings` what is
    wrong with the settings file.

    `reached` is where everything is reached, or is not; `fingerprint` that of the page's certificate.
    """
    return Status(
        version=__version__,
        uptime_s=round(uptime_s, 1),
        time=_utc_now(),
        modbus=modbus,
        listeners=listeners(reached),
        meters=[_meter(meter, meter.sources()) for meter in meters],
        web=list(web),
        fingerprint=fingerprint,
        storage=list(storage),
        settings=settings,
        access=access,
    )


def modbus(plain: Mapping[str, Any], tls: Mapping[str, Any] | None) -> Modbus:
    """Clients, counters and the last requests, from the snapshots of the plain server and that with TLS.

    Raises:
        ValidationError: a snapshot is not what the contract says.
    """
    return msgspec.convert({**plain, "tls": tls}, Modbus)


def listeners(reached: Iterable[places.Listener]) -> list[Listener]:
    """Where everything is reached, or is not."""
    return [
        Listener(
            what=each.what, state=each.state, wanted=each.wanted, places=list(each.places), fault=_listener_fault(each)
        )
        for each in reached
    ]


def _trial(tried: Reach | None) -> ReachTrial | None:
    if tried is None or tried.trial is None:
        return None
    return ReachTrial(
        settings=list(dotted(tried.trial.values)),
        confirm_within_s=tried.trial.within_s,
        remaining_s=round(tried.remaining_s(), 1),
    )


def history(meter: Meter, now: float, hours: int) -> History:
    """Power over the last hours."""
    return History(
        unit=meter.config.unit, step_s=STEP_S, points=[list(point) for point in meter.history.points(now, hours)]
    )


def telegrams(meter: Meter) -> list[RawTelegram]:
    """The last raw telegrams, the newest last."""
    return [
        RawTelegram(time=round(each.at, 3), hex=each.octets.hex(), outcome=", ".join(each.outcomes))
        for each in meter.line.telegrams
    ]


def serial_ports(found: Iterable[Port]) -> list[SerialPort]:
    """The serial ports of this computer."""
    return [SerialPort(path=port.path, device=port.device, description=port.description) for port in found]


def log_records(records: Iterable[Mapping[str, str]]) -> list[LogRecord]:
    """The last log records, the newest last."""
    return [LogRecord(**record) for record in records]


def _listener_fault(listener: places.Listener) -> ListenerFault | None:
    fault = listener.fault
    return None if fault is None else ListenerFault(code=fault.code, values=dict(fault.values), message=str(fault))


def audit(entries: Sequence[Mapping[str, Any]], damaged: int, most: int) -> Audit:
    """The last recorded changes, the newest first, of entries with the newest last. Those that are none count as
    damaged.
    """
    found = []
    for entry in reversed(entries[-most:]):
        try:
            found.append(msgspec.convert(entry, RecordedChange))
        except msgspec.ValidationError:
            damaged += 1
    return Audit(entries=found, damaged=damaged)


def _with_registers(meter: Meter) -> MeterLive:
    sources = meter.sources()
    return MeterLive(**msgspec.structs.asdict(_meter(meter, sources)), registers=register_rows(sources))


def _meter(meter: Meter, sources: Sources) -> MeterStatus:
    snapshot = sources.snapshot
    last = snapshot.last_reading_at
    return MeterStatus(
        unit=meter.config.unit,
        name=meter.config.name,
        simulated=meter.config.simulated,
        line=_line(meter),
        diagnosis=_diagnosis(meter),
        warnings=[_warning(meter, doubt) for doubt in meter.doubts],
        discontinuities=[
            Discontinuity(
                at=round(each.at, 1),
                quantity=str(each.quantity),
                code=each.cause,
                values=dict(each.values),
                reason=each.reason,
            )
            for each in meter.discontinuities
        ],
        stale_after_s=meter.state.stale_after_s,
        when_stale=meter.bank.when_stale,
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
    value = doubt.value(meter.config.scales)
    return MeterWarning(
        code="scale",
        setting=doubt.setting,
        value=value,
        mended=doubt.mended(value),
        factor=10.0**doubt.decades,
        what=meter.say(doubt),
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


def _rounded(age: float | None) -> float | None:
    return None if age is None else round(age, 1)


def _meter_time_utc(snapshot: Snapshot, zone: clock.Zone) -> str | None:
    if not (snapshot.maker and snapshot.push_list and snapshot.meter_time):
        return None
    near = datetime.fromtimestamp(snapshot.now, UTC)
    resolved = clock.resolve(snapshot.maker, snapshot.push_list, snapshot.meter_time, near, zone)
    return None if resolved is None else resolved.isoformat(timespec="seconds")


def register_rows(sources: Sources) -> list[RegisterRow]:
    """Every register with its words and value as a client reads them."""
    image = registers.render(sources)
    return [_register_row(each, sources, image) for each in registers.REGISTERS]


def _register_row(register: Register, sources: Sources, image: bytes) -> RegisterRow:
    octets = image[2 * register.address : 2 * (register.address + register.kind.words)]
    return RegisterRow(
        number=register.number,
        last=register.last_number,
        address=register.address,
        name=register.name,
        unit=register.unit,
        words=words(octets),
        value=int.from_bytes(octets, "big"),
        known=register.source(sources) is not None,
        measured=register.address < registers.MEASURED_COUNT,
        scaled=register.scaled,
        writable=register.writable,
        age_s=_rounded(register.age(sources.snapshot)),
        stale=register.is_stale(sources.snapshot),
    )


def _utc_now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
