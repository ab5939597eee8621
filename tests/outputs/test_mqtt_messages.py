"""What the MQTT output says of a meter, message by message: pure, with a meter that a test speaks for."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from han2x.model import Quantity
from han2x.outputs import Gateway
from han2x.outputs.mqtt.desk import Desk
from han2x.outputs.mqtt.memory import MOST_BROKERS, MOST_GONE, NAME, Memory
from han2x.outputs.mqtt.options import Options
from han2x.outputs.mqtt.values import ENERGIES, LIVE
from tests.gateway.test_meter import Disk
from tests.readings import FULL_LIST, HOURLY_LIST, a_reading

ID: Final = "0123456789ab"
BASE: Final = f"han2x/{ID}"
OPTIONS: Final = Options("broker", discovery="homeassistant")
KNOWN_KEYS: Final = {"p", "uniq_id", "name", "dev_cla", "unit_of_meas", "stat_cla", "val_tpl", "sug_dsp_prc", "exp_aft",
                     "stat_t", "ent_cat", "def_ent_id"}  # fmt: skip
"""What Home Assistant knows of a component, by the short names of its documentation ("MQTT", "MQTT sensor")."""


class House:
    """A gateway with its meters, and what it would publish."""

    def __init__(self, options: Options = OPTIONS, disk: Disk | None = None, **config: Any) -> None:  # noqa: ANN401 - of a meter
        self.now = 1000.0
        self.meter = Meter(MeterConfig(port="/dev/x", **config), lambda: self.now)
        self.gateway = Gateway(
            ID, "1.2", lambda: self.now, lambda: [self.meter], lambda: "http://box/", lambda: 502, disk
        )
        self.memory = Memory(disk, options.place)
        self.desk = Desk(options, self.gateway, self.memory)

    def hear(self, values: Mapping[Quantity, float] | None = None, **more: Any) -> None:  # noqa: ANN401 - of a reading
        self.meter.take(replace(a_reading(None if values is None else dict(values)), **more))

    def told(self) -> dict[str, Any]:
        """All messages now, by topic."""
        messages, _ = self.desk.of(self.meter)
        return {topic: json.loads(text) if text[:1] == "{" else text for topic, text, _ in messages}

    def config(self) -> dict[str, Any] | None:
        """The announcement, if one is due."""
        return next((each for topic, each in self.told().items() if topic.endswith("/config")), None)


@pytest.fixture
def house() -> House:
    return House()


def test_before_a_meter_has_spoken_nothing_is_said_to_be_known(house: House) -> None:
    told = house.told()
    live = told[f"{BASE}/1/live"]
    assert {each.key: live[each.key] for each in LIVE} == {each.key: None for each in LIVE}
    assert (live["age_s"], live["stale"]) == (None, True)
    assert set(told) == {f"{BASE}/1/live", f"{BASE}/1/status"}
    assert told[f"{BASE}/1/status"] == "offline"


def test_each_value_is_in_its_unit_and_signed(house: House) -> None:
    house.hear({**FULL_LIST, Quantity.ACTIVE_POWER_IMPORT: 0, Quantity.ACTIVE_POWER_EXPORT: 500})
    live = house.told()[f"{BASE}/1/live"]
    assert (live["power_w"], live["power_import_w"], live["power_export_w"]) == (-500, 0, 500)
    assert live["reactive_power_var"] == 17 - 233
    assert [live[f"voltage_l{phase}_v"] for phase in (1, 2, 3)] == [239, 230.44, 230.46]
    assert [live[f"current_l{phase}_a"] for phase in (1, 2, 3)] == [-2.3, -16.09, -0.01]
    assert sum(live[f"power_l{phase}_w"] for phase in (1, 2, 3)) == pytest.approx(-500)
    assert live["phase_powers_estimated"] is True


def test_import_and_export_of_a_message_agree_with_its_power_when_the_direction_turns_between_lists(
    house: House,
) -> None:
    house.hear({**FULL_LIST, Quantity.ACTIVE_POWER_IMPORT: 0, Quantity.ACTIVE_POWER_EXPORT: 800})
    house.now += 2.5
    house.hear({Quantity.ACTIVE_POWER_IMPORT: 1200})
    live = house.told()[f"{BASE}/1/live"]
    assert (live["power_w"], live["power_import_w"], live["power_export_w"]) == (1200, 1200, 0)


def test_energies_are_whole_watt_hours_and_scaled(house: House) -> None:
    house = House(scaling_factor=2000)
    house.hear(HOURLY_LIST)
    energy = house.told()[f"{BASE}/1/energy"]
    assert 0 <= energy["import_wh"] - 2 * 155_232_510 < 40
    assert all(isinstance(energy[each.key], int) for each in ENERGIES)


def test_energies_that_nobody_knows_any_more_do_not_stand(house: House) -> None:
    house.hear(HOURLY_LIST)
    assert house.told()[f"{BASE}/1/energy"]["import_wh"] is not None
    house.now += 4 * 3600
    told = house.told()
    assert {each.key: told[f"{BASE}/1/energy"][each.key] for each in ENERGIES} == {each.key: None for each in ENERGIES}
    assert told[f"{BASE}/1/status"] == "offline"


def test_few_values_are_power_and_energies_alone() -> None:
    house = House(replace(OPTIONS, few=True))
    house.hear(HOURLY_LIST)
    told = house.told()
    assert set(told[f"{BASE}/1/live"]) == {
        "time", "age_s", "stale", "power_w", "power_import_w", "power_export_w",
    }  # fmt: skip
    assert set(told[f"{BASE}/1/energy"]) == {"time", "age_s", "import_wh", "export_wh"}
    [config] = [each for topic, each in told.items() if topic.endswith("/config")]
    assert set(config["cmps"]) == {"age_s", "power_w", "power_import_w", "power_export_w", "import_wh", "export_wh"}


def test_an_announcement_has_the_device_and_every_value_that_is_known(house: House) -> None:
    house.hear(HOURLY_LIST)
    config = house.config()
    assert config is not None
    device = f"han2x_{ID}_1_5700000000000001"
    assert config["dev"] == {
        "ids": [device], "name": "HAN 5700000000000001", "mf": "Kamstrup", "mdl": "6841121BN243101040",
        "sn": "5700000000000001", "sw": "1.2", "cu": "http://box/",
    }  # fmt: skip
    assert config["avty"] == [{"t": f"{BASE}/status"}, {"t": f"{BASE}/1/status"}]
    assert set(config["cmps"]) == {"age_s", *(each.key for each in (*LIVE, *ENERGIES))}
    assert len({each["uniq_id"] for each in config["cmps"].values()}) == len(config["cmps"])
    for name, component in config["cmps"].items():
        assert set(component) <= KNOWN_KEYS
        assert component["uniq_id"] == f"{device}_{name}"
        is_energy = name.endswith(("_wh", "_varh"))
        assert component.get("stat_cla") == (
            None if name == "age_s" else "total_increasing" if is_energy else "measurement"
        )
        assert ("exp_aft" in component) is not is_energy
    assert "exp_aft" not in config


def test_each_component_reads_a_value_that_its_topic_has(house: House) -> None:
    house.hear(HOURLY_LIST)
    told = house.told()
    [config] = [each for topic, each in told.items() if topic.endswith("/config")]
    for component in config["cmps"].values():
        key = component["val_tpl"].removeprefix("{{ value_json.").removesuffix(" }}")
        assert told[component.get("stat_t", config["stat_t"])][key] is not None


def test_it_is_announced_again_only_when_something_is_otherwise(house: House) -> None:
    house.hear(FULL_LIST)
    assert house.config() is not None
    house.hear(FULL_LIST)
    assert house.config() is None
    house.hear(HOURLY_LIST)
    config = house.config()
    assert config is not None
    assert "import_wh" in config["cmps"]
    house.desk.announce_again()
    assert house.config() == config


def test_a_meter_that_has_not_said_which_one_it_is_is_not_announced(house: House) -> None:
    house.hear(FULL_LIST, meter_id=None)
    assert house.config() is None
    for _ in range(60):
        house.hear(FULL_LIST, meter_id=None)
    config = house.config()
    assert config is not None
    assert config["dev"]["ids"] == [f"han2x_{ID}_1"]


@pytest.mark.parametrize("number", ["../#", "a+b/c", "Ünit 1\n", "x" * 300])
def test_what_a_meter_calls_itself_makes_no_other_topic(house: House, number: str) -> None:
    house.hear(FULL_LIST, meter_id=number)
    [topic] = [topic for topic in house.told() if topic.endswith("/config")]
    assert topic.startswith(f"homeassistant/device/han2x_{ID}_1_")
    assert topic.count("/") == 3
    assert not {"+", "#", "\n"} & set(topic)
    assert len(topic) < 120


def test_another_meter_on_the_line_is_another_device_and_the_old_one_is_left_over(house: House) -> None:
    house.hear(HOURLY_LIST)
    house.told()
    assert house.desk.leftovers() == []
    for _ in range(4):
        house.hear(HOURLY_LIST, meter_id="5700000000000002")
    config = house.config()
    assert config is not None
    assert config["dev"]["sn"] == "5700000000000002"
    assert [message.topic for message in house.desk.leftovers()] == [
        f"homeassistant/device/han2x_{ID}_1_5700000000000001/config"
    ]
    assert all(message.payload == "" and message.retained for message in house.desk.leftovers())


async def test_what_was_announced_before_a_restart_is_not_announced_as_less() -> None:
    disk = Disk()
    before = House(disk=disk)
    before.hear(HOURLY_LIST)
    first = before.config()
    assert first is not None
    assert await before.memory.save()
    after = House(disk=disk)
    await after.memory.load()
    assert after.desk.leftovers() == [], "its topics are as wanted as before it has spoken"
    after.hear({Quantity.ACTIVE_POWER_IMPORT: 5})
    again = after.config()
    assert again is not None
    assert set(again["cmps"]) == set(first["cmps"])


async def test_brokers_are_remembered_apart_and_not_without_end() -> None:
    disk = Disk()
    for number in range(MOST_BROKERS + 3):
        memory = Memory(disk, f"broker-{number}:1883")
        await memory.load()
        assert memory.topics == set()
        memory.note([f"topic/{number}"])
        assert await memory.save()
    assert len(disk.documents[NAME]["brokers"]) == MOST_BROKERS
    last = Memory(disk, f"broker-{MOST_BROKERS + 2}:1883")
    await last.load()
    assert last.topics == {f"topic/{MOST_BROKERS + 2}"}
    last.cleared(list(last.topics))
    await last.save()
    assert f"broker-{MOST_BROKERS + 2}:1883" not in disk.documents[NAME]["brokers"]


@pytest.mark.parametrize(
    "document", [{}, {"brokers": 5}, {"brokers": {"broker:1883": [1]}},
                 {"brokers": {"broker:1883": {"topics": {"a": 1}, "devices": {"x": {}, "²": {}, "1": 7}}}}],
)  # fmt: skip
async def test_a_memory_of_anything_else_is_none(document: dict[str, Any]) -> None:
    disk = Disk()
    disk.documents[NAME] = document
    memory = Memory(disk, "broker:1883")
    await memory.load()
    assert (memory.topics, memory.devices) == (set(), {})


def test_components_that_are_gone_are_taken_back_and_not_remembered_without_end() -> None:
    memory = Memory(None, "broker:1883")
    for factor in range(MOST_GONE * 2):
        announced = memory.announced(1, "device", [f"import_wh_x{factor}"], [f"import_wh_x{factor}"])
        assert announced[-1] == f"import_wh_x{factor}"
        assert len(announced) <= MOST_GONE + 1


def test_the_password_is_in_no_text_of_the_options() -> None:
    assert "s3cret" not in repr(Options("broker", user="han", password="s3cret"))


def test_the_desk_keeps_no_messages() -> None:
    """Whatever a broker does not take, the next message is the meter as it is then: nothing piles up."""
    house = House()
    for _ in range(500):
        house.hear(HOURLY_LIST)
        house.told()
    kept = sum(len(text) for text in house.desk._last.values())
    assert kept < 20_000
    assert len(house.memory.topics) < 10


def test_no_file_of_the_output_is_imported_while_it_is_off() -> None:
    code = (
        "import sys, han2x.app.daemon, han2x.app.outputs, han2x.outputs; from han2x.settings import Settings; "
        "assert not han2x.app.outputs.KINDS['mqtt.output'](Settings()); "
        "sys.exit(any(name.startswith(('paho', 'han2x.outputs.mqtt')) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2]).returncode == 0
