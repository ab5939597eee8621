"""How much is remembered, and whether it is on the disk."""

from __future__ import annotations

from han2x.api.history import HistoryState, RememberedMeter
from han2x.api.listeners import ListenerFault
from han2x.app.history_keeping import HistoryKeeping
from han2x.history_file.columns import TABLES
from han2x.history_file.series import Series


async def state(keeping: HistoryKeeping, zone: str) -> HistoryState:
    """All of it; `zone` is the name of the place's."""
    known: list[Series] = []
    octets = 0
    try:
        known = await keeping.in_write_thread(keeping.file.series)
        octets = await keeping.in_write_thread(keeping.file.size)
        meters = [await _meter(keeping, series) for series in known]
    except OSError:
        meters = []  # the fault says why
    fault = keeping.fault
    return HistoryState(
        enabled=True,
        fault=None if fault is None else ListenerFault(code=fault.code, values=dict(fault.values), message=str(fault)),
        octets=octets,
        written_at=keeping.written_at,
        zone=zone,
        meters=meters,
    )


async def _meter(keeping: HistoryKeeping, series: Series) -> RememberedMeter:
    remembered = keeping.of_unit(series.unit) if series.unit is not None else None
    fresh = keeping.fresh(remembered) if remembered is not None else {}
    edges = await keeping.read(series, fresh, lambda source: [source.edges(table) for table in TABLES])
    firsts = [first for first, _ in edges if first is not None]
    lasts = [last + table.step_s for table, (_, last) in zip(TABLES, edges, strict=True) if last is not None]
    return RememberedMeter(
        series=series.id or 0,
        unit=series.unit if remembered is not None else None,
        name=series.name,
        meter_id=series.meter_id,
        since=min(firsts, default=None),
        until=max(lasts, default=None),
    )
