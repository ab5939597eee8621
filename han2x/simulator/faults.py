"""What can go wrong between a meter and its reader, by name. The same seed always does the same damage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from han2x.simulator.household import dice

LATE_HOURLY_S = 30
STEP_AFTER_S = 600
STEP_S = 60


def _untouched(telegram: bytes, _seed: object) -> bytes:
    return telegram


def _in_time(_second: int) -> int:
    return 0


@dataclass(frozen=True, slots=True)
class LineFault:
    """One fault: what it is, for the help text, and what it does.

    `damage` changes the octets of a telegram. `hourly_delay_s` makes the hourly list late. `skips_hourly` leaves every
    second hourly list out, `repeats_hourly` sends the clock and registers of the one before in every second.
    `wrong_parity` makes the octets those that a receiver with the other parity takes from the line. `clock_step` tells
    by how many seconds the meter's clock is wrong at a second since the start.
    """

    help: str
    damage: Callable[[bytes, object], bytes] = _untouched
    hourly_delay_s: int = 0
    wrong_parity: bool = False
    skips_hourly: bool = False
    repeats_hourly: bool = False
    clock_step: Callable[[int], int] = _in_time


def lose_octets(telegram: bytes, seed: object) -> bytes:
    """One to four octets are missing from one telegram in four."""
    if dice(seed, "lose") >= 0.25:
        return telegram
    at = int(len(telegram) * dice(seed, "lose at"))
    return telegram[:at] + telegram[at + 1 + int(4 * dice(seed, "lose how many")) :]


def flip_bits(telegram: bytes, seed: object) -> bytes:
    """One to three bits are wrong in one telegram in four."""
    if dice(seed, "flip") >= 0.25:
        return telegram
    octets = bytearray(telegram)
    for number in range(1 + int(3 * dice(seed, "flip how many"))):
        octets[int(len(octets) * dice(seed, "flip at", number))] ^= 1 << int(8 * dice(seed, "flip bit", number))
    return bytes(octets)


def add_noise(telegram: bytes, seed: object) -> bytes:
    """One to sixty octets of anything, flags included, stand before every second telegram."""
    if dice(seed, "noise") >= 0.5:
        return telegram
    count = 1 + int(60 * dice(seed, "noise how many"))
    noise = bytes(int(256 * dice(seed, "noise", number)) for number in range(count))
    return noise.replace(b"\x00", b"\x7e") + telegram


def step_the_clock(second: int) -> int:
    """Set a minute forward after ten minutes, and right again after twenty."""
    return STEP_S if STEP_AFTER_S <= second < 2 * STEP_AFTER_S else 0


FAULTS: Mapping[str, LineFault] = {
    "lost-octets": LineFault("octets are missing from one telegram in four", damage=lose_octets),
    "flipped-bits": LineFault("bits are wrong in one telegram in four", damage=flip_bits),
    "noise": LineFault("octets of noise stand before every second telegram", damage=add_noise),
    "wrong-parity": LineFault("the receiver is set to the other parity, even or none", wrong_parity=True),
    "late-hourly": LineFault("the hourly list comes 30 seconds late", hourly_delay_s=LATE_HOURLY_S),
    "missing-hourly": LineFault("every second hourly list is missing", skips_hourly=True),
    "stale-hourly": LineFault("every second hourly list repeats the one before (Aidon)", repeats_hourly=True),
    "clock-step": LineFault("the meter's clock is a minute ahead from 10 to 20 minutes", clock_step=step_the_clock),
}


def faults_named(names: tuple[str, ...]) -> tuple[LineFault, ...]:
    """The faults of those names.

    Raises:
        ValueError: there is no fault of that name.
    """
    unknown = [name for name in names if name not in FAULTS]
    if unknown:
        raise ValueError(f"there is no fault {unknown[0]!r}; there are {', '.join(FAULTS)}")
    return tuple(FAULTS[name] for name in names)
