"""No mistake in the settings locks the owner out; `make lockout` makes thousands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.lockout import Trials, lock_out

pytestmark = [pytest.mark.end_to_end, pytest.mark.enable_socket, pytest.mark.timeout(400)]


@pytest.mark.parametrize("seed", [1, 2])
def test_after_each_mistake_in_the_settings_page_and_modbus_are_reached(seed: int) -> None:
    hits = lock_out(40, seed)
    assert hits["looks"] >= 40
    assert hits["looks that saw Modbus answer"] == hits["looks"]
    assert hits["200"]
    assert hits["422"]


def test_an_owner_who_has_left_this_computer_out_lets_it_in_before_the_next_mistake(tmp_path: Path) -> None:
    trials = Trials(tmp_path, seed=1)
    settings = tmp_path / "state" / "settings.toml"
    settings.write_text(settings.read_text().replace("[modbus]\n", '[modbus]\nallow = ["192.0.2.1"]\n'))
    trials.run(2)
    assert trials.hits["Modbus for other networks alone"] == 1
    assert trials.hits["looks that saw Modbus answer"] == trials.hits["looks"] == 3
