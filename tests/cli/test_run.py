"""`han2x run` in this process: what it says, refuses, and leaves behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest
from pyModbusTCP.client import ModbusClient

from han2x.app.status import ask_status, status_path
from han2x.cli import main, run
from han2x.cli.common import IMAGE
from tests.cli.visitor import Visitor

pytestmark = [pytest.mark.sockets, pytest.mark.enable_socket]

ADDRESSES = ("--modbus", "127.0.0.1:0", "--web", "127.0.0.1:0")
ANNOUNCED = r"Modbus TCP  127\.0\.0\.1:(\d+)\n(?:.*\n)*Read everything:"


@pytest.fixture(autouse=True)
def no_service(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A gateway of a test is no service, wherever the tests run, and never asks a real NetworkManager."""
    caplog.set_level("INFO")  # it sets the root logger's level; this sets that back
    for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "RUNTIME_DIRECTORY", "STATE_DIRECTORY", "HAN2X_SETTINGS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus")


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_everything_is_serves_it_and_ends_with_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sign: signal.Signals
) -> None:
    def visit(port: str) -> None:
        capsys.readouterr()
        assert main(["registers", "--live", f"127.0.0.1:{port}"]) == 1
        assert "40037" in capsys.readouterr().out
        assert main(["status", "--state-dir", str(tmp_path), "--json"]) == 1
        assert json.loads(capsys.readouterr().out)["modbus"]["addresses"] == [f"127.0.0.1:{port}"]

    visitor = Visitor(capsys, ANNOUNCED, visit, sign)
    assert visitor.run("run", "--state-dir", str(tmp_path), "--demo", *ADDRESSES) == 0

    assert "No serial port: these are the values of a simulated kamstrup meter (unit id 1)." in visitor.said
    assert "Web page    http://127.0.0.1:" in visitor.said
    assert main(["status", "--state-dir", str(tmp_path)]) == 2


def test_in_a_container_the_log_has_the_page_and_no_commands_that_nobody_outside_can_use(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "han2x", "run", "--state-dir", str(tmp_path), "--demo", *ADDRESSES]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env={**os.environ, IMAGE: "1"}) as gateway:
        assert gateway.stderr is not None
        said: list[str] = []
        while not said or "the page is at http://127.0.0.1:" not in said[-1]:
            said.append(gateway.stderr.readline())
            assert said[-1], said
        gateway.terminate()
        out, _ = gateway.communicate()
    assert gateway.returncode == 0
    assert out == ""
    assert any("INFO No serial port: these are the values of a simulated kamstrup meter" in line for line in said)


def test_it_serves_where_nothing_can_be_printed(tmp_path: Path) -> None:
    """As where its output goes to a disk that is full."""
    command = [sys.executable, "-m", "han2x", "run", "--state-dir", str(tmp_path), "--demo", *ADDRESSES]
    with (
        Path("/dev/full").open("w") as full,
        subprocess.Popen(command, stdout=full, stderr=subprocess.PIPE, text=True) as gateway,
    ):
        assert gateway.stderr is not None
        said: list[str] = []
        while not said or "cannot be printed: standard output: No space left on device" not in said[-1]:
            said.append(gateway.stderr.readline())
            assert said[-1], said
        port = next(line.rpartition(":")[2] for line in said if "Modbus is served on" in line)
        factor = ModbusClient(port=int(port), timeout=5.0).read_holding_registers(48, 2)
        gateway.terminate()
        rest = gateway.stderr.read()
    assert (factor, gateway.returncode, "Traceback" in rest) == ([0, 1000], 0, False)


def test_settings_that_cannot_be_read_are_set_aside_and_no_invented_values_stand_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "settings.toml").write_text("[[meters]\n")
    visitor = Visitor(capsys, ANNOUNCED, lambda _port: None, signal.SIGTERM)
    assert visitor.run("run", "--state-dir", str(tmp_path), "--demo", *ADDRESSES) == 0

    assert "simulated" not in visitor.said
    assert any("settings.toml" in record.message for record in caplog.records if record.levelname == "WARNING")
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith("settings.toml.")]


def test_a_settings_file_that_was_named_and_is_not_there_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "typo.toml"
    visitor = Visitor(capsys, ANNOUNCED, lambda _port: None)
    visitor.run("run", "--settings", str(file), "--state-dir", str(tmp_path), "--demo", *ADDRESSES)
    assert f"{file} is not there: every setting has its default" in caplog.text


def test_settings_with_a_mistake_are_told_and_the_rest_of_them_serves_but_lets_nobody_write(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "settings.toml").write_text("[modbus]\nread_only = 'yes'\n[[meters]]\nscaling_factor = 2000\n")

    def visit(port: str) -> None:
        client = ModbusClient(port=int(port), timeout=5.0)
        assert client.read_holding_registers(48, 2) == [0, 2000]
        assert not client.write_multiple_registers(48, [0, 1000])
        client.close()
        capsys.readouterr()
        assert main(["status", "--state-dir", str(tmp_path)]) == 1
        told = capsys.readouterr().out
        assert f"settings {tmp_path / 'settings.toml'}: line 2: [modbus] read_only" in told
        assert "until this is mended nobody may write" in told

    visitor = Visitor(capsys, ANNOUNCED, visit, signal.SIGTERM)
    assert visitor.run("run", "--state-dir", str(tmp_path), *ADDRESSES) == 0
    assert any("read_only" in record.message for record in caplog.records if record.levelname == "WARNING")


