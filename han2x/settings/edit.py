"""Changing settings in the file without losing its comments, its order or anything else in it."""

from __future__ import annotations

import contextlib
import copy
import itertools
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any, Final

from han2x.atomic_file import follow, locked, replace_whole
from han2x.faults import because
from han2x.settings.errors import DamagedFileError, KeyPath, SettingsError, SettingsProblem, place, refused, unknown
from han2x.settings.load import check, last_good_path, parse_document, read_text
from han2x.settings.rules import shown
from han2x.settings.schema import METERS, ROWS, SECTIONS, Settings

Value = bool | int | float | str | Sequence[str] | None

_FIRST_LINE: Final = "# Settings of han2x. A key that is not here has its default.\n"


def set_value(path: Path, keys: KeyPath, value: Value) -> Settings:
    """Change one setting in the file, e.g. `("meters", 0, "scaling_factor")`. See `set_values`."""
    return set_values(path, {keys: value})


def set_values(path: Path, changes: Mapping[KeyPath, Value]) -> Settings:
    """Change settings in the file, all or none, and return what the file now says.

    A key path is (section, key), or ("meters", index, key) with the index counted from 0; an index one past the last
    meter adds one. Values are as TOML has them; None takes the key out, so that its default holds. File, section and
    meter are made where missing. The file is replaced whole, and its last good copy with it; nothing is written when
    nothing changes. Mistakes that were in the file before do not prevent a change, new ones do.

    Raises:
        SettingsError: a change is not allowed, the file is damaged, or it cannot be read or written.
    """
    for keys, value in changes.items():
        _check_change(path, keys, value)
    target = follow(path)
    try:
        with locked(target.parent):
            text = read_text(target)
            edited, settings, good = _edited(text, path, changes)
            if edited != text:
                replace_whole(target, edited.encode())
                if good:
                    keep_copy(path, edited)
            return settings
    except OSError as error:
        raise SettingsError(path, [SettingsProblem.at((), "", "settings-unwritable", **because(error))]) from error


def preview_values(path: Path, changes: Mapping[KeyPath, Value]) -> Settings:
    """What the file would say after `set_values`, without writing it. Raises as that does."""
    for keys, value in changes.items():
        _check_change(path, keys, value)
    return _edited(read_text(follow(path)), path, changes)[1]


def edited_text(text: str, path: Path, changes: Mapping[KeyPath, Value]) -> str:
    """What a file with this text would have after `set_values`; `path` is for errors. Raises as that does."""
    return _edited(text, path, changes)[0]


def remove_meter(path: Path, index: int) -> Settings:
    """Take one of the meters out of the file, and return what the file then says.

    Raises:
        SettingsError: it is the last one, or there is none at that index; or as `set_values`.
    """
    target = follow(path)
    try:
        with locked(target.parent):
            edited = _without_meter(read_text(target), path, index)
            settings, _ = check(parse_document(edited, path))
            replace_whole(target, edited.encode())
            keep_copy(path, edited)
            return settings
    except OSError as error:
        raise SettingsError(path, [SettingsProblem.at((), "", "settings-unwritable", **because(error))]) from error


def preview_without_meter(path: Path, index: int) -> Settings:
    """What the file would say after `remove_meter`, without writing it. Raises as that does."""
    return check(parse_document(_without_meter(read_text(follow(path)), path, index), path))[0]


def _without_meter(text: str, path: Path, index: int) -> str:
    wanted = parse_document(text, path)
    meters = wanted.get(METERS, [])
    if not isinstance(meters, list):
        raise SettingsError(path, [SettingsProblem.at((METERS,), f"{METERS} is {shown(meters)}: ", "not-a-list")])
    if not 0 <= index < len(meters) or len(meters) == 1:
        problem = SettingsProblem.at((METERS, index), "", "meter-not-removable", number=index + 1)
        raise SettingsError(path, [problem])
    del meters[index]

    def remove(document: MutableMapping[str, Any]) -> None:
        del document[METERS][index]

    return rewritten(text, path, remove, wanted)


def _check_change(path: Path, keys: KeyPath, value: Value) -> None:
    problem = _refusal(keys, _plain(value))
    if problem:
        raise SettingsError(path, [problem])


def _refusal(keys: KeyPath, value: object) -> SettingsProblem | None:
    if not keys or keys[0] not in SECTIONS:
        return unknown(keys[:1] or ("",))
    if len(keys) != (3 if keys[0] == METERS else 2) or (keys[0] == METERS and not isinstance(keys[1], int)):
        return SettingsProblem.at(keys, "", "no-setting-path", path=keys)
    row = ROWS[str(keys[0])].get(str(keys[-1]))
    if row is None:
        return unknown(keys)
    if value is None:
        return None
    try:
        row.rule.parse(value)
    except ValueError as error:
        return refused(keys, row, value, error)
    return None


def _plain(value: Value) -> object:
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value


