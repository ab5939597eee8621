"""How large a settings file may be, checked before any parser of TOML sees it.

Both parsers build a table for each part of a dotted key and descend into each bracket, so that some kilobytes of
`a.a.a…=1` or `[[[[…` would cost them gigabytes, minutes or the stack. One pass over the text, which copies none of it,
counts what they would build.
"""

from __future__ import annotations

import re
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
_TOKEN: Final = re.compile(
    r'''"""(?:[^"\\]|\\.|"{1,2}(?!"))*+(?:"{3,5}|\\?\Z)'''
    r"""|'''(?:[^']|'{1,2}(?!'))*+(?:'{3,5}|\Z)"""
    r"""|"(?:[^"\\\n]|\\[^\n])*+"?"""
    r"""|'[^'\n]*+'?"""
    r"|\#[^\n]*+"
    r"|[][{}.=,\n]",
    re.DOTALL,
)


def excess(text: str) -> SettingsFault | None:
    """What of a TOML text is more than settings can need; None when nothing is."""
    if len(text) > LARGEST_FILE or len(text.encode(errors="replace")) > LARGEST_FILE:
        return SettingsFault("settings-too-large", most=LARGEST_FILE // 1024)
    keys = depth = dots = 0
    for match in _TOKEN.finditer(text):
        mark = match[0]
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
