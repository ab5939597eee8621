"""The languages of the page: each has its words in `webui/words/CODE.js`, and its name from the browser. Pure."""

from __future__ import annotations

from typing import Final

LANGUAGES: Final = ("nb", "en", "sv", "da", "de", "fi")
"""By their codes (ISO 639-1), in the order in which they are offered."""
