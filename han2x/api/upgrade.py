"""An upgrade that was taken back by itself."""

from __future__ import annotations

from han2x.api.base import Answer, UtcTime
from han2x.api.listeners import ListenerFault


class TakenBack(Answer, frozen=True, kw_only=True):
    """Which version failed, which one runs in its place, since when, and why."""

    failed: str
    runs: str
    since: UtcTime
    fault: ListenerFault
