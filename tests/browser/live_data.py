"""Live data as the gateway gives them, made up for the browser tests: of the contract's own types."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from han2x.api.listeners import Listener
from han2x.api.live import (
    ClockHour,
    Diagnosis,
    EstimatedEnergy,
    HighHour,
    LastProblem,
    Line,
    Live,
    MeasuredValue,
    MeterLive,
    ModbusPort,
    NetPower,
    PhaseLoad,
    RegisterRow,
)
from han2x.gateway.line_status import LineState
from han2x.listeners import ListenerState, What
from han2x.model import ProblemKind, PushList
from han2x.registers import MEASURED_COUNT, REGISTERS, Register
from han2x.registers.bank import WhenStale

ENERGIES: Final = frozenset(range(40021, 40037))
MEASURED: Final = frozenset(range(40001, 40037))

VALUES: Final = {
    40001: 2345, 40005: 120, 40009: 4210, 40011: 3870, 40013: 2140, 40015: 2313, 40017: 2298, 40019: 2321,
    40021: 155232, 40023: 12, 40025: 8121, 40027: 55, 40029: 155232, 40031: 12, 40033: 8121, 40035: 55,
    40037: 2025, 40038: 11, 40039: 20, 40040: 23, 40041: 45, 40042: 5, 40043: 100, 40044: 4312, 40045: 1000,
    40048: 17, 40049: 1000,
}  # fmt: skip


def register_rows(
    unknown: frozenset[int] = frozenset(), stale: frozenset[int] = frozenset(), **changed: int
) -> list[RegisterRow]:
    """Every register; those in `unknown` were never told, those in `stale` not for two hours. `changed`: `r40001=5`."""
    rows = []
    for register in REGISTERS:
        known = register.number not in unknown
        value = changed.get(f"r{register.number}", VALUES.get(register.number, 0)) if known else 0
        rows.append(
            RegisterRow(
                number=register.number,
                last=register.last_number,
                address=register.address,
                name=register.name,
                unit=register.unit,
                words=[value >> 16, value & 0xFFFF] if register.kind.words == 2 else [value],
                value=value,
                known=known,
                measured=register.address < MEASURED_COUNT,
                scaled=register.scaled,
                writable=register.writable,
                age_s=_age_s(register, unknown, stale),
                stale=register.number in stale,
            )
        )
    return rows


def phase(name: Literal["L1", "L2", "L3"], current_a: float | None, **changed: Any) -> PhaseLoad:  # noqa: ANN401
    """A phase of which only current and voltage come, apart from what is `changed`."""
    told = PhaseLoad(
        phase=name, voltage_v=231.3, current_a=current_a, power_w=None, direction=None, load_percent=None, age_s=1.2,
        stale=False,
    )  # fmt: skip
    return msgspec.structs.replace(told, **changed)


def _age_s(register: Register, unknown: frozenset[int], stale: frozenset[int]) -> float | None:
    if register.address >= MEASURED_COUNT or register.number in unknown:
        return None
    return 7195.0 if register.number in stale else 1.2


WELL: Final = MeterLive(
    unit=1,
    name="",
    simulated=False,
    line=Line(port="/dev/ttyUSB0", state=LineState.RECEIVING, detail="", settings="2400 8N1", understood=True),
    diagnosis=Diagnosis(code="receiving", what="Telegrams come.", advice=""),
    warnings=[],
    discontinuities=[],
    stale_after_s=60,
    when_stale=WhenStale.EXCEPTION,
    scaling_factor=1000,
    stale=False,
    age_s=1.2,
    maker="kamstrup",
    push_list=PushList.LIST_1,
    meter_id="5706567000000000",
    meter_type="6841121BN243101040",
    list_version="Kamstrup_V0001",
    meter_time="2025-11-20T23:45:05",
    readings=1234,
    problems={},
    last_problem=None,
    values={"1.8.0": MeasuredValue(value=155_232_500.0, unit="Wh", age_s=2695.0, stale=False)},
    estimates={"1.8.0": EstimatedEnergy(wh=155_232_510.4, bar_wh=3.2, flags=["bridged"], age_s=1.2, stale=False)},
    meter_time_utc="2025-11-20T22:45:05+00:00",
    registers=register_rows(),
    net_power=NetPower(w=2345.0, age_s=1.2, stale=False),
    phases=[phase("L1", 4.21), phase("L2", 3.87), phase("L3", 2.14)],
    main_fuse_a=None,
    hour=ClockHour(
        begin="2025-11-20T23:00:00+01:00",
        import_wh=925.4,
        export_wh=0.0,
        expected_wh=1234.1,
        minute_w=1228.3,
        highest_w=3310.0,
        highest=[HighHour(begin="2025-11-12T18:00:00+01:00", wh=4210.0)],
        mean_of_highest_wh=4210.0,
    ),
)


def meter(**changed: Any) -> MeterLive:  # noqa: ANN401 - any field may be changed
    """One meter that is well, apart from what is `changed`."""
    return msgspec.structs.replace(WELL, **changed)


SERVED: Final = Listener(
    what=What.MODBUS, state=ListenerState.SERVING, wanted="*:502", places=["0.0.0.0:502", "[::]:502"], fault=None
)


def live(*meters: MeterLive) -> Live:
    """What the gateway says of itself and its meters."""
    return Live(
        version="0.1.0",
        uptime_s=61_212.3,
        time="2025-11-20T23:45:00+00:00",
        modbus=ModbusPort(port=502),
        listeners=[SERVED],
        meters=list(meters),
    )


NO_LINE: Final = Line(
    port="/dev/ttyUSB0", state=LineState.FAILED, detail="no such device", settings="2400 8N1", understood=False
)
FAULT: Final = LastProblem(kind=ProblemKind.AUTHENTICATION, cause="keys-wrong", detail="tag 1A2B")
SILENT: Final[dict[str, Any]] = {
    "stale": True,
    "age_s": 425.0,
    "diagnosis": Diagnosis(code="fell-silent", what="The meter has fallen silent.", advice=""),
}
UNKNOWN_HOUR: Final = ClockHour(
    begin=None, import_wh=None, export_wh=None, expected_wh=None, minute_w=None, highest_w=None, highest=[],
    mean_of_highest_wh=None,
)  # fmt: skip
NEVER: Final[dict[str, Any]] = {
    "stale": True, "age_s": None, "maker": None, "push_list": None, "meter_id": None, "meter_type": None,
    "list_version": None, "meter_time": None, "meter_time_utc": None, "readings": 0, "estimates": {},
    "registers": register_rows(MEASURED), "values": {}, "hour": UNKNOWN_HOUR, "phases": [],
    "net_power": NetPower(w=None, age_s=None, stale=True),
}  # fmt: skip
