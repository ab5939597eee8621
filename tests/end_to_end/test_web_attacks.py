"""Attacks on the page and its API, each by the octets that an attacker would send, and that all come to nothing."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import re
from collections.abc import AsyncIterator, Iterable, Mapping

import pytest
from aiohttp import TCPConnector

from han2x.web.connections import ConnectionLimits
from han2x.web.sessions import IDLE_S
from tests.browser.live_data import live, meter
from tests.web.clocks import Clock
from tests.web.gateway import API, PASSWORD, Browser, Gateway, serving

pytestmark = [pytest.mark.sockets, pytest.mark.enable_socket]

CHANGE = {"changes": [{"path": ["modbus", "stale_after_s"], "value": 90}]}
UPLOAD = 20 * 1024 * 1024


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def gateway(clock: Clock) -> AsyncIterator[Gateway]:
    async with serving(clock=clock) as gateway:
        yield gateway


@pytest.fixture
async def owner(gateway: Gateway) -> Browser:
    browser = gateway.browser()
    await browser.first_visit()
    return browser


def _changed(gateway: Gateway) -> bool:
    return "modbus" in gateway.control.document


def _request(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def _status(answer: bytes) -> int:
    return int(answer.split()[1])


def _credentials(owner: Browser) -> dict[str, str]:
    return {"Cookie": f"han2x_session={owner.cookie()}", "X-CSRF-Token": owner.csrf or ""}


# Without a session, or with one that is none


@pytest.mark.parametrize(
    "cookie",
    ["", "x", "h2x_forged", "null", "0" * 43, "../../etc/passwd", "%00", '"quoted"', "A" * 4000],
)
async def test_a_forged_cookie_opens_nothing(gateway: Gateway, owner: Browser, cookie: str) -> None:
    for method, path, body in (("GET", "/settings", None), ("PATCH", "/settings", CHANGE), ("GET", "/backup", None)):
        answer = await gateway.browser().ask(
            method, path, body, headers={"Cookie": f"han2x_session={cookie}", "X-CSRF-Token": owner.csrf or ""}
        )
        assert (answer.status, answer.code) == (401, "not-logged-in")
    assert not _changed(gateway)


async def test_a_cookie_with_one_letter_changed_opens_nothing(gateway: Gateway, owner: Browser) -> None:
    cookie = owner.cookie() or ""
    forged = ("B" if cookie[0] == "A" else "A") + cookie[1:]
    assert not (await gateway.browser(cookies={"han2x_session": forged}).load())["logged_in"]


async def test_an_expired_cookie_opens_nothing(gateway: Gateway, owner: Browser, clock: Clock) -> None:
    clock.now += IDLE_S + 1
    assert (await owner.ask("PATCH", "/settings", CHANGE)).code == "not-logged-in"
    assert (await owner.ask("GET", "/settings")).status == 401


@pytest.mark.parametrize("token", ["", "x", "h2x_", "h2x_" + "A" * 43, "null", "\xe5", "x" * 4000])
async def test_a_forged_api_token_opens_nothing(gateway: Gateway, owner: Browser, token: str) -> None:
    await owner.ask("POST", "/tokens", {"name": "home"})
    answer = await gateway.browser().ask("GET", "/settings", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status, answer.code) == (401, "not-logged-in")


# From another site


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://127.0.0.1.evil.example"},
        {"Origin": "file://"},
        {"Origin": "http://evil.example, http://127.0.0.1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/settings", "/login", "/setup", "/network/confirm"])
async def test_another_site_can_send_nothing_even_with_cookie_and_token(
    gateway: Gateway, owner: Browser, path: str, headers: Mapping[str, str]
) -> None:
    method = "PATCH" if path == "/settings" else "POST"
    answer = await owner.ask(method, path, CHANGE, headers=headers)
    assert (answer.status, answer.code) == (403, "origin")
    assert not _changed(gateway)


async def test_the_page_itself_can(gateway: Gateway, owner: Browser) -> None:
    headers = {"Origin": owner.url, "Sec-Fetch-Site": "same-origin"}
    assert (await owner.ask("PATCH", "/settings", CHANGE, headers=headers)).status == 200
    assert _changed(gateway)


@pytest.mark.parametrize("token", ["", "x", "null", "å", "undefined"])
async def test_a_session_without_its_csrf_token_changes_nothing(gateway: Gateway, owner: Browser, token: str) -> None:
    owner.csrf = token
    answer = await owner.ask("PATCH", "/settings", CHANGE)
    assert (answer.status, answer.code) == (403, "csrf")
    assert not _changed(gateway)


async def test_the_csrf_token_of_another_session_is_none(gateway: Gateway, owner: Browser) -> None:
    other = gateway.browser()
    await other.log_in()
    owner.csrf = other.csrf
    assert (await owner.ask("PATCH", "/settings", CHANGE)).code == "csrf"


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "text/plain; application/json",
        "application/jsonp",
        "application/json; charset=utf-16",
        "application/xml",
        "",
    ],
)
async def test_what_a_form_could_send_is_not_read(gateway: Gateway, owner: Browser, content_type: str) -> None:
    raw = json.dumps(CHANGE).encode()
    answer = await owner.ask("PATCH", "/settings", raw=raw, headers={"Content-Type": content_type})
    assert (answer.status, answer.code) == (415, "media-type")
    assert not _changed(gateway)


async def test_no_answer_lets_another_site_read_it(owner: Browser) -> None:
    for method, path in (("GET", "/session"), ("GET", "/settings"), ("OPTIONS", "/settings")):
        answer = await owner.ask(method, path, headers={"Origin": "http://evil.example"})
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


# DNS rebinding


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "evil.example:80", "127.0.0.1@evil.example", "", "[::1", "a b", "*"],
)
@pytest.mark.parametrize("path", ["/", "/app.js", "/healthz", "/nothing", f"{API}/live", f"{API}/session"])
async def test_a_name_that_is_not_ours_gets_nothing(gateway: Gateway, path: str, host: str) -> None:
    answer = await gateway.raw(_request("GET", path, {"Host": host, "Connection": "close"}))
    assert _status(answer) in (400, 403)
    assert b"<html" not in answer
    assert b"meters" not in answer


async def test_a_rebound_name_cannot_log_in_or_change_anything(gateway: Gateway, owner: Browser) -> None:
    host = {"Host": "evil.example", "Origin": "http://evil.example"}
    for method, path, body in (("POST", "/login", {"password": PASSWORD}), ("PATCH", "/settings", CHANGE)):
        answer = await owner.ask(method, path, body, headers=host)
        assert (answer.status, answer.code) == (403, "host")
    assert not _changed(gateway)


@pytest.mark.parametrize("head", [b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.0\r\n\r\n"])
async def test_a_request_without_a_host_gets_nothing(gateway: Gateway, head: bytes) -> None:
    assert _status(await gateway.raw(head)) in (400, 403)


async def test_two_hosts_get_nothing(gateway: Gateway) -> None:
    answer = await gateway.raw(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
    assert _status(answer) in (400, 403)


async def test_a_host_in_the_request_line_does_not_replace_the_header(gateway: Gateway) -> None:
    head = {"Host": "evil.example", "Connection": "close"}
    assert _status(await gateway.raw(_request("GET", "http://127.0.0.1/", head))) == 403


async def test_names_of_the_settings_are_ours_too(gateway: Gateway) -> None:
    head = {"Host": "meter.example.org", "Connection": "close"}
    assert _status(await gateway.raw(_request("GET", "/healthz", head))) == 403
    gateway.control.page = type(gateway.control.page)("0.1.0", host_names=("meter.example.org",))
    assert _status(await gateway.raw(_request("GET", "/healthz", head))) == 200


# Paths


@pytest.mark.parametrize(
    "path",
    [
        "/../pyproject.toml",
        "/%2e%2e/pyproject.toml",
        "/..%2fpyproject.toml",
        "/..%5cpyproject.toml",
        "/words/../../pyproject.toml",
        "/app.js/../../pyproject.toml",
        "//etc/passwd",
        "/app.js%00.css",
        "/vendor/../../../pyproject.toml",
        "/vendor/vendored.json",
        "/vendor/uplot.js/../vendored.json",
        "/index.html",
        "/webui/",
        "/.git/config",
        f"{API}/../../etc/passwd",
        f"{API}/tokens/..%2f..%2fsettings",
    ],
)
async def test_no_path_leads_out_of_the_page(gateway: Gateway, path: str) -> None:
    answer = await gateway.raw(_request("GET", path, {"Host": "127.0.0.1", "Connection": "close"}))
    assert _status(answer) in (400, 404, 405)


@pytest.mark.parametrize("text", ["%0d%0aSet-Cookie:%20x=1", "%0aX-Injected:%201", "%E5%98%8A%E5%98%8DX-Injected:1"])
async def test_line_ends_in_an_address_make_no_headers(gateway: Gateway, owner: Browser, text: str) -> None:
    for path in (f"/{text}", f"{API}/live?{text}", f"{API}/tokens/{text}", f"{API}/backup?secrets={text}"):
        answer = await gateway.raw(
            _request("GET", path, {"Host": "127.0.0.1", "Connection": "close", **_credentials(owner)})
        )
        head = answer.partition(b"\r\n\r\n")[0].lower()
        assert b"x-injected" not in head
        assert b"set-cookie" not in head


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/tokens", {"name": "a\r\nSet-Cookie: x=1"}),
        ("/tokens", {"name": "\x00"}),
        ("/hostname", {"hostname": "a\r\nX-Injected: 1"}),
        ("/hostname", {"hostname": "<script>alert(1)</script>"}),
    ],
)
async def test_line_ends_in_names_are_refused(owner: Browser, path: str, body: object) -> None:
    assert (await owner.ask("POST", path, body)).status == 422


async def test_line_ends_in_headers_are_refused(gateway: Gateway) -> None:
    for head in (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\rX: 1\r\n\r\n", b"GET / HTTP/1.1\nHost: 127.0.0.1\n X: \x00\n\n"):
        assert _status(await gateway.raw(head)) == 400


async def test_a_script_in_what_a_meter_sends_stays_data(gateway: Gateway, owner: Browser) -> None:
    script = "</script><script>alert(1)</script>\u2028"
    gateway.control.data = live(meter(meter_id=script, name=script))
    gateway.control.hostname = script
    for path in ("/live", "/network", "/log"):
        answer = await owner.ask("GET", path)
        assert answer.headers["Content-Type"].startswith("application/json")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (await owner.ask("GET", "/live")).body["meters"][0]["meter_id"] == script
    async with owner.session.get(owner.url + API + "/events") as stream:
        assert await stream.content.readline() == b"retry: 2000\n"
        await stream.content.readline()
        event = await stream.content.readline()
        assert event.startswith(b"data: {")
        assert json.loads(event.removeprefix(b"data: "))["meters"][0]["name"] == script


async def test_a_script_in_an_address_is_not_told_back(gateway: Gateway) -> None:
    for path in ("/<script>alert(1)</script>", f"{API}/<script>"):
        answer = await gateway.raw(_request("GET", path, {"Host": "127.0.0.1", "Connection": "close"}))
        assert _status(answer) in (400, 404)
        assert b"<script" not in answer
        assert b"text/html" not in answer


# Methods and framing


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/login", "/restart", "/factory-reset"])
async def test_only_the_methods_of_the_table_are_known(
    gateway: Gateway, owner: Browser, method: str, path: str
) -> None:
    headers = {"X-HTTP-Method-Override": "POST"}
    answer = await owner.ask(method, path, headers=headers)
    assert answer.status == 405
    assert answer.headers["Allow"] == "POST"
    assert gateway.control.restarts == 0


async def test_a_tunnel_is_not_opened(gateway: Gateway) -> None:
    answer = await gateway.raw(_request("CONNECT", "evil.example:443", {"Host": "127.0.0.1", "Connection": "close"}))
    assert _status(answer) >= 400


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: -5\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: 0x5\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding : chunked\r\n",
    ],
)
async def test_a_body_whose_end_is_in_doubt_is_refused(gateway: Gateway, headers: bytes) -> None:
    inner = b"POST /api/v1/restart HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    head = b"POST /api/v1/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" + headers + b"\r\n"
    answer = await gateway.raw(head + b"0\r\n\r\n" + inner)
    assert _status(answer) in (400, 411)
    assert len(re.findall(rb"HTTP/1\.[01] \d", answer)) == 1


async def test_a_refused_body_is_not_taken_for_a_request(gateway: Gateway, owner: Browser) -> None:
    inner = _request("POST", f"{API}/restart", {"Host": "127.0.0.1", "Content-Length": "0", **_credentials(owner)})
    for headers, before in (({"Content-Length": str(UPLOAD)}, b""), ({"Transfer-Encoding": "chunked"}, b"0\r\n\r\n")):
        answer = await gateway.raw(_request("POST", f"{API}/login", {"Host": "127.0.0.1", **headers}, before + inner))
        assert _status(answer) in (411, 413)
        assert answer.count(b"HTTP/1.1 ") == 1
    assert gateway.control.restarts == 0


# Bodies


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", f"{API}/keys"), ("POST", f"{API}/restore"), ("POST", f"{API}/login"), ("GET", "/"), ("POST", "/nothing")],
)
async def test_an_upload_of_20_megabytes_is_refused_before_it_is_sent(
    gateway: Gateway, owner: Browser, method: str, path: str
) -> None:
    reader, writer = await asyncio.open_connection(*gateway.address)
    headers = {"Host": "127.0.0.1", "Content-Length": str(UPLOAD), **_credentials(owner)}
    writer.write(_request(method, path, {**headers, "Content-Type": "application/json"}))
    assert (await reader.readline()).split()[1] == b"413"
    await _until_cut(writer, itertools.repeat(b"x" * 65536, UPLOAD // 65536), 0)


async def test_a_client_that_sends_all_the_same_still_sees_the_answer(gateway: Gateway) -> None:
    reader, writer = await asyncio.open_connection(*gateway.address)
    headers = {"Host": "127.0.0.1", "Content-Length": str(UPLOAD), "Content-Type": "application/json"}
    writer.write(_request("POST", f"{API}/login", headers, b"x" * UPLOAD))
    await asyncio.sleep(0.3)
    assert b" 413 " in await reader.readline()
    writer.transport.abort()


async def test_a_client_that_asks_first_is_told_not_to_send(gateway: Gateway, owner: Browser) -> None:
    headers = {"Host": "127.0.0.1", "Content-Type": "application/json", "Expect": "100-continue"}
    refused = await gateway.raw(_request("POST", f"{API}/login", {**headers, "Content-Length": str(UPLOAD)}))
    assert _status(refused) == 413
    assert b"100 Continue" not in refused
    body = json.dumps({"password": PASSWORD}).encode()
    reader, writer = await asyncio.open_connection(*gateway.address)
    writer.write(_request("POST", f"{API}/login", {**headers, "Content-Length": str(len(body))}))
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(body)
    assert (await reader.readline()).split()[1] == b"204"
    writer.close()


async def test_an_expectation_of_anything_else_is_refused(gateway: Gateway) -> None:
    headers = {"Host": "127.0.0.1", "Expect": "a-surprise", "Connection": "close"}
    assert _status(await gateway.raw(_request("GET", f"{API}/live", headers))) == 417


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, identity"])
async def test_a_packed_body_is_not_unpacked(gateway: Gateway, owner: Browser, encoding: str) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    answer = await owner.ask("PATCH", "/settings", raw=b"x", headers=headers)
    assert (answer.status, answer.code) == (415, "media-type")


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"null", b'{"a": NaN}', b"\xff\xfe", b"[" * 60_000, b'{"password": "\\ud800"}']
)
async def test_what_is_no_json_is_malformed(owner: Browser, raw: bytes) -> None:
    answer = await owner.ask("PATCH", "/settings", raw=raw, headers={"Content-Type": "application/json"})
    assert (answer.status, answer.code) == (400, "malformed")


async def test_a_body_that_comes_too_slowly_is_cut() -> None:
    async with serving(body_timeout_s=0.2) as gateway:
        headers = {"Host": "127.0.0.1", "Content-Type": "application/json", "Content-Length": "100"}
        answer = await gateway.raw(_request("POST", f"{API}/login", headers, b'{"pass'))
        assert _status(answer) == 408


async def test_a_body_that_breaks_off_leaves_nothing_in_the_log(
    gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    headers = {"Host": "127.0.0.1", "Content-Type": "application/json", "Content-Length": "100"}
    for _ in range(3):
        _reader, writer = await asyncio.open_connection(*gateway.address)
        writer.write(_request("POST", f"{API}/login", headers, b'{"pass'))
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.transport.abort()
    assert (await gateway.browser().ask("GET", "/session")).status == 200
    assert [record for record in caplog.records if record.name.startswith("han2x")] == []


# Connections


@pytest.mark.parametrize("head", [b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n", b"G", b""])
async def test_a_head_that_does_not_come_is_cut(head: bytes) -> None:
    async with serving(idle_s=0.2) as gateway, asyncio.timeout(10):
        assert await gateway.raw(head) == b""


async def test_a_head_that_drips_is_cut_all_the_same() -> None:
    async with serving(idle_s=0.3) as gateway:
        _reader, writer = await asyncio.open_connection(*gateway.address)
        await _until_cut(writer, itertools.chain([b"GET / HTTP/1.1\r\n"], itertools.repeat(b"X-More: 1\r\n", 60)), 0.05)


async def test_a_second_head_that_drips_is_cut_too() -> None:
    async with serving(idle_s=0.3) as gateway:
        reader, writer = await asyncio.open_connection(*gateway.address)
        writer.write(_request("GET", "/healthz", {"Host": "127.0.0.1"}))
        assert (await reader.readline()).split()[1] == b"200"
        await _until_cut(writer, itertools.chain([b"GET / HTTP/1.1\r\n"], itertools.repeat(b"X-More: 1\r\n", 60)), 0.05)


async def test_who_takes_no_answers_is_cut_off() -> None:
    async with serving(limits=ConnectionLimits(stalled_s=0.2)) as gateway:
        _reader, writer = await asyncio.open_connection(*gateway.address, limit=1)
        request = _request("GET", "/vendor/uplot.js", {"Host": "127.0.0.1"})
        await _until_cut(writer, itertools.repeat(request, 5000), 0.002)


async def _until_cut(writer: asyncio.StreamWriter, octets: Iterable[bytes], pause_s: float) -> None:
    """Send all of it, which must come to an error before its end."""
    with pytest.raises(ConnectionError):
        await _send(writer, octets, pause_s)
    writer.transport.abort()


async def _send(writer: asyncio.StreamWriter, octets: Iterable[bytes], pause_s: float) -> None:
    for some in octets:
        writer.write(some)
        await writer.drain()
        await asyncio.sleep(pause_s)


async def test_one_client_cannot_take_all_connections() -> None:
    async with serving(limits=ConnectionLimits(in_all=4, from_one=3)) as gateway:
        held = [await asyncio.open_connection(*gateway.address) for _ in range(3)]
        assert not await _is_served(gateway)
        held[0][1].close()
        await held[0][1].wait_closed()
        async with asyncio.timeout(10):
            while not await _is_served(gateway):  # noqa: ASYNC110 - the other side's sockets tell no event
                await asyncio.sleep(0.01)
        for _reader, writer in held:
            writer.close()


async def _is_served(gateway: Gateway) -> bool:
    with contextlib.suppress(ConnectionError):
        return b"200 OK" in await gateway.raw(_request("GET", "/healthz", {"Host": "127.0.0.1", "Connection": "close"}))
    return False


# Guessing


async def test_of_many_guesses_at_once_only_a_few_are_even_looked_at(gateway: Gateway, owner: Browser) -> None:
    guesser = gateway.browser(connector=TCPConnector(limit=20))
    guesses = (guesser.ask("POST", "/login", {"password": f"guess number {number}"}) for number in range(200))
    statuses = [answer.status for answer in await asyncio.gather(*guesses)]
    assert statuses.count(401) == 5
    assert statuses.count(429) == 195


async def test_guessing_shuts_nobody_out_who_is_in_and_nobody_for_long(
    gateway: Gateway, owner: Browser, clock: Clock
) -> None:
    guesser = gateway.browser()
    for number in range(20):
        clock.now += 61
        await guesser.ask("POST", "/login", {"password": f"guess number {number}"})
    assert (await owner.ask("PATCH", "/settings", CHANGE)).status == 200
    clock.now += 60
    await gateway.browser().log_in(PASSWORD)


async def test_a_right_password_is_not_told_from_a_wrong_one_while_one_must_wait(
    gateway: Gateway, owner: Browser
) -> None:
    guesser = gateway.browser()
    for number in range(6):
        await guesser.ask("POST", "/login", {"password": f"guess number {number}"})
    right = await guesser.ask("POST", "/login", {"password": PASSWORD})
    wrong = await guesser.ask("POST", "/login", {"password": "guess"})
    assert right.body == wrong.body
    assert right.status == wrong.status == 429
