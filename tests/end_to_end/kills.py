"""Kills the running program (SIGKILL), again and again, and starts it again:

    python -m tests.end_to_end.kills energies|factors|history [TIMES] [SEED]

No energy that a client has ever seen, in registers 40029 to 40036 or in the page's live data, may be lower afterwards;
and the last scaling factor whose write was answered must be in force. Of the history no hour may be missing or doubled,
and its file may not be damaged; at most five minutes of minutes are lost.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from han2x.simulator import SimulatedLine, SimulatedMeter, TraceLoad
from tests.end_to_end.gateway import Gateway
from tests.end_to_end.history_kills import kill_with_history

LONGEST_LIFE_S: Final = 4.0
FIRST_VALUE_S: Final = 40.0
SETTINGS: Final = """
[modbus]
when_stale = "hold"
writes_per_minute = 6000
[[meters]]
scaling_factor = 1000000  # so that the registers count Wh
"""
LOADS_W: Final = {"20 kW": [(20_000, 2_000)] * 60, "solar export": [(-9_000, -500)] * 60}
HARD_LOAD_W: Final = [(0, 0)] * 7 + [(20_000, 3_000)] * 5 + [(-15_000, 100)] * 6
"""Steps from nothing to full load and over to export, quicker than the state is written in its time."""


class Seen:
    """The highest energies that any client has seen."""

    def __init__(self) -> None:
        self._highest: dict[str, float] = {}
        self.looks = 0

    def look(self, gateway: Gateway) -> None:
        """Look as a Modbus client and as the page; fails when something is lower than before."""
        words = gateway.read(40029, 8)
        assert words is not None, f"no answer: {gateway.client.last_except_txt}"
        for place in range(4):
            self._take(f"register {40029 + 2 * place}", words[2 * place] << 16 | words[2 * place + 1])
        for quantity, estimate in gateway.live()["meters"][0]["estimates"].items():
            self._take(f"estimate {quantity}", estimate["wh"])
        self.looks += 1

    def known(self, gateway: Gateway) -> bool:
        """Whether energies are known at all."""
        return bool(gateway.live()["meters"][0]["estimates"])

    def _take(self, name: str, value: float) -> None:
        highest = self._highest.get(name, value)
        assert value >= highest, f"{name} was {highest} and is {value}"
        self._highest[name] = value


async def kill_with_energies(folder: Path, times: int, load: Sequence[tuple[int, int]], seed: int) -> Counter[str]:
    """Kill the gateway so often at random moments while energy flows; fails when an energy is lower afterwards."""
    chance, seen = random.Random(seed), Seen()
    (folder / "settings.toml").write_text(SETTINGS)
    trace = TraceLoad([(1000 * active, 1000 * reactive) for active, reactive in load])
    # Its first list is due on the next ten seconds, and the gateway has to be there by then.
    start = _just_after_ten_seconds()
    meter = SimulatedMeter("aidon", start=start, load=trace, first_hourly_list=True)
    async with SimulatedLine(meter, link=folder / "line"):
        for life in range(times):
            longest = FIRST_VALUE_S if life == 0 else chance.random() * LONGEST_LIFE_S
            await asyncio.to_thread(_live_with_energies, folder, seen, longest, life == 0)
    return Counter(kills=times, looks=seen.looks)


def _just_after_ten_seconds() -> datetime:
    now = datetime.now(UTC)
    return now.replace(second=now.second // 10 * 10, microsecond=0) + timedelta(seconds=1)


def _live_with_energies(folder: Path, seen: Seen, longest_s: float, first: bool) -> None:
    gateway = Gateway(folder, "--port", str(folder / "line"))
    try:
        end = time.monotonic() + longest_s
        while time.monotonic() < end:
            if first and seen.known(gateway):
                seen.look(gateway)
                return
            if not first:
                seen.look(gateway)
        assert not first, "no energy became known"
    finally:
        gateway.client.close()
        gateway.kill()


def kill_with_factors(folder: Path, times: int, seed: int) -> Counter[str]:
    """Kill the gateway so often after a random sequence of writes was answered; fails when the last is not in force."""
    chance, hits = random.Random(seed), Counter(kills=times)
    (folder / "settings.toml").write_text(SETTINGS)
    factor = 1_000_000
    for _ in range(times):
        gateway = Gateway(folder)
        try:
            assert gateway.read_value(40049) == factor, f"not the last factor that was acknowledged, {factor}"
            for _ in range(chance.randint(1, 8)):
                factor = chance.choice([chance.randint(10, 5000), chance.randint(65_536, 999_999_999)])
                assert gateway.client.write_multiple_registers(48, [factor >> 16, factor & 0xFFFF])
                hits["writes"] += 1
                if factor < 65_536 and chance.random() < 0.5:
                    factor = chance.randint(10, 5000)
                    assert gateway.client.write_single_register(49, factor)
                    hits["writes"] += 1
        finally:
            gateway.client.close()
            gateway.kill()
    return hits


def main() -> None:
    """The command line."""
    what = sys.argv[1] if len(sys.argv) > 1 else ""
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 32)
    energies: list[tuple[str, list[tuple[int, int]]]] = [*LOADS_W.items(), ("steps", HARD_LOAD_W)]
    if what not in ("energies", "factors", "history"):
        sys.exit(__doc__)
    for name, load in energies if what == "energies" else [(what, [])]:
        with tempfile.TemporaryDirectory() as folder:
            begun = time.monotonic()
            if load:
                hits = asyncio.run(kill_with_energies(Path(folder), times, load, seed))
            elif what == "history":
                hits = kill_with_history(Path(folder), times, seed)
            else:
                hits = kill_with_factors(Path(folder), times, seed)
        print(f"{name}: {dict(hits)}, nothing lost, {time.monotonic() - begun:.0f} s (seed {seed})", flush=True)


if __name__ == "__main__":
    main()
