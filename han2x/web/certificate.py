"""HTTPS with the owner's certificate, or with one that the gateway makes for itself.

A self-made certificate is for EC P-256 and lasts 825 days, the longest that Apple's systems take (support.apple.com,
HT210176); browsers warn of it once, until its owner trusts it.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from han2x.faults import because
from han2x.web.errors import WebError, WebFault

LASTS: Final = timedelta(days=825)
RENEW_BEFORE: Final = timedelta(days=30)


def tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """What HTTPS needs, from PEM files (the key without a password).

    Raises:
        WebError: a file is missing or no PEM, or the two do not belong together.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except ssl.SSLError as error:
        code = "https-mismatch" if error.reason == "KEY_VALUES_MISMATCH" else "https-not-pem"
        raise _no_https(code, certificate, key) from error
    except OSError as error:
        raise _no_https("https-unreadable", certificate, key, **because(error)) from error
    except ValueError as error:
        raise _no_https("https-key-password", certificate, key) from error
    return context


def _no_https(code: str, certificate: Path, key: Path, **values: str) -> WebError:
    fault = WebFault(code, certificate=certificate, key=key, **values)
    return WebError(str(fault), fault)


def make_certificate(names: Iterable[str], now: datetime | None = None) -> tuple[bytes, bytes]:
    """Make a certificate for these host names and IP addresses; returns it and its key as PEM."""
    from cryptography.x509 import ExtendedKeyUsage
    from cryptography.x509.oid import ExtendedKeyUsageOID

    from han2x.x509 import BACKDATED, ROOT, alternative_names, begin, new_key, sign

    now, key = now or datetime.now(UTC), new_key()
    made = sign(
        begin("han2x", key, now, now - BACKDATED + LASTS)
        .add_extension(alternative_names(names), critical=False)
        .add_extension(ROOT, critical=True)
        .add_extension(ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False),
        key,
    )
    return made.certificate_pem, made.key_pem


def must_be_renewed(certificate: bytes, names: Iterable[str], now: datetime | None = None) -> bool:
    """Whether a self-made certificate (PEM) runs out soon, lacks one of the names, or cannot be read."""
    from cryptography import x509

    from han2x.x509 import alternative_names

    try:
        parsed = x509.load_pem_x509_certificate(certificate)
        known = set(parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except (ValueError, x509.ExtensionNotFound):
        return True
    runs_out = parsed.not_valid_after_utc - (now or datetime.now(UTC)) < RENEW_BEFORE
    return runs_out or not set(alternative_names(names)) <= known


def _no_password() -> bytes:
    raise ValueError
