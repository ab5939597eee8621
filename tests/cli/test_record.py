"""`han2x record`: what came from a line, in a capture that `han2x replay` plays."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from han2x.cli import main
from han2x.gateway.capture import read_chunks
from han2x.port_name import PortNameError, parse_port_name
from tests.end_to_end.telegrams import kamstrup_list_1
from tests.end_to_end.wire import Wire

pytestmark = [pytest.mark.sockets, pytest.mark.enable_socket]

TELEGRAM = kamstrup_list_1(power_import=1234)


@contextmanager
def line_saying(octets: bytes) -> Iterator[str]:
    """The URL of a serial server that says this to whoever connects, and then nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = threading.Event()

        def speak() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(octets)
                ended.wait(30)

        speaker = threading.Thread(target=speak)
        speaker.start()
        try:
            yield f"socket://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            ended.set()
            speaker.join()


def test_what_comes_is_kept_octet_for_octet_and_replays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture = tmp_path / "capture"
    with line_saying(TELEGRAM) as url:
        assert main(["record", url, "--output", str(capture), "--seconds", "2"]) == 0

    assert capture.read_text().startswith(f"# {url} at 2400 8N1, 20")
    assert b"".join(chunk.octets for chunk in read_chunks(capture.read_text().splitlines())) == TELEGRAM
    assert main(["replay", str(capture)]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["values"]["1.7.0"]["value"] for event in events if event["event"] == "reading"] == [1234]


def test_without_a_file_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with line_saying(TELEGRAM) as url:
        assert main(["record", url, "--seconds", "2", "--serial-settings", "2400 8E1"]) == 0

    comment, *chunks = capsys.readouterr().out.splitlines()
    assert " at 2400 8E1, " in comment
    assert b"".join(chunk.octets for chunk in read_chunks(chunks)) == TELEGRAM


def test_a_line_that_says_nothing_makes_it_1(capsys: pytest.CaptureFixture[str]) -> None:
    with line_saying(b"") as url:
        assert main(["record", url, "--seconds", "0.3"]) == 1
    assert "nothing came from the line" in capsys.readouterr().err


def test_a_port_that_is_not_there_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["record", str(tmp_path / "ttyUSB9"), "--seconds", "2.5"]) == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert "ttyUSB9" in told[0]


@pytest.mark.parametrize(
    "arguments", [("--serial-settings", "2400 9N1"), ("--output", "/nonexistent/capture")], ids=["settings", "output"]
)
def test_what_cannot_be_done_makes_it_2(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    assert main(["record", "/dev/null", "--seconds", "1", *arguments]) == 2
    assert capsys.readouterr().err.startswith("han2x: ")


@pytest.mark.parametrize("seconds", ["0", "-1", "x", "nan"])
def test_a_time_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], seconds: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["record", "/dev/null", "--seconds", seconds])
    assert ended.value.code == 2
    assert "seconds above 0" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["spy:///dev/null", "hwgrep://x", "rfc2217://h:1", "ttyUSB0", "/dev/\x1b[2J"])
def test_a_name_that_no_port_has_makes_it_2_and_leaves_the_file_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], port: str
) -> None:
    file = tmp_path / "capture"
    file.write_text("an earlier capture")
    with pytest.raises(PortNameError) as refused:
        parse_port_name(port)

    assert main(["record", port, "--output", str(file)]) == 2
    assert str(refused.value) in capsys.readouterr().err
    assert file.read_text() == "an earlier capture"


def test_a_capture_that_is_there_stays_unless_it_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "capture"
    file.write_text("an earlier capture")
    with line_saying(TELEGRAM) as url:
        assert main(["record", url, "--output", str(file), "--seconds", "1"]) == 2
        assert f"{file} is there already and stays" in capsys.readouterr().err
        assert file.read_text() == "an earlier capture"
        assert main(["record", url, "--output", str(file), "--seconds", "2", "--force"]) == 0
    assert "an earlier capture" not in file.read_text()


def test_the_line_s_settings_are_found_out(tmp_path: Path) -> None:
    capture = tmp_path / "capture"
    wire, ended = Wire(), threading.Event()

    def speak() -> None:
        while "now read at 2400 8E1" not in (capture.read_text() if capture.exists() else "") and not ended.wait(1):
            wire.say(bytes(range(0x80, 0xF0)))
        while not ended.wait(1):
            wire.say(TELEGRAM)

    speaker = threading.Thread(target=speak)
    speaker.start()
    try:
        assert main(["record", wire.path, "--output", str(capture), "--seconds", "8"]) == 0
    finally:
        ended.set()
        speaker.join()
        wire.close()
    text = capture.read_text()
    assert text.startswith(f"# {wire.path} at 2400 8N1, 20")
    assert "# now read at 2400 8E1" in text
    assert TELEGRAM in b"".join(chunk.octets for chunk in read_chunks(text.splitlines()))
