"""The page's own files: read once at the start, each under its own address."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

from aiohttp import web

from han2x.web.errors import WebError

CONTENT_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
"""What a file of the page may be. Files of any other kind are not served."""


def page_folder() -> Path:
    """Where the page's files are: inside the installed package, else beside it in a checkout.

    Raises:
        WebError: they are in neither place.
    """
    package = Path(__file__).parents[1]
    return first_with_a_page(package / "_webui", package.parent / "webui")


def first_with_a_page(*folders: Path) -> Path:
    """The first of the folders that has an `index.html`.

    Raises:
        WebError: none has.
    """
    for folder in folders:
        if (folder / "index.html").is_file():
            return folder
    places = " or ".join(str(folder) for folder in folders)
    raise WebError(f"the web page's files are missing: there is no index.html in {places}; install han2x again")


def add_page(router: web.UrlDispatcher, folder: Path) -> None:
    """Give each file its own address. As no other address exists, no request can name a file that is not the page's."""
    for file in sorted(folder.rglob("*")):
        if file.suffix in CONTENT_TYPES and file.is_file():
            name = file.relative_to(folder).as_posix()
            router.add_get("/" if name == "index.html" else f"/{name}", _answer_with(file))


def _answer_with(file: Path) -> Callable[[web.Request], Awaitable[web.Response]]:
    content = file.read_bytes()
    tag = hashlib.sha256(content).hexdigest()[:16]

    async def answer(request: web.Request) -> web.Response:
        if any(known.value == tag for known in request.if_none_match or ()):
            response = web.Response(status=304)
        else:
            response = web.Response(body=content, content_type=CONTENT_TYPES[file.suffix], charset="utf-8")
        response.etag = tag
        return response

    return answer
