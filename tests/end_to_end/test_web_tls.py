"""The page over TLS, on real sockets: quiet, for everybody, and with a word for who speaks plain HTTP to it."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, TCPConnector

import han2x.web.listener
from han2x.web import Access, WebServer, create_app
from han2x.web.certificate import make_certificate, tls_context
from han2x.web.connections import Connections
from han2x.web.handshakes import MOST_IN_ALL, MOST_OF_ONE
from han2x.web.listener import Manner
from tests.end_to_end.waiting import until
from tests.web.fake_control import FakeControl

pytestmark = [pytest.mark.sockets, pytest.mark.enable_socket]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and its key."""
    files = tmp_path / "certificate.pem", tmp_path / "key.pem"
    for file, content in zip(files, make_certificate(["127.0.0.1"]), strict=True):
        file.write_bytes(content)
    return files


@asynccontextmanager
async def _serving(manner: Manner) -> AsyncIterator[tuple[WebServer, str, int]]:
    server = WebServer(lambda: create_app(FakeControl(), Access()))
    await server.open("127.0.0.1", 0, manner)
    try:
        yield server, *server.addresses[0]
    finally:
        await server.stop()


async def _say(host: str, port: int, octets: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(octets)
    answer = await reader.read()
    writer.close()
    return answer


def _trusting(files: tuple[Path, Path]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(files[0]))


async def test_pages_and_streams_leave_no_traceback_and_idle_connections_stay(
    files: tuple[Path, Path], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded = Connections.guarded
    stalls: list[int] = []

    def watched(connections: Connections, make: Callable[[], asyncio.Protocol]) -> Callable[[], asyncio.Protocol]:
        def watch() -> Any:  # noqa: ANN401 - the layer itself is private
            layer = guarded(connections, make)()
            layers.append(layer)
            return layer

        return watch

    layers: list[Any] = []
    monkeypatch.setattr(Connections, "guarded", watched)
    async with (
        _serving(Manner(plain=False, tls=tls_context(*files))) as (_, host, port),
        ClientSession(f"https://{host}:{port}", connector=TCPConnector(ssl=_trusting(files))) as session,
    ):
        for _ in range(3):
            for path in ("/", "/app.js", "/words/nb.js", "/api/v1/live", "/healthz"):
                async with session.get(path) as answer:
                    assert answer.status == 200
                    assert await answer.read()
                stalls += [1 for layer in layers if layer._stalled is not None]
        async with session.get("/api/v1/events") as events:
            for _ in range(2):
                assert await events.content.readline()
    assert caplog.records == []
    assert stalls == [], "nothing waits to be sent, so that nothing is taken for stalled"


@pytest.mark.parametrize("manner", ["https", "redirect"])
async def test_who_speaks_plain_http_to_it_is_sent_to_https(
    files: tuple[Path, Path], manner: str, caplog: pytest.LogCaptureFixture
) -> None:
    tls = tls_context(*files) if manner == "https" else None
    async with _serving(Manner(plain=False, tls=tls, https_port=None if tls else 8443)) as (_, host, port):
        target = port if tls else 8443
        answer = await _say(host, port, b"GET /app.js?x=1 HTTP/1.1\r\nHost: han2x.local:80\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 307 ")
        assert f"\r\nLocation: https://han2x.local:{target}/app.js?x=1\r\n".encode() in answer
        assert b"\r\nContent-Security-Policy: " in answer
        assert b"Strict-Transport-Security" not in answer

        answer = await _say(host, port, b"POST /api/v1/login HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 403 ")
        assert b"https-only" in answer

        answer = await _say(host, port, b"what?\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert f"https://127.0.0.1:{target}/".encode() in answer
    assert caplog.records == []


async def test_silent_hosts_are_bounded_and_keep_nobody_out(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(han2x.web.listener, "HANDSHAKE_S", 60.0)
    async with _serving(Manner(plain=False, tls=tls_context(*files))) as (server, host, port):
        silent = []
        for number in range(140):
            source = (f"127.0.{1 + number // 35}.1", 0)
            silent.append(await asyncio.open_connection(host, port, local_addr=source))
        assert server._behind
        waiting = server._behind.handshakes
        await until(lambda: len(waiting) == min(MOST_IN_ALL, 4 * MOST_OF_ONE))
        async with (
            asyncio.timeout(20),  # less than silent ones may take
            ClientSession() as session,
            session.get(f"https://{host}:{port}/healthz", ssl=_trusting(files)) as answer,
        ):
            assert await answer.text() == "ok"
        assert len(waiting) >= MOST_IN_ALL - 1
        for _, writer in silent:
            writer.close()


async def test_who_says_nothing_and_who_never_agrees_are_cut(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(han2x.web.listener, "HANDSHAKE_S", 0.2)
    async with _serving(Manner(plain=False, tls=tls_context(*files))) as (_, host, port):
        async with asyncio.timeout(10):
            assert await _say(host, port, b"") == b""
            assert await _say(host, port, b"\x16\x03\x01") == b""
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


async def test_a_renewed_certificate_is_for_new_connections_and_old_ones_go_on(files: tuple[Path, Path]) -> None:
    before = _trusting(files)
    async with (
        _serving(Manner(plain=False, tls=tls_context(*files))) as (server, host, port),
        ClientSession(f"https://{host}:{port}", connector=TCPConnector(ssl=before)) as old,
    ):
        assert (await old.get("/healthz")).status == 200
        for file, content in zip(files, make_certificate(["127.0.0.1"]), strict=True):
            file.write_bytes(content)
        server._listeners[0].manner = Manner(plain=False, tls=tls_context(*files))
        assert (await old.get("/healthz")).status == 200
        async with ClientSession() as new, new.get(f"https://{host}:{port}/healthz", ssl=_trusting(files)) as answer:
            assert answer.status == 200


async def test_both_are_spoken_at_one_place_when_that_is_wanted(files: tuple[Path, Path]) -> None:
    async with _serving(Manner(plain=True, tls=tls_context(*files))) as (_, host, port), ClientSession() as session:
        for scheme in ("http", "https"):
            async with session.get(f"{scheme}://{host}:{port}/healthz", ssl=_trusting(files)) as answer:
                assert await answer.text() == "ok"


async def test_what_is_no_request_is_refused_with_the_headers_of_every_answer() -> None:
    async with _serving(Manner()) as (_, host, port):
        answer = await _say(host, port, b"GET / HTTP/x\r\n\r\n")
    assert answer.startswith((b"HTTP/1.0 400 ", b"HTTP/1.1 400 "))
    for name in (b"Content-Security-Policy", b"X-Content-Type-Options", b"X-Frame-Options", b"Referrer-Policy"):
        assert b"\r\n" + name + b": " in answer
    assert b"\r\nServer: han2x\r\n" in answer
