"""Who is logged in. Sessions are kept here and not in the cookie, so that one which is ended is ended everywhere.

The cookie holds nothing but a random number, of which only the hash is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import msgspec

MOST_SESSIONS: Final = 32
LONGEST_S: Final = 7 * 86400
IDLE_S: Final = 86400
TOKEN_OCTETS: Final = 32
SHORT_ID: Final = 8
LONGEST_CLIENT: Final = 64


@dataclass(slots=True, eq=False)
class Session:
    """One browser that is logged in. `csrf` must come back with every request that changes something; `id` tells it
    from others and opens nothing; `client` is the address that it logged in from, "" where that is not known.
    """

    began: float
    used: float
    csrf: str = field(default="", repr=False)
    id: str = ""
    client: str = ""


class _Kept(msgspec.Struct, frozen=True):
    """A session on the disk: the hash of its token, and when it began and was last used by the wall clock."""

    hash: str
    began: float
    used: float
    client: Annotated[str, msgspec.Meta(max_length=LONGEST_CLIENT)] = ""


class _Document(msgspec.Struct, frozen=True):
    """All of them. `owner` says whose they are, `saved` when they were written."""

    owner: str
    saved: float
    sessions: Annotated[list[_Kept], msgspec.Meta(max_length=MOST_SESSIONS)]


class Sessions:
    """The sessions by the hash of their token. When there are too many, the one unused for longest ends."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._sessions: dict[str, Session] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def begin(self, client: str = "") -> str:
        """A new session of this address; returns the token for its cookie."""
        now = self._clock()
        self._drop_old(now)
        while len(self._sessions) >= MOST_SESSIONS:
            del self._sessions[min(self._sessions, key=lambda each: self._sessions[each].used)]
        token = secrets.token_urlsafe(TOKEN_OCTETS)
        key = digest(token)
        self._sessions[key] = Session(now, now, _csrf(token), key[:SHORT_ID], client[:LONGEST_CLIENT])
        return token

    def find(self, token: str) -> Session | None:
        """The session with this token, which counts as used now; None when there is none, or no longer."""
        now = self._clock()
        self._drop_old(now)
        session = self._sessions.get(digest(token))
        if session is not None:
            session.used = now
            session.csrf = session.csrf or _csrf(token)
        return session

    def alive(self, session: Session) -> bool:
        """Whether the session has not ended. A page that is open and follows the live data counts as use."""
        now = self._clock()
        self._drop_old(now)
        if session not in self._sessions.values():
            return False
        session.used = now
        return True

    def open(self, wall: float) -> list[tuple[Session, float, float]]:
        """Those that have not ended, the last used first: each with when it began and was used by the wall clock, which
        now says `wall`.
        """
        now = self._clock()
        self._drop_old(now)
        found = sorted(self._sessions.values(), key=lambda each: each.used, reverse=True)
        return [(each, wall - now + each.began, wall - now + each.used) for each in found]

    def end(self, session: Session) -> None:
        """Log this one out."""
        self._sessions = {key: each for key, each in self._sessions.items() if each is not session}

    def end_all(self, but: Session | None = None) -> None:
        """Log everyone out, but for one."""
        self._sessions = {key: each for key, each in self._sessions.items() if each is but}

    def dump(self, owner: str, wall: float) -> dict[str, Any]:
        """What has to survive a restart, for `restore`. `wall` is the wall clock's time, in seconds since the epoch."""
        now = self._clock()
        self._drop_old(now)
        kept = [
            _Kept(key, round(wall - now + each.began, 1), round(wall - now + each.used, 1), each.client)
            for key, each in self._sessions.items()
        ]
        document: dict[str, Any] = msgspec.to_builtins(_Document(owner, round(wall, 1), kept))
        return document

    def restore(self, document: Mapping[str, Any], owner: str, wall: float) -> None:
        """Have the sessions that `dump` wrote, as far as they are of this owner and not too old.

        A wall clock that has gone back in the meantime makes no session younger than it was.

        Raises:
            ValueError: the document is damaged; then there are none.
        """
        kept = msgspec.convert(document, _Document)
        wall, now = max(wall, kept.saved), self._clock()
        if any(not each.began <= each.used <= wall + 1 for each in kept.sessions):
            raise ValueError("a session that was used before it began, or in the future")
        if kept.owner == owner:
            self._sessions = {
                each.hash: Session(
                    now - wall + each.began, now - wall + each.used, id=each.hash[:SHORT_ID], client=each.client
                )
                for each in kept.sessions
            }
        self._drop_old(now)

    def _drop_old(self, now: float) -> None:
        self._sessions = {
            key: each
            for key, each in self._sessions.items()
            if now - each.began < LONGEST_S and now - each.used < IDLE_S
        }


def digest(token: str) -> str:
    """The hash by which a token is known. Tokens are random and long, so that no slow hash is needed."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def _csrf(token: str) -> str:
    """Made from the session's token, so that it needs no keeping; it does not tell the token."""
    return urlsafe_b64encode(hmac.digest(token.encode(), b"csrf", "sha256")).decode().rstrip("=")
