"""`han2x history`: what is remembered of the meters, as CSV or JSON lines; or deleted."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from han2x.cli.common import complain, say, writing
from han2x.faults import told
from han2x.printable import printable

if TYPE_CHECKING:
    from han2x.cli.common import Commands
    from han2x.history_file.export import Wanted
    from han2x.history_file.reading import HistoryReader
    from han2x.history_file.series import Series
    from han2x.meters.clock import Zone

RESOLUTIONS: Final = ("minute", "quarter", "hour", "day", "month", "year")


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "history",
        help="what is remembered of the meters",
        description="Prints what is remembered of a meter, also while the gateway runs; lists the meters; or deletes.",
    )
    parser.add_argument("--settings", type=Path, metavar="FILE", help="the settings file, for the time zone")
    parser.add_argument("--state-dir", type=Path, metavar="DIR", help="the gateway's state directory")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--unit", type=int, metavar="N", help="the meter with this unit id (1)")
    which.add_argument("--series", type=int, metavar="N", help="a meter by its number in --list, also one that is gone")
    parser.add_argument("--resolution", choices=RESOLUTIONS, default="hour", help="how long the steps are (hour)")
    parser.add_argument("--from", dest="begin", metavar="DATE", help="from this day or moment on, as 2026-01-31")
    parser.add_argument("--to", dest="end", metavar="DATE", help="up to before this day or moment")
    parser.add_argument("--format", choices=("csv", "jsonl"), default="csv", help="CSV, or one JSON object a line")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="list the meters that are remembered")
    what.add_argument("--delete", action="store_true", help="delete it: all of it, or what is before --to")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 when something was printed or deleted, 1 when there is nothing, 2 when that cannot be done."""
    from han2x.cli.run import default_state_dir
    from han2x.cli.running import NotAllowedError, for_its_user
    from han2x.history_file.writing import NAME

    state_dir = arguments.state_dir or default_state_dir()
    path = state_dir / NAME
    try:
        with for_its_user(path):
            path.stat()
            return _do(arguments, path)
    except FileNotFoundError:
        complain(f"there is no history in {state_dir}; --state-dir names another place")
        return 1
    except NotAllowedError as error:
        complain(str(error))
        return 2
    except (OSError, ValueError) as error:
        complain(told(error))
        return 2


def _do(arguments: argparse.Namespace, path: Path) -> int:
    from han2x.history_file.export import Wanted
    from han2x.history_file.reading import HistoryReader

    zone = _zone(arguments, path.parent)
    begin, end = _moment(arguments.begin, zone, 0), _moment(arguments.end, zone, int(time.time()) + 3600)
    with closing(HistoryReader(path, strictly=True)) as reader:
        series = reader.series()
        if arguments.list:
            return _list(series)
        chosen = _chosen(arguments, series)
        if chosen is None:
            complain("no such meter is remembered; --list shows those that are")
            return 1
        if not arguments.delete:
            return _print(reader, chosen, Wanted(arguments.resolution, begin, end, arguments.format, zone))
    return _delete(path.parent, chosen.id or 0, None if arguments.end is None else end)


def _list(all_of_them: list[Series]) -> int:
    for series in all_of_them:
        unit = "gone" if series.unit is None else f"unit {series.unit}"
        since = "" if series.since is None else f", since {datetime.fromtimestamp(series.since, UTC):%Y-%m-%d}"
        say(printable(f"{series.id}: {unit} {series.name} {series.meter_id or ''}".rstrip() + since))
    return 0 if all_of_them else 1


def _chosen(arguments: argparse.Namespace, all_of_them: list[Series]) -> Series | None:
    if arguments.series is not None:
        return next((series for series in all_of_them if series.id == arguments.series), None)
    unit = 1 if arguments.unit is None else arguments.unit
    return next((series for series in all_of_them if series.unit == unit), None)


def _print(reader: HistoryReader, series: Series, wanted: Wanted) -> int:
    from han2x.history_file import export

    out, now = sys.stdout.buffer, int(time.time())
    ranges = reader.asked(series.id, {}, lambda source: list(export.pieces(source, wanted)))
    with writing():
        out.write(export.header(wanted))
    printed = 0
    for begin, end in ranges:
        lines = reader.asked(series.id, {}, _lines(wanted, begin, end, now))
        printed += len(lines)
        with writing():
            out.write(lines)
            out.flush()
    return 0 if printed else 1


def _lines(wanted: Wanted, begin: int, end: int, now: int) -> Callable[..., bytes]:
    from han2x.history_file import export

    return lambda source: export.lines(source, wanted, begin, end, now)


def _delete(state_dir: Path, series: int, before: int | None) -> int:
    from han2x.app.history_keeping import deleted
    from han2x.app.state_lock import holder
    from han2x.cli.running import ask_running, command_socket
    from han2x.history_file.writing import HistoryFile

    if holder(state_dir) is None and not command_socket(state_dir).exists():
        file = HistoryFile(state_dir)
        deleted(file, series, before)
        file.close()
        return 0
    answer = ask_running(state_dir, "history-delete", series=series, before=before)
    if "error" in answer:
        complain(f"nothing was deleted: {answer['error']}")
        return 2
    return 0


def _zone(arguments: argparse.Namespace, state_dir: Path) -> Zone:
    """The zone of the settings; where these cannot be read, this computer's."""
    from han2x.app.time_zone import zone_of
    from han2x.settings import SettingsError, find_settings_file, load
    from han2x.settings.time_zone import AUTO

    try:
        settings = load(find_settings_file(arguments.settings, os.environ, state_dir))
    except SettingsError:
        return zone_of(AUTO)
    return zone_of(settings.device.time_zone)


def _moment(text: str | None, zone: Zone, otherwise: int) -> int:
    """A day or a moment of the place. Raises ValueError where the text is none."""
    from han2x.history_file.spans import midnight

    if text is None:
        return otherwise
    try:
        return midnight(date.fromisoformat(text), zone)
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text}: write a day as 2026-01-31, or a moment as 2026-01-31T14:00") from None
    if at.tzinfo is not None:
        return int(at.timestamp())
    plain = at.replace(tzinfo=UTC)
    return int((plain - zone(plain - zone(plain))).timestamp())
