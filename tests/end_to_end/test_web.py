"""The web page over real sockets: what is answered and what is refused."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.pytest_plugin import AiohttpClient, AiohttpServer
from aiohttp.test_utils import TestClient

from han2x.api.base import plain
from han2x.web import Access, create_app
from han2x.web.events import MOST_FOLLOWERS, Events
from tests.end_to_end.waiting import until
from tests.web.fake_control import FakeControl

pytestmark = [pytest.mark.sockets, pytest.mark.enable_socket]

Client = TestClient[web.Request, web.Application]


@pytest.fixture
def source() -> FakeControl:
    return FakeControl()


@pytest.fixture
async def client(aiohttp_client: AiohttpClient, source: FakeControl) -> Client:
    return await aiohttp_client(create_app(source, Access()))


async def _event(response: ClientResponse) -> dict[str, Any]:
    """The next event's data."""
    async for line in response.content:
        if line.startswith(b"data: "):
            data: dict[str, Any] = json.loads(line.removeprefix(b"data: "))
            return data
    raise AssertionError("the stream has ended")


async def test_live_data_are_json(client: Client, source: FakeControl) -> None:
    response = await client.get("/api/v1/live")
    assert (response.status, response.content_type) == (200, "application/json")
    assert await response.json() == plain(source.data)


async def test_the_page_is_html_and_its_modules_are_javascript(client: Client) -> None:
    page, module = await client.get("/"), await client.get("/app.js")
    assert (page.status, page.content_type) == (200, "text/html")
    assert "<title>HAN2X</title>" in await page.text()
    assert (module.status, module.content_type) == (200, "text/javascript")


async def test_health_is_a_plain_ok(client: Client) -> None:
    response = await client.get("/healthz")
    assert (response.status, response.content_type, await response.text()) == (200, "text/plain", "ok")


@pytest.mark.parametrize("path", ["/", "/app.js", "/vendor/uplot.js"])
async def test_a_file_that_the_browser_has_is_not_sent_again(client: Client, path: str) -> None:
    tag = (await client.get(path)).headers["ETag"]
    same = await client.get(path, headers={"If-None-Match": tag})
    other = await client.get(path, headers={"If-None-Match": '"other"'})
    assert (same.status, await same.read(), other.status) == (304, b"", 200)


