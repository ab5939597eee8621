"""What can be wrong with a request or with serving the page: by codes that a page translates, and in plain English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from han2x import faults, listeners

CODES: Final = frozenset((
    "already-set", "busy", "capture-running", "claim", "csrf", "expectation", "fault", "history-off", "host", "http",
    "length-required", "locked", "malformed", "media-type", "method", "no-such-trial", "not-at-new-place", "not-found",
    "not-logged-in", "not-set", "not-stored", "origin", "password-wrong", "person-only", "read-only", "refused",
    "scope", "several-meters", "timeout", "too-large", "too-many", "too-many-attempts", "trial-pending",
))  # fmt: skip
"""What an answer with an error may have as its code, besides what is wrong with a new password or with the network's
settings."""

FAULTS: Final[Mapping[str, str]] = {
    # at a field
    "not-base64": "must be base64",
    "serial-not-in-file": "is not in the file; there are: {serials}",
    "meter-removed-alone": "a meter is removed by itself, without other changes",
    **listeners.FAULTS,
    "page-disabled-here": "the page can be switched off in the settings file only, not on the page itself",
    "tls-unusable": "the certificates cannot be used: {reason}",
    # HTTPS with the owner's certificate
    "https-mismatch": "HTTPS cannot be had from {certificate} and {key}: they do not belong together",
    "https-not-pem": "HTTPS cannot be had from {certificate} and {key}: they are no PEM files",
    "https-expired": "HTTPS cannot be had from {certificate} and {key}: the certificate is valid only until {until}",
    "https-key-password": "HTTPS cannot be had from {certificate} and {key}: the key has a password; store it without",
    "https-unreadable": "HTTPS cannot be had from {certificate} and {key}: {reason}",
}  # fmt: skip


class WebFault(faults.Fault):
    """One thing that is wrong; `code` is one of `FAULTS`."""

    __slots__ = ()
    TEXTS = FAULTS


class WebError(Exception):
    """The web page cannot be served; the text says why and what to do, and `fault` what a setting has to do with it."""

    def __init__(self, message: str, fault: faults.Fault | None = None) -> None:
        super().__init__(message)
        self.fault = fault
