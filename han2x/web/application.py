"""What is answered over HTTP, and with which headers.

Besides the page's own files: `/api/v1/live` (the live data as JSON), `/api/v1/events` (the same once a second) and
`/healthz`. Nothing can be changed through it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from aiohttp import web

from han2x.web.answers import error, to_json
from han2x.web.events import Events, Live
from han2x.web.page import add_page, page_folder

logger = logging.getLogger("han2x.web")

LARGEST_BODY: Final = 64 * 1024

SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Server": "han2x",
    "X-Content-Type-Options": "nosniff",
}


def create_app(live: Live) -> web.Application:
    """The application that shows what `live` gives: a dict that JSON can hold, made cheaply and without waiting.

    Raises:
        WebError: the page's files are missing.
    """
    app = web.Application(middlewares=[_answer_errors], client_max_size=LARGEST_BODY)
    events = Events(live)

    async def answer_live(_request: web.Request) -> web.Response:
        return web.Response(body=to_json(live()), content_type="application/json", charset="utf-8")

    async def answer_health(_request: web.Request) -> web.Response:
        return web.Response(text="ok")

    add_page(app.router, page_folder())
    app.router.add_get("/api/v1/live", answer_live)
    app.router.add_get("/api/v1/events", events.answer, allow_head=False)
    app.router.add_get("/healthz", answer_health)
    app.on_response_prepare.append(_add_headers)
    app.on_shutdown.append(events.close)
    return app


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(SECURITY_HEADERS)
    # "no-cache" lets a browser keep a file but ask each time, so that a new version shows at once.
    response.headers["Cache-Control"] = "no-cache" if "ETag" in response.headers else "no-store"


@web.middleware
async def _answer_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        if (request.content_length or 0) > LARGEST_BODY:
            return error(request, 413, f"a request may hold {LARGEST_BODY} octets at most")
        return await handler(request)
    except web.HTTPNotFound:
        return error(request, 404, "there is nothing at this address")
    except web.HTTPMethodNotAllowed as refusal:
        allowed = ", ".join(sorted(refusal.allowed_methods))
        return error(request, 405, f"only {allowed} is allowed here", Allow=allowed)
    except web.HTTPException:
        raise
    except Exception:
        logger.exception("a request could not be answered: %s %r", request.method, request.path)
        return error(request, 500, "the gateway could not answer; its log says why")
