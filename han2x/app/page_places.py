"""Where the page is to be reached by its settings, and how. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from han2x.addresses import join_host_port
from han2x.listeners import What
from han2x.settings import WebSettings, parse_listen


class Spoken(Enum):
    """What is spoken at a place."""

    PLAIN = "http"
    TLS = "https"
    REDIRECT = "redirect"
    """Plain HTTP, and only to say where the encrypted page is."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place. `setting` is the one that says where; `certificate` what the owner has for TLS there."""

    setting: str
    listen: str
    spoken: Spoken
    certificate: tuple[object, ...] = ()

    @property
    def key(self) -> tuple[str, int]:
        """Host, "" for all addresses, and port, 0 for any free one."""
        return parse_listen(self.listen, lowest_port=0)

    @property
    def what(self) -> What:
        """What is reached there."""
        return What.PAGE_HTTPS if self.spoken is Spoken.TLS else What.PAGE

    @property
    def scheme(self) -> str:
        """How an address of it begins."""
        return "https" if self.spoken is Spoken.TLS else "http"

    def url(self, host: str = "", port: int = 0) -> str:
        """What a browser goes to; without a host of its own the scheme and port only (http://:8080/)."""
        own_host, own_port = self.key
        return f"{self.scheme}://{join_host_port(host or own_host, port or own_port)}/"


def places_of(web: WebSettings) -> tuple[Place, ...]:
    """Where the page is to be reached; nowhere when it is disabled.

    With `https` it speaks HTTPS where `listen` says and nothing else anywhere; else plain HTTP there, and HTTPS where
    `https_listen` says.
    """
    if not web.enabled:
        return ()
    own = (web.certificate, web.key) if web.certificate and web.key else ()
    if web.https:
        return (Place("web.listen", web.listen, Spoken.TLS, own),)
    plain = Spoken.REDIRECT if web.https_only and web.https_listen else Spoken.PLAIN
    places = (Place("web.listen", web.listen, plain),)
    return (*places, Place("web.https_listen", web.https_listen, Spoken.TLS, own)) if web.https_listen else places


def proving(before: WebSettings, after: WebSettings) -> tuple[Place, ...]:
    """The places where a browser proves that the page is reached after this change; none when any place does.

    What is new proves it; where something is only given up, any place that stays.
    """
    old, new = places_of(before), places_of(after)
    if set(old) == set(new):
        return ()
    serving = [place for place in new if place.spoken is not Spoken.REDIRECT]
    return tuple(place for place in serving if place not in old) or tuple(serving)


def is_at(places: Sequence[Place], address: str, port: int, *, encrypted: bool) -> bool:
    """Whether a request that came in on this address and port of ours came to one of the places."""
    return any(
        place.key[0] in ("", address, "localhost")
        and place.key[1] in (0, port)
        and encrypted == (place.spoken is Spoken.TLS)
        for place in places
    )
