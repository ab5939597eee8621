"""Live data as the gateway gives them, made up for the browser tests."""

from __future__ import annotations

from typing import Any, Final

from han2x.registers import MEASURED_COUNT, REGISTERS

ENERGIES: Final = frozenset(range(40021, 40037))
MEASURED: Final = frozenset(range(40001, 40037))

VALUES: Final = {
    40001: 2345, 40005: 120, 40009: 4210, 40011: 3870, 40013: 2140, 40015: 2313, 40017: 2298, 40019: 2321,
    40021: 155232, 40023: 12, 40025: 8121, 40027: 55, 40029: 155232, 40031: 12, 40033: 8121, 40035: 55,
    40037: 2025, 40038: 11, 40039: 20, 40040: 23, 40041: 45, 40042: 5, 40043: 100, 40044: 4312, 40045: 1000,
    40048: 17, 40049: 1000,
}  # fmt: skip


def register_rows(unknown: frozenset[int] = frozenset(), **changed: int) -> list[dict[str, Any]]:
    """Every register; those in `unknown` were never told. `changed` is as `r40001=5`."""
    rows = []
    for register in REGISTERS:
        known = register.number not in unknown
        value = changed.get(f"r{register.number}", VALUES.get(register.number, 0)) if known else 0
        rows.append(
            {
                "number": register.number,
                "last": register.last_number,
                "address": register.address,
                "name": register.name,
                "unit": register.unit,
                "words": [value >> 16, value & 0xFFFF] if register.kind.words == 2 else [value],
                "value": value,
                "known": known,
                "measured": register.address < MEASURED_COUNT,
                "scaled": register.scaled,
                "writable": register.writable,
            }
        )
    return rows


def meter(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any part of the data may be changed
    """One meter that is well, apart from what is `changed`."""
    well = {
        "unit": 1,
        "name": "",
        "simulated": False,
        "line": {
            "port": "/dev/ttyUSB0",
            "state": "receiving",
            "detail": "",
            "code": "",
            "values": {},
            "settings": "2400 8N1",
            "understood": True,
        },
        "diagnosis": {"code": "receiving", "values": {}, "what": "Telegrams come.", "advice": ""},
        "stale": False,
        "age_s": 1.2,
        "stale_after_s": 60,
        "when_stale": "exception",
        "maker": "kamstrup",
        "list": "list-1",
        "meter_id": "5706567000000000",
        "meter_type": "6841121BN243101040",
        "list_version": "Kamstrup_V0001",
        "meter_time": "2025-11-20T23:45:05",
        "readings": 1234,
        "problems": {},
        "last_problem": None,
        "scaling_factor": 1000,
        "estimates": {"1.8.0": {"wh": 155_232_510.4, "bar_wh": 3.2, "flags": ["bridged"]}},
        "registers": register_rows(),
    }
    return {**well, **changed}


def live(*meters: dict[str, Any], **changed: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """What the gateway says of itself and its meters."""
    said = {"version": "0.1.0", "uptime_s": 61_212.3, "time": "2025-11-20T23:45:00Z", "meters": list(meters)}
    return {**said, **changed}


NO_LINE: Final = {"port": "/dev/ttyUSB0", "state": "failed", "detail": "no such device", "settings": "2400 8N1"}
SILENT: Final[dict[str, Any]] = {
    "stale": True,
    "age_s": 425.0,
    "diagnosis": {"code": "fell-silent", "values": {}, "what": "The meter has fallen silent.", "advice": ""},
}
NEVER: Final[dict[str, Any]] = {
    "stale": True, "age_s": None, "maker": None, "list": None, "meter_id": None, "meter_type": None,
    "list_version": None, "meter_time": None, "readings": 0, "estimates": {}, "registers": register_rows(MEASURED),
}  # fmt: skip
