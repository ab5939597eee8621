"""What the gateway knows of itself."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from han2x.app.facts import Facts, SteadyClock


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
    facts = Facts(clock, file)

    assert facts(clock.started).temperature_c == 48.312
    file.write_text("50000\n")
    assert facts(clock.started + 1).temperature_c == 48.312
    assert facts(clock.started + 60).temperature_c == 50.0


@pytest.mark.parametrize("content", ["", "hot\n", "12.5\n"])
def test_a_temperature_that_cannot_be_read_is_unknown(tmp_path: Path, content: str) -> None:
    file = tmp_path / "temp"
    file.write_text(content)
    clock = SteadyClock()

    assert Facts(clock, file)(clock.started).temperature_c is None
    assert Facts(clock, tmp_path / "none")(clock.started).temperature_c is None


def test_whole_hours_since_the_start_are_counted(tmp_path: Path) -> None:
    clock = SteadyClock()
    facts = Facts(clock, tmp_path)

    assert [facts(clock.started + seconds).hours for seconds in (0, 3599, 3601, 86_400)] == [0, 0, 1, 24]
