"""Handlers for what is remembered: powers, energies, voltages; export, deletion, backup."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Final

from aiohttp import web
from msgspec import UNSET

from han2x.api.history import (
    CapacityMonth,
    CapacityQuery,
    ExportQuery,
    HistoryDeletion,
    HistoryQuery,
    HistoryRestored,
    HistoryState,
    VoltageQuery,
    VoltageWeek,
)
from han2x.web.answers import file_name
from han2x.web.call import Call
from han2x.web.refusals import MalformedError, SlowBodyError

logger = logging.getLogger("han2x.web")

UPLOAD_S: Final = 600.0
"""How long a backup may take to come in whole."""
_PIECE: Final = 64 * 1024
_TYPES: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}


async def points(call: Call[HistoryQuery]) -> web.Response:
    """What there is of each step."""
    body = await call.control.history.points(call.asked)
    return web.Response(body=body, content_type="application/json", charset="utf-8")


async def capacity(call: Call[CapacityQuery]) -> list[CapacityMonth]:
    """Each month's highest hours."""
    return await call.control.history.capacity(call.asked)


async def voltage(call: Call[VoltageQuery]) -> list[VoltageWeek]:
    """Each week's voltages."""
    return await call.control.history.voltage(call.asked)


async def state(call: Call[None]) -> HistoryState:
    """How much there is, and what keeps it from the disk."""
    return await call.control.history.state()


async def export(call: Call[ExportQuery]) -> web.StreamResponse:
    """A file, written while it is sent."""
    asked = call.asked
    of = f"unit-{asked.unit}" if asked.series is UNSET else f"series-{asked.series}"
    name = file_name(call.control.options().name, f"history-{of}-{asked.resolution}", asked.format)
    return await _sent(call.request, await call.control.history.export(asked), _TYPES[asked.format], name)


async def delete(call: Call[HistoryDeletion]) -> None:
    """Forget a meter's history, or the older part of it."""
    await call.control.history.delete(call.asked)


async def backup(call: Call[None]) -> web.StreamResponse:
    """All of it, packed."""
    name = file_name(call.control.options().name, "history", "jsonl.gz")
    return await _sent(call.request, await call.control.history.backup(), "application/gzip", name)


async def restore(call: Call[None]) -> HistoryRestored:
    """Take from a backup what is not there already."""
    return await call.control.history.restore(_body(call))


async def _body(call: Call[None]) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    until = loop.time() + UPLOAD_S
    try:
        while True:
            async with asyncio.timeout_at(until):
                piece = await call.request.content.read(_PIECE)
            if not piece:
                return
            yield piece
    except TimeoutError:
        raise SlowBodyError("the body came too slowly") from None
    except (web.RequestPayloadError, ConnectionError):
        raise MalformedError("the body broke off") from None


async def _sent(request: web.Request, pieces: AsyncIterator[bytes], kind: str, name: str) -> web.StreamResponse:
    """Send a file in pieces. One that breaks off is no whole answer, so that nobody takes it for the whole file."""
    response = web.StreamResponse(
        headers={"Content-Type": kind, "Content-Disposition": f'attachment; filename="{name}"'}
    )
    await response.prepare(request)
    try:
        async for piece in pieces:
            await response.write(piece)
    except ConnectionError:
        logger.debug("a download was given up")
        raise
    except Exception:
        logger.exception("a download broke off")
        request.protocol.force_close()
        return response
    await response.write_eof()
    return response
