"""Who may scrape the gateway, and in which form the answer comes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from han2x.web import PageOptions
from tests.metrics.scraped import Scraped
from tests.web.gateway import Browser, Gateway, serving

pytestmark = [pytest.mark.sockets, pytest.mark.enable_socket]


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with serving() as gateway:
        yield gateway


@pytest.fixture
async def owner(gateway: Gateway) -> Browser:
    browser = gateway.browser()
    await browser.first_visit()
    return browser


async def scrape(browser: Browser, method: str = "GET", **headers: str) -> tuple[int, str, bytes]:
    """Status, content type and body of the answer."""
    async with browser.session.request(method, f"{browser.url}/metrics", headers=headers) as answer:
        return answer.status, answer.headers["Content-Type"], await answer.read()


async def test_whoever_may_see_live_values_may_scrape(gateway: Gateway, owner: Browser) -> None:
    status, kind, body = await scrape(gateway.browser())
    assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert Scraped(body).value("han2x_build_info") == 1
    assert (await scrape(gateway.browser(), "HEAD"))[0::2] == (200, b"")


async def test_where_live_values_are_closed_it_takes_a_token_that_may_read(gateway: Gateway, owner: Browser) -> None:
    gateway.control.page = PageOptions("0.1.0", live_open=False)
    made = await owner.ask("POST", "/tokens", {"name": "prometheus", "read_only": True})
    for headers in ({}, {"Authorization": "Bearer h2x_wrong"}):
        assert await scrape(gateway.browser(), **headers) == (
            401,
            "text/plain; charset=utf-8",
            b"401: this API token is not known\n" if headers else b"401: log in first\n",
        )
    bearer = f"Bearer {made.body['token']}"
    assert (await scrape(gateway.browser(), Authorization=bearer))[0] == 200
    assert (await scrape(owner))[0] == 200


async def test_it_comes_packed_where_that_is_asked_for(gateway: Gateway) -> None:
    browser = gateway.browser(auto_decompress=False)
    packed = (await scrape(browser, **{"Accept-Encoding": "gzip"}))[2]
    plain = (await scrape(browser, **{"Accept-Encoding": "identity"}))[2]
    assert packed.startswith(b"\x1f\x8b")
    assert plain.startswith(b"# HELP")
    assert len(packed) < len(plain) / 2


async def test_a_fault_of_the_program_is_no_empty_scrape(gateway: Gateway) -> None:
    gateway.control.failing = RuntimeError("a fault")
    assert (await scrape(gateway.browser()))[0] == 500
