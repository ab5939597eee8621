"""How a meter's line stands, as whoever opens it reports."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from han2x.faults import Fault
from han2x.model import Values


class LineState(StrEnum):
    """How a line stands."""

    OPENING = "opening"
    OPEN = "open"
    RECEIVING = "receiving"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class LineStatus:
    """How the line stands: by what name and with what settings it is opened; when it failed, why. The fault of one that
    is open is why telegrams may come in pieces.
    """

    state: LineState
    port: str
    fault: Fault | None = None
    settings: str = ""

    @property
    def reason(self) -> str:
        """Why it failed, in plain English; "" while it has not."""
        return str(self.fault or "")

    @property
    def code(self) -> str:
        """Why it failed, for programs; "" while it has not."""
        return self.fault.code if self.fault else ""

    @property
    def values(self) -> Values:
        """What that code's sentence speaks of."""
        return self.fault.values if self.fault else {}
