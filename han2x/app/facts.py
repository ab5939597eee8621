"""What the gateway knows of itself: the time, how long it has run, and the board's temperature."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

from han2x import __version__
from han2x.registers import DeviceFacts, firmware_number

_TEMPERATURE_KEPT_S: Final = 10.0
_LONGEST: Final = 64


class SteadyClock:
    """Seconds on a scale that begins at the wall clock's epoch time and never steps, whatever the wall clock does.

    `clock()` is the present moment; `started` the moment the clock was made.
    """

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()
        self.started = self()

    def __call__(self) -> float:
        return time.monotonic() + self._offset


class Facts:
    """The gateway's facts at a moment, as the registers show them. A temperature that cannot be read is None."""

    def __init__(self, clock: SteadyClock, temperature_path: Path) -> None:
        self._started = clock.started
        self._path = temperature_path
        self._firmware = firmware_number(__version__)
        self._temperature: float | None = None
        self._temperature_at = float("-inf")

    def use(self, temperature_path: Path) -> None:
        """Read the temperature from another file."""
        if temperature_path != self._path:
            self._path, self._temperature_at = temperature_path, float("-inf")

    def __call__(self, now: float) -> DeviceFacts:
        if now - self._temperature_at >= _TEMPERATURE_KEPT_S:
            self._temperature, self._temperature_at = self._read_temperature(), now
        return DeviceFacts(self._firmware, self._temperature, hours=int((now - self._started) // 3600))

    def _read_temperature(self) -> float | None:
        try:
            return int(_beginning(self._path)) / 1000
        except (OSError, ValueError):
            return None


def _beginning(path: Path) -> bytes:
    """A file's beginning. Whatever the settings name, a pipe is not waited for, and what has no end is not read to it.

    Raises:
        OSError: it cannot be read.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        return os.read(handle, _LONGEST)
    finally:
        os.close(handle)
