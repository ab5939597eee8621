"""The views of the page."""

from __future__ import annotations

from typing import Final

PLACES: Final = {
    "live": ".meter .tile",
    "registers": ".plain-table td",
    "settings": "form.settings",
    "network": "form",
    "care": ".telegrams li",
    "access": ".tokens + .note",
    "api": ".operation",
}
"""Each view by its name, and something that is there when it is whole."""
