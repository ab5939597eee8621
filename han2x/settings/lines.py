"""On which line of the settings file a mistake is, for whoever has the file open in an editor.

Nothing here reads TOML itself: what a file's first lines say, the library says, and the line from which on a key is
there is looked for by halves. Lines within a value of several lines say nothing by themselves.
"""

from __future__ import annotations

import tomllib
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from han2x.settings.errors import KeyPath, SettingsProblem

_MOST_READ: Final = 1 << 20
"""Characters that are parsed for one file in all; a line that is not found by then stays unknown."""


def located(text: str, problems: Iterable[SettingsProblem]) -> tuple[SettingsProblem, ...]:
    """The problems, each with its line in this text, which is TOML, as far as that can be found."""
    lines = _Lines(text)
    return tuple(replace(problem, line=lines.of(problem.keys)) for problem in problems)


class _Lines:
    def __init__(self, text: str) -> None:
        self._lines = text.replace("\r\n", "\n").split("\n")
        self._read: dict[int, Mapping[str, Any] | None] = {}
        self._left = _MOST_READ

    def of(self, keys: KeyPath) -> int | None:
        """The line on which this begins to be there, the first being 1; None where it is not, or not found."""
        before, after = 0, len(self._lines)
        if not keys or not _has(self._first(after), keys):
            return None
        while after - before > 1:
            middle = (before + after) // 2
            whole = next((each for each in range(middle, after) if self._first(each) is not None), None)
            if self._left < 0:
                return None
            if whole is None or _has(self._first(whole), keys):
                after = middle
            else:
                before = whole
        return before + 1

    def _first(self, count: int) -> Mapping[str, Any] | None:
        """What the first lines say; None where they end within a value."""
        if count not in self._read and self._left >= 0:
            text = "\n".join(self._lines[:count])
            self._left -= len(text)
            try:
                self._read[count] = tomllib.loads(text)
            except tomllib.TOMLDecodeError:
                self._read[count] = None
        return self._read.get(count)


def _has(document: Any, keys: KeyPath) -> bool:  # noqa: ANN401 - a parsed document
    for key in keys:
        if key not in _places(document):
            return False
        document = document[key]
    return True


def _places(found: object) -> Container[str | int]:
    if isinstance(found, dict):
        return found
    return range(len(found)) if isinstance(found, list) else ()
