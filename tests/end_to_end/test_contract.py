"""What is returned is what the contract says: by a running gateway, and by the made-up one that tests the page."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from han2x.api.access import NewToken
from han2x.api.errors import Refusal
from han2x.api.keys import KeysSet
from han2x.api.live import Live
from han2x.api.network import NetworkApplied
from han2x.api.settings import SettingsChanged
from han2x.api.status import Status
from han2x.modbus_client import read_holding_registers
from han2x.web.call import Route
from han2x.web.routes import ROUTES
from tests.api.contract import assert_is
from tests.end_to_end.gateway import Gateway, running_gateway
from tests.end_to_end.telegrams import kamstrup_list_1, kamstrup_list_2
from tests.end_to_end.test_gateway import say_until_read, until
from tests.end_to_end.test_page_changes import Person, Refused
from tests.end_to_end.test_secure_modbus import client_context, make
from tests.end_to_end.wire import Wire
from tests.ports import free_port
from tests.web.gateway import API, serving

pytestmark = [pytest.mark.end_to_end, pytest.mark.enable_socket, pytest.mark.timeout(120)]

SHOWN = [route for route in ROUTES if route.method == "GET" and not isinstance(route.gives, str)]


@pytest.fixture
def gateway(tmp_path: Path, wire: Wire) -> Iterator[Gateway]:
    """A gateway with a meter that speaks and one that does not, and a client with TLS that stays."""
    certificates = tmp_path / "tls"
    printed = make(str(certificates), "--host", "127.0.0.1", "--client", "viewer").stdout
    port = free_port()
    settings = printed[printed.index("[modbus]") :].replace("*:802", f"127.0.0.1:{port}")
    meters = f'[[meters]]\nport = "{wire.path}"\n[[meters]]\nunit = 2\nname = "Barn"\n'
    (tmp_path / "settings.toml").write_text(f"{settings}\n{meters}")
    with running_gateway(tmp_path) as gateway:
        context = client_context(certificates, "viewer")
        with (
            socket.create_connection(("127.0.0.1", port), 5) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
        ):
            read_holding_registers(connection, 1, 42, 2)
            yield gateway


@pytest.fixture
async def person(wire: Wire, gateway: Gateway) -> Person:
    """Someone who is logged in, after telegrams good and damaged, and reads good and refused."""
    await say_until_read(wire, gateway, kamstrup_list_1(power_import=500), 40001)
    await say_until_read(wire, gateway, kamstrup_list_2(energy_import=5_000_000), 40021)
    damaged = bytearray(kamstrup_list_1())
    damaged[30] ^= 0xFF
    wire.say(bytes(damaged))
    gateway.read(49999)
    gateway.client.write_single_register(48, 1000)
    person = Person(gateway)
    person.first_visit()
    person.ask("POST", "/tokens", {"name": "home"})
    await until(lambda: person.ask("GET", "/live")["meters"][0]["problems"])
    await until(lambda: person.ask("GET", "/telegrams"))
    return person


async def test_everything_that_a_running_gateway_shows_is_as_the_contract_says(person: Person) -> None:
    for route in SHOWN:
        assert_is(person.raw("GET", route.path), route.gives)


async def test_what_is_there_to_show_is_shown(person: Person) -> None:
    shown = {route.path: json.loads(person.raw("GET", route.path)) for route in SHOWN}
    meter, other = shown["/live"]["meters"]
    assert meter["values"]
    assert meter["estimates"]
    assert meter["problems"]
    assert other["diagnosis"]["code"] == "no-port"
    assert shown["/modbus"]["connections"][0]["framing"] == "tcp"
    assert shown["/modbus"]["exceptions"] == {"2": 1}
    assert len(shown["/modbus"]["tls"]["connections"]) == 1
    assert [point for point in shown["/history"]["points"] if point[1] is not None]
    assert shown["/telegrams"]
    assert shown["/log"]
    assert shown["/tokens"]


async def test_the_stream_carries_what_the_contract_says_live_is(person: Person, gateway: Gateway) -> None:
    with socket.create_connection(("127.0.0.1", int(gateway.web_url.rsplit(":", 1)[1].rstrip("/"))), 10) as connection:
        connection.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        with connection.makefile("rb") as stream:
            event = next(line for line in stream if line.startswith(b"data: "))
    assert_is(event.removeprefix(b"data: "), Live)


async def test_the_status_is_what_the_contract_says(person: Person, tmp_path: Path) -> None:
    def status(*arguments: str) -> str:
        command = [sys.executable, "-m", "han2x", "status", "--state-dir", str(tmp_path), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout

    assert_is(status("--json").encode(), Status)
    client = json.loads(status("--json"))["modbus"]["tls"]["connections"][0]["client"]
    told = status().splitlines()
    assert [line.split()[0] for line in told if line.startswith(("Modbus", "TLS", "clients"))] == [
        "Modbus", "clients", "TLS", "clients",
    ]  # fmt: skip
    assert any(client in line for line in told)


async def test_what_is_changed_and_what_is_refused_is_returned_as_the_contract_says(person: Person) -> None:
    change = {"changes": [{"path": ["web", "listen"], "value": f"127.0.0.1:{free_port()}"}]}
    changed = person.raw("PATCH", "/settings", change)
    assert_is(changed, SettingsChanged)
    # The command line says where this gateway's page is, and wins over the file.
    assert "moved_to" not in json.loads(changed)
    assert person.ask("GET", "/settings")["overridden"]["web.listen"] == "127.0.0.1:0"
    assert_is(person.raw("POST", "/tokens", {"name": "other"}), NewToken)
    assert_is(person.raw("POST", "/keys", {"unit": 1, "text": "00112233445566778899AABBCCDDEEFF"}), KeysSet)
    refused: list[tuple[str, str, dict[str, Any] | None]] = [
        ("GET", "/telegrams?unit=9", None),
        ("GET", "/history?hours=0", None),
        ("GET", "/nothing", None),
        ("PATCH", "/settings", {"changes": [{"path": ["modbus", "listen"], "value": "no address"}]}),
        ("PATCH", "/settings", {"changes": [{"path": ["modbus"]}]}),
        ("POST", "/keys", {"unit": 1}),
        ("POST", "/network", {"interface": "no such interface", "method": "static"}),
        ("POST", "/setup", {"password": "correct horse battery"}),
        ("POST", "/password", {"old": "wrong", "new": "correct horse batteries"}),
        ("POST", "/network/confirm", {"token": "x"}),
    ]
    for method, path, body in refused:
        with pytest.raises(Refused) as answer:
            person.raw(method, path, body)
        assert_is(json.dumps({"error": answer.value.error}).encode(), Refusal)


@pytest.mark.parametrize("route", SHOWN, ids=lambda route: route.path)
async def test_the_made_up_gateway_shows_what_the_contract_says(route: Route) -> None:
    async with serving() as gateway:
        owner = gateway.browser()
        await owner.first_visit()
        async with owner.session.get(owner.url + API + route.path) as answer:
            assert_is(await answer.read(), route.gives)


async def test_the_made_up_gateway_changes_as_the_contract_says() -> None:
    async with serving() as gateway:
        owner = gateway.browser()
        await owner.first_visit()
        asked: list[tuple[str, str, dict[str, Any], Any]] = [
            ("PATCH", "/settings", {"changes": [{"path": ["web", "listen"], "value": "*:81"}]}, SettingsChanged),
            ("POST", "/network", {"interface": "eth0", "method": "dhcp"}, NetworkApplied),
            ("POST", "/restore", {"toml": ""}, SettingsChanged),
        ]
        for method, path, body, kind in asked:
            answer = await owner.ask(method, path, body)
            assert_is(json.dumps(answer.body).encode(), kind)
