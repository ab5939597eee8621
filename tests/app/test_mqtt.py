"""The MQTT output of the running gateway, at Debian's mosquitto."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from han2x.output_state import OutputState
from han2x.outputs.mqtt.output import MqttOutput
from tests.app.conftest import Skew
from tests.app.running import Running, change, running_daemon, settings
from tests.end_to_end.telegrams import kamstrup_list_1, kamstrup_list_2
from tests.end_to_end.waiting import until
from tests.end_to_end.wire import Wire
from tests.mqtt_broker import (
    Listener,
    Mosquitto,
    certificates,
    kept,
    listening,
    password_file,
    running_broker,
)
from tests.ports import free_port

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(120)]

ENERGY = 24_326_790


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with running_broker(tmp_path) as broker:
        yield broker


@pytest.fixture
def client(broker: Mosquitto) -> Iterator[Listener]:
    with listening(broker) as client:
        yield client


@pytest.fixture(autouse=True)
def again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that failed is soon tried again, and Home Assistant soon served."""
    monkeypatch.setattr("han2x.outputs.mqtt.output.AGAIN_S", (0.05,))
    monkeypatch.setattr("han2x.outputs.mqtt.output.SPREAD_S", 0.0)


def wanted(broker: Mosquitto | int, wire: Wire | None = None, **more: Any) -> str:  # noqa: ANN401 - any setting
    port = broker if isinstance(broker, int) else broker.port
    mqtt = {"broker": f"localhost:{port}", "interval_s": 1, **more}
    meters: list[Mapping[str, object]] = [{"unit": 1, **({"port": wire.path} if wire else {})}]
    return settings(mqtt=mqtt, meters=meters)


def state(running: Running) -> OutputState:
    return next(each for each in running.daemon.outputs.states if each.name == "mqtt")


def code(running: Running) -> str:
    fault = state(running).fault
    return fault.code if fault is not None else state(running).phase.value


async def has(broker: Mosquitto, topics: set[str]) -> Mapping[str, str]:
    """Wait until the broker retains something under these topics and no others; it takes what it gets in its time."""
    found: Mapping[str, str] = {}
    for _ in range(100):
        found = await asyncio.to_thread(kept, broker)
        if set(found) == topics:
            break
    assert set(found) == topics
    return found


def is_near(estimate: int | None, total: int) -> bool:
    """Whether an energy is this total, and what has been used since the test began."""
    return estimate is not None and total <= estimate < total + 60


def base(running: Running, prefix: str = "han2x") -> str:
    output = running.daemon.outputs._running["mqtt"][1]
    assert isinstance(output, MqttOutput)
    return f"{prefix}/{output._gateway.id}"


@asynccontextmanager
async def publishing(folder: Path, text: str) -> AsyncIterator[Running]:
    async with running_daemon(folder, text) as running:
        await until(lambda: code(running) == "working")
        yield running


async def test_what_a_meter_says_is_published_with_its_age(
    tmp_path: Path, broker: Mosquitto, client: Listener, wire: Wire
) -> None:
    async with publishing(tmp_path, wanted(broker, wire)) as running:
        live = f"{base(running)}/1/live"
        await until(lambda: client.last.get(f"{base(running)}/status") == "online")
        await running.hear(wire, kamstrup_list_1(power_import=1234, voltage_l1=231))
        await until(lambda: client.document(live).get("power_w") == 1234)
        said = client.document(live)
        assert (said["power_import_w"], said["voltage_l1_v"], said["stale"]) == (1234, 231, False)
        assert 0 <= said["age_s"] < 30
        assert said["time"].endswith("Z")
        await until(lambda: client.last.get(f"{base(running)}/1/status") == "online")
        assert client.document(f"{base(running)}/1/meter")["maker"] == "kamstrup"
        assert state(running).where == f"localhost:{broker.port}"


