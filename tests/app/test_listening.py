"""Modbus where it cannot be had: everything else is served, it is told, and tried again."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from han2x.api.base import plain
from han2x.app.health import Health
from han2x.app.status import ask_status
from han2x.processes import command
from han2x.settings import edit as edit_module
from tests import ports
from tests.app.running import Running, change, running_daemon, settings
from tests.app.test_daemon import ServiceManager, service_manager  # noqa: F401 - a fixture
from tests.conftest import ROOT
from tests.end_to_end.waiting import until
from tests.tools import leave_out, needed

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]

NOT_HERE = "192.0.2.77"  # of TEST-NET-1 (RFC 5737)


@pytest.fixture
def taken() -> Iterator[socket.socket]:
    """Another program's port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def free_port() -> int:
    return ports.free_port()


def modbus_of(running: Running) -> dict[str, Any]:
    """What the page is told of the plain listener."""
    told = plain(running.daemon.live())["listeners"]
    return dict(next(each for each in told if each["what"] == "modbus"))


def errors(running: Running) -> list[str]:
    return [str(record["message"]) for record in running.daemon.log_records() if record["level"] == "error"]


async def test_a_port_of_another_program_ends_nothing_and_is_taken_once_it_is_free(
    tmp_path: Path,
    taken: socket.socket,
    service_manager: ServiceManager,  # noqa: F811
) -> None:
    port, program = taken.getsockname()[1], command(os.getpid())
    async with running_daemon(tmp_path, "", modbus=f"127.0.0.1:{port}") as running:
        assert (await (await running.browser()).ask("GET", "/live")).status == 200
        await until(lambda: service_manager.heard().count("WATCHDOG=1") >= 2)
        assert any(state.startswith("READY=1") for state in service_manager.heard())
        status = json.loads(await asyncio.to_thread(ask_status, running.state / "status.sock"))
        assert status["listeners"][0] == modbus_of(running)
        assert modbus_of(running) == {
            "what": "modbus",
            "state": "down",
            "wanted": f"127.0.0.1:{port}",
            "places": [],
            "fault": {
                "code": "port-held",
                "values": {
                    "program": program,
                    "process": os.getpid(),
                    "place": f"127.0.0.1:{port}",
                    "errno": "EADDRINUSE",
                },
                "message": f"cannot listen on 127.0.0.1:{port}: {program} (process {os.getpid()}) has this port; "
                "end that program, or choose another port",
            },
        }
        assert errors(running) == [f"Modbus is not served: {modbus_of(running)['fault']['message']}"]

        taken.close()
        await until(lambda: bool(running.daemon.modbus.addresses))
        assert await running.value(40049) == 1000
        assert modbus_of(running)["state"] == "serving"
        assert modbus_of(running)["fault"] is None


async def test_an_address_that_is_not_there_is_stood_in_for_by_all_on_the_same_port(
    tmp_path: Path, free_port: int
) -> None:
    listen = f"{NOT_HERE}:{free_port}"
    async with running_daemon(tmp_path, settings(modbus={"listen": listen}), modbus=None) as running:
        assert running.port == free_port
        assert await running.value(40049) == 1000
        told = modbus_of(running)
        assert (told["state"], told["wanted"]) == ("fallback", listen)
        assert f"0.0.0.0:{free_port}" in told["places"]
        assert told["fault"]["values"]["errno"] == "EADDRNOTAVAIL"
        assert len(errors(running)) == 1


