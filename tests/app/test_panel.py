"""The lights and the button on the case, as parts of the gateway."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest

import han2x.front_panel.panel as front_panel
from han2x.app.panel import oldest_telegram_age
from han2x.front_panel import open_light
from tests.app.conftest import Skew
from tests.app.running import change, running_daemon, settings
from tests.app.test_meters import POWER, NewWire, meters
from tests.end_to_end.telegrams import kamstrup_list_1
from tests.end_to_end.waiting import until
from tests.end_to_end.wire import Wire
from tests.test_front_panel import Finger

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]


class Leds:
    """Lights as Linux shows them, below a folder of the test's own."""

    def __init__(self, folder: Path, *names: str) -> None:
        self._folder = folder
        for name in names:
            (folder / name).mkdir(parents=True)
            for file, content in (("brightness", "0"), ("max_brightness", "1"), ("trigger", "[none]")):
                (folder / name / file).write_text(content)

    def lit(self, name: str) -> bool:
        return (self._folder / name / "brightness").read_text() == "1"

    def damage(self, name: str) -> None:
        (self._folder / name / "max_brightness").write_bytes(b"\xff\xfe")


@pytest.fixture
def leds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Leds:
    monkeypatch.setattr("han2x.app.panel.open_light", partial(open_light, leds=tmp_path / "leds"))
    monkeypatch.setattr(front_panel, "STEP_S", 0.02)
    return Leds(tmp_path / "leds", "PWR", "ACT", "net")


@pytest.fixture
def finger(monkeypatch: pytest.MonkeyPatch) -> Finger:
    """At the button, which need not be held for long while power comes on."""
    finger = Finger(pressing=True)
    monkeypatch.setattr(front_panel, "START_HOLD_S", 0.05)
    monkeypatch.setattr("han2x.app.panel.open_button", lambda _name: finger)
    return finger


def lights(wire: Wire, power: str = "led:PWR", han: str = "led:ACT") -> str:
    return meters((1, wire)) + settings(panel={"power_light": power, "han_light": han})


async def test_lights_tell_of_the_gateway_and_of_telegrams_and_go_out_with_it(
    tmp_path: Path, wire: Wire, leds: Leds, skew: Skew
) -> None:
    async with running_daemon(tmp_path, lights(wire)) as running:
        await until(lambda: leds.lit("PWR"))
        assert not leds.lit("ACT")
        await running.hear(wire, kamstrup_list_1())
        await until(lambda: leds.lit("ACT"))
        skew.passes(61)
        await until(lambda: not leds.lit("ACT"))
        assert leds.lit("PWR")
    assert not leds.lit("PWR")


async def test_other_lights_are_taken_and_given_back_while_the_gateway_runs(
    tmp_path: Path, wire: Wire, leds: Leds
) -> None:
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        assert not leds.lit("PWR")
        await running.reload(lights(wire))
        await until(lambda: leds.lit("PWR"))
        await running.reload(lights(wire, power="led:net"))
        await until(lambda: leds.lit("net"))
        assert not leds.lit("PWR")
        await running.reload(meters((1, wire)))
        assert not leds.lit("net")


async def test_a_light_that_is_missing_is_told_of_and_the_other_is_lit(tmp_path: Path, wire: Wire, leds: Leds) -> None:
    async with running_daemon(tmp_path, lights(wire, han="led:none")) as running:
        await until(lambda: leds.lit("PWR"))
        assert any("the light none cannot be used" in message for message in running.said())


async def test_a_fault_in_the_panel_ends_nothing_else(tmp_path: Path, wire: Wire, leds: Leds) -> None:
    leds.damage("ACT")
    async with running_daemon(tmp_path, lights(wire)) as running:
        await running.hear(wire, kamstrup_list_1(power_import=500))
        assert await running.value(POWER) == 500
        assert any("a fault in this program" in message for message in running.said())
        answer = await (await running.browser()).ask("GET", "/live")
        assert answer.status == 200

        await running.reload(lights(wire, han=""))
        await until(lambda: leds.lit("PWR"))


async def test_held_while_power_came_on_the_button_asks_for_dhcp(tmp_path: Path, wire: Wire, finger: Finger) -> None:
    text = meters((1, wire)) + settings(panel={"reset_button": "GPIO27"})
    async with running_daemon(tmp_path, text) as running:
        await until(lambda: any("the network is set to DHCP" in message for message in running.said()))
        told = ("the network stays as it was", "no wired network")
        await until(lambda: any(message.startswith(told) for message in running.said()))
        assert not running.daemon.restart_wanted
    async with running_daemon(tmp_path) as running:
        await until(lambda: bool(running.daemon.people.urls))
        assert not any("DHCP" in message for message in running.said()), "power has not come on again"
    assert finger.pressing


async def test_the_light_goes_by_the_meter_that_was_silent_longest(tmp_path: Path, new_wire: NewWire) -> None:
    first, second = new_wire(), new_wire()
    async with running_daemon(tmp_path, meters((1, first), (2, second))) as running:
        await running.hear(first, kamstrup_list_1())
        now = running.daemon.clock()
        assert oldest_telegram_age(running.daemon.meters, now) is None
        await running.hear(second, kamstrup_list_1(), unit=2)
        last = running.meter(1).state.snapshot(now).last_reading_at
        assert last is not None
        assert oldest_telegram_age(running.daemon.meters, now) == now - last


async def test_a_press_of_the_button_opens_a_box_that_nobody_owns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finger = Finger()
    monkeypatch.setattr(front_panel, "STEP_S", 0.02)
    monkeypatch.setattr(front_panel, "PRESS_S", 0.1)
    monkeypatch.setattr("han2x.app.panel.open_button", lambda _name: finger)

    async def press() -> None:
        finger.pressing = True
        await asyncio.sleep(0.3)
        finger.pressing = False

    async with running_daemon(tmp_path, settings(panel={"reset_button": "GPIO27"})) as running:
        pressed = "the button was pressed: where there is no password"
        await press()
        await until(lambda: any(pressed in message for message in running.said()))
        access = running.daemon.people.page_access()
        assert access is not None
        assert access.state == "owned"

        held = running.daemon.people._access
        assert held is not None
        await held.forget()
        await asyncio.to_thread(held.claim.close)
        closed = running.daemon.people.page_access()
        assert closed is not None
        assert (closed.state, closed.open_s) == ("unowned", 0)
        await press()
        await until(lambda: held.claim.open_s > 0)
        assert not running.daemon.restart_wanted


async def test_a_light_that_there_is_none_of_is_told_on_the_page_until_the_setting_is_mended(
    tmp_path: Path, wire: Wire, leds: Leds
) -> None:
    def told() -> list[tuple[str, str, str]]:
        outputs = running.daemon.live().outputs
        return [(each.name, each.state, each.fault.code) for each in outputs if each.fault is not None]

    async with running_daemon(tmp_path, lights(wire, power="led:PWR", han="led:ACT")) as running:
        assert told() == []
        browser = await running.browser()
        await change(browser, (["panel", "power_light"], "led:there-is-none"))
        await until(lambda: told() == [("front-panel", "failed", "panel-light")])
        assert "front-panel" in {each.name for each in running.daemon.status().outputs}
        await change(browser, (["panel", "power_light"], "led:net"))
        await until(lambda: leds.lit("net"))
        assert told() == []
