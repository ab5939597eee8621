"""How a meter's line stands, as whoever opens it reports."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LineState(StrEnum):
    """How a line stands."""

    OPENING = "opening"
    OPEN = "open"
    RECEIVING = "receiving"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class LineStatus:
    """How the line stands: by what name and with what settings it is opened; when it failed, why, in plain words."""

    state: LineState
    port: str
    reason: str = ""
    settings: str = ""
