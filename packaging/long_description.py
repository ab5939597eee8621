"""README as PyPI shows it: there a link into the repository leads nowhere."""

from __future__ import annotations

import re
from typing import Final

_LINK: Final = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?://|#)([^)\s]+)\)")
_PICTURES: Final = re.compile(r"(?:<img [^>]*> *)+\n\n?")
_WHERE: Final = "The documents that are named here are in the source distribution, and in han2x's repository.\n"


def long_description(readme: str, base: str = "") -> str:
    """The text with absolute links, where `base` is the address of the repository's files; without one, with the names
    of the files in place of links to them. Pictures are left out.
    """
    text = _PICTURES.sub("", readme)
    if base:
        return _LINK.sub(lambda link: f"[{link[1]}]({base.rstrip('/')}/{link[2]})", text)
    return f"{_LINK.sub(_named, text).rstrip()}\n\n{_WHERE}"


def _named(link: re.Match[str]) -> str:
    file = link[2].partition("#")[0]
    return file if link[1] == file else f"{link[1]} ({file})"
