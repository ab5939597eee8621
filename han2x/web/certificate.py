"""HTTPS with the owner's certificate, or with one that the gateway makes for itself.

A self-made certificate is for EC P-256 and lasts 825 days, the longest that Apple's systems take (support.apple.com,
HT210176); browsers warn of it once, until its owner trusts it.
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from han2x.faults import because
from han2x.web.errors import WebError, WebFault

if TYPE_CHECKING:
    from cryptography import x509

LASTS: Final = timedelta(days=825)
RENEW_BEFORE: Final = timedelta(days=30)
_BACKDATED: Final = timedelta(days=1)  # a clock that is a little slow must not refuse it


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
    """Make a certificate for these host names and IP addresses; answers it and its key as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID

    now = now or datetime.now(UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "han2x")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now - _BACKDATED + LASTS)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return certificate.public_bytes(pem), private


def must_be_renewed(certificate: bytes, names: Iterable[str], now: datetime | None = None) -> bool:
    """Whether a self-made certificate (PEM) runs out soon, lacks one of the names, or cannot be read."""
    from cryptography import x509

    try:
        parsed = x509.load_pem_x509_certificate(certificate)
        known = set(parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except (ValueError, x509.ExtensionNotFound):
        return True
    runs_out = parsed.not_valid_after_utc - (now or datetime.now(UTC)) < RENEW_BEFORE
    return runs_out or not {_general_name(name) for name in names} <= known


def _general_name(name: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _no_password() -> bytes:
    raise ValueError
