"""Energies between the meter's totals, beside the usual designs: `python benchmarks/energy.py`.

Plays households whose load is known to the second, and recorded logs, through emulated meters and the whole core, with
real octets, and tells how far what is published at the full hour is from the truth. Writes a picture of one hour.
The households are the simulator's own, and those of ../shared/energy where they are; A+, the first two hours left out.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from benchmarks.energy_meter import KINDS, SIMULATED, Kind, Recorded, household, recorded, simulated_log, telegrams
from benchmarks.energy_picture import Picture
from benchmarks.energy_play import A_PLUS, UNDISTURBED, Hours, MeterUnderTest, Scenario, play
from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from han2x.model import MeterTime, PushList, Quantity, Reading
from tests import larger_set

HOMES = ("apartment", "family", "heated", "ev", "cottage")
SIMULATED_HOMES = tuple(f"{SIMULATED}_{seed}" for seed in range(1, 6))
BIG_WH = 200

Homes = tuple[str, ...]


def sets_of_homes(suffix: str = "_a") -> dict[str, Homes]:
    """The households that are there, five of each origin."""
    composed = {"households composed of recorded appliances": tuple(home + suffix for home in HOMES)}
    return {"simulated households": SIMULATED_HOMES} | (composed if larger_set.ENERGY.is_dir() else {})


def every_home(kind: Kind, scenario: Scenario, pool: ProcessPoolExecutor, homes: Homes, *, decode: bool) -> Hours:
    """All five households of a table."""
    hours = Hours()
    jobs = [pool.submit(play, home, kind, scenario, decode=decode) for home in homes]
    for job in jobs:
        hours.add(job.result())
    return hours


def share(errors: Iterable[float], energies: Iterable[float]) -> float:
    """95th percentile of error over energy, in per cent, of the hours with more than 200 Wh."""
    parts = [100 * abs(error) / energy for error, energy in zip(errors, energies, strict=True) if energy > BIG_WH]
    return float(np.percentile(parts, 95)) if parts else float("nan")


def line(name: str, errors: list[float], energies: list[float]) -> str:
    """One line of the table."""
    wrong = np.abs(errors)
    return (
        f"{name:34s} median {np.median(wrong):7.2f}   p95 {np.percentile(wrong, 95):8.2f}   worst {wrong.max():8.1f} Wh"
        f"   p95 of hours above {BIG_WH} Wh {share(errors, energies):6.2f} %"
    )


def tell(title: str, hours: Hours, *, designs: bool) -> None:
    """Print one table."""
    covered = np.mean([abs(error) <= 2 * bar for error, bar in zip(hours.errors, hours.bars, strict=True)])
    print(f"\n{title}: {len(hours.errors)} hours, {hours.readings} readings")
    print(line("  han2x", hours.errors, hours.energies))
    print(
        f"{'':36s}within twice the bar {100 * covered:.1f} %, mean bar {np.mean(hours.bars):.1f} Wh, {hours.back} back"
    )
    names = ("  trapezoid, reset on arrival", "  right rule, reset on arrival", "  hourly register only")
    for number, name in enumerate(names if designs else ()):
        print(line(name, [row[number] for row in hours.designs], hours.energies))


def each_second(home: str, kind: Kind) -> tuple[float, float, int]:
    """Seconds a day that the value stands still while more than 50 W flow, greatest excess, steps back, in a day."""
    house = household(home)
    meter = MeterUnderTest(kind, decode=False)
    published: list[float] = []
    told: list[int] = []
    power = 0
    for telegram in telegrams(house, kind):
        while len(published) <= min(telegram.received, 86_400):
            known = meter.read(len(published))
            published.append(float("nan") if known is None else known[0])
            told.append(power)
        if telegram.received > 86_400:
            break
        meter.hear(telegram)
        power = telegram.powers[0] or 0
    grown = np.diff(published)[7200:]
    true = np.diff(house.energies[:, 0])[7200 : 7200 + len(grown)]
    known_power = np.maximum(told[1:], told[:-1])[7200:] / 3600
    still = float(np.sum((grown <= 0) & (true * 3600 > 50)))
    return still, float((grown - np.maximum(known_power, true)).max()), int((grown < 0).sum())


def recorded_kaifa(log: Iterable[Recorded]) -> list[tuple[float, float]]:
    """Hours since the list before, and published at the clock of each list minus (register + half a step)."""
    now, last, errors = 0.0, None, []
    meter = Meter(MeterConfig(), lambda: now)
    for row in log:
        stamp = row.stamp.replace(tzinfo=UTC).timestamp()
        if row.clock is not None:
            known = meter.state.estimator.at(stamp).get(A_PLUS)
            if known is not None and last is not None:
                errors.append(((stamp - last) / 3600, known.wh - row.values[A_PLUS] / 1000 - 0.5))
            last = stamp
        now = stamp + 0.3
        meter.take(log_reading(row.values, row.stamp, row.clock))
    return errors


def log_reading(values: dict[Quantity, int], stamp: datetime, clock: datetime | None) -> Reading:
    """A line of the Kaifa log as the decoder would hand it on."""
    return Reading(
        offset=0,
        maker="kaifa",
        push_list=PushList.LIST_3 if clock else PushList.LIST_1,
        values=values,
        header_time=MeterTime(stamp),
        register_time=MeterTime(clock) if clock else None,
        energy_step=1000 if clock else None,
    )


SCENARIOS: tuple[tuple[str, Scenario], ...] = (
    ("kamstrup", Scenario("60 s outage in each hour", outage_s=60)),
    ("kamstrup", Scenario("10 min outage in each hour", outage_s=600)),
    ("kamstrup", Scenario("10 min outage in every second hour", outage_s=600, outage_every=2)),
    ("kamstrup", Scenario("60 s restart in each hour", outage_s=60, restart=True)),
    ("kamstrup", Scenario("60 s crash in each hour", outage_s=60, crash=True)),
    ("kamstrup", Scenario("hour lists 60 s late", late_lists=1.0)),
    ("kamstrup", Scenario("3 % of telegrams lost", lost=0.03)),
    ("kaifa", Scenario("60 s restart in each hour", outage_s=60, restart=True)),
    ("aidon", Scenario("hour lists 60 s late", late_lists=1.0)),
    ("aidon", Scenario("half of the hour lists 60 s late", late_lists=0.5)),
    ("aidon", Scenario("host's clock 60 s ahead", host_ahead_s=60)),
    ("aidon", Scenario("2 % of hour lists are the last hour's", stale_lists=0.02)),
    ("aidon", Scenario("5 % of hour lists lost", lost_lists=0.05)),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-octets", action="store_true", help="hand readings on instead of decoding octets")
    parser.add_argument("--only-table", action="store_true", help="leave out faults, seconds and picture")
    parser.add_argument("--suffix", default="_a", help="which of the composed households (default: %(default)s)")
    parser.add_argument("--picture", type=Path, default=Path("energy.svg"), help="where to (default: %(default)s)")
    arguments = parser.parse_args()
    decode = not arguments.no_octets
    homes = sets_of_homes(arguments.suffix)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for origin, each in homes.items():
            print(f"\n=== {origin}: {', '.join(each)}")
            tables(pool, each, decode=decode, only_table=arguments.only_table)
    if not arguments.only_table:
        tell_recorded()
        draw(arguments.picture, "heated" + arguments.suffix if larger_set.ENERGY.is_dir() else SIMULATED_HOMES[0])


def tables(pool: ProcessPoolExecutor, homes: Homes, *, decode: bool, only_table: bool) -> None:
    """Print all tables of five households."""
    for name, kind in KINDS.items():
        tell(name, every_home(kind, UNDISTURBED, pool, homes, decode=decode), designs=True)
    if only_table:
        return
    for name, scenario in SCENARIOS:
        hours = every_home(KINDS[name], scenario, pool, homes, decode=False)
        title = f"{name}, {scenario.name}"
        if scenario.outage_every > 1:
            hours, title = hours.only(scenario.outage_every, 0), f"{title}, the hours after"
        tell(title, hours, designs="outage" in scenario.name)
    seconds(pool, homes)


def seconds(pool: ProcessPoolExecutor, homes: Homes) -> None:
    """Print what a reader sees from second to second."""
    print("\nfrom second to second, a day of each household")
    for name in ("kamstrup", "aidon", "kaifa"):
        jobs = [pool.submit(each_second, home, KINDS[name]) for home in homes]
        rows = [job.result() for job in jobs]
        still, excess, back = np.mean([row[0] for row in rows]), max(row[1] for row in rows), sum(r[2] for r in rows)
        print(f"  {name:10s} stands still above 50 W {still:5.1f} s   greatest excess {excess:4.2f} Wh/s   {back} back")


def tell_recorded() -> None:
    """Print the logs of a Kaifa meter: the simulated one, and the recorded one where it is there."""
    tell_log("simulated Kaifa log", simulated_log(1))
    if larger_set.ENERGY.is_dir():
        tell_log("recorded Kaifa log of 2017-09-15", recorded("kaifa_20170915"))


def tell_log(title: str, log: Iterable[Recorded]) -> None:
    """Print one log."""
    rows = recorded_kaifa(log)
    single = [error for hours, error in rows if hours < 1.5]
    print(f"\n{title}, published minus (register + 0.5 Wh) at each list")
    print("  " + "  ".join(f"{error:+.2f}{'' if hours < 1.5 else f' after {hours:.0f} h'}" for hours, error in rows))
    every = [error for _, error in rows]
    for name, errors in (("all", every), ("single hours", single)):
        worst = max(errors, key=abs)
        print(f"  {name}: rms {np.sqrt(np.mean(np.square(errors))):.2f} Wh, worst {worst:+.2f} Wh")


def draw(path: Path, home: str, hour: int = 31) -> None:
    """Draw one hour of a household on a Kamstrup meter, less its mean power so that differences show."""
    house = household(home)
    meter = MeterUnderTest(KINDS["kamstrup"], decode=False)
    rows: list[tuple[float, float, float, float]] = []
    begin, end = 3600 * hour - 600, 3600 * hour + 3600 + 600
    start, slope = house.energy(begin)[0], (house.energy(end)[0] - house.energy(begin)[0]) / (end - begin)
    second = begin
    for telegram in telegrams(house, KINDS["kamstrup"]):
        while second < min(telegram.received, end):
            known = meter.read(second)
            assert known is not None
            flat = start + slope * (second - begin)
            rows.append((second - 3600 * hour, house.energy(second)[0] - flat, known[0] - flat, known[1]))
            second += 2
        if telegram.received >= end:
            break
        meter.hear(telegram)
    path.write_text(Picture(rows).svg(), encoding="utf-8")
    print(f"\none hour is drawn in {path}")


if __name__ == "__main__":
    main()
