"""A year of a meter's history at high speed, through what the gateway runs: the meter, its rows, and their file.

    python -m benchmarks.history_file [--days 365] [--every 10] [--keep DIR]

A household of the simulator is heard every `--every` seconds, and rows are written every five minutes. Told are its
size, the number of writes and their octets, the times of questions, also with ten years in the file; and whether sums
are those that the household's meter counted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from han2x.app.history_keeping import HistoryKeeping
from han2x.history_file import export, highest
from han2x.history_file.columns import TABLES
from han2x.history_file.points import spans as told_spans
from han2x.history_file.points import steps
from han2x.history_file.reading import HistoryReader, Source
from han2x.history_file.shapes import SHAPES
from han2x.history_file.spans import Step, spans
from han2x.meters.clock import central_european
from han2x.model import PushList, Quantity, Reading
from han2x.simulator.household import ApplianceLoad
from tests.state.hours.homes import Home, Make

BEGIN: Final = datetime(2024, 1, 31, 23, tzinfo=UTC)
"""More than a year ago: by the computer's clock it is decided what is too old."""
DAY_S: Final = 86400
WRITTEN_S: Final = 300
STEP_S: Final = 10
CURRENTS: Final = (Quantity.CURRENT_L1, Quantity.CURRENT_L2, Quantity.CURRENT_L3)
VOLTAGES: Final = (Quantity.VOLTAGE_L1, Quantity.VOLTAGE_L2, Quantity.VOLTAGE_L3)
YEARS: Final = 10
TIMES: Final = 7


