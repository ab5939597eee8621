"""Who changes something. Whatever acts for somebody sets `acting`; the record of changes reads it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from typing import Final


class ActorKind(Enum):
    """What kind of somebody it is; the value is what files and the API have."""

    GATEWAY = "gateway"
    """The program itself, as when it takes back what nobody confirmed."""
    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - a kind, no token
    VISITOR = "visitor"
    """A browser that is not logged in, as one that sets the first password."""
    MODBUS = "modbus"
    MODBUS_TLS = "modbus-tls"
    COMMAND = "command"
    BUTTON = "button"
    FILE = "file"
    """Whoever edited the settings file."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody. `name` is a token's name, a certificate's subject, or the short id of a session; `address` its host."""

    kind: ActorKind
    name: str = ""
    address: str = ""


GATEWAY: Final = Actor(ActorKind.GATEWAY)
FILE: Final = Actor(ActorKind.FILE)

ACTIONS: Final = frozenset((
    "backup", "capture", "capture-downloaded", "factor", "factory-reset", "history-deleted", "history-restored",
    "hostname", "keys", "login", "meter-added", "meter-removed", "network", "network-confirmed", "network-taken-back",
    "password-changed", "password-reset", "password-set", "reach-confirmed", "reach-expired", "reach-interrupted",
    "reach-rolled-back", "reach-tried", "restart", "restore", "sessions-ended", "setting", "settings-file",
    "token-added", "token-removed", "upgrade-acknowledged",
))  # fmt: skip
"""What may be recorded; the page has a word for each."""

acting: ContextVar[Actor] = ContextVar("acting", default=GATEWAY)
"""For whom the running task, or thread that it began, acts."""


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """Within, `actor` is the one who acts, also in tasks and threads that begin there."""
    before = acting.set(actor)
    try:
        yield
    finally:
        acting.reset(before)
