"""The panel as a whole: what its lights show, and what holding its button means."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from pathlib import Path
from typing import Final, NoReturn

from han2x.front_panel.parts import Button, Light

log = logging.getLogger("han2x.panel")

HAN_LIT_S: Final = 60.0
"""How long the HAN light is lit after a good telegram."""
RESET_HOLD_S: Final = 5.0
"""How long the button is held for a reset to factory settings."""
PRESS_S: Final = 1.0
"""How long the button is pressed at least, and then let go, to let somebody choose the first password."""
START_HOLD_S: Final = 0.5
"""How long it must still be held after power came on, to start with DHCP."""
STEP_S: Final = 0.25
BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
"""What Linux gives another content at each start of the computer (random(4))."""


class Press(Enum):
    """What somebody wants who holds the button."""

    FACTORY_RESET = auto()
    OPEN_CLAIM = auto()
    START_WITH_DHCP = auto()


def power_came_on(mark_dir: Path, boot_id: Path = BOOT_ID) -> bool:
    """Whether the program starts for the first time since the computer did; it leaves a mark that tells it next time.

    `mark_dir` outlives the program; where the file `boot_id` cannot be read, as within the service, it must not outlive
    the computer's power. Where no mark can be left the answer is no: a button that is still held after a reset must not
    become another wish.
    """
    mark = mark_dir / "started"
    this_start = _content(boot_id) or b""
    if _content(mark) == this_start:
        return False
    try:
        mark.write_bytes(this_start)
    except OSError:
        return False
    return True


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None


class ButtonWatch:
    """Makes wishes of samples of the button: each time it is held is one wish at most."""

    def __init__(self, *, power_came_on: bool) -> None:
        self._since: float | None = None
        self._since_start = power_came_on
        self._told = False

    def sample(self, pressed: bool, now: float) -> Press | None:
        """The button is pressed or not at `now`, in seconds; returns the wish that has just become clear."""
        if not pressed:
            return self._let_go(now)
        if self._since is None:
            self._since = now
        if self._told or now - self._since < (START_HOLD_S if self._since_start else RESET_HOLD_S):
            return None
        self._told = True
        return Press.START_WITH_DHCP if self._since_start else Press.FACTORY_RESET

    def _let_go(self, now: float) -> Press | None:
        since, told = self._since, self._told or self._since_start
        self._since, self._since_start, self._told = None, False, False
        return Press.OPEN_CLAIM if since is not None and not told and now - since >= PRESS_S else None


class FrontPanel:
    """The panel; any of its parts may be missing.

    `telegram_age` returns the seconds since the last good telegram, None for never. `on_press` is called with what
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
        how = "pressed" if wish is Press.OPEN_CLAIM else "held"
        log.warning("the button was %s: %s", how, wish.name.replace("_", " ").lower())
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
