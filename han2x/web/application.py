"""What is answered over HTTP, and with which headers.

Besides the page's own files: the API (`routes`), its live data as a stream (`/api/v1/events`), its description
(`/api/v1/openapi.json`), `/metrics`, `/healthz` and `/manifest.webmanifest`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

from aiohttp import web

from han2x.addresses import split_host_port
from han2x.web import manifest
from han2x.web.answers import answer_json, refusal
from han2x.web.authentication import Access
from han2x.web.call import Need
from han2x.web.control import Control
from han2x.web.dispatch import BODY_TIMEOUT_S, Endpoint, identify, may
from han2x.web.events import Events
from han2x.web.headers import HSTS, SECURITY_HEADERS, with_places
from han2x.web.middleware import Middleware
from han2x.web.openapi import document
from han2x.web.page import add_page, add_plot, page_folder
from han2x.web.refusals import LoginError
from han2x.web.routes import METRICS, PREFIX, ROUTES


def create_app(control: Control, access: Access, *, body_timeout_s: float = BODY_TIMEOUT_S) -> web.Application:
    """The application that shows and changes what `control` gives it to.

    `access` holds password and sessions and outlives the application, which is made again when its address changes.

    Raises:
        WebError: the page's files are missing.
    """
    middleware = Middleware(control)
    # What is uploaded is never read into memory as a whole.
    largest = max(route.largest_body for route in ROUTES if route.uploads is None)
    app = web.Application(middlewares=[middleware.check], client_max_size=largest)
    add_page(app.router, page_folder())
    add_plot(app.router)
    for route in ROUTES:
        endpoint = Endpoint(route, control, access, body_timeout_s=body_timeout_s)
        middleware.largest[endpoint.answer] = route.largest_body
        add = app.router.add_get if route.method == "GET" else partial(app.router.add_route, route.method)
        add(PREFIX + route.path, endpoint.answer, expect_handler=middleware.on_expect)
    app.router.add_get(METRICS.path, Endpoint(METRICS, control, access).answer)
    _add_stream(app, control, access)
    described = cache(partial(document, control.options().version))  # most gateways are never asked for it
    _add_fixed(app, f"{PREFIX}/openapi.json", lambda: answer_json(described()))
    _add_fixed(app, "/healthz", partial(web.Response, text="ok"))
    _add_fixed(app, manifest.PATH, lambda: manifest.manifest(control.options().name))
    app.on_response_prepare.append(partial(_add_headers, control))
    return app


def _add_stream(app: web.Application, control: Control, access: Access) -> None:
    events = Events(control.live)

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            visitor = identify(request, access)
        except LoginError as refused:
            return refusal(request, refused)

        def allowed() -> bool:
            return may(access.still(visitor), Need.LIVE, control)

        if not allowed():
            return refusal(request, LoginError("log in first"))
        return await events.answer(request, allowed, person=visitor.session is not None)

    app.router.add_get(f"{PREFIX}/events", answer, allow_head=False)
    app.on_shutdown.append(events.close)


def _add_fixed(app: web.Application, path: str, answer: Callable[[], web.Response]) -> None:
    async def handler(_request: web.Request) -> web.Response:
        return answer()

    app.router.add_get(path, handler)


async def _add_headers(control: Control, request: web.Request, response: web.StreamResponse) -> None:
    options = control.options()
    response.headers.update(SECURITY_HEADERS)
    # "no-cache" lets a browser keep a file but ask each time, so that a new version shows at once.
    response.headers["Cache-Control"] = "no-cache" if "ETag" in response.headers else "no-store"
    if options.only_encrypted and request.secure:
        response.headers["Strict-Transport-Security"] = HSTS
    if request.path == "/healthz":  # a page at an old place asks here whether the new one is reached
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if options.tried and response.content_type == "text/html":
        response.headers["Content-Security-Policy"] = with_places(_on_this_host(options.tried, request.host))


def _on_this_host(places: tuple[str, ...], authority: str) -> tuple[str, ...]:
    host, _ = split_host_port(authority)
    return tuple(place.replace("://:", f"://{host}:", 1).rstrip("/") for place in places)
