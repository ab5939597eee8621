"""An installer's five jobs from start to end on a running gateway: by keyboard alone, on a telephone's screen.

Each prints what it took: fields typed into, and keys that choose or press something (Tab, which only goes on, is not
counted, nor is what logging in takes).
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Page, expect

from han2x.network import InterfaceSettings, Method
from tests.browser import conftest as browser
from tests.browser.conftest import PASSWORD, Open
from tests.browser.running import Running, set_up
from tests.browser.test_handover import A4
from tests.browser.test_looks import OUTSIDE
from tests.end_to_end.gateway import running_gateway
from tests.end_to_end.waiting import until
from tests.ports import free_port

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="package"),
]

WIDTH: Final = 360
PATIENCE_MS: Final = 60_000
KEYS: Final = ("000102030405060708090A0B0C0D0E0F", "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF")
FOCUSED: Final = """() => {
    const part = document.activeElement;
    if (part.matches("body, main")) return "";
    return (part.labels?.[0] ?? part).innerText?.trim() || part.getAttribute("aria-label") || "";
}"""


class Hands:
    """Somebody with nothing but a keyboard; looks at each view whether anything is cut off."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.typed = 0
        self.pressed = 0

    async def find(self, name: str, *, back: bool = False) -> None:
        """Go on with the tabulator until this has the focus."""
        for _ in range(150):
            if (await self.page.evaluate(FOCUSED)).startswith(name):
                return
            await self.page.keyboard.press("Shift+Tab" if back else "Tab")
        pytest.fail(f"no way leads to {name} with the tabulator")

    async def press(self, name: str, *, back: bool = False, key: str = "Enter") -> None:
        await self.find(name, back=back)
        await self.page.keyboard.press(key)
        self.pressed += 1

    async def type(self, name: str, text: str, *, enter: bool = False) -> None:
        await self.find(name)
        await self.page.keyboard.press("ControlOrMeta+a")
        await self.page.keyboard.type(text)
        self.typed += 1
        if enter:
            await self.page.keyboard.press("Enter")
            self.pressed += 1

    async def see(self, text: str) -> None:
        """Wait until this is there, and nothing is beyond the edge."""
        await expect(self.page.locator("#view").get_by_text(text).first).to_be_visible(timeout=PATIENCE_MS)
        assert await self.page.evaluate("document.documentElement.scrollWidth") <= WIDTH
        assert await self.page.evaluate(OUTSIDE, WIDTH) == []

    def done(self, job: str) -> None:
        print(f"\n{job}: {self.typed} fields typed, {self.pressed} presses")


@contextmanager
def meter_on_tcp(*arguments: str) -> Iterator[str]:
    """A simulated meter behind a serial server; the port by which the gateway reads it."""
    port = free_port()
    command = [sys.executable, "-m", "han2x", "simulate", "--tcp", f"127.0.0.1:{port}", *arguments]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield f"socket://127.0.0.1:{port}"
        finally:
            process.kill()


async def test_put_in_service(tmp_path: Path, visit: Open) -> None:
    with meter_on_tcp() as port, running_gateway(tmp_path) as gateway:
        page = await visit(Running(gateway), "", width=WIDTH, log_in=False)
        hands = Hands(page)
        await hands.see("Choose a password")
        await hands.type("New password", PASSWORD)
        await hands.type("New password once more", PASSWORD, enter=True)
        await hands.see("Choose the adapter")
        # No adapter is plugged in here: the last in the list is for a serial server.
        while not await page.evaluate("document.activeElement.type === 'radio'"):
            await page.keyboard.press("Tab")
        await page.keyboard.press("ArrowUp")
        await page.keyboard.press("Space")
        hands.pressed += 1
        await hands.type("Device or serial server", port, enter=True)
        await hands.see("Telegrams come from the meter.")
        await hands.see("9999000000000017")
        await hands.press("Next")
        await hands.see("Scaling factor")
        await hands.press("Skip this step")
        await hands.see("Address in the network")
        await hands.press("Skip this step")
        await hands.see("What reads the gateway")
        await asyncio.to_thread(gateway.read, 40001)
        await hands.see("The gateway is being read by:")
        await hands.press("Next")
        await hands.see("Telegrams come from the meter.")
        await hands.press("Show the live values")
        await expect(page.locator(".meter[data-state=current]")).to_be_visible(timeout=PATIENCE_MS)
        assert port in (tmp_path / "settings.toml").read_text()
        hands.done("put in service")
        assert (hands.typed, hands.pressed) == (3, 8)


