"""The receiving end of one connection: hands octets on and times the silence after them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Listener(asyncio.Protocol):
    """Calls `on_octets` with whatever comes, and `on_silence` once when then nothing has come for `silence_s`.

    The end of the connection is a silence too. `lost` is set when it has ended; `error` then says of what. Should one
    of the two calls raise, the connection is ended and `failure` keeps what was raised.
    """

    def __init__(
        self, on_octets: Callable[[bytes], object], on_silence: Callable[[], object], silence_s: float
    ) -> None:
        self.lost = asyncio.Event()
        self.error: Exception | None = None
        self.failure: Exception | None = None
        self._loop = asyncio.get_running_loop()
        self._on_octets = on_octets
        self._on_silence = on_silence
        self._silence_s = silence_s
        self._last_octets = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._last_octets = self._loop.time()
        # one timer for a whole telegram, since a new one for each octet would cost more than the octet
        if self._timer is None:
            self._timer = self._loop.call_later(self._silence_s, self._look_for_silence)
        self._call(lambda: self._on_octets(data))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._silent()
        self.error = exc
        self.lost.set()

    def _look_for_silence(self) -> None:
        over = self._last_octets + self._silence_s
        if over > self._loop.time():
            self._timer = self._loop.call_at(over, self._look_for_silence)
        else:
            self._silent()

    def _silent(self) -> None:
        self._timer = None
        self._call(self._on_silence)

    def _call(self, callback: Callable[[], object]) -> None:
        try:
            callback()
        except Exception as failure:  # noqa: BLE001 - run() raises it; the loop would only log it, for every octet anew
            self.failure = failure
            if self._transport is not None and not self._transport.is_closing():
                self._transport.close()
