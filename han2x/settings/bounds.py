"""How large a settings file may be, checked before any parser of TOML sees it.

Both parsers build a table for each part of a dotted key and descend into each bracket, so that some kilobytes of
`a.a.a…=1` or `[[[[…` would cost them gigabytes, minutes or the stack. One pass over the text, which copies none of it,
counts what they would build.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from han2x.settings.faults import SettingsFault

LARGEST_FILE: Final = 256 * 1024
"""In octets, as UTF-8."""
MOST_KEYS: Final = 16_400
"""Keys, sections and lists in a file. The largest sensible one has some 3500: 247 meters with every key."""
MOST_PARTS: Final = 8
"""Parts of a dotted key. Settings need three."""
DEEPEST: Final = 8
"""Brackets within brackets. Settings need three."""

# Strings and comments are skipped whole, as TOML 1.0 reads them: of the quotation marks that end a multi-line string up
# to two belong to it. One that does not end goes on to the end of the text, or of the line: there a parser stops.
# No group is repeated in one of these patterns: that takes memory for each time, and without going back (`*+`) some
# releases of Python 3.11 lose their place.
_TOKEN: Final = re.compile(r'''"""|\'\'\'|"|\'|\#[^\n]*|[][{}.=,\n]''')
_END: Final = {
    '"""': re.compile(r'\\.|"{3,5}', re.DOTALL),
    "'''": re.compile(r"'{3,5}"),
    '"': re.compile(r'\\[^\n]|"|(?=\n)'),
    "'": re.compile(r"'|(?=\n)"),
}


def excess(text: str) -> SettingsFault | None:
    """What of a TOML text is more than settings can need; None when nothing is."""
    if len(text) > LARGEST_FILE or len(text.encode(errors="replace")) > LARGEST_FILE:
        return SettingsFault("settings-too-large", most=LARGEST_FILE // 1024)
    keys = depth = dots = 0
    for mark in _marks(text):
        if mark == ".":
            dots += 1
            if dots >= MOST_PARTS:
                return SettingsFault("toml-too-deep")
        elif mark in "[{]}=,\n":
            dots = 0
            keys += mark in "[{="
            depth = max(0, depth + (mark in "[{") - (mark in "]}"))
            if depth > DEEPEST:
                return SettingsFault("toml-too-deep")
            if keys > MOST_KEYS:
                return SettingsFault("settings-too-many", most=MOST_KEYS)
    return None


def _marks(text: str) -> Iterator[str]:
    """The marks outside strings and comments, of which the latter are among them."""
    place = 0
    while (found := _TOKEN.search(text, place)) is not None:
        place = found.end()
        if (end := _END.get(found[0])) is None:
            yield found[0]
        else:
            place = _after(end, text, place)


def _after(end: re.Pattern[str], text: str, begin: int) -> int:
    """Behind the string that begins there."""
    return next((found.end() for found in end.finditer(text, begin) if not found[0].startswith("\\")), len(text))
