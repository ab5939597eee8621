"""What the page and `han2x status` show of a meter."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from han2x import report
from han2x.gateway.meter import Meter
from han2x.meters import clock
from han2x.state import Snapshot


def meter_json(meter: Meter) -> dict[str, Any]:
    """One meter."""
    sources = meter.sources()
    snapshot, status, diagnosis = sources.snapshot, meter.line.status, meter.line.diagnosis(sources.snapshot.now)
    return {
        "unit": meter.config.unit,
        "name": meter.config.name,
        "simulated": meter.config.simulated,
        "line": {
            "port": status.port,
            "state": status.state,
            "detail": status.reason,
            "code": status.code,
            "values": status.values,
            "settings": status.settings,
            "understood": meter.line.found_settings is not None,
        },
        "diagnosis": {
            "code": diagnosis.code,
            "values": diagnosis.values,
            "what": diagnosis.what,
            "advice": diagnosis.advice,
        },
        "warnings": [
            {"code": "scale", "setting": doubt.setting, "factor": 10.0**doubt.decades, "what": meter.say(doubt)}
            for doubt in meter.doubts
        ],
        "discontinuities": [
            {"at": round(each.at, 1), "quantity": each.quantity, "reason": each.reason}
            for each in meter.discontinuities
        ],
        "stale_after_s": meter.state.stale_after_s,
        "when_stale": meter.bank.when_stale,
        "scaling_factor": meter.bank.factor.active,
        **report.snapshot_json(snapshot),
        "meter_time_utc": _meter_time_utc(snapshot),
        "registers": report.registers_json(sources),
    }


def _meter_time_utc(snapshot: Snapshot) -> str | None:
    if not (snapshot.maker and snapshot.push_list and snapshot.meter_time):
        return None
    near = datetime.fromtimestamp(snapshot.now, UTC)
    resolved = clock.resolve(snapshot.maker, snapshot.push_list, snapshot.meter_time, near)
    return None if resolved is None else resolved.isoformat(timespec="seconds")
