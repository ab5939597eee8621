from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from han2x.systemd.journal import MOST_TEXT, JournalHandler, started_by_systemd


class Journal:
    """The other end of the journal's socket."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(5)

    def entry(self) -> dict[str, str]:
        """The next entry, taken apart as the native protocol says."""
        octets = self.socket.recv(65536)
        fields = {}
        while octets:
            line, octets = octets.split(b"\n", 1)
            name, is_short, value = line.partition(b"=")
            if not is_short:
                size = int.from_bytes(octets[:8], "little")
                value, octets = octets[8 : 8 + size], octets[8 + size + 1 :]
            fields[name.decode()] = value.decode()
        return fields


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    listening = Journal(tmp_path / "journal")
    yield listening
    listening.socket.close()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[logging.Logger]:
    logger = logging.Logger("han2x.some", logging.DEBUG)
    handler = JournalHandler(tmp_path / "journal")
    logger.addHandler(handler)
    yield logger
    handler.close()


def test_an_entry_has_its_message_and_where_it_comes_from(journal: Journal, log: logging.Logger) -> None:
    log.warning("%s is gone", "/dev/ttyUSB0")
    entry = journal.entry()
    assert entry["MESSAGE"] == "/dev/ttyUSB0 is gone"
    assert entry["PRIORITY"] == "4"
    assert entry["SYSLOG_IDENTIFIER"] == "han2x"
    assert entry["LOGGER"] == "han2x.some"
    assert entry["CODE_FILE"] == __file__
    assert entry["CODE_FUNC"] == "test_an_entry_has_its_message_and_where_it_comes_from"


@pytest.mark.parametrize(
    ("level", "priority"),
    [
        (logging.CRITICAL, "2"),
        (logging.ERROR, "3"),
        (logging.WARNING, "4"),
        (logging.INFO, "6"),
        (logging.DEBUG, "7"),
    ],
)
def test_levels_are_those_of_syslog(journal: Journal, log: logging.Logger, level: int, priority: str) -> None:
    log.log(level, "x")
    assert journal.entry()["PRIORITY"] == priority


def test_the_meter_is_a_field_to_filter_by(journal: Journal, log: logging.Logger) -> None:
    log.info("receiving", extra={"meter": "cellar"})
    assert journal.entry()["HAN2X_METER"] == "cellar"


def test_a_line_break_in_a_message_makes_no_other_field_and_no_other_line(
    journal: Journal, log: logging.Logger
) -> None:
    log.info("bad\nPRIORITY=0", extra={"problem": "checksum\nPRIORITY=1"})
    entry = journal.entry()
    assert entry["MESSAGE"] == r"bad\nPRIORITY=0"
    assert entry["HAN2X_PROBLEM"] == r"checksum\nPRIORITY=1"
    assert entry["PRIORITY"] == "6"


def test_control_characters_of_a_message_do_not_reach_the_journal(journal: Journal, log: logging.Logger) -> None:
    log.info("receiving from %s", "meter \x1b[2J\x9b1m")
    assert journal.entry()["MESSAGE"] == r"receiving from meter \x1b[2J\x9b1m"


def test_a_traceback_is_part_of_the_message(journal: Journal, log: logging.Logger) -> None:
    try:
        int("broken")
    except ValueError:
        log.exception("given up")
    lines = journal.entry()["MESSAGE"].splitlines()
    assert lines[0] == "given up"
    assert lines[-1].startswith("ValueError: invalid literal")


def test_of_a_message_too_long_the_beginning_and_the_end_are_kept(journal: Journal, log: logging.Logger) -> None:
    log.info("begin %s end", "å" * 100_000)
    message = journal.entry()["MESSAGE"]
    assert len(message.encode()) <= MOST_TEXT
    assert message.startswith("begin ")
    assert message.endswith(" end")


def test_without_a_journal_lines_with_their_level_go_to_stderr(
    log: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    log.error("first\nfake", exc_info=ValueError("second"))
    assert capsys.readouterr().err == "<3>first\\nfake\n<3>ValueError: second\n"


def test_the_journal_is_found_behind_the_stream_that_systemd_names(tmp_path: Path) -> None:
    with (tmp_path / "stream").open("w") as stream:
        found = os.fstat(stream.fileno())
        named = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
        assert started_by_systemd(stream.fileno(), named)
        assert not started_by_systemd(stream.fileno(), {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino + 1}"})
        assert not started_by_systemd(stream.fileno(), {})
    assert not started_by_systemd(-1, named)