async def test_a_factor_of_200_to_5(tmp_path: Path, visit: Open) -> None:
    with running_gateway(tmp_path, "--simulate") as gateway:
        hands = Hands(await visit(set_up(gateway), "live", width=WIDTH))
        await hands.press("Settings")
        await hands.see("Scaling factor")
        await hands.type("Scaling factor", "200:5")
        await hands.see(
            "Factor 40: 1\u202f000 W and 5 A from the meter are shown and served as 40\u202f000 W and 200 A"
        )
        await hands.press("Yes, 40 is right", key="Space")
        await hands.page.keyboard.press("Enter")
        hands.pressed += 1
        await hands.see("Saved. In force within 10 seconds.")
        await until(lambda: gateway.read_value(40049) == 40_000)
        await hands.press("Live", back=True)
        await hands.see("Scaling factor 40: power, current and energy are multiplied by it.")
        hands.done("factor 200:5")
        assert (hands.typed, hands.pressed) == (1, 4)


async def test_a_static_address(gateway: browser.Gateway, open_page: Open) -> None:
    """Here in front of a network that is made up; before NetworkManager in tests/end_to_end/network."""
    gateway.control.interface = InterfaceSettings("eth0", Method.DHCP)
    page = await open_page("live", width=WIDTH)
    hands = Hands(page)
    await hands.press("Network")
    await hands.see("IPv4 address comes from")
    await hands.find("DHCP")
    await page.keyboard.press("ArrowDown")
    hands.pressed += 1
    await expect(page.get_by_label("IP address")).to_have_value("192.168.1.232")
    await hands.type("IP address", "127.0.0.1", enter=True)
    await hands.see("You are at the new address.")
    await hands.press("Keep the new settings", back=True)
    await hands.see("The new network settings are kept.")
    assert str(gateway.control.interface.address) == "127.0.0.1/24"
    hands.done("static address")
    assert (hands.typed, hands.pressed) == (1, 4)


async def test_why_no_data_come(tmp_path: Path, visit: Open) -> None:
    with meter_on_tcp("--encrypt", ",".join(KEYS)) as port, running_gateway(tmp_path, "--port", port) as gateway:
        page = await visit(set_up(gateway), "live", width=WIDTH)
        hands = Hands(page)
        await hands.see("The meter encrypts its telegrams, and no key is set.")
        await hands.press("Go to the settings")
        await hands.see("Keys for a meter that encrypts")
        if not await page.get_by_label("Keys", exact=True).is_visible():
            await hands.press("Type or paste keys")
        await hands.type("Keys", "\n".join(KEYS))
        await hands.press("Save keys")
        await hands.see("Both keys are saved.")
        await hands.press("Live", back=True)
        await expect(page.locator(".meter[data-state=current]")).to_be_visible(timeout=PATIENCE_MS)
        hands.done("why no data come")
        assert (hands.typed, hands.pressed) <= (1, 4)


async def test_hand_over(tmp_path: Path, visit: Open) -> None:
    with running_gateway(tmp_path, "--simulate") as gateway:
        running = set_up(gateway)
        page = await visit(running, "live", width=WIDTH)
        await expect(page.locator(".meter[data-state=current]")).to_be_visible(timeout=PATIENCE_MS)
        await page.evaluate("window.print = () => { window.printed = true }")
        hands = Hands(page)
        await hands.press("Settings")
        await hands.press("Hand-over sheet")
        await hands.see("9999000000000017")
        await hands.see(f"127.0.0.1:{gateway.modbus_port}")
        await hands.see(running.url)
        await hands.type("Who keeps the password", "Kari Nordmann")
        await hands.press("Print or save")
        assert await page.evaluate("window.printed")
        assert len(A4.findall(await page.pdf(prefer_css_page_size=True))) == 1
        hands.done("hand over")
        assert (hands.typed, hands.pressed) == (1, 3)


async def test_a_forgotten_password_is_replaced_as_the_page_says(tmp_path: Path, visit: Open) -> None:
    with running_gateway(tmp_path, "--simulate") as gateway:
        page = await visit(set_up(gateway), "settings", width=WIDTH, log_in=False)
        hands = Hands(page)
        await hands.press("Forgotten the password?")
        await hands.see("run sudo han2x password reset")
        await hands.see("Then load this page again and choose a new password.")
        command = [sys.executable, "-m", "han2x", "password", "reset", "--state-dir", str(tmp_path)]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        await page.reload()
        await hands.see("Choose a password")
        await hands.type("New password", "another one of my own")
        await hands.type("New password once more", "another one of my own", enter=True)
        await expect(page.get_by_role("button", name="Log out")).to_be_visible()
