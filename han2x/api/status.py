"""What `han2x status` reports."""

from __future__ import annotations

from han2x.api.base import Answer, Seconds, UtcTime
from han2x.api.listeners import Listener
from han2x.api.live import MeterStatus
from han2x.api.modbus import Modbus


class Status(Answer, frozen=True, kw_only=True):
    """How the gateway stands. `web` has the page's addresses; `storage` says what a restart would lose, and why.

    `fingerprint` is the SHA-256 of the page's certificate, "" while HTTPS is not served.
    """

    version: str
    uptime_s: Seconds
    time: UtcTime
    modbus: Modbus
    listeners: list[Listener]
    meters: list[MeterStatus]
    web: list[str]
    fingerprint: str = ""
    storage: list[str]
