"""The headers that every answer has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "Server": "han2x",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
HSTS: Final = "max-age=604800"
"""A browser that saw this takes no unencrypted page of this name for a week, and lets nobody pass a certificate it
does not trust: only for who has a certificate of their own, and no page without encryption.
"""


def with_places(places: tuple[str, ...]) -> str:
    """The content security policy of a page that has to see whether it would be reached at these places too."""
    policy = SECURITY_HEADERS["Content-Security-Policy"]
    return f"{policy}; connect-src 'self' {' '.join(places)}" if places else policy
