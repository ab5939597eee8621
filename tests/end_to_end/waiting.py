"""Waiting for what happens outside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


async def until(condition: Callable[[], object]) -> None:
    """Return once the condition holds; fails when it does not within half a minute."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - the kernel or another process makes it true, and tells no event
            await asyncio.sleep(0.005)
