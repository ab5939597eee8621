"""The way to the encrypted page, for who speaks plain HTTP where that is not served.

Only a request's head is read, and one answer given: nothing of the program behind the page is reached.
"""

from __future__ import annotations

import asyncio
import json
import re
from http import HTTPStatus
from typing import Final, cast

from han2x.addresses import join_host_port
from han2x.web.headers import SECURITY_HEADERS

LARGEST_HEAD: Final = 8192
HEAD_S: Final = 5.0
"""How long the head of a request may take to come in."""
LINGER_S: Final = 1.0
"""How long a client may go on sending what is not read, before it is cut: else it might not see the answer."""
HTTPS_PORT: Final = 443

_LINE: Final = re.compile(rb"([A-Z]{1,16}) (/[\x21-\x7e]*) HTTP/1\.[01]")
_HOST: Final = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253})(?::[0-9]{1,5})?")


class Redirector(asyncio.Protocol):
    """Sends one client to `https_port`; `here` is the address that it has reached, for who names none."""

    def __init__(self, https_port: int) -> None:
        self._https_port = https_port
        self._head = b""
        self._answered = False
        self._transport: asyncio.Transport | None = None
        self._cut: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._cut = asyncio.get_running_loop().call_later(HEAD_S, transport.close)

    def data_received(self, data: bytes) -> None:
        if self._answered or self._transport is None:
            return
        self._head += data
        if b"\r\n\r\n" not in self._head and b"\n\n" not in self._head and len(self._head) < LARGEST_HEAD:
            return
        self._answered = True
        here = self._transport.get_extra_info("sockname") or ("",)
        self._transport.write(way_to_https(self._head, self._https_port, str(here[0]).partition("%")[0]))
        self._transport.write_eof()
        self._end_cut()
        self._cut = asyncio.get_running_loop().call_later(LINGER_S, self._transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_cut()

    def _end_cut(self) -> None:
        if self._cut is not None:
            self._cut.cancel()


def way_to_https(head: bytes, https_port: int, here: str) -> bytes:
    """The answer to a request with this head: a redirect of GET and HEAD to the same host, a refusal of all else.

    It lasts for this one time (307), since a browser that kept it could not come back to plain HTTP.
    """
    lines = head.replace(b"\r\n", b"\n").partition(b"\n\n")[0].split(b"\n")
    line = _LINE.fullmatch(lines[0])
    hosts = [text.strip() for name, _, text in (each.partition(b":") for each in lines[1:]) if name.lower() == b"host"]
    host = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
    page = _url(host[1].decode() if host else join_host_port(here, 0).removesuffix(":0"), https_port)
    if line is None or host is None:
        return _answer(HTTPStatus.BAD_REQUEST, f"this port speaks HTTPS: {page}/\n", "text/plain")
    if line[1] not in (b"GET", b"HEAD"):
        told = {"error": {"code": "https-only", "message": f"this is done over HTTPS only: {page}/"}}
        return _answer(HTTPStatus.FORBIDDEN, json.dumps(told), "application/json")
    location = page + line[2].decode("ascii")
    body = "" if line[1] == b"HEAD" else f"{location}\n"
    return _answer(HTTPStatus.TEMPORARY_REDIRECT, body, "text/plain", f"Location: {location}\r\n")


def _url(host: str, port: int) -> str:
    return f"https://{host}" if port == HTTPS_PORT else f"https://{host}:{port}"


def _answer(status: HTTPStatus, body: str, kind: str, more: str = "") -> bytes:
    content = body.encode()
    headers = "".join(f"{name}: {value}\r\n" for name, value in SECURITY_HEADERS.items())
    return (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n{more}Content-Type: {kind}; charset=utf-8\r\n"
        f"Content-Length: {len(content)}\r\nCache-Control: no-store\r\nConnection: close\r\n{headers}\r\n"
    ).encode("ascii") + content
