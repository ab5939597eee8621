"""Settings changed on the page: in force and in the file, or neither."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.running import Running, change, in_file, running_daemon, settings
from tests.app.test_meters import ENERGY, POWER, kept, meters, read_energy
from tests.end_to_end.telegrams import kamstrup_list_1
from tests.end_to_end.wire import Wire
from tests.ports import free_port
from tests.web.gateway import Answer, Browser

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]

NewWire = Callable[[], Wire]


def make_unwritable(running: Running) -> None:
    """From now on the settings file can be read but not replaced, by root neither."""
    (running.file.parent / f".{running.file.name}.new").mkdir()


async def put_meters(browser: Browser, *rows: tuple[int, dict[str, object]]) -> Answer:
    """Change what stands in these rows of the meters."""
    changes: list[tuple[list[str | int], object]] = [
        (["meters", place, key], value) for place, row in rows for key, value in row.items()
    ]
    return await change(browser, *changes)


async def test_changes_are_in_force_in_the_file_and_in_the_form(tmp_path: Path, wire: Wire) -> None:
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        await running.hear(wire, kamstrup_list_1(power_import=500))
        browser = await running.browser()
        answer = await change(browser, (["meters", 0, "scaling_factor"], 3000), (["modbus", "when_stale"], "zero"))

        assert answer.status == 200
        assert answer.body["values"]["meters"][0]["scaling_factor"] == 3000
        assert "moved_to" not in answer.body
        assert await running.value(POWER) == 1500
        assert in_file(running).meters[0].scaling_factor == 3000
        assert in_file(running).modbus.when_stale == "zero"
        form = (await browser.ask("GET", "/settings")).body
        assert form["values"] == answer.body["values"]
        assert form["overridden"] == {
            "modbus.listen": "127.0.0.1:0",
            "web.listen": "127.0.0.1:0",
            "web.https_listen": "",
        }


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (["meters", 0, "scaling_factor"], 5, "meters.0.scaling_factor"),
        (["meters", 0, "authentication_key"], "00" * 16, "meters.0.authentication_key"),
        (["meters", 7, "unit"], 5, "meters.7"),
        (["meters", "x", "unit"], 5, "meters.x.unit"),
        (["modbus", 3], 5, "modbus.3"),
        (["nothing", "x"], 5, "nothing"),
        (["web", "host_names"], ["ok", "not ok"], "web.host_names"),
        (["meters", 0], None, "meters"),
        (["meters", 7], None, "meters"),
        (["meters", "x"], None, "meters"),
    ],
)
async def test_what_is_refused_is_told_at_its_field_and_changes_nothing(
    tmp_path: Path, path: list[str | int], value: object, field: str
) -> None:
    async with running_daemon(tmp_path, settings(meters=[{"unit": 3, "name": "Cellar"}])) as running:
        browser = await running.browser()
        before = (await browser.ask("GET", "/settings")).body
        answer = await change(browser, (path, value))

        assert answer.status == 422
        assert list(answer.fields) == [field]
        assert (await browser.ask("GET", "/settings")).body == before
        assert running.file.read_text() == settings(meters=[{"unit": 3, "name": "Cellar"}])


async def test_a_modbus_address_that_is_taken_leaves_everything_as_it_was(tmp_path: Path, wire: Wire) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port, other = free_port(), taken.getsockname()[1]
        text = settings(modbus={"listen": f"127.0.0.1:{port}"}, meters=[{"port": wire.path}])
        async with running_daemon(tmp_path, text, modbus=None) as running:
            await running.hear(wire, kamstrup_list_1(power_import=500))
            answer = await change(
                await running.browser(),
                (["modbus", "listen"], f"127.0.0.1:{other}"),
                (["meters", 0, "scaling_factor"], 3000),
            )

            assert answer.status == 422
            assert "has this port" in answer.fields["modbus.listen"]
            assert await running.value(POWER) == 500
            assert running.file.read_text() == text
            assert running.daemon.modbus.addresses == [("127.0.0.1", port)]


async def test_settings_that_cannot_be_written_are_taken_back(tmp_path: Path, new_wire: NewWire) -> None:
    first, second = new_wire(), new_wire()
    async with running_daemon(tmp_path, meters((1, first))) as running:
        await read_energy(running, first, 1_000_000)
        browser = await running.browser()
        before = (await browser.ask("GET", "/settings")).body
        make_unwritable(running)
        answer = await put_meters(browser, (0, {"unit": 9, "scaling_factor": 3000}), (1, {"port": second.path}))

        assert answer.status == 422
        assert "cannot be written" in answer.fields[""]
        assert (await browser.ask("GET", "/settings")).body == before
        assert await running.value(ENERGY) == 1000
        assert await running.value(POWER) == 1000
        assert await running.value(POWER, unit=9) is None
        assert len(running.daemon.meters) == 1
        assert kept(running) == ["meter-1.json"]


async def test_a_meter_whose_removal_cannot_be_written_has_its_energies_still(
    tmp_path: Path, new_wire: NewWire
) -> None:
    first, second = new_wire(), new_wire()
    async with running_daemon(tmp_path, meters((1, first), (2, second))) as running:
        await read_energy(running, second, 2_000_000, unit=2)
        make_unwritable(running)
        answer = await change(await running.browser(), (["meters", 1], None))

        assert answer.status == 422
        await running.hear(second, kamstrup_list_1(power_import=700), unit=2)
        assert await running.value(POWER, unit=2) == 700
        assert await running.value(ENERGY, unit=2) == 2000


async def test_a_meter_is_added_and_removed_on_the_page(tmp_path: Path, new_wire: NewWire) -> None:
    first, second = new_wire(), new_wire()
    async with running_daemon(tmp_path, meters((1, first))) as running:
        browser = await running.browser()
        answer = await put_meters(browser, (1, {"unit": 7, "port": second.path, "name": "Barn"}))
        assert [meter["unit"] for meter in answer.body["values"]["meters"]] == [1, 7]
        await running.hear(second, kamstrup_list_1(power_import=700), unit=7)
        assert await running.value(POWER, unit=7) == 700

        both = await change(browser, (["meters", 1], None), (["meters", 0, "name"], "House"))
        assert "by itself" in both.fields["meters"]
        assert "not the path of a setting" in (await change(browser, (["meters", 1], 5))).fields["meters"]
        assert len(running.daemon.meters) == 2
        answer = await change(browser, (["meters", 1], None))
        assert [meter["unit"] for meter in answer.body["values"]["meters"]] == [1]
        assert len(in_file(running).meters) == 1
        assert await running.value(POWER, unit=7) is None


async def test_a_backup_is_restored_and_one_that_is_none_is_refused(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, "# mine\n" + settings(meters=[{"scaling_factor": 2000}])) as running:
        browser = await running.browser()
        saved = (await browser.ask("GET", "/backup")).body.decode()
        assert saved == running.file.read_text()
        await change(browser, (["meters", 0, "scaling_factor"], 3000))
        assert await running.value(40049) == 3000

        answer = await browser.ask("POST", "/restore", {"toml": saved})
        assert answer.body["values"]["meters"][0]["scaling_factor"] == 2000
        assert await running.value(40049) == 2000
        assert running.file.read_text() == saved
        for toml in ("not toml [", "[modbus]\nlisten = 5\n"):
            assert (await browser.ask("POST", "/restore", {"toml": toml})).status == 422
        assert running.file.read_text() == saved


async def test_a_file_that_somebody_damaged_is_told_of_and_left_alone(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, settings(meters=[{"encryption_key": "ab" * 16}])) as running:
        browser = await running.browser()
        running.file.write_text("[[meters]\n")
        answer = await change(browser, (["meters", 0, "name"], "House"))
        assert answer.status == 422
        assert "not TOML" in answer.fields[""]
        assert (await browser.ask("GET", "/backup")).status == 422
        assert (await browser.ask("GET", "/settings")).status == 200
        assert running.file.read_text() == "[[meters]\n"


async def test_keys_are_entered_used_and_never_told(tmp_path: Path) -> None:
    encryption, authentication = "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"
    async with running_daemon(tmp_path, settings(meters=[{"unit": 4}])) as running:
        browser = await running.browser()
        typed = f"GPK60 64 1 0x{encryption}\nGPK61 65 1 0x{authentication}\n"
        assert (await browser.ask("POST", "/keys", {"unit": 5, "text": typed})).status == 404
        running.file.chmod(0o644)
        answer = await browser.ask("POST", "/keys", {"unit": 4, "text": typed})

        assert answer.body["encryption_key"] is True
        assert running.meter(4).config.keys == (bytes.fromhex(encryption), bytes.fromhex(authentication))
        assert in_file(running).meters[0].encryption_key == encryption
        assert running.file.stat().st_mode & 0o777 == 0o600
        form = (await browser.ask("GET", "/settings")).body
        assert form["values"]["meters"][0]["encryption_key"] is True
        backups = [(await browser.ask("GET", f"/backup?secrets={secrets}")).body.decode() for secrets in (0, 1)]
        assert [encryption in backup for backup in backups] == [False, True]
        told = "".join([str(form), *running.said()])
        assert encryption not in told
        assert authentication not in told


async def test_the_ports_of_this_computer_are_listed(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, "") as running:
        answer = await (await running.browser()).ask("GET", "/ports")

        assert answer.status == 200
        assert all(set(port) == {"path", "device", "description"} for port in answer.body)


@pytest.mark.parametrize(
    ("port", "code"),
    [
        ("spy:///dev/null?file=/x", "port-url"),
        ("hwgrep://(.*.*)*x$", "port-url"),
        ("tcp://192.168.1.20:4001", "port-url"),
        ("rfc2217://192.168.1.20:4001", "port-rfc2217"),
        ("ttyUSB0", "port-path"),
        ("/dev/\x1b[2J", "port-text"),
        ("socket://host", "server-port-missing"),
    ],
)
async def test_a_name_that_no_port_has_is_refused_at_its_field(
    tmp_path: Path, wire: Wire, port: str, code: str
) -> None:
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        answer = await change(await running.browser(), (["meters", 0, "port"], port))

        assert answer.status == 422
        assert answer.body["error"]["codes"]["meters.0.port"]["code"] == code
        await running.hear(wire, kamstrup_list_1())
