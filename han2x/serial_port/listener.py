"""The receiving end of one connection: hands octets on, sees that they are worked off, and times the silence after."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Generator
from typing import cast

from han2x.serial_port.turns import Turns, Work


class Listener(asyncio.Protocol):
    """Calls `on_octets` with whatever comes, and `on_silence` once when then nothing has come for `silence_s`.

    What these return, if anything, is work for `turns`, done in the order in which it came. While some of it waits for
    its turn nothing more is read, so that what waits stays small; that time is no silence.

    The end of the connection is a silence too. `lost` is set when it has ended and all work is done; `error` then says
    of what. Should one of the two calls or their work raise, the connection is ended and `failure` keeps what was
    raised.
    """

    def __init__(
        self,
        on_octets: Callable[[bytes], Work | None],
        on_silence: Callable[[], Work | None],
        silence_s: float,
        turns: Turns,
    ) -> None:
        self.lost = asyncio.Event()
        self.error: Exception | None = None
        self.failure: Exception | None = None
        self._loop = asyncio.get_running_loop()
        self._on_octets = on_octets
        self._on_silence = on_silence
        self._silence_s = silence_s
        self._turns = turns
        self._work: deque[Generator[object]] = deque()
        self._last_octets = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.ReadTransport
        self._paused = self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.ReadTransport", transport)

    def data_received(self, data: bytes) -> None:
        self._last_octets = self._loop.time()
        # one timer for a whole telegram, since a new one for each octet would cost more than the octet
        if self._timer is None:
            self._timer = self._loop.call_later(self._silence_s, self._look_for_silence)
        self._take(lambda: self._on_octets(data))

    def connection_lost(self, exc: Exception | None) -> None:
        self.error = exc
        self._ended = True
        if self._timer is not None:
            self._timer.cancel()
            self._silent()
        self._settle()

    def give_up(self) -> None:
        """Leave undone what waits for its turn."""
        for work in self._work:
            self._turns.drop(work)
            work.close()
        self._work.clear()
        self._settle()

    def _look_for_silence(self) -> None:
        over = self._last_octets + self._silence_s
        if self._work:
            self._timer = self._loop.call_later(self._silence_s, self._look_for_silence)
        elif over > self._loop.time():
            self._timer = self._loop.call_at(over, self._look_for_silence)
        else:
            self._silent()

    def _silent(self) -> None:
        self._timer = None
        self._take(self._on_silence)

    def _take(self, call: Callable[[], Work | None]) -> None:
        try:
            work = call()
        except Exception as failure:  # noqa: BLE001 - run() raises it; the loop would only log it, for every octet again
            self._fail(failure)
            return
        if work is None:
            return
        self._work.append(self._watched(work))
        if len(self._work) == 1:
            self._turns.do(self._work[0], self._done)
        if self._work and not self._paused and self._is_open():
            self._transport.pause_reading()
            self._paused = True

    def _watched(self, work: Work) -> Generator[object]:
        try:
            yield from work
        except Exception as failure:  # noqa: BLE001 - as in _take
            self._fail(failure)

    def _done(self) -> None:
        self._work.popleft()
        if self._work:
            self._turns.do(self._work[0], self._done)
        else:
            self._settle()

    def _settle(self) -> None:
        """See to what waits for the work: reading on, and whoever waits for the end."""
        if self._work:
            return
        if self._paused and self._is_open():
            self._paused = False
            self._last_octets = self._loop.time()  # nobody listened in the meantime
            self._transport.resume_reading()
        if self._ended:
            self.lost.set()

    def _fail(self, failure: Exception) -> None:
        self.failure = failure
        if self._is_open():
            self._transport.close()

    def _is_open(self) -> bool:
        return not (self._ended or self._transport.is_closing())
