"""Text from meters and networks, made fit for a terminal, a log line or a file: nothing in it acts, all of it shows.

An escape sequence in a meter's id would otherwise command the terminal of whoever reads it, and a line break would
write log lines of its own. Pure, but for the formatter that logging calls.
"""

from __future__ import annotations

import json
import logging
from types import TracebackType


def printable(text: str, *, keep: str = "") -> str:
    r"""The text with every character that does not print written as Python does: \x1b, \n, \u202e.

    What is in `keep` stays as it is. A backslash stays one.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or each in keep else _escaped(each) for each in text)


def printable_json(text: str) -> str:
    """JSON text with every character that does not print written as JSON's own escapes: the same JSON."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in text)


class PrintableFormatter(logging.Formatter):
    """The last net: whatever a log message was made from, it stays one line, and nothing in it acts."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Called by logging."""
        record.message = printable(record.message)
        return super().formatMessage(record)

    def formatException(  # noqa: N802 - logging's name
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        """Called by logging; a traceback keeps its lines."""
        return printable(super().formatException(ei), keep="\n")


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
