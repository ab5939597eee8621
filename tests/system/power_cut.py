"""Cuts the power, again and again, while settings, scaling factor and energies are being written.

    python -m tests.system.power_cut [TIMES] [SEED]

A process does nothing but run the product's meter and its keeper, which write all the time, and is killed (SIGKILL) at
a random moment. Then everything is read as the gateway reads it at start: a setting is the last one that was written or
the one that was on its way, an energy is not less than the last one that was published, and the next process goes on
from there.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from han2x import settings
from han2x.app.keeper import Keeper
from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from han2x.model import Quantity
from han2x.store import Store
from tests.readings import HOURLY_LIST, NOW, a_reading

LONGEST_LIFE_S: Final = 0.5
ENERGY: Final = Quantity.ACTIVE_ENERGY_IMPORT
FIRST_FACTOR: Final = 1000
COMMENT: Final = "# The owner's own words."


@dataclass(frozen=True, slots=True)
class Kept:
    """What the disk holds, as the gateway reads it."""

    factor: int
    stale_after_s: int
    now: float
    wh: float


def cut_power(folder: Path, times: int, seed: int = 0) -> Counter[str]:
    """Cut the power so often; answers what it hit. Fails with AssertionError when something was lost."""
    chance = random.Random(seed)
    file = folder / "settings.toml"
    file.write_text(f"{COMMENT}\n[modbus]\nstale_after_s = 60\n\n[[meters]]\nscaling_factor = {FIRST_FACTOR}\n")
    hits: Counter[str] = Counter()
    kept = Kept(FIRST_FACTOR, 60, NOW, 0.0)
    for _ in range(times):
        told = _live_and_die(folder, kept, chance.random() * LONGEST_LIFE_S)
        hits["half-written files"] += len(list(folder.glob(".*.new")))
        hits["writes that were told of"] += len(told)
        kept = _check(folder, kept, told)
    hits["cuts"] = times
    return hits


def _live_and_die(folder: Path, kept: Kept, seconds: float) -> list[Kept]:
    """One life of a process that writes, and what it told of as written."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _write_for_ever(folder, kept, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        assert told.readline() == b"begins\n"
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        lines = told.read().split(b"\n")[:-1]  # after the last line break there is at most half a line
    return [_kept(line) for line in lines]


def _kept(line: bytes) -> Kept:
    factor, stale_after_s, now, wh = line.split()
    return Kept(int(factor), int(stale_after_s), float(now), float(wh))


def _write_for_ever(folder: Path, kept: Kept, telling: int) -> NoReturn:
    try:
        asyncio.run(_run_meter(folder, kept, telling))
    finally:
        os._exit(1)


async def _run_meter(folder: Path, kept: Kept, telling: int) -> NoReturn:
    """The product's meter, with the product's keeper of states and factors, on a clock that a loop pushes on."""
    file, store, now, stale_after_s = folder / "settings.toml", Store(folder), kept.now, kept.stale_after_s
    settings.load_or_set_aside(file)
    meter = Meter(MeterConfig(scaling_factor=kept.factor), lambda: now, store=store)
    keeper = Keeper(store, file, meters=lambda: [meter], place_of=[meter].index)
    if not kept.wh:
        meter.take(a_reading(HOURLY_LIST))
    os.write(telling, b"begins\n")
    factor = kept.factor
    while True:
        now += 10
        meter.take(a_reading({Quantity.ACTIVE_POWER_IMPORT: 3600}, time=_clock(now)))
        meter.keep(store)
        wh = meter.state.estimator.at(now)[ENERGY].wh
        factor += 1
        assert meter.write(48, [factor >> 16, factor & 0xFFFF]) is None
        keeper.keep_factor(meter)
        await keeper.write_factors()
        stale_after_s = 5 + (stale_after_s - 4) % 1000
        settings.set_value(file, ("modbus", "stale_after_s"), stale_after_s)
        os.write(telling, f"{factor} {stale_after_s} {now} {wh}\n".encode())


def _check(folder: Path, before: Kept, told: list[Kept]) -> Kept:
    """What a gateway finds that starts now; fails when it is neither the old nor the new."""
    last = told[-1] if told else before
    file = folder / "settings.toml"
    found, report = settings.load_or_set_aside(file)
    assert report is None, report
    factor, stale_after_s = found.meters[0].scaling_factor, found.modbus.stale_after_s
    assert factor in (last.factor, last.factor + 1)
    assert stale_after_s in (last.stale_after_s, 5 + (last.stale_after_s - 4) % 1000)
    assert COMMENT in file.read_text()
    store, now = Store(folder), last.now + 10
    meter = Meter(MeterConfig(), lambda: now, store=store)
    assert store.take_messages() == []
    energy = meter.state.estimator.at(now).get(ENERGY)
    if energy is None:
        assert last.wh == 0.0, "the energy is lost"
        return Kept(factor, stale_after_s, now, 0.0)
    assert energy.wh >= last.wh, f"the energy ran backwards, from {last.wh} to {energy.wh} Wh"
    return Kept(factor, stale_after_s, now, energy.wh)


def _clock(now: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))


def main() -> None:
    """The command line."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        hits = cut_power(Path(folder), times, seed)
    print(f"{dict(hits)}, nothing lost, {time.monotonic() - begun:.0f} s (seed {seed})")


if __name__ == "__main__":
    main()
