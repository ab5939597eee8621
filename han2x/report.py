"""Events as JSON, as `han2x decode` and `han2x replay` print them.

Pure. Values leave here in the unit of their quantity; keys are the OBIS groups C.D.E. An unknown value has no
key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from han2x.estimator import Estimate
from han2x.model import Event, MeterTime, Problem, Quantity, Reading


def number(milli: int) -> int | float:
    """Thousandths as a number of whole units: an int where it is one."""
    whole, rest = divmod(milli, 1000)
    return whole if rest == 0 else milli / 1000


def event_json(event: Event) -> dict[str, Any]:
    """A reading or a problem as `han2x decode` prints it."""
    return _problem_json(event) if isinstance(event, Problem) else _reading_json(event)


def estimates_json(estimates: Mapping[Quantity, Estimate]) -> dict[str, Any]:
    """Estimated energies in Wh or varh, with their error bars."""
    return {
        str(quantity): {"wh": round(estimate.wh, 3), "bar_wh": round(estimate.bar_wh, 3), "flags": list(estimate.flags)}
        for quantity, estimate in estimates.items()
    }


def words(octets: bytes) -> list[int]:
    """Big-endian octets as 16-bit words."""
    return [int.from_bytes(octets[place : place + 2], "big") for place in range(0, len(octets), 2)]


def time_json(time: MeterTime | None) -> str | None:
    """The meter's own clock, without a zone."""
    return None if time is None else time.local.isoformat(timespec="seconds")


def _reading_json(reading: Reading) -> dict[str, Any]:
    return {
        "event": "reading",
        "offset": reading.offset,
        "maker": reading.maker,
        "list": reading.push_list,
        "meter_id": reading.meter_id,
        "meter_type": reading.meter_type,
        "list_version": reading.list_version,
        "meter_time": time_json(reading.meter_time),
        "encrypted": reading.encrypted,
        **({"unchecked": True} if reading.unchecked else {}),
        "values": {
            str(quantity): {"value": number(milli), "unit": quantity.unit}
            # What the meter sends as 0 because it does not measure it was sent all the same.
            for quantity, milli in (*reading.values.items(), *((each, 0) for each in reading.unmeasured))
        },
    }


def _problem_json(problem: Problem) -> dict[str, Any]:
    return {"event": "problem", "offset": problem.offset, **_what_was_wrong(problem)}


def _what_was_wrong(problem: Problem) -> dict[str, Any]:
    return {"kind": problem.kind, "cause": problem.cause, "detail": problem.detail}
