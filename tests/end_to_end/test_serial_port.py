"""A line that is opened, read, lost and opened again: on real pseudo-terminals and real sockets."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import serial

from han2x.gateway.line_search import SerialSettings
from han2x.serial_port import LineState, LineStatus, SerialLine
from han2x.serial_port import line as line_module
from han2x.simulator.line import PseudoTerminal
from tests.end_to_end.waiting import until

pytestmark = [pytest.mark.sockets, pytest.mark.enable_socket]

SILENCE_S = 0.05


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_module, "FIRST_PAUSE_S", 0.02)
    monkeypatch.setattr(line_module, "LONGEST_PAUSE_S", 0.1)


class Diary:
    """Everything a line told, in order: octets, the word "silence", and states."""

    def __init__(self) -> None:
        self.entries: list[bytes | str | LineStatus] = []

    @property
    def octets(self) -> bytes:
        return b"".join(entry for entry in self.entries if isinstance(entry, bytes))

    @property
    def states(self) -> list[LineState]:
        return [entry.state for entry in self.entries if isinstance(entry, LineStatus)]

    @property
    def reasons(self) -> list[str]:
        return [entry.reason for entry in self.entries if isinstance(entry, LineStatus) and entry.reason]

    @property
    def silences(self) -> int:
        return self.entries.count("silence")

    def is_open(self) -> bool:
        return self.states[-1:] in ([LineState.OPEN], [LineState.RECEIVING])


@asynccontextmanager
async def reading(url: str, **settings: Any) -> AsyncIterator[Diary]:  # noqa: ANN401 - any setting of a line
    diary = Diary()
    write = diary.entries.append
    line = SerialLine(
        url, on_octets=write, on_silence=lambda: write("silence"), on_status=write, silence_s=SILENCE_S, **settings
    )
    running = asyncio.create_task(line.run())
    try:
        yield diary
    finally:
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


@pytest.fixture
def terminal(tmp_path: Path) -> PseudoTerminal:
    return PseudoTerminal(tmp_path / "meter")


def node_of(port: str) -> str:
    return os.path.realpath(port)


def said(diary: Diary, silences: int) -> bool:
    return diary.silences == silences


async def test_octets_are_handed_on_as_they_come(terminal: PseudoTerminal) -> None:
    terminal.open()
    async with reading(terminal.path) as diary:
        await until(diary.is_open)
        terminal.write(b"\x7e\xa0\x00\xff")
        await until(lambda: diary.octets)
        terminal.write(b"more")
        await until(lambda: len(diary.octets) == 8)

    assert diary.octets == b"\x7e\xa0\x00\xffmore"
    assert diary.states == [LineState.OPENING, LineState.OPEN, LineState.RECEIVING]
    terminal.close()


async def test_silence_is_told_once_after_octets_and_not_before(terminal: PseudoTerminal) -> None:
    terminal.open()
    async with reading(terminal.path) as diary:
        await until(diary.is_open)
        await asyncio.sleep(3 * SILENCE_S)
        assert diary.silences == 0
        for times in (1, 2):
            terminal.write(b"telegram")
            await until(partial(said, diary, times))
            await asyncio.sleep(3 * SILENCE_S)
            assert diary.silences == times
    terminal.close()


async def test_a_line_torn_away_in_mid_telegram_is_silent_and_read_again_when_it_is_back(
    terminal: PseudoTerminal, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "han2x.serial")
    terminal.open()
    async with reading(terminal.path) as diary:
        await until(diary.is_open)
        terminal.write(b"half a tele")
        await until(lambda: diary.octets)
        terminal.close()
        await until(lambda: len(diary.reasons) >= 4)
        terminal.open()
        await until(diary.is_open)
        terminal.write(b"whole")
        await until(lambda: diary.octets.endswith(b"whole"))

    assert diary.reasons[0] == f"{terminal.path} was unplugged"
    assert set(diary.reasons[1:]) == {diary.reasons[1]}
    assert diary.reasons[1].startswith(f"{terminal.path} does not exist: is the adapter plugged in?")
    assert diary.entries.index("silence") < diary.states.index(LineState.FAILED) + diary.entries.index(b"half a tele")
    by_level = [record.levelname for record in caplog.records if record.name == "han2x.serial"]
    assert by_level.count("WARNING") == 1
    assert [record.message for record in caplog.records if record.levelname == "INFO"][-1].endswith(
        "is open (2400 8N1)"
    )
    terminal.close()


async def test_a_missing_port_is_opened_when_it_appears(terminal: PseudoTerminal, tmp_path: Path) -> None:
    link = str(tmp_path / "meter")
    async with reading(link) as diary:
        await until(lambda: diary.reasons)
        terminal.open()
        await until(diary.is_open)
        terminal.write(b"here")
        await until(lambda: diary.octets == b"here")

    assert diary.reasons[0].startswith(f"{link} does not exist")
    terminal.close()


async def test_a_busy_port_names_its_holder_and_is_opened_once_free(terminal: PseudoTerminal) -> None:
    terminal.open()
    other = serial.Serial(terminal.path, exclusive=True)
    async with reading(terminal.path) as diary:
        await until(lambda: diary.reasons)
        other.close()
        await until(diary.is_open)

    assert "is in use by" in diary.reasons[0]
    assert f"(process {os.getpid()})" in diary.reasons[0]
    terminal.close()


async def test_the_port_is_free_again_as_soon_as_the_line_has_ended(terminal: PseudoTerminal) -> None:
    terminal.open()
    for _ in range(3):
        async with reading(terminal.path) as diary:
            await until(diary.is_open)
        assert diary.reasons == []
        serial.Serial(terminal.path, exclusive=True).close()
    terminal.close()


@pytest.mark.parametrize("settings", ["2400 8E1", "9600 7O1", "115200 8N1"])
async def test_a_pseudo_terminal_is_read_with_any_settings(terminal: PseudoTerminal, settings: str) -> None:
    terminal.open()
    async with reading(terminal.path, settings=SerialSettings.parse(settings)) as diary:
        await until(diary.is_open)
        terminal.write(b"\xff\x80")
        await until(lambda: diary.octets == b"\xff\x80")
    terminal.close()


async def test_a_device_is_opened_again_by_its_lasting_name(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "han2x.serial")
    by_id = tmp_path / "by-id"
    by_id.mkdir()
    adapter = PseudoTerminal(by_id / "usb-adapter")
    adapter.open()
    node = node_of(adapter.path)
    async with reading(node, by_id=by_id) as diary:
        await until(diary.is_open)
        adapter.close()
        await until(lambda: diary.reasons)
        elsewhere = os.openpty()  # takes the number that the adapter had
        adapter.open()
        await until(diary.is_open)
        adapter.write(b"the same adapter")
        await until(lambda: diary.octets == b"the same adapter")

    opened = [entry.port for entry in diary.entries if isinstance(entry, LineStatus) and entry.state is LineState.OPEN]
    assert opened[0] == node
    assert opened[-1] == adapter.path
    assert sum("is also called" in record.message for record in caplog.records) == 1
    for end in elsewhere:
        os.close(end)
    adapter.close()


class SerialServer:
    """A TCP port as a serial server offers it; several lives, one port number."""

    def __init__(self) -> None:
        self.port = 0
        self.clients: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"socket://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for client in self.clients:
            client.close()
        self.clients.clear()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.clients.append(writer)
        await reader.read()
        writer.close()


async def test_a_serial_server_that_dies_and_returns_is_read_again() -> None:
    server = SerialServer()
    await server.start()
    async with reading(server.url) as diary:
        await until(lambda: server.clients)
        server.clients[0].write(b"first")
        await until(lambda: diary.octets == b"first")
        await server.stop()
        await until(lambda: any("refuses the connection" in reason for reason in diary.reasons))
        await server.start()
        await until(lambda: server.clients)
        server.clients[0].write(b"second")
        await until(lambda: diary.octets == b"firstsecond")
    await server.stop()

    assert diary.reasons[0] == f"{server.url} closed the connection"
    assert diary.silences >= 1


async def test_octets_that_came_with_the_end_of_a_connection_are_not_lost() -> None:
    server = SerialServer()
    await server.start()
    async with reading(server.url) as diary:
        await until(lambda: server.clients)
        server.clients[0].write(b"last words")
        server.clients[0].close()
        await until(lambda: diary.reasons)
    await server.stop()

    assert diary.octets == b"last words"


async def test_a_serial_server_that_does_not_answer_holds_up_nothing_but_its_own_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(line_module, "CONNECT_TIMEOUT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as waiting:
        waiting.connect(full.getsockname())  # nobody accepts it, and there is no room for a second
        turns = 0
        async with reading("socket://{}:{}".format(*full.getsockname())) as diary:
            while not diary.reasons:
                await asyncio.sleep(0.01)
                turns += 1

    assert "does not answer: is the serial server switched on" in diary.reasons[0]
    assert turns > 2


async def test_what_a_handler_raises_ends_the_line(terminal: PseudoTerminal) -> None:
    def refuse(_: bytes) -> None:
        raise ZeroDivisionError("a mistake in the program")

    terminal.open()
    statuses: list[LineStatus] = []
    line = SerialLine(terminal.path, on_octets=refuse, on_silence=lambda: None, on_status=statuses.append)
    running = asyncio.create_task(line.run())
    await until(lambda: statuses and statuses[-1].state is LineState.OPEN)
    terminal.write(b"x")
    with pytest.raises(ZeroDivisionError, match="a mistake in the program"):
        await running
    serial.Serial(terminal.path, exclusive=True).close()
    terminal.close()


@pytest.mark.parametrize("kind", ["file", "pipe", "directory", "/dev/zero", "/dev/null"])
async def test_what_is_no_serial_port_is_not_opened_but_told(tmp_path: Path, opened: list[str], kind: str) -> None:
    port = Path(kind) if kind.startswith("/") else tmp_path / "port"
    if kind == "file":
        port.write_text("precious")
    elif kind == "pipe":
        os.mkfifo(port)
    elif kind == "directory":
        port.mkdir()
    async with reading(str(port)) as diary:
        await until(lambda: len(diary.reasons) >= 2)

    assert all(reason.startswith(f"{port} is not a serial port") for reason in diary.reasons)
    assert str(port) not in opened
    if kind == "file":
        assert port.read_text() == "precious"


class FullSpeed:
    """A TCP port that sends the same octets again and again, as fast as they are taken; `sent` counts the rounds."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._server: asyncio.Server | None = None
        self.sent = 0

    async def __aenter__(self) -> str:
        self._server = await asyncio.start_server(self._flood, "127.0.0.1", 0)
        return f"socket://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _flood(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while True:
                writer.write(self._octets)
                await writer.drain()
                self.sent += 1


