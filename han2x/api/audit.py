"""Who changed what."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from han2x.api.base import Answer, Request, Scalar, UtcTime


class AuditQuery(Request, frozen=True):
    """How many of the last changes."""

    most: Annotated[int, Meta(ge=1, le=5000)] = 200


class RecordedChange(Answer, frozen=True, kw_only=True):
    """One change: by whom, to what, from what, to what.

    `actor` is gateway, session, token, visitor, modbus, modbus-tls, command, button or file (whoever edited the
    settings file); `name` that of the token, the subject of the certificate or the short id of the session; `address`
    the host. `action` is a code like "setting" or "factor", `what` a path or name. Of a secret the values are "set",
    "not set" or "changed"; null stands for nothing. `times` is more than 1 for a sum of changes that repeated too often
    to be recorded one by one: by whoever was the last, from the first value to the last.
    """

    time: UtcTime
    actor: str
    name: str
    address: str
    action: str
    what: str
    before: Scalar | None
    after: Scalar | None
    times: int = 1


class Audit(Answer, frozen=True, kw_only=True):
    """The last changes, the newest first; and how many lines of the record are damaged, which are left out."""

    entries: list[RecordedChange]
    damaged: int
