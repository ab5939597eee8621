"""The running gateway's meters in other dialects: what their clients read, and what becomes of changes and mistakes."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from han2x.api.base import plain
from han2x.simulator import SimulatedMeter
from han2x.simulator.household import MWS_PER_WH
from tests.app.conftest import Skew
from tests.app.running import Running, change, running_daemon, settings
from tests.app.test_meters import NewWire, meters
from tests.conftest import ROOT
from tests.end_to_end.telegrams import kamstrup_list_1, kamstrup_list_2
from tests.end_to_end.waiting import until
from tests.end_to_end.wire import Wire
from tests.ports import free_ports

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]

NOT_HERE = "192.0.2.77"  # of TEST-NET-1 (RFC 5737)
ASKED = json.dumps({"id": 1, "method": "EM.GetStatus", "params": {"id": 0}}).encode()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is looked at every second is looked at more often."""
    monkeypatch.setattr("han2x.outputs.door.CHECK_S", 0.02)


def listening(*ports: int) -> dict[str, str]:
    """The settings of a meter that has all outputs."""
    keys = ("p1_listen", "shelly_listen", "homewizard_listen")
    return {key: f"127.0.0.1:{port}" for key, port in zip(keys, ports, strict=True)}


def states(running: Running) -> dict[str, tuple[str, str]]:
    """How each output stands, as the page is told: its state and where; but for that which announces them."""
    shown = plain(running.daemon.live())["outputs"]
    return {each["name"]: (each["state"], each["where"]) for each in shown if each["name"] != "mdns"}


async def working(running: Running, *names: str) -> None:
    """Wait until these outputs are what there is, and work."""
    await until(
        lambda: {name: state for name, (state, _) in states(running).items()} == dict.fromkeys(names, "working")
    )


