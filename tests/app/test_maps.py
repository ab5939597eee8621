"""Maps of other makers' meters, served beside the HAN2X map and changed while the gateway runs."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from han2x.api.base import plain
from han2x.cli import main
from han2x.listeners import ListenerState
from han2x.modbus_client import read_model
from tests.app.running import Running, change, in_file, running_daemon, settings
from tests.app.test_daemon import ServiceManager, service_manager  # noqa: F401 - a fixture
from tests.conftest import ROOT
from tests.end_to_end.known_clients import low_first
from tests.end_to_end.telegrams import kamstrup_list_1
from tests.end_to_end.waiting import until
from tests.end_to_end.wire import Wire

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]

EM24_MODEL, EM24_POWER = 40001 + 0x0B, 40001 + 0x28
ABB_TYPE, ABB_POWER = 40001 + 0x8960, 40001 + 0x5B14
KSEM_POWER = 40001
LAYOUT = 40101
MAPS: Final[Sequence[str | int]] = ("meters", 0, "maps")
NewWire = Callable[[], Wire]


def with_maps(*maps: str, wire: Wire | None = None, **more: object) -> str:
    """The settings of one meter with these maps."""
    return settings(meters=[{"maps": list(maps), **({"port": wire.path} if wire else {}), **more}])


def map_listeners(running: Running) -> list[dict[str, Any]]:
    """What the page is told of maps on ports of their own."""
    return [each for each in plain(running.daemon.live())["listeners"] if each["what"] == "modbus-map"]


async def em24_power(running: Running, port: int = 0) -> float | None:
    """The power that an EM24 reads, in W; None when it is not read."""
    words = await running.read(EM24_POWER, 2, port=port)
    return None if words is None else low_first(words) / 10


async def test_nothing_of_other_makers_is_served_unless_it_is_set(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, "") as running:
        for number, unit in ((ABB_TYPE, 1), (40001 + 0xA000, 1), (KSEM_POWER, 71), (40001, 2)):
            assert await running.read(number, 1, unit=unit) is None
        assert map_listeners(running) == []


def test_the_tables_of_maps_that_are_not_served_are_not_imported() -> None:
    program = (
        "import sys; from pathlib import Path; from han2x.settings import load; import han2x.app.daemon;"
        "load(Path('/nonexistent')); print(*(name for name in sys.modules if name.startswith('han2x.registers.')))"
    )
    imported = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert "han2x.registers.maps" in imported.stdout.split()
    tables = {"em24", "abb_b23", "ksem", "sdm630", "foreign"}
    assert not {f"han2x.registers.{name}" for name in tables} & set(imported.stdout.split())


async def test_an_abb_stands_beside_the_han2x_map_and_an_em24_takes_its_place(tmp_path: Path, wire: Wire) -> None:
    async with running_daemon(tmp_path, with_maps("abb-b23", wire=wire)) as running:
        await running.hear(wire, kamstrup_list_1(power_import=1234))
        assert await running.value(ABB_POWER) == 123_400
        assert await running.value(40001) == 1234
        assert running.daemon.live().meters[0].imitates == ""
        assert await running.write_factor(2000)
        assert await running.value(ABB_POWER) == 246_800
        assert in_file(running).meters[0].scaling_factor == 2000

        await running.reload(with_maps("em24 unit 1", wire=wire, scaling_factor=2000))
        assert await em24_power(running) == 2468
        assert running.daemon.live().meters[0].imitates.startswith("Carlo Gavazzi EM24")
        assert await running.read(EM24_MODEL, 1) == [1648]
        assert await running.read(ABB_TYPE, 2) is None
        assert await running.read(LAYOUT, 1) == [1], "the extended registers have other addresses"
        assert not await running.write_factor(3000)
        assert running.meter().bank.factor.active == 2000


async def test_a_map_has_its_usual_unit_id_or_the_one_that_it_is_given(tmp_path: Path, wire: Wire) -> None:
    async with running_daemon(tmp_path, with_maps("kostal-ksem", "sdm630 unit 7", "em24 unit 9", wire=wire)) as running:
        await running.hear(wire, kamstrup_list_1(power_import=1000))
        assert await running.read(KSEM_POWER, 2, unit=71) == [0, 10_000]
        assert await running.read(40001 + 0x34, 2, unit=7) == [0x447A, 0]
        assert await running.read(EM24_MODEL, 1, unit=9) == [1648]
        assert await running.read(LAYOUT, 1, unit=9) is None, "a unit id of a map's own has no other registers"
        assert await running.value(40001) == await running.value(40001, unit=0) == 1000


async def test_maps_that_are_changed_on_the_page_are_served_at_once_and_clients_stay(
    tmp_path: Path, wire: Wire, ports: list[int]
) -> None:
    async with running_daemon(tmp_path, with_maps(wire=wire)) as running:
        await running.hear(wire, kamstrup_list_1(power_import=500))
        assert await running.value(40001) == 500
        (before,) = running.daemon.modbus.snapshots()[0]["connections"]
        browser = await running.browser()
        wanted = [f"em24 on 127.0.0.1:{ports[0]}", "abb-b23"]
        assert (await change(browser, (MAPS, wanted))).status == 200
        assert await em24_power(running, ports[0]) == 500
        assert await running.value(ABB_POWER) == 50_000
        assert [str(each) for each in in_file(running).meters[0].maps] == wanted
        assert map_listeners(running) == [
            {
                "what": "modbus-map",
                "state": "serving",
                "wanted": f"127.0.0.1:{ports[0]}",
                "places": [f"127.0.0.1:{ports[0]}"],
                "fault": None,
            }
        ]
        assert [len(each["connections"]) for each in plain(running.daemon.modbus_snapshot())["maps"]] == [1]
        assert running.daemon.modbus.clients == 2

        assert (await change(browser, (MAPS, [f"sdm630 unit 1 on 127.0.0.1:{ports[0]}"]))).status == 200
        assert await running.read(EM24_POWER, 2, port=ports[0]) == [0, 0], "the same connection, another map"
        assert (await change(browser, (MAPS, []))).status == 200
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", ports[0])
        assert map_listeners(running) == []
        (after,) = running.daemon.modbus.snapshots()[0]["connections"]
        assert after["client"] == before["client"]


async def test_maps_that_do_not_go_together_are_refused_at_their_field(tmp_path: Path, ports: list[int]) -> None:
    text = settings(modbus={"listen": f"127.0.0.1:{ports[0]}"}, meters=[{"unit": 1}, {"unit": 2}])
    async with running_daemon(tmp_path, text, modbus=None) as running:
        browser = await running.browser()
        for maps in (["em24 unit 2"], [f"em24 on *:{ports[0]}"], ["em24", "abb-b23"], ["em24 on"]):
            answer = await change(browser, (MAPS, maps))
            assert answer.status == 422
            assert list(answer.fields) == ["meters.0.maps"]
        assert in_file(running).meters[0].maps == ()


async def test_meters_with_the_same_map_each_have_a_port_of_their_own(
    tmp_path: Path, new_wire: NewWire, ports: list[int]
) -> None:
    wires = [new_wire(), new_wire()]
    tables: list[Mapping[str, object]] = [
        {"unit": unit, "port": wire.path, "maps": [f"em24 on 127.0.0.1:{port}", f"sdm630 unit {unit + 10}"]}
        for unit, wire, port in zip((1, 2), wires, ports[:2], strict=True)
    ]
    async with running_daemon(tmp_path, settings(meters=tables)) as running:
        for unit, wire in enumerate(wires, 1):
            await running.hear(wire, kamstrup_list_1(power_import=1000 * unit), unit=unit)
        assert [await em24_power(running, port) for port in ports[:2]] == [1000, 2000]
        assert await running.read(40001 + 0x34, 2, unit=11) == [0x447A, 0]
        assert await running.read(40001 + 0x34, 2, unit=12) == [0x44FA, 0]


async def test_modbus_and_a_map_exchange_their_ports(tmp_path: Path, ports: list[int]) -> None:
    def placed(modbus: int, on: int) -> str:
        return settings(modbus={"listen": f"127.0.0.1:{modbus}"}, meters=[{"maps": [f"em24 on 127.0.0.1:{on}"]}])

    async with running_daemon(tmp_path, placed(ports[0], ports[1]), modbus=None) as running:
        assert await running.read(EM24_MODEL, 1, port=ports[1]) == [1648]
        await running.reload(placed(ports[1], ports[0]))
        await until(lambda: map_listeners(running)[0]["state"] == "serving")
        assert await running.read(40049, 2, unit=0, port=ports[1]) == [0, 1000]
        assert await running.read(EM24_MODEL, 1, port=ports[0]) == [1648]


async def test_a_map_is_back_where_it_was_when_modbus_cannot_be_where_it_is_wanted(
    tmp_path: Path, ports: list[int]
) -> None:
    maps = [f"em24 on 127.0.0.1:{ports[1]}"]
    text = settings(modbus={"listen": f"127.0.0.1:{ports[0]}"}, meters=[{"maps": maps}])
    async with running_daemon(tmp_path, text, modbus=None) as running:
        with socket.create_server(("127.0.0.2", ports[1])):
            outcome = await running.reload(settings(modbus={"listen": f"*:{ports[1]}"}, meters=[{"maps": []}]))
        assert outcome.startswith("the settings are as before")
        assert map_listeners(running)[0]["state"] == "serving"
        assert await running.read(EM24_MODEL, 1, port=ports[1]) == [1648]
        assert await running.read(40049, 2, port=ports[0]) == [0, 1000]


async def test_a_map_on_another_address_gives_way_while_that_of_modbus_is_not_there(
    tmp_path: Path, ports: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    maps = [f"em24 on 127.0.0.2:{ports[0]}"]
    text = settings(modbus={"listen": f"127.0.0.1:{ports[0]}"}, meters=[{"maps": maps}])
    async with running_daemon(tmp_path, text, modbus=None) as running:
        assert map_listeners(running)[0]["state"] == "serving"
        with monkeypatch.context() as gone:  # an address of the computer's own cannot be taken from it here
            gone.setattr("han2x.app.listening.is_here", lambda host: host != "127.0.0.1")
            await until(lambda: running.daemon.modbus.listeners[0].state is ListenerState.FALLBACK)
            assert await running.read(40049, 2, port=ports[0]) == [0, 1000]
        await until(lambda: map_listeners(running)[0]["state"] == "serving")
        assert running.daemon.modbus.listeners[0].state is ListenerState.SERVING


async def test_a_port_of_another_program_keeps_nothing_else_from_being_served_and_is_tried_again(
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with running_daemon(tmp_path, with_maps(f"em24 on 127.0.0.1:{port}", "abb-b23")) as running:
            assert await running.value(40049) == 1000
            assert await running.read(ABB_TYPE, 2) == [0x4232, 0x3320]
            (told,) = map_listeners(running)
            assert (told["state"], told["fault"]["values"]["errno"]) == ("down", "EADDRINUSE")
            taken.close()
            await until(lambda: map_listeners(running)[0]["state"] == "serving")
            assert await running.read(EM24_MODEL, 1, port=port) == [1648]


async def test_an_address_that_is_not_there_is_stood_in_for_by_all_on_the_same_port(
    tmp_path: Path, ports: list[int]
) -> None:
    async with running_daemon(tmp_path, with_maps(f"em24 on 192.0.2.77:{ports[0]}")) as running:
        (told,) = map_listeners(running)
        assert (told["state"], told["fault"]["values"]["errno"]) == ("fallback", "EADDRNOTAVAIL")
        assert await running.read(EM24_MODEL, 1, port=ports[0]) == [1648]


async def test_whom_modbus_does_not_answer_a_map_does_not_answer_either(tmp_path: Path, ports: list[int]) -> None:
    modbus: Mapping[str, object] = {"allow": ["192.0.2.0/24"]}
    meters: list[Mapping[str, object]] = [{"maps": [f"em24 on 127.0.0.1:{ports[0]}"]}]
    async with running_daemon(tmp_path, settings(modbus=modbus, meters=meters)) as running:
        assert await running.read(EM24_MODEL, 1, port=ports[0]) is None
        await running.reload(settings(modbus={"allow": ["127.0.0.1"]}, meters=meters))
        assert await running.read(EM24_MODEL, 1, port=ports[0]) == [1648]
        await running.reload(settings(modbus=modbus, meters=meters))
        assert await running.read(EM24_MODEL, 1, port=ports[0]) is None


@pytest.mark.parametrize("name", ["em24", "abb-b23", "kostal-ksem", "sdm630"])
async def test_the_watchdog_is_content_whatever_unit_1_speaks_and_though_no_meter_does(
    tmp_path: Path,
    name: str,
    service_manager: ServiceManager,  # noqa: F811
) -> None:
    async with running_daemon(tmp_path, with_maps(f"{name} unit 1")):
        await until(lambda: service_manager.heard().count("WATCHDOG=1") >= 3)


@pytest.mark.parametrize(("name", "imitates"), [("em24", True), ("abb-b23", False), ("kostal-ksem unit 1", True)])
async def test_the_registers_command_shows_no_other_maker_s_words_as_its_own(
    tmp_path: Path, wire: Wire, name: str, imitates: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running_daemon(tmp_path, with_maps(name, wire=wire)) as running:
        await running.hear(wire, kamstrup_list_1())
        status = await asyncio.to_thread(main, ["registers", "--live", f"127.0.0.1:{running.port}"])
    told = capsys.readouterr()
    if imitates:
        assert status == 1
        assert told.out == ""
        assert "unit 1: imitates " in told.err
    else:
        assert "40001–40002" in told.out


async def test_the_identification_says_whose_registers_are_shown_and_that_it_is_this_gateway(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, with_maps("kostal-ksem", "abb-b23")) as running:

        def model(unit: int) -> str:
            with socket.create_connection(("127.0.0.1", running.port), 8) as connection:
                return read_model(connection, unit)

        assert await asyncio.to_thread(model, 71) == "imitates Kostal Smart Energy Meter (TQ EM410, EM420)"
        with pytest.raises(Exception, match="exception code 0x02"):
            await asyncio.to_thread(model, 1)


async def test_a_simulated_meter_is_not_put_where_a_map_is(tmp_path: Path, wire: Wire) -> None:
    async with running_daemon(tmp_path, with_maps("sdm630 unit 2", wire=wire), simulate="kamstrup") as running:
        assert [meter.config.unit for meter in running.daemon.meters] == [1, 3]
