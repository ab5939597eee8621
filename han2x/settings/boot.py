"""Reading the settings file when the gateway starts, good or not, and when a person wants it read again.

At boot nobody may be there to mend the file, so that the gateway always starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from han2x.atomic_file import follow, set_aside, write_whole
from han2x.port_name import PortNameFault
from han2x.settings.errors import DamagedFileError, SettingsError, SettingsProblem
from han2x.settings.faults import SettingsFault
from han2x.settings.known import KnownFile
from han2x.settings.load import check, last_good_path, load, parse_document, read_document, read_text
from han2x.settings.salvage import usable
from han2x.settings.schema import Settings

MENDED: Final = "Once it is mended, have it read again: sudo systemctl reload han2x."
_DAMAGED_KEPT: Final = 5


class Outcome(Enum):
    """What the gateway runs with when something is wrong; the value is what the API has."""

    COPY_NOT_KEPT = "copy-not-kept"
    """The file, of which no last good copy could be kept."""
    LAST_GOOD = "last-good"
    DEFAULTS = "defaults"
    WITHOUT_PORT = "without-port"
    """The file, with no serial port where its own is refused."""
    USABLE_PART = "usable-part"
    """What of the file can be used, and defaults for the rest."""
    AS_BEFORE = "as-before"
    """What was in force before the file was to be read again."""


@dataclass(frozen=True, slots=True)
class Report:
    """What there is to tell of the settings file: all of it in plain English, and its mistakes one by one. `aside` is
    where a file that could not be left in its place is now.
    """

    outcome: Outcome
    text: str
    problems: tuple[SettingsProblem, ...] = ()
    aside: str = ""

    def __str__(self) -> str:
        return self.text


def load_or_set_aside(path: Path, known: KnownFile | None = None) -> tuple[Settings, Report | None]:
    """Read the settings at boot, when nobody may be there to mend them. Returns them and what there is to report.

    Settings that load are remembered as `<file>.last-good`, and noted in `known`. When they do not load:

    * A damaged file (not TOML, emptied while a last good copy has content, or with a bit that nobody wrote) is set
      aside as `<file>.damaged-<UTC>`, and the last good settings take its place; where there are none the defaults are
      used.
    * A file where only serial ports are not allowed, as after an update that allows fewer, is used without these.
    * A file with other values that are not allowed is somebody's own words: it stays where it is, and the last good
      settings are used until it is mended. Where there are none, what of it can be used is, and nobody may write.
    """
    known = known or KnownFile(path)
    if known.is_damaged(on_request=False):
        return _replace_damaged(path, known, _problem(path, "settings-flipped"))
    try:
        settings = load(path)
        if not _emptied(path):
            return settings, remember(path, known)
        error: SettingsError = _problem(path, "settings-emptied")
    except DamagedFileError as damaged:
        error = damaged
    except SettingsError as refusal:
        return _without(path, known, refusal)
    return _replace_damaged(path, known, error)


def load_on_request(path: Path, known: KnownFile) -> Settings:
    """Read the settings again because a person wants it; `remember` them once they are in force.

    A file that is damaged makes way for the last good one.

    Raises:
        SettingsError: they cannot be used, or the file was damaged; what is in force should stay so.
    """
    report = mend(path, known)
    if report is not None:
        raise SettingsError(path, [SettingsProblem((), SettingsFault("settings-flipped"), str(report))])
    return load(path)


def mend(path: Path, known: KnownFile) -> Report | None:
    """Put the last good settings in place of a file that a medium has changed, before anyone builds on it.

    Returns what there is to report, None for a file that is not damaged.
    """
    if not known.is_damaged(on_request=True):
        return None
    return _replace_damaged(path, known, _problem(path, "settings-flipped"))[1]


def known_settings(known: KnownFile) -> Settings | None:
    """The settings that the file last had by our own hand or with our consent; None when they are not known."""
    text = known.text
    if text is None:
        return None
    try:
        settings, problems = check(parse_document(text.removeprefix("\ufeff"), known.path))
    except SettingsError:
        return None
    return None if problems else settings


def remember(path: Path, known: KnownFile) -> Report | None:
    """Keep the file, which is good, as the last good one, and note it in `known`."""
    known.note()
    try:
        if path.exists():
            write_whole(last_good_path(path), path.read_bytes())
    except OSError as error:
        text = f"{path}: no last good copy could be kept: {error.strerror}"
        return Report(Outcome.COPY_NOT_KEPT, text)
    return None


def _emptied(path: Path) -> bool:
    return path.exists() and not read_text(path).strip() and _has_content(last_good_path(path))


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _last_good(path: Path, known: KnownFile) -> tuple[Settings, bytes] | None:
    """The last settings that were good, with their file: from what is known of it, else from the copy beside it."""
    settings, copy = known_settings(known), last_good_path(path)
    if settings is not None:
        return settings, (known.text or "").encode()
    try:
        return (load(copy), copy.read_bytes()) if copy.exists() else None
    except (SettingsError, OSError):
        return None


def _without(path: Path, known: KnownFile, refusal: SettingsError) -> tuple[Settings, Report]:
    """What to run with while the file is there and cannot be used as it is."""
    if all(isinstance(problem.fault, PortNameFault) for problem in refusal.problems):
        text = f"{refusal}\nRunning without a port there, and with all other settings of the file.\n{MENDED}"
        return check(read_document(path))[0], Report(Outcome.WITHOUT_PORT, text, refusal.problems)
    last_good = _last_good(path, known)
    if last_good is not None:
        text = f"{refusal}\nRunning with the last good settings, {last_good_path(path)}.\n{MENDED}"
        return last_good[0], Report(Outcome.LAST_GOOD, text, refusal.problems)
    try:
        settings = usable(read_document(path))
    except SettingsError:
        text = f"{refusal}\nRunning with the default settings.\n{MENDED}"
        return Settings(), Report(Outcome.DEFAULTS, text, refusal.problems)
    text = f"{refusal}\nRunning with the rest of the settings; until this is mended nobody may write.\n{MENDED}"
    return settings, Report(Outcome.USABLE_PART, text, refusal.problems)


def _replace_damaged(path: Path, known: KnownFile, error: SettingsError) -> tuple[Settings, Report]:
    last_good = _last_good(path, known)
    report = [str(error)]
    moved = ""
    try:
        aside = set_aside(follow(path), keep=_DAMAGED_KEPT, leave_original=last_good is not None)
        moved = str(aside)
        report.append(f"The damaged file is now {aside}.")
        if last_good is not None:
            write_whole(path, last_good[1])
            known.note()
    except OSError as failure:
        report.append(f"It could not be replaced: {failure.strerror}.")
    if last_good is None:
        text = "\n".join([*report, "Running with the default settings."])
        return Settings(), Report(Outcome.DEFAULTS, text, error.problems, moved)
    text = "\n".join([*report, "Running with the last good settings."])
    return last_good[0], Report(Outcome.LAST_GOOD, text, error.problems, moved)


def _problem(path: Path, code: str) -> SettingsError:
    return SettingsError(path, [SettingsProblem.at((), "", code)])
