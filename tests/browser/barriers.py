"""What keeps people out, as axe finds it."""

from __future__ import annotations

from typing import Any, Final

from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # has no types
from playwright.async_api import Page

ALL: Final[dict[str, Any]] = {"resultTypes": ["violations"]}  # else axe takes as long again to tell what is right
COLOURS: Final[dict[str, Any]] = ALL | {"runOnly": {"type": "rule", "values": ["color-contrast"]}}


async def assert_no_barrier(page: Page) -> None:
    """All of axe's rules in the light, and in the dark those that speak of colours; nothing else differs there."""
    await page.emulate_media(color_scheme="dark")
    for options in (COLOURS, ALL):
        results = await Axe().run(page, options=options)
        assert results.violations_count == 0, results.generate_report()
        await page.emulate_media(color_scheme="light")
