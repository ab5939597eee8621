"""What is learned of one meter from its telegrams and holds for the next: how it names itself, and its scales.

Some meters send several lists in turn, of which one has the meter's number and the other its logical device name; both
have to stand for the same meter. And some send counts without a scale, which only a load tells: what one list has shown
is kept for the times when it shows nothing. It is kept under all the names that the list gives, so that it never holds
for another meter.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from han2x.meters.makers import maker_of

POSSIBLE_MILLI: Final = (1, 10, 100, 1000)
"""What a count can be found to be, in mV or mA."""

MAX_SCALES: Final = 8
"""Scales that are kept; a meter has two, and one for each of its lists."""

Key = tuple[str, str, str, str]
"""What the scale is of, and number, device name and system title of the list, each "" where there is none."""
_ROW: Final = 5  # a key and its scale


class Learned:
    """Of the meter on one line; empty at first."""

    def __init__(self) -> None:
        self._number: str | None = None
        self._device: str | None = None
        self._sender = b""
        self._names = ("", "", "")
        self._scales: dict[Key, int] = {}

    def name(self, number: str | None = None, device: str | None = None, sender: bytes = b"") -> str | None:
        """Take the names that a list gives; return the id of its meter: the number, or the device name without one."""
        self._names = (number or "", device or "", sender.hex())
        if _differ(number, self._number) or _differ(device, self._device) or _differ(sender, self._sender):
            self._number, self._device, self._sender = None, None, b""
        self._number = number or self._number
        self._device = device or self._device
        self._sender = sender or self._sender
        return (number or self._number or device) if number or device else None

    @property
    def maker(self) -> str:
        """The maker that the names tell, also those that the last list left out."""
        return maker_of(self._sender, self._device, self._number)

    def scale(self, of: str) -> int | None:
        """What a count is in the list whose names were taken last, None while that has not been found."""
        return self._scales.get((of, *self._names))

    def find(self, of: str, milli: int) -> None:
        """Keep what a count has been found to be."""
        key = (of, *self._names)
        if key not in self._scales and len(self._scales) >= MAX_SCALES:
            del self._scales[next(iter(self._scales))]
        self._scales[key] = milli

    def forget(self) -> None:
        """Forget all scales."""
        self._scales.clear()

    def dump(self) -> dict[str, Any]:
        """What has to survive a restart, as JSON has it: the names that are the meter's, and the scales."""
        return {
            "names": [self._number or "", self._device or "", self._sender.hex()],
            "scales": [[*key, milli] for key, milli in self._scales.items()],
        }

    def restore(self, data: object) -> None:
        """Take back what `dump` gave in an earlier run; what it cannot have given is left out."""
        kept = data if isinstance(data, dict) else {}
        names = kept.get("names")
        if isinstance(names, list) and len(names) == len(self._names) and all(isinstance(each, str) for each in names):
            number, device, sender = names
            self._number, self._device, self._sender = number or None, device or None, _octets(sender)
        self._scales = dict(_kept(kept.get("scales")))


def _kept(data: object) -> Iterator[tuple[Key, int]]:
    for row in data[:MAX_SCALES] if isinstance(data, list) else ():
        if isinstance(row, list) and len(row) == _ROW:
            of, number, device, sender, milli = row
            if all(isinstance(each, str) for each in row[:-1]) and type(milli) is int and milli in POSSIBLE_MILLI:
                yield (of, number, device, sender), milli


def _differ(name: str | bytes | None, known: str | bytes | None) -> bool:
    return bool(name and known and name != known)


def _octets(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
