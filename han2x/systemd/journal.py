"""Edge: log records for systemd's journal, with its levels and with fields that `journalctl` can filter by.

The protocol is systemd's "Native Journal Protocol" (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/).
"""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from han2x.printable import PrintableFormatter, printable

JOURNAL: Final = Path("/run/systemd/journal/socket")
IDENTIFIER: Final = "han2x"
MOST_TEXT: Final = 16_000
"""Octets of a message that are kept; the journal's socket takes no datagram of any length."""

EXTRA_FIELDS: Final[Mapping[str, str]] = {"meter": "HAN2X_METER", "problem": "HAN2X_PROBLEM"}
"""What a caller gives with `extra=`, and the journal's field for it."""


def started_by_systemd(stream: int = 2, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether this file descriptor is the journal's, as systemd.exec(5) says under `$JOURNAL_STREAM`."""
    try:
        found = os.fstat(stream)
    except OSError:
        return False
    return environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


class JournalHandler(logging.Handler):
    """Sends records to the journal; while it cannot be reached, lines with a level (sd-daemon(3)) go to stderr."""

    def __init__(self, path: Path = JOURNAL) -> None:
        super().__init__()
        self.setFormatter(PrintableFormatter())
        self._path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(0.5)

    def emit(self, record: logging.LogRecord) -> None:
        """Called by logging."""
        try:
            text = self.format(record)
            try:
                self._socket.sendto(b"".join(_fields(record, text)), self._path)
            except OSError:
                sys.stderr.write("".join(f"<{_priority(record.levelno)}>{line}\n" for line in text.splitlines()))
        except Exception:  # noqa: BLE001 - logging's own way: a record that cannot be shown is told of, not raised
            self.handleError(record)

    def close(self) -> None:
        """Called by logging."""
        self._socket.close()
        super().close()


def _fields(record: logging.LogRecord, text: str) -> Iterator[bytes]:
    yield _field("MESSAGE", _shortened(text))
    yield _field("PRIORITY", str(_priority(record.levelno)))
    yield _field("SYSLOG_IDENTIFIER", IDENTIFIER)
    yield _field("LOGGER", record.name)
    yield _field("CODE_FILE", record.pathname)
    yield _field("CODE_LINE", str(record.lineno))
    yield _field("CODE_FUNC", record.funcName)
    for attribute, name in EXTRA_FIELDS.items():
        if (value := getattr(record, attribute, None)) is not None:
            yield _field(name, _shortened(printable(str(value))))


def _field(name: str, value: str | None) -> bytes:
    octets = (value or "").encode(errors="replace")
    if b"\n" not in octets:
        return name.encode() + b"=" + octets + b"\n"
    return name.encode() + b"\n" + len(octets).to_bytes(8, "little") + octets + b"\n"


def _shortened(text: str) -> str:
    """The text, or its beginning and its end: a traceback tells most there."""
    if len(text.encode(errors="replace")) <= MOST_TEXT:
        return text
    half = MOST_TEXT // 8  # a character has up to four octets
    return f"{text[:half]}\n[…]\n{text[-half:]}"


def _priority(level: int) -> int:
    """syslog(3)'s number for a level of logging."""
    if level >= logging.CRITICAL:
        return 2
    if level >= logging.ERROR:
        return 3
    if level >= logging.WARNING:
        return 4
    return 6 if level >= logging.INFO else 7
