"""The simulated meter on a real pseudo-terminal and a real TCP port."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from datetime import datetime
from pathlib import Path

import pytest
import serial

from han2x.simulator import SimulatedLine, SimulatedMeter, SimulatedServer
from han2x.simulator.line import PseudoTerminal, play
from tests.end_to_end.waiting import until

pytestmark = [pytest.mark.sockets, pytest.mark.enable_socket]

FAST = 100.0


def meter() -> SimulatedMeter:
    return SimulatedMeter("kamstrup", start=datetime.fromisoformat("2026-03-04T11:59:59"))


def first_octets(count: int) -> bytes:
    return b"".join(octets for _, octets in meter().frames_between(0, 3000))[:count]


class Reader:
    """Something that reads a pseudo-terminal as a plain file."""

    def __init__(self, path: str) -> None:
        self.heard = b""
        self.hung_up = False
        self._file = os.open(path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        asyncio.get_running_loop().add_reader(self._file, self._read)

    def _read(self) -> None:
        try:
            octets = os.read(self._file, 4096)
        except OSError:
            octets = b""
        self.heard += octets
        if not octets:
            self.close()

    def close(self) -> None:
        if not self.hung_up:
            self.hung_up = True
            asyncio.get_running_loop().remove_reader(self._file)
            os.close(self._file)


def kept_for(client: socket.socket) -> int:
    """How many octets a client finds that never read, now that the connection has ended."""
    kept = 0
    with client, contextlib.suppress(ConnectionError, BlockingIOError):
        while octets := client.recv(65536):
            kept += len(octets)
    return kept


async def test_a_reader_of_the_pseudo_terminal_gets_the_telegrams_octet_for_octet() -> None:
    async with SimulatedLine(meter(), speed=FAST) as line:
        reader = Reader(line.path)
        await until(lambda: len(reader.heard) >= 1500)
        reader.close()

    assert line.path.startswith("/dev/pts/")
    assert reader.heard[:1500] == first_octets(1500)


async def test_a_reader_with_another_baud_rate_does_not_understand_a_line_that_minds_it() -> None:
    async with SimulatedLine(meter(), speed=FAST, minds_baudrate=True) as line:
        wrong = serial.Serial(line.path, 115200, timeout=5)
        assert await asyncio.to_thread(wrong.read, 50) not in first_octets(100_000)
        wrong.baudrate = 2400
        wrong.reset_input_buffer()
        assert await asyncio.to_thread(wrong.read, 50) in first_octets(100_000)
        wrong.close()


async def test_a_reader_may_go_and_another_come() -> None:
    async with SimulatedLine(meter(), speed=FAST) as line:
        first = Reader(line.path)
        await until(lambda: first.heard)
        first.close()
        second = Reader(line.path)
        await until(lambda: len(second.heard) >= 600)
        second.close()

    assert first_octets(100_000).find(second.heard[:600]) > 0


async def test_the_line_goes_on_when_nobody_reads() -> None:
    async with SimulatedLine(meter(), speed=5000, paced=False) as line:
        await asyncio.sleep(0.3)
        reader = Reader(line.path)
        unread = 4096  # what the kernel keeps of a line that nobody read
        await until(lambda: len(reader.heard) > 2 * unread)
        reader.close()


async def test_a_torn_line_hangs_up_and_comes_back_under_its_link(tmp_path: Path) -> None:
    link = tmp_path / "meter"
    async with SimulatedLine(meter(), speed=FAST, link=link) as line:
        reader = Reader(line.path)
        await until(lambda: reader.heard)
        line.tear_away()
        await until(lambda: reader.hung_up)
        assert not link.is_symlink()

        line.bring_back()
        again = Reader(line.path)
        await until(lambda: again.heard)
        again.close()

    assert line.path == str(link)
    assert not link.is_symlink()


async def test_the_line_is_raw_so_that_every_octet_passes() -> None:
    terminal = PseudoTerminal()
    terminal.open()
    reader = Reader(terminal.path)
    terminal.write(bytes(range(256)))
    await until(lambda: len(reader.heard) == 256)
    reader.close()
    terminal.close()

    assert reader.heard == bytes(range(256))


async def test_several_tcp_clients_hear_the_same() -> None:
    async with SimulatedServer(meter(), speed=FAST) as server:
        host, port = server.url.removeprefix("socket://").split(":")
        clients = [await asyncio.open_connection(host, int(port)) for _ in range(3)]
        heard = [await reader.readexactly(700) for reader, _ in clients]
        for _, writer in clients:
            writer.close()

    assert heard == [first_octets(700)] * 3


async def test_a_tcp_client_that_comes_late_hears_from_then_on_and_one_that_goes_is_forgotten() -> None:
    async with SimulatedServer(meter(), speed=FAST) as server:
        host, port = server.url.removeprefix("socket://").split(":")
        early, its_writer = await asyncio.open_connection(host, int(port))
        await early.readexactly(400)
        its_writer.close()
        late, writer = await asyncio.open_connection(host, int(port))
        octets = await late.readexactly(300)
        writer.close()

    assert first_octets(100_000).find(octets) > 0


async def test_a_tcp_client_that_does_not_read_misses_octets_and_holds_nobody_up() -> None:
    async with SimulatedServer(meter(), speed=20_000, paced=False) as server:
        host, port = server.url.removeprefix("socket://").split(":")
        lazy = socket.socket()
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        lazy.setblocking(False)
        await asyncio.get_running_loop().sock_connect(lazy, (host, int(port)))
        eager, writer = await asyncio.open_connection(host, int(port))
        await eager.readexactly(100_000)
        writer.close()

    assert 0 < kept_for(lazy) < 60_000


async def test_octets_leave_one_by_one_unless_told_otherwise() -> None:
    written: list[bytes] = []
    playing = asyncio.create_task(play(meter(), written.append))
    await until(lambda: sum(map(len, written)) >= 20)
    playing.cancel()
    whole: list[bytes] = []
    playing = asyncio.create_task(play(meter(), whole.append, speed=FAST, paced=False))
    await until(lambda: len(whole) >= 3)
    playing.cancel()

    assert b"".join(written) == first_octets(len(b"".join(written)))
    assert len(written) > 3
    assert whole == [octets for _, octets in meter().frames_between(0, 300)][: len(whole)]


async def test_a_speed_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="the speed must be above 0, not 0"):
        await play(meter(), lambda _: None, speed=0)
