"""A backup that comes back; and files that are none, which leave everything as it was."""

from __future__ import annotations

import gzip
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest

from han2x.history_file import backup
from han2x.history_file.backup import Packer
from han2x.history_file.faults import BackupError
from han2x.history_file.reading import HistoryReader
from han2x.history_file.series import Series
from han2x.history_file.writing import HistoryFile
from tests.history_file.made import BEGIN, HOUR_S, a_minute, a_quarter, hours, voltages, written

SERIES = ["s", 1, 1, "House", "5706567274389702", BEGIN]
HOUR = ["h", 1, BEGIN, 1000, 5_000_000, 1, None, None, None, None]


def _filled(folder: Path, count: int = 3000) -> HistoryFile:
    file = HistoryFile(folder)
    house, gone = Series(1, "House", "5706567274389702", BEGIN), Series(2, "Cabin")
    file.arrange([house, gone])
    written(file, house, [*hours(count), a_minute(BEGIN), a_quarter(BEGIN), voltages(BEGIN)])
    written(file, gone, hours(7, wh=5))
    gone.unit = None
    file.arrange([house, gone])
    return file


def _packed(path: Path) -> bytes:
    reader, packer, pieces = HistoryReader(path), Packer(), []
    while piece := reader.asked(None, {}, packer.next):
        pieces.append(piece)
    reader.close()
    return b"".join(pieces)


def _restored(file: HistoryFile, packed: bytes) -> int:
    with tempfile.TemporaryFile() as place:
        place.write(packed)
        place.flush()
        return file.restore(place.fileno())


def _lines(*lines: Any) -> bytes:  # noqa: ANN401 - JSON
    return gzip.compress(b"".join(json.dumps(line).encode() + b"\n" for line in lines))


@pytest.fixture
def empty(tmp_path: Path) -> HistoryFile:
    file = HistoryFile(tmp_path / "empty")
    file.arrange([Series(1)])
    return file


def test_all_of_it_comes_back_on_another_gateway(tmp_path: Path, empty: HistoryFile) -> None:
    packed = _packed(_filled(tmp_path / "full").path)
    assert _restored(empty, packed) == 3000 + 3 + 7
    house, gone = empty.series()
    assert (house.unit, gone.unit, gone.name) == (1, None, "Cabin")
    assert empty.hours(house, 0) == hours(3000)
    assert empty.hours(gone, 0) == hours(7, wh=5)
    assert gzip.decompress(_packed(empty.path)).count(b"\n") == gzip.decompress(packed).count(b"\n")


def test_rows_that_are_there_already_stay(tmp_path: Path, empty: HistoryFile) -> None:
    packed = _packed(_filled(tmp_path / "full", 10).path)
    (series,) = empty.series()
    written(empty, series, hours(5, wh=77))
    assert _restored(empty, packed) == 5 + 3 + 7
    assert empty.hours(series, 0)[:6] == [*hours(5, wh=77), hours(10)[5]]
    assert _restored(empty, packed) == 0


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ([*HOUR[:2], BEGIN + 1, *HOUR[3:]], "history-backup-row"),
        ([*HOUR[:2], 17, *HOUR[3:]], "history-backup-row"),
        (["h", 9, *HOUR[2:]], "history-backup-row"),
        (["x", *HOUR[1:]], "history-backup-row"),
        (HOUR[:-1], "history-backup-row"),
        ([*HOUR, 1], "history-backup-row"),
        ([*HOUR[:3], None, *HOUR[4:]], "history-backup-row"),
        ([*HOUR[:3], "1000", *HOUR[4:]], "history-backup-row"),
        ([*HOUR[:4], 5.5, *HOUR[5:]], "history-backup-row"),
        ([*HOUR[:4], 10**30, *HOUR[5:]], "history-backup-row"),
        ([*HOUR[:4], True, *HOUR[5:]], "history-backup-row"),
        ([*HOUR[:4], {"a": 1}, *HOUR[5:]], "history-backup-row"),
        ([*HOUR[:5], 4, *HOUR[6:]], "history-backup-row"),
        ([*HOUR[:5], None, *HOUR[6:]], "history-backup-row"),
        (["s", 2, 300, "", None, None], "history-backup-row"),
        (["s", 2, 2, "x" * 300, None, None], "history-backup-row"),
        (["s", 1, 2, "", None, None], "history-backup-row"),
        (["s", 2], "history-backup-row"),
        ("h", "history-backup-row"),
        ([], "history-backup-row"),
        ("x" * 5000, "history-backup-row"),
    ],
)
def test_a_row_that_no_history_has_leaves_everything_as_it_was(empty: HistoryFile, line: Any, code: str) -> None:  # noqa: ANN401 - JSON
    good = [[*HOUR[:2], BEGIN + place * HOUR_S, *HOUR[3:]] for place in range(5)]
    with pytest.raises(BackupError) as refused:
        _restored(empty, _lines(["han2x-history", 1], SERIES, *good, line))
    assert refused.value.fault.code == code
    assert [(series.name, empty.hours(series, 0)) for series in empty.series()] == [("", [])]
    assert _restored(empty, _lines(["han2x-history", 1], SERIES, *good)) == 5


@pytest.mark.parametrize(
    ("packed", "code"),
    [
        (b"", "history-not-packed"),
        (b"han2x", "history-not-packed"),
        (_lines(["han2x-history", 1], SERIES, HOUR)[:-20], "history-not-packed"),
        (gzip.compress(b""), "history-not-a-backup"),
        (gzip.compress(b"[web]\nlisten = 1\n"), "history-not-a-backup"),
        (gzip.compress(b"x" * 100_000), "history-not-a-backup"),
        (_lines(["han2x-history", 2]), "history-backup-newer"),
        (_lines(["han2x-history", "1"]), "history-not-a-backup"),
        (gzip.compress(b'["han2x-history",1]\n' + b"[" * 4000 + b"\n"), "history-backup-row"),
        (gzip.compress(b'["han2x-history",1]\n["h",1,'), "history-backup-row"),
        (gzip.compress(b'["han2x-history",1]\n["h",1,[\n["h",]]\n'), "history-backup-row"),
    ],
    ids=range(11),
)
def test_a_file_that_is_no_backup_is_refused(empty: HistoryFile, packed: bytes, code: str) -> None:
    with pytest.raises(BackupError) as refused:
        _restored(empty, packed)
    assert refused.value.fault.code == code


def test_a_file_that_unpacks_to_far_more_is_refused(empty: HistoryFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "MOST_OCTETS", 2 * 1024 * 1024)
    bomb = gzip.compress(b'["han2x-history",1]\n' + (b" " * 1000 + b"\n") * 100_000)
    with pytest.raises(BackupError) as refused:
        _restored(empty, bomb)
    assert refused.value.fault.code in ("history-backup-too-large", "history-backup-row")
    lines = [["h", 1, BEGIN + place * HOUR_S, *HOUR[3:]] for place in range(60_000)]
    with pytest.raises(BackupError) as refused:
        _restored(empty, _lines(["han2x-history", 1], SERIES, *lines))
    assert refused.value.fault.values["most"] == 2
