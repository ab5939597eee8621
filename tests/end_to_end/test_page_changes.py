"""What a person changes on the page takes effect on the running gateway, and is kept."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import io
import json
import socket
import ssl
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest
from pyModbusTCP.client import ModbusClient

from tests.end_to_end.gateway import Gateway, running_gateway
from tests.end_to_end.telegrams import kamstrup_list_1, kamstrup_list_2
from tests.end_to_end.test_gateway import say_until_read, until
from tests.end_to_end.wire import Wire
from tests.keys import kem_files
from tests.ports import free_port

pytestmark = [pytest.mark.end_to_end, pytest.mark.enable_socket, pytest.mark.timeout(120)]

PASSWORD = "correct horse battery"


class Refused(Exception):  # noqa: N818 - an answer, not an error
    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status, body)
        self.status = status
        self.error = body.get("error", {})


class Person:
    """Someone at the page, by its API: cookies and all."""

    def __init__(self, gateway: Gateway) -> None:
        self._base = f"{gateway.web_url}api/v1"
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.csrf = ""

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - any JSON
        content = self.raw(method, path, body)
        return json.loads(content) if content else None

    def raw(self, method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
        headers = {"X-CSRF-Token": self.csrf} if self.csrf else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        data = json.dumps(body).encode() if body is not None else b"" if method != "GET" else None
        request = urllib.request.Request(self._base + path, data, headers, method=method)  # noqa: S310 - our own
        try:
            with self._opener.open(request, timeout=20) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                raise Refused(error.code, json.loads(error.read() or b"{}")) from None

    def first_visit(self) -> None:
        self.ask("POST", "/setup", {"password": PASSWORD})
        self.csrf = str(self.ask("GET", "/session")["csrf"])

    def login(self) -> None:
        self.ask("POST", "/login", {"password": PASSWORD})
        self.csrf = str(self.ask("GET", "/session")["csrf"])

    def confirm(self, pending: dict[str, Any]) -> None:
        """Keep what is on trial, at the first of its places where there are any."""
        base = self._base
        if pending["places"]:
            self._base = f"{pending['places'][0]}api/v1"
        self.ask("POST", "/settings/confirm", {"token": pending["token"]})
        self._base = base

    def change(self, *changes: tuple[list[str | int], Any]) -> Any:  # noqa: ANN401 - any JSON
        body = {"changes": [{"path": path, "value": value} for path, value in changes]}
        return self.ask("PATCH", "/settings", body)


@pytest.fixture
def gateway(tmp_path: Path, wire: Wire) -> Iterator[Gateway]:
    with running_gateway(tmp_path, "--port", wire.path) as gateway:
        yield gateway


@pytest.fixture
def person(gateway: Gateway) -> Person:
    person = Person(gateway)
    person.first_visit()
    return person


def test_nothing_can_be_changed_before_the_first_visit(gateway: Gateway) -> None:
    with pytest.raises(Refused) as refused:
        Person(gateway).change((["meters", 0, "scaling_factor"], 2000))

    assert refused.value.status in (401, 403)


async def test_a_changed_factor_and_meaning_of_silence_are_in_force_and_in_the_file(
    tmp_path: Path, wire: Wire, gateway: Gateway, person: Person
) -> None:
    await say_until_read(wire, gateway, kamstrup_list_1(power_import=500), 40001)
    answer = person.change((["meters", 0, "scaling_factor"], 3000), (["modbus", "when_stale"], "zero"))

    assert answer["values"]["meters"][0]["scaling_factor"] == 3000
    assert gateway.read_value(40001) == 1500
    assert "scaling_factor = 3000" in (tmp_path / "settings.toml").read_text()


def test_a_refused_value_changes_nothing_and_is_told_at_its_field(
    tmp_path: Path, gateway: Gateway, person: Person
) -> None:
    with pytest.raises(Refused) as refused:
        person.change((["meters", 0, "scaling_factor"], 5), (["modbus", "when_stale"], "zero"))

    assert refused.value.status == 422
    assert "meters.0.scaling_factor" in refused.value.error["fields"]
    assert person.ask("GET", "/settings")["values"]["modbus"]["when_stale"] == "exception"
    assert gateway.read_value(40049) == 1000


def test_the_modbus_port_moves_and_one_that_is_taken_is_refused(tmp_path: Path, wire: Wire) -> None:
    first, second = free_port(), free_port()
    (tmp_path / "settings.toml").write_text(f'[modbus]\nlisten = "127.0.0.1:{first}"\n')
    with (
        running_gateway(tmp_path, "--port", wire.path, modbus=None) as gateway,
        socket.create_server(("127.0.0.1", 0)) as taken,
    ):
        person = Person(gateway)
        person.first_visit()
        with pytest.raises(Refused) as refused:
            person.change((["modbus", "listen"], f"127.0.0.1:{taken.getsockname()[1]}"))
        assert "modbus.listen" in refused.value.error["fields"]
        assert gateway.read(40043, 1) is not None

        person.confirm(person.change((["modbus", "listen"], f"127.0.0.1:{second}"))["pending"])
        client = ModbusClient(host="127.0.0.1", port=second, timeout=5.0)
        assert client.read_holding_registers(42, 1) is not None
        client.close()
        assert f'listen = "127.0.0.1:{second}"' in (tmp_path / "settings.toml").read_text()


async def test_a_meter_is_added_renumbered_and_removed_while_everybody_stays_connected(
    tmp_path: Path, wire: Wire, gateway: Gateway, person: Person
) -> None:
    other = Wire()
    (tmp_path / "settings.toml").write_text("[[meters]]\nunit = 1\n")
    assert await say_until_read(wire, gateway, kamstrup_list_1(power_import=17), 40001) == 17
    person.change((["meters", 1, "unit"], 7), (["meters", 1, "port"], other.path))
    for _ in range(20):
        other.say(kamstrup_list_1(power_import=42))
        await asyncio.sleep(0.2)
    assert gateway.client_of(7).read_holding_registers(0, 2) == [0, 42]

    person.change((["meters", 1, "unit"], 8))
    renumbered = gateway.client_of(8)
    assert renumbered.read_holding_registers(0, 2) == [0, 42]
    assert gateway.client_of(7).read_holding_registers(0, 2) is None
    answer = person.change((["meters", 1], None))
    assert [meter["unit"] for meter in answer["values"]["meters"]] == [1]
    assert renumbered.read_holding_registers(0, 2) is None

    connections = person.ask("GET", "/modbus")["connections"]
    assert gateway.read_value(40001) == 17
    mine = {client["client"] for client in connections if client["connected_s"] > 3}
    assert mine, "the first client's connection has lasted"
    assert person.ask("GET", "/session")["logged_in"] is True
    other.close()


async def test_the_front_panel_takes_effect_while_the_program_runs(tmp_path: Path, person: Person) -> None:
    answer = person.change((["panel", "power_light"], "led:there-is-none"))
    assert answer["values"]["panel"]["power_light"] == "led:there-is-none"
    records = person.ask("GET", "/log")
    assert any("there-is-none" in record["message"] for record in records)


async def test_a_factor_that_a_client_wrote_stands_in_the_form(wire: Wire, gateway: Gateway, person: Person) -> None:
    assert gateway.client.write_multiple_registers(48, [0, 40_000])
    assert person.ask("GET", "/settings")["values"]["meters"][0]["scaling_factor"] == 40_000
    assert person.change((["meters", 0, "scaling_factor"], 1000))["values"]["meters"][0]["scaling_factor"] == 1000
    assert gateway.read_value(40049) == 1000


async def test_the_chart_is_scaled_as_clients_read(wire: Wire, gateway: Gateway, person: Person) -> None:
    assert gateway.client.write_multiple_registers(48, [0, 40_000])
    assert await say_until_read(wire, gateway, kamstrup_list_1(power_import=100), 40001) == 4000
    points = person.ask("GET", "/history?unit=1&hours=1")["points"]
    assert points[-1][1] == 4000


def test_keys_are_entered_and_never_told_again(tmp_path: Path, gateway: Gateway, person: Person) -> None:
    kem = base64.b64encode(kem_files.samples("TEST1234")["made.zip.kem2"]).decode()
    with pytest.raises(Refused) as refused:
        person.ask("POST", "/keys", {"unit": 1, "kem": kem, "password": "wrong"})
    assert refused.value.status == 422
    answer = person.ask("POST", "/keys", {"unit": 1, "kem": kem, "password": "TEST1234"})
    assert answer["encryption_key"] is True

    settings = (tmp_path / "settings.toml").read_text()
    key = settings.split('encryption_key = "')[1][:32]
    everything = person.raw("GET", "/settings") + person.raw("GET", "/log") + person.raw("GET", "/live")
    assert key.encode() not in everything
    assert person.ask("GET", "/settings")["values"]["meters"][0]["encryption_key"] is True
    assert key not in "".join(gateway.said)
    assert (tmp_path / "settings.toml").stat().st_mode & 0o777 == 0o600

    assert key in person.raw("GET", "/backup?secrets=1").decode()
    without = person.raw("GET", "/backup?secrets=0").decode()
    assert key not in without
    bundle = zipfile.ZipFile(io.BytesIO(person.raw("GET", "/diagnostics")))
    assert all(key not in bundle.read(name).decode() for name in bundle.namelist())

    person.ask("POST", "/restore", {"toml": without + "\n# restored\n"})
    assert key in (tmp_path / "settings.toml").read_text()
    assert "# restored" in (tmp_path / "settings.toml").read_text()


def test_a_backup_that_is_none_is_refused(tmp_path: Path, person: Person) -> None:
    for toml in ("[modbus]\nlisten = 5\n", "not toml at all ["):
        with pytest.raises(Refused) as refused:
            person.ask("POST", "/restore", {"toml": toml})
        assert refused.value.status == 422


async def test_telegrams_history_and_clients_are_shown(wire: Wire, gateway: Gateway, person: Person) -> None:
    await say_until_read(wire, gateway, kamstrup_list_1(power_import=500), 40001)
    await until(lambda: person.ask("GET", "/telegrams?unit=1"))

    telegram = person.ask("GET", "/telegrams?unit=1")[-1]
    assert kamstrup_list_1(power_import=500).hex() in telegram["hex"]
    assert person.ask("GET", "/history?unit=1&hours=1")["points"][-1][1] == 500
    assert person.ask("GET", "/modbus")["connections"]
    assert any("receiving from kamstrup" in each["message"] for each in person.ask("GET", "/log"))
    with pytest.raises(Refused) as refused:
        person.ask("GET", "/telegrams?unit=9")
    assert refused.value.status == 404


async def test_a_factory_reset_forgets_settings_energies_and_password(
    tmp_path: Path, wire: Wire, gateway: Gateway, person: Person
) -> None:
    await say_until_read(wire, gateway, kamstrup_list_2(energy_import=5_000_000), 40021)
    person.change((["meters", 0, "scaling_factor"], 3000))
    person.ask("POST", "/factory-reset", {"confirm": "factory-reset"})
    gateway.client.close()
    gateway.modbus_port = int(await asyncio.to_thread(gateway.wait_for, r"^Modbus TCP +127\.0\.0\.1:(\d+)"))
    gateway.web_url = await asyncio.to_thread(gateway.wait_for, r"^Web page +(http://\S+)")
    gateway.client = ModbusClient(host="127.0.0.1", port=gateway.modbus_port, unit_id=1, timeout=5.0)

    assert gateway.read_value(40049) == 1000
    assert Person(gateway).ask("GET", "/session")["password_set"] is False
    await say_until_read(wire, gateway, kamstrup_list_1(), 40001)
    assert gateway.read_value(40029) == 0
    assert not (tmp_path / "settings.toml").exists() or "3000" not in (tmp_path / "settings.toml").read_text()


async def test_a_restart_keeps_everything(tmp_path: Path, wire: Wire, gateway: Gateway, person: Person) -> None:
    await say_until_read(wire, gateway, kamstrup_list_2(energy_import=5_000_000), 40021)
    person.ask("POST", "/restart")
    gateway.client.close()
    gateway.modbus_port = int(await asyncio.to_thread(gateway.wait_for, r"^Modbus TCP +127\.0\.0\.1:(\d+)"))
    gateway.web_url = await asyncio.to_thread(gateway.wait_for, r"^Web page +(http://\S+)")
    gateway.client = ModbusClient(host="127.0.0.1", port=gateway.modbus_port, unit_id=1, timeout=5.0)

    await say_until_read(wire, gateway, kamstrup_list_1(), 40001)
    assert gateway.read_value(40029) == 5000
    Person(gateway).login()


def test_the_page_is_served_with_a_certificate_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("[web]\nhttps = true\n")
    with running_gateway(tmp_path) as gateway:
        assert gateway.web_url.startswith("https://127.0.0.1:")
        context = ssl.create_default_context(cafile=str(tmp_path / "page.pem"))
        context.check_hostname = False
        with urllib.request.urlopen(f"{gateway.web_url}healthz", timeout=10, context=context) as answer:  # noqa: S310 - our own
            assert answer.read() == b"ok"
        made = (tmp_path / "page.pem").read_bytes()
        assert (tmp_path / "page.key").stat().st_mode & 0o777 == 0o600
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):  # it is sent on to HTTPS
            urllib.request.urlopen(gateway.web_url.replace("https", "http"), timeout=10)  # noqa: S310 - our own
    with running_gateway(tmp_path):
        assert (tmp_path / "page.pem").read_bytes() == made


def test_what_the_command_line_overrides_is_stored_and_said_and_moves_nothing(gateway: Gateway, person: Person) -> None:
    port = free_port()
    answer = person.change((["web", "listen"], f"127.0.0.1:{port}"))

    assert "moved_to" not in answer
    told = person.ask("GET", "/settings")
    assert told["values"]["web"]["listen"] == f"127.0.0.1:{port}"
    assert told["overridden"]["web.listen"] == "127.0.0.1:0"
    assert told["overridden"]["meters.0.port"] == gateway.live()["meters"][0]["line"]["port"]


def test_the_page_moves_to_another_port(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(f'[web]\nlisten = "127.0.0.1:{free_port()}"\nhttps_listen = ""\n')
    with running_gateway(tmp_path, web=None) as gateway:
        person = Person(gateway)
        person.first_visit()
        port = free_port()
        answer = person.change((["web", "listen"], f"127.0.0.1:{port}"))
        assert answer["moved_to"] == f"http://127.0.0.1:{port}/"
        person.confirm(answer["pending"])
        gateway.web_url = f"http://127.0.0.1:{port}/"
        for _ in range(50):
            with contextlib.suppress(urllib.error.URLError):
                assert Person(gateway).ask("GET", "/session")["password_set"] is True
                return
            time.sleep(0.1)
        raise AssertionError("the page does not answer at its new address")
