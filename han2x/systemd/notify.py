"""Edge: tells systemd how the program stands, as sd_notify(3) and sd_watchdog_enabled(3) have it.

Without systemd every call does nothing, so that nobody has to ask whether it is there.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NoReturn

from han2x.faults import reason
from han2x.printable import printable

log = logging.getLogger("han2x.service")

LONGEST_WAIT_S: Final = 0.5
"""How long the program waits while systemd is too busy to listen."""
FEEDS_PER_WATCHDOG: Final = 3
"""How often the watchdog is fed within its time, so that one check that fails is not yet the end."""


class ServiceManager:
    """The way to systemd, found in the environment: `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._address = _address(environ.get("NOTIFY_SOCKET", ""))
        self.watchdog_s = _watchdog_s(environ)
        """Seconds after which systemd restarts a program that does not feed the watchdog; None for never."""

    @property
    def present(self) -> bool:
        """Whether systemd started the program and listens."""
        return self._address is not None

    def ready(self) -> None:
        """The program serves, from its start or after a reload."""
        self._tell("READY=1")

    def reloading(self) -> None:
        """The program reads its settings again; `ready` ends that."""
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> None:
        """The program is about to end."""
        self._tell("STOPPING=1")

    def status(self, line: str) -> None:
        """What `systemctl status` shows of the program."""
        self._tell("STATUS=" + printable(" ".join(line.split())))

    def feed_watchdog(self) -> None:
        """The program does what it is for."""
        self._tell("WATCHDOG=1")

    async def run_watchdog(self, fault: Callable[[], Awaitable[str | None]]) -> NoReturn:
        """Feed the watchdog, from the event loop, for as long as `fault` finds none; until cancelled.

        `fault` answers what keeps the program from serving, or None. It may wait: longer than its share of the
        watchdog's time is a fault as well. Without a watchdog it is never asked.
        """
        if self.watchdog_s is None or not self.present:
            await asyncio.Event().wait()
            raise AssertionError("nobody sets this event")
        pause = self.watchdog_s / FEEDS_PER_WATCHDOG
        last: str | None = None
        while True:
            begun = time.monotonic()
            found = await _asked(fault, pause)
            if found is None:
                self.feed_watchdog()
            if found != last:
                log.log(logging.INFO if found is None else logging.ERROR, "%s", found or "the gateway serves again")
                last = found
            await asyncio.sleep(max(0.0, pause - (time.monotonic() - begun)))

    def _tell(self, state: str) -> None:
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to_systemd:
                to_systemd.settimeout(LONGEST_WAIT_S)
                to_systemd.sendto(state.encode(), self._address)
        except OSError as error:
            log.debug("systemd was not told %s: %s", state.split("\n", 1)[0], reason(error))


async def _asked(fault: Callable[[], Awaitable[str | None]], seconds: float) -> str | None:
    try:
        async with asyncio.timeout(seconds):
            return await fault()
    except TimeoutError:
        return f"the gateway did not answer itself within {seconds:.1f} s"


def _address(text: str) -> str | None:
    """A path, or "@" and a name in the abstract namespace; other kinds (vsock:…) are not for a local service."""
    if text.startswith("@"):
        return "\0" + text[1:]
    return text if text.startswith("/") else None


def _watchdog_s(environ: Mapping[str, str]) -> float | None:
    try:
        microseconds = int(environ.get("WATCHDOG_USEC", "0"))
        for_process = int(environ.get("WATCHDOG_PID", os.getpid()))
    except ValueError:
        return None
    return microseconds / 1e6 if microseconds > 0 and for_process == os.getpid() else None
