"""What can be wrong with the history on the disk: by a code that a page translates, and in plain English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from han2x import faults

FAULTS: Final[Mapping[str, str]] = {
    "history-not-written": "{file} cannot be written; what is new is in memory only, and lost at a restart: {reason}",
    "history-lost": "{file} could not be written for so long that the oldest of what was new is lost: {reason}",
}
"""What keeps the history from the disk."""
ASKED_FAULTS: Final[Mapping[str, str]] = {
    "history-too-long": "this range has more than {most} steps; ask for a shorter one, or for longer steps",
}
"""What can be wrong with a question."""

BACKUP_FAULTS: Final[Mapping[str, str]] = {
    "history-not-packed": "this file is no gzip file, or it is damaged",
    "history-not-a-backup": "this file is no backup of a history",
    "history-backup-newer": "this backup is of a newer program",
    "history-backup-too-large": "this backup holds more than {most} MiB",
    "history-backup-row": "the backup has something that no history has, at line {line} or soon after it",
}
"""What can be wrong with a backup."""


class HistoryFault(faults.Fault):
    """One thing that is wrong; `code` is one of these tables."""

    __slots__ = ()
    TEXTS = MappingProxyType({**FAULTS, **ASKED_FAULTS, **BACKUP_FAULTS})


class BackupError(Exception):
    """A backup cannot be taken; `fault` says why."""

    def __init__(self, code: str, **values: object) -> None:
        self.fault = HistoryFault(code, **values)
        super().__init__(str(self.fault))
