"""The page's own files: read once at the start, each under its own address, packed where browsers can unpack them."""

from __future__ import annotations

import asyncio
import functools
import gzip
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from han2x.web.errors import WebError

CONTENT_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".things": "text/plain",
    ".toml": "text/plain",
    ".tsv": "text/plain",
    ".yaml": "text/plain",
}
"""What a file of the page may be. Files of any other kind are not served."""
PLOT_ADDRESSES: Final[Mapping[str, str]] = {
    "/vendor/uplot.js": "uplot/uPlot.iife.min.js",
    "/vendor/uplot.css": "uplot/uPlot.min.css",
}
"""Where the plotting library is served, and what that is of what its makers release."""
_AS_MODULE: Final = b"\nexport default uPlot;\n"
"""Its makers minify it only as a script, and a page whose policy forbids text to become code can load only modules
when it likes: a line behind the script makes it one.
"""
_PACKAGE: Final = Path(__file__).parents[1]
_GZIP: Final = re.compile(r"(?:^|[\s,])gzip\s*(?!\s*;\s*q=0(?:\.0*)?(?:[\s,]|$))", re.IGNORECASE)


def page_folder() -> Path:
    """Where the page's files are: inside the installed package, else beside it in a checkout.

    Raises:
        WebError: they are in neither place.
    """
    return first_with_a_page(_PACKAGE / "_webui", _PACKAGE.parent / "webui")


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
            content = _Content.read(file)
            router.add_get("/" if name == "index.html" else f"/{name}", _answer_with(functools.partial(_same, content)))


def add_plot(router: web.UrlDispatcher, package: Path = _PACKAGE) -> None:
    """Serve uPlot, which the installed package carries, or a checkout beside it. It is read when the first browser asks
    for it.

    Without the files there are no such addresses, and the page has tables and no plots.
    """
    for folder in (package / "_vendor", package.parent / "vendor"):
        files = {address: folder / name for address, name in PLOT_ADDRESSES.items()}
        if not all(file.is_file() for file in files.values()):
            continue
        for address, file in files.items():
            behind = _AS_MODULE if file.suffix == ".js" else b""
            once = functools.cache(functools.partial(_Content.read, file, behind))
            router.add_get(address, _answer_with(functools.partial(asyncio.to_thread, once)))
        return


@dataclass(frozen=True, slots=True)
class _Content:
    """A file in memory, packed only: every browser takes it so, and it is a quarter of the size."""

    content_type: str
    packed: bytes
    tag: str

    @classmethod
    def read(cls, file: Path, behind: bytes = b"") -> _Content:
        plain = file.read_bytes() + behind
        return cls(CONTENT_TYPES[file.suffix], gzip.compress(plain, mtime=0), hashlib.sha256(plain).hexdigest()[:16])

    def body(self, *, packed: bool) -> bytes:
        return self.packed if packed else gzip.decompress(self.packed)


async def _same(content: _Content) -> _Content:
    return content


def _answer_with(load: Callable[[], Awaitable[_Content]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        content = await load()
        packed = bool(_GZIP.search(request.headers.get("Accept-Encoding", "")))
        tag = f"{content.tag}-gzip" if packed else content.tag
        headers = {"Vary": "Accept-Encoding"}
        if any(known.value == tag for known in request.if_none_match or ()):
            response = web.Response(status=304, headers=headers)
        else:
            if packed:
                headers["Content-Encoding"] = "gzip"
            body = content.body(packed=packed)
            charset = None if content.content_type == "image/png" else "utf-8"
            response = web.Response(body=body, headers=headers, content_type=content.content_type, charset=charset)
        response.etag = tag
        return response

    return answer
