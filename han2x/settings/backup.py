"""The settings as a file to keep elsewhere, with or without the secrets, and the way back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from han2x.atomic_file import follow, locked, replace_whole, write_whole
from han2x.faults import because
from han2x.settings.edit import keep_copy, rewritten, set_values
from han2x.settings.errors import KeyPath, SettingsError, SettingsProblem
from han2x.settings.load import check, last_good_path, load, parse_document, read_text
from han2x.settings.rules import shown, toml_text
from han2x.settings.schema import METERS, ROWS, PanelSettings, Settings, rows_of

_SECRETS: Final = {section: keys for section in ROWS if (keys := [row.key for row in rows_of(section) if row.secret])}
_KEYS: Final = _SECRETS[METERS]
_BELONGS_TO: Final = {"mqtt": ("broker", "user")}
"""Settings that a secret of a section goes with: for others it is not kept."""


def backup(path: Path, *, secrets: bool) -> str:
    """The file's text, comments and all; without `secrets` the keys are left out.

    Raises:
        SettingsError: the file cannot be read, or keys cannot be taken out of it.
    """
    text = read_text(path)
    if secrets:
        return text
    wanted = parse_document(text, path)
    meters = wanted.get(METERS, [])
    if not isinstance(meters, list) or not all(isinstance(meter, dict) for meter in meters):
        # Whatever it is, there may be a key in it.
        raise SettingsError(path, [SettingsProblem.at((METERS,), f"{METERS} is {shown(meters)}: ", "not-a-list")])
    for section in _BELONGS_TO:
        if not isinstance(wanted.get(section, {}), dict):
            raise SettingsError(path, [SettingsProblem.at((section,), f"[{section}] is no table: ", "not-a-table")])
    _take_secrets(wanted)
    return rewritten(text, path, _take_secrets, wanted)


def preview_restore(path: Path, toml: str) -> Settings:
    """What would be in force after `restore`.

    Raises:
        SettingsError: it is not TOML, or something in it is not allowed.
    """
    document = parse_document(toml, path)
    settings, problems = check(_with_secrets(document, _kept_secrets(path)))
    if problems:
        raise SettingsError(path, problems)
    return settings


def restore(path: Path, toml: str) -> Settings:
    """Put a backup in place of the file. A meter whose keys are not in it keeps those that it has, and the same user at
    the same broker the password.

    Raises:
        SettingsError: as `preview_restore`, or the file cannot be written.
    """
    preview_restore(path, toml)
    kept, document = _kept_secrets(path), parse_document(toml, path)
    missing: dict[KeyPath, str] = dict(_missing(path, document))
    for index, meter in enumerate(document.get(METERS, [])):
        for key, value in kept.get(meter.get("unit", 1), {}).items():
            if "encryption_key" not in meter:
                missing[(METERS, index, key)] = value
    target = follow(path)
    try:
        with locked(target.parent):
            replace_whole(target, toml.encode())
            keep_copy(path, toml)
    except OSError as error:
        raise SettingsError(path, [SettingsProblem.at((), "", "settings-unwritable", **because(error))]) from error
    return set_values(path, missing) if missing else load(path)


def forget(path: Path, panel: PanelSettings | None = None) -> None:
    """Remove the file and every copy of it, but for the lights and the button that there are: a factory reset.

    Raises:
        OSError: one of them cannot be removed.
    """
    copies = (last_good_path(path), *path.parent.glob(f"{path.name}.damaged-*"))
    wires = {row.key: getattr(panel, row.key) for row in rows_of("panel")} if panel is not None else {}
    lines = [f"{key} = {toml_text(value)}" for key, value in wires.items() if value]
    if not lines:
        copies = (path, *copies)
    for each in copies:
        each.unlink(missing_ok=True)
    if lines:
        write_whole(path, "\n".join(["# Settings of han2x.", "[panel]", *lines, ""]).encode())


def _take_secrets(document: Mapping[str, Any]) -> None:
    for section, keys in _SECRETS.items():
        tables = document.get(section, [])
        for table in tables if section == METERS else [tables] if tables else []:
            for key in keys:
                table.pop(key, None)


def _missing(path: Path, document: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """The secrets outside the meters that the file has and this document does not, where they still belong."""
    try:
        known = load(path)
    except SettingsError:
        return
    for section, names in _BELONGS_TO.items():
        table, old = document.get(section, {}), getattr(known, section)
        if not isinstance(table, dict) or any(table.get(name, "") != getattr(old, name) for name in names):
            continue
        for key in _SECRETS[section]:
            if key not in table and getattr(old, key):
                yield (section, key), getattr(old, key)


def _kept_secrets(path: Path) -> dict[int, dict[str, str]]:
    """The keys of each meter by its unit id, from the file that is there; none when that one is no good."""
    try:
        meters = load(path).meters
    except SettingsError:
        return {}
    found = {meter.unit: {key: str(getattr(meter, key)) for key in _KEYS} for meter in meters}
    return {unit: {key: value for key, value in keys.items() if value} for unit, keys in found.items()}


def _with_secrets(document: Mapping[str, Any], kept: Mapping[int, Mapping[str, str]]) -> dict[str, Any]:
    meters = document.get(METERS)
    if not isinstance(meters, list):
        return dict(document)
    merged = [
        {**kept.get(meter.get("unit", 1), {}), **meter}
        if isinstance(meter, dict) and "encryption_key" not in meter
        else meter
        for meter in meters
    ]
    return {**document, METERS: merged}
