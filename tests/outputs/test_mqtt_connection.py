"""A connection with what is no broker, or a hostile one: told, and over."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest

from han2x.outputs.mqtt import connection
from han2x.outputs.mqtt.connection import MOST_ON_THE_WAY, Connection
from han2x.outputs.mqtt.faults import BrokerError, connecting_error
from han2x.outputs.mqtt.options import Options
from han2x.outputs.mqtt.values import Message
from tests.ports import free_port

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]

ACCEPTED: Final = b"\x20\x02\x00\x00"
WILL: Final = Message("han2x/x/status", "offline", retained=True)
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]


@asynccontextmanager
async def peer(serve: Serve) -> AsyncIterator[Options]:
    """Something that listens where a broker is wanted."""
    port = free_port()
    server = await asyncio.start_server(serve, "127.0.0.1", port)
    try:
        yield Options("127.0.0.1", port)
    finally:
        server.close()


def to(options: Options) -> Connection:
    return Connection(options, "han2x-x", WILL, lambda _topic, _payload: None)


def saying(octets: bytes, *, more: bytes = b"") -> Serve:
    """Says this to a client, and `more` to what that says next; then ends the connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(octets)
        if more:
            await reader.read(1000)
            writer.write(more)
            await reader.read(1000)
        writer.close()

    return serve


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"", "mqtt-closed"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "mqtt-closed"),
        (b"\x20\x02\x00\x04", "mqtt-password"),
        (b"\x20\x02\x00\x05", "mqtt-password"),
        (b"\x20\x02\x00\x02", "mqtt-refused"),
        (b"\x20\x02\x00\x03", "mqtt-refused"),
        (b"\x20\x02\x00\xff", "mqtt-refused"),
        (b"\x20\x00", "mqtt-closed"),
        (b"\x20\xff\xff\xff\xff\xff", "mqtt-closed"),
        (b"\x30\x03\x00\x09a", "mqtt-closed"),
        (b"\xf0\x7f" + bytes(127), "mqtt-closed"),
    ],
)
async def test_a_peer_that_does_not_let_the_gateway_in_is_told(answer: bytes, code: str) -> None:
    async with peer(saying(answer)) as options:
        with pytest.raises(BrokerError) as refused:
            await to(options).open()
    assert refused.value.fault.code == code


async def publish_until_it_is_lost(opened: Connection) -> None:
    while True:
        await opened.publish([Message("topic", "payload")])
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "octets",
    [b"\x30\x04\x00\x02\xff\xfe", b"\x30\x01\x00", b"\x40\x01\x00", b"\x90\x01\x00", b"\xf0\x00",
     b"\x30\xff\xff\xff\xff\xff"],
    ids=["no UTF-8", "cut publish", "cut puback", "cut suback", "no such packet", "endless length"],
)  # fmt: skip
async def test_octets_that_no_broker_sends_end_the_connection_and_nothing_else(octets: bytes) -> None:
    async with peer(saying(ACCEPTED, more=octets)) as options:
        opened = to(options)
        await opened.open()
        with pytest.raises(BrokerError) as refused:
            await publish_until_it_is_lost(opened)
    assert refused.value.fault.code == "mqtt-lost"
    async with asyncio.timeout(10):
        await asyncio.wait([opened.lost])


async def test_a_broker_that_takes_nothing_gets_no_more_than_a_few_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "TAKE_S", 0.3)
    got = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(ACCEPTED)
        while octets := await reader.read(100_000):
            got.extend(octets)
        writer.close()

    async with peer(serve) as options:
        opened = to(Options(options.host, options.port, qos=1))
        await opened.open()
        with pytest.raises(BrokerError) as refused:
            await opened.publish(Message(f"topic/{number:03}", "payload") for number in range(500))
        opened.end()
        async with asyncio.timeout(10):
            await asyncio.wait([opened.lost])
    assert refused.value.fault.code == "mqtt-slow"
    assert bytes(got).count(b"payload") == MOST_ON_THE_WAY


async def test_a_name_that_is_not_resolved_in_time_keeps_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    free = threading.Event()
    monkeypatch.setattr(connection, "OPEN_S", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_more, **_named: free.wait(30))
    waiting = to(Options("broker.example.net"))
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.01)

    ticking = asyncio.create_task(tick())
    with pytest.raises(BrokerError) as refused:
        await waiting.open()
    ticking.cancel()
    assert refused.value.fault.code == "mqtt-unresolved"
    assert ticks > 3
    assert waiting.thread.daemon, "the program ends without it"
    free.set()
    await asyncio.to_thread(waiting.thread.join)


async def test_a_connection_that_was_given_up_before_it_was_made_is_not_left_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    free, ended = threading.Event(), asyncio.Event()
    resolve = socket.getaddrinfo

    def slowly(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - as the library has it
        free.wait(30)
        return resolve(*arguments, **named)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1000):
            pass
        writer.close()
        ended.set()

    async with peer(serve) as options:
        monkeypatch.setattr(socket, "getaddrinfo", slowly)
        opening = asyncio.create_task(to(options).open())
        await asyncio.sleep(0)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        free.set()
        async with asyncio.timeout(20):
            await ended.wait()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UnicodeError("label too long"), "mqtt-unresolved"),
        (socket.gaierror(-2, "Name or service not known"), "mqtt-unresolved"),
        (TimeoutError("timed out"), "mqtt-unreachable"),
        (ConnectionRefusedError(111, "Connection refused"), "mqtt-unreachable"),
        (ValueError("something else"), "mqtt-unreachable"),
    ],
)
def test_what_keeps_a_connection_from_being_made_has_a_code(error: Exception, code: str) -> None:
    assert connecting_error(error, "broker", "broker:1883").fault.code == code
