"""The forms that answers have."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from aiohttp import web

from han2x.api.base import to_json
from han2x.api.errors import Error, Refusal
from han2x.web.control import RefusalError

API: Final = "/api/"
_LETTERS: Final = str.maketrans({"æ": "ae", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "ł": "l"})
_NOT_IN_A_NAME: Final = re.compile(r"[^a-z0-9]+")
_LONGEST_IN_A_NAME: Final = 40


def answer_json(data: object, status: int = 200) -> web.Response:
    """An answer with data."""
    return web.Response(status=status, body=to_json(data), content_type="application/json", charset="utf-8")


def file_name(gateway: str, what: str, kind: str, today: date | None = None) -> str:
    """What a file to download is called: whose it is, what it is, of which day.

    `gateway` may be any text; what of it does not belong in the name of a file everywhere is written otherwise.
    """
    letters = unicodedata.normalize("NFKD", gateway.lower().translate(_LETTERS)).encode("ascii", "ignore").decode()
    whose = _NOT_IN_A_NAME.sub("-", letters)[:_LONGEST_IN_A_NAME].strip("-") or "han2x"
    day = today or date.today()  # noqa: DTZ011 - the day that the owner has
    return f"{whose}-{what}-{day.isoformat()}.{kind}"


def attachment(content: bytes, content_type: str, name: str) -> web.Response:
    """A file to download. `name` is one of `file_name`: nothing else that anyone may choose."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=content, content_type=content_type, headers=headers)


def error(
    request: web.Request,
    status: int,
    code: str,
    message: str,
    more: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """A short answer that says what is wrong: as JSON where programs ask, else as plain text.

    `more` are further fields of `api.errors.Error`.
    """
    if request.path.startswith(API):
        body = to_json(Refusal(error=Error(code=code, message=message, **(more or {}))))
        return web.Response(status=status, headers=headers, body=body, content_type="application/json")
    return web.Response(status=status, headers=headers, text=f"{status}: {message}\n")


def refusal(request: web.Request, refused: RefusalError) -> web.Response:
    """What the program refused, and why."""
    headers = {}
    if refused.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="han2x"'
    if "retry_after_s" in refused.more:
        headers["Retry-After"] = str(refused.more["retry_after_s"])
    return error(request, refused.status, refused.code, str(refused), refused.more, headers)
