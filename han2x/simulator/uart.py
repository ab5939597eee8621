"""What a receiver makes of octets when it is set to another speed or parity than the line: bit by bit."""

from __future__ import annotations

from collections.abc import Sequence

IDLE, START = 1, 0


def levels(octets: bytes, *, even_parity: bool) -> list[int]:
    """The line's level in each bit time while the octets are sent without pauses, idle before and after."""
    line = [IDLE]
    for octet in octets:
        line.append(START)
        line += [octet >> bit & 1 for bit in range(8)]
        if even_parity:
            line.append(octet.bit_count() & 1)
        line.append(IDLE)
    return [*line, *[IDLE] * 3]


def heard(line: Sequence[int], *, bit_time: float = 1.0, even_parity: bool) -> bytes:
    """The octets that a receiver takes from the line when it thinks a bit lasts `bit_time` of the sender's.

    Parity and stop bits are not looked at: an octet with a wrong one is delivered all the same, as Linux does unless it
    is told otherwise. After it the receiver waits for the next start bit.
    """
    octets = bytearray()
    at = 0.0
    while (begin := _start_bit(line, at)) is not None:
        octet = 0
        for bit in range(8):
            octet |= _level(line, begin + (bit + 1.5) * bit_time) << bit
        octets.append(octet)
        at = begin + (10.5 if even_parity else 9.5) * bit_time
    return bytes(octets)


def _start_bit(line: Sequence[int], at: float) -> float | None:
    """Where the next start bit begins, at or after `at`; None when the line stays idle."""
    if _level(line, at) == START:
        return at
    return next((float(place) for place in range(int(at) + 1, len(line)) if line[place] == START), None)


def _level(line: Sequence[int], at: float) -> int:
    return line[int(at)] if at < len(line) else IDLE
