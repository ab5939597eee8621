"""Transports for plain TCP that are polled together, apart from the event loop's other work.

An event loop spends more on each event than a Modbus answer costs. Here one epoll of its own watches all clients and
the event loop watches that epoll: when clients are ready they are served in one go, by as little code as possible. To
protocols these are asyncio transports like any other.
"""

from __future__ import annotations

import asyncio
import logging
import select
import socket
from collections.abc import Callable
from contextlib import suppress

log = logging.getLogger("han2x.modbus")

READ_SIZE = 400
"""Octets taken from a client at once: any frame, in the smallest and quickest kind of memory that CPython has."""
HIGH_WATER = 65_536
LOW_WATER = 16_384
"""Octets waiting to be sent at which a protocol is told to pause, and to go on."""
EVENTS_IN_A_ROW = 64
"""Events after which the event loop's other work has its turn."""

_READ, _WRITE, _LOST = select.EPOLLIN, select.EPOLLOUT, select.EPOLLHUP | select.EPOLLERR


class Poller:
    """Watches the sockets of many transports. Belongs to the running event loop."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._poll = self._epoll.poll
        self._ready: dict[int, Callable[[int], None]] = {}
        self.loop = asyncio.get_running_loop()
        self.loop.add_reader(self._epoll.fileno(), self._serve)

    def add(self, descriptor: int, ready: Callable[[int], None]) -> None:
        """Call `ready` with the events of this descriptor, reading at first."""
        self._ready[descriptor] = ready
        self._epoll.register(descriptor, _READ)

    def watch(self, descriptor: int, events: int) -> None:
        """Watch for other events from now on."""
        self._epoll.modify(descriptor, events)

    def remove(self, descriptor: int) -> None:
        """Watch it no more; it is not closed yet."""
        del self._ready[descriptor]
        self._epoll.unregister(descriptor)

    def close(self) -> None:
        """Watch nothing any more."""
        self.loop.remove_reader(self._epoll.fileno())
        self._epoll.close()

    def _serve(self) -> None:
        left, find = EVENTS_IN_A_ROW, self._ready.get
        while True:
            events = self._poll(0, left)
            for descriptor, event in events:
                if ready := find(descriptor):  # an event before may have removed it
                    ready(event)
            left -= len(events)
            # More has come meanwhile when many ask, and asking again is cheaper than going through the event loop.
            if not events or left <= 0:
                return


class PolledTransport(asyncio.Transport):
    """A connected, non-blocking TCP socket."""

    __slots__ = (
        "_closing",
        "_descriptor",
        "_poller",
        "_protocol",
        "_reading",
        "_received",
        "_recv",
        "_send",
        "_socket",
        "_told_to_pause",
        "_unsent",
    )

    def __init__(self, poller: Poller, sock: socket.socket, protocol: asyncio.Protocol) -> None:
        super().__init__({"socket": sock})
        self._poller = poller
        self._socket = sock
        self._descriptor = sock.fileno()
        self._recv, self._send = sock.recv, sock.send
        self._protocol, self._received = protocol, protocol.data_received
        self._unsent = bytearray()
        self._reading = True
        self._told_to_pause = False
        self._closing = False
        poller.add(self._descriptor, self._on_event)
        protocol.connection_made(self)

    def _on_event(self, events: int) -> None:
        try:
            if events & _WRITE:
                self._flush()
            if self._reading:
                data = self._recv(READ_SIZE)
                if data:
                    self._received(data)
                elif self._protocol.eof_received():
                    self.pause_reading()
                else:
                    self.close()
            elif events & _LOST:
                self.abort()
        except BlockingIOError:
            pass
        except OSError as error:
            self._lose(error)
        except Exception:
            log.exception("Modbus connection failed")
            self.abort()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send, now if the socket takes it and later what it does not take."""
        if self._closing:
            return
        sent = 0
        if not self._unsent:
            try:
                sent = self._send(data)
            except BlockingIOError:
                pass
            except OSError as error:
                self._lose(error)
                return
            if sent == len(data):
                return
        self._unsent += data[sent:]
        self._watch()
        if len(self._unsent) > HIGH_WATER and not self._told_to_pause:
            self._told_to_pause = True
            self._protocol.pause_writing()

    def _flush(self) -> None:
        with suppress(BlockingIOError):
            del self._unsent[: self._send(self._unsent)]
        if self._told_to_pause and len(self._unsent) <= LOW_WATER:
            self._told_to_pause = False
            self._protocol.resume_writing()
        if self._closing and not self._unsent:
            self._lose(None)
        else:
            self._watch()

    def _watch(self) -> None:
        if self._descriptor >= 0:
            self._poller.watch(self._descriptor, (_READ if self._reading else 0) | (_WRITE if self._unsent else 0))

    def pause_reading(self) -> None:
        """Read no more until told to."""
        self._reading = False
        self._watch()

    def resume_reading(self) -> None:
        """Read again."""
        self._reading = not self._closing
        self._watch()

    def is_reading(self) -> bool:
        """Whether what the client sends is read."""
        return self._reading

    def is_closing(self) -> bool:
        """Whether the connection is closed, or will be when everything is sent."""
        return self._closing

    def get_write_buffer_size(self) -> int:
        """How many octets wait to be sent."""
        return len(self._unsent)

    def close(self) -> None:
        """Send what is left, then close."""
        if not self._closing:
            self._closing = True
            self.pause_reading()
            if not self._unsent:
                self._lose(None)

    def abort(self) -> None:
        """Close at once."""
        self._lose(None)

    def _lose(self, error: Exception | None) -> None:
        if self._descriptor < 0:
            return
        self._poller.remove(self._descriptor)
        self._descriptor = -1
        self._closing = True
        self._reading = False
        self._unsent.clear()
        self._poller.loop.call_soon(self._end, error)

    def _end(self, error: Exception | None) -> None:
        self._protocol.connection_lost(error)
        self._socket.close()