async def test_an_energy_is_there_only_from_the_first_total_on(
    tmp_path: Path, broker: Mosquitto, client: Listener, wire: Wire
) -> None:
    async with publishing(tmp_path, wanted(broker, wire)) as running:
        energy, live = (f"{base(running)}/1/{leaf}" for leaf in ("energy", "live"))
        await running.hear(wire, kamstrup_list_1())
        await until(lambda: client.document(live).get("power_w") == 1000)
        assert energy not in client.last
        [config] = [topic for topic in client.last if topic.endswith("/config")]
        assert "import_wh" not in client.document(config)["cmps"]

        await running.hear(wire, kamstrup_list_2(energy_import=ENERGY))
        await until(lambda: is_near(client.document(energy).get("import_wh"), ENERGY))
        await until(lambda: "import_wh" in client.document(config)["cmps"])
        component = client.document(config)["cmps"]["import_wh"]
        assert (component["stat_cla"], component["unit_of_meas"], component["stat_t"]) == (
            "total_increasing", "Wh", energy,
        )  # fmt: skip
        assert "exp_aft" not in component
        assert kept(broker)[energy] == client.last[energy]
        assert live not in kept(broker)


async def test_what_is_no_longer_current_becomes_null_and_the_meter_offline(
    tmp_path: Path, broker: Mosquitto, client: Listener, wire: Wire, skew: Skew
) -> None:
    async with publishing(tmp_path, wanted(broker, wire, retain=True)) as running:
        live, status = (f"{base(running)}/1/{leaf}" for leaf in ("live", "status"))
        await running.hear(wire, kamstrup_list_2(energy_import=ENERGY))
        await until(lambda: client.document(live).get("power_w") == 1000)
        skew.passes(3 * 3600)
        await until(lambda: client.last[status] == "offline")
        await until(lambda: client.document(live)["stale"])
        said = client.document(live)
        assert said["power_w"] is None
        assert said["voltage_l1_v"] is None
        assert said["age_s"] >= 3 * 3600
        await until(lambda: client.document(f"{base(running)}/1/energy")["import_wh"] is None)
        assert live in kept(broker)


async def test_a_broker_that_is_killed_and_begins_again_has_everything_again(
    tmp_path: Path, broker: Mosquitto, client: Listener, wire: Wire
) -> None:
    async with publishing(tmp_path, wanted(broker, wire)) as running:
        await running.hear(wire, kamstrup_list_2(energy_import=ENERGY))
        energy = f"{base(running)}/1/energy"
        await until(lambda: energy in client.last)
        before = set(kept(broker))
        broker.kill()
        await until(lambda: code(running) in ("mqtt-lost", "mqtt-unreachable"))
        await running.hear(wire, kamstrup_list_2(energy_import=ENERGY + 20, second=15))
        assert await running.value(40001) == 1000
        broker.start()
        await until(lambda: code(running) == "working")
        after = await has(broker, before)
        assert is_near(json.loads(after[energy])["import_wh"], ENERGY)
        assert after[f"{base(running)}/status"] == "online"


async def test_each_change_of_its_state_is_one_line(tmp_path: Path) -> None:
    port = free_port()
    async with running_daemon(tmp_path, wanted(port)) as running:
        output = running.daemon.outputs._running["mqtt"][1]
        assert isinstance(output, MqttOutput)
        attempts = set()

        def has_tried() -> bool:
            attempts.add(id(output._connection.thread) if output._connection else 0)
            return len(attempts) > 3 and code(running) == "mqtt-unreachable"

        await until(has_tried)
        with running_broker(tmp_path, port=port):
            await until(lambda: code(running) == "working")
        told = [line for line in running.said() if line.startswith("MQTT")]
    assert len(told) == 2
    assert "cannot be reached" in told[0]
    assert told[1] == f"MQTT: publishing to localhost:{port}"


async def test_a_wrong_password_is_told_and_another_comes_into_force_without_a_restart(
    tmp_path: Path, wire: Wire
) -> None:
    users = password_file(tmp_path, han="right")
    with running_broker(tmp_path, "allow_anonymous false", f"password_file {users}") as broker:
        async with running_daemon(tmp_path, wanted(broker, wire, user="han", password="wrong")) as running:
            await until(lambda: code(running) == "mqtt-password")
            browser = await running.browser()
            answer = await change(browser, (["mqtt", "password"], "right"))
            assert answer.status == 200
            assert answer.body["values"]["mqtt"]["password"] is True
            await until(lambda: code(running) == "working")
            with listening(broker, "han", "right") as client:
                await until(lambda: client.last.get(f"{base(running)}/status") == "online")
            bundle = await browser.ask("GET", "/diagnostics")
            assert b"right" not in bundle.body
            assert not any("right" in line or "wrong" in line for line in running.said())
        assert running.file.stat().st_mode & 0o777 == 0o600


