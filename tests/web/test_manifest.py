"""What keeps the page on a telephone's home screen."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from han2x.web.headers import SECURITY_HEADERS
from han2x.web.manifest import PATH
from han2x.web.page import page_folder
from tests.web.gateway import Gateway, serving

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]
ICONS = page_folder() / "icons"


@pytest_asyncio.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with serving() as gateway:
        yield gateway


async def _manifest(gateway: Gateway, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    browser = gateway.browser()
    async with browser.session.request(method, browser.url + PATH, headers=headers) as answer:
        return answer.status, dict(answer.headers), await answer.read()


async def test_the_manifest_has_the_gateway_s_name_and_is_there_without_a_login(gateway: Gateway) -> None:
    name = '</script>"Hytta på Geilo'
    gateway.control.document["device"] = {"name": name}
    gateway.control.document["web"] = {"live_open": False}
    status, headers, body = await _manifest(gateway)
    told = json.loads(body)
    assert (status, headers["Content-Type"]) == (200, "application/manifest+json")
    assert (told["name"], told["start_url"], told["scope"], told["display"]) == (name, "/", "/", "standalone")


async def test_nothing_but_the_name_differs_between_gateways(gateway: Gateway) -> None:
    gateway.control.document["device"] = {"name": "First"}
    _, _, one = await _manifest(gateway)
    gateway.control.document = {"meters": [{"unit": 7, "name": "secret"}], "device": {"name": "Other"}}
    _, _, two = await _manifest(gateway)
    assert one.replace(b"First", b"Other") == two


async def test_the_manifest_is_answered_as_strictly_as_the_page(gateway: Gateway) -> None:
    _, headers, _ = await _manifest(gateway)
    assert {name: headers[name] for name in SECURITY_HEADERS} == dict(SECURITY_HEADERS)
    assert headers["Cache-Control"] == "no-store"
    assert (await _manifest(gateway, Host="evil.example"))[0] == 403
    assert (await _manifest(gateway, "POST"))[0] in (403, 405)


async def test_every_icon_is_there_and_as_large_as_the_manifest_says(gateway: Gateway) -> None:
    _, _, body = await _manifest(gateway)
    drawn = [icon for icon in json.loads(body)["icons"] if icon["type"] == "image/png"]
    assert {icon.get("purpose", "any") for icon in drawn} == {"any", "maskable"}
    for icon in drawn:
        browser = gateway.browser()
        async with browser.session.get(browser.url + icon["src"]) as answer:
            octets = await answer.read()
        assert (answer.status, answer.headers["Content-Type"]) == (200, "image/png")
        width, height = struct.unpack(">II", octets[16:24])
        assert icon["sizes"] == f"{width}x{height}"


async def test_every_png_is_one_that_the_script_makes() -> None:
    script = (page_folder().parent / "scripts" / "make-icons").read_text(encoding="utf-8")
    assert {file.stem for file in ICONS.iterdir()} == set(re.findall(r'"([a-z]+-\d+)":', script))
