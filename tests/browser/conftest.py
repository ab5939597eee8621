"""A gateway's page with made-up live data, and Debian's Chromium to look at it with."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from han2x.web import WebServer, create_app
from tests.browser.live_data import live, meter

Open = Callable[..., Awaitable[Page]]


class Gateway:
    """Serves the page; `data` may be changed at any time."""

    def __init__(self) -> None:
        self.data = live(meter())
        self._server = WebServer(lambda: create_app(lambda: self.data))
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/"

    def show(self, **changed: Any) -> None:  # noqa: ANN401 - any part of the data may be changed
        """One meter with what is `changed`."""
        self.data = live(meter(**changed))

    async def start(self) -> None:
        """Start, the second time on the same port."""
        await self._server.start("127.0.0.1", self._port)
        self._port = self._server.addresses[0][1]

    async def stop(self) -> None:
        await self._server.stop()


@pytest_asyncio.fixture(loop_scope="package")
async def gateway() -> AsyncIterator[Gateway]:
    gateway = Gateway()
    await gateway.start()
    yield gateway
    await gateway.stop()


@pytest_asyncio.fixture(loop_scope="package", scope="package")
async def chromium() -> AsyncIterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("the browser tests need Debian's package chromium")
    arguments = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="package")
async def open_page(chromium: Browser, gateway: Gateway) -> AsyncIterator[Open]:
    """Opens the page, and fails the test when it asked another site, or when its code or policy was broken."""
    faults: list[str] = []
    contexts = []

    async def open_page(width: int = 1280) -> Page:
        viewport: ViewportSize = {"width": width, "height": 900}
        context = await chromium.new_context(viewport=viewport, locale="en-GB", timezone_id="UTC")
        contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text) if _is_fault(message.text) else None)
        page.on("request", lambda request: None if request.url.startswith(gateway.url) else faults.append(request.url))
        await page.goto(gateway.url)
        await page.wait_for_selector(".meter")
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert faults == []


def _is_fault(message: str) -> bool:
    """Anything that is said in the console, but that the gateway is away or busy, which tests bring about."""
    return "net::ERR_" not in message and "503" not in message
