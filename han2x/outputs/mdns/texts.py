"""TXT records (RFC 6763 section 6): `key=value` strings of at most 255 octets, all of them in one packet. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Final

from han2x.printable import printable

LARGEST_STRING: Final = 255
LARGEST_RECORD: Final = 1200
"""With the rest of the answer it has to fit in one packet, of 1500 octets; section 6.2 has no more than 1300."""
LONGEST_NAME: Final = 63
"""Octets of an instance's name (section 4.1.1)."""


def strings(texts: Mapping[str, str]) -> list[bytes]:
    """The strings of a record, in this order. One that has no room is left out whole: half a value would be another."""
    written, room = [], LARGEST_RECORD
    for key, value in texts.items():
        string = f"{key}={printable(value)}".encode("utf-8", "replace")
        if len(string) <= LARGEST_STRING and len(string) < room:
            written.append(string)
            room -= 1 + len(string)
    return written


def shortened(name: str, most: int = LONGEST_NAME) -> str:
    """An instance's name as it fits, cut between two characters."""
    return printable(name).encode("utf-8", "replace")[:most].decode("utf-8", "ignore").strip()


def ranges(numbers: Iterable[int]) -> str:
    """Whole numbers as people write them: 1-3,9."""
    runs = []
    for _, run in groupby(enumerate(sorted(set(numbers))), key=lambda placed: placed[1] - placed[0]):
        of_run = [number for _, number in run]
        runs.append(f"{of_run[0]}-{of_run[-1]}" if len(of_run) > 1 else f"{of_run[0]}")
    return ",".join(runs)