def household() -> Callable[[float], float]:
    """The net power of a household with panels in W, steady over each minute."""
    load = ApplianceLoad(7, BEGIN.replace(tzinfo=None))

    @lru_cache(maxsize=8)
    def at(minute: int) -> float:
        return sum(active for active, _ in load.powers(minute * 60 - int(BEGIN.timestamp()))) / 1000

    return lambda moment: at(int(moment // 60))


class Heard(Home):
    """A home that is heard at full ten seconds alone, with all that a meter sends."""

    def until(self, moment: float | datetime) -> None:
        end = moment.timestamp() if isinstance(moment, datetime) else moment
        while self.now < end:
            self._consume(self.now + STEP_S)
            self.now += STEP_S
            self._second(int(self.now))

    def _reading(self, totals: dict[Quantity, int], clock: float | None, push_list: PushList) -> Reading:
        reading = super()._reading(totals, clock, push_list)
        watt = self.load(self.now - 0.5)
        more: dict[Quantity, int] = {Quantity.REACTIVE_POWER_IMPORT: 120_000 + int(watt) % 40_000}
        for place, (current, voltage) in enumerate(zip(CURRENTS, VOLTAGES, strict=True)):
            more[current] = round(abs(watt) / 690 + place) * 1000 + int(self.now) % 700
            more[voltage] = 231_000 + int(self.now * (place + 1)) % 9000 - int(abs(watt)) // 3
        return replace(reading, values={**reading.values, **more})


async def live(folder: Path, days: int, every_s: int) -> Home:
    """So many days with a gateway that writes."""
    make = Make("kaifa", every_s, list_at_s=STEP_S, clock_at_s=STEP_S, summer_time=True, step_wh=1)
    home = Heard(BEGIN, household(), make)
    keeping = HistoryKeeping(folder)
    remembered = keeping.begin(home.meter)
    home.meter.consumers.append(remembered.history.take)
    await keeping.open(since=0)
    end, written_octets = BEGIN.timestamp() + days * DAY_S, _octets_written()
    begun = time.monotonic()
    while home.now < end:
        for _ in range(WRITTEN_S // STEP_S):
            home.until(home.now + STEP_S)
            keeping.gather(home.steady())
        await keeping.write()
    keeping.finish(write=True)
    octets = _octets_written() - written_octets
    print(f"{days} days in {time.monotonic() - begun:.0f} s; {keeping.file.writes} writes", end=", ")
    print(f"{octets / 1e6:.0f} MB handed to the disk ({octets / days / 1e6:.1f} MB a day)")
    print(f"file: {keeping.file.size() / 1e6:.1f} MB")
    return home


def check(path: Path, home: Home) -> None:
    """The hours have what the meter counted, and so have days, months and years."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT begin, e_in, t_in FROM hours ORDER BY begin").fetchall()
        (all_of_them,) = connection.execute("SELECT sum(e_in) FROM hours").fetchone()
        counts = {table.name: connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]
                  for table in TABLES}  # fmt: skip
    told = [(begin, total) for begin, _, total in rows if total is not None]
    (first, first_total), (last, last_total) = told[0], told[-1]
    between = [energy for begin, energy, _ in rows if first <= begin < last]
    assert len(between) == (last - first) // 3600, "an hour is missing"
    assert sum(between) == last_total - first_total, "the hours have not what the meter counted"
    assert last_total <= home.imported * 1000
    print(f"rows: {counts}")
    print(f"{len(between)} hours have the {(last_total - first_total) / 1e6:.2f} kWh that the meter counted, exactly")
    for step in ("day", "month", "year"):
        points = json.loads(_asked(path, lambda source, step=step: _spans(source, step, first, last + 1)))  # type: ignore[misc]
        assert round(sum(point[1] for point in points) * 1000) == all_of_them, step


def make_ten_years(path: Path) -> None:
    """Have the same year ten times, the later ones of `BEGIN` first."""
    with closing(sqlite3.connect(path)) as connection:
        for table in TABLES:
            columns = ", ".join(table.names[1:])
            years = YEARS if table.kept_s is None else 3 if table.step_s > 60 else 1
            for year in range(1, years):
                connection.execute(
                    f"INSERT OR IGNORE INTO {table.name} SELECT series, begin - {year} * 364 * {DAY_S}, {columns}"
                    f" FROM {table.name} WHERE begin >= {int(BEGIN.timestamp())}"
                )
        connection.commit()


def ask(path: Path) -> None:
    """How long questions take."""
    now = int(BEGIN.timestamp()) + 365 * DAY_S
    year = now - 365 * DAY_S

    def months(source: Source) -> object:
        return highest.months(source, spans("month", year, now, central_european), central_european)

    def exported(source: Source) -> object:
        wanted = export.Wanted("hour", 0, now, "csv", central_european)
        return [export.lines(source, wanted, *each, now) for each in export.pieces(source, wanted)]

    questions: dict[str, Callable[[Source], object]] = {
        "a day of minutes": lambda source: steps(source, SHAPES["minute"], now - DAY_S, now),
        "a week of minutes": lambda source: steps(source, SHAPES["minute"], now - 7 * DAY_S, now),
        "a week of hours": lambda source: steps(source, SHAPES["hour"], now - 7 * DAY_S, now),
        "a year of hours": lambda source: steps(source, SHAPES["hour"], year, now),
        "a year of days": lambda source: _spans(source, "day", year, now),
        "a year of months": lambda source: _spans(source, "month", year, now),
        "all years": lambda source: _spans(source, "year", now - 3653 * DAY_S, now),
        "capacity, 13 months": months,
        "all hours as CSV": exported,
    }
    for name, question in questions.items():
        times = []
        for _ in range(TIMES):
            begun = time.perf_counter()
            _asked(path, question)
            times.append(time.perf_counter() - begun)
        print(f"  {name:22} {1000 * sorted(times)[len(times) // 2]:7.1f} ms, with opening")


def _spans(source: Source, step: Step, begin: int, end: int) -> bytes:
    return told_spans(source, SHAPES[step], spans(step, begin, end, central_european), end)


def _asked(path: Path, work: Callable[[Source], Any]) -> Any:  # noqa: ANN401 - what the question gives
    reader = HistoryReader(path, strictly=True)
    try:
        return reader.asked(1, {}, work)
    finally:
        reader.close()


def _octets_written() -> int:
    return next(
        int(line.split()[1]) for line in Path("/proc/self/io").read_text().splitlines() if "write_bytes" in line
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--every", type=int, default=10, help="seconds between two readings, a multiple of ten")
    parser.add_argument("--keep", type=Path, help="where the file stays")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.keep) as folder:
        place = arguments.keep or Path(folder)
        home = asyncio.run(live(place, arguments.days, arguments.every))
        path = place / "history.db"
        check(path, home)
        print("a year in the file:")
        ask(path)
        make_ten_years(path)
        print(f"ten years in the file ({path.stat().st_size / 1e6:.1f} MB):")
        ask(path)


if __name__ == "__main__":
    main()
