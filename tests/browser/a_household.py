"""A household that a gateway has heard for days: its meter speaks, and the gateway's own parts remember what it says.

The household is the simulator's. Its past is heard as fast as it can be, on a clock of its own; its present goes on
from there, at the pace of the real line.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Final

from han2x.app.history_keeping import HistoryKeeping
from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from han2x.gateway.playback import SILENCE_S
from han2x.registers import DeviceFacts
from han2x.simulator import SimulatedMeter
from han2x.simulator.household import ApplianceLoad
from han2x.simulator.meter import NORMAL_TIME
from han2x.store import Store

KIND: Final = "kamstrup"
SEED: Final = 4
SUN_W: Final = 2000
SERIAL_SETTINGS: Final = "2400 8N1"
OCTET_S: Final = 10 / 2400
WRITTEN_S: Final = 3600.0
"""How often rows are written: long before there are too many to wait."""
RECENT_S: Final = 3 * 86400
"""Before the last three days one telegram a minute is heard, and the hourly lists, which have the meter's totals."""
SELDOM_S: Final = 60
HOURLY_SECOND: Final = 5
"""So long after the full hour the hourly list comes."""


class LongRunning(SimulatedMeter):
    """A simulated meter that was switched on at `begin`, in seconds since 1970-01-01 UTC, and has spoken ever since.

    `past` gives the telegrams that it has sent up to now, `telegrams` then those to come.
    """

    def __init__(self, begin: int) -> None:
        start = datetime.fromtimestamp(begin, UTC)
        load = ApplianceLoad(SEED, (start + NORMAL_TIME).replace(tzinfo=None), sun_w=SUN_W)
        super().__init__(KIND, start=start, seed=SEED, load=load, first_hourly_list=False)
        self.begin = begin
        self._to_come = super().telegrams()
        self._next = next(self._to_come)

    def past(self) -> Iterator[tuple[float, bytes]]:
        """Each telegram that is due by now: when it was sent, in seconds since 1970-01-01 UTC, and its octets."""
        while (sent := self.begin + self._next[0]) <= time.time():
            yield sent, self._next[1]
            self._next = next(self._to_come)

    def telegrams(self) -> Iterator[tuple[float, bytes]]:
        """The telegrams from now on, each with the seconds until it is sent."""
        since = time.time() - self.begin
        following = chain([self._next], self._to_come)
        return ((second - since, octets) for second, octets in following if second >= since)


async def hear_the_past(meter: LongRunning, state_dir: Path) -> None:
    """Have in `state_dir` what a gateway leaves there that has heard the meter since it was switched on."""
    now = float(meter.begin)
    config = MeterConfig(serial_settings=SERIAL_SETTINGS)
    gateway = Meter(config, lambda: now, facts=lambda at: DeviceFacts(unix_time=at))
    keeping = HistoryKeeping(state_dir)
    gateway.consumers.append(keeping.begin(gateway).history.take)
    await keeping.open(since=0)
    written = now
    recent = time.time() - RECENT_S
    for sent, octets in meter.past():
        if sent < recent and sent % SELDOM_S > HOURLY_SECOND:
            continue
        now = sent + len(octets) * OCTET_S
        gateway.feed(octets)
        now += SILENCE_S
        gateway.silence()
        gateway.tick()
        keeping.gather(now)
        if now - written >= WRITTEN_S:
            written = now
            await keeping.write()
    gateway.keep(Store(state_dir), running=False)
    keeping.finish(write=True)
