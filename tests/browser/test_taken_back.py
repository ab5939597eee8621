"""An upgrade that was taken back is told on every view, until somebody has seen it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from playwright.async_api import expect

from han2x.api.listeners import ListenerFault
from han2x.api.upgrade import TakenBack
from han2x.upgrade_note import UpgradeFault
from tests.browser.barriers import assert_no_barrier
from tests.browser.conftest import Gateway, Open
from tests.browser.live_data import live, meter

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]

WHY = UpgradeFault("upgrade-modbus", port=502)
TOLD = TakenBack(
    failed="99.1.0",
    runs="0.1.0",
    since="2025-11-20T23:40:00+00:00",
    fault=ListenerFault(code=WHY.code, values=dict(WHY.values), message=str(WHY)),
)


@pytest.mark.parametrize("view", ["live", "care"])
async def test_it_is_told_with_the_reason_until_somebody_has_seen_it(
    gateway: Gateway, open_page: Open, view: str
) -> None:
    gateway.control.data = replace(live(meter()), taken_back=TOLD)
    page = await open_page(view)
    banner = page.locator("#taken-back")
    await expect(banner).to_contain_text("The upgrade to version 99.1.0 was taken back on ")
    await expect(banner).to_contain_text(
        "Version 0.1.0 runs instead. The new version did not answer Modbus on port 502."
    )
    await assert_no_barrier(page)
    await banner.get_by_role("button", name="Understood").click()
    await expect(banner).to_be_hidden()
    assert gateway.control.data.taken_back is None


@pytest.mark.parametrize("locale", ["nb-NO", "sv-SE", "da-DK"])
async def test_who_only_looks_reads_it_in_their_own_language_and_has_no_button(
    gateway: Gateway, open_page: Open, locale: str
) -> None:
    gateway.control.data = replace(live(meter()), taken_back=TOLD)
    page = await open_page(log_in=False, locale=locale)
    banner = page.locator("#taken-back")
    await expect(banner).to_contain_text("99.1.0")
    said = await banner.inner_text()
    assert [word for word in (" the ", " was ", " did ", " not ") if word in said] == []
    await expect(banner.get_by_role("button")).to_be_hidden()
