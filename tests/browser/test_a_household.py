"""What a gateway has that has heard the household of the pictures."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from itertools import islice
from pathlib import Path

from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from han2x.registers import DeviceFacts
from han2x.simulator.household import MWS_PER_WH
from han2x.store import Store
from tests.browser.a_household import LongRunning, hear_the_past

HOUR_S = 3600
STEP_WH = 10
"""Of the totals that the meter sends."""


async def test_a_gateway_goes_on_from_the_past_of_a_household_without_a_gap(tmp_path: Path) -> None:
    begin = int(time.time()) // HOUR_S * HOUR_S - 4 * HOUR_S
    meter = LongRunning(begin)
    await hear_the_past(meter, tmp_path)
    heard_until = time.time()

    totals = [counted.registers.active_import // MWS_PER_WH // STEP_WH * STEP_WH * 1000
              for counted in islice(meter.household.moments(), 0, 3 * HOUR_S + 1, HOUR_S)]  # fmt: skip
    with closing(sqlite3.connect(tmp_path / "history.db")) as file:
        hours = dict(file.execute("SELECT begin, e_in FROM hours"))
        minutes = [row[0] for row in file.execute("SELECT begin FROM minutes ORDER BY begin")]
    for place in (1, 2):
        assert hours[begin + place * HOUR_S] == totals[place + 1] - totals[place]
    assert minutes == list(range(minutes[0], minutes[-1] + 60, 60))
    assert minutes[0] <= begin
    assert heard_until - minutes[-1] < 180

    gateway = Meter(MeterConfig(), time.time, store=Store(tmp_path), facts=lambda at: DeviceFacts(unix_time=at))
    gateway.tick()
    assert gateway.state.snapshot(time.time()).hours.import_wh is not None
    to_come = list(islice(meter.telegrams(), 3))
    assert to_come[0][0] < 10
    for _, octets in to_come:
        gateway.feed(octets)
        gateway.silence()
    assert gateway.state.readings == 3
