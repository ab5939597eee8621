"""What is refused before anyone looks at a request: by its Host, its Origin, and the size and kind of its body.

Host guards against DNS rebinding: a foreign site can have its name resolve to the gateway's address, but the browser
then still names that site. An address in figures can be no such name, so that every one is let in; of names only our
own, with the endings that no public name has.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
from collections.abc import Collection
from typing import Final

from aiohttp import web

from han2x.web.answers import error

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
LARGEST_BODY: Final = 64 * 1024
LINGER_S: Final = 1.0
"""How long a client may go on sending what is refused, unread, before it is cut: else it might not see the answer."""
PRIVATE_ENDINGS: Final = ("local", "lan", "home", "internal", "home.arpa")
"""Endings that public DNS does not have (RFC 6762, RFC 8375, and by custom), so that no stranger can own a name."""

_AUTHORITY: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?")
_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}

NOT_A_HOST: Final = (
    "this address is not known here; use the gateway's IP address or its name in the network, "
    "or add this name to host_names under [web] in the settings"
)


def host_fault(request: web.Request, own_names: Collection[str], names: Collection[str]) -> web.Response | None:
    """A refusal when the Host header names no host that we are; see `is_own_host`."""
    given = request.headers.getall("Host", [])
    match = _AUTHORITY.fullmatch(given[0]) if len(given) == 1 else None
    if match is not None and any(is_own_host(match["host"], own_name, names) for own_name in own_names):
        return None
    return error(request, 403, "host", NOT_A_HOST)


def is_own_host(host: str, own_name: str, names: Collection[str]) -> bool:
    """Whether `host`, as a Host header has it, can only be us."""
    with contextlib.suppress(ValueError):
        ipaddress.ip_address(host[1:-1] if host.startswith("[") else host)
        return True
    host, own_name = host.lower().removesuffix("."), own_name.lower()
    short = own_name.partition(".")[0]
    own = {"localhost", own_name, short, *(f"{short}.{ending}" for ending in PRIVATE_ENDINGS)}
    return host in own or host in {name.lower().removesuffix(".") for name in names}


def origin_fault(request: web.Request) -> web.Response | None:
    """A refusal when a page of another site has sent this; programs send no Origin at all.

    The scheme must be ours too, unless we speak plain HTTP, as a proxy before us may add HTTPS.
    """
    origin = request.headers.get("Origin")
    if origin is None:
        foreign = request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none")
    else:
        scheme, _, authority = origin.partition("://")
        schemes = {"https"} if request.secure else {"http", "https"}
        own = _with_port(request.headers.get("Host", ""), scheme)
        foreign = scheme not in schemes or _with_port(authority, scheme) != own
    return error(request, 403, "origin", "this request comes from another site") if foreign else None


def _with_port(authority: str, scheme: str) -> tuple[str, str] | None:
    match = _AUTHORITY.fullmatch(authority)
    return (match["host"].lower(), match["port"] or _DEFAULT_PORTS.get(scheme, "")) if match else None


def body_fault(request: web.Request, largest: int) -> web.Response | None:
    """A refusal of a body by what its headers say, before any of it is read.

    A body of unknown length is refused, as it could only be refused late; a packed one, as it may grow.
    """
    if "Transfer-Encoding" in request.headers:
        return error(request, 411, "length-required", "a body needs a Content-Length here")
    if (request.content_length or 0) > largest:
        return error(request, 413, "too-large", f"a request may hold {largest} octets at most", {"most": largest})
    if request.headers.get("Content-Encoding", "identity") != "identity":
        return error(request, 415, "media-type", "send the body as it is, without a Content-Encoding")
    return None


async def refuse_unread(request: web.Request, response: web.Response) -> web.StreamResponse:
    """Answer and end the connection without reading the body; what the client still sends stays in its own buffers."""
    response.force_close()
    with contextlib.suppress(ConnectionError):
        await response.prepare(request)
        await response.write_eof()
        await asyncio.sleep(LINGER_S)
    request.protocol.force_close()
    return response
