"""What `han2x status` reports."""

from __future__ import annotations

from typing import Literal

from msgspec import field

from han2x.api.base import Answer, Seconds, UtcTime
from han2x.api.listeners import Listener
from han2x.api.live import MeterStatus
from han2x.api.modbus import Modbus
from han2x.api.outputs import Output
from han2x.api.upgrade import TakenBack


class PageAccess(Answer, frozen=True, kw_only=True):
    """Who owns the page: somebody ("owned"), nobody yet ("unowned"), or nobody can tell ("locked", and `fault` why).

    Who has no password yet needs the `claim_code` to choose one from elsewhere, but for `open_s` more.
    """

    state: Literal["owned", "unowned", "locked"]
    claim_code: str | None
    open_s: Seconds
    fault: str


class Status(Answer, frozen=True, kw_only=True):
    """How the gateway stands. `web` has the page's addresses; `storage` says what a restart would lose, and why.

    `settings` says what is wrong with the settings file and what is in force instead, "" while it is good.
    `access` is null while there is no page.
    `taken_back` is an upgrade that was, until somebody acknowledges it.
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
    settings: str = ""
    access: PageAccess | None = None
    taken_back: TakenBack | None = None
    outputs: list[Output] = field(default_factory=list)
