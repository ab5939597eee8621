"""What an upgrade left behind that was taken back by itself: the note of it that the package writes.

Its first line is a sentence for people, and what follows is NAME=VALUE: `failed` and `runs` are versions, `at` is the
second since 1970, and `what` is what did not work, as "modbus:502", "page:80", "service" or "settings".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from han2x import faults
from han2x.regular_file import read_beginning

FAULTS: Final[Mapping[str, str]] = {
    "upgrade-service": "it did not start, or did not stay",
    "upgrade-modbus": "it did not answer Modbus on port {port}",
    "upgrade-page": "it did not serve the page on port {port}",
    "upgrade-page-https": "it did not serve the page with HTTPS on port {port}",
    "upgrade-settings": "it cannot use the settings that there are",
    "upgrade-unknown": "why is in the journal only",
}
"""Why a version was taken back."""

_LARGEST: Final = 4096
_LONGEST: Final = 64
_LATEST: Final = 253_402_300_799
"""The last second of the year 9999, which is the last that has a date."""
_PROGRAM: Final = Path(__file__).parent


class UpgradeFault(faults.Fault):
    """Why a version was taken back; `code` is one of `FAULTS`."""

    __slots__ = ()
    TEXTS = FAULTS


@dataclass(frozen=True, slots=True)
class TakenBack:
    """An upgrade that was taken back: which version failed, which one runs in its place, when (seconds since 1970), and
    why.
    """

    failed: str
    runs: str
    at: int
    fault: faults.Fault

    def __str__(self) -> str:
        return f"version {self.failed} was taken back: {self.fault}; version {self.runs} runs in its place"


def note_path(program: Path = _PROGRAM) -> Path | None:
    """Where the note is while the version that was there before runs, as its folder tells; None while another one does.

    The package keeps that version in BASE/before/program, and the note in BASE/returned.
    """
    return program.parents[2] / "returned" if program.parts[-3:-1] == ("before", "program") else None


def taken_back(path: Path | None) -> TakenBack | None:
    """What the note at this path tells; None where there is none, or none that is understood. Waits for the disk."""
    if path is None:
        return None
    try:
        text = read_beginning(path, _LARGEST).decode(errors="replace")
    except (OSError, ValueError):
        return None
    told = dict(line.split("=", 1) for line in text.splitlines()[1:] if "=" in line)
    failed, runs, at = (told.get(name, "")[:_LONGEST] for name in ("failed", "runs", "at"))
    if not failed or not runs or not (at.isascii() and at.isdigit()) or int(at) > _LATEST:
        return None
    return TakenBack(failed, runs, int(at), _fault(told.get("what", "")))


def _fault(what: str) -> UpgradeFault:
    kind, _, port = what.partition(":")
    code = f"upgrade-{kind}"
    text = FAULTS.get(code)
    if text is None or ("{port}" in text) != (port.isascii() and port.isdigit() and len(port) <= len("65535")):
        return UpgradeFault("upgrade-unknown")
    return UpgradeFault(code, port=int(port)) if port else UpgradeFault(code)
