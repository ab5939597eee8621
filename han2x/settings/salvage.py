"""What can be used of settings in which something is not allowed, so that the gateway serves all the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from han2x.settings.errors import KeyPath
from han2x.settings.load import check, conflicts
from han2x.settings.schema import METERS, ROWS, SECTIONS, Settings


def usable(document: Mapping[str, Any]) -> Settings:
    """The settings that a document with mistakes amounts to: defaults for what is not allowed, or does not go together.

    What was not understood may have kept somebody out. So nobody may write a register, and of a page whose settings
    have a mistake no stranger sees the values.
    """
    settings, problems = check(document)
    closed = any(problem.keys[:1] == ("web",) for problem in problems)
    for remedy in _REMEDIES:
        for problem in list(conflicts(settings, set())):
            settings = remedy(settings, problem.keys)
    web = replace(settings.web, live_open=settings.web.live_open and not closed)
    return replace(settings, web=web, modbus=replace(settings.modbus, write="nobody"))


def _without_key(settings: Settings, keys: KeyPath) -> Settings:
    """The setting that is in the way at its default; a meter that has another's unit id is left out."""
    section, key = str(keys[0]), str(keys[-1])
    if key == "unit":
        return _without_section(settings, keys)
    return _replaced(settings, keys, lambda old: replace(old, **{key: ROWS[section][key].default}))


def _without_section(settings: Settings, keys: KeyPath) -> Settings:
    if keys[0] == METERS:
        meters = tuple(meter for place, meter in enumerate(settings.meters) if place != keys[1])
        return replace(settings, meters=meters or Settings().meters)
    return _replaced(settings, keys, lambda _old: SECTIONS[str(keys[0])]())


def _replaced(settings: Settings, keys: KeyPath, change: Callable[[Any], Any]) -> Settings:
    if keys[0] != METERS:
        return replace(settings, **{str(keys[0]): change(getattr(settings, str(keys[0])))})
    meters = list(settings.meters)
    if int(keys[1]) < len(meters):
        meters[int(keys[1])] = change(meters[int(keys[1])])
    return replace(settings, meters=tuple(meters))


_REMEDIES: Final = (_without_key, _without_section, lambda _settings, _keys: Settings())
"""What is tried one after the other, as long as something does not go together."""
