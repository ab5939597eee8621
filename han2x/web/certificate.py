"""HTTPS with the owner's certificate, or with one that the gateway makes for itself.

A self-made certificate is for EC P-256 and lasts 825 days, the longest that Apple's systems take (support.apple.com,
HT210176); browsers warn of it once, until its owner trusts it.
"""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from han2x.faults import because
from han2x.regular_file import NotRegularError, in_memory, read_beginning
from han2x.web.errors import WebError, WebFault

LASTS: Final = timedelta(days=825)
RENEW_BEFORE: Final = timedelta(days=30)
LARGEST_FILE: Final = 1 << 18


def tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """What HTTPS needs, from PEM files (the key without a password).

    Raises:
        WebError: a file is missing, too large or no PEM, or the two do not belong together.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # Debian's Python leaves that to a file that may be missing
    try:
        octets = _read(certificate), _read(key)
        with in_memory(octets[0], certificate) as chain, in_memory(octets[1], key) as private:
            context.load_cert_chain(chain, private, password=_no_password)
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


def _read(file: Path) -> bytes:
    with suppress(NotRegularError):
        octets = read_beginning(file, LARGEST_FILE + 1)
        if len(octets) <= LARGEST_FILE:
            return octets
    raise OSError(f"{file} is no ordinary file of up to {LARGEST_FILE >> 10} KiB")


def fingerprint(certificate: bytes) -> str:
    """The SHA-256 of the first certificate of a PEM file, as browsers show it: AB:CD:…

    Raises:
        ValueError: there is none in it.
    """
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    _, found, rest = certificate.decode("ascii", "replace").partition(begin)
    body, _, _ = rest.partition(end)
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(f"{found}{body}{end}")).digest().hex(":").upper()


def must_not_be_expired(certificate: Path, key: Path, now: datetime | None = None) -> None:
    """See whether an owner's certificate is of any use still.

    Raises:
        WebError: it has expired, or cannot be read.
    """
    from cryptography import x509

    try:
        until = x509.load_pem_x509_certificate(_read(certificate)).not_valid_after_utc
    except OSError as error:
        raise _no_https("https-unreadable", certificate, key, **because(error)) from error
    except ValueError as error:
        raise _no_https("https-not-pem", certificate, key) from error
    if until < (now or datetime.now(UTC)):
        raise _no_https("https-expired", certificate, key, until=f"{until:%Y-%m-%d}")


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
    """Whether a self-made certificate (PEM) runs out soon, is not valid yet, lacks a name, or cannot be read.

    By the standard library alone: at every start the one of cryptography would cost 15 MB.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with suppress(ValueError, KeyError, IndexError, ssl.SSLError):
        context.load_verify_locations(cadata=certificate.decode("ascii"))
        seen = context.get_ca_certs()[0]
        begin, end = (_time(seen[name]) for name in ("notBefore", "notAfter"))
        known = {_same(str(entry[1])) for entry in seen["subjectAltName"]}
        at = now or datetime.now(UTC)
        return not begin <= at <= end - RENEW_BEFORE or not {_same(name) for name in names} <= known
    return True


def _time(text: object) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(text)), UTC)


def _same(name: str) -> str:
    """A name or an address in one way of writing."""
    try:
        return str(ip_address(name))
    except ValueError:
        return name


def _no_password() -> bytes:
    raise ValueError
