"""One request to the API as its handler sees it, and what a row of the route table says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from aiohttp import web

from han2x.web.request_checks import LARGEST_BODY, SAFE_METHODS
from han2x.web.shapes import OBJECT, Shape

if TYPE_CHECKING:
    from han2x.web.authentication import Access, Visitor
    from han2x.web.control import Control


class Need(Enum):
    """Who may ask."""

    NOTHING = "Anyone."
    LIVE = "Anyone while the setting `web.live_open` is true, else who is logged in."
    LOGIN = "Who is logged in, and programs with an API token."
    PERSON = "Who is logged in; no API token."


@dataclass(frozen=True, slots=True)
class Call:
    """A request that may be done and whose body and query fit their shapes."""

    request: web.Request
    control: Control
    access: Access
    visitor: Visitor
    body: Any
    query: Mapping[str, Any]

    @property
    def client(self) -> str:
        """The address that it came from."""
        return self.request.remote or ""


Handler = Callable[[Call], Awaitable[object]]
"""Answers what JSON can hold, None for nothing, or a response of its own."""


@dataclass(frozen=True, slots=True)
class Route:
    """One row: what is asked, by whom, in which shape, and what is answered.

    `path` is that below `/api/v1`; `answer` is a shape of JSON, or the media type of what is no JSON. `refusals` are
    statuses of its own, besides those that follow from the other fields.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    need: Need = Need.LOGIN
    body: Shape | None = None
    query: Mapping[str, Shape] = field(default_factory=dict)
    answer: Shape | str = field(default_factory=lambda: OBJECT)
    status: int = 200
    refusals: tuple[int, ...] = ()
    largest_body: int = LARGEST_BODY

    @property
    def changes(self) -> bool:
        """Whether it may change something."""
        return self.method not in SAFE_METHODS

    @property
    def csrf(self) -> bool:
        """Whether a session's token must come with it."""
        return self.changes and self.need is not Need.NOTHING
