"""Who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from han2x.web.sessions import Session


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: a person with a session, a program with a token, or nobody that is known."""

    session: Session | None = None
    token: Mapping[str, Any] | None = None

    @property
    def known(self) -> bool:
        """Whether it is a person who is logged in, or a program."""
        return self.session is not None or self.token is not None


NOBODY: Final = Visitor()
