"""What the page tells of a meter's line: its octets, and who sends them while they cannot be read."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from playwright.async_api import expect

from han2x.api.live import Diagnosis
from tests.browser.conftest import Gateway, Open
from tests.browser.live_data import NEVER, SILENT, WELL

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]


async def test_the_line_tells_its_octets_and_when_the_last_one_came(gateway: Gateway, open_page: Open) -> None:
    line = replace(WELL.line, octets=12_000, octets_per_s=23.4, octet_age_s=3.2)
    gateway.show(line=line)
    page = await open_page()
    fact = page.locator(".facts div", has_text="Octets").locator("dd")
    await expect(fact).to_have_text("23 a second, the last 3 s ago")
    gateway.show(line=replace(line, octets_per_s=None))
    await expect(fact).to_have_text("the last 3 s ago")
    gateway.show(**SILENT, line=replace(line, octets_per_s=0.0, octet_age_s=425.0))
    await expect(page.get_by_text("Octets from the line: 0 a second, the last 7 min 5 s ago.")).to_be_visible()
    gateway.show()
    await expect(fact).to_have_text("none yet")


async def test_while_no_key_is_set_the_meter_s_number_is_that_of_its_system_title(
    gateway: Gateway, open_page: Open
) -> None:
    values: dict[str, str | int | float | bool] = {
        "cause": "no-key",
        "system_title": "4b414d4599000001",
        "serial": "KAM 150994945",
    }
    gateway.show(**{**NEVER, "diagnosis": Diagnosis(code="no-key", values=values, what="", advice="")})
    page = await open_page()
    fact = page.locator(".facts div", has_text="Meter id").locator("dd")
    await expect(fact).to_have_text("KAM 150994945 (by the system title)")
