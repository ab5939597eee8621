from __future__ import annotations

import pytest

from han2x.meters import Learned
from han2x.meters.learned import MAX_SCALES


def test_lists_that_name_a_meter_by_number_and_by_device_name_in_turn_are_of_one_meter() -> None:
    learned = Learned()

    ids = [
        learned.name(device="LGZ1"),
        learned.name(number="17"),
        learned.name(device="LGZ1"),
        learned.name(),
        learned.name(number="17"),
    ]

    assert ids == ["LGZ1", "17", "17", None, "17"]


NAMES = [("17", None, b""), ("18", None, b""), (None, "LGZ1", b""), ("17", "LGZ1", b""), (None, None, b"LGZ\0\0\0\0\1")]


def test_a_scale_is_kept_under_all_the_names_of_its_list() -> None:
    learned = Learned()
    for names, milli in zip(NAMES, (1, 10, 100, 1000, 10), strict=True):
        learned.name(*names)
        assert learned.scale("current") is None
        learned.find("current", milli)
    assert learned.scale("voltage") is None

    found = []
    for names in NAMES:
        learned.name(*names)
        found.append(learned.scale("current"))
    assert found == [1, 10, 100, 1000, 10]


def test_a_line_on_which_everything_comes_keeps_no_more_than_the_last_scales() -> None:
    learned = Learned()
    for number in range(100):
        learned.name(str(number))
        learned.find("current", 10)

    assert len(learned.dump()["scales"]) == MAX_SCALES
    assert learned.scale("current") == 10


def test_what_was_kept_is_taken_back_after_a_restart_or_forgotten() -> None:
    learned, again = Learned(), Learned()
    learned.name("17", "LGZ1", b"LGZ\0\0\0\0\1")
    learned.find("current", 1000)

    again.restore(learned.dump())
    again.name("17", "LGZ1", b"LGZ\0\0\0\0\1")
    assert again.scale("current") == 1000
    assert again.maker == "landis+gyr"

    again.forget()
    assert again.scale("current") is None


def test_after_a_restart_the_device_name_stands_for_the_same_meter() -> None:
    learned, again = Learned(), Learned()
    learned.name("17", "LGZ1")

    again.restore(learned.dump())

    assert again.name(device="LGZ1") == "17"


ROW = ["current", "17", "", ""]


@pytest.mark.parametrize(
    "scales",
    [
        *(None, {}, "x", 7, [7], [[]]),
        *([[*ROW]], [[*ROW, 7]], [[*ROW, "10"]], [[*ROW, True]], [[7, *ROW[1:], 10]], [[*ROW, 10, 10]]),
    ],
)
@pytest.mark.parametrize("names", [None, 7, [], ["17"], [17, "", ""], ["", "", "no hex"]])
def test_what_cannot_have_been_kept_is_left_out(scales: object, names: object) -> None:
    learned = Learned()

    learned.restore({"scales": scales, "names": names})

    assert learned.dump() == Learned().dump()


@pytest.mark.parametrize("data", [None, [], "x", 7, {}])
def test_without_anything_kept_nothing_is_known(data: object) -> None:
    learned = Learned()

    learned.restore(data)

    assert learned.dump() == Learned().dump()
