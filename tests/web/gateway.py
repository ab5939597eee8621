"""The real web server before a made-up gateway, and a browser-like client of it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import ClientSession, CookieJar

from han2x.web import Access, WebServer, create_app
from han2x.web.connections import Allowed, ConnectionLimits
from han2x.web.passwords import Cost
from tests.web.fake_control import FakeControl, FakeDocument

CHEAP = Cost(log_n=4, r=1, p=1)
PASSWORD = "grønn sykkel 77"
API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `body` is what the JSON says, or the octets of what is none."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def code(self) -> str:
        """The error's code."""
        return str(self.body["error"]["code"])

    @property
    def fields(self) -> dict[str, str]:
        """What is wrong at which field."""
        return dict(self.body["error"]["fields"])


class Browser:
    """A client with cookies of its own; it sends the session's CSRF token as the page does, once it has it."""

    def __init__(self, url: str, session: ClientSession) -> None:
        self.url = url
        self.session = session
        self.csrf: str | None = None

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        """Send a request to the API, with a body as JSON or as these octets."""
        sent = {"X-CSRF-Token": self.csrf} if self.csrf and method != "GET" else {}
        data = raw
        if body is not None:
            data, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        async with self.session.request(
            method, self.url + API + path, data=data, headers=sent | dict(headers or {})
        ) as answer:
            content: Any = await answer.read()
            if content and answer.content_type == "application/json":
                content = json.loads(content)
            return Answer(answer.status, dict(answer.headers), content)

    async def first_visit(self, password: str = PASSWORD) -> None:
        """Set the password and be logged in."""
        assert (await self.ask("POST", "/setup", {"password": password})).status == 204
        await self.load()

    async def log_in(self, password: str = PASSWORD) -> None:
        """Be logged in."""
        assert (await self.ask("POST", "/login", {"password": password})).status == 204
        await self.load()

    async def load(self) -> Any:  # noqa: ANN401 - JSON
        """What the page asks first; keeps the CSRF token."""
        answer = await self.ask("GET", "/session")
        self.csrf = answer.body["csrf"]
        return answer.body

    def cookie(self) -> str | None:
        """The session's cookie."""
        return next((cookie.value for cookie in self.session.cookie_jar if cookie.key == "han2x_session"), None)


class Gateway:
    """Everything that a test may look at or change. Browsers are closed with it."""

    def __init__(self, server: WebServer, control: FakeControl, access: Access, kept: FakeDocument) -> None:
        self.server = server
        self.control = control
        self.access = access
        self.kept = kept
        self._sessions: list[ClientSession] = []

    @property
    def address(self) -> tuple[str, int]:
        return self.server.addresses[0]

    def browser(self, **arguments: Any) -> Browser:  # noqa: ANN401 - those of ClientSession
        """A new one, without cookies."""
        session = ClientSession(cookie_jar=CookieJar(unsafe=True), **arguments)
        self._sessions.append(session)
        host, port = self.address
        return Browser(f"http://{host}:{port}", session)

    async def raw(self, octets: bytes) -> bytes:
        """Send octets and read until the server closes."""
        reader, writer = await asyncio.open_connection(*self.address)
        writer.write(octets)
        answer = await reader.read()
        writer.close()
        return answer

    async def close(self) -> None:
        for session in self._sessions:
            await session.close()


@asynccontextmanager
async def serving(
    *,
    limits: ConnectionLimits | None = None,
    idle_s: float = 15.0,
    body_timeout_s: float = 20.0,
    clock: Callable[[], float] = time.monotonic,
    cost: Cost = CHEAP,
    kept: FakeDocument | None = None,
    allowed: Allowed = lambda _client, _own: True,
) -> AsyncIterator[Gateway]:
    """A gateway on a free port of this computer."""
    control = FakeControl()
    kept = kept or FakeDocument()
    access = Access(kept, FakeDocument(), cost=cost, clock=clock)
    make = partial(create_app, control, access, body_timeout_s=body_timeout_s)
    server = WebServer(make, limits=limits, allowed=allowed, idle_s=idle_s)
    await server.start("127.0.0.1", 0)
    gateway = Gateway(server, control, access, kept)
    try:
        yield gateway
    finally:
        await gateway.close()
        await server.stop()