def test_an_edit_while_the_gateway_was_off_is_told_setting_by_setting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    for factor in (2000, 35000):
        (tmp_path / "settings.toml").write_text(f"[[meters]]\nscaling_factor = {factor}\n")
        visitor = Visitor(capsys, ANNOUNCED, lambda _port: None, signal.SIGTERM)
        assert visitor.run("run", "--state-dir", str(tmp_path), *ADDRESSES) == 0
    told = "setting meters.0.scaling_factor: 2000 to 35000, by file"
    assert [record.message for record in caplog.records if record.name == "han2x.audit"] == [told]
    assert "35000" in (tmp_path / "audit.jsonl").read_text()


def test_a_port_that_an_earlier_version_let_in_stops_no_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    text = f"[[meters]]\nunit = 7\nport = 'spy:///dev/null?file={precious}'\n"
    (tmp_path / "settings.toml").write_text(text)
    (tmp_path / "settings.toml.last-good").write_text(text)

    def visit(_port: str) -> None:
        (meter,) = json.loads(ask_status(status_path(tmp_path)))["meters"]
        assert (meter["unit"], meter["diagnosis"]["code"]) == (7, "no-port")

    visitor = Visitor(capsys, ANNOUNCED, visit, signal.SIGTERM)
    assert visitor.run("run", "--state-dir", str(tmp_path), *ADDRESSES) == 0
    warnings = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert any("spy:// is not supported" in message for message in warnings)
    assert precious.read_text() == "precious"


@pytest.mark.parametrize("begun_as", [("-m", "han2x"), ("-sSPB", "/usr/bin/han2x")])
def test_a_restart_that_was_asked_for_begins_the_program_again_as_it_was_begun(
    begun_as: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[list[str]] = []
    # It would replace this very process.
    monkeypatch.setattr(os, "execv", lambda _program, arguments: begun.append(arguments))
    monkeypatch.setattr(sys, "orig_argv", ["python3", *begun_as, "run", "--demo"])
    (tmp_path / "settings.toml").write_text("[web]\nlive_open = true\n")
    browser = build_opener(HTTPCookieProcessor(CookieJar()))

    def ask(path: str, body: dict[str, str] | None = None, csrf: str = "") -> dict[str, str]:
        (url,) = json.loads(ask_status(status_path(tmp_path)))["web"]
        headers = {"Content-Type": "application/json", "X-CSRF-Token": csrf}
        data = None if body is None else json.dumps(body).encode()
        with browser.open(Request(f"{url}api/v1{path}", data, headers), timeout=20) as answer:  # noqa: S310 - our own
            return dict(json.loads(answer.read() or b"{}"))

    def visit(_port: str) -> None:
        ask("/setup", {"password": "green rivers run slowly"})
        ask("/restart", {}, ask("/session")["csrf"])

    visitor = Visitor(capsys, ANNOUNCED, visit, None)
    assert visitor.run("run", "--state-dir", str(tmp_path), *ADDRESSES) == 0
    assert begun == [[sys.executable, *begun_as, "run", "--demo"]]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--modbus", "nonsense"), "--modbus nonsense: "),
        (("--web", "1.2.3.4"), "--web 1.2.3.4: "),
        (("--port", "spy:///dev/null?file=x"), "--port spy:///dev/null?file=x: spy:// is not supported"),
        (("--port", "ttyUSB0\x1b[2J"), r"--port ttyUSB0\x1b[2J: "),
        (("--port", "ttyUSB0"), "--port ttyUSB0: a device is named by its whole path, such as /dev/ttyUSB0"),
        (("--simulate", "unheard-of"), "--simulate unheard-of: there is kamstrup, "),
    ],
)
def test_an_argument_that_cannot_be_used_makes_it_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], told: str
) -> None:
    assert main(["run", "--state-dir", str(tmp_path), *arguments]) == 2
    assert told in capsys.readouterr().err


def test_a_port_that_is_taken_is_told_and_everything_else_is_served(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def visit(port: str) -> None:
        assert main(["status", "--state-dir", str(tmp_path)]) == 1
        told = capsys.readouterr().out
        assert "Modbus   not served\n" in told
        assert f"down     Modbus, wanted at 127.0.0.1:{port}: cannot listen on 127.0.0.1:{port}: " in told
        assert f"(process {os.getpid()}) has this port; end that program, or choose another port\n" in told
        assert "page     http://127.0.0.1:" in told

    with socket.create_server(("127.0.0.1", 0)) as taken:
        modbus = f"127.0.0.1:{taken.getsockname()[1]}"
        announced = r"Modbus TCP  not served: cannot listen on 127\.0\.0\.1:(\d+): .*\nWeb page    http"
        visitor = Visitor(capsys, announced, visit, signal.SIGTERM)
        assert visitor.run("run", "--state-dir", str(tmp_path), *ADDRESSES, "--modbus", modbus) == 0


def test_under_systemd_it_waits_before_it_gives_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "systemd"))
    assert main(["run", "--state-dir", str(tmp_path), "--modbus", "nonsense"]) == 2
    assert waited == [run.GIVEN_UP_PAUSE_S]
    assert "--modbus nonsense" in capsys.readouterr().err
