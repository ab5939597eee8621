"""Setting up step by step: each step does what its form in the settings does, and none has to be done."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
from msgspec.structs import replace
from playwright.async_api import Page, expect

from han2x.api.care import SerialPort
from han2x.api.live import Diagnosis, MeasuredValue
from han2x.gateway.line_status import LineState
from han2x.settings.schema import METERS
from tests.browser.barriers import assert_no_barrier
from tests.browser.conftest import PASSWORD, Gateway, Open
from tests.browser.live_data import NEVER, NO_LINE, WELL, live, meter
from tests.web.fake_control import ADAPTER

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]

BUILT_IN: Final = SerialPort(path="/dev/ttyAMA0", device="/dev/ttyAMA0", description="ttyAMA0")
SECOND: Final = SerialPort(
    path="/dev/serial/by-id/usb-Silicon_Labs_CP2102_0001-if00-port0", device="/dev/ttyUSB1", description="CP2102"
)
SENT: Final = {
    "1.7.0": MeasuredValue(value=231.0, unit="W", age_s=1.2, stale=False),
    "32.7.0": MeasuredValue(value=230.4, unit="V", age_s=1.2, stale=False),
}
LOCKED: Final[dict[str, Any]] = {
    **NEVER, "diagnosis": Diagnosis(code="no-key", what="The meter encrypts its telegrams.", advice=""),
}  # fmt: skip


def _set(gateway: Gateway) -> dict[str, Any]:
    values = gateway.control.settings().values[METERS]
    assert isinstance(values, list)
    return values[0]


async def _choose(page: Page) -> None:
    await page.get_by_label("New password", exact=True).fill(PASSWORD)
    await page.get_by_label("New password once more").fill(PASSWORD)
    await page.get_by_role("button", name="Set the password").click()


async def _is_at(page: Page, step: str, number: int) -> None:
    await page.wait_for_url(f"**/#start/{step}")
    await expect(page.get_by_text(f"Step {number} of 7", exact=True)).to_be_visible()
    await expect(page.locator(".track [aria-current=step]")).to_contain_text(str(number))


async def test_from_the_password_on_each_step_leads_to_the_next_and_the_last_to_the_live_values(
    new_gateway: Gateway, visit: Open
) -> None:
    new_gateway.control.document[METERS] = [{"unit": 1}]
    page = await visit(new_gateway, "", log_in=False)
    await expect(page.get_by_text("Step 1 of 7", exact=True)).to_be_visible()
    await _choose(page)
    await _is_at(page, "adapter", 2)
    await page.get_by_role("button", name="Use this adapter").click()
    await _is_at(page, "meter", 3)
    await page.get_by_role("link", name="Next").click()
    await _is_at(page, "factor", 4)
    await page.get_by_label("Scaling factor", exact=True).fill("7,5")
    await page.get_by_role("button", name="Use this factor").click()
    await _is_at(page, "network", 5)
    await page.get_by_role("link", name="Skip this step").click()
    await _is_at(page, "clients", 6)
    await page.get_by_role("link", name="Next").click()
    await _is_at(page, "done", 7)
    await expect(page.locator(".outcomes")).to_contain_text("1 connected")
    assert (_set(new_gateway)["port"], _set(new_gateway)["scaling_factor"]) == (ADAPTER.path, 7500)
    await page.get_by_role("link", name="Show the live values").click()
    await expect(page.locator(".meter")).to_be_visible()


async def test_every_step_can_be_skipped_and_back_leads_back(gateway: Gateway, open_page: Open) -> None:
    before = gateway.control.settings()
    page = await open_page("start")
    await expect(page.get_by_role("link", name="Back")).to_have_count(0)
    for step, number in (("meter", 3), ("factor", 4), ("network", 5), ("clients", 6), ("done", 7)):
        await page.locator(".ways").get_by_role("link", name=re.compile("Skip this step|Next")).click()
        await _is_at(page, step, number)
    await page.get_by_role("link", name="Back").click()
    await _is_at(page, "clients", 6)
    await page.go_back()
    await _is_at(page, "done", 7)
    assert gateway.control.settings() == before


async def test_a_step_is_left_and_found_again_by_reloading_and_by_coming_back(
    gateway: Gateway, open_page: Open
) -> None:
    page = await open_page("start/factor")
    await page.reload()
    await _is_at(page, "factor", 4)
    await page.goto("about:blank")
    await page.goto(gateway.url)
    await _is_at(page, "factor", 4)
    await page.get_by_role("link", name="Finish later").click()
    await expect(page.locator(".meter")).to_be_visible()
    await page.goto("about:blank")
    await page.goto(gateway.url)
    await expect(page.locator(".meter")).to_be_visible()
    await page.get_by_role("link", name="Settings").click()
    await page.get_by_role("link", name="Set up step by step").click()
    await expect(page.get_by_role("heading", name="Choose the adapter")).to_be_visible()


async def test_a_login_that_ended_meanwhile_leads_back_to_the_step(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("start/clients")
    gateway.access.sessions.end_all()
    await page.goto("about:blank")
    await page.goto(gateway.url)
    await page.get_by_role("banner").get_by_role("button", name="Log in").click()
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("Password").press("Enter")
    await _is_at(page, "clients", 6)


async def test_a_first_visit_to_a_certain_view_is_led_to_that_view(new_gateway: Gateway, visit: Open) -> None:
    page = await visit(new_gateway, "network", log_in=False)
    await _choose(page)
    await expect(page.get_by_role("heading", name="Network", exact=True)).to_be_visible()


async def test_the_only_adapter_is_chosen_already_and_a_built_in_port_is_not(gateway: Gateway, open_page: Open) -> None:
    gateway.control.document[METERS] = [{"unit": 1}]
    gateway.control.serial_ports = [ADAPTER, BUILT_IN]
    page = await open_page("start/adapter")
    await expect(page.get_by_label("FT232R USB UART")).to_be_checked()
    await expect(page.locator(".radio", has_text="ttyAMA0")).to_contain_text("built into the gateway")
    gateway.control.serial_ports = [BUILT_IN]
    await page.reload()
    await expect(page.locator("input:checked")).to_have_count(0)
    await page.get_by_role("button", name="Use this adapter").click()
    await expect(page.locator(".error:visible")).to_have_text("Choose an adapter.")
    assert _set(gateway)["port"] == ""


async def test_of_two_adapters_none_is_chosen_until_somebody_does(gateway: Gateway, open_page: Open) -> None:
    gateway.control.document[METERS] = [{"unit": 1}]
    gateway.control.serial_ports = [ADAPTER, SECOND]
    page = await open_page("start/adapter")
    await expect(page.get_by_label("CP2102")).to_be_visible()
    await expect(page.locator("input:checked")).to_have_count(0)
    await page.get_by_label("CP2102").check()
    await page.get_by_role("button", name="Use this adapter").click()
    await _is_at(page, "meter", 3)
    assert _set(gateway)["port"] == SECOND.path


async def test_an_adapter_that_is_plugged_in_meanwhile_comes_by_itself(gateway: Gateway, open_page: Open) -> None:
    gateway.control.document[METERS] = [{"unit": 1}]
    gateway.control.serial_ports = []
    page = await open_page("start/adapter")
    await expect(page.get_by_text("No adapter is plugged in.")).to_be_visible()
    await page.get_by_role("button", name="Look again").click()
    await expect(page.get_by_role("status").filter(has_text="Found: 0.")).to_be_visible()
    gateway.control.serial_ports = [ADAPTER]
    await expect(page.get_by_label("FT232R USB UART")).to_be_checked()
    await expect(page.get_by_text("No adapter is plugged in.")).to_be_hidden()


async def test_what_was_chosen_stays_when_another_adapter_comes(gateway: Gateway, open_page: Open) -> None:
    gateway.control.document[METERS] = [{"unit": 1}]
    page = await open_page("start/adapter")
    await page.get_by_label("Another, or a serial server").check()
    await page.get_by_label("Device or serial server").fill("socket://192.168.1.50:4001")
    gateway.control.serial_ports = [ADAPTER, SECOND]
    await expect(page.get_by_label("CP2102")).to_be_visible()
    await expect(page.get_by_label("Another, or a serial server")).to_be_checked()
    await page.get_by_label("Device or serial server").press("Enter")
    await _is_at(page, "meter", 3)
    assert _set(gateway)["port"] == "socket://192.168.1.50:4001"
    await page.get_by_role("link", name="Back").click()
    await expect(page.get_by_label("Device or serial server")).to_have_value("socket://192.168.1.50:4001")


async def test_what_cannot_be_a_port_is_refused_at_its_field(gateway: Gateway, open_page: Open) -> None:
    before = gateway.control.settings()
    page = await open_page("start/adapter")
    await page.get_by_label("Another, or a serial server").check()
    for typed, error in (("tty1", "A device begins with /"), ("socket://x:99999", "A TCP port is a number")):
        await page.get_by_label("Device or serial server").fill(typed)
        await page.get_by_role("button", name="Use this adapter").click()
        await expect(page.locator(".error:visible")).to_contain_text(error)
        await expect(page.get_by_label("Device or serial server")).to_be_focused()
    assert gateway.control.settings() == before


async def test_of_several_meters_each_has_its_own_steps(gateway: Gateway, open_page: Open) -> None:
    gateway.control.document[METERS] = [{"unit": 1, "port": ADAPTER.path}, {"unit": 7, "name": "Barn"}]
    gateway.control.serial_ports = [ADAPTER, SECOND]
    gateway.control.data = live(meter(), meter(unit=7, name="Barn", **NEVER))
    page = await open_page("start/adapter")
    await page.get_by_label("For the meter").select_option("Barn")
    await page.wait_for_url("**/#start/adapter/7")
    await expect(page.locator(".radio", has_text="FT232R")).to_contain_text("used by Meter 1")
    await expect(page.get_by_label("CP2102")).to_be_checked()
    await page.get_by_role("button", name="Use this adapter").click()
    await page.wait_for_url("**/#start/meter/7")
    meters = gateway.control.settings().values[METERS]
    assert isinstance(meters, list)
    assert [each["port"] for each in meters] == [ADAPTER.path, SECOND.path]
    await page.goto(f"{gateway.url}#start/clients/7")
    await expect(page.locator(".step .facts")).to_contain_text("7")


async def test_what_comes_is_told_while_one_waits(gateway: Gateway, open_page: Open) -> None:
    waiting = Diagnosis(code="waiting", what="", advice="")
    gateway.show(**{**NEVER, "diagnosis": waiting, "line": replace(WELL.line, state=LineState.OPEN)})
    page = await open_page("start/meter")
    banner = page.locator(".step .banner").first
    await expect(banner).to_contain_text("Waiting for the meter’s first telegram")
    await expect(page.get_by_role("link", name="Skip this step")).to_be_visible()
    await expect(page.locator(".step .tile")).to_have_count(0)
    gateway.show(readings=1, values=SENT)
    await expect(banner).to_contain_text("Telegrams come from the meter.")
    await expect(page.locator(".step .tile")).to_have_text([re.compile("231 W"), re.compile("230.4 V")])
    for text in ("1 good", "Kamstrup", "5706567000000000", "6841121BN243101040", "List 1"):
        await expect(page.locator(".step .facts")).to_contain_text(text)
    await expect(page.get_by_role("link", name="Next")).to_be_visible()


async def test_a_large_total_stays_within_its_tile(gateway: Gateway, open_page: Open) -> None:
    total = MeasuredValue(value=9_999_999_990.0, unit="Wh", age_s=1.2, stale=False)
    gateway.show(readings=1, values={**SENT, "1.8.0": total})
    page = await open_page("start/meter", width=360)
    figure = page.locator(".step .tile", has_text="Active energy import").locator("dd")
    await expect(figure).to_have_text("9\u202f999\u202f999.99 kWh")
    assert await figure.evaluate("(shown) => shown.scrollWidth <= shown.clientWidth")


async def test_a_closed_port_is_told_in_words_with_what_to_do(gateway: Gateway, open_page: Open) -> None:
    gateway.show(**{**NEVER, "diagnosis": Diagnosis(code="nothing-received", what="", advice="")})
    page = await open_page("start/meter")
    await expect(page.locator(".step .banner.warning")).to_contain_text("Ask your grid company whether the HAN port")
    await expect(page.locator(".step textarea")).to_have_count(0)
    gateway.show(**{**NEVER, "line": replace(NO_LINE, port="")})
    await expect(page.locator(".step .banner").first).to_contain_text("No adapter is chosen yet.")


async def test_keys_are_asked_for_once_the_meter_turns_out_to_encrypt(gateway: Gateway, open_page: Open) -> None:
    gateway.show(**LOCKED)
    page = await open_page("start/meter")
    await expect(page.locator(".step .banner")).to_contain_text("The meter encrypts its telegrams, and no key is set.")
    keys = page.get_by_label("Keys", exact=True)
    await keys.fill("00" * 16)
    await page.get_by_role("button", name="Save keys").click()
    await expect(page.get_by_text("The encryption key is saved; there was no authentication key.")).to_be_visible()
    assert list(gateway.control.keys) == [1]
    gateway.show(readings=3, values=SENT)
    await expect(page.get_by_role("link", name="Next")).to_be_visible()
    await expect(page.get_by_text("The encryption key is saved")).to_be_visible()


async def test_the_factor_s_step_says_what_it_makes_of_the_power_right_now(gateway: Gateway, open_page: Open) -> None:
    gateway.show(values=SENT)
    page = await open_page("start/factor")
    await page.get_by_label("Scaling factor", exact=True).fill("200:5")
    await expect(page.get_by_text("Right now: 231 W from the meter × 40 = 9\u202f240 W.")).to_be_visible()
    gateway.show(values={"1.7.0": replace(SENT["1.7.0"], stale=True)})
    await expect(page.get_by_text("Right now:")).to_be_hidden()
    await page.get_by_role("button", name="Use this factor").click()
    await expect(page.locator(".error:visible")).to_have_text("Confirm this factor below, or write another one.")
    await page.get_by_label("Yes, 40 is right").check()
    await page.get_by_role("button", name="Use this factor").click()
    await _is_at(page, "network", 5)
    assert _set(gateway)["scaling_factor"] == 40_000


async def test_the_address_is_changed_and_kept_in_its_step(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("start/network")
    await page.get_by_label("Fixed").check()
    await page.get_by_label("IP address").fill("127.0.0.1")
    await page.get_by_label("Network prefix or mask").fill("8")
    await page.get_by_label("Default gateway").fill("")
    await page.get_by_role("button", name="Apply").click()
    await page.get_by_role("button", name="Keep the new settings").click()
    await expect(page.locator(".step").get_by_text("The new network settings are kept.")).to_be_visible()
    await page.get_by_role("link", name="Next").click()
    await _is_at(page, "clients", 6)


@pytest.mark.parametrize("width", [360, 1280])
async def test_a_long_total_stays_inside_its_tile(gateway: Gateway, open_page: Open, width: int) -> None:
    total = MeasuredValue(value=24_326_810.0, unit="Wh", age_s=1.2, stale=False)
    gateway.show(readings=1, values={**SENT, "1.8.0": total, "52.7.0": SENT["32.7.0"]})
    page = await open_page("start/meter", width=width)
    await expect(page.locator(".step .tile", has_text="kWh").first).to_be_visible()
    wide = await page.locator(".step .tile dd").evaluate_all(
        "(values) => values.filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.textContent)"
    )
    assert wide == []


async def test_the_text_of_a_step_is_not_bold(open_page: Open) -> None:
    page = await open_page("start/clients")
    await expect(page.locator(".step .lead")).to_have_css("font-weight", "400")


async def test_what_clients_need_is_there_to_copy_with_who_reads_already(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("start/clients", permissions=["clipboard-read", "clipboard-write"])
    await expect(page.locator(".step code").nth(1)).to_have_text("502")
    await expect(page.get_by_text("The gateway is being read by:")).to_be_visible()
    await expect(page.locator(".step .banner li")).to_have_text("192.168.1.20")
    await expect(page.get_by_role("button", name="Copy: Address")).to_have_text("Copy")
    await page.get_by_role("button", name="Copy: Address").click()
    await expect(page.get_by_role("status").filter(has_text="Copied.")).to_have_count(1)
    assert await page.evaluate("navigator.clipboard.readText()") == "127.0.0.1"
    await page.get_by_label("Program").select_option("evcc")
    await expect(page.locator(".step pre")).to_contain_text("host: 127.0.0.1\n    port: 502")


async def test_only_what_stands_out_in_a_step_is_bold(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("start/factor")
    await expect(page.locator(".step .help").first).to_have_css("font-weight", "400")
    await expect(page.locator(".step label").first).to_have_css("font-weight", "600")


async def test_at_the_end_it_is_told_what_is_still_missing(gateway: Gateway, open_page: Open) -> None:
    gateway.show(**NEVER)
    gateway.control.server = replace(gateway.control.server, connections=[])
    page = await open_page("start/done")
    await expect(page.locator(".outcomes li")).to_have_text(
        [
            re.compile("Adapter /dev/ttyUSB0"), re.compile("Meter No telegrams come yet."), re.compile("Factor 1"),
            re.compile("Network 192.168.1.232"), re.compile("Clients Nothing reads the gateway yet."),
        ]
    )  # fmt: skip
    gateway.show(readings=9)
    await expect(page.locator(".outcomes li").nth(1)).to_contain_text("Telegrams come from the meter.")
    await page.get_by_role("link", name="Hand-over sheet").click()
    await expect(page.locator(".sheet")).to_be_visible()


async def test_axe_finds_no_barrier_where_something_is_missing_or_wrong(gateway: Gateway, open_page: Open) -> None:
    gateway.control.document[METERS] = [{"unit": 1}]
    gateway.control.serial_ports = [BUILT_IN]
    gateway.show(**LOCKED)
    page = await open_page("start/adapter", width=360)
    await page.get_by_role("button", name="Use this adapter").click()
    await expect(page.locator(".error:visible")).to_have_text("Choose an adapter.")
    await assert_no_barrier(page)
    await page.goto(f"{gateway.url}#start/meter")
    await expect(page.get_by_label("Keys", exact=True)).to_be_visible()
    await assert_no_barrier(page)
    await page.goto(f"{gateway.url}#start/factor")
    await page.get_by_label("Scaling factor", exact=True).fill("40")
    await page.get_by_role("button", name="Use this factor").click()
    await expect(page.locator(".error:visible")).to_have_count(1)
    await assert_no_barrier(page)
