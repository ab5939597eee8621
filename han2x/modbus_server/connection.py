"""One client's connection."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Callable
from time import monotonic
from typing import Any, cast

from han2x.addresses import join_host_port, network_of
from han2x.audit import Actor, ActorKind
from han2x.modbus_server.framing import (
    BrokenStreamError,
    Frame,
    Framing,
    build_frame,
    framing_of,
    next_mbap,
    next_rtu,
)
from han2x.modbus_server.requests import FUNCTIONS, READ_REQUEST_SIZE, READS, SOMEBODY, WRITES, Answerer
from han2x.modbus_server.seldom import SeldomLog
from han2x.modbus_server.statistics import KEPT, Statistics
from han2x.modbus_server.tls import Tls, name_of

BATCH = 16_384
"""Octets of answers that are collected before they are handed to the transport."""


class Connection(asyncio.Protocol):
    """Frames in, answers out, in order. Buffers at most one read of input and one batch of answers beyond the
    transport's own limits: while a client does not read its answers, nothing more is read from it.
    """

    def __init__(
        self,
        answerer: Answerer,
        statistics: Statistics,
        seldom: SeldomLog,
        begun: Callable[[Connection], None],
        ended: Callable[[Connection], None],
        tls: Tls | None = None,
    ) -> None:
        self.answerer = answerer
        self.statistics = statistics
        self._seldom = seldom
        self._tls = tls
        self._begun = begun
        self._ended = ended
        self.known = answerer.known_reads
        self.recent = statistics.recent
        self.framing: Framing | None = None
        self.host = self.network = self.peer = ""
        self.client = SOMEBODY
        self.operator = tls is None  # what the certificate says; who may write at all is the server's to say
        self.may_write = False
        self.since = self.last_seen = monotonic()
        self.stalled_since: float | None = None
        self.writes = self.octets_in = self.octets_out = 0
        self.functions: dict[int, int] = defaultdict(int)  # a Counter takes twice as long for each request
        self.exceptions: Counter[int] = Counter()
        self._pending = b""
        self._plain_mbap = False  # MBAP, nothing pending, not stalled: the short path may be taken
        self._eof = False
        self._held: bytes | None = None  # an answer that is sent when what was written is kept

    @property
    def requests(self) -> int:
        """How many have come."""
        return sum(self.functions.values())

    def came_from(self, host: str, port: int) -> None:
        """Set whose connection it is, before it begins."""
        self.host = host
        self.network = network_of(host)
        self.client = Actor(ActorKind.MODBUS, address=host)
        self.peer = join_host_port(host, port)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self.stream = cast("asyncio.Transport", transport)
        secured = transport.get_extra_info("ssl_object")
        if secured is not None and self._tls is not None:
            self.operator = self._tls.may_write(secured.getpeercert(binary_form=True))
            self.client = Actor(ActorKind.MODBUS_TLS, name_of(secured.getpeercert()), self.host)
        self._begun(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio."""
        self.statistics.add(self)
        self._ended(self)

    def close(self) -> None:
        """Stop reading, flush the answers, then close."""
        self._plain_mbap = False
        self._pending = b""
        self.stream.close()

    def abort(self) -> None:
        """Cut the connection off, whatever has not been sent yet."""
        self.stream.abort()

    def data_received(self, data: bytes) -> None:
        """Called by asyncio. A read that has been answered before takes the short path."""
        if self._plain_mbap and (known := self.known.get(data[2:])):
            came = monotonic()
            unit, read, address, count, head = known
            try:
                words = read(address, count)
            except Exception:  # noqa: BLE001  # the long path reports it to the client, and logs it
                words = 0
            if type(words) is bytes:
                answer = data[:2] + head + words
                self.stream.write(answer)
                self.functions[data[7]] += 1
                self.octets_in += READ_REQUEST_SIZE
                self.octets_out += len(answer)
                self.last_seen = came
                self.recent.append((came, monotonic(), self.peer, unit, data, 7, 0))
                return
        self._received(data)

    def _received(self, data: bytes) -> None:
        self.last_seen = monotonic()
        self.octets_in += len(data)
        self._pending += data
        self._work()

    def _work(self) -> None:
        """Answer pending requests for as long as the client reads its answers."""
        try:
            while self._may_answer() and self._answer_batch():
                pass
        except BrokenStreamError as broken:
            self.drop(str(broken))
            return
        self._plain_mbap = self.framing is Framing.MBAP and not self._pending and self._may_answer()

    def _may_answer(self) -> bool:
        """Whether nothing keeps further answers back."""
        return self.stalled_since is None and self._held is None and not self.stream.is_closing()

    def _answer_batch(self) -> bool:
        """Answer some of the pending requests; False when no complete one is left."""
        framing = self.framing or framing_of(self._pending, FUNCTIONS)
        if framing is None:
            return False
        self.framing = framing
        next_frame = next_mbap if framing is Framing.MBAP else next_rtu
        out, size, start = [], 0, 0
        try:
            while size < BATCH and (frame := next_frame(self._pending, start)):
                answer = self._answer(framing, frame)
                start = frame.end
                kept = self.answerer.take_kept()
                if kept is not None:
                    self._hold(answer, kept)
                    break
                out.append(answer)
                size += len(answer)
        finally:  # requests before a broken one are answered
            self._pending = self._pending[start:]
            if out:
                self.octets_out += size
                self.stream.write(b"".join(out))
        return bool(out)

    def _answer(self, framing: Framing, frame: Frame) -> bytes:
        came = monotonic()
        pdu = self.answerer.answer(frame.unit, frame.pdu, may_write=self.may_write, client=self.client)
        exception = pdu[1] if pdu[0] & 0x80 else 0
        self.functions[frame.pdu[0]] += 1
        self.writes += frame.pdu[0] in WRITES
        if exception:
            self.exceptions[exception] += 1
        self.recent.append((came, monotonic(), self.peer, frame.unit, frame.pdu[:KEPT], 0, exception))
        answer = build_frame(framing, frame.transaction, frame.unit, pdu)
        if framing is Framing.MBAP and frame.pdu[0] in READS and not exception:
            self.answerer.remember_read(frame.unit, frame.pdu, answer)
        return answer

    def _hold(self, answer: bytes, kept: asyncio.Future[None]) -> None:
        """Send an answer only when what was written is kept; until then nothing more is read from this client."""
        self._held = answer
        self.stream.pause_reading()
        kept.add_done_callback(self._release)

    def _release(self, _kept: asyncio.Future[None]) -> None:
        answer, self._held = self._held, None
        if answer is None or self.stream.is_closing():
            return
        self.octets_out += len(answer)
        self.stream.write(answer)
        self._work()
        self._go_on()

    def _go_on(self) -> None:
        """Read again, or end where the client has ended, unless something is still waited for."""
        if not self._may_answer():
            return
        if self._eof:
            self.stream.close()
        else:
            self.stream.resume_reading()

    def pause_writing(self) -> None:
        """Called by asyncio when the client does not read its answers: read no more requests from it."""
        self.stalled_since = monotonic()
        self._plain_mbap = False
        self.stream.pause_reading()

    def resume_writing(self) -> None:
        """Called by asyncio when the client has read its answers."""
        self.stalled_since = None
        self._work()
        self._go_on()

    def eof_received(self) -> bool:
        """Called by asyncio at half-close: True keeps the connection until the transport has all answers."""
        self._eof = True
        waits = self.stalled_since is not None or self._held is not None
        return waits and self._tls is None  # TLS has no half-close

    def drop(self, why: str) -> None:
        """Flush answers, then close: the client broke the protocol."""
        self.statistics.broken += 1
        self._seldom(logging.INFO, "broken", "Modbus client %s cut off: %s", self.peer, why, host=self.host)
        self.close()

    def snapshot(self, now: float) -> dict[str, Any]:
        """The counters, ready for JSON."""
        return {
            "client": self.peer,
            "framing": self.framing.value if self.framing else None,
            "connected_s": round(now - self.since, 1),
            "idle_s": round(now - self.last_seen, 1),
            "requests": self.requests,
            "exceptions": {str(code): count for code, count in sorted(self.exceptions.items())},
            "octets_in": self.octets_in,
            "octets_out": self.octets_out,
            "waiting_octets": self.stream.get_write_buffer_size() + len(self._pending),
        }
