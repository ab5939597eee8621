"""As much of an HTTP/1.1 server (RFC 9112) as a few small documents need: one request a connection, GET and HEAD.

aiohttp serves the page, and costs 12 MB where there is none; what a client may do here fits into one file.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final

from han2x.addresses import split_host_port
from han2x.outputs.crowd import Crowd, Visitor

LONGEST_HEAD: Final = 8192
HEAD_WITHIN_S: Final = 10.0
"""How long a client may take to say what it wants."""

_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_REQUEST: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP/1\.([01])")
_HOST: Final = re.compile(r"^host:[ \t]*([^\s,]*)[ \t]*$", re.IGNORECASE | re.MULTILINE)
_ABSOLUTE: Final = re.compile(r"http://[^/?#]*", re.IGNORECASE)
_HOME: Final = (".local", ".lan", ".home", ".home.arpa", ".internal", ".localdomain", ".box")
"""What names end in that only a home's own network gives."""


@dataclass(frozen=True, slots=True)
class Document:
    """What is answered."""

    status: HTTPStatus
    body: bytes = b""
    kind: str = "application/json"


Documents = Callable[[str], Document]
"""Gives what is at a path."""


class Request(Visitor):
    """One client and its one request. `names` are host names that it may go to, besides addresses and those of a home.

    Others are refused: a page of somebody else's, whose name was made to lead here, would read along in a browser.
    """

    def __init__(self, crowd: Crowd, documents: Documents, names: tuple[str, ...]) -> None:
        super().__init__(crowd)
        self._documents = documents
        self._names = names
        self._head = b""
        self._answered = False
        self._late: asyncio.TimerHandle | None = None

    def entered(self) -> None:
        """Wait for the request, though not for long."""
        self._late = asyncio.get_running_loop().call_later(HEAD_WITHIN_S, self.cut)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio."""
        self._no_longer_late()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Called by asyncio. What comes after the head is passed over: no request here has a body."""
        if self._answered:
            return
        self._head += data
        end = _HEAD_END.search(self._head)
        if end is None and len(self._head) <= LONGEST_HEAD:
            return
        self._answered = True
        self._no_longer_late()
        if end is None or end.start() > LONGEST_HEAD:
            self._answer(Document(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE), with_body=True)
        else:
            self._ask(self._head[: end.start()].decode("latin-1"))
        self._head = b""

    def _ask(self, head: str) -> None:
        line, _, headers = head.replace("\r\n", "\n").partition("\n")
        asked = _REQUEST.fullmatch(line)
        hosts = _HOST.findall(headers)
        if asked is None or len(hosts) > 1 or (asked[3] == "1" and not hosts):
            document = Document(HTTPStatus.BAD_REQUEST)
        elif not is_own(hosts[0] if hosts else "", self._names):
            document = Document(HTTPStatus.MISDIRECTED_REQUEST)
        elif asked[1] not in ("GET", "HEAD"):
            document = Document(HTTPStatus.METHOD_NOT_ALLOWED)
        else:
            document = self._documents(_ABSOLUTE.sub("", asked[2]).partition("?")[0])
        self._answer(document, with_body=asked is None or asked[1] != "HEAD")

    def _answer(self, document: Document, *, with_body: bool) -> None:
        lines = [
            f"HTTP/1.1 {document.status.value} {document.status.phrase}",
            f"Content-Type: {document.kind}",
            f"Content-Length: {len(document.body)}",
            "Cache-Control: no-store",
            "X-Content-Type-Options: nosniff",
            "Connection: close",
        ]
        if document.status is HTTPStatus.METHOD_NOT_ALLOWED:
            lines.append("Allow: GET, HEAD")
        self.say("\r\n".join([*lines, "", ""]).encode("ascii") + (document.body if with_body else b""))
        self.end()

    def _no_longer_late(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


def is_own(host: str, names: tuple[str, ...]) -> bool:
    """Whether what a client took for our name is an address, a name of a home's own network, or one of these names."""
    name = split_host_port(host)[0].lower().removesuffix(".")
    if "." not in name.strip("[]") and ":" not in name:
        return True
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return name in names or name.endswith(_HOME)
    return True
