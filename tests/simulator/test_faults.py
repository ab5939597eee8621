"""What can go wrong between a meter and its reader."""

from __future__ import annotations

import pytest

from han2x.simulator import FAULTS, SimulatedMeter
from han2x.simulator.household import Registers
from tests.simulator.wire import NOON, Tagged, apdu_of, body_of, clock, elements, telegrams


def played(*faults: str, kind: str = "kamstrup", seconds: float = 900) -> tuple[list[tuple[float, bytes]], ...]:
    """What the meter says without and with the faults."""
    clean = SimulatedMeter(kind, start=NOON)
    faulty = SimulatedMeter(kind, start=NOON, faults=faults)
    return telegrams(clean, seconds), telegrams(faulty, seconds)


def aidon_hourly(*faults: str) -> list[tuple[str, list[Tagged]]]:
    """Clock and energies of each list 3 of three hours."""
    meter = SimulatedMeter("aidon", start=NOON, faults=faults, first_hourly_list=False)
    found = []
    for _, octets in meter.frames_between(0, 3 * 3600):
        if len(octets) == 396:
            objects = elements(body_of(apdu_of(octets))[1])
            found.append((clock(elements(objects[13])[1].value), objects[14:]))
    return found


def is_whole(frame: bytes) -> bool:
    try:
        apdu_of(frame)
    except (AssertionError, IndexError):
        return False
    return True


@pytest.mark.parametrize("name", ["lost-octets", "flipped-bits"])
def test_some_telegrams_are_damaged_and_most_are_not(name: str) -> None:
    clean, faulty = played(name)
    changed = [(before, after) for (_, before), (_, after) in zip(clean, faulty, strict=True) if before != after]

    assert 0.1 * len(clean) < len(changed) < 0.5 * len(clean)
    assert not any(is_whole(after) for _, after in changed)
    for before, after in changed:
        if name == "lost-octets":
            assert 1 <= len(before) - len(after) <= 4
        else:
            assert 1 <= sum((a ^ b).bit_count() for a, b in zip(before, after, strict=True)) <= 3


def test_noise_stands_before_whole_telegrams() -> None:
    clean, faulty = played("noise")

    assert all(after.endswith(before) for (_, before), (_, after) in zip(clean, faulty, strict=True))
    noise = [after[: -len(before)] for (_, before), (_, after) in zip(clean, faulty, strict=True) if before != after]
    assert 0.3 * len(clean) < len(noise) < 0.7 * len(clean)
    assert any(b"\x7e" in octets for octets in noise)
    assert max(map(len, noise)) <= 60


@pytest.mark.parametrize("kind", ["kamstrup", "aidon"])
def test_with_the_wrong_parity_hardly_a_telegram_is_whole(kind: str) -> None:
    clean, faulty = played("wrong-parity", kind=kind, seconds=60)

    assert not any(is_whole(octets) for _, octets in faulty)
    assert all(0.3 * len(a) < len(b) <= 1.2 * len(a) for (_, a), (_, b) in zip(clean, faulty, strict=True))


def test_faults_add_up() -> None:
    _, noise = played("noise")
    _, both = played("noise", "lost-octets")

    assert noise != both
    assert any(len(after) < len(before) for (_, before), (_, after) in zip(noise, both, strict=True))


def test_a_late_hourly_list_comes_30_s_later_with_its_time_and_the_registers_of_the_hour() -> None:
    meter = SimulatedMeter("kamstrup", start=NOON, faults=["late-hourly"], first_hourly_list=False)
    ((second, frame),) = [sent for sent in meter.frames_between(0, 120) if len(sent[1]) == 302]

    assert second == 7 + 35
    assert clock(body_of(apdu_of(frame))[0][1:]).startswith("2026-03-04T12:00:35")


def test_every_second_hourly_list_is_missing() -> None:
    clean, faulty = played("missing-hourly", kind="kamstrup", seconds=2 * 3600 + 60)

    lists = [[round(second) for second, octets in sent if len(octets) == 302] for sent in (clean, faulty)]
    assert lists == [[2, 12, 3612, 7212], [2, 3612]]


def test_every_second_hourly_list_repeats_clock_and_registers_of_the_one_before() -> None:
    clean, faulty = aidon_hourly(), aidon_hourly("stale-hourly")

    assert [when for when, _ in clean] == [f"2026-03-04T{hour}:00:00 [3 0000 00]" for hour in (12, 13, 14)]
    assert faulty == [clean[0], clean[0], clean[2]]


def test_the_clock_is_a_minute_ahead_for_ten_minutes() -> None:
    clean, faulty = played("clock-step", seconds=1300)

    def shown(sent: list[tuple[float, bytes]]) -> dict[float, str]:
        return {second: clock(body_of(apdu_of(octets))[0][1:])[11:19] for second, octets in sent if len(octets) == 228}

    before, after = shown(clean), shown(faulty)
    assert (before[597], after[597]) == ("12:09:50", "12:09:50")
    assert (before[607], after[607]) == ("12:10:00", "12:11:00")
    assert (before[1207], after[1207]) == ("12:20:00", "12:20:00")


def test_a_clock_step_leaves_the_registers_alone() -> None:
    clean, faulty = (
        SimulatedMeter("kamstrup", start=NOON),
        SimulatedMeter("kamstrup", start=NOON, faults=["clock-step"]),
    )

    def registers(meter: SimulatedMeter) -> list[Registers]:
        return [moment.registers for _, moment in zip(range(700), meter.household.moments(), strict=False)]

    assert registers(clean) == registers(faulty)


def test_an_unknown_fault_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="no fault 'late'; there are lost-octets, flipped-bits, noise"):
        SimulatedMeter("kamstrup", start=NOON, faults=["late"])


def test_every_fault_has_a_line_of_help() -> None:
    assert all(10 < len(fault.help) < 80 for fault in FAULTS.values())