@pytest.mark.parametrize("path", ["/", "/app.js", "/vendor/uplot.js"])
async def test_a_file_is_sent_packed_to_those_who_can_unpack_it(client: Client, path: str) -> None:
    packed = await client.get(path, headers={"Accept-Encoding": "gzip"})
    plain = await client.get(path, headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"])
    assert await packed.read() == await plain.read()
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"


async def test_the_plotting_library_is_a_javascript_module(client: Client) -> None:
    answer = await client.get("/vendor/uplot.js")
    assert (answer.status, answer.content_type) == (200, "text/javascript")
    text = await answer.text()
    assert "uPlot (v1." in text
    assert text.endswith("\nexport default uPlot;\n")


@pytest.mark.parametrize(
    ("method", "path", "status", "caching"),
    [
        ("GET", "/", 200, "no-cache"),
        ("GET", "/app.js", 200, "no-cache"),
        ("GET", "/api/v1/live", 200, "no-store"),
        ("GET", "/api/v1/events", 200, "no-store"),
        ("GET", "/healthz", 200, "no-store"),
        ("GET", "/nothing", 404, "no-store"),
        ("GET", "/api/v1/nothing", 404, "no-store"),
        ("POST", "/api/v1/live", 405, "no-store"),
    ],
)
async def test_every_answer_has_the_security_headers_and_no_cookie(
    client: Client, method: str, path: str, status: int, caching: str
) -> None:
    async with client.request(method, path) as response:
        headers = response.headers
        assert response.status == status
        assert headers["Cache-Control"] == caching
        assert {"default-src 'self'", "frame-ancestors 'none'"} <= set(headers["Content-Security-Policy"].split("; "))
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "require-trusted-types-for 'script'" in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"
        # Only whether it is there may a page of another place know: the one that is about to move here.
        wanted = "cross-origin" if path == "/healthz" else "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == wanted
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Server"] == "han2x"
        assert "Set-Cookie" not in headers


@pytest.mark.parametrize("path", ["/api/", "/api/v1", "/api/v1/nothing", "/api/v2/live"])
async def test_an_unknown_address_of_the_api_is_refused_in_json(client: Client, path: str) -> None:
    response = await client.get(path)
    assert response.status == 404
    assert await response.json() == {"error": {"code": "not-found", "message": "there is nothing at this address"}}


@pytest.mark.parametrize("path", ["/", "/app.js", "/healthz", "/api/v1/live", "/api/v1/events"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_nothing_can_be_changed(client: Client, method: str, path: str) -> None:
    response = await client.request(method, path)
    assert response.status == 405
    assert response.headers["Allow"] in ("GET", "GET, HEAD")
    if path.startswith("/api/"):
        assert (await response.json())["error"]["code"] == "method"


async def test_a_stream_has_no_head(client: Client) -> None:
    assert (await client.head("/api/v1/events")).status == 405
    assert (await client.head("/api/v1/live")).status == 200


async def test_a_large_body_is_refused_and_a_small_one_is_not_minded(client: Client) -> None:
    refused = await client.get("/api/v1/live", data=b"x" * 65537)
    assert refused.status == 413
    assert (await refused.json())["error"]["message"] == "a request may hold 65536 octets at most"
    assert (await client.get("/api/v1/live", data=b"x" * 65536)).status == 200


async def test_a_fault_in_the_live_data_is_logged_and_not_told(
    client: Client, source: FakeControl, caplog: pytest.LogCaptureFixture
) -> None:
    source.failing = RuntimeError("secret")
    for path in ("/api/v1/live", "/api/v1/events"):
        response = await client.get(path)
        assert response.status == 500
        assert "secret" not in await response.text()
    assert [record.name for record in caplog.records if record.exc_info] == ["han2x.web", "han2x.web"]


async def test_events_are_the_live_data_again_and_again(client: Client, source: FakeControl) -> None:
    async with client.get("/api/v1/events") as response:
        assert response.content_type == "text/event-stream"
        first, second = await _event(response), await _event(response)
    assert first == plain(source.data)
    assert second["uptime_s"] == first["uptime_s"] + 1


async def test_live_data_are_taken_once_for_all_who_follow_them(client: Client, source: FakeControl) -> None:
    async with client.get("/api/v1/events") as one, client.get("/api/v1/events") as other:
        assert await _event(one) == await _event(other)
    assert source.taken == 1


async def test_live_data_are_not_taken_when_nobody_follows(aiohttp_client: AiohttpClient, source: FakeControl) -> None:
    client = await aiohttp_client(_events_only(events := Events(source.live, interval_s=0.01)))
    async with client.get("/"):
        await until(lambda: source.taken > 3)
    await until(lambda: events.followers == 0)
    taken = source.taken
    await asyncio.sleep(0.05)
    assert source.taken == taken


async def test_one_browser_too_many_is_asked_to_come_later_and_a_place_that_is_left_is_free(
    aiohttp_client: AiohttpClient, source: FakeControl
) -> None:
    client = await aiohttp_client(_events_only(events := Events(source.live, most_followers=1, interval_s=0.01)))
    async with client.get("/") as response:
        assert response.status == 200
        refused = await client.get("/")
        assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
    await until(lambda: events.followers == 0)
    async with client.get("/") as response:
        assert response.status == 200


async def test_as_many_browsers_as_are_promised_can_follow(aiohttp_client: AiohttpClient, source: FakeControl) -> None:
    client = await aiohttp_client(create_app(source, Access()))
    responses = [await client.get("/api/v1/events") for _ in range(MOST_FOLLOWERS + 1)]
    assert [response.status for response in responses] == [200] * MOST_FOLLOWERS + [503]
    assert (await responses[-1].json())["error"]["message"] == "too many browsers follow the live data"


async def test_a_browser_that_takes_nothing_is_cut_off(aiohttp_server: AiohttpServer) -> None:
    events = Events(lambda: {"much": "x" * 1_000_000}, interval_s=0.01, send_timeout_s=0.1)
    server = await aiohttp_server(_events_only(events))
    _reader, writer = await asyncio.open_connection(server.host, server.port, limit=1)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    await until(lambda: events.followers == 1)
    await until(lambda: events.followers == 0)
    writer.transport.abort()


async def test_a_stream_ends_when_its_data_fail(
    aiohttp_client: AiohttpClient, source: FakeControl, caplog: pytest.LogCaptureFixture
) -> None:
    client = await aiohttp_client(_events_only(events := Events(source.live, interval_s=0.01)))
    async with client.get("/") as response:
        await _event(response)
        source.failing = RuntimeError("secret")
        await until(lambda: events.followers == 0)
    assert "live data could not be had" in caplog.text


def _events_only(events: Events) -> web.Application:
    app = web.Application()
    app.router.add_get("/", events.answer, allow_head=False)
    app.on_shutdown.append(events.close)
    return app
