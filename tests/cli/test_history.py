"""`han2x history`: what is remembered, printed, listed and deleted, without a gateway and beside one."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from han2x.cli import main
from han2x.history_file.series import Series
from han2x.history_file.writing import NAME, HistoryFile
from tests.app.running import running_daemon
from tests.end_to_end.waiting import until
from tests.history_file.made import BEGIN, HOUR_S, hours, written


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory with the hours of two days, and a settings file beside it."""
    file = HistoryFile(tmp_path / "state")
    house, gone = Series(1, "House", since=BEGIN), Series(2, "Cabin")
    file.arrange([house, gone])
    written(file, house, hours(48))
    written(file, gone, hours(3, wh=7))
    gone.unit = None
    file.arrange([house, gone])
    file.close()
    (tmp_path / "settings.toml").write_text('[device]\ntime_zone = "Europe/Oslo"\n')
    return tmp_path / "state"


def _run(state: Path, *arguments: str) -> int:
    return main(["history", "--state-dir", str(state), "--settings", str(state.parent / "settings.toml"), *arguments])


def test_hours_are_printed_as_csv(state: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert _run(state, "--from", "2026-01-02", "--to", "2026-01-02T02:00") == 0
    header, *lines = capsysbinary.readouterr().out.decode().splitlines()
    assert header.startswith("begin,time,import_wh,export_wh")
    assert [line.split(",")[1] for line in lines] == ["2026-01-02T00:00:00+01:00", "2026-01-02T01:00:00+01:00"]


def test_days_are_printed_as_json(state: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert _run(state, "--resolution", "day", "--format", "jsonl") == 0
    days = [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]
    assert [day["import_wh"] for day in days] == [sum(range(1000, 1024)), sum(range(1024, 1048))]


def test_the_meters_are_listed_with_those_that_are_gone(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(state, "--list") == 0
    assert capsys.readouterr().out.splitlines() == ["1: unit 1 House, since 2025-12-31", "2: gone Cabin"]


def test_one_that_is_gone_is_deleted(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(state, "--series", "2", "--delete") == 0
    assert _run(state, "--list") == 0
    assert "Cabin" not in capsys.readouterr().out
    assert _run(state, "--series", "2") == 1


def test_nothing_is_made_where_there_is_no_history(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(tmp_path / "state") == 1
    assert "there is no history in" in capsys.readouterr().err
    assert not (tmp_path / "state").exists()


def test_a_damaged_file_is_told_and_left_alone(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (state / NAME).write_bytes(b"not this" * 1000)
    assert _run(state) == 2
    assert "damaged" in capsys.readouterr().err
    assert (state / NAME).read_bytes() == b"not this" * 1000


@pytest.mark.parametrize("moment", ["yesterday", "2026-13-01", "2026-01-01T99:00"])
def test_a_moment_that_is_none_is_refused(state: Path, moment: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(state, "--from", moment) == 2
    assert moment in capsys.readouterr().err


@pytest.mark.enable_socket
async def test_beside_a_gateway_it_reads_and_has_that_delete(
    state: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    async with running_daemon(state.parent) as running:
        await until(lambda: running.daemon.history.keeping is not None and running.daemon.history.keeping.opened)
        assert await asyncio.to_thread(_run, state) == 0
        assert len(capsysbinary.readouterr().out.splitlines()) == 49
        assert await asyncio.to_thread(_run, state, "--delete", "--to", "2026-01-01T20:00") == 0
        assert await asyncio.to_thread(_run, state) == 0
        assert len(capsysbinary.readouterr().out.splitlines()) == 49 - 20
        (entry,) = [each for each in running.daemon.audit.read()[0] if each["action"] == "history-deleted"]
        assert (entry["actor"], entry["what"], entry["after"]) == ("command", "unit 1", BEGIN + 20 * HOUR_S)
