"""What can be wrong with the certificates for TLS: by a code that a page translates, and in plain English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from han2x import faults

FAULTS: Final[Mapping[str, str]] = {
    "tls-missing": "{file} is missing: TLS needs a certificate, its key, and the clients' authority",
    "tls-unreadable": "{file} cannot be read by the user {user}: {reason}",
    "tls-not-a-file": "{file} is not a file",
    "tls-too-large": "{file} has more than {most} KiB, which no certificate has",
    "tls-slow": "{certificate}, its key or the clients' authority could not be read within {seconds} s",
    "tls-mismatch": "{certificate} and {key} are not a certificate and its key: they do not belong together",
    "tls-not-pem": "{certificate} and {key} are not a certificate and its key, or are no PEM files",
    "tls-key-password": "the key {key} has a password; store it without",
    "tls-no-authority": "{file} is no certificate of an authority, or no PEM file",
    "tls-expired": "the certificate {file} expired on {day}",
    "tls-not-yet-valid": "the certificate {file} is valid from {day}; is this computer's clock right?",
}  # fmt: skip


class TlsFault(faults.Fault):
    """One thing that is wrong; `code` is one of `FAULTS`."""

    __slots__ = ()
    TEXTS = FAULTS


class TlsError(ValueError):
    """Certificates or a key cannot be used; the text says which and why, `fault` the same for programs."""

    def __init__(self, code: str, **values: object) -> None:
        self.fault = TlsFault(code, **values)
        super().__init__(str(self.fault))
