"""What a front panel is made of: lights and a button, by their names.

A light is a line of the GPIO ("GPIO17", high is lit) or a light that Linux has a driver for ("led:ACT"); the button
is a line of the GPIO that it pulls to ground. The GPIO is reached through libgpiod's own Python package, `gpiod`, which
need not be there when nobody uses it.

Which names there can be, the settings check: none leads out of the folders where lights and chips are.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from han2x.faults import because
from han2x.front_panel.faults import PanelError, PanelFault

if TYPE_CHECKING:
    import gpiod

LEDS: Final = Path("/sys/class/leds")
CHIPS: Final = Path("/dev")

_LED: Final = "led:"


class Light(Protocol):
    """Something that can be lit. Both raise OSError when it is gone."""

    def show(self, lit: bool) -> None: ...

    def close(self) -> None: ...


class Button(Protocol):
    """Something that can be pressed. Both raise OSError when it is gone."""

    def pressed(self) -> bool: ...

    def close(self) -> None: ...


def open_light(text: str, leds: Path = LEDS, chips: Path = CHIPS) -> Light:
    """The light of this name, dark.

    Raises:
        PanelError: there is no such light, or it may not be used.
    """
    if text.startswith(_LED):
        return _SysfsLight(leds / text.removeprefix(_LED))
    return _GpioLight(text, chips)


def open_button(text: str, chips: Path = CHIPS) -> Button:
    """The button at this line.

    Raises:
        PanelError: there is no such line, or it may not be used.
    """
    return _GpioButton(text, chips)


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
            fault = PanelFault("panel-light", name=folder.name, path=error.filename, **because(error))
            raise PanelError(fault) from error

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
        raise PanelError(PanelFault("panel-no-gpiod", name=name)) from None
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
            raise PanelError(PanelFault("panel-gpio", name=name, path=path, **because(error))) from error
    raise PanelError(PanelFault("panel-no-gpio", name=name))


def _offset_of(chip: gpiod.Chip, name: str) -> int | None:
    """Where the chip has the line; None when it has none of this name."""
    try:
        return chip.line_offset_from_id(name)
    except OSError:
        return None
