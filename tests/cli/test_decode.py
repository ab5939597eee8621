"""`han2x decode`."""

from __future__ import annotations

import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from han2x.cli import main
from han2x.gateway.capture import Chunk, write_chunk
from han2x.simulator import SimulatedMeter
from tests import frames
from tests.end_to_end.telegrams import kamstrup_list_1, kamstrup_list_2

LIST_1 = kamstrup_list_1(power_import=1234, voltage_l1=239)


@pytest.fixture
def decoded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401 - a fixture that is a function
    def run(content: bytes, *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
        file = tmp_path / "octets"
        file.write_bytes(content)
        status = main(["decode", str(file), *arguments])
        told = capsys.readouterr()
        return status, [json.loads(line) for line in told.out.splitlines()], told.err

    return run


def test_a_reading_is_told_with_every_key_that_others_rely_on(decoded: Any) -> None:  # noqa: ANN401
    status, (reading,), _ = decoded(LIST_1)

    values = reading.pop("values")
    assert status == 0
    assert reading == {
        "event": "reading",
        "offset": 0,
        "maker": "kamstrup",
        "list": "list-1",
        "meter_id": "5799999999999999",
        "meter_type": "6841131BN000000000",
        "list_version": "Kamstrup_V0001",
        "meter_time": "2026-11-20T23:00:10",
        "encrypted": False,
    }
    assert values["1.7.0"] == {"value": 1234, "unit": "W"}
    assert values["31.7.0"] == {"value": 4.32, "unit": "A"}
    assert values["32.7.0"] == {"value": 239, "unit": "V"}
    assert "1.8.0" not in values


@pytest.mark.parametrize(
    "written",
    [
        LIST_1.hex().encode(),
        LIST_1.hex(" ").upper().encode(),
        LIST_1.hex(":").encode() + b"\n",
        LIST_1.hex("-").upper().encode(),
        ", ".join(f"0x{octet:02X}" for octet in LIST_1).encode(),
        ",\n".join(f"0x{octet:02x}" for octet in LIST_1).encode() + b",\n",
        "".join(f"\\x{octet:02x}" for octet in LIST_1).encode(),
        b"# what the adapter gave\n" + LIST_1.hex(" ").encode(),
        b"\r\n".join(LIST_1[place : place + 16].hex(" ").encode() for place in range(0, len(LIST_1), 16)),
    ],
)
def test_hex_text_is_found_out_by_itself(decoded: Any, written: bytes) -> None:  # noqa: ANN401
    status, (reading,), _ = decoded(written)

    assert (status, reading["values"]["1.7.0"]["value"]) == (0, 1234)


def capture(*chunks: tuple[float, bytes], comment: str = "# /dev/ttyUSB0 at 2400 8N1\n") -> bytes:
    return (comment + "".join(write_chunk(Chunk(*chunk)) for chunk in chunks)).encode()


@pytest.mark.parametrize("comment", ["# /dev/ttyUSB0 at 2400 8N1, 2026-11-20T23:00:00+00:00\n", ""])
def test_a_capture_is_found_out_by_itself(decoded: Any, comment: str) -> None:  # noqa: ANN401
    status, (reading, again), _ = decoded(
        capture((1e9, LIST_1[:99]), (1e9 + 0.2, LIST_1[99:]), (1e9 + 10, LIST_1), comment=comment)
    )

    assert (status, reading["values"]["1.7.0"]["value"], again["offset"]) == (0, 1234, len(LIST_1))


def test_a_capture_with_whole_seconds_is_one_where_a_comment_shows_it(decoded: Any) -> None:  # noqa: ANN401
    status, (reading,), _ = decoded(f"# by hand\n1700000000 {LIST_1.hex()}\n".encode())

    assert (status, reading["offset"]) == (0, 0)


def test_a_pause_in_a_capture_is_silence(decoded: Any) -> None:  # noqa: ANN401
    status, events, _ = decoded(capture((1e9, LIST_1[:99]), (1e9 + 10, LIST_1)))

    assert status == 0
    assert [(event["event"], event["offset"]) for event in events] == [("problem", 0), ("reading", 99)]
    assert "fell silent" in events[0]["detail"]


def test_a_capture_with_a_line_that_is_none_is_refused_with_status_2(decoded: Any) -> None:  # noqa: ANN401
    status, _, error = decoded(capture((1e9, LIST_1)) + b"1000000001.0 7e a\n")

    assert status == 2
    assert "line 3" in error


def test_a_telegram_without_a_checksum_is_decoded_at_once_and_said_to_be_unchecked(decoded: Any) -> None:  # noqa: ANN401
    lines = ["1-0:1.8.1(07041.882*kWh)", "1-0:1.8.2(02351.565*kWh)", "1-0:1.7.0(0000.54*kW)"]
    telegram = frames.p1(lines, "KMP5 KA6U")
    status, (reading,), _ = decoded(telegram[:-6] + b"\r\n")

    assert (status, reading["unchecked"]) == (0, True)
    assert reading["values"] == {"1.7.0": {"value": 540, "unit": "W"}, "1.8.0": {"value": 9393447, "unit": "Wh"}}
    assert "unchecked" not in decoded(telegram)[1][0]


def test_events_come_in_stream_order_with_their_offsets(decoded: Any) -> None:  # noqa: ANN401
    status, events, _ = decoded(b"noise!" + LIST_1 + b"\x00\x01" + kamstrup_list_2(energy_import=50) + LIST_1[:100])

    assert status == 0
    assert [(event["event"], event["offset"]) for event in events] == [
        ("problem", 0),
        ("reading", 6),
        ("problem", 6 + len(LIST_1)),
        ("reading", 8 + len(LIST_1)),
        ("problem", 8 + len(LIST_1) + len(kamstrup_list_2(energy_import=50))),
    ]
    assert events[-1]["kind"] == "length"


@pytest.mark.parametrize(("content", "kind"), [(b"\xff" * 50, "framing"), (LIST_1[:-30] + b"x" * 30, "checksum")])
def test_the_status_is_1_when_no_reading_came_out(decoded: Any, content: bytes, kind: str) -> None:  # noqa: ANN401
    status, events, _ = decoded(content)

    assert status == 1
    assert kind in {event["kind"] for event in events}


def test_an_empty_file_has_no_reading(decoded: Any) -> None:  # noqa: ANN401
    assert decoded(b"")[:2] == (1, [])


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (b"7ea0e", "odd number of digits (5)"),
        (b"7e a0 " * 20000 + b"zz", "begins as hex text, but octet 120000 is b'z'"),
    ],
)
def test_hex_text_that_is_none_is_refused_with_status_2(decoded: Any, written: bytes, told: str) -> None:  # noqa: ANN401
    status, events, error = decoded(written)

    assert (status, events) == (2, [])
    assert told in error


