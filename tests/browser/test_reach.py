"""Where and how the page is reached: it goes to a new place and confirms it there, comes back from one that is not
reached, and says what travels in clear.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Page, expect

from han2x.api.listeners import HttpsPlace
from han2x.web import PageOptions
from tests.browser.conftest import PASSWORD, Gateway, Open, Windows
from tests.browser.running import Running, owned_gateway, set_up
from tests.end_to_end.gateway import Gateway as RunningGateway
from tests.end_to_end.gateway import running_gateway
from tests.end_to_end.test_page_changes import Person
from tests.ports import free_ports

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="package"),
]

PRINT: Final = ":".join(["A1"] * 32)


@pytest.fixture
def ports() -> list[int]:
    """Free ports: where the page is, where its encrypted one is, and another."""
    return free_ports(3)


@pytest.fixture
def running(tmp_path: Path, ports: list[int]) -> Iterator[RunningGateway]:
    """A gateway whose settings say where the page is."""
    (tmp_path / "settings.toml").write_text(
        f'[web]\nlisten = "127.0.0.1:{ports[0]}"\nhttps_listen = "127.0.0.1:{ports[1]}"\n'
    )
    with owned_gateway(tmp_path, "--simulate", web=None) as gateway:
        yield gateway


async def _save(page: Page, **typed: str) -> None:
    section = page.get_by_role("region", name="Web page", exact=True)
    for label, text in typed.items():
        await section.get_by_label(label).first.fill(text)
    await section.get_by_role("button", name="Save", exact=True).click()


async def test_it_goes_to_its_new_port_and_confirms_there(
    running: RunningGateway, visit: Open, windows: Windows, ports: list[int], tmp_path: Path
) -> None:
    page = await visit(Running(running), "settings")
    new = f"http://127.0.0.1:{ports[2]}/"
    windows.allowed.add(new)
    await _save(page, **{"Port of this page": str(ports[2])})
    await page.wait_for_url(f"{new}#reach=*", timeout=30_000)
    await expect(page.locator("#view")).to_contain_text("The page has been reached here. The change is kept.")
    assert f'listen = "127.0.0.1:{ports[2]}"' in (tmp_path / "settings.toml").read_text()
    await page.get_by_role("link", name="Settings").first.click()
    await expect(page.get_by_label("Port of this page")).to_have_value(str(ports[2]))


async def test_a_place_that_is_not_reached_is_taken_back_and_said_to_be(
    running: RunningGateway, visit: Open, windows: Windows, ports: list[int], tmp_path: Path
) -> None:
    page = await visit(Running(running), "settings")
    before = (tmp_path / "settings.toml").read_text()
    unreachable = f"http://127.0.0.3:{ports[2]}/"  # where the gateway can be, and this browser cannot go
    windows.allowed.add(unreachable)
    person = Person(running)
    person.ask("POST", "/login", {"password": PASSWORD})
    person.csrf = str(person.ask("GET", "/session")["csrf"])
    changes = [{"path": ["web", "listen"], "value": f"127.0.0.3:{ports[2]}"}]
    await asyncio.to_thread(person.ask, "PATCH", "/settings", {"changes": changes, "confirm_within_s": 6})
    banner = page.locator("#trial")
    await expect(banner).to_contain_text("New addresses are being tried.")
    await expect(banner).to_contain_text("On trial: Web page, Port of this page.")
    await expect(banner).to_contain_text(f"Trying to reach the page at {unreachable}")
    await expect(banner.locator(".countdown")).to_contain_text("Without confirmation the old settings come back")
    await expect(banner).to_contain_text("The new addresses were not confirmed in time. The change was taken back")
    await expect(page.get_by_text(re.compile(r"^Saved"))).to_have_count(0)
    assert (tmp_path / "settings.toml").read_text() == before
    assert page.url.startswith(running.web_url)


async def test_a_save_at_a_place_that_is_not_reached_never_says_saved_and_stays(
    running: RunningGateway, visit: Open, windows: Windows, ports: list[int]
) -> None:
    page = await visit(Running(running), "settings")
    windows.allowed.add(f"http://127.0.0.3:{ports[2]}/")
    section = page.get_by_role("region", name="Web page", exact=True)
    await section.get_by_text("What few need").or_(section.locator("details summary")).first.click()
    await _save(page, **{"Port of this page": str(ports[2]), "Address": "127.0.0.3"})
    await expect(page.locator("#trial .countdown")).to_be_visible()
    await page.wait_for_timeout(3000)
    await expect(page.get_by_text(re.compile(r"^Saved"))).to_have_count(0)
    assert page.url.startswith(running.web_url)
    await page.get_by_role("button", name="Take it back").click()
    await expect(page.locator("#trial")).to_contain_text("The change was taken back.")
    await expect(page.get_by_label("Port of this page")).to_have_value(str(ports[0]))


async def test_a_change_of_modbus_alone_is_kept_by_a_button(tmp_path: Path, visit: Open, ports: list[int]) -> None:
    (tmp_path / "settings.toml").write_text(
        f'[modbus]\nlisten = "127.0.0.1:{ports[0]}"\n[web]\nlisten = "127.0.0.1:{ports[1]}"\nhttps_listen = ""\n'
    )
    with running_gateway(tmp_path, "--simulate", modbus=None, web=None) as gateway:
        page = await visit(set_up(gateway), "settings")
        section = page.get_by_role("region", name="Modbus", exact=True)
        await section.get_by_label("Modbus TCP port").fill(str(ports[2]))
        await section.get_by_role("button", name="Save", exact=True).click()
        await expect(section.locator(".form-status")).to_contain_text("Not saved yet")
        await expect(page.locator("#trial")).to_contain_text("Does everything still work")
        assert str(ports[2]) not in (tmp_path / "settings.toml").read_text()
        await page.get_by_role("button", name="Keep the change").click()
        await expect(page.locator("#trial")).to_contain_text("The new addresses are kept.")
        assert f'listen = "127.0.0.1:{ports[2]}"' in (tmp_path / "settings.toml").read_text()


async def test_a_kill_during_the_trial_leaves_the_old_place(tmp_path: Path, visit: Open, ports: list[int]) -> None:
    text = f'[web]\nlisten = "127.0.0.1:{ports[0]}"\nhttps_listen = ""\n'
    (tmp_path / "settings.toml").write_text(text)
    with running_gateway(tmp_path, "--simulate", web=None) as gateway:
        person = Person(gateway)
        person.first_visit()
        person.change((["web", "listen"], f"127.0.0.1:{ports[1]}"))
        gateway.kill()
    assert (tmp_path / "settings.toml").read_text() == text
    with running_gateway(tmp_path, "--simulate", web=None) as gateway:
        assert gateway.web_url == f"http://127.0.0.1:{ports[0]}/"
        page = await visit(Running(gateway), "live", log_in=False)
        await expect(page.locator(".meter")).to_be_visible()
        assert any("was not confirmed before this start" in line for line in gateway.said)


def _named(gateway: Gateway) -> str:
    """The gateway under a name that is no loopback address, and its encrypted page."""
    https = HttpsPlace(port=8443, fingerprint=PRINT, self_made=True)
    gateway.control.page = PageOptions("0.1.0", host_names=("han2x.local",), https=https)
    return gateway.url.replace("127.0.0.1", "han2x.local")


class _At:
    def __init__(self, url: str) -> None:
        self.url = url


async def test_a_login_over_http_warns_and_offers_the_encrypted_page_first(
    gateway: Gateway, visit: Open, windows: Windows
) -> None:
    url = _named(gateway)
    page = await visit(_At(url), "settings", log_in=False)
    notice = page.locator(".unencrypted")
    await expect(notice).to_contain_text("What you type here crosses the network in clear")
    await expect(notice).to_contain_text(PRINT)
    link = notice.get_by_role("link", name="Open the encrypted page")
    await expect(link).to_have_attribute("href", "https://han2x.local:8443/#settings")
    password = page.get_by_label("Password", exact=True)
    await expect(password).to_be_hidden()
    await notice.get_by_role("button", name="Go on without encryption").click()
    await password.fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("heading", name="Settings", exact=True)).to_be_visible()
    await page.evaluate("sessionStorage.clear()")


async def test_the_first_visit_over_http_warns_too_and_one_on_this_computer_does_not(
    new_gateway: Gateway, visit: Open
) -> None:
    page = await visit(_At(_named(new_gateway)), log_in=False)
    await expect(page.locator(".unencrypted")).to_contain_text("This page is not encrypted.")
    await expect(page.get_by_label("New password", exact=True)).to_be_hidden()
    page = await visit(new_gateway, log_in=False)
    await expect(page.get_by_label("New password", exact=True)).to_be_visible()
    await expect(page.locator(".unencrypted")).to_have_count(0)
