"""Killed at random moments, the program takes no energy back that was seen, and no factor that was acknowledged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.history_kills import kill_with_history
from tests.end_to_end.kills import HARD_LOAD_W, LOADS_W, kill_with_energies, kill_with_factors

pytestmark = [pytest.mark.end_to_end, pytest.mark.enable_socket, pytest.mark.timeout(180)]


@pytest.mark.parametrize(
    "load", [LOADS_W["20 kW"], LOADS_W["solar export"], HARD_LOAD_W], ids=["20 kW", "sun", "steps"]
)
async def test_no_energy_is_lower_after_a_kill(tmp_path: Path, load: list[tuple[int, int]]) -> None:
    assert (await kill_with_energies(tmp_path, 6, load, seed=7))["looks"] > 6


def test_the_last_factor_that_was_acknowledged_is_in_force_after_a_kill(tmp_path: Path) -> None:
    assert kill_with_factors(tmp_path, 6, seed=7)["writes"] >= 6


def test_no_hour_of_the_history_is_missing_or_doubled_after_kills(tmp_path: Path) -> None:
    assert kill_with_history(tmp_path, 8, seed=7)["hours"] > 4
