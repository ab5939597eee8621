"""The record of changes on the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from han2x.kept_lines import KeptLines

LARGEST_FILE: Final = 256 * 1024
"""In octets; there are two."""
NEWER: Final = "audit.jsonl"
OLDER: Final = "audit.1.jsonl"


class AuditFile(KeptLines):
    """The record in a directory."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, NEWER, OLDER, LARGEST_FILE)
