"""What the running gateway tells the page: telegrams, history, log, network, and the bundle for a report."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from pathlib import Path

import msgspec
import pytest

from han2x.api import network as api_network
from han2x.api.base import plain
from han2x.api.modbus import Modbus
from han2x.app import answers, diagnostics
from han2x.app.control import GatewayControl
from han2x.app.log_ring import KEPT, LogRing
from han2x.gateway.capture import Chunk, read_chunks
from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from tests.app.running import running_daemon, settings, unzipped
from tests.app.test_meters import NewWire, meters
from tests.conftest import ROOT
from tests.end_to_end.telegrams import kamstrup_list_1, kamstrup_list_2
from tests.end_to_end.waiting import until
from tests.end_to_end.wire import Wire
from tests.telegrams import load
from tests.web.fake_control import BUNDLED, SERVER
from tests.web.gateway import PASSWORD

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]

KEY = "00112233445566778899aabbccddeeff"
SERVED = Modbus(**{name: getattr(SERVER, name) for name in SERVER.__struct_fields__}, tls=None)


async def test_the_last_telegrams_are_shown_as_they_came(tmp_path: Path, wire: Wire) -> None:
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        browser = await running.browser()
        telegram = kamstrup_list_1(power_import=500)
        await running.hear(wire, telegram)
        await until(lambda: running.meter().line.telegrams)

        shown = (await browser.ask("GET", "/telegrams?unit=1")).body
        assert [(each["hex"], each["outcome"]) for each in shown] == [(telegram.hex(), "list-1")]
        assert abs(shown[0]["time"] - running.daemon.clock()) < 60
        missing = await browser.ask("GET", "/telegrams?unit=9")
        assert (missing.status, missing.code) == (404, "not-found")


async def test_a_telegram_is_shown_decoded_with_its_parts(tmp_path: Path, wire: Wire) -> None:
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        telegram = kamstrup_list_1(power_import=500)
        await running.hear(wire, telegram)
        await until(lambda: running.meter().line.telegrams)

        (shown,) = (await (await running.browser()).ask("GET", "/telegrams?unit=1")).body
        (reading,) = shown["readings"]
        assert reading["values"][0] == {"obis": "1.7.0", "value": 500.0, "unit": "W"}
        assert (reading["list"], reading["encrypted"], reading["meter_id"]) == ("list-1", False, "5799999999999999")
        assert [part["kind"] for part in shown["parts"]] == ["frame", "data", "frame"]
        assert "".join(part["hex"] for part in shown["parts"]) == telegram.hex()
        assert shown["problems"] == []


async def test_of_encrypted_telegrams_without_a_key_the_sender_is_shown(tmp_path: Path, wire: Wire) -> None:
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        await until(lambda: running.meter().line.status.state in ("open", "receiving"))
        encrypted = load(ROOT / "tests" / "telegrams")
        wire.say(next(each.octets for each in encrypted if each.name == "kamstrup-enc-push-1"))
        await until(lambda: running.meter().line.telegrams)

        (shown,) = (await (await running.browser()).ask("GET", "/telegrams?unit=1")).body
        (problem,) = shown["problems"]
        assert (problem["kind"], problem["cause"]) == ("no-key", "no-key")
        assert problem["values"]["serial"] == "KAM 150994945"
        assert [part["kind"] for part in shown["parts"]] == ["frame", "ciphering", "data", "tag", "frame"]


async def test_the_line_tells_its_octets_and_when_the_last_one_came(tmp_path: Path, wire: Wire) -> None:
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        line = plain(running.daemon.live())["meters"][0]["line"]
        assert (line["octets"], line["octets_per_s"], line["octet_age_s"]) == (0, None, None)
        await running.hear(wire, kamstrup_list_1())
        line = plain(running.daemon.live())["meters"][0]["line"]
        assert line["octets"] == len(kamstrup_list_1())
        assert 0.0 <= line["octet_age_s"] < 60.0


async def test_the_history_has_the_power_of_the_last_minutes(tmp_path: Path, wire: Wire) -> None:
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        browser = await running.browser()
        assert (await browser.ask("GET", "/history?unit=1&hours=1")).body["points"] == []
        await running.hear(wire, kamstrup_list_1(power_import=500))

        points = (await browser.ask("GET", "/history?unit=1&hours=1")).body["points"]
        assert [point[1:] for point in points][-1] == [500.0, 0.0]
        assert (await browser.ask("GET", "/history?unit=9")).status == 404


async def test_clients_and_their_requests_are_shown(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, "") as running:
        await running.value(40049)
        shown = (await (await running.browser()).ask("GET", "/modbus")).body

        assert [client["requests"] for client in shown["connections"]] == [1]
        assert shown["tls"] is None
        assert shown["recent"]


async def test_the_log_is_shown_in_its_order(tmp_path: Path, wire: Wire) -> None:
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        await running.hear(wire, kamstrup_list_1())
        shown = (await (await running.browser()).ask("GET", "/log")).body

        messages = [record["message"] for record in shown]
        assert any("receiving from kamstrup meter 5799999999999999" in message for message in messages)
        assert [record["time"] for record in shown] == sorted(record["time"] for record in shown)


async def test_live_values_have_the_meter_s_own_time(tmp_path: Path, wire: Wire) -> None:
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        before = plain(running.daemon.live())["meters"][0]
        assert before["meter_time_utc"] is None
        await running.hear(wire, kamstrup_list_2(energy_import=1_000_000))
        live = (await (await running.browser()).ask("GET", "/live")).body

        assert live["modbus"] == {"port": running.port}
        meter = live["meters"][0]
        assert meter["line"]["understood"]
        assert meter["meter_time"].startswith("2026-11-20T23:00:05")
        assert meter["meter_time_utc"] is not None
        assert meter["registers"]


async def test_the_bundle_has_everything_and_no_secret(tmp_path: Path, new_wire: NewWire) -> None:
    first, second = new_wire(), new_wire()
    text = meters((1, first), (2, second), encryption_key=KEY, authentication_key=KEY[::-1])
    async with running_daemon(tmp_path, text) as running:
        await running.hear(second, kamstrup_list_1(power_import=500), unit=2)
        await until(lambda: running.meter(2).line.telegrams)
        browser = await running.browser()
        token = (await browser.ask("POST", "/tokens", {"name": "balancer", "scope": "read"})).body["token"]
        csrf = (await browser.ask("GET", "/session")).body["csrf"]
        answer = await browser.ask("GET", "/diagnostics")
        files = unzipped(answer.body)
        planted = (KEY, KEY[::-1], "scrypt", PASSWORD, token, csrf)

    assert set(files) == {*BUNDLED, "meter-2.capture"}
    chunks = list(read_chunks(files["meter-2.capture"].splitlines()))
    assert [chunk.octets for chunk in chunks] == [kamstrup_list_1(power_import=500)]
    assert json.loads(files["settings.json"])["meters"][0]["encryption_key"] is True
    assert json.loads(files["status.json"])["meters"][1]["unit"] == 2
    about = json.loads(files["about.json"])
    assert about["libraries"]["aiohttp"]
    assert about["disk"]["free_octets"] > 0
    assert about["clock"]["utc"].endswith("+00:00")
    assert json.loads(files["network.json"])["fault"]["code"] == "no-dbus"
    assert "listeners" in json.loads(files["status.json"])
    assert isinstance(json.loads(files["ports.json"]), list)
    assert json.loads(files["log.json"])[0]["run"]
    everything = "".join(files.values()).lower()
    for secret in planted:
        assert secret.lower() not in everything


async def test_the_bundle_names_what_is_too_large_or_cannot_be_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken() -> object:
        raise OSError(5, "Input/output error")

    async def endless() -> object:
        return await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(diagnostics, "LONGEST_S", 0.01)
    monkeypatch.setattr(diagnostics, "LARGEST_FILE", 1000)
    monkeypatch.setattr(diagnostics, "LARGEST_CAPTURES", 1000)
    found = await diagnostics.gathered({"network": broken(), "ports": endless()})
    chunk = Chunk(1.0, b"\x7e" * 300)
    files = unzipped(diagnostics.bundle({**found, "log": "x" * 1000}, {1: [chunk], 2: [chunk]}))
    assert "Input/output error" in files["network.json"]
    assert "not found out" in files["ports.json"]
    assert sorted(files) == ["left-out.txt", "meter-1.capture", "network.json", "ports.json"]
    assert "log.json" in files["left-out.txt"]
    assert "meter-2.capture" in files["left-out.txt"]


async def test_a_change_of_the_network_cannot_be_confirmed_with_what_is_in_the_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = api_network.NetworkSettings(interface="eth0", method="dhcp", address="", prefix="", gateway="", dns=[])
    pending = api_network.NetworkPending(
        token="t0p-s3cret", state="in-force", settings=settings, addresses=[], confirm_within_s=60, remaining_s=50
    )
    last = api_network.NetworkOutcome(token="t0p-s3cret", ending="expired", settings=settings, errors={})

    async def seen(control: GatewayControl) -> api_network.Network:
        return msgspec.structs.replace(await overview(control), pending=pending, last=last)

    overview = GatewayControl.network
    monkeypatch.setattr(GatewayControl, "network", seen)
    async with running_daemon(tmp_path, "") as running:
        files = unzipped((await (await running.browser()).ask("GET", "/diagnostics")).body)
    assert json.loads(files["network.json"])["pending"]["state"] == "in-force"
    assert not any("t0p-s3cret" in text for text in files.values())


def test_the_bundle_is_made_of_telegrams_that_go_on_coming() -> None:
    meter = Meter(MeterConfig(), lambda: 1000.0)
    meter.feed(b"\x7e")
    meter.silence()
    telegrams = diagnostics.captures([meter])
    over = threading.Event()

    def talk() -> None:
        while not over.is_set():
            meter.feed(b"\x7e")
            meter.silence()

    talking = threading.Thread(target=talk)
    talking.start()
    try:
        for _ in range(50):
            files = unzipped(diagnostics.bundle({"status": answers.status([], 0.0, SERVED, [], [])}, telegrams))
            assert files["meter-1.capture"] == "1000.000000 7e\n"
    finally:
        over.set()
        talking.join()


async def test_what_cannot_be_done_without_a_network_manager_says_so(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, "") as running:
        browser = await running.browser()
        seen = await browser.ask("GET", "/network")
        assert seen.status == 200
        assert seen.body["available"] is False
        assert seen.body["fault"]["code"] == seen.body["hostname_fault"]["code"] == "no-dbus"
        assert seen.body["reason"] == seen.body["fault"]["message"]

        named = await browser.ask("POST", "/hostname", {"hostname": "han2x"})
        assert (named.status, named.code) == (409, "no-dbus")
        wrong = await browser.ask("POST", "/hostname", {"hostname": "not a name"})
        assert wrong.status == 422
        assert wrong.body["error"]["codes"]["hostname"]["code"]
        for path in ("/network/confirm", "/network/rollback"):
            answer = await browser.ask("POST", path, {"token": "none"})
            assert (answer.status, answer.code) == (409, "no-such-change")
        for interface in (*(each["name"] for each in seen.body["interfaces"]), "none0"):
            form = {"interface": interface, "method": "dhcp", "confirm_within_s": 30}
            answer = await browser.ask("POST", "/network", form)
            assert (answer.status, answer.code) in ((409, "no-dbus"), (422, "refused"))


def test_a_record_that_cannot_be_made_a_message_harms_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    ring = LogRing()
    logger = logging.Logger("test")
    logger.addHandler(ring)
    logger.warning("%d of them", "many")
    logger.info("good")

    assert [record["message"] for record in ring.records()] == ["good"]
    assert "TypeError" in capsys.readouterr().err


def test_only_the_last_records_are_kept() -> None:
    ring = LogRing()
    logger = logging.Logger("test")
    logger.addHandler(ring)
    for number in range(KEPT + 5):
        logger.info("%d", number)
    logger.debug("not this")

    assert [record["message"] for record in ring.records()] == [str(number) for number in range(5, KEPT + 5)]


async def test_a_page_that_nobody_has_logged_in_to_shows_live_values_only(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, settings(web={"live_open": False})) as running:
        browser = await running.browser()
        await browser.ask("POST", "/logout")
        assert (await browser.ask("GET", "/live")).status == 401
        await running.reload(settings(web={"live_open": True, "language": "nb", "host_names": ["x.example"]}))
        assert (await browser.ask("GET", "/live")).status == 200
        assert (await browser.ask("GET", "/log")).status == 401
        assert (await browser.load())["language"] == "nb"
