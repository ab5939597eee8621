"""Why a light or the button cannot be had: by a code that a page translates, and in plain English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from han2x import faults

FAULTS: Final[Mapping[str, str]] = {
    "panel-light": "the light {name} cannot be used: {reason}: {path}",
    "panel-gpio": "{name} cannot be used: {reason}: {path}",
    "panel-no-gpio": "there is no GPIO line called {name}",
    "panel-no-gpiod": "{name} needs the Python package gpiod, which is not installed",
}


class PanelFault(faults.Fault):
    """Why it cannot be had; `code` is one of `FAULTS`."""

    __slots__ = ()
    TEXTS = FAULTS


class PanelError(Exception):
    """A light or the button cannot be had; the text says why."""

    def __init__(self, fault: PanelFault) -> None:
        super().__init__(str(fault))
        self.fault = fault
