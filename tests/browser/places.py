"""The views of the page."""

from __future__ import annotations

from typing import Final

PLACES: Final = {
    "live": ".meter .tile",
    "energy": ".period:not([aria-busy]) .chart-box:visible",
    "registers": ".plain-table td",
    "settings": "form.settings",
    "network": "form",
    "care": ".telegrams li",
    "access": ".tokens + .note",
    "start/adapter": ".step input[type=radio]",
    "start/meter": ".step .facts",
    "start/factor": ".step output",
    "start/network": ".step form",
    "start/clients": ".step code",
    "start/done": ".outcomes a",
    "handover": ".sheet dd",
    "api": ".operation",
}
"""Each view by its name, and something that is there when it is whole."""