async def test_tls_with_an_authority_and_a_certificate_of_ones_own(tmp_path: Path, wire: Wire) -> None:
    files = certificates(tmp_path)
    lines = [
        f"cafile {files['authority']}", f"certfile {files['server']}", f"keyfile {files['server_key']}",
        "require_certificate true", "use_identity_as_username true", "allow_anonymous false",
    ]  # fmt: skip
    own = {"tls_certificate": str(files["client"]), "tls_key": str(files["client_key"])}
    # Where the broker cannot be reached without TLS the test cannot look either, but for a listener beside it.
    beside = free_port()
    with running_broker(tmp_path, *lines, f"listener {beside} 127.0.0.1") as broker:
        text = wanted(broker, wire, tls=True, tls_authority=str(files["authority"]), **own)
        async with publishing(tmp_path, text) as running:
            await running.reload(wanted(broker, wire, tls=True, tls_authority=str(files["other"]), **own))
            await until(lambda: code(running) == "mqtt-untrusted")
            await running.reload(wanted(broker, wire, tls=True, tls_authority=str(files["authority"])))
            await until(lambda: code(running) == "mqtt-closed")
            await running.reload(wanted(broker, wire))
            await until(lambda: code(running) in ("mqtt-closed", "mqtt-unreachable"))
            missing = str(tmp_path / "none.pem")
            await running.reload(wanted(broker, wire, tls=True, tls_authority=missing))
            await until(lambda: code(running) == "mqtt-file")
            assert missing in str(state(running).fault)
            not_pem = str(running.file)
            await running.reload(wanted(broker, wire, tls=True, tls_authority=not_pem))
            await until(lambda: code(running) == "mqtt-no-authority")
            mixed = {"tls_certificate": str(files["client"]), "tls_key": str(files["server_key"])}
            await running.reload(wanted(broker, wire, tls=True, tls_authority=str(files["authority"]), **mixed))
            await until(lambda: code(running) == "mqtt-no-certificate")
            await running.reload(text)
            await until(lambda: code(running) == "working")


async def test_a_broker_s_certificate_for_another_name_is_not_trusted(tmp_path: Path) -> None:
    files = certificates(tmp_path, host="broker.example.net")
    lines = [f"certfile {files['server']}", f"keyfile {files['server_key']}", "allow_anonymous true"]
    with running_broker(tmp_path, *lines) as broker:
        async with running_daemon(tmp_path, wanted(broker, tls=True, tls_authority=str(files["authority"]))) as running:
            await until(lambda: code(running) == "mqtt-untrusted")


async def test_a_name_that_nobody_knows_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_daemon(tmp_path, settings(mqtt={"broker": "broker.invalid"})) as running:
        await until(lambda: code(running) == "mqtt-unresolved")


