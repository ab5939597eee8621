"""Home Assistant itself, which is told of a meter by MQTT alone: first start, silence, a gateway and a broker killed,
another scaling factor, and the end.

Run as `python -m tests.clients.home_assistant_mqtt PYTHON`, with a Python in whose environment Home Assistant is
installed, and with Debian's mosquitto. It takes about twelve minutes, since Home Assistant makes its statistics every
five. Fails when a value is not the meter's, when one that is not current is shown as if it were, or when energy appears
that nobody used.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import aiohttp

from tests.clients.home_assistant import CONFIGURATION, POWER_W, TOTAL_WH, HomeAssistant, Line, _next_statistics
from tests.end_to_end.gateway import Gateway
from tests.mqtt_broker import Mosquitto, running_broker
from tests.ports import free_ports

DEVICE: Final = "han_5799999999999999"
POWER: Final = f"{DEVICE}_active_power"
ENERGY: Final = f"{DEVICE}_active_energy_import"
SHOWN_WITHIN_S: Final = 120
_WHEN: Final = "2026-11-01T00:00:00+00:00"


class House:
    """The broker, the gateway at it, and what Home Assistant shows."""

    def __init__(self, folder: Path, broker: Mosquitto, assistant: HomeAssistant, modbus: int, serial: int) -> None:
        self.line = Line()
        self.broker = broker
        self.assistant = assistant
        self.seen: list[str] = []
        self._state = folder / "state"
        self._arguments = ("--port", f"socket://127.0.0.1:{serial}")
        self._modbus = f"127.0.0.1:{modbus}"
        self.settings = self._state / "settings.toml"
        self._state.mkdir()
        self.settings.write_text(f'[mqtt]\nbroker = "127.0.0.1:{broker.port}"\ninterval_s = 2\n')

    async def start(self) -> None:
        """Start the gateway."""
        self.gateway = await asyncio.to_thread(Gateway, self._state, *self._arguments, modbus=self._modbus)

    async def shows(self, name: str, wanted: str) -> None:
        """Wait until an entity shows this."""
        await self.assistant.until(name, wanted, SHOWN_WITHIN_S)
        print(f"{name} is {wanted}", flush=True)

    async def counts(self, name: str, total: int) -> None:
        """Wait until an energy is this, and what was used since."""
        for _ in range(SHOWN_WITHIN_S):
            state = await self.assistant.state(name)
            if state.isdigit() and total <= int(state) < total + 4 * POWER_W:
                print(f"{name} is {state}", flush=True)
                return
            await asyncio.sleep(1)
        raise AssertionError(f"{name} is {state}, not about {total}")

    async def watch(self) -> None:
        """Take note of every state of the energy."""
        while True:
            state = await self.assistant.state(ENERGY)
            if not self.seen or self.seen[-1] != state:
                self.seen.append(state)
            await asyncio.sleep(0.5)

    async def used(self, name: str) -> float:
        """What its statistics have for used, in Wh."""
        rows = await self.assistant.statistics(name)
        print(f"statistics of {name}:", [(row["state"], row["sum"], row["change"]) for row in rows], flush=True)
        assert rows, f"there are no statistics of {name}"
        return sum(row["change"] or 0 for row in rows)


async def main(python: str) -> None:
    """Do all of it; raises AssertionError for what is wrong."""
    folder = Path(tempfile.mkdtemp())
    page, modbus, serial = free_ports(3)
    try:
        with running_broker(folder) as broker:
            (folder / "configuration.yaml").write_text(CONFIGURATION.format(port=page), encoding="utf-8")
            _use_broker(folder, broker.port)
            async with aiohttp.ClientSession() as session:
                house = House(folder, broker, HomeAssistant(page, session), modbus, serial)
                await _live_through(house, python, folder, serial)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _live_through(house: House, python: str, folder: Path, serial: int) -> None:
    with (folder / "home-assistant.txt").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            python, "-m", "homeassistant", "-c", str(folder), "--skip-pip", stdout=log, stderr=log
        )
        async with house.line.served(serial):
            await house.start()
            try:
                await house.assistant.log_in()
                async with asyncio.TaskGroup() as group:
                    watching = group.create_task(house.watch())
                    await story(house)
                    watching.cancel()
            finally:
                house.gateway.kill()
                process.terminate()
                await process.wait()
                said = (folder / "home-assistant.txt").read_text(errors="replace").splitlines()
                print(*(each[:200] for each in said if "mqtt" in each and " ERROR " in each), sep="\n")


def _use_broker(folder: Path, port: int) -> None:
    """Have the MQTT integration set up, as its dialog would."""
    entry: dict[str, Any] = {
        "created_at": _WHEN, "modified_at": _WHEN, "data": {"broker": "127.0.0.1", "port": port}, "disabled_by": None,
        "discovery_keys": {}, "domain": "mqtt", "entry_id": "01HAN2X000000000000000MQTT", "minor_version": 2,
        "options": {}, "pref_disable_new_entities": False, "pref_disable_polling": False, "source": "user",
        "subentries": [], "title": "broker", "unique_id": None, "version": 1,
    }  # fmt: skip
    storage = {"version": 1, "minor_version": 5, "key": "core.config_entries", "data": {"entries": [entry]}}
    (folder / ".storage").mkdir()
    (folder / ".storage" / "core.config_entries").write_text(json.dumps(storage))


async def story(house: House) -> None:
    """A year in twelve minutes."""
    await house.shows(POWER, str(POWER_W))
    for name, value in (("voltage_l1", "230"), ("current_l2", "4.32"), ("active_power_import", str(POWER_W))):
        await house.shows(f"{DEVICE}_{name}", value)
    assert await house.assistant.state(ENERGY) == "missing", "there is no energy before the first total"
    house.line.total_due = True
    await house.counts(ENERGY, TOTAL_WH)
    await _next_statistics()

    house.line.speaks = False
    await house.shows(POWER, "unavailable")
    house.line.speaks = True
    await house.shows(POWER, str(POWER_W))

    house.gateway.kill()
    await house.shows(POWER, "unavailable")
    await house.start()
    await house.shows(POWER, str(POWER_W))
    await house.counts(ENERGY, TOTAL_WH)

    house.broker.kill()
    await house.shows(POWER, "unavailable")
    house.broker.start()
    await house.shows(POWER, str(POWER_W))

    house.gateway.client.write_multiple_registers(48, [0, 2000])
    await house.shows(POWER, str(2 * POWER_W))
    await house.counts(f"{ENERGY}_x2", 2 * TOTAL_WH)
    await house.shows(ENERGY, "missing")
    await _next_statistics()
    for name in (ENERGY, f"{ENERGY}_x2"):
        used = await house.used(name)
        assert 0 <= used < 2 * POWER_W, f"{used} Wh are booked on {name}"
    numbers = [int(state) for state in house.seen if state.isdigit()]
    print("states of the energy:", house.seen[:4], "...", house.seen[-2:])
    assert numbers == sorted(numbers)
    assert min(numbers) >= TOTAL_WH

    house.settings.write_text("")
    house.gateway.process.send_signal(signal.SIGHUP)
    await house.shows(POWER, "missing")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
    print("Home Assistant shows what the gateway publishes.")
