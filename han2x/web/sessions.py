"""Who is logged in. Sessions are kept here and not in the cookie, so that one which is ended is ended everywhere.

The cookie holds nothing but a random number, of which only the hash is kept. A restart of the program ends them all.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

MOST_SESSIONS: Final = 32
LONGEST_S: Final = 7 * 86400
IDLE_S: Final = 86400
TOKEN_OCTETS: Final = 32


@dataclass(slots=True, eq=False)
class Session:
    """One browser that is logged in. `csrf` must come back with every request that changes something."""

    began: float
    used: float
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(TOKEN_OCTETS), repr=False)


class Sessions:
    """The sessions by the hash of their token. When there are too many, the one unused for longest ends."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._sessions: dict[str, Session] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def begin(self) -> str:
        """A new session; answers the token for its cookie."""
        now = self._clock()
        self._drop_old(now)
        while len(self._sessions) >= MOST_SESSIONS:
            del self._sessions[min(self._sessions, key=lambda each: self._sessions[each].used)]
        token = secrets.token_urlsafe(TOKEN_OCTETS)
        self._sessions[digest(token)] = Session(now, now)
        return token

    def find(self, token: str) -> Session | None:
        """The session with this token, which counts as used now; None when there is none, or no longer."""
        now = self._clock()
        self._drop_old(now)
        session = self._sessions.get(digest(token))
        if session is not None:
            session.used = now
        return session

    def alive(self, session: Session) -> bool:
        """Whether the session has not ended. A page that is open and follows the live data counts as use."""
        now = self._clock()
        self._drop_old(now)
        if session not in self._sessions.values():
            return False
        session.used = now
        return True

    def end(self, session: Session) -> None:
        """Log this one out."""
        self._sessions = {key: each for key, each in self._sessions.items() if each is not session}

    def end_all(self, but: Session | None = None) -> None:
        """Log everyone out, but for one."""
        self._sessions = {key: each for key, each in self._sessions.items() if each is but}

    def _drop_old(self, now: float) -> None:
        self._sessions = {
            key: each
            for key, each in self._sessions.items()
            if now - each.began < LONGEST_S and now - each.used < IDLE_S
        }


def digest(token: str) -> str:
    """The hash by which a token is known. Tokens are random and long, so that no slow hash is needed."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
