"""What `han2x status` prints of what a gateway reports."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from han2x.api.base import plain
from han2x.api.listeners import Listener, ListenerFault
from han2x.api.live import MeasuredValue, MeterStatus, MeterWarning
from han2x.api.modbus import Modbus, ModbusServer
from han2x.api.outputs import Output
from han2x.api.status import PageAccess, Status
from han2x.app.status import serve_status, status_path
from han2x.cli import main
from han2x.listeners import ListenerState, What
from han2x.output_state import OutputPhase
from tests.browser.live_data import SILENT, meter
from tests.web.fake_control import CONNECTION, SERVER

WARNING = MeterWarning(
    code="scale", setting="kamstrup_current_a", value=0.01, mended=0.001, factor=10.0, what="Set it to 0.001."
)
TLS = replace(SERVER, addresses=["0.0.0.0:802"], connections=[replace(CONNECTION, client="10.0.0.7:5", requests=7)])


def _status(
    tls: ModbusServer | None = None,
    listeners: Sequence[Listener] = (),
    outputs: Sequence[Output] = (),
    **changed: Any,  # noqa: ANN401 - any field of a meter
) -> Status:
    one = msgspec.structs.asdict(meter(**{"values": {}, **changed}))
    for name in ("registers", "imitates", "hour", "net_power", "phases", "main_fuse_a"):
        del one[name]
    return Status(
        version="0.1.0",
        uptime_s=100_000.0,
        time="2025-11-20T23:45:00+00:00",
        modbus=Modbus(**msgspec.structs.asdict(SERVER), tls=tls),
        listeners=list(listeners),
        meters=[MeterStatus(**one)],
        web=["http://192.168.1.232/"],
        storage=[],
        outputs=list(outputs),
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


async def test_what_is_not_reached_where_it_is_wanted_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = ListenerFault(code="cannot-listen", values={}, message="the port is in use by another program")
    absent = ListenerFault(code="cannot-listen", values={}, message="this machine has no such address")
    old = ListenerFault(code="tls-expired", values={}, message="the certificate has expired")
    listeners = [
        Listener(what=What.PAGE, state=ListenerState.DOWN, wanted="*:80", places=[], fault=taken),
        Listener(
            what=What.MODBUS, state=ListenerState.FALLBACK, wanted="10.1.1.1:502", places=["0.0.0.0:502"], fault=absent
        ),
        Listener(what=What.MODBUS_TLS, state=ListenerState.SERVING, wanted="*:802", places=["0.0.0.0:802"], fault=old),
        Listener(what=What.PAGE_HTTPS, state=ListenerState.SERVING, wanted="*:443", places=["[::]:443"], fault=None),
    ]
    told = (await _printed(_status(listeners=listeners), tmp_path, capsys))[1].splitlines()
    assert told[told.index("page     http://192.168.1.232/") + 1 :] == [
        "down     the page, wanted at *:80: the port is in use by another program",
        "fallback Modbus is at 0.0.0.0:502, wanted at 10.1.1.1:502: this machine has no such address",
        "warning  Modbus with TLS: the certificate has expired",
    ]


async def test_how_outputs_stand_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lost = ListenerFault(code="mqtt-lost", values={}, message="the connection is lost")
    outputs = [
        Output(name="mqtt", state=OutputPhase.FAILED, where="broker:1883", fault=lost),
        Output(name="other", state=OutputPhase.WORKING, where="", fault=None),
    ]
    told = (await _printed(_status(outputs=outputs), tmp_path, capsys))[1].splitlines()
    assert told[told.index("page     http://192.168.1.232/") + 1 :] == [
        "mqtt     failed broker:1883: the connection is lost",
        "other    working",
    ]


async def test_what_a_meter_calls_itself_commands_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = _status(meter_id="5706\x1b[2J\nhealth   all is well\x9b1m", meter_type="x\r\x07")
    (_, human), (_, machine) = [
        await _printed(hostile, tmp_path, capsys),
        await _printed(hostile, tmp_path, capsys, "--json"),
    ]

    assert all(line.isprintable() for line in [*human.split("\n"), *machine.split("\n")])
    assert r"5706\x1b[2J\nhealth   all is well\x9b1m" in human
    assert json.loads(machine) == plain(hostile)


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


@pytest.mark.parametrize(
    ("access", "told"),
    [
        (PageAccess(state="owned", claim_code=None, open_s=0.0, fault=""), []),
        (
            PageAccess(state="unowned", claim_code="ABCD-2345", open_s=130.0, fault=""),
            ["password not chosen yet; claim code ABCD-2345", "         not needed for 2 min more"],
        ),
        (
            PageAccess(state="unowned", claim_code="ABCD-2345", open_s=0.0, fault=""),
            ["password not chosen yet; claim code ABCD-2345"],
        ),
        (
            PageAccess(state="locked", claim_code=None, open_s=0.0, fault="credentials.json: damaged: wrong checksum"),
            [
                "password cannot be read, nobody can log in: credentials.json: damaged: wrong checksum",
                "         sudo han2x password reset lets you choose a new one",
            ],
        ),
    ],
)
async def test_whether_the_page_has_an_owner_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], access: PageAccess, told: list[str]
) -> None:
    lines = (await _printed(replace(_status(), access=access), tmp_path, capsys))[1].splitlines()
    assert lines[lines.index("page     http://192.168.1.232/") + 1 :] == told


def test_who_may_not_look_into_the_state_directory_is_told_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    monkeypatch.setenv("STATE_DIRECTORY", str(state))
    monkeypatch.setattr("han2x.cli.running.SERVICE_SOCKETS", state)
    assert main(["status"]) == 2  # and what it imports is there, for whoever may not read the interpreter's files
    capsys.readouterr()
    state.chmod(0)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        assert main(["status"]) == 2
    finally:
        if is_root:
            os.seteuid(0)
        state.chmod(0o700)
    assert "only root and the gateway's user may ask; try sudo han2x status" in capsys.readouterr().err
