"""TXT records: whatever is in them, they fit, and no value is half of another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from han2x.outputs.mdns.texts import LARGEST_RECORD, LARGEST_STRING, LONGEST_NAME, ranges, shortened, strings
from han2x.printable import printable


@given(st.dictionaries(st.from_regex(r"[a-z]{1,9}", fullmatch=True), st.text(max_size=400), max_size=60))
def test_a_record_fits_whatever_is_to_be_in_it(texts: dict[str, str]) -> None:
    written = strings(texts)
    assert all(0 < len(each) <= LARGEST_STRING for each in written)
    assert sum(1 + len(each) for each in written) <= LARGEST_RECORD
    whole = {f"{key}={printable(value)}".encode("utf-8", "replace") for key, value in texts.items()}
    assert set(written) <= whole


def test_a_string_that_is_too_long_is_left_out_and_later_ones_are_not() -> None:
    assert strings({"units": "1" * 250, "id": "x"}) == [b"id=x"]
    assert strings({"id": "1" * 252}) == [b"id=" + b"1" * 252]


def test_247_meters_leave_room_for_what_comes_first() -> None:
    texts = {"id": "0123456789ab", "units": ranges(range(1, 248))}
    written = strings(texts | {f"meter.{unit}": f"{unit:016}" for unit in range(1, 248)})
    assert written[:3] == [b"id=0123456789ab", b"units=1-247", b"meter.1=0000000000000001"]
    assert len(written) < 60


@given(st.text())
def test_a_name_fits_and_is_cut_between_two_characters(name: str) -> None:
    short = shortened(name)
    assert len(short.encode("utf-8")) <= LONGEST_NAME
    assert printable(name).encode("utf-8", "replace").decode().strip().startswith(short)


def test_unit_ids_are_written_as_people_write_them() -> None:
    assert ranges([]) == ""
    assert ranges([9, 3, 4, 5, 1]) == "1,3-5,9"
