"""A meter behind a serial server that has room for one client, and is slow to see that one has gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.app.running import change, running_daemon, settings
from tests.end_to_end.telegrams import kamstrup_list_1
from tests.end_to_end.waiting import until

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]

TELEGRAM_EVERY_S = 0.2
SLOW_S = 0.3


class SerialServer:
    """Sends telegrams to one client at a time, and sends others away until a while after that one has gone."""

    def __init__(self) -> None:
        self.taken = 0
        self.busy = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.busy:
            writer.write(b"Port already in use\r\n")
            writer.close()
            return
        self.busy, self.taken = True, self.taken + 1
        with suppress(OSError):
            await self._talk(reader, writer)
        await asyncio.sleep(SLOW_S)
        self.busy = False
        writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not reader.at_eof():
            writer.write(kamstrup_list_1())
            await writer.drain()
            with suppress(TimeoutError):
                await asyncio.wait_for(reader.read(100), TELEGRAM_EVERY_S)


@pytest.fixture
async def served() -> AsyncIterator[tuple[SerialServer, str]]:
    serial = SerialServer()
    server = await asyncio.start_server(serial.serve, "127.0.0.1", 0)
    async with server:
        yield serial, f"socket://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await until(lambda: not serial.busy)


async def test_keys_and_scales_are_changed_without_a_new_connection_and_without_a_warning(
    tmp_path: Path, served: tuple[SerialServer, str], caplog: pytest.LogCaptureFixture
) -> None:
    serial, port = served
    async with running_daemon(tmp_path, settings(meters=[{"port": port}])) as running:
        await until(lambda: running.meter().state.readings)
        browser = await running.browser()
        for number, request in enumerate(("/keys", "/settings")):
            line = running.meter().line
            if request == "/keys":
                answer = await browser.ask("POST", "/keys", {"unit": 1, "text": "0f" * 16})
            else:
                answer = await change(browser, (["meters", 0, "kamstrup_energy_wh"], 1))
            assert answer.status == 200, number
            assert running.meter().line is not line
            running.meter().state.readings = 0
            await until(lambda: running.meter().state.readings)
            assert running.meter().line.status.state == "receiving"
        assert running.meter().config.encryption_key is not None
    assert serial.taken == 1
    assert [record.message for record in caplog.records if record.levelname != "INFO"] == []
