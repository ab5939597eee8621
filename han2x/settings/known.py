"""What the gateway knows of its settings file: the text that it last wrote or took, and when that was written.

The text is kept apart from the file, so that a bit that flipped on the medium is told from an edit by hand: nobody's
editor leaves a file's time as it was, and hardly any edit is a single bit.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from han2x.atomic_file import follow
from han2x.settings.bounds import LARGEST_FILE
from han2x.settings.load import last_good_path


class Document(Protocol):
    """Where it is kept: a checked document of the state directory."""

    def load(self) -> Mapping[str, Any] | None:
        """What was saved last; None when there is nothing that can be used."""

    def save(self, data: Mapping[str, Any]) -> None:
        """Keep this; raises OSError when it cannot be kept."""

    def forget(self) -> None:
        """Keep nothing."""


class KnownFile:
    """The settings file at `path` as it is known. Without a `document`, or with an empty one, nothing is known of it.

    All of it waits for the disk.
    """

    def __init__(self, path: Path, document: Document | None = None) -> None:
        self.path = path
        self._document = document

    @property
    def text(self) -> str | None:
        """The text that the file last had by our own hand or with our consent; None when it is not known."""
        noted = self._noted()
        return None if noted is None else noted[0].decode()

    def is_damaged(self, *, on_request: bool) -> bool:
        """Whether the file differs from what is known as only a medium changes it.

        `on_request` is for a person who asks for the file to be read: then a single bit may be that person's own edit,
        as it is from 1000 to 3000, provided that the file has been written since.
        """
        noted, found = self._noted(), _read(self.path)
        if noted is None or found is None or found[0] == noted[0]:
            return False
        copy = _read(last_good_path(self.path))
        if copy is not None and copy[0] == found[0]:
            return False  # we wrote both, and had no time to note it: no medium changes two files alike
        return found[1] == noted[1] or (not on_request and _differ_by_one_bit(found[0], noted[0]))

    def note(self) -> None:
        """Take the file as known as it is now."""
        if self._document is None:
            return
        found = _read(self.path)
        try:
            if found is not None:
                self._document.save({"text": found[0].decode(), "mtime_ns": found[1]})
                return
        except (OSError, UnicodeDecodeError):
            pass  # better to know nothing than to hold what the file was before against it
        self._document.forget()

    def _noted(self) -> tuple[bytes, int] | None:
        kept = (self._document.load() if self._document is not None else None) or {}
        text, mtime_ns = kept.get("text"), kept.get("mtime_ns")
        if not isinstance(text, str) or not isinstance(mtime_ns, int):
            return None
        return text.encode(), mtime_ns


def _read(path: Path) -> tuple[bytes, int] | None:
    """Content and time of a file; None when there is none, or none that could be settings."""
    try:
        with follow(path).open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
            return (content, os.fstat(file.fileno()).st_mtime_ns) if len(content) <= LARGEST_FILE else None
    except OSError:
        return None


def _differ_by_one_bit(one: bytes, other: bytes) -> bool:
    return len(one) == len(other) and (int.from_bytes(one) ^ int.from_bytes(other)).bit_count() == 1