async def test_modbus_is_served_while_a_broker_takes_nothing(
    tmp_path: Path, broker: Mosquitto, client: Listener, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("han2x.outputs.mqtt.connection.TAKE_S", 0.5)
    monkeypatch.setattr("han2x.outputs.mqtt.connection.OPEN_S", 0.5)
    async with publishing(tmp_path, wanted(broker, wire, qos=1)) as running:
        await running.hear(wire, kamstrup_list_1())
        broker.signal(signal.SIGSTOP)
        try:
            await running.hear(wire, kamstrup_list_1(power_import=2000))
            await until(lambda: code(running) in ("mqtt-slow", "mqtt-silent"))
            await until(lambda: code(running) == "mqtt-silent")
            for power in (3000, 3500):
                await running.hear(wire, kamstrup_list_1(power_import=power))
                assert await running.value(40001) == power
        finally:
            broker.signal(signal.SIGCONT)
        await until(lambda: code(running) == "working")
        await until(lambda: client.document(f"{base(running)}/1/live").get("power_w") == 3500)


async def test_a_meter_that_is_removed_or_has_another_unit_id_is_taken_back_from_the_broker(
    tmp_path: Path, broker: Mosquitto, client: Listener, wire: Wire
) -> None:
    two = wanted(broker, wire) + "[[meters]]\nunit = 2\n"
    async with publishing(tmp_path, two) as running:
        await running.hear(wire, kamstrup_list_2(energy_import=ENERGY))
        await until(lambda: f"{base(running)}/1/energy" in client.last)
        status, leaves = f"{base(running)}/status", ("energy", "meter", "status")
        device = f"homeassistant/device/han2x_{base(running).removeprefix('han2x/')}_{{}}_5799999999999999/config"
        other = f"{base(running)}/2/status"
        one = {status, *(f"{base(running)}/1/{leaf}" for leaf in leaves), device.format(1)}
        await has(broker, {*one, other})
        await running.reload(two.replace("unit = 1", "unit = 3"))
        three = {status, *(f"{base(running)}/3/{leaf}" for leaf in leaves), device.format(3)}
        await has(broker, {*three, other})
        await running.reload(wanted(broker).replace("unit = 1", "unit = 2"))
        await has(broker, {status, other})


async def test_what_was_published_otherwise_is_taken_back_after_a_restart(
    tmp_path: Path, broker: Mosquitto, client: Listener, wire: Wire
) -> None:
    async with publishing(tmp_path, wanted(broker, wire)) as running:
        await running.hear(wire, kamstrup_list_2(energy_import=ENERGY))
        await until(lambda: f"{base(running)}/1/energy" in client.last)
        own = base(running)
    await until(lambda: client.last[f"{own}/status"] == "offline")
    async with publishing(tmp_path, wanted(broker, wire, prefix="house/meters", discovery=False)) as running:
        status = f"{base(running, 'house/meters')}"
        await has(broker, {f"{status}/status", f"{status}/1/status"})
        await running.hear(wire, kamstrup_list_1())
        await until(lambda: client.document(f"{base(running, 'house/meters')}/1/live").get("power_w") == 1000)
        assert not any(topic.startswith("homeassistant") for topic in kept(broker))


def outputs_of(running: Running) -> set[str]:
    """The outputs that are switched on."""
    return {each.name for each in running.daemon.outputs.states}


async def test_switching_it_off_takes_everything_back(tmp_path: Path, broker: Mosquitto, wire: Wire) -> None:
    async with publishing(tmp_path, wanted(broker, wire)) as running:
        await running.hear(wire, kamstrup_list_2(energy_import=ENERGY))
        await until(lambda: any(topic.endswith("/config") for topic in kept(broker)))
        browser = await running.browser()
        assert (await change(browser, (["mqtt", "broker"], ""))).status == 200
        await has(broker, set())
        assert "mqtt" not in outputs_of(running)


async def test_a_broker_that_was_away_when_it_was_switched_off_is_cleared_when_it_is_used_again(
    tmp_path: Path, broker: Mosquitto, wire: Wire
) -> None:
    async with publishing(tmp_path, wanted(broker, wire)) as running:
        await running.hear(wire, kamstrup_list_1())
        await until(lambda: any(topic.endswith("/config") for topic in kept(broker)))
        broker.signal(signal.SIGSTOP)
        try:
            await running.reload(settings(meters=[{"unit": 1, "port": wire.path}]))
            assert "mqtt" not in outputs_of(running)
        finally:
            broker.signal(signal.SIGCONT)
    async with publishing(tmp_path, wanted(broker, wire, prefix="other", discovery=False)) as running:
        own = base(running, "other")
        await has(broker, {f"{own}/status", f"{own}/1/status"})


async def test_another_broker_has_everything_and_the_old_one_nothing(
    tmp_path: Path, broker: Mosquitto, wire: Wire
) -> None:
    with running_broker(tmp_path) as other:
        async with publishing(tmp_path, wanted(broker, wire)) as running:
            await running.hear(wire, kamstrup_list_1())
            await until(lambda: len(kept(broker)) > 3)
            before = set(kept(broker))
            await running.reload(wanted(other, wire))
            await until(lambda: code(running) == "working")
            await has(broker, set())
            await has(other, before)


async def test_a_meter_is_renamed_in_home_assistant_too(
    tmp_path: Path, broker: Mosquitto, client: Listener, wire: Wire
) -> None:
    async with publishing(tmp_path, wanted(broker, wire)) as running:
        await running.hear(wire, kamstrup_list_1())
        await until(lambda: any(topic.endswith("/config") for topic in client.last))
        [config] = [topic for topic in client.last if topic.endswith("/config")]
        before = client.document(config)
        await running.reload(wanted(broker, wire) + 'name = "Cabin"\n')
        await until(lambda: client.document(config)["dev"]["name"] == "Cabin")
        after = client.document(config)
        assert after["dev"]["ids"] == before["dev"]["ids"]
        assert {each["uniq_id"] for each in after["cmps"].values()} == {
            each["uniq_id"] for each in before["cmps"].values()
        }


async def test_home_assistant_is_told_again_when_it_comes_up(
    tmp_path: Path, broker: Mosquitto, client: Listener, wire: Wire
) -> None:
    async with publishing(tmp_path, wanted(broker, wire)) as running:
        await running.hear(wire, kamstrup_list_1())
        await until(lambda: any(topic.endswith("/config") for topic in client.last))
        [config] = [topic for topic in client.last if topic.endswith("/config")]
        told = client.count(config)
        client.publish("homeassistant/status", "offline")
        client.publish("homeassistant/status", "online")
        await until(lambda: client.count(config) == told + 1)


async def test_a_factor_makes_another_energy_and_takes_the_old_one_back(
    tmp_path: Path, broker: Mosquitto, client: Listener, wire: Wire
) -> None:
    async with publishing(tmp_path, wanted(broker, wire)) as running:
        await running.hear(wire, kamstrup_list_2(energy_import=ENERGY))
        await until(lambda: any("import_wh" in text for topic, text in client.heard if topic.endswith("/config")))
        [config] = [topic for topic in client.last if topic.endswith("/config")]
        one = client.document(config)["cmps"]["import_wh"]
        assert await running.write_factor(2000)
        await running.hear(wire, kamstrup_list_1())
        await until(lambda: "import_wh_x2000" in client.document(config)["cmps"])
        components = client.document(config)["cmps"]
        assert components["import_wh"] == {"p": "sensor"}
        assert components["import_wh_x2000"]["uniq_id"] != one["uniq_id"]
        assert components["import_wh_x2000"]["def_ent_id"] != one["def_ent_id"]
        energy = f"{base(running)}/1/energy"
        await until(lambda: is_near(client.document(energy)["import_wh"], 2 * ENERGY))


async def test_a_factory_reset_forgets_what_the_broker_keeps(tmp_path: Path, broker: Mosquitto, wire: Wire) -> None:
    async with publishing(tmp_path, wanted(broker, wire)) as running:
        await until(lambda: running.daemon.store.load("mqtt"))
        browser = await running.browser()
        assert (await browser.ask("POST", "/factory-reset", {"confirm": "factory-reset"})).status == 204
        await running.disconnect()
        async with asyncio.timeout(10):
            await running.task
        assert running.daemon.store.load("mqtt") is None


async def test_what_changes_of_the_password_is_recorded_without_it(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, "") as running:
        browser = await running.browser()
        for password in ("one", "another", None):
            assert (await change(browser, (["mqtt", "password"], password))).status == 200
        entries, _ = await asyncio.to_thread(running.daemon.audit.read)
        changes = [each for each in entries if each["what"] == "mqtt.password"]
        assert [(each["action"], each["before"], each["after"]) for each in changes] == [
            ("setting", "not set", "set"),
            ("setting", "set", "changed"),
            ("setting", "set", "not set"),
        ]
        assert "another" not in str(entries)
