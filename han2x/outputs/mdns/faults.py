"""Why the gateway is not announced: by a code that a page translates, and in plain English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from han2x import faults

FAULTS: Final[Mapping[str, str]] = {
    "announce-no-bus": "this computer has no system message bus (D-Bus), so the gateway is not announced",
    "announce-no-avahi": "Avahi does not run on this computer, so the gateway is not announced",
    "announce-refused": "Avahi does not announce the gateway: {reason}",
}


class MdnsFault(faults.Fault):
    """Why it is not announced; `code` is one of `FAULTS`."""

    __slots__ = ()
    TEXTS = FAULTS


class MdnsError(Exception):
    """It cannot be announced now."""

    def __init__(self, fault: MdnsFault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class CollisionError(MdnsError):
    """Something else on this computer has the name."""
