"""What a browser needs to keep the page on a telephone's home screen (W3C Web Application Manifest).

Browsers ask for it without cookies, so that it is there before the login too. It tells the gateway's name, as the
login does, and nothing else of it.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from han2x.api.base import to_json

PATH: Final = "/manifest.webmanifest"
_TYPE: Final = "application/manifest+json"
_ICONS: Final = (
    {"src": "/icon.svg", "sizes": "any", "type": "image/svg+xml"},
    {"src": "/icons/icon-192.png", "sizes": "192x192", "type": "image/png"},
    {"src": "/icons/icon-512.png", "sizes": "512x512", "type": "image/png"},
    {"src": "/icons/maskable-512.png", "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
)


def manifest(name: str) -> web.Response:
    """That of the gateway with this name."""
    told = {
        "name": name or "HAN2X",
        "short_name": name or "HAN2X",
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "theme_color": "#0b6b5c",
        "background_color": "#f4f6f6",
        "icons": _ICONS,
    }
    return web.Response(body=to_json(told), content_type=_TYPE)
