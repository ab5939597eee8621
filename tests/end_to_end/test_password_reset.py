"""`han2x password reset`, and a second gateway on the same state, as somebody at the computer meets them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.gateway import running_gateway
from tests.end_to_end.test_page_changes import PASSWORD, Person

pytestmark = [pytest.mark.end_to_end, pytest.mark.enable_socket]


CLAIM = r"the page has no password: choose one, within 15 minutes.* ([A-Z0-9-]{9})$"


NOBODY: Mapping[str, Any] = {"user": 65534, "group": 65534, "extra_groups": []}


def another_user_can_run_it() -> bool:
    try:
        return subprocess.run([sys.executable, "-c", "import han2x"], **NOBODY, check=False).returncode == 0
    except OSError:
        return False


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "han2x", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def reset(state: Path) -> subprocess.CompletedProcess[str]:
    return command("password", "reset", "--state-dir", str(state))


def status(state: Path) -> str:
    return command("status", "--state-dir", str(state)).stdout


def test_on_a_running_gateway_it_is_in_force_at_once(tmp_path: Path) -> None:
    with running_gateway(tmp_path) as gateway:
        first = gateway.wait_for(CLAIM)
        person = Person(gateway)
        person.first_visit()
        assert "claim code" not in status(tmp_path)
        done = reset(tmp_path)
        assert done.returncode == 0, done.stderr
        assert gateway.web_url in done.stdout
        told = person.ask("GET", "/session")
        assert (told["password_set"], told["logged_in"]) == (False, False)
        code = re.search(r"claim code ([A-Z0-9]{4}-[A-Z0-9]{4})", status(tmp_path))
        assert code is not None
        assert code[1] in done.stdout
        assert first != gateway.wait_for(CLAIM) == code[1]
        person.first_visit()


def test_with_the_gateway_stopped_it_is_in_force_at_the_next_start(tmp_path: Path) -> None:
    with running_gateway(tmp_path) as gateway:
        Person(gateway).first_visit()
        gateway.stop()
    done = reset(tmp_path)
    assert done.returncode == 0, done.stderr
    assert [file.name for file in tmp_path.glob("credentials*")] == []
    with running_gateway(tmp_path) as gateway:
        Person(gateway).first_visit()


def test_a_damaged_password_is_told_by_status_and_reset_while_modbus_goes_on(tmp_path: Path) -> None:
    with running_gateway(tmp_path) as gateway:
        Person(gateway).first_visit()
        gateway.stop()
    file = tmp_path / "credentials.json"
    file.write_bytes(file.read_bytes().replace(b"scrypt", b"scrypu"))
    with running_gateway(tmp_path) as gateway:
        gateway.wait_for("nobody can log in: .*wrong checksum")
        assert gateway.read(40049) == [0, 1000]
        assert Person(gateway).ask("GET", "/session")["locked"] is True
        assert "password cannot be read, nobody can log in" in status(tmp_path)
        assert reset(tmp_path).returncode == 0
        person = Person(gateway)
        person.first_visit()
        assert person.ask("GET", "/session")["locked"] is False


def test_a_directory_that_is_none_of_a_gateway_is_refused(tmp_path: Path) -> None:
    done = reset(tmp_path / "missing")
    assert done.returncode == 1
    assert "there is no state directory" in done.stderr


@pytest.mark.parametrize("running", [False, True])
def test_another_user_is_refused_and_told_so(tmp_path: Path, running: bool) -> None:
    if not another_user_can_run_it():
        pytest.skip("no other user can run this Python here")
    state = tmp_path / "state"
    with running_gateway(state) as gateway:
        Person(gateway).first_visit()
        state.chmod(0o700)
        if not running:
            gateway.stop()
        done = subprocess.run(
            [sys.executable, "-m", "han2x", "password", "reset", "--state-dir", str(state)],
            **NOBODY, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert "only root and the gateway's own user may do this; try sudo" in done.stderr
        assert (state / "credentials.json").exists()


def test_a_second_gateway_on_the_same_state_says_who_has_it_and_touches_nothing(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("[history]\nenabled = false\n")  # whose file the first one makes late
    with running_gateway(tmp_path) as gateway:
        before = {file.name: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
        second = command("run", "--state-dir", str(tmp_path), "--modbus", "127.0.0.1:0", "--web", "127.0.0.1:0")
        assert second.returncode == 1
        assert f"(process {gateway.process.pid})" in second.stderr
        assert {file.name: file.stat().st_mtime_ns for file in tmp_path.iterdir()} == before
        assert "unit 1" in status(tmp_path)
        assert command("check", "--settings", str(tmp_path / "settings.toml")).returncode in (0, 1, 2)


def test_a_restart_keeps_the_window_and_the_code(tmp_path: Path) -> None:
    codes = []
    for _ in range(2):
        with running_gateway(tmp_path) as gateway:
            codes.append(gateway.wait_for(r"with the claim code ([A-Z0-9-]{9})$"))
            kept = json.loads((tmp_path / "claim.json").read_text())["data"]
            assert (tmp_path / "claim.json").stat().st_mode & 0o777 == 0o600
            codes.append(str(kept["opened"]))
            gateway.stop()
    assert codes[:2] == codes[2:]
    assert PASSWORD not in str(codes)
