"""Edge: the POWER and HAN lights and the FACTRESET button, as the HAN2X's product document has them.

A light is a line of the GPIO ("GPIO17", high is lit) or a light that Linux has a driver for ("led:ACT"); the button
is a line of the GPIO that it pulls to ground. The GPIO is reached through libgpiod's own Python package, `gpiod`, which
need not be there when nobody uses it.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, Protocol

if TYPE_CHECKING:
    import gpiod

log = logging.getLogger("han2x.panel")

HAN_LIT_S: Final = 60.0
"""How long the HAN light is lit after a good telegram."""
RESET_HOLD_S: Final = 5.0
"""How long the button is held for a reset to factory settings."""
START_HOLD_S: Final = 0.5
"""How long it must still be held after power came on, to start with DHCP."""
STEP_S: Final = 0.25
LEDS: Final = Path("/sys/class/leds")
CHIPS: Final = Path("/dev")

_LED: Final = re.compile(r"led:([A-Za-z0-9][A-Za-z0-9_:.+-]{0,63})")
_LINE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,31}")


class PanelError(Exception):
    """A light or the button cannot be had; the text says why."""


class Light(Protocol):
    """Something that can be lit. Both raise OSError when it is gone."""

    def show(self, lit: bool) -> None: ...

    def close(self) -> None: ...


class Button(Protocol):
    """Something that can be pressed. Both raise OSError when it is gone."""

    def pressed(self) -> bool: ...

    def close(self) -> None: ...


class Press(Enum):
    """What somebody wants who holds the button."""

    FACTORY_RESET = auto()
    START_WITH_DHCP = auto()


def check_light(text: str) -> None:
    """Raises ValueError for what names no light."""
    if not _LED.fullmatch(text) and not _LINE.fullmatch(text):
        raise ValueError('allowed is a GPIO line like "GPIO17", or "led:" and a name in /sys/class/leds')


def check_button(text: str) -> None:
    """Raises ValueError for what names no button."""
    if not _LINE.fullmatch(text):
        raise ValueError('allowed is a GPIO line like "GPIO27"')


def open_light(text: str, leds: Path = LEDS, chips: Path = CHIPS) -> Light:
    """The light of this name, dark.

    Raises:
        ValueError: this names no light.
        PanelError: there is no such light, or it may not be used.
    """
    check_light(text)
    if led := _LED.fullmatch(text):
        return _SysfsLight(leds / led[1])
    return _GpioLight(text, chips)


def open_button(text: str, chips: Path = CHIPS) -> Button:
    """The button at this line.

    Raises:
        ValueError: this names no button.
        PanelError: there is no such line, or it may not be used.
    """
    check_button(text)
    return _GpioButton(text, chips)


def power_came_on(runtime_dir: Path) -> bool:
    """Whether the program starts for the first time since the computer did; it leaves a mark that tells it next time.

    `runtime_dir` is one that the computer starts without, but that outlives the program. Where no mark can be left the
    answer is no: a button that is still held after a reset must not become another wish.
    """
    try:
        (runtime_dir / "started").touch(exist_ok=False)
    except OSError:
        return False
    return True


class ButtonWatch:
    """Makes wishes of samples of the button: each time it is held is one wish at most."""

    def __init__(self, *, power_came_on: bool) -> None:
        self._since: float | None = None
        self._since_start = power_came_on
        self._told = False

    def sample(self, pressed: bool, now: float) -> Press | None:
        """The button is pressed or not at `now`, in seconds; answers the wish that has just become clear."""
        if not pressed:
            self._since, self._since_start, self._told = None, False, False
            return None
        if self._since is None:
            self._since = now
        if self._told or now - self._since < (START_HOLD_S if self._since_start else RESET_HOLD_S):
            return None
        self._told = True
        return Press.START_WITH_DHCP if self._since_start else Press.FACTORY_RESET


class FrontPanel:
    """The panel; any of its parts may be missing.

    `telegram_age` answers the seconds since the last good telegram, None for never. `on_press` is called with what
    somebody wants; the HAN light blinks until it is done and the button is released. What it raises is logged.
    """

    def __init__(
        self,
        telegram_age: Callable[[], float | None],
        on_press: Callable[[Press], Awaitable[None]],
        *,
        power: Light | None = None,
        han: Light | None = None,
        button: Button | None = None,
        power_came_on: bool = False,
    ) -> None:
        self._telegram_age = telegram_age
        self._on_press = on_press
        self._power = _Steady(power, "POWER light")
        self._han = _Steady(han, "HAN light")
        self._button = button
        self._watch = ButtonWatch(power_came_on=power_came_on)
        self._doing: asyncio.Task[None] | None = None
        self._steps = 0

    async def run(self) -> NoReturn:
        """Light the lights and watch the button, until cancelled; then the lights go out."""
        try:
            while True:
                self.step(time.monotonic())
                await asyncio.sleep(STEP_S)
        finally:
            for light in (self._power, self._han):
                light.close()
            if self._button is not None:
                self._button.close()

    def step(self, now: float) -> None:
        """Do what is due at `now`, in seconds; to be called every `STEP_S`, in an event loop."""
        self._steps += 1
        pressed = self._pressed()
        wish = self._watch.sample(pressed, now)
        if wish is not None and (self._doing is None or self._doing.done()):
            self._doing = asyncio.get_running_loop().create_task(self._do(wish))
        if self._doing is not None and self._doing.done() and not pressed:
            self._doing = None
        age = self._telegram_age()
        self._power.show(True)
        self._han.show(self._steps % 2 == 0 if self._doing else age is not None and age <= HAN_LIT_S)

    async def _do(self, wish: Press) -> None:
        log.warning("the button was held: %s", wish.name.replace("_", " ").lower())
        try:
            await self._on_press(wish)
        except Exception:
            log.exception("what the button asked for failed")

    def _pressed(self) -> bool:
        try:
            return self._button is not None and self._button.pressed()
        except OSError as error:
            log.warning("the button cannot be read any more: %s", error.strerror)
            self._button = None
            return False


class _Steady:
    """A light that is told only of changes, and whose failure is logged once and then lived with."""

    def __init__(self, light: Light | None, name: str) -> None:
        self._light = light
        self._name = name
        self._lit: bool | None = None
        self._failed = False

    def show(self, lit: bool) -> None:
        if self._light is None or lit == self._lit:
            return
        try:
            self._light.show(lit)
            self._lit, self._failed = lit, False
        except OSError as error:
            if not self._failed:
                log.warning("the %s cannot be switched: %s", self._name, error.strerror)
            self._failed = True

    def close(self) -> None:
        self.show(False)
        if self._light is not None:
            self._light.close()


class _SysfsLight:
    """A light as Linux shows it (Documentation/leds/leds-class.rst)."""

    def __init__(self, folder: Path) -> None:
        self._brightness = folder / "brightness"
        try:
            self._most = (folder / "max_brightness").read_text().strip()
            # Whatever made it flicker until now, such as the SD card, must let go of it.
            (folder / "trigger").write_text("none")
            self.show(False)
        except OSError as error:
            raise PanelError(f"the light {folder.name} cannot be used: {error.strerror}: {error.filename}") from error

    def show(self, lit: bool) -> None:
        self._brightness.write_text(self._most if lit else "0")

    def close(self) -> None:
        """It stays as it is."""


class _GpioLight:
    def __init__(self, name: str, chips: Path) -> None:
        self._lines, self._offset = _request(name, chips, output=True)

    def show(self, lit: bool) -> None:
        from gpiod.line import Value

        self._lines.set_value(self._offset, Value.ACTIVE if lit else Value.INACTIVE)

    def close(self) -> None:
        self._lines.release()


class _GpioButton:
    def __init__(self, name: str, chips: Path) -> None:
        self._lines, self._offset = _request(name, chips, output=False)

    def pressed(self) -> bool:
        from gpiod.line import Value

        return self._lines.get_value(self._offset) is Value.ACTIVE

    def close(self) -> None:
        self._lines.release()


def _request(name: str, chips: Path, *, output: bool) -> tuple[gpiod.LineRequest, int]:
    """Take the line of this name, on whichever chip it is: the numbers of chips differ between models of the Pi."""
    try:
        import gpiod
        from gpiod.line import Bias, Direction
    except ImportError:
        raise PanelError(f"{name} needs the Python package gpiod, which is not installed") from None
    settings = (
        gpiod.LineSettings(direction=Direction.OUTPUT)
        if output
        else gpiod.LineSettings(direction=Direction.INPUT, bias=Bias.PULL_UP, active_low=True)
    )
    for path in sorted(chips.glob("gpiochip*")):
        try:
            with gpiod.Chip(str(path)) as chip:
                offset = _offset_of(chip, name)
                if offset is not None:
                    return chip.request_lines(consumer="han2x", config={offset: settings}), offset
        except OSError as error:
            raise PanelError(f"{name} cannot be used: {error.strerror}: {path}") from error
    raise PanelError(f"there is no GPIO line called {name}")


def _offset_of(chip: gpiod.Chip, name: str) -> int | None:
    """Where the chip has the line; None when it has none of this name."""
    try:
        return chip.line_offset_from_id(name)
    except OSError:
        return None
