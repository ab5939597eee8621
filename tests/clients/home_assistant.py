"""Home Assistant itself, with the recipe of docs/recipes.md, over a first start, silence and a restart of the gateway.

Run as `python -m tests.clients.home_assistant PYTHON`, with a Python in whose environment Home Assistant is installed.
It takes about twelve minutes, since Home Assistant makes its statistics every five. Fails when a value is not the
meter's, when one that is not current is shown as if it were, or when energy appears that nobody used.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

import aiohttp

from tests.conftest import ROOT
from tests.end_to_end.gateway import Gateway
from tests.end_to_end.telegrams import kamstrup_list_1, kamstrup_list_2
from tests.ports import free_ports

TOTAL_WH: Final = 24_327_000
POWER_W: Final = 3600
NORMAL_TIME: Final = timezone(timedelta(hours=1))  # which Norwegian Kamstrup meters keep all year
RECIPE: Final = ROOT / "webui" / "recipes" / "home-assistant.yaml"
START_S: Final = 180
STATISTICS_EVERY: Final = timedelta(minutes=5)
CONFIGURATION: Final = """\
homeassistant:
  name: House
  time_zone: Europe/Oslo
http:
  server_host: 127.0.0.1
  server_port: {port}
api:
websocket_api:
recorder:
logger:
  default: warning
