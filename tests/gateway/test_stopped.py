"""What is said of values that no longer come although the meter speaks."""

from __future__ import annotations

from han2x.gateway import stopped
from han2x.gateway.diagnosis import Code
from han2x.model import Quantity
from han2x.state import MeterState
from tests.readings import FULL_LIST, HOURLY_LIST, NOW, a_reading

LIST_1 = {Quantity.ACTIVE_POWER_IMPORT: 5.0}


def a_state(*heard: tuple[float, dict[Quantity, float]]) -> MeterState:
    state = MeterState()
    for second, values in heard:
        state.apply(a_reading(values), NOW + second)
    return state


def test_nothing_is_said_while_all_values_come_or_none_do() -> None:
    state = a_state((0, HOURLY_LIST), (10, FULL_LIST))

    assert stopped.diagnose(state.snapshot(NOW + 11)) is None
    assert stopped.diagnose(state.snapshot(NOW + 500)) is None
    assert stopped.diagnose(MeterState().snapshot(NOW)) is None


def test_what_stopped_is_told_by_name_and_for_how_long_and_what_still_comes() -> None:
    found = stopped.diagnose(a_state((0, HOURLY_LIST), (7195, LIST_1)).snapshot(NOW + 7196))

    assert found is not None
    assert found.code is Code.VALUES_STOPPED
    assert found.what == (
        "Not received for 1 h 59 min: export power, reactive power, currents and voltages."
        " Still received: import power and energies."
    )
    assert found.values == {"stopped": "export,reactive,current,voltage", "coming": "import,energy", "seconds": 7196}
    assert "cable" in found.advice


def test_energies_alone_stop_after_two_hours_and_a_half() -> None:
    found = stopped.diagnose(a_state((0, HOURLY_LIST), (9000, FULL_LIST)).snapshot(NOW + 9001))

    assert found is not None
    assert found.values["stopped"] == "energy"


def test_every_quantity_belongs_to_a_group_with_a_name() -> None:
    for quantity in Quantity:
        state = a_state((0, {quantity: 1.0}), (9990, {Quantity.POWER_FACTOR: 1.0}), (9991, LIST_1))
        found = stopped.diagnose(state.snapshot(NOW + 9992))
        if quantity in (Quantity.POWER_FACTOR, Quantity.ACTIVE_POWER_IMPORT):
            assert found is None
        else:
            assert found is not None
            assert found.values["stopped"] in stopped.GROUPS
