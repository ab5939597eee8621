"""What the gateway knows of itself."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from han2x.app.facts import Facts, SteadyClock
from tests.end_to_end.waiting import until


def at_once(read: Callable[[], None]) -> None:
    read()


def test_the_clock_does_not_step_when_the_wall_clock_does(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SteadyClock()
    before = clock()
    monkeypatch.setattr(time, "time", lambda: 0.0)

    assert before <= clock() < before + 60


def test_the_clock_begins_at_the_wall_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_700_000_000.0)

    assert 1_700_000_000.0 <= SteadyClock().started < 1_700_000_060.0


def test_the_temperature_is_read_in_degrees_and_kept_for_a_while(tmp_path: Path) -> None:
    file = tmp_path / "temp"
    file.write_text("48312\n")
    clock = SteadyClock()
    facts = Facts(clock, file, at_once)

    assert facts(clock.started).temperature_c == 48.312
    file.write_text("50000\n")
    assert facts(clock.started + 1).temperature_c == 48.312
    assert facts(clock.started + 60).temperature_c == 50.0


@pytest.mark.parametrize("content", ["", "hot\n", "12.5\n"])
def test_a_temperature_that_cannot_be_read_is_unknown(tmp_path: Path, content: str) -> None:
    file = tmp_path / "temp"
    file.write_text(content)
    clock = SteadyClock()

    assert Facts(clock, file, at_once)(clock.started).temperature_c is None
    assert Facts(clock, tmp_path / "none", at_once)(clock.started).temperature_c is None


def test_only_regular_files_are_opened_for_a_temperature(tmp_path: Path, opened: list[str]) -> None:
    pipe, to_a_device, regular = tmp_path / "pipe", tmp_path / "link", tmp_path / "temp"
    os.mkfifo(pipe)
    to_a_device.symlink_to("/dev/zero")
    regular.write_text("21000\n")
    opened.clear()
    clock = SteadyClock()
    told = [
        Facts(clock, path, at_once)(clock.started).temperature_c
        for path in (pipe, to_a_device, Path("/dev/zero"), tmp_path, regular)
    ]

    assert told == [None, None, None, None, 21.0]
    assert opened == [str(regular)]


def test_no_more_than_64_octets_are_read(tmp_path: Path) -> None:
    file = tmp_path / "temp"
    file.write_text("0" * 59 + "48312" + "9" * 1000)
    clock = SteadyClock()

    assert Facts(clock, file, at_once)(clock.started).temperature_c == 48.312


def test_what_keeps_a_temperature_from_being_read_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = SteadyClock()
    facts = Facts(clock, tmp_path, at_once)
    for seconds in range(0, 120, 10):
        facts(clock.started + seconds)

    assert [record.message for record in caplog.records] == [f"no temperature: {tmp_path}: it is no regular file"]


def test_another_file_is_in_force_at_once(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("20000")
    other.write_text("30000")
    clock = SteadyClock()
    facts = Facts(clock, one, at_once)
    assert facts(clock.started).temperature_c == 20.0
    facts.use(other)

    assert facts(clock.started + 1).temperature_c == 30.0


def test_a_sensor_that_does_not_answer_is_asked_once_and_holds_up_nobody(tmp_path: Path) -> None:
    file = tmp_path / "temp"
    file.write_text("20000")
    waiting: list[Callable[[], None]] = []
    clock = SteadyClock()
    facts = Facts(clock, file, waiting.append)

    assert facts(clock.started).temperature_c is None
    waiting[0]()
    assert facts(clock.started + 9).temperature_c == 20.0
    assert [facts(clock.started + seconds).temperature_c for seconds in (11, 40, 59, 61, 600)] == [20.0] * 3 + [
        None
    ] * 2
    assert len(waiting) == 2
    file.write_text("21000")
    waiting[1]()
    assert facts(clock.started + 50).temperature_c == 21.0


async def test_the_temperature_is_read_in_a_thread(tmp_path: Path) -> None:
    file = tmp_path / "temp"
    file.write_text("20000")
    clock = SteadyClock()
    facts = Facts(clock, file)

    await until(lambda: facts(clock.started).temperature_c == 20.0)


def test_whole_hours_since_the_start_are_counted(tmp_path: Path) -> None:
    clock = SteadyClock()
    facts = Facts(clock, tmp_path)

    assert [facts(clock.started + seconds).hours for seconds in (0, 3599, 3601, 86_400)] == [0, 0, 1, 24]
