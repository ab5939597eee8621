from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from han2x.framing.crc import arc, x25_holds
from tests import frames


def test_the_check_values_of_both_hold() -> None:
    assert x25_holds(b"123456789" + bytes.fromhex("6e90"))
    assert not x25_holds(b"123456789" + bytes.fromhex("906e"))
    assert arc(b"123456789") == 0xBB3D


@given(st.binary(max_size=5000))
@example(b"")
@example(bytes(100))
@example(b"\xff" * 4096)
def test_arc_is_what_the_register_comes_to_bit_by_bit(octets: bytes) -> None:
    assert arc(octets) == frames.crc(octets, 0xA001)


@given(st.binary(max_size=300), st.binary(min_size=2, max_size=2))
def test_x25_holds_for_its_own_two_octets_and_for_no_others(octets: bytes, others: bytes) -> None:
    own = frames.crc_x25(octets)

    assert x25_holds(octets + own)
    assert x25_holds(octets + others) == (others == own)