async def test_while_work_waits_for_its_turn_nothing_more_is_read() -> None:
    working = 0
    most = 0
    given = 0

    def work(octets: bytes) -> Iterator[None]:
        nonlocal working, most, given
        given += len(octets)
        working += 1
        most = max(most, working)
        for _ in range(200):
            time.sleep(0.0001)
            yield
        working -= 1

    server = FullSpeed(bytes(1 << 20))
    async with server as url:
        line = SerialLine(url, on_octets=work, on_silence=lambda: None, on_status=lambda _: None)
        running = asyncio.create_task(line.run())
        await until(lambda: given > 4 << 18)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    assert most <= 2


async def test_work_that_waits_is_done_before_the_line_is_silent_or_lost() -> None:
    diary: list[str] = []

    def work(name: str, steps: int) -> Iterator[None]:
        for _ in range(steps):
            time.sleep(0.0005)
            yield
        diary.append(name)

    server = SerialServer()
    await server.start()
    line = SerialLine(
        server.url,
        on_octets=lambda octets: work(octets.decode(), 300),
        on_silence=lambda: work("silence", 3),
        on_status=lambda status: diary.append(status.state),
        silence_s=SILENCE_S,
    )
    running = asyncio.create_task(line.run())
    await until(lambda: server.clients)
    server.clients[0].write(b"telegram")
    server.clients[0].close()
    await until(lambda: "failed" in diary)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await server.stop()

    assert diary[:6] == ["opening", "open", "receiving", "telegram", "silence", "failed"]


async def test_what_work_raises_ends_the_line() -> None:
    def work(_: bytes) -> Iterator[None]:
        yield
        raise ZeroDivisionError("a mistake in the program")

    server = SerialServer()
    await server.start()
    line = SerialLine(server.url, on_octets=work, on_silence=lambda: None, on_status=lambda _: None)
    running = asyncio.create_task(line.run())
    await until(lambda: server.clients)
    server.clients[0].write(b"x")
    with pytest.raises(ZeroDivisionError, match="a mistake in the program"):
        await running
    await server.stop()


async def test_a_server_that_comes_and_goes_fills_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    server = SerialServer()
    await server.start()
    async with reading(server.url) as diary:
        for times in range(1, 16):
            await until(lambda: server.clients)
            server.clients[0].write(b"x")
            server.clients[0].close()
            await until(partial(lambda times: len(diary.reasons) >= times, times))
            server.clients.clear()
    await server.stop()

    said = [record.getMessage() for record in caplog.records if record.name == "han2x.serial"]
    assert len(said) <= 2 * line_module.LINES_AN_HOUR
