"""The register view, the monitor and a recording before a gateway that really runs, from the browser to the wire."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import PASSWORD, Open
from tests.browser.running import Running, owned_gateway
from tests.end_to_end.gateway import Gateway
from tests.end_to_end.telegrams import kamstrup_list_1
from tests.end_to_end.test_gateway import say_until_read
from tests.end_to_end.test_page_changes import Person
from tests.end_to_end.wire import Wire
from tests.ports import free_port

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="package"),
]


@pytest.fixture
def place() -> str:
    return f"127.0.0.1:{free_port()}"


@pytest.fixture
def gateway(tmp_path: Path, wire: Wire, place: str) -> Iterator[Gateway]:
    """A gateway with one meter on a wire, which shows as an EM24 on a port of its own too."""
    maps = json.dumps([f"em24 on {place}"])
    settings = f'[modbus]\nstale_after_s = 5\n[[meters]]\nport = "{wire.path}"\nmaps = {maps}\n'
    (tmp_path / "settings.toml").write_text(settings)
    with owned_gateway(tmp_path) as gateway:
        yield gateway


def _row(page: Page, number: int) -> Locator:
    return page.locator(".registers tbody tr:visible", has_text=str(number)).first


async def test_the_view_shows_what_a_client_gets_also_once_the_meter_is_silent(
    gateway: Gateway, wire: Wire, visit: Open, place: str
) -> None:
    await say_until_read(wire, gateway, kamstrup_list_1(power_import=1234, voltage_l1=231), 40001)
    page = await visit(Running(gateway), "registers")
    await expect(_row(page, 40015).locator(".value, .read")).to_have_text(["231.0 V", "2310"], timeout=5000)
    await page.locator("summary", has_text=f"on {place}").click()
    em24 = page.get_by_role("table", name=re.compile("^EM24: "))
    await expect(em24.locator("tbody tr", has_text="W × 10").first).to_be_visible()
    await expect(_row(page, 40001).locator(".words")).to_have_text("exception 0x0B", timeout=60_000)
    assert gateway.read(40001) is None
    await expect(_row(page, 40049).locator(".words")).to_have_text("0000 03E8")


async def test_the_monitor_shows_what_a_client_wrote_and_the_factor_is_written_back_here(
    gateway: Gateway, visit: Open
) -> None:
    await asyncio.to_thread(gateway.client.write_multiple_registers, 48, [0, 40_000])
    page = await visit(Running(gateway), "registers")
    requests = page.get_by_role("region", name="Last Modbus requests").locator("tbody tr")
    await expect(requests.first).to_contain_text("16 Write Multiple Registers48–490 40000answered")
    await page.locator("summary", has_text="Change the scaling factor").press("Enter")
    field = page.get_by_label("Scaling factor", exact=True)
    await expect(field).to_have_value("40")
    await field.fill("200/5")
    await field.press("Enter")
    await expect(page.get_by_text("Nothing was changed.")).to_be_visible()
    await field.fill("4")
    await field.press("Enter")
    await expect(_row(page, 40049).locator(".read")).to_have_text("4000", timeout=30_000)


async def test_a_recording_from_the_page_is_what_replay_reads(
    gateway: Gateway, wire: Wire, visit: Open, tmp_path: Path
) -> None:
    await say_until_read(wire, gateway, kamstrup_list_1(power_import=500), 40001)
    page = await visit(Running(gateway), "care")
    await page.get_by_role("button", name="Start recording").press("Enter")
    await expect(page.get_by_role("button", name="Stop recording")).to_be_visible()
    while await say_until_read(wire, gateway, kamstrup_list_1(power_import=700), 40001) != 700:
        pass
    await page.get_by_role("button", name="Stop recording").press("Enter")
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download the recording").press("Enter")
    await (await download.value).save_as(tmp_path / "line.capture")
    replay = [sys.executable, "-m", "han2x", "replay", str(tmp_path / "line.capture")]
    process = await asyncio.create_subprocess_exec(*replay, stdout=asyncio.subprocess.PIPE)
    printed, _ = await process.communicate()
    events = [json.loads(line) for line in printed.splitlines()]
    powers = {event["values"]["1.7.0"]["value"] for event in events if event["event"] == "reading"}
    assert 700 in powers
    owner = Person(gateway)
    owner.ask("POST", "/login", {"password": PASSWORD})
    actions = {each["action"] for each in owner.ask("GET", "/audit")["entries"]}
    assert {"capture", "capture-downloaded"} <= actions