async def p1_lines(port: int) -> dict[str, Decimal]:
    """The values of the first telegram that a client gets, by their OBIS codes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(20):
        text = (await reader.readuntil(b"!")).decode("ascii")
    writer.close()
    found = (line.partition("(") for line in text.split("\r\n") if "*" in line)
    return {code.partition(":")[2]: Decimal(rest.partition("*")[0]) for code, _, rest in found}


class _Battery(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, _addr: tuple[str, int]) -> None:
        self.heard.put_nowait(data)


async def shelly(port: int, within_s: float = 20) -> dict[str, Any]:
    """What a battery is told; TimeoutError where it hears nothing."""
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(_Battery, remote_addr=("127.0.0.1", port))
    try:
        transport.sendto(ASKED)
        async with asyncio.timeout(within_s):
            answer: dict[str, Any] = json.loads(await protocol.heard.get())
            return answer
    finally:
        transport.close()


async def homewizard(port: int, path: str = "/api/v1/data", host: str = "127.0.0.1") -> tuple[int, Any]:
    """Status and JSON, if there is some."""
    async with ClientSession() as session, session.get(f"http://{host}:{port}{path}") as answer:
        return answer.status, await answer.json() if answer.status == 200 else None


@pytest.mark.parametrize("kind", ["kamstrup", "kamstrup-p1", "aidon-se", "kaifa"])
async def test_all_dialects_say_what_the_simulated_meter_measures(tmp_path: Path, wire: Wire, kind: str) -> None:
    ports = free_ports(3)
    meter = SimulatedMeter(kind, start=datetime(2026, 11, 21, 12, 0, 7))  # noqa: DTZ001 - a meter's wall clock
    frames = list(meter.frames_between(0, 22))
    while len(frames[-1][1]) < 100:  # a list 1, which has the import alone
        frames.pop()
    second = int(frames[-1][0])
    truth = next(moment for moment in meter.household.moments() if moment.second == second)
    watts = truth.active_mw / 1000
    async with running_daemon(
        tmp_path, meters((1, wire), serial_settings="115200 8N1", **listening(*ports))
    ) as running:
        await working(running, "p1-1", "shelly-1", "homewizard-1")
        for _, octets in frames:
            await running.hear(wire, octets)
        lines = await p1_lines(ports[0])
        status, data = await homewizard(ports[2])
        told = (await shelly(ports[1]))["result"]
        register = await running.value(40001)

        assert status == 200
        net = lines["1.7.0"] - lines.get("2.7.0", Decimal())
        assert float(net) * 1000 == pytest.approx(watts, abs=1)
        assert int(lines["1.7.0"] * 1000) == register
        assert told["total_act_power"] == pytest.approx(watts, abs=1.01)
        assert sum(told[f"{phase}_act_power"] for phase in "abc") == pytest.approx(watts, abs=2.01)
        assert data["active_power_w"] == pytest.approx(watts, abs=1)
        for phase, (volts, amperes) in enumerate(zip(truth.voltages_mv, truth.currents_ma, strict=True)):
            # Whole volts and tenths of an ampere are the coarsest that a meter sends; Kaifa's are of some seconds ago.
            assert float(lines[f"{32 + 20 * phase}.7.0"]) == pytest.approx(volts / 1000, abs=1.5)
            assert data[f"active_voltage_l{phase + 1}_v"] == float(lines[f"{32 + 20 * phase}.7.0"])
            assert told[f"{'abc'[phase]}_current"] == float(lines[f"{31 + 20 * phase}.7.0"])
            assert abs(data[f"active_current_l{phase + 1}_a"]) == pytest.approx(amperes / 1000, abs=0.5)
        imported = truth.registers.totals[0] / MWS_PER_WH / 1000
        await until_energy(ports[2], imported)
        assert float((await p1_lines(ports[0]))["1.8.0"]) == pytest.approx(imported, abs=0.03)


async def until_energy(port: int, kwh: float) -> None:
    """Wait until an energy near this one is told; it is as soon as it is on the disk."""
    async with asyncio.timeout(20):
        near = pytest.approx(kwh, abs=0.03)
        while (await homewizard(port))[1].get("total_power_import_kwh") != near:  # noqa: ASYNC110 - no client is told
            await asyncio.sleep(0.02)


async def test_the_scaling_factor_applies_as_it_does_to_registers(tmp_path: Path, wire: Wire) -> None:
    ports = free_ports(3)
    async with running_daemon(tmp_path, meters((1, wire), scaling_factor=40_000, **listening(*ports))) as running:
        await working(running, "p1-1", "shelly-1", "homewizard-1")
        await running.hear(wire, kamstrup_list_1(power_import=500))
        assert (await p1_lines(ports[0]))["1.7.0"] == Decimal("20.000")
        assert (await shelly(ports[1]))["result"]["total_act_power"] == 20_000.001
        assert (await homewizard(ports[2]))[1]["active_power_w"] == 20_000


async def test_what_is_too_old_is_told_by_none(tmp_path: Path, wire: Wire, skew: Skew) -> None:
    ports = free_ports(3)
    async with running_daemon(tmp_path, meters((1, wire), **listening(*ports))) as running:
        await working(running, "p1-1", "shelly-1", "homewizard-1")
        await running.hear(wire, kamstrup_list_2(power_import=500, energy_import=1_000_000))
        assert (await homewizard(ports[2]))[0] == 200
        skew.passes(61)
        assert (await homewizard(ports[2])) == (503, None)
        with pytest.raises(TimeoutError):
            await shelly(ports[1], 0.3)
        reader, writer = await asyncio.open_connection("127.0.0.1", ports[0])
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await reader.read(1)
        await running.hear(wire, kamstrup_list_1(power_import=600))
        async with asyncio.timeout(20):
            assert b"1-0:1.7.0(0000.600*kW)" in await reader.readuntil(b"!")
        assert (await shelly(ports[1]))["result"]["total_act_power"] == 600.001
        writer.close()


async def test_two_meters_have_their_own(tmp_path: Path, new_wire: NewWire) -> None:
    first, second, ports = new_wire(), new_wire(), free_ports(4)
    rows: list[Mapping[str, object]] = [
        {"unit": 1, "port": first.path, "p1_listen": f"127.0.0.1:{ports[0]}", "homewizard_listen": f"*:{ports[1]}"},
        {"unit": 7, "port": second.path, "p1_listen": f"127.0.0.1:{ports[2]}", "homewizard_listen": f"*:{ports[3]}"},
    ]
    async with running_daemon(tmp_path, settings(meters=rows)) as running:
        await working(running, "p1-1", "p1-7", "homewizard-1", "homewizard-7")
        await running.hear(first, kamstrup_list_1(power_import=500))
        await running.hear(second, kamstrup_list_1(power_import=700), unit=7)
        assert (await p1_lines(ports[0]))["1.7.0"] == Decimal("0.500")
        assert (await p1_lines(ports[2]))["1.7.0"] == Decimal("0.700")
        serials = {(await homewizard(port, "/api"))[1]["serial"] for port in (ports[1], ports[3])}
        assert len(serials) == 2
        kept_id = json.loads((running.state / "gateway.json").read_text())
        assert any(serial in json.dumps(kept_id) for serial in serials)


async def test_they_come_go_and_move_with_the_settings_and_modbus_clients_stay(tmp_path: Path, wire: Wire) -> None:
    ports = free_ports(2)
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        await running.hear(wire, kamstrup_list_1(power_import=500))
        assert await running.value(40001) == 500
        connections = running.daemon.modbus.clients
        assert states(running) == {}
        browser = await running.browser()
        for port in ports:
            answer = await change(browser, (["meters", 0, "p1_listen"], f"127.0.0.1:{port}"))
            assert answer.status == 200
            assert "pending" not in answer.body
            await working(running, "p1-1")
            assert states(running)["p1-1"] == ("working", f"127.0.0.1:{port}")
            assert (await p1_lines(port))["1.7.0"] == Decimal("0.500")
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", ports[0])
        assert (await change(browser, (["meters", 0, "p1_listen"], ""))).status == 200
        assert states(running) == {}
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", ports[1])
        assert running.daemon.modbus.clients == connections


async def test_a_client_that_is_no_longer_allowed_is_not_answered(tmp_path: Path, wire: Wire) -> None:
    ports = free_ports(3)
    async with running_daemon(tmp_path, meters((1, wire), **listening(*ports))) as running:
        await working(running, "p1-1", "shelly-1", "homewizard-1")
        await running.hear(wire, kamstrup_list_1(power_import=500))
        reader, writer = await asyncio.open_connection("127.0.0.1", ports[0])
        assert await reader.readuntil(b"!")
        only = settings(modbus={"allow": ["192.0.2.0/24"]}) + meters((1, wire), **listening(*ports))
        await running.reload(only)
        await working(running, "p1-1", "shelly-1", "homewizard-1")
        async with asyncio.timeout(20):
            await reader.read()  # what was there is ended
        writer.close()
        with pytest.raises(TimeoutError):
            await shelly(ports[1], 0.3)
        late, writer = await asyncio.open_connection("127.0.0.1", ports[2])
        assert await late.read() == b""
        writer.close()


async def test_a_port_that_modbus_has_is_refused_at_its_field(tmp_path: Path) -> None:
    ports = free_ports(2)
    text = settings(modbus={"listen": f"127.0.0.1:{ports[0]}"}, web={"listen": f"127.0.0.1:{ports[1]}"})
    async with running_daemon(tmp_path, text + settings(meters=[{}]), modbus=None, web=None) as running:
        browser = await running.browser()
        for port, other in zip(ports, ("[modbus] listen", "[web] listen"), strict=True):
            answer = await change(browser, (["meters", 0, "p1_listen"], f"*:{port}"))
            assert answer.status == 422
            assert answer.fields == {
                "meters.0.p1_listen": f'[[meters]] number 1 p1_listen = "*:{port}": '
                f"{other} has the same port; allowed: another port"
            }
        assert states(running) == {}


async def test_a_port_that_another_program_has_is_told_and_ends_nothing(tmp_path: Path, wire: Wire) -> None:
    port = free_ports(1)[0]
    with socket.create_server(("127.0.0.1", port)):
        async with running_daemon(tmp_path, meters((1, wire), p1_listen=f"127.0.0.1:{port}")) as running:
            await until(lambda: states(running) == {"p1-1": ("failed", f"127.0.0.1:{port}")})
            told = next(each for each in plain(running.daemon.status())["outputs"] if each["name"] == "p1-1")
            assert told["fault"]["code"] == "port-held"
            assert told["fault"]["values"]["errno"] == "EADDRINUSE"
            await running.hear(wire, kamstrup_list_1(power_import=500))
            assert await running.value(40001) == 500


async def test_a_page_whose_address_is_gone_is_reached_though_an_output_has_its_port(tmp_path: Path) -> None:
    """It is served on all addresses then, which an output on another address with the same port would prevent."""
    modbus, web = free_ports(2)
    text = settings(
        modbus={"listen": f"127.0.0.1:{modbus}"},
        web={"listen": f"{NOT_HERE}:{web}", "https_listen": ""},
        meters=[{"homewizard_listen": f"127.0.0.2:{web}"}],
    )
    async with running_daemon(tmp_path, text, modbus=None, web=None) as running:
        await until(lambda: states(running)["homewizard-1"][0] == "failed")
        for host in ("127.0.0.1", "127.0.0.2"):
            async with ClientSession() as session, session.get(f"http://{host}:{web}/api/v1/live") as answer:
                assert answer.status == 200


async def test_an_output_beside_the_page_on_another_address_has_the_same_port(tmp_path: Path, wire: Wire) -> None:
    modbus, web = free_ports(2)
    text = settings(
        modbus={"listen": f"127.0.0.1:{modbus}"},
        web={"listen": f"127.0.0.1:{web}", "https_listen": ""},
        meters=[{"port": wire.path, "homewizard_listen": f"127.0.0.2:{web}"}],
    )
    async with running_daemon(tmp_path, text, modbus=None, web=None) as running:
        await working(running, "homewizard-1")
        assert (await homewizard(web, "/api", "127.0.0.2"))[1]["product_type"] == "HWE-P1"
        assert (await (await running.browser()).ask("GET", "/live")).status == 200


def test_what_is_off_is_not_imported(tmp_path: Path) -> None:
    program = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from han2x.app.daemon import Daemon\n"
        "from han2x.app.options import Options\n"
        "from han2x.settings import Settings\n"
        "folder = Path(sys.argv[1])\n"
        "options = Options(folder / 'settings.toml', folder, modbus='127.0.0.1:0', web='127.0.0.1:0', https='')\n"
        "asyncio.run(Daemon(Settings(), options, lambda daemon: daemon.stop()).run())\n"
        "on = ('han2x.outputs.base', 'han2x.outputs.services', 'han2x.outputs.mdns')\n"
        "loaded = [each for each in sys.modules if each.startswith('han2x.outputs.')]\n"
        "sys.exit(str([each for each in loaded if not each.startswith(on)] or 0))\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)
    assert ended.stderr.strip().splitlines()[-1:] == ["0"], ended.stderr
