"""Middleware: reject a request outright or pass it on, and turn exceptions into error answers."""

from __future__ import annotations

import logging
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from han2x.web.answers import error
from han2x.web.connections import answering
from han2x.web.control import Control
from han2x.web.request_checks import LARGEST_BODY, SAFE_METHODS, body_fault, host_fault, origin_fault, refuse_unread

logger = logging.getLogger("han2x.web")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Middleware:
    """`largest` says by handler how many octets a body may have, where that is not `LARGEST_BODY`."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self.largest: dict[Callable[[web.Request], Any], int] = {}

    async def on_expect(self, request: web.Request) -> web.StreamResponse | None:
        """Let a client that asks first (Expect: 100-continue, RFC 9110 section 10.1.1) send only what will be taken."""
        if request.headers["Expect"].lower() != "100-continue":
            return error(request, 417, "expectation", "only 100-continue can be expected here")
        fault = self._fault(request)
        if fault is not None:
            return await refuse_unread(request, fault)
        if request.version >= (1, 1):
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0
        return None

    @web.middleware
    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Reject outright or pass on; turn exceptions into error answers."""
        try:
            fault = self._fault(request)
            if fault is not None:
                return await refuse_unread(request, fault) if fault.status in (411, 413) else fault
            with answering(request.protocol):
                return await handler(request)
        except web.HTTPNotFound:
            return error(request, 404, "not-found", "there is nothing at this address")
        except web.HTTPMethodNotAllowed as refused:
            allowed = ", ".join(sorted(refused.allowed_methods))
            return error(request, 405, "method", f"only {allowed} is allowed here", headers={"Allow": allowed})
        except web.HTTPException as other:
            return error(request, other.status, "http", other.reason)
        except Exception:
            logger.exception("a request could not be answered: %s %r", request.method, request.path)
            return error(request, 500, "fault", "the gateway could not answer; its log says why")

    def _fault(self, request: web.Request) -> web.Response | None:
        options = self._control.options()
        fault = host_fault(request, (socket.gethostname(), *options.own_names), options.host_names)
        if fault is None:
            fault = body_fault(request, self.largest.get(request.match_info.handler, LARGEST_BODY))
        if fault is None and request.method not in SAFE_METHODS:
            fault = origin_fault(request)
        return fault
