"""Files that the page makes itself: called as those that the gateway sends, and read by whatever reads CSV."""

from __future__ import annotations

import csv
from typing import Final

import pytest

from han2x.web.answers import file_name
from tests.browser.conftest import Open

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]

NAMES: Final = [
    "", "raspberrypi", "Hytta på Geilo", "Rævebjærg Ø 7", "Łódź – Strauß", "Þórshöfn Đ ð", '../..\\"; filename=x',
    "電気", "--x--", "x" * 64, "y" * 39 + " y", "ﬁx ½ ＡＢ ™", "İI", "\u0000a\u007fb", "😀",
]  # fmt: skip


async def test_a_file_of_the_page_is_called_as_the_gateway_calls_its_own(open_page: Open) -> None:
    page = await open_page(log_in=False)
    called = await page.evaluate(
        """async (names) => {
            const [{ session }, { fileName }] = await Promise.all([import("/api.js"), import("/save.js")]);
            return names.map((name) => {
                session.name = name;
                return fileName("table", "csv");
            });
        }""",
        NAMES,
    )
    assert called == [file_name(name, "table", "csv") for name in NAMES]


async def test_rows_are_saved_so_that_any_reader_of_csv_gets_them_back(open_page: Open) -> None:
    page = await open_page(log_in=False)
    rows: list[list[object]] = [["name", "value"], ['two "words", and\r\na line', 0.5], ["å", None], ["", -3]]
    async with page.expect_download() as download:
        await page.evaluate("async (rows) => (await import('/save.js')).saveCsv('table', rows)", rows)
    path = await (await download.value).path()
    with path.open(encoding="utf-8", newline="") as lines:
        read = list(csv.reader(lines))
    assert read == [["" if cell is None else str(cell) for cell in row] for row in rows]
