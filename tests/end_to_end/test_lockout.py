"""No mistake in the settings locks the owner out; `make lockout` makes thousands."""

from __future__ import annotations

import pytest

from tests.end_to_end.lockout import lock_out

pytestmark = [pytest.mark.end_to_end, pytest.mark.enable_socket, pytest.mark.timeout(400)]


@pytest.mark.parametrize("seed", [1, 2])
def test_after_each_mistake_in_the_settings_page_and_modbus_are_reached(seed: int) -> None:
    hits = lock_out(40, seed)
    assert hits["looks"] >= 40
    assert hits["200"]
    assert hits["422"]
