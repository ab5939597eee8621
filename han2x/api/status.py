"""What `han2x status` reports."""

from __future__ import annotations

from han2x.api.base import Answer, Seconds, UtcTime
from han2x.api.live import MeterStatus
from han2x.api.modbus import Modbus


class Status(Answer, frozen=True, kw_only=True):
    """How the gateway stands. `web` has the page's addresses; `storage` says what a restart would lose, and why.

    `settings` says what is wrong with the settings file and what is in force instead, "" while it is good.
    """

    version: str
    uptime_s: Seconds
    time: UtcTime
    modbus: Modbus
    meters: list[MeterStatus]
    web: list[str]
    storage: list[str]
    settings: str = ""
