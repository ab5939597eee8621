"""`han2x replay`: a capture through the whole core, on its own clock."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from han2x.cli import main
from han2x.gateway.capture import Chunk, write_chunk
from tests.end_to_end.telegrams import kamstrup_list_1, kamstrup_list_2

BEGIN = 1_700_000_000


def capture(tmp_path: Path, *chunks: tuple[float, bytes]) -> str:
    file = tmp_path / "capture"
    file.write_text("# test\n" + "".join(write_chunk(Chunk(BEGIN + time, octets)) for time, octets in chunks))
    return str(file)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def power(line: dict[str, Any]) -> int:
    return int(line["registers"]["40001"]) << 16 | int(line["registers"]["40002"])


def test_after_each_reading_the_registers_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = kamstrup_list_1(power_import=100), kamstrup_list_1(power_import=70_000)
    name = capture(tmp_path, (0, first[:50]), (0.5, first[50:]), (10, second))

    assert main(["replay", name]) == 0
    told = lines(capsys)
    assert [line["event"] for line in told] == ["reading", "registers", "reading", "registers"]
    assert [power(line) for line in told[1::2]] == [100, 70_000]
    assert [line["time"] for line in told[1::2]] == [BEGIN + 0.5, BEGIN + 10]
    assert list(told[1]["registers"]) == [str(number) for number in range(40001, 40051)]
    assert told[1]["unit"] == 1


def test_a_gap_in_the_capture_is_a_silence_to_the_decoder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = capture(tmp_path, (0, kamstrup_list_1()[:50]), (10, kamstrup_list_1(power_import=7)))

    assert main(["replay", name]) == 0
    told = lines(capsys)
    assert [line["event"] for line in told] == ["problem", "reading", "registers"]
    assert told[0]["kind"] == "length"


def test_the_estimate_is_told_once_there_is_a_register(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = capture(tmp_path, (0, kamstrup_list_1()), (10, kamstrup_list_2(energy_import=155_232_510)))

    assert main(["replay", name]) == 0
    before, after = (line["estimate"] for line in lines(capsys) if line["event"] == "registers")
    assert before == {}
    assert set(after) == {"1.8.0", "2.8.0", "3.8.0", "4.8.0"}
    assert set(after["1.8.0"]) == {"wh", "bar_wh", "flags"}
    assert 155_232_510 <= after["1.8.0"]["wh"] < 155_232_540


def test_every_seconds_reads_at_exactly_these_moments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pushes = [(float(second), kamstrup_list_1(power_import=second)) for second in range(3, 100, 10)]

    assert main(["replay", capture(tmp_path, *pushes), "--every", "20"]) == 0
    told = lines(capsys)
    assert [line["time"] - BEGIN for line in told] == [20, 40, 60, 80]
    assert [power(line) for line in told] == [13, 33, 53, 73]


def test_a_read_at_the_moment_of_a_telegram_has_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = capture(tmp_path, (0, kamstrup_list_1(power_import=1)), (20, kamstrup_list_1(power_import=2)))

    assert main(["replay", name, "--every", "20"]) == 0
    assert [power(line) for line in lines(capsys)] == [1, 2]


def test_registers_that_a_client_would_be_refused_are_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = capture(tmp_path, (0, kamstrup_list_1()), (200, kamstrup_list_1()))

    assert main(["replay", name, "--every", "100"]) == 0
    told = lines(capsys)
    assert [line["stale"] for line in told] == [False, True, False]
    assert list(told[1]["registers"]) == [str(number) for number in range(40037, 40051)]


def test_settings_of_the_gateway_can_be_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = capture(tmp_path, (0, kamstrup_list_1(power_import=100)), (200, b"\x7e"))

    assert main(["replay", name, "--every", "100", "--scaling-factor", "2000", "--when-stale", "hold"]) == 0
    assert [power(line) for line in lines(capsys)] == [200, 200, 200]


def test_a_capture_that_is_none_is_refused_with_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "capture"
    file.write_text("hello\n")

    assert main(["replay", str(file)]) == 2
    assert "line 1: expected" in capsys.readouterr().err


def test_a_capture_whose_clock_was_set_back_is_played_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    octets = kamstrup_list_1(power_import=100)
    file = tmp_path / "capture"
    file.write_text("".join(write_chunk(Chunk(time, octets)) for time in (7200.0, 3600.0, 3610.0)))

    assert main(["replay", str(file)]) == 0
    seen, told = capsys.readouterr()
    times = [line["time"] for line in map(json.loads, seen.splitlines()) if line["event"] == "registers"]
    assert times == [7200, 7200, 7210]
    assert "line 2: the time goes back by 3600 s" in told


def test_a_capture_without_a_reading_has_status_1(tmp_path: Path) -> None:
    assert main(["replay", capture(tmp_path, (0, b"\x00" * 40))]) == 1


@pytest.mark.parametrize("arguments", [["--every", "0"], ["--every", "x"], ["--when-stale", "maybe"]])
def test_arguments_that_cannot_be_used_have_status_2(tmp_path: Path, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["replay", str(tmp_path), *arguments])

    assert refused.value.code == 2


def test_a_factor_out_of_range_has_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", capture(tmp_path, (0, b"")), "--scaling-factor", "9"]) == 2
    assert "10 to 999999999" in capsys.readouterr().err
