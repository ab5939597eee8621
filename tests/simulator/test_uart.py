"""What a receiver makes of a line whose settings are not its own."""

from __future__ import annotations

import pytest

from han2x.simulator.uart import heard, levels

EVERY_OCTET = bytes(range(256))


@pytest.mark.parametrize("parity", [False, True])
def test_a_receiver_with_the_right_settings_hears_every_octet(parity: bool) -> None:
    assert heard(levels(EVERY_OCTET, even_parity=parity), even_parity=parity) == EVERY_OCTET


@pytest.mark.parametrize("parity", [False, True])
def test_the_line_carries_start_data_parity_and_stop(parity: bool) -> None:
    line = levels(b"\x07", even_parity=parity)

    assert line == [1, 0, 1, 1, 1, 0, 0, 0, 0, 0, *([1] if parity else []), 1, 1, 1, 1]


@pytest.mark.parametrize("parity", [False, True])
def test_a_receiver_with_the_other_parity_hears_something_else(parity: bool) -> None:
    octets = heard(levels(EVERY_OCTET, even_parity=parity), even_parity=not parity)

    assert EVERY_OCTET not in octets
    assert octets[:1] == b"\x00"


def test_a_receiver_with_another_speed_hears_something_else() -> None:
    line = levels(b"\x7e\xa0\xe2", even_parity=False)

    assert heard(line, bit_time=2400 / 115200, even_parity=False)[:3] != b"\x7e\xa0\xe2"
    assert len(heard(line, bit_time=2400 / 300, even_parity=False)) < 3


def test_an_idle_line_says_nothing() -> None:
    assert heard(levels(b"", even_parity=False), even_parity=True) == b""