def test_a_missing_file_is_named_with_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["decode", str(tmp_path / "nothing")]) == 2
    assert "nothing" in capsys.readouterr().err


def test_octets_from_standard_input_are_decoded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(LIST_1)))

    assert main(["decode"]) == 0
    assert json.loads(capsys.readouterr().out)["meter_id"] == "5799999999999999"


def test_scales_that_the_meter_does_not_send_can_be_given(decoded: Any) -> None:  # noqa: ANN401
    content = kamstrup_list_2(energy_import=5000)
    _, (reading,), _ = decoded(
        content, "--kamstrup-energy-wh", "1", "--kamstrup-current-a", "0.001", "--kamstrup-voltage-v", "0.1"
    )

    assert reading["values"]["1.8.0"] == {"value": 500, "unit": "Wh"}
    assert reading["values"]["31.7.0"] == {"value": 0.432, "unit": "A"}
    assert reading["values"]["32.7.0"] == {"value": 23, "unit": "V"}


@pytest.mark.parametrize("value", ["0", "-1", "x", "0.0001", "nan"])
def test_a_scale_that_cannot_be_is_refused_with_status_2(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["decode", "--kamstrup-energy-wh", value])

    assert refused.value.code == 2
    assert "is not a scale" in capsys.readouterr().err or value == "-1"


@pytest.mark.parametrize("written", [bytes, lambda octets: octets.hex().encode()], ids=["raw", "hex"])
def test_every_list_without_a_frame_is_decoded_from_a_file_that_tells_no_pauses(decoded: Any, written: Any) -> None:  # noqa: ANN401
    meter = SimulatedMeter("xt211", start=datetime.fromisoformat("2026-03-04T12:59:55"))
    telegrams = [octets for _, octets in meter.frames_between(0, 300)]
    status, found, _ = decoded(written(b"".join(telegrams)))

    offsets = [sum(map(len, telegrams[:place])) for place in range(len(telegrams))]
    assert status == 0
    assert [each["offset"] for each in found] == offsets
    assert len(offsets) >= 5
    assert all(each["unchecked"] for each in found)


def test_a_p1_telegram_with_a_wrong_checksum_is_decoded_as_unchecked_where_that_is_ignored(decoded: Any) -> None:  # noqa: ANN401
    telegram = frames.p1(["1-0:1.7.0(0000.54*kW)"], "AUX5")[:-6] + b"0000\r\n"

    status, (problem,), _ = decoded(telegram)
    assert (status, problem["kind"]) == (1, "p1-checksum")
    status, (reading,), _ = decoded(telegram, "--p1-checksum", "ignored")
    assert (status, reading["unchecked"], reading["values"]["1.7.0"]["value"]) == (0, True, 540)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("decode", "/nonexistent/octets"), "/nonexistent/octets: No such file or directory"),
        (("replay", "/nonexistent/capture"), "/nonexistent/capture: No such file or directory"),
        (("keys", "import", "/nonexistent/keys.kem", "--password", "x"), "/nonexistent/keys.kem: No such file or"),
        (("registers", "--live", "127.0.0.1:1"), "127.0.0.1 port 1, unit 1: Connection refused"),
        (
            ("status", "--state-dir", "/nonexistent"),
            "/nonexistent/status.sock: no gateway runs here; see systemctl status han2x",
        ),
    ],
)
@pytest.mark.enable_socket
def test_what_the_system_refuses_is_told_in_words(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert main(arguments) != 0
    told = capsys.readouterr().err
    assert told.startswith(f"han2x: {said}")
    assert "Errno" not in told
