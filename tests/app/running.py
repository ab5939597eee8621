"""The whole gateway within the test's own event loop: a real `Daemon` on free ports of 127.0.0.1, and its clients."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import zipfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, CookieJar
from pyModbusTCP.client import ModbusClient

from han2x.app.daemon import Daemon
from han2x.app.options import Options
from han2x.app.stored import CREDENTIALS, StoredDocument
from han2x.gateway.meter import Meter
from han2x.settings import Settings, load
from han2x.store import Store
from han2x.web import Access
from tests.end_to_end.waiting import until
from tests.end_to_end.wire import Wire
from tests.web.gateway import CHEAP, PASSWORD, Answer, Browser

FACTOR = 48
"""PDU address of the scaling factor."""


class Running:
    """A gateway that runs, and what a test may do with it."""

    def __init__(self, daemon: Daemon, task: asyncio.Task[None]) -> None:
        self.daemon = daemon
        self.task = task
        self._clients: dict[tuple[int, int], ModbusClient] = {}
        self._sessions: list[ClientSession] = []

    @property
    def file(self) -> Path:
        """The settings file."""
        return self.daemon.settings_file

    @property
    def state(self) -> Path:
        """The state directory."""
        return self.daemon.state_dir

    @property
    def port(self) -> int:
        """Where Modbus is served."""
        return self.daemon.modbus.addresses[0][1]

    def client(self, unit: int = 1, port: int = 0) -> ModbusClient:
        """An independent Modbus client of this unit id, whose connection stays; it blocks, so call it in a thread."""
        at = (unit, port or self.port)
        if at not in self._clients:
            self._clients[at] = ModbusClient(host="127.0.0.1", port=at[1], unit_id=unit, timeout=8.0)
        return self._clients[at]

    async def read(self, number: int, count: int = 2, *, unit: int = 1, port: int = 0) -> list[int] | None:
        """Registers by their 4xxxx number; None when the gateway answers with an exception, or not at all."""
        client = self.client(unit, port)
        words: list[int] | None = await asyncio.to_thread(client.read_holding_registers, number - 40001, count)
        return words

    async def value(self, number: int, *, unit: int = 1) -> int | None:
        """A 32-bit value by its 4xxxx number."""
        words = await self.read(number, unit=unit)
        return None if words is None else words[0] << 16 | words[1]

    async def becomes(self, number: int, value: int, *, unit: int = 1) -> None:
        """Wait until a 32-bit value is this one; energies are there as soon as they are on the disk."""
        async with asyncio.timeout(30):
            while await self.value(number, unit=unit) != value:  # noqa: ASYNC110 - a client is not told either
                await asyncio.sleep(0.02)

    async def write_factor(self, value: int, *, unit: int = 1) -> bool:
        """Write the scaling factor; whether it was acknowledged."""
        client = self.client(unit)
        words = [value >> 16, value & 0xFFFF]
        return bool(await asyncio.to_thread(client.write_multiple_registers, FACTOR, words))

    async def browser(self) -> Browser:
        """Somebody at the page who is logged in."""
        session = ClientSession(cookie_jar=CookieJar(unsafe=True))
        self._sessions.append(session)
        browser = Browser(self.url, session)
        await browser.log_in()
        return browser

    @property
    def url(self) -> str:
        """Where the page is, for somebody on this computer where it is everywhere."""
        url = self.daemon.people.urls[0].rstrip("/")
        return url if "//127." in url else f"http://127.0.0.1:{url.rpartition(':')[2]}"

    def meter(self, unit: int = 1) -> Meter:
        """The meter with this unit id."""
        return next(meter for meter in self.daemon.meters if meter.config.unit == unit)

    async def hear(self, wire: Wire, telegram: bytes, *, unit: int = 1) -> None:
        """Speak on the meter's line until one more good telegram has been taken."""
        await until(lambda: self.meter(unit).line.status.state in ("open", "receiving"))
        before = self.meter(unit).state.readings
        wire.say(telegram)
        await until(lambda: self.meter(unit).state.readings > before)

    def said(self) -> list[str]:
        """The log of INFO and above."""
        return [str(record["message"]) for record in self.daemon.log_records()]

    async def reload(self, settings_text: str | None = None) -> str:
        """Write the settings file and send SIGHUP; returns what became of it."""
        if settings_text is not None:
            self.file.write_text(settings_text)
        ends = ("the settings were read again", "the settings are as before")
        before = sum(message.startswith(ends) for message in self.said())
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: sum(message.startswith(ends) for message in self.said()) > before)
        return next(message for message in reversed(self.said()) if message.startswith(ends))

    async def disconnect(self) -> None:
        """End what this helper holds open."""
        for client in self._clients.values():
            client.close()
        for session in self._sessions:
            await session.close()

    async def stop(self) -> None:
        """End it in order; fails when it does not end."""
        await self.disconnect()
        self.daemon.stop()
        async with asyncio.timeout(30):
            await self.task


@asynccontextmanager
async def running_daemon(folder: Path, settings_text: str | None = None, **options: Any) -> AsyncIterator[Running]:  # noqa: ANN401 - any option
    """A gateway with this settings file in `folder`, where somebody has been at the page before.

    Modbus and the page are on free ports, unless `modbus` or `web` is None. Without a place for it in `https` there is
    no HTTPS; where that is None the settings say.
    """
    file, state = folder / "settings.toml", folder / "state"
    if settings_text is not None:
        file.write_text(settings_text)
    if not (state / "credentials.json").exists() and not state.is_file():
        await Access(StoredDocument(Store(state), CREDENTIALS), cost=CHEAP).set_first_password(PASSWORD)
    served = asyncio.Event()
    addresses = {"modbus": "127.0.0.1:0", "web": "127.0.0.1:0"} | options
    if addresses["web"] is None:  # the settings say where, and those of most tests nothing of HTTPS
        addresses = {"https": ""} | addresses
    daemon = Daemon(load(file), Options(file, state, **addresses), lambda _daemon: served.set())
    task = asyncio.create_task(daemon.run())
    waiting = asyncio.create_task(served.wait())
    running = Running(daemon, task)
    try:
        await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if task.done():
            await task
        yield running
    finally:
        await running.stop()


@asynccontextmanager
async def connected(running: Running) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A bare connection to where Modbus is served."""
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


def settings(**sections: Mapping[str, object] | list[Mapping[str, object]]) -> str:
    """A settings file: sections by their names, and `meters` as a list of tables."""
    from han2x.settings.rules import toml_text

    lines = []
    for name, content in sections.items():
        for table in content if isinstance(content, list) else [content]:
            lines.append(f"[[{name}]]" if isinstance(content, list) else f"[{name}]")
            lines += [f"{key} = {toml_text(value)}" for key, value in table.items()]
    return "\n".join([*lines, ""])


async def change(browser: Browser, *changes: tuple[Sequence[str | int], object]) -> Answer:
    """Change settings on the page."""
    body = {"changes": [{"path": list(path), "value": value} for path, value in changes]}
    return await browser.ask("PATCH", "/settings", body)


def in_file(running: Running) -> Settings:
    """The settings as they are on the disk."""
    return load(running.file)


def unzipped(content: bytes) -> dict[str, str]:
    """The files of a zip file by their names."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}