@pytest.mark.parametrize("state", ["down", "fallback"])
async def test_other_settings_can_be_changed_while_modbus_is_not_where_it_is_wanted(
    tmp_path: Path, taken: socket.socket, free_port: int, state: str
) -> None:
    listen = f"127.0.0.1:{taken.getsockname()[1]}" if state == "down" else f"{NOT_HERE}:{free_port}"
    async with running_daemon(tmp_path, settings(modbus={"listen": listen}), modbus=None) as running:
        browser = await running.browser()
        assert (await change(browser, (["meters", 0, "name"], "House"))).status == 200
        assert modbus_of(running)["state"] == state
        with socket.create_server(("127.0.0.1", 0)) as other:
            elsewhere = f"127.0.0.1:{other.getsockname()[1]}"
            assert (await change(browser, (["modbus", "listen"], elsewhere))).status == 422
        assert modbus_of(running)["wanted"] == listen
        assert (await change(browser, (["modbus", "listen"], elsewhere))).status == 200
        assert (modbus_of(running)["state"], modbus_of(running)["places"]) == ("serving", [elsewhere])
        assert await running.value(40049) == 1000


async def test_a_change_that_is_taken_back_leads_back_to_an_address_that_is_not_there(
    tmp_path: Path, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen = f"{NOT_HERE}:{free_port}"
    async with running_daemon(tmp_path, settings(modbus={"listen": listen}), modbus=None) as running:
        browser = await running.browser()
        with socket.create_server(("127.0.0.1", 0)) as other:
            elsewhere = f"127.0.0.1:{other.getsockname()[1]}"

        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(edit_module, "replace_whole", full)
        # The address alone would be on trial, and not written yet.
        answer = await change(browser, (["modbus", "listen"], elsewhere), (["meters", 0, "name"], "House"))
        assert answer.status == 422
        assert (modbus_of(running)["state"], modbus_of(running)["wanted"]) == ("fallback", listen)
        assert running.daemon.settings.modbus.listen == listen
        assert await running.value(40049) == 1000


async def test_a_reload_tries_at_once_and_goes_on_without(tmp_path: Path, taken: socket.socket) -> None:
    listen = f"127.0.0.1:{taken.getsockname()[1]}"
    text = settings(modbus={"listen": listen})
    async with running_daemon(tmp_path, text, modbus=None) as running:
        running.daemon.options = type(running.daemon.options)(running.file, running.state, web="127.0.0.1:0")
        assert await running.reload(text) == "the settings were read again"
        assert modbus_of(running)["state"] == "down"


async def test_a_gateway_whose_port_another_program_has_is_well() -> None:
    assert await Health(1, list, lambda _host: True, lambda: "the port is in use").fault([]) is None
    assert await Health(1, list, lambda _host: True, str).fault([]) == "Modbus is not served"


APPEARING = """
import asyncio, subprocess, sys
from pathlib import Path
from han2x.app import modbus
from tests.app.running import running_daemon, settings
from tests.app.test_listening import NOT_HERE, modbus_of

modbus.CHECK_S = 0.1
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)

async def becomes(running, state):
    while modbus_of(running)["state"] != state:
        await asyncio.sleep(0.02)

async def main():
    listen = f"{NOT_HERE}:5020"
    async with running_daemon(Path(sys.argv[1]), settings(modbus={"listen": listen}), modbus=None) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", 5020)
        async def answered():
            writer.write(bytes.fromhex("000100000006010300300002"))
            return await reader.readexactly(13)
        assert await answered()
        for change, state, served in (("add", "serving", listen), ("del", "fallback", "0.0.0.0:5020")) * 2:
            subprocess.run(["ip", "address", change, f"{NOT_HERE}/32", "dev", "lo"], check=True)
            await becomes(running, state)
            assert served in modbus_of(running)["places"], modbus_of(running)
            assert await answered(), "connections stay"
        print("well")

asyncio.run(main())
"""


def test_it_goes_where_it_is_wanted_when_the_address_appears_and_back_when_it_is_gone(tmp_path: Path) -> None:
    """In a network namespace of its own, where addresses may come and go."""
    needed("ip")
    apart = ["unshare", "--user", "--map-root-user", "--net"]
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        leave_out("a network namespace cannot be had")
    run = subprocess.run(
        [*apart, sys.executable, "-c", APPEARING, str(tmp_path)],
        capture_output=True, text=True, cwd=ROOT, timeout=50, check=False,
    )  # fmt: skip
    assert run.stdout == "well\n", run.stderr
