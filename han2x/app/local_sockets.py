"""What the gateway answers on this computer alone: how it stands, and the commands of whoever may give them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from han2x.app.commands import Command, commands_path, serve_commands
from han2x.app.status import serve_status, status_path
from han2x.faults import reason

if TYPE_CHECKING:
    from han2x.api.status import Status

log = logging.getLogger("han2x")


async def serve_locally(
    ending: AsyncExitStack, state_dir: Path, status: Callable[[], Status], commands: Mapping[str, Command]
) -> None:
    """Serve both sockets until `ending` closes. One that cannot be had is told of, and done without."""
    path = status_path(state_dir)
    try:
        ending.push_async_callback((await serve_status(path, status)).stop)
    except OSError as error:
        log.warning("%s: 'han2x status' will not work: %s", path, reason(error))
    path = commands_path(state_dir)
    try:
        resolved = await asyncio.to_thread(state_dir.resolve)
        ending.push_async_callback((await serve_commands(path, resolved, commands)).stop)
    except OSError as error:
        log.warning("%s: 'han2x password reset' has to wait for a restart: %s", path, reason(error))
