"""Fifty registers to serve in tests: word i is 0x1000 + i, the last six can be written."""

from __future__ import annotations

import struct
from collections.abc import Sequence

COUNT = 50
FIRST_WRITABLE = 44
FIRST_UNMEASURED = 36
REFUSED_VALUE = 0xFFFF


class Registers:
    """A device as the Modbus server wants it."""

    def __init__(self) -> None:
        self.words = [0x1000 + number for number in range(COUNT)]
        self.silent = False
        self.refused = range(0)
        self.writes = 0

    def read(self, address: int, count: int) -> bytes | int:
        if address + count > COUNT:
            return 2
        if self.silent and address < FIRST_UNMEASURED:
            return 0x0B
        if not set(self.refused).isdisjoint(range(address, address + count)):
            return 0x0B
        return struct.pack(f">{count}H", *self.words[address : address + count])

    def write(self, address: int, words: Sequence[int]) -> int | None:
        if address < FIRST_WRITABLE or address + len(words) > COUNT:
            return 2
        if REFUSED_VALUE in words:
            return 3
        self.words[address : address + len(words)] = words
        self.writes += 1
        return None