def keep_copy(path: Path, text: str) -> None:
    """Have this as the last good copy too, where there is one; for who holds the directory's lock."""
    # Without this a file damaged much later would bring back the values of the last boot, the scaling factor's too.
    copy_of_last_good = last_good_path(path)
    with contextlib.suppress(OSError):
        if copy_of_last_good.exists():
            replace_whole(copy_of_last_good, text.encode())


def _edited(text: str, path: Path, changes: Mapping[KeyPath, Value]) -> tuple[str, Settings, bool]:
    before = parse_document(text, path)
    wanted = copy.deepcopy(before)
    changes = _without_older(changes)
    _apply(wanted, changes, path)
    settings, problems = check(wanted)
    already = check(before)[1]
    fresh = [problem for problem in problems if problem not in already]
    if fresh:
        raise SettingsError(path, fresh)
    unchanged = _typed(wanted) == _typed(before)
    edited = (
        text if unchanged else rewritten(text or _FIRST_LINE, path, lambda file: _apply(file, changes, path), wanted)
    )
    return edited, settings, not problems


def _typed(value: object) -> object:
    """A part of a document, with the types of its values: 1, 1.0 and true are equal, and yet not written alike."""
    if isinstance(value, dict):
        return {key: _typed(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_typed(each) for each in value]
    return type(value), value


def _without_older(changes: Mapping[KeyPath, Value]) -> Mapping[KeyPath, Value]:
    """Who says who may write has `modbus.read_only`, which would outrank it, taken out."""
    older: KeyPath = ("modbus", "read_only")
    return {older: None, **changes} if ("modbus", "write") in changes else changes


def rewritten(
    text: str, path: Path, change: Callable[[MutableMapping[str, Any]], None], wanted: Mapping[str, Any]
) -> str:
    """The text of a whole TOML document after a change that leaves its comments alone, and makes it say `wanted`.

    Raises:
        SettingsError: its layout is one that cannot be changed.
    """
    # Only an edit needs tomlkit, and it is slow to load on a small board.
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        change(document)
        edited = tomlkit.dumps(document)
        as_wanted = parse_document(edited, path) == wanted
    except (TOMLKitError, DamagedFileError):
        as_wanted = False
    if not as_wanted:
        # TOML has ways of writing that tomlkit reads well and edits wrongly; a file must not suffer for it.
        raise SettingsError(path, [SettingsProblem.at((), "", "settings-layout")])
    return edited


def _apply(document: MutableMapping[str, Any], changes: Mapping[KeyPath, Value], path: Path) -> None:
    """Make the changes in a plain document or in tomlkit's, which takes plain values and keeps its own layout."""
    for keys, value in changes.items():
        key = str(keys[-1])
        table = _find_table(document, keys)
        if table is None and value is not None:
            _add_table(document, keys, {key: _plain(value)}, path)
        elif isinstance(table, MutableMapping):
            if value is None:
                table.pop(key, None)
            else:
                _put(table, key, _plain(value))
        elif table is not None:
            problem = SettingsProblem.at(keys[:-1], f"{place(keys)} is {shown(table)}: ", "not-a-table")
            raise SettingsError(path, [problem])


def _put(table: MutableMapping[str, Any], key: str, value: object) -> None:
    """Set a key; a new one goes before the blank line and the comment that lead over to the next section."""
    body = getattr(getattr(table, "value", None), "body", [])
    lead_over = _lead_over(body)
    if key in table or not lead_over:
        table[key] = value
        return
    del body[-len(lead_over) :]
    table[key] = value
    body.extend(lead_over)


def _lead_over(body: Sequence[tuple[object, Any]]) -> list[tuple[object, Any]]:
    """What follows the last key of a tomlkit table from the first blank line on."""
    after_keys = list(itertools.takewhile(lambda entry: entry[0] is None, reversed(body)))[::-1]
    return list(itertools.dropwhile(lambda entry: entry[1].as_string().strip(), after_keys))


def _part_from_next(tables: Sequence[Any]) -> None:
    body = getattr(getattr(tables[-1], "value", None), "body", None) if tables else None
    if body is not None and not _lead_over(body):
        from tomlkit import nl

        tables[-1].add(nl())


def _find_table(document: Mapping[str, Any], keys: KeyPath) -> object:
    section: object = document.get(str(keys[0]))
    if keys[0] != METERS or not isinstance(section, list):
        return section
    index = int(keys[1])
    return section[index] if 0 <= index < len(section) else None


def _add_table(document: MutableMapping[str, Any], keys: KeyPath, table: dict[str, object], path: Path) -> None:
    section = str(keys[0])
    present = len(document.get(section, ()))
    if section != METERS:
        document[section] = table
    elif keys[1] != present:
        problem = SettingsProblem.at(keys[:-1], "", "no-such-meter", place=place(keys), present=present)
        raise SettingsError(path, [problem])
    elif METERS in document:
        _part_from_next(document[METERS])
        document[METERS].append(table)
    else:
        document[METERS] = [table]
