"""Back to what was delivered: from the page, and by the button on the case."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import han2x.front_panel.panel as front_panel
from han2x.settings import PanelSettings, Settings, load
from tests.app.conftest import Skew, SlowDisk
from tests.app.running import Running, in_file, running_daemon, settings
from tests.app.test_disk import save_under_way
from tests.app.test_meters import kept, meters, read_energy
from tests.end_to_end.telegrams import kamstrup_list_1
from tests.end_to_end.waiting import until
from tests.end_to_end.wire import Wire
from tests.test_front_panel import Finger
from tests.web.gateway import PASSWORD, Answer, Browser

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]


@pytest.fixture
def finger(monkeypatch: pytest.MonkeyPatch) -> Finger:
    """At the reset button, which need not be held for long."""
    finger = Finger()
    monkeypatch.setattr(front_panel, "STEP_S", 0.02)
    monkeypatch.setattr(front_panel, "RESET_HOLD_S", 0.1)
    monkeypatch.setattr("han2x.app.panel.open_button", lambda _name: finger)
    return finger


async def reset(browser: Browser) -> Answer:
    return await browser.ask("POST", "/factory-reset", {"confirm": "factory-reset"})


async def over(running: Running) -> None:
    """Wait until the gateway has ended by itself."""
    await running.disconnect()
    async with asyncio.timeout(30):
        await running.task


def left(running: Running) -> list[str]:
    """The files of settings, energies and passwords that are there."""
    names = [file.name for file in (*running.file.parent.iterdir(), *running.state.iterdir())]
    return sorted(name for name in names if name.startswith(("settings", "meter", "credentials")))


async def test_from_the_page_settings_energies_and_password_are_gone_after_the_restart(
    tmp_path: Path, wire: Wire
) -> None:
    async with running_daemon(tmp_path, meters((1, wire), scaling_factor=2000)) as running:
        await read_energy(running, wire, 1_000_000, shown=2000)
        (tmp_path / "settings.toml.last-good").write_text(running.file.read_text())
        assert (await reset(await running.browser())).status == 204
        await over(running)

        assert running.daemon.restart_wanted
        assert running.daemon.store.load("credentials") in (None, {"password": None, "tokens": []})
        assert [name for name in left(running) if not name.startswith("credentials")] == []


async def test_by_the_button_the_password_is_gone_too(tmp_path: Path, wire: Wire, finger: Finger) -> None:
    text = meters((1, wire)) + settings(panel={"reset_button": "GPIO27"})
    async with running_daemon(tmp_path, text) as running:
        await read_energy(running, wire, 1_000_000)
        finger.pressing = True
        await over(running)

        assert running.daemon.restart_wanted
        assert left(running) == ["settings.toml"]
        assert running.daemon.store.load("credentials") is None
        assert running.daemon.store.load("sessions") is None
        assert load(running.file) == Settings(panel=PanelSettings(reset_button="GPIO27"))
        assert any("back to factory settings" in message for message in running.said())
        told = ("the network stays as it was", "no wired network")
        assert any(message.startswith(told) for message in running.said())


async def test_what_clients_write_afterwards_is_not_kept(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, settings(meters=[{"unit": 1}])) as running:
        browser = await running.browser()
        assert (await reset(browser)).status == 204
        assert await running.write_factor(2500)
        await over(running)

        assert not running.file.exists()


async def test_what_is_being_saved_meanwhile_is_gone_as_well(
    tmp_path: Path, wire: Wire, disk: SlowDisk, skew: Skew
) -> None:
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        browser = await running.browser()
        await save_under_way(running, disk, wire, skew)
        resetting = asyncio.create_task(reset(browser))
        await asyncio.sleep(0.1)
        disk.free.set()
        assert (await resetting).status == 204
        await over(running)

        assert kept(running) == []


async def test_one_that_fails_is_told_and_everything_goes_on_being_kept(tmp_path: Path, wire: Wire) -> None:
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        obstacle = tmp_path / "settings.toml.last-good"
        (obstacle / "full").mkdir(parents=True)
        browser = await running.browser()
        answer = await reset(browser)
        assert (answer.status, answer.code) == (409, "not-stored")
        assert (await browser.load())["logged_in"]

        assert await running.write_factor(2500)
        assert in_file(running).meters[0].scaling_factor == 2500
        await running.hear(wire, kamstrup_list_1())
        await until(lambda: kept(running))
        assert not running.task.done()
        assert not running.daemon.restart_wanted


async def test_the_password_tokens_and_sessions_are_gone_from_memory_before_the_restart(
    tmp_path: Path, wire: Wire, finger: Finger, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = meters((1, wire)) + settings(panel={"reset_button": "GPIO27"})
    async with running_daemon(tmp_path, text) as running:
        monkeypatch.setattr(running.daemon, "restart", lambda: None)
        browser = await running.browser()
        made = await browser.ask("POST", "/tokens", {"name": "home"})
        finger.pressing = True
        await until(lambda: running.daemon.store.load("credentials") is None)
        finger.pressing = False
        await until(lambda: any("the page has no password" in message for message in running.said()))

        told = await browser.load()
        assert (told["password_set"], told["logged_in"]) == (False, False)
        assert (await browser.ask("POST", "/login", {"password": PASSWORD})).code == "not-set"
        bearer = {"Authorization": f"Bearer {made.body['token']}"}
        assert (await browser.ask("GET", "/settings", headers=bearer)).status == 401
        access = running.daemon.people.page_access()
        assert access is not None
        assert access.claim_code is not None
        assert access.open_s > 0


async def test_a_damaged_password_is_reset_by_the_button_too(tmp_path: Path, wire: Wire, finger: Finger) -> None:
    text = meters((1, wire)) + settings(panel={"reset_button": "GPIO27"})
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "credentials.json").write_bytes(b"")
    async with running_daemon(tmp_path, text) as running:
        access = running.daemon.people.page_access()
        assert access is not None
        assert access.state == "locked"
        finger.pressing = True
        await over(running)

        assert left(running) == ["settings.toml"]
