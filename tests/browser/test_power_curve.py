"""The curve of power, read point by point: with the keys, by ear, and with a finger."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest
from msgspec.structs import replace
from playwright.async_api import Locator, Page, expect

from han2x.api.history import History, HistoryQuery
from tests.browser.barriers import assert_no_barrier
from tests.browser.conftest import Gateway, Open
from tests.browser.energy_page import NOW
from tests.browser.live_data import live, meter
from tests.web.fake_history import MINUTE_COLUMNS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]

DAY: Final = 1_440
BEGIN: Final = 1_763_420_400
"""When the 18th of November begins in Oslo."""
MADE_UP: Final = """async ([times, powers, more]) => {
    window.curve ??= (await import("/plot/curve.js")).curve();
    const { element, draw } = window.curve;
    document.getElementById("view").replaceChildren(element);
    const range = { from: times[0], to: times.at(-1), ahead: 0 };
    await draw({ times, powers, ...range, clock: (at) => `point ${at}`, ...more }, "A curve");
    element.querySelector(".plot-keys").focus();
}"""
"""Draws points on an empty page, or others in their place, and goes there."""


@pytest.fixture
def gateway(gateway: Gateway) -> Gateway:
    """One whose clock stands at `NOW`."""
    gateway.control.data = replace(live(meter()), time=NOW)
    return gateway


def _said(part: Locator) -> Locator:
    return part.get_by_role("status")


async def _press(page: Page, part: Locator, keys: str, reading: str) -> None:
    """Press a key, and find that the reading is shown and read out."""
    await page.keyboard.press(keys)
    await expect(part.locator(".plot-point")).to_have_text(reading)
    await expect(_said(part)).to_have_text(reading)


async def _made_up(page: Page, powers: list[int | None], first: int = 0, **more: Any) -> Locator:  # noqa: ANN401
    times = [(first + place) * 60 for place in range(len(powers))]
    await page.evaluate(MADE_UP, [times, powers, more])
    return page.locator("#view")


async def test_the_power_of_a_day_is_read_by_keys_point_by_point_and_hour_by_hour(
    gateway: Gateway, open_page: Open
) -> None:
    page = await open_page("energy/day/2025-11-18", log_in=False)
    part = page.locator(".day-power")
    place = part.get_by_role("application", name="Power over time")
    await expect(place).to_have_accessible_description(
        "Arrow keys: the point before or after. Page Up and Page Down: an hour back or on. "
        "Home and End: the first and the last point."
    )
    await place.focus()
    raw = await gateway.control.history.points(HistoryQuery(resolution="minute", begin=BEGIN, end=BEGIN + 86400))
    points = [dict(zip(MINUTE_COLUMNS, point, strict=True)) for point in msgspec.json.decode(raw, type=History).points]

    def reading(minute: int) -> str:
        watts, low, high = (points[minute][name] for name in ("net_w", "net_w_lowest", "net_w_highest"))
        mean, lowest, highest = (
            f"{each:,.0f}".replace(",", "\u202f").replace("-", "\u2212") for each in (watts, low, high)
        )
        time = f"{minute // 60:02}:{minute % 60:02}"
        return f"{time}: {mean} W from the grid; lowest {lowest} W, highest {highest} W"

    await expect(_said(part)).to_have_text(reading(1439))
    await _press(page, part, "ArrowRight", reading(1439))
    await _press(page, part, "ArrowLeft", reading(1438))
    await _press(page, part, "PageUp", reading(1378))
    await _press(page, part, "Home", reading(0))
    await _press(page, part, "PageDown", "01:00: not known")
    await _press(page, part, "PageDown", reading(120))


async def test_each_of_a_day_s_points_is_reached_also_on_a_telephone(open_page: Open) -> None:
    page = await open_page("api", log_in=False, width=360)
    part = await _made_up(page, list(range(DAY)))
    await _press(page, part, "Home", "point 0: 0 W from the grid")
    told = await page.evaluate("""(count) => {
        const [place, told] = [document.activeElement, document.querySelector(".plot-point")];
        return Array.from({ length: count }, () => {
            place.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
            return told.textContent;
        });
    }""", DAY - 1)  # fmt: skip
    assert [text.split(":")[0] for text in told] == [f"point {60 * place}" for place in range(1, DAY)]


async def test_keys_go_an_hour_by_the_clock_and_no_further_than_the_ends(open_page: Open) -> None:
    page = await open_page("api", log_in=False)
    part = await _made_up(page, [None, *range(1, 150), None])
    await expect(_said(part)).to_have_text("point 8940: 149 W from the grid")
    await _press(page, part, "PageUp", "point 5340: 89 W from the grid")
    await _press(page, part, "PageUp", "point 1740: 29 W from the grid")
    await _press(page, part, "PageUp", "point 0: not known")
    await _press(page, part, "ArrowLeft", "point 0: not known")
    await _press(page, part, "PageDown", "point 3600: 60 W from the grid")
    await _press(page, part, "End", "point 9000: not known")
    await _press(page, part, "PageDown", "point 9000: not known")
    await _press(page, part, "Control+Home", "point 9000: not known")


async def test_a_reading_tells_between_what_the_power_lay_with_its_sign(open_page: Open) -> None:
    page = await open_page("api", log_in=False)
    part = await _made_up(page, [500, -300, 40, 7], lowest=[500, -1000, None, 7], highest=[500, 200, 50, 8])
    await _press(page, part, "Home", "point 0: 500 W from the grid")
    await _press(page, part, "ArrowRight", "point 60: 300 W to the grid; lowest \u22121\u202f000 W, highest 200 W")
    await _press(page, part, "ArrowRight", "point 120: 40 W from the grid")
    await _press(page, part, "ArrowRight", "point 180: 7 W from the grid; lowest 7 W, highest 8 W")


async def test_the_point_that_was_chosen_stays_it_when_others_come_and_is_let_go_of_with_the_keys(
    open_page: Open,
) -> None:
    page = await open_page("api", log_in=False)
    part = await _made_up(page, list(range(100)))
    await _press(page, part, "ArrowLeft", "point 5880: 98 W from the grid")
    await _made_up(page, [1000 + place for place in range(50, 150)], first=50)
    await expect(part.locator(".plot-point")).to_have_text("point 5880: 1\u202f098 W from the grid")
    await _press(page, part, "ArrowRight", "point 5940: 1\u202f099 W from the grid")
    await page.keyboard.press("Tab")
    await expect(part.locator(".plot-point")).to_have_text("")
    await expect(_said(part)).to_have_text("")


async def test_without_a_point_nothing_is_said_and_nothing_fails(open_page: Open) -> None:
    page = await open_page("api", log_in=False)
    await page.evaluate(MADE_UP, [[], [], {"from": 0, "to": 3600}])
    for key in ("ArrowLeft", "PageDown", "End"):
        await page.keyboard.press(key)
    await expect(page.locator("#view .plot-point")).to_have_text("")


async def test_a_pointer_shows_the_reading_and_says_nothing(open_page: Open) -> None:
    page = await open_page("api", log_in=False)
    part = await _made_up(page, list(range(100)))
    await page.evaluate("document.activeElement.blur()")
    await part.locator(".u-over").hover(position={"x": 2, "y": 20})
    await expect(part.locator(".plot-point")).to_have_text("point 0: 0 W from the grid")
    await expect(_said(part)).to_have_text("")


async def test_a_finger_that_moves_over_the_curve_reads_it(open_page: Open) -> None:
    page = await open_page("api", log_in=False, width=360, has_touch=True)
    part = await _made_up(page, list(range(100)))
    box = await part.locator(".u-over").bounding_box()
    assert box
    session = await page.context.new_cdp_session(page)
    for kind, share in (("touchStart", 0.2), ("touchMove", 0.5), ("touchMove", 1)):
        point = {"x": box["x"] + share * box["width"], "y": box["y"] + 20}
        await session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    await expect(part.locator(".plot-point")).to_have_text("point 5940: 99 W from the grid")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_who_goes_there_by_tabulator_sees_where_and_which_keys(
    gateway: Gateway, open_page: Open, scheme: Any,  # noqa: ANN401 - as Playwright has it
) -> None:  # fmt: skip
    page = await open_page("energy/day/2025-11-18", log_in=False)
    await page.emulate_media(color_scheme=scheme)
    part = page.locator(".day-power")
    await expect(part.locator("canvas")).to_be_visible()
    await expect(part.locator(".plot-hint")).to_be_hidden()
    await page.get_by_text("Numbers as a table").focus()
    await page.keyboard.press("Tab")
    await expect(part.locator(".plot-keys")).to_be_focused()
    await expect(part.locator(".plot-hint")).to_be_visible()
    outline = await page.evaluate("""() => {
        const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(document.activeElement);
        return [outlineStyle, outlineWidth, outlineColor];
    }""")
    assert outline == ["solid", "3px", "rgb(11, 107, 92)" if scheme == "light" else "rgb(95, 208, 184)"]
    await assert_no_barrier(page)
