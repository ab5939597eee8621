"""The forms that answers have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web


def to_json(data: Mapping[str, Any]) -> bytes:
    """The data as JSON on one line.

    Raises:
        ValueError: a number is one that JSON cannot hold, as NaN.
    """
    return json.dumps(data, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()


def error(request: web.Request, status: int, message: str, **headers: str) -> web.Response:
    """A short answer that says what is wrong: as JSON where programs ask, else as plain text."""
    if request.path.startswith("/api/"):
        body = to_json({"error": {"status": status, "message": message}})
        return web.Response(status=status, headers=headers, body=body, content_type="application/json")
    return web.Response(status=status, headers=headers, text=f"{status}: {message}\n")
