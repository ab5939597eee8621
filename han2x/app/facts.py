"""What the gateway knows of itself: the time, how long it has run, and the board's temperature."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Final

from han2x import __version__
from han2x.registers import DeviceFacts, firmware_number
from han2x.regular_file import read_beginning

log = logging.getLogger("han2x")

_READ_EVERY_S: Final = 10.0
_SHOWN_S: Final = 60.0
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


def _in_a_thread(read: Callable[[], None]) -> None:
    """A thread of its own: one of the pool that hangs would be missed, and waited for at the end."""
    Thread(target=read, name="temperature", daemon=True).start()


class Facts:
    """The gateway's facts at a moment, as the registers show them. A temperature that cannot be read is None.

    `keeps_nothing` is asked whether state cannot be written.

    The file with the temperature is read by `in_background`, so that a sensor that is slow, or never answers, holds up
    nobody who reads registers; what it said is shown for a minute at most.
    """

    def __init__(
        self,
        clock: SteadyClock,
        temperature_path: Path,
        in_background: Callable[[Callable[[], None]], None] = _in_a_thread,
    ) -> None:
        self._started = clock.started
        self._firmware = firmware_number(__version__)
        self._in_background = in_background
        self._clock = clock
        self.keeps_nothing: Callable[[], bool] = lambda: False
        self._sensor = _Sensor(temperature_path)
        self._look(clock())

    def use(self, temperature_path: Path) -> None:
        """Read the temperature from another file, and show none from the one before."""
        if temperature_path != self._sensor.path:
            self._sensor = _Sensor(temperature_path)
            self._look(self._clock())

    def __call__(self, now: float) -> DeviceFacts:
        self._look(now)
        return DeviceFacts(
            self._firmware,
            self._sensor.at(now),
            hours=int((now - self._started) // 3600),
            unix_time=time.time(),
            keeps_nothing=self.keeps_nothing(),
        )

    def _look(self, now: float) -> None:
        if self._sensor.is_due(now):
            self._in_background(partial(self._sensor.read, now))


class _Sensor:
    """One file with a temperature in thousandths of a degree Celsius."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._asked_at = float("-inf")
        self._reading = False
        self._read: tuple[float, float | None] = (float("-inf"), None)
        self._complained = False

    def is_due(self, now: float) -> bool:
        """Whether to `read` now; one read at a time, however long it takes."""
        if self._reading or now - self._asked_at < _READ_EVERY_S:
            return False
        self._asked_at, self._reading = now, True
        return True

    def read(self, now: float) -> None:
        """Read the file, which may take its time."""
        value = None
        try:
            value = int(read_beginning(self.path, _LONGEST)) / 1000
        except FileNotFoundError:
            pass  # not every board has a sensor
        except (OSError, ValueError) as error:
            if not self._complained:
                self._complained = True
                log.warning("no temperature: %s: %s", self.path, _why(error))
        self._read, self._reading = (now, value), False

    def at(self, now: float) -> float | None:
        """What was read last, in degrees Celsius; None when that is too long ago or was nothing."""
        at, value = self._read
        return value if now - at < _SHOWN_S else None


def _why(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or "it holds no whole number"
