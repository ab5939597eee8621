"""The listening places of the page as they are on this computer, beside those that the settings want."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from han2x.faults import Fault
from han2x.web.errors import WebError
from han2x.web.listener import Listener, Manner
from han2x.web.server import WebServer
from han2x.web.sockets import probe

Key = tuple[str, int]
_NOT_HERE: Final = ("EADDRNOTAVAIL", "EAFNOSUPPORT")


class Doors:
    """Opens and closes places, each by host ("" for all addresses) and port.

    One that all addresses cover already, on its port, is served there: two cannot listen on one port. It gets a
    listener of its own as soon as nobody wants all addresses any more (`narrow`).
    """

    def __init__(self, server: WebServer) -> None:
        self._server = server
        self._open: dict[Key, Listener] = {}
        self._at: dict[Key, Key] = {}  # where each wanted place is served

    def listener(self, key: Key) -> Listener | None:
        """Where this place is served; None while it is not."""
        at = self._at.get(key)
        return None if at is None else self._open.get(at)

    def is_apart(self, key: Key) -> bool:
        """Whether a place is served by all addresses though it wants one of them."""
        return self._at.get(key, key) != key

    async def open(self, key: Key, *, fall_back: bool) -> Fault | None:
        """Serve there too. With `fall_back` on all addresses, where this one is not there; then the fault is returned.

        Raises:
            WebError: it cannot be had.
        """
        host, port = key
        everywhere = ("", port)
        if key in self._at:
            return None
        if host and everywhere in self._open:
            await probe(host)
            self._at[key] = everywhere
            return None
        try:
            await (self._widen(port) if not host and port else self._listen(key))
        except WebError as error:
            if not (fall_back and host and error.fault and error.fault.values.get("errno") in _NOT_HERE):
                raise
            await self._widen(port)
            self._at[key] = everywhere
            return error.fault
        self._at[key] = key
        return None

    def keep(self, keys: Iterable[Key]) -> None:
        """Close all others."""
        wanted = set(keys)
        self._at = {key: at for key, at in self._at.items() if key in wanted}
        for key in set(self._open) - set(self._at.values()):
            self._server.close(self._open.pop(key))

    async def narrow(self, key: Key) -> bool:
        """Serve a place where it is wanted instead of on all addresses, where that can be; whether it is there now."""
        at = self._at.get(key, key)
        if at == key or at in self._at:
            return at == key
        try:
            await probe(key[0])
        except WebError:
            return False
        wide = self._open.pop(at)
        wide.stop_listening()
        try:
            await self._listen(key)
        except WebError:
            self._server.close(wide)
            await self._listen(at)
            return False
        self._open[key].manner = wide.manner
        self._server.close(wide)
        self._at[key] = key
        return True

    async def _listen(self, key: Key) -> None:
        # Until it is told otherwise it serves nothing.
        self._open[key] = await self._server.open(*key, Manner(plain=False, https_port=key[1]))

    async def _widen(self, port: int) -> None:
        """Listen on all addresses of a port; places that this covers are served by it."""
        inside = [key for key in self._open if key[1] == port]
        for key in inside:
            self._open[key].stop_listening()
        try:
            await self._listen(("", port))
        except WebError:
            for key in inside:
                old = self._open.pop(key)
                await self._listen(key)
                self._open[key].manner = old.manner
            raise
        for key in inside:
            del self._open[key]
        self._at = {key: ("", port) if at in inside else at for key, at in self._at.items()}