"""


class Line:
    """A serial server on TCP that sends as a meter does: list 1 every two seconds, and list 2 when it is asked to."""

    def __init__(self) -> None:
        self.speaks = True
        self.total_due = False
        self._writers: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def served(self, port: int) -> AsyncIterator[None]:
        async with await asyncio.start_server(self._serve, "127.0.0.1", port):
            yield

    async def _serve(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                if self.speaks:
                    writer.write(self._telegram())
                    await writer.drain()
                await asyncio.sleep(2)
        except (OSError, asyncio.CancelledError):  # at the end; streams would log it
            writer.close()

    def _telegram(self) -> bytes:
        clock = datetime.now(NORMAL_TIME).replace(tzinfo=None)
        if self.total_due:
            self.total_due = False
            return kamstrup_list_2(power_import=POWER_W, energy_import=TOTAL_WH, hour=clock.hour, clock=clock)
        return kamstrup_list_1(power_import=POWER_W, clock=clock)


class HomeAssistant:
    """A running Home Assistant, asked as its own page asks it."""

    def __init__(self, port: int, session: aiohttp.ClientSession) -> None:
        self._url = f"http://127.0.0.1:{port}"
        self._session = session
        self._token = ""
        self.seen: list[str] = []  # every state of the energy there was

    async def log_in(self) -> None:
        """Become the first user, once it answers."""
        user = {"name": "o", "username": "o", "password": "owner-of-it", "language": "en", "client_id": f"{self._url}/"}
        for _ in range(START_S):
            try:
                async with self._session.post(f"{self._url}/api/onboarding/users", json=user) as answer:
                    if answer.status == 200:
                        code = (await answer.json())["auth_code"]
                        break
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(1)
        else:
            raise TimeoutError("Home Assistant does not answer")
        form = {"grant_type": "authorization_code", "code": code, "client_id": f"{self._url}/"}
        async with self._session.post(f"{self._url}/auth/token", data=form) as answer:
            self._token = (await answer.json())["access_token"]

    async def state(self, name: str) -> str:
        """What an entity shows."""
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._session.get(f"{self._url}/api/states/sensor.{name}", headers=headers) as answer:
            return str((await answer.json()).get("state")) if answer.status == 200 else "missing"

    async def watch(self) -> None:
        """Take note of every state of the energy."""
        while True:
            state = await self.state("grid_energy_import")
            if not self.seen or self.seen[-1] != state:
                self.seen.append(state)
            await asyncio.sleep(1)

    async def until(self, name: str, wanted: str, seconds: float) -> None:
        """Wait for a state."""
        for _ in range(round(seconds)):
            if (state := await self.state(name)) == wanted:
                return
            await asyncio.sleep(1)
        raise AssertionError(f"{name} is {state}, not {wanted}")

    async def statistics(self, name: str) -> list[dict[str, Any]]:
        """Its statistics of five minutes each."""
        async with self._session.ws_connect(f"{self._url}/api/websocket") as socket:
            await socket.receive_json()
            await socket.send_json({"type": "auth", "access_token": self._token})
            await socket.receive_json()
            begin = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
            asked = {"id": 1, "type": "recorder/statistics_during_period", "start_time": begin, "period": "5minute"}
            await socket.send_json({**asked, "statistic_ids": [f"sensor.{name}"], "types": ["change", "state", "sum"]})
            result = (await socket.receive_json())["result"]
        rows: list[dict[str, Any]] = result.get(f"sensor.{name}", [])
        return rows


async def main(python: str) -> None:
    """Do all of it; raises AssertionError for what is wrong."""
    folder = Path(tempfile.mkdtemp())
    page, modbus, serial = free_ports(3)
    line = Line()
    (folder / "configuration.yaml").write_text(CONFIGURATION.format(port=page) + _recipe(modbus), encoding="utf-8")
    arguments = ("--port", f"socket://127.0.0.1:{serial}")
    async with line.served(serial), aiohttp.ClientSession() as session:
        gateway = await asyncio.to_thread(Gateway, folder / "state", *arguments, modbus=f"127.0.0.1:{modbus}")
        log = (folder / "home-assistant.txt").open("wb")
        process = await asyncio.create_subprocess_exec(
            python, "-m", "homeassistant", "-c", str(folder), stdout=log, stderr=log
        )
        try:
            house = HomeAssistant(page, session)
            await house.log_in()
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(house.watch())
                gateway = await story(house, line, gateway, lambda: Gateway(
                    folder / "state", *arguments, modbus=f"127.0.0.1:{modbus}"
                ))  # fmt: skip
                watching.cancel()
        finally:
            process.terminate()
            await process.wait()
            gateway.kill()
            complaints = [
                each
                for each in (folder / "home-assistant.txt").read_text(errors="replace").splitlines()
                if "modbus" in each.lower()
            ]
            print(*complaints, sep="\n")
            shutil.rmtree(folder, ignore_errors=True)


def _recipe(port: int) -> str:
    text = RECIPE.read_text(encoding="utf-8")
    return text.replace("ADDRESS", "127.0.0.1").replace("PORT", str(port)).replace("UNIT", "1")


async def story(house: HomeAssistant, line: Line, gateway: Gateway, start: Any) -> Gateway:  # noqa: ANN401
    """First start, the first total, statistics, silence, and a restart."""
    await house.until("grid_power", str(POWER_W), 90)
    for name, value in (("grid_voltage_l1", "230.0"), ("grid_current_l2", "4.32"), ("grid_power_l1", "1198")):
        print(name, await house.state(name), "expected about", value)
    assert await house.state("grid_energy_import") in ("unknown", "unavailable")
    print("before the first total:", await house.state("grid_energy_import"), flush=True)
    line.total_due = True
    await _energy(house, 90)
    await _next_statistics()
    line.speaks = False
    await house.until("grid_power", "unavailable", 120)
    print("while the meter is silent:", await house.state("grid_energy_import"), flush=True)
    line.speaks = True
    await house.until("grid_power", str(POWER_W), 90)
    await asyncio.to_thread(gateway.stop)
    gateway = await asyncio.to_thread(start)
    await house.until("grid_power", str(POWER_W), 120)
    await _energy(house, 90)
    await _next_statistics()
    rows = await house.statistics("grid_energy_import")
    print("statistics:", [(row["state"], row["sum"], row["change"]) for row in rows])
    print("states of the energy:", house.seen[:4], "...", house.seen[-2:])
    assert rows, "there are no statistics of the energy"
    used = sum(row["change"] or 0 for row in rows)
    assert 0 <= used < 2 * POWER_W, f"{used} Wh are booked"
    numbers = [float(state) for state in house.seen if state[0].isdigit()]
    assert numbers == sorted(numbers)
    assert min(numbers) >= TOTAL_WH - 10
    assert (await house.statistics("grid_power"))[-1] is not None
    return gateway


async def _energy(house: HomeAssistant, seconds: float) -> None:
    for _ in range(round(seconds)):
        state = await house.state("grid_energy_import")
        if state[0].isdigit():
            print("energy:", state, flush=True)
            return
        await asyncio.sleep(1)
    raise AssertionError(f"the energy is {state}")


async def _next_statistics() -> None:
    """Wait until Home Assistant has made those of the five minutes that now are, and some of the next."""
    now = datetime.now(UTC)
    due = now - (now - datetime.min.replace(tzinfo=UTC)) % STATISTICS_EVERY + STATISTICS_EVERY + timedelta(seconds=25)
    await asyncio.sleep((due - now).total_seconds())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
    print("Home Assistant shows what the meter says.")
