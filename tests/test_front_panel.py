from __future__ import annotations

import asyncio
import errno
import itertools
import logging
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from han2x.front_panel import (
    HAN_LIT_S,
    PRESS_S,
    RESET_HOLD_S,
    START_HOLD_S,
    STEP_S,
    ButtonWatch,
    FrontPanel,
    PanelError,
    Press,
    open_button,
    open_light,
    power_came_on,
)


class Bulb:
    """A light that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[bool] = []
        self.closed = False
        self.broken = False

    def show(self, lit: bool) -> None:
        if self.broken:
            raise OSError(errno.ENODEV, "No such device")
        self.told.append(lit)

    def close(self) -> None:
        self.closed = True


class Finger:
    """A button that is pressed when the test says so."""

    def __init__(self, *, pressing: bool = False) -> None:
        self.pressing = pressing
        self.broken = False

    def pressed(self) -> bool:
        if self.broken:
            raise OSError(errno.ENODEV, "No such device")
        return self.pressing

    def close(self) -> None: ...


class Case:
    """A panel in its case, and what happens around it."""

    def __init__(self, *, pressing: bool = False, power_came_on: bool = False) -> None:
        self.power, self.han, self.button = Bulb(), Bulb(), Finger(pressing=pressing)
        self.age: float | None = None
        self.wishes: list[Press] = []
        self.may_finish = asyncio.Event()
        self.now = 1000.0
        self.panel = FrontPanel(
            lambda: self.age, self._take, power=self.power, han=self.han, button=self.button,
            power_came_on=power_came_on,
        )  # fmt: skip

    async def _take(self, wish: Press) -> None:
        self.wishes.append(wish)
        await self.may_finish.wait()

    async def passes(self, seconds: float) -> list[bool]:
        """Time passes; answers how the HAN light was switched meanwhile."""
        before = len(self.han.told)
        for _ in range(round(seconds / STEP_S)):
            self.panel.step(self.now)
            self.now += STEP_S
            await asyncio.sleep(0)
        return self.han.told[before:]


async def test_the_power_light_is_lit_while_the_gateway_runs() -> None:
    case = Case()
    await case.passes(1)
    assert case.power.told == [True]


async def test_the_han_light_is_lit_for_sixty_seconds_after_a_good_telegram() -> None:
    case = Case()
    assert await case.passes(1) == [False]
    case.age = 0.0
    assert await case.passes(1) == [True]
    case.age = HAN_LIT_S
    assert await case.passes(1) == []
    case.age = HAN_LIT_S + 0.1
    assert await case.passes(1) == [False]


async def test_the_button_held_while_running_resets_to_factory_settings_and_the_light_blinks() -> None:
    case = Case()
    case.age = 0.0
    await case.passes(1)
    case.button.pressing = True
    assert await case.passes(RESET_HOLD_S) == []
    assert case.wishes == []
    blinking = await case.passes(2)
    assert case.wishes == [Press.FACTORY_RESET]
    assert len(blinking) >= 6
    assert all(before != after for before, after in itertools.pairwise(blinking))


async def test_it_blinks_until_the_reset_is_done_and_the_button_released() -> None:
    case = Case()
    case.age = 0.0
    case.button.pressing = True
    await case.passes(RESET_HOLD_S + 1)
    case.may_finish.set()
    assert len(await case.passes(1)) >= 3
    case.button.pressing = False
    await case.passes(1)
    assert await case.passes(1) == []
    assert case.han.told[-1]


async def test_holding_on_is_one_wish_only() -> None:
    case = Case()
    case.may_finish.set()
    case.button.pressing = True
    await case.passes(5 * RESET_HOLD_S)
    assert case.wishes == [Press.FACTORY_RESET]


async def test_the_button_held_while_power_comes_on_starts_with_dhcp() -> None:
    case = Case(pressing=True, power_came_on=True)
    await case.passes(START_HOLD_S + 1)
    assert case.wishes == [Press.START_WITH_DHCP]
    case.may_finish.set()
    await case.passes(2 * RESET_HOLD_S)
    assert case.wishes == [Press.START_WITH_DHCP]


async def test_the_button_still_held_after_a_restart_is_no_wish_for_dhcp() -> None:
    case = Case(pressing=True, power_came_on=False)
    await case.passes(START_HOLD_S + 1)
    assert case.wishes == []


async def test_a_wish_that_fails_is_logged_and_the_panel_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    case = Case()

    async def fail(_wish: Press) -> None:
        raise RuntimeError("no network manager")

    case.panel._on_press = fail
    case.button.pressing = True
    await case.passes(RESET_HOLD_S + 1)
    assert "no network manager" in caplog.text
    case.button.pressing = False
    case.age = 0.0
    await case.passes(1)
    assert case.han.told[-1]


async def test_a_light_that_is_gone_is_told_once_and_lit_when_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    case = Case()
    case.age = 0.0
    case.han.broken = True
    await case.passes(5)
    assert [record.message for record in caplog.records] == ["the HAN light cannot be switched: No such device"]
    case.han.broken = False
    assert await case.passes(1) == [True]


async def test_a_button_that_is_gone_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    case = Case()
    case.button.broken = True
    await case.passes(5)
    assert len(caplog.records) == 1
    assert case.wishes == []


async def test_the_lights_go_out_with_the_gateway() -> None:
    case = Case()
    case.age = 0.0
    task = asyncio.create_task(case.panel.run())
    while not case.power.told:  # noqa: ASYNC110 - the light is what is waited for
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert case.power.told == [True, False]
    assert case.han.told == [True, False]
    assert case.power.closed


async def test_a_panel_without_parts_does_nothing() -> None:
    async def never(_wish: Press) -> None:
        raise AssertionError("nobody pressed")

    FrontPanel(lambda: 0.0, never).step(0.0)


def test_a_button_that_is_let_go_begins_anew() -> None:
    watch = ButtonWatch(power_came_on=False)
    for now in range(20):
        assert watch.sample(now % 5 != 4, float(now)) is not Press.FACTORY_RESET


@pytest.mark.parametrize(
    ("held_s", "wish"),
    [(PRESS_S - 0.1, None), (PRESS_S, Press.OPEN_CLAIM), (RESET_HOLD_S - 0.1, Press.OPEN_CLAIM)],
)
def test_a_press_that_is_shorter_than_a_reset_asks_for_a_first_password(held_s: float, wish: Press | None) -> None:
    watch = ButtonWatch(power_came_on=False)
    assert watch.sample(True, 0.0) is None
    assert watch.sample(True, held_s) is None
    assert watch.sample(False, held_s) is wish
    assert watch.sample(False, held_s + 1) is None


def test_letting_go_after_a_reset_asks_for_nothing_more() -> None:
    watch = ButtonWatch(power_came_on=False)
    assert watch.sample(True, 0.0) is None
    assert watch.sample(True, RESET_HOLD_S) is Press.FACTORY_RESET
    assert watch.sample(False, RESET_HOLD_S + 2) is None


def test_a_button_that_was_down_as_power_came_on_opens_nothing_when_it_is_let_go() -> None:
    watch = ButtonWatch(power_came_on=True)
    assert watch.sample(True, 0.0) is None
    assert watch.sample(True, START_HOLD_S) is Press.START_WITH_DHCP
    assert watch.sample(False, 3.0) is None


def test_power_came_on_only_once(tmp_path: Path) -> None:
    assert power_came_on(tmp_path)
    assert not power_came_on(tmp_path)
    assert not power_came_on(tmp_path / "missing")


def test_power_came_on_again_when_the_computer_has_started_anew(tmp_path: Path) -> None:
    boot_id = tmp_path / "boot_id"
    for start in ("first", "second"):
        boot_id.write_text(start)
        assert power_came_on(tmp_path, boot_id)
        assert not power_came_on(tmp_path, boot_id)


def test_where_starts_cannot_be_told_apart_the_mark_alone_tells(tmp_path: Path) -> None:
    assert power_came_on(tmp_path, tmp_path / "no-boot-id")
    assert not power_came_on(tmp_path, tmp_path / "no-boot-id")
    assert not power_came_on(tmp_path / "missing", tmp_path / "no-boot-id")


@pytest.fixture
def leds(tmp_path: Path) -> Path:
    led = tmp_path / "leds" / "ACT"
    led.mkdir(parents=True)
    (led / "brightness").write_text("255\n")
    (led / "max_brightness").write_text("255\n")
    (led / "trigger").write_text("none timer [mmc0]\n")
    return tmp_path / "leds"


def test_a_light_of_linux_is_taken_from_its_trigger_and_lit_fully(leds: Path) -> None:
    light = open_light("led:ACT", leds)
    assert (leds / "ACT" / "trigger").read_text() == "none"
    assert (leds / "ACT" / "brightness").read_text() == "0"
    light.show(True)
    assert (leds / "ACT" / "brightness").read_text() == "255"
    light.show(False)
    assert (leds / "ACT" / "brightness").read_text() == "0"


def test_a_light_that_is_missing_is_named(leds: Path) -> None:
    with pytest.raises(PanelError, match="the light PWR cannot be used: No such file"):
        open_light("led:PWR", leds)


class Gpio:
    """What the package `gpiod` does, on chips whose lines have these names."""

    def __init__(self, chips: dict[str, list[str]]) -> None:
        self.chips = chips
        self.values: dict[str, object] = {}
        self.requested: dict[str, dict[str, object]] = {}
        self.busy = False

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        package, lines = ModuleType("gpiod"), ModuleType("gpiod.line")
        vars(package).update(Chip=self.open, LineSettings=lambda **settings: settings)
        vars(lines).update(
            Bias=SimpleNamespace(PULL_UP="pull-up"),
            Direction=SimpleNamespace(INPUT="input", OUTPUT="output"),
            Value=SimpleNamespace(ACTIVE="active", INACTIVE="inactive"),
        )
        monkeypatch.setitem(sys.modules, "gpiod", package)
        monkeypatch.setitem(sys.modules, "gpiod.line", lines)

    def open(self, path: str) -> Chip:
        return Chip(self, self.chips[Path(path).name])


class Chip:
    """One of the chips, and at the same time a request of one of its lines."""

    def __init__(self, gpio: Gpio, names: list[str]) -> None:
        self.gpio = gpio
        self.names = names

    def __enter__(self) -> Chip:
        return self

    def __exit__(self, *_: object) -> None: ...

    def line_offset_from_id(self, name: str) -> int:
        if name not in self.names:
            raise OSError(errno.ENOENT, "No such file or directory")
        return self.names.index(name)

    def request_lines(self, consumer: str, config: dict[int, dict[str, object]]) -> Chip:
        assert consumer == "han2x"
        if self.gpio.busy:
            raise OSError(errno.EBUSY, "Device or resource busy")
        self.gpio.requested |= {self.names[offset]: settings for offset, settings in config.items()}
        return self

    def set_value(self, offset: int, value: object) -> None:
        self.gpio.values[self.names[offset]] = value

    def get_value(self, offset: int) -> object:
        return self.gpio.values[self.names[offset]]

    def release(self) -> None:
        self.gpio.requested.clear()


@pytest.fixture
def chips(tmp_path: Path) -> Path:
    for number in (0, 4):
        (tmp_path / f"gpiochip{number}").touch()
    return tmp_path


@pytest.fixture
def gpio(monkeypatch: pytest.MonkeyPatch) -> Gpio:
    made = Gpio({"gpiochip0": ["2712_WAKE", "-"], "gpiochip4": ["ID_SDA", "GPIO17", "GPIO27"]})
    made.install(monkeypatch)
    return made


def test_a_light_on_the_gpio_is_found_by_its_lines_name_on_any_chip(gpio: Gpio, chips: Path) -> None:
    light = open_light("GPIO17", chips=chips)
    assert gpio.requested == {"GPIO17": {"direction": "output"}}
    light.show(True)
    assert gpio.values == {"GPIO17": "active"}
    light.show(False)
    assert gpio.values == {"GPIO17": "inactive"}
    light.close()
    assert gpio.requested == {}


def test_the_button_pulls_its_line_to_ground(gpio: Gpio, chips: Path) -> None:
    button = open_button("GPIO27", chips)
    assert gpio.requested == {"GPIO27": {"direction": "input", "bias": "pull-up", "active_low": True}}
    gpio.values["GPIO27"] = "active"
    assert button.pressed()
    gpio.values["GPIO27"] = "inactive"
    assert not button.pressed()


def test_a_line_that_no_chip_has_is_named(gpio: Gpio, chips: Path) -> None:
    with pytest.raises(PanelError, match="there is no GPIO line called GPIO99"):
        open_light("GPIO99", chips=chips)


def test_a_line_that_something_else_uses_is_named(gpio: Gpio, chips: Path) -> None:
    gpio.busy = True
    with pytest.raises(PanelError, match="GPIO17 cannot be used: Device or resource busy"):
        open_light("GPIO17", chips=chips)


def test_without_the_package_a_line_says_what_it_needs(monkeypatch: pytest.MonkeyPatch, chips: Path) -> None:
    monkeypatch.setitem(sys.modules, "gpiod", None)
    with pytest.raises(PanelError, match="needs the Python package gpiod"):
        open_button("GPIO27", chips)


def test_what_the_button_asks_for_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "han2x.panel")

    async def hold() -> None:
        case = Case(pressing=True)
        await case.passes(RESET_HOLD_S + 1)

    asyncio.run(hold())
    assert "the button was held: factory reset" in caplog.text
