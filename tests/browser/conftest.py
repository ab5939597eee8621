"""The real web edge before a made-up gateway, and Debian's Chromium to look at its page with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright, expect

from han2x.web import Access, WebServer, create_app
from han2x.web.passwords import Cost
from tests.browser.live_data import live, meter
from tests.tools import needed
from tests.web.fake_control import FakeControl, FakeDocument

PASSWORD: Final = "green rivers run slowly"
QUICK: Final = Cost(log_n=4, r=8, p=1)

Open = Callable[..., Awaitable[Page]]

expect.set_options(timeout=20_000)  # a slow computer may take its time


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave the tests out where there is no browser."""
    if item.get_closest_marker("browser"):
        needed("chromium")


class Gateway:
    """Serves the page; `control` holds what it shows, and may be changed at any time."""

    def __init__(self) -> None:
        self.control = FakeControl()
        self.control.data = live(meter())
        self.access = Access(FakeDocument(), FakeDocument(), cost=QUICK)
        self._server = WebServer(lambda: create_app(self.control, self.access))
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/"

    def show(self, **changed: Any) -> None:  # noqa: ANN401 - any part of the data may be changed
        """One meter with what is `changed`."""
        self.control.data = live(meter(**changed))

    async def start(self) -> None:
        """Start, the second time on the same port."""
        await self._server.start("*", self._port)
        self._port = self._server.addresses[0][1]

    async def stop(self) -> None:
        await self._server.stop()


@pytest_asyncio.fixture(loop_scope="package")
async def gateway() -> AsyncIterator[Gateway]:
    """A gateway that has its password."""
    gateway = Gateway()
    await gateway.access.set_first_password(PASSWORD)
    await gateway.start()
    yield gateway
    await gateway.stop()


@pytest_asyncio.fixture(loop_scope="package")
async def new_gateway() -> AsyncIterator[Gateway]:
    """A gateway that nobody has visited yet."""
    gateway = Gateway()
    await gateway.start()
    yield gateway
    await gateway.stop()


@pytest_asyncio.fixture(loop_scope="package", scope="package")
async def chromium() -> AsyncIterator[Browser]:
    path = needed("chromium")
    arguments = [
        "--no-sandbox",
        "--host-resolver-rules=MAP han2x.local 127.0.0.1, MAP * ~NOTFOUND , EXCLUDE 127.0.0.1, EXCLUDE 127.0.0.2",
    ]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        await browser.close()


class Windows:
    """Browser windows, one for each kind; to make a new one for each test would take longer than the test."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._pages: dict[str, Page] = {}
        self.faults: list[str] = []
        self.allowed: set[str] = set()

    async def open(self, **options: Any) -> Page:  # noqa: ANN401 - as Playwright has them
        """An empty window with nobody's cookies. A page that asks another site or whose code fails adds to `faults`."""
        kind = repr(sorted(options.items()))
        if kind not in self._pages:
            context = await self._browser.new_context(**{"locale": "en-GB", "timezone_id": "UTC", **options})
            page = self._pages[kind] = await context.new_page()
            page.on("pageerror", lambda error: self.faults.append(str(error)))
            page.on("console", self._on_console)
            page.on("request", self._on_request)
        page = self._pages[kind]
        await page.context.clear_cookies()
        await page.emulate_media(color_scheme="light")
        return page

    async def clear(self) -> None:
        """Leave nothing of what was shown."""
        for page in self._pages.values():
            await page.unroute_all()
            if page.url != "about:blank":
                await page.goto("about:blank")

    def _on_console(self, message: ConsoleMessage) -> None:
        # Of answers that tests bring about a browser writes by itself.
        if message.type in ("warning", "error") and "Failed to load resource" not in message.text:
            self.faults.append(message.text)

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((*self.allowed, "about:", "data:", "blob:")):
            self.faults.append(request.url)


@pytest_asyncio.fixture(loop_scope="package", scope="package")
async def windows(chromium: Browser) -> Windows:
    return Windows(chromium)


@pytest_asyncio.fixture(loop_scope="package")
async def visit(windows: Windows) -> AsyncIterator[Open]:
    """Opens a gateway's page, and fails the test when it asked another site, or when its code or policy was broken."""

    async def visit(
        gateway: Gateway,
        place: str = "live",
        *,
        width: int = 1280,
        log_in: bool = True,
        **options: Any,  # noqa: ANN401 - as Playwright has them
    ) -> Page:
        page = await windows.open(**options)
        windows.allowed = {gateway.url, gateway.url.replace("127.0.0.1", "127.0.0.2")}
        await page.set_viewport_size({"width": width, "height": 900})
        if log_in:
            answer = await page.context.request.post(f"{gateway.url}api/v1/login", data={"password": PASSWORD})
            assert answer.status == 204
        await page.goto(f"{gateway.url}#{place}")
        await page.wait_for_selector("#view > *")
        return page

    yield visit
    await windows.clear()
    faults, windows.faults = windows.faults, []
    assert faults == []


@pytest_asyncio.fixture(loop_scope="package")
async def open_page(gateway: Gateway, visit: Open) -> Open:
    """Opens the page of the gateway."""

    async def open_page(place: str = "live", **options: Any) -> Page:  # noqa: ANN401 - as `visit`
        return await visit(gateway, place, **options)

    return open_page
