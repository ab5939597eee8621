"""A real Prometheus scrapes a running gateway: what it keeps is what the API says, and what falls silent ends."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from han2x.app.gateway_id import gateway_id
from han2x.metrics.names import ESTIMATES, PLACES
from han2x.store import Store
from tests.app.running import Running, running_daemon, settings
from tests.end_to_end.prometheus import Prometheus, scraping
from tests.end_to_end.telegrams import kamstrup_list_1, kamstrup_list_2
from tests.end_to_end.wire import Wire
from tests.tools import needed

pytestmark = [pytest.mark.sockets, pytest.mark.enable_socket]

VALUES = {str(quantity): place for quantity, place in PLACES.items()}
ENERGIES = {str(quantity): place for quantity, place in ESTIMATES.items()}
NAME = 'Hytta "oppe" \\ i nord'


@pytest.fixture
def wires() -> Iterator[list[Wire]]:
    needed("prometheus")
    wires = [Wire(), Wire()]
    yield wires
    for wire in wires:
        wire.close()


def two_meters(wires: list[Wire], **modbus: object) -> str:
    line = {"serial_settings": "2400 8N1"}
    return settings(
        modbus=modbus,
        meters=[
            {"unit": 1, "port": wires[0].path, "name": NAME, **line},
            {"unit": 9, "port": wires[1].path, "scaling_factor": 40_000, **line},
        ],
    )


async def hear_both(running: Running, wires: list[Wire]) -> None:
    await running.hear(wires[0], kamstrup_list_2(power_import=1500, energy_import=24_326_980))
    await running.hear(wires[1], kamstrup_list_1(power_import=700), unit=9)


async def in_thread(prometheus: Prometheus, expression: str) -> float | None:
    return await asyncio.to_thread(prometheus.value, expression)


async def test_what_prometheus_keeps_of_two_scrapes_is_what_the_api_says(tmp_path: Path, wires: list[Wire]) -> None:
    async with running_daemon(tmp_path, two_meters(wires, stale_after_s=3600)) as running:
        await hear_both(running, wires)
        await running.value(40049)
        with scraping(tmp_path, running.url.removeprefix("http://")) as prometheus:
            scrapes = "count_over_time(han2x_build_info[10m])"
            await asyncio.to_thread(prometheus.until, lambda: (prometheus.value(scrapes) or 0) >= 2)
            assert await in_thread(prometheus, "up") == 1
            browser = await running.browser()
            live, modbus = (await browser.ask("GET", "/live")).body, (await browser.ask("GET", "/modbus")).body
            for meter in live["meters"]:
                await assert_equal(prometheus, meter)
            requests = 'han2x_modbus_requests_total{server="plain",function="3"}'
            assert await in_thread(prometheus, requests) == modbus["functions"]["3"] == 1
            assert await in_thread(prometheus, "han2x_modbus_clients") == modbus["open"] == 1
            told = await asyncio.to_thread(prometheus.query, "han2x_build_info")
            assert told[0][0]["version"] == live["version"]
            assert told[0][0]["gateway_id"] == gateway_id(Store(running.state))


async def assert_equal(prometheus: Prometheus, meter: dict[str, Any]) -> None:
    """Every value, estimate and counter of a meter that the API has is what Prometheus has."""
    who, factor = f'unit="{meter["unit"]}"', meter["scaling_factor"] / 1000
    seen = 0
    for key, known in meter["values"].items():
        family, which = VALUES[key]
        labels = ",".join(filter(None, (who, which)))
        scaled = known["value"] * (1 if known["unit"] in ("V", "1") else factor)
        assert await in_thread(prometheus, f"{family.name}{{{labels}}}") == pytest.approx(scaled, rel=1e-12)
        seen += 1
    for key in meter["estimates"]:
        estimated, error, which = ENERGIES[key]
        assert await in_thread(prometheus, f"{estimated.name}{{{who},{which}}}") is not None
        assert await in_thread(prometheus, f"{error.name}{{{who},{which}}}") is not None
    assert seen == len(meter["values"]) > 8
    assert await in_thread(prometheus, f"sum(han2x_telegrams_total{{{who}}})") == meter["readings"] == 1
    assert await in_thread(prometheus, f"sum(han2x_problems_total{{{who}}})") == sum(meter["problems"].values())
    assert await in_thread(prometheus, f"han2x_scaling_factor_ratio{{{who}}}") == factor
    ((labels_of, _),) = await asyncio.to_thread(prometheus.query, f"han2x_meter_info{{{who}}}")
    assert (labels_of["meter"], labels_of["maker"]) == (meter["meter_id"], meter["maker"])
    assert labels_of.get("name", "") == meter["name"]


async def test_a_meter_that_falls_silent_has_no_values_any_more_and_others_go_on(
    tmp_path: Path, wires: list[Wire]
) -> None:
    async with running_daemon(tmp_path, two_meters(wires, stale_after_s=5)) as running:
        await hear_both(running, wires)
        with scraping(tmp_path, running.url.removeprefix("http://")) as prometheus:
            power = "han2x_active_power_watts{direction='import'}"

            def units() -> list[str]:
                return sorted(labels["unit"] for labels, _ in prometheus.query(power))

            first = asyncio.create_task(keep_saying(wires[0], kamstrup_list_1(power_import=1500)))
            second = asyncio.create_task(keep_saying(wires[1], kamstrup_list_1(power_import=700)))
            try:
                await asyncio.to_thread(prometheus.until, lambda: units() == ["1", "9"])
                first.cancel()
                await asyncio.to_thread(prometheus.until, lambda: units() == ["9"])
            finally:
                first.cancel()
                second.cancel()
            assert await in_thread(prometheus, power) == 700 * 40
            assert await in_thread(prometheus, 'han2x_meter_up{unit="1"}') == 0
            readings = running.meter(1).state.readings
            assert await in_thread(prometheus, 'sum(han2x_telegrams_total{unit="1"})') == readings > 1


async def keep_saying(wire: Wire, telegram: bytes) -> None:
    while True:
        wire.say(telegram)
        await asyncio.sleep(1)


async def test_a_closed_gateway_is_scraped_with_a_token(tmp_path: Path, wires: list[Wire]) -> None:
    async with running_daemon(tmp_path, settings(web={"live_open": False})) as running:
        made = await (await running.browser()).ask("POST", "/tokens", {"name": "prometheus", "read_only": True})
        target = running.url.removeprefix("http://")
        with scraping(tmp_path, target, token=made.body["token"]) as prometheus:
            await asyncio.to_thread(prometheus.until, lambda: prometheus.value("up") == 1)
            assert await in_thread(prometheus, "han2x_build_info") == 1
        (tmp_path / "tsdb2").mkdir()
        with scraping(tmp_path / "tsdb2", target) as prometheus:
            await asyncio.to_thread(prometheus.until, lambda: prometheus.value("up") == 0)
            (seen,) = await asyncio.to_thread(prometheus.targets)
            assert "401" in seen["lastError"]
