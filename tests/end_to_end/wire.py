"""A pseudo-terminal that a test speaks through as a meter."""

from __future__ import annotations

import asyncio
import os
import pty
import tty
from contextlib import suppress


class Wire:
    """`path` is what the gateway opens; it stays, however often it is opened and closed, until `close`."""

    def __init__(self) -> None:
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)

    def say(self, octets: bytes) -> None:
        """Put octets on the line; what nobody takes is lost, as on a wire."""
        with suppress(BlockingIOError):
            os.write(self._master, octets)

    async def deliver(self, octets: bytes) -> None:
        """Put octets on the line, waiting for whoever reads it: nothing is lost."""
        while octets:
            try:
                octets = octets[os.write(self._master, octets) :]
            except BlockingIOError:
                await asyncio.sleep(0.01)

    def close(self) -> None:
        """Take the line away for good."""
        os.close(self._slave)
        os.close(self._master)
