"""One request to the API as its handler sees it, and what a row of the route table says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from types import GenericAlias
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from aiohttp import web

from han2x.api.access import Scope
from han2x.web.request_checks import LARGEST_BODY, SAFE_METHODS

if TYPE_CHECKING:
    from han2x.web.authentication import Access
    from han2x.web.control import Control
    from han2x.web.visitor import Visitor

Asked = TypeVar("Asked")


class Need(Enum):
    """Who may ask."""

    NOTHING = "Anyone."
    LIVE = "Anyone while the setting `web.live_open` is true, else who is logged in."
    LOGIN = "Who is logged in, and programs with an API token."
    PERSON = "Who is logged in; no API token."


@dataclass(frozen=True, slots=True)
class Call(Generic[Asked]):
    """A request that may be done. `asked` is its query or its body, of the type that its route names; else None."""

    request: web.Request
    control: Control
    access: Access
    visitor: Visitor
    asked: Asked

    @property
    def client(self) -> str:
        """The address that it came from."""
        return self.request.remote or ""


@dataclass(frozen=True, slots=True)
class Route:
    """One row: what is asked, by whom, what comes in, and what goes out.

    `path` is that below `/api/v1`. `takes` is the type of the query (GET) or of the body (all others); `gives` that of
    the answer, or the media types, with commas between, of what is no JSON; both as the handler's signature has them.
    `refusals` are statuses of its own, besides those that follow from the other fields. `scope` is what an API token
    needs for a change; to read it needs none of its own. `uploads` is the media type of a body that is no JSON, which
    the handler reads itself, piece by piece.
    """

    method: str
    path: str
    handler: Callable[[Call[Any]], Awaitable[Any]]
    summary: str
    need: Need = Need.LOGIN
    takes: type | None = None
    gives: type | GenericAlias | str | None = None
    status: int = 200
    refusals: tuple[int, ...] = ()
    largest_body: int = LARGEST_BODY
    scope: Scope = "administer"
    uploads: str | None = None

    @property
    def changes(self) -> bool:
        """Whether it may change something."""
        return self.method not in SAFE_METHODS

    @property
    def csrf(self) -> bool:
        """Whether a session's token must come with it."""
        return self.changes and self.need is not Need.NOTHING

    @property
    def query(self) -> type | None:
        """What its query has to be; None where it has none."""
        return None if self.changes else self.takes

    @property
    def body(self) -> type | None:
        """What its body has to be; None where none is read."""
        return self.takes if self.changes else None
