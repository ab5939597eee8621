"""What `han2x status` prints of what a gateway reports."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from han2x.api.base import plain
from han2x.api.live import MeasuredValue, MeterStatus, MeterWarning
from han2x.api.modbus import Modbus, ModbusServer
from han2x.api.status import Status
from han2x.app.status import serve_status, status_path
from han2x.cli import main
from tests.browser.live_data import SILENT, meter
from tests.web.fake_control import CONNECTION, SERVER

WARNING = MeterWarning(
    code="scale", setting="kamstrup_current_a", value=0.01, mended=0.001, factor=10.0, what="Set it to 0.001."
)
TLS = replace(SERVER, addresses=["0.0.0.0:802"], connections=[replace(CONNECTION, client="10.0.0.7:5", requests=7)])


def _status(tls: ModbusServer | None = None, **changed: Any) -> Status:  # noqa: ANN401 - any field of a meter
    one = msgspec.structs.asdict(meter(**changed))
    del one["registers"]
    return Status(
        version="0.1.0",
        uptime_s=100_000.0,
        time="2025-11-20T23:45:00+00:00",
        modbus=Modbus(**msgspec.structs.asdict(SERVER), tls=tls),
        meters=[MeterStatus(**one)],
        web=["http://192.168.1.232/"],
        storage=[],
    )


async def _printed(status: Status, folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    server = await serve_status(status_path(folder), lambda: status)
    try:
        exit_status = await asyncio.to_thread(main, ["status", "--state-dir", str(folder), *more])
    finally:
        await server.stop()
    return exit_status, capsys.readouterr().out


async def test_meters_clients_and_the_page_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exit_status, told = await _printed(_status(), tmp_path, capsys)
    assert exit_status == 0
    assert told.splitlines() == [
        "han2x 0.1.0, running for 1 d 3 h",
        "",
        "unit 1   kamstrup 6841121BN243101040 5706567000000000",
        "line     /dev/ttyUSB0 2400 8N1, receiving",
        "health   Telegrams come.",
        "telegram 1 s ago; 1234 good",
        "",
        "Modbus   0.0.0.0:502, [::]:502",
        "clients  1",
        "         192.168.1.20:50112, 3600 requests",
        "page     http://192.168.1.232/",
    ]


async def test_warnings_and_clients_with_tls_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = (await _printed(_status(TLS, warnings=[WARNING]), tmp_path, capsys))[1].splitlines()
    assert "warning  Set it to 0.001." in told
    assert told[told.index("TLS      0.0.0.0:802") :][:3] == [
        "TLS      0.0.0.0:802",
        "clients  1",
        "         10.0.0.7:5, 7 requests",
    ]


async def test_a_meter_that_is_silent_makes_it_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exit_status, told = await _printed(_status(**SILENT), tmp_path, capsys)
    assert exit_status == 1
    assert "health   The meter has fallen silent." in told


async def test_values_that_no_longer_come_are_told_with_their_age_and_make_it_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    values = {
        "1.7.0": MeasuredValue(value=2345.0, unit="W", age_s=1.2, stale=False),
        "31.7.0": MeasuredValue(value=4.21, unit="A", age_s=7195.0, stale=True),
        "2.7.0": MeasuredValue(value=0.0, unit="W", age_s=95.0, stale=True),
        "51.7.0": MeasuredValue(value=3.87, unit="A", age_s=7195.0, stale=True),
    }
    exit_status, told = await _printed(_status(values=values), tmp_path, capsys)
    assert exit_status == 1
    lines = told.splitlines()
    assert [line for line in lines if line.startswith(("values", "import", "export"))] == [
        "import   2345 W",
        "values   1 s old: 1.7.0",
        "values   95 s old, not current: 2.7.0",
        "values   1 h 59 min old, not current: 31.7.0 51.7.0",
    ]


async def test_as_json_it_is_what_the_gateway_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = _status(TLS, warnings=[WARNING])
    told = (await _printed(status, tmp_path, capsys, "--json"))[1]
    assert json.loads(told) == plain(status)
    assert told.count("\n") == 1


async def test_an_answer_that_is_no_status_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'{"version": 1}')
        writer.close()

    async with await asyncio.start_unix_server(answer, str(status_path(tmp_path))):
        assert await asyncio.to_thread(main, ["status", "--state-dir", str(tmp_path)]) == 2
    assert "what the gateway answers is not understood" in capsys.readouterr().err


async def test_who_asks_and_never_reads_holds_nobody_up(tmp_path: Path) -> None:
    server = await serve_status(status_path(tmp_path), lambda: _status(name="x" * 10_000_000))
    with socket.socket(socket.AF_UNIX) as asker:
        asker.connect(str(status_path(tmp_path)))
        await asyncio.to_thread(asker.recv, 1)
        async with asyncio.timeout(20):
            await server.stop()
