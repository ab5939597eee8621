from __future__ import annotations

import pytest

from han2x.meters import Learned


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


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"number": "17"}, {"number": "18"}),
        ({"device": "LGZ1"}, {"device": "LGZ2"}),
        ({"sender": b"LGZ\0\0\0\0\1"}, {"sender": b"LGZ\0\0\0\0\2"}),
    ],
)
def test_everything_is_forgotten_as_soon_as_another_meter_names_itself(
    first: dict[str, str], second: dict[str, str]
) -> None:
    learned = Learned()
    learned.name(**first)  # type: ignore[arg-type]
    learned.voltage_mv, learned.current_ma = 100, 1000
    learned.name(**first)  # type: ignore[arg-type]
    assert learned.dump()["current_ma"] == 1000

    learned.name(**second)  # type: ignore[arg-type]

    assert (learned.dump()["voltage_mv"], learned.dump()["current_ma"]) == (None, None)


def test_what_was_kept_is_taken_back_after_a_restart() -> None:
    learned, again = Learned(), Learned()
    learned.name("17", "LGZ1", b"LGZ\0\0\0\0\1")
    learned.current_ma = 1000

    again.restore(learned.dump())

    assert again.dump() == learned.dump()
    assert again.maker == "landis+gyr"


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "x",
        {"number": 7, "device": [], "sender": "no hex", "voltage_mv": "100", "current_ma": 7},
        {"current_ma": True},
    ],
)
def test_what_cannot_have_been_kept_is_left_out(data: object) -> None:
    learned = Learned()

    learned.restore(data)

    assert learned.dump() == Learned().dump()
