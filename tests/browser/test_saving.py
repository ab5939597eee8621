"""Files that the page makes itself: called as those that the gateway sends, and read by whatever reads CSV."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime
from typing import Final

import msgspec
import pytest
from msgspec.structs import replace
from playwright.async_api import Locator, Page, expect

from han2x.api.history import CapacityQuery, VoltageQuery
from han2x.web.answers import file_name
from tests.browser.conftest import Gateway, Open
from tests.browser.energy_page import NOW
from tests.browser.live_data import live, meter

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]

NAMES: Final = [
    "", "raspberrypi", "Hytta på Geilo", "Rævebjærg Ø 7", "Łódź – Strauß", "Þórshöfn Đ ð", '../..\\"; filename=x',
    "電気", "--x--", "x" * 64, "y" * 39 + " y", "ﬁx ½ ＡＢ ™", "İI", "\u0000a\u007fb", "😀",
]  # fmt: skip

CSV: Final = re.compile("(Download as|Last ned som) CSV")
PLACES: Final = ("first", "second", "third")


def called(gateway: str, what: str) -> str:
    """The name of a file that is made today by the browser's clock, which shows UTC."""
    return file_name(gateway, what, "csv", datetime.now(UTC).date())


@pytest.fixture
def gateway(gateway: Gateway) -> Gateway:
    """One whose clock stands at `NOW`."""
    gateway.control.data = replace(live(meter()), time=NOW)
    return gateway


async def test_a_file_of_the_page_is_called_as_the_gateway_calls_its_own(open_page: Open) -> None:
    page = await open_page(log_in=False)
    names = await page.evaluate(
        """async (names) => {
            const [{ session }, { fileName }] = await Promise.all([import("/api.js"), import("/save.js")]);
            return names.map((name) => {
                session.name = name;
                return fileName("table", "csv");
            });
        }""",
        NAMES,
    )
    assert names == [called(name, "table") for name in NAMES]


async def test_rows_are_saved_so_that_any_reader_of_csv_gets_them_back(open_page: Open) -> None:
    page = await open_page(log_in=False)
    rows: list[list[object]] = [["name", "value"], ['two "words", and\r\na line', 0.5], ["å", None], ["", -3]]
    async with page.expect_download() as download:
        await page.evaluate("async (rows) => (await import('/save.js')).saveCsv('table', rows)", rows)
    path = await (await download.value).path()
    with path.open(encoding="utf-8", newline="") as lines:
        read = list(csv.reader(lines))
    assert read == [["" if cell is None else str(cell) for cell in row] for row in rows]


async def _saved(page: Page, part: Locator) -> tuple[str, list[dict[str, str]]]:
    """The name of the file beside a table, and its rows."""
    async with page.expect_download() as download:
        await part.get_by_role("button", name=CSV).click()
    file = await download.value
    octets = (await file.path()).read_bytes()
    assert octets.count(b"\n") == octets.count(b"\r\n")
    return file.suggested_filename, list(csv.DictReader(octets.decode("utf-8").splitlines()))


async def test_the_months_of_the_capacity_charge_are_saved_as_csv(gateway: Gateway, open_page: Open) -> None:
    gateway.control.document["device"] = {"name": "Hytta på Geilo"}
    gateway.control.document["tariff"] = {"steps": ["2: 125,5", "5: 250"], "currency": 'k"r,'}
    page = await open_page("energy", log_in=False, locale="nb-NO")
    part = page.locator(".card", has=page.locator(".highest"))
    await part.locator("summary").click()
    await part.get_by_role("button").first.click()
    await expect(part.locator("tbody tr")).to_have_count(25)
    name, rows = await _saved(page, part)
    assert name == called("Hytta på Geilo", "capacity-unit-1")
    months = await gateway.control.history.capacity(CapacityQuery(months=25))
    assert [row["month"] for row in rows] == [month.month for month in months]
    for row, month in zip(rows, months, strict=True):
        told = [(row[f"{place}_begin"], row[f"{place}_wh"], row[f"{place}_by"]) for place in PLACES]
        hours = [(hour.begin, f"{hour.wh:g}", str(hour.by)) for hour in month.highest]
        assert told == hours + [("", "", "")] * (3 - len(hours))
        assert row["mean_wh"] == ("" if month.mean_wh is None else f"{month.mean_wh:g}")
        assert int(row["hours_known"]) == month.hours_known <= int(row["hours"]) <= month.hours
        price = None if month.mean_wh is None or month.mean_wh >= 5000 else "125.5" if month.mean_wh < 2000 else "250"
        assert (row["price"], row["currency"]) == ((price, 'k"r,') if price else ("", ""))


async def test_the_weeks_of_the_voltage_are_saved_as_csv_as_far_as_they_are_shown(
    gateway: Gateway, open_page: Open
) -> None:
    page = await open_page("energy", log_in=False)
    part = page.get_by_role("region", name="Voltage", exact=True)
    await part.get_by_text("Week by week").click()
    await expect(part.locator("tbody")).to_have_count(5)
    name, rows = await _saved(page, part)
    assert name == called("", "voltage-unit-1")
    weeks = await gateway.control.history.voltage(VoltageQuery(weeks=5))
    assert rows == [
        {"week": week.begin} | {key: f"{value:g}" if isinstance(value, float) else str(value)
                                for key, value in msgspec.to_builtins(phase).items()}
        for week in weeks for phase in week.phases
    ]  # fmt: skip
