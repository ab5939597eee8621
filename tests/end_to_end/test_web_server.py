"""The web server over real sockets: which addresses it binds, what it says when it cannot, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from aiohttp import ClientError, ClientSession, CookieJar
from yarl import URL

from han2x.web import Access, WebError, WebServer, create_app
from han2x.web.certificate import make_certificate, tls_context
from tests.web.fake_control import FakeControl

pytestmark = [pytest.mark.sockets, pytest.mark.enable_socket]

NOISE: Final = (
    b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
    b"GET / HTTP/x\r\n\r\n",
    b"GET / HTTP/1.1\r\nA: " + b"a" * 9000 + b"\r\n\r\n",
)


@pytest.fixture
def ipv6() -> None:
    try:
        with socket.socket(socket.AF_INET6) as attempt:
            attempt.bind(("::1", 0))
    except OSError:
        pytest.skip("this computer has no IPv6")


@asynccontextmanager
async def _serving(host: str) -> AsyncIterator[WebServer]:
    server = WebServer(lambda: create_app(FakeControl(), Access()))
    await server.start(host, 0)
    try:
        yield server
    finally:
        await server.stop()


async def _healthy(host: str, port: int) -> bool:
    async with (
        ClientSession() as session,
        session.get(URL.build(scheme="http", host=host, port=port, path="/healthz")) as answer,
    ):
        return await answer.text() == "ok"


@pytest.mark.usefixtures("ipv6")
async def test_a_star_binds_ipv4_and_ipv6_on_one_port() -> None:
    async with _serving("*") as server:
        (v4, port), (v6, same_port) = server.addresses
        assert (v4, v6, same_port) == ("0.0.0.0", "::", port)
        assert await _healthy("127.0.0.1", port)
        assert await _healthy("::1", port)


@pytest.mark.usefixtures("ipv6")
async def test_one_address_binds_only_that() -> None:
    async with _serving("127.0.0.1") as server:
        ((host, port),) = server.addresses
        assert host == "127.0.0.1"
        assert await _healthy(host, port)
        with pytest.raises(OSError, match="Cannot connect"):
            await _healthy("::1", port)


@pytest.mark.parametrize("host", ["*", "127.0.0.1"])
async def test_a_port_that_is_taken_is_named(host: str) -> None:
    async with _serving("127.0.0.1") as other:
        port = other.addresses[0][1]
        server = WebServer(lambda: create_app(FakeControl(), Access()))
        with pytest.raises(WebError, match=rf":{port}: .+ \(process {os.getpid()}\) has this port"):
            await server.start(host, port)
        assert server.addresses == ()


async def test_an_address_of_another_computer_is_refused() -> None:
    server = WebServer(lambda: create_app(FakeControl(), Access()))
    with pytest.raises(WebError, match=r"192\.0\.2\.1:0: cannot assign requested address; use an IP address that"):
        await server.start("192.0.2.1", 0)


async def test_a_server_can_be_started_again_after_a_stop_and_after_a_failure() -> None:
    server = WebServer(lambda: create_app(FakeControl(), Access()))
    with pytest.raises(WebError):
        await server.start("192.0.2.1", 0)
    await server.start("127.0.0.1", 0)
    port = server.addresses[0][1]
    with pytest.raises(WebError, match="served already"):
        await server.start("127.0.0.1", 0)
    await server.stop()
    await server.start("127.0.0.1", port)
    assert await _healthy("127.0.0.1", port)
    await server.stop()
    await server.stop()


async def test_a_stop_ends_streams_idle_connections_and_half_requests() -> None:
    async with ClientSession() as session, _serving("127.0.0.1") as server:
        host, port = server.addresses[0]
        half, half_writer = await asyncio.open_connection(host, port)
        half_writer.write(b"GET / HTTP/1.1\r\nHost:")
        silent, silent_writer = await asyncio.open_connection(host, port)
        await (await session.get(f"http://{host}:{port}/healthz")).read()
        stream = await session.get(f"http://{host}:{port}/api/v1/events")
        assert await stream.content.readline() == b"retry: 2000\n"
        await server.stop()
        assert (await stream.content.read()).endswith(b"\n\n")
        assert (await half.read(), await silent.read()) == (b"", b"")
        half_writer.close()
        silent_writer.close()


async def test_port_scanners_and_requests_leave_no_trace_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with _serving("127.0.0.1") as server:
        host, port = server.addresses[0]
        for noise in NOISE:
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(noise)
            assert (await reader.read()).split(b" ")[1] == b"400"
            writer.close()
        assert await _healthy(host, port)
    assert caplog.records == []


async def test_https_is_served_with_a_self_made_certificate_and_its_cookie_is_secure(tmp_path: Path) -> None:
    files = tmp_path / "certificate.pem", tmp_path / "key.pem"
    for file, content in zip(files, make_certificate(["127.0.0.1"]), strict=True):
        file.write_bytes(content)
    trusted = ssl.create_default_context(cafile=str(files[0]))
    server = WebServer(lambda: create_app(FakeControl(), Access()))
    await server.start("127.0.0.1", 0, tls_context(*files))
    host, port = server.addresses[0]
    password = {"password": "grønn sykkel 77"}
    async with ClientSession(f"https://{host}:{port}", cookie_jar=CookieJar(unsafe=True)) as session:
        async with session.post("/api/v1/setup", json=password, ssl=trusted) as answer:
            assert answer.status == 204
            assert set(answer.cookies) == {"__Host-han2x_session", "__Host-han2x_browser"}
            assert all(cookie["secure"] for cookie in answer.cookies.values())
        async with session.get("/api/v1/session", ssl=trusted) as answer:
            assert (await answer.json())["logged_in"] is True
        for origin, status in ((f"https://{host}:{port}", 204), (f"http://{host}:{port}", 403)):
            async with session.post("/api/v1/login", json=password, ssl=trusted, headers={"Origin": origin}) as answer:
                assert answer.status == status
    with pytest.raises(ClientError):
        await _healthy(host, port)
    await server.stop()
