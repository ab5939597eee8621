"""Modbus/TCP Security: TLS with certificates on both sides, and a role in the client's that decides what it may do.

Follows "MODBUS/TCP Security Protocol Specification" (MB-TCP-Security-v21): TLS 1.2 or newer, mutual authentication
(section 8.2), the role in an X.509v3 extension (section 8.4). Its port is 802.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NoReturn

from han2x.faults import because
from han2x.modbus_server.faults import TlsError, TlsFault
from han2x.regular_file import NotRegularError, in_memory, read_beginning

PORT = 802
ROLE_OID = "1.3.6.1.4.1.50316.802.1"
OPERATOR = "operator"
"""The role that may write, in the certificates that `certificates` makes."""
LARGEST_FILE: Final = 256 * 1024
LONGEST_NAME: Final = 64

_UTF8_STRING = 0x0C


@dataclass(frozen=True, slots=True)
class Loaded:
    """Certificates as they were read: what new connections need, and digests by which a change shows.

    `fault` is what keeps clients out that look at it, although the server can be had: a certificate out of its time.
    """

    context: ssl.SSLContext
    digest: bytes
    authority: bytes
    fault: TlsFault | None


@dataclass(frozen=True, slots=True)
class Tls:
    """The server's certificate (with its intermediates) and key, the root of the clients' certificates, all PEM files,
    and the roles whose clients may write.
    """

    certificate: Path
    key: Path
    client_authority: Path
    write_roles: tuple[str, ...] = (OPERATOR,)

    def load(self, now: datetime | None = None) -> Loaded:
        """Read the files. Waits for the disk, and imports some megabytes: not for the event loop.

        Raises:
            TlsError: a file is missing, unreadable or damaged, or does not belong to the others.
        """
        certificate, key, authority = (_read(path) for path in (self.certificate, self.key, self.client_authority))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_REQUIRED
        self._use_chain(context, certificate, key)
        try:
            context.load_verify_locations(cadata=authority.decode("ascii"))
        except (ssl.SSLError, ValueError) as error:
            raise TlsError("tls-no-authority", file=self.client_authority) from error
        digest = hashlib.sha256(b"\0".join((certificate, key, authority))).digest()
        fault = _out_of_time(self.certificate, certificate, now) or _out_of_time(self.client_authority, authority, now)
        return Loaded(context, digest, hashlib.sha256(authority).digest(), fault)

    def context(self) -> ssl.SSLContext:
        """The context for new connections; see `load`."""
        return self.load().context

    def may_write(self, certificate: bytes) -> bool:
        """Whether the client with this certificate (DER) has a role that may write."""
        return role_of(certificate) in self.write_roles

    def _use_chain(self, context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
        try:
            with in_memory(certificate, self.certificate) as chain, in_memory(key, self.key) as private:
                context.load_cert_chain(chain, private, password=_refuse)
        except _PasswordWantedError as error:
            raise TlsError("tls-key-password", key=self.key) from error
        except ssl.SSLError as error:
            code = "tls-mismatch" if error.reason == "KEY_VALUES_MISMATCH" else "tls-not-pem"
            raise TlsError(code, certificate=self.certificate, key=self.key) from error
        except (OSError, ValueError) as error:
            raise TlsError("tls-not-pem", certificate=self.certificate, key=self.key) from error


class _PasswordWantedError(Exception):
    pass


def _refuse() -> NoReturn:
    """Where this is not given, OpenSSL asks for the key's password on the terminal, and waits for it."""
    raise _PasswordWantedError


def _read(path: Path) -> bytes:
    try:
        octets = read_beginning(path, LARGEST_FILE + 1)
    except FileNotFoundError as error:
        raise TlsError("tls-missing", file=path) from error
    except NotRegularError as error:
        raise TlsError("tls-not-a-file", file=path) from error
    except (OSError, ValueError) as error:  # ValueError: no path has an octet 0 in it
        raise TlsError("tls-unreadable", file=path, user=_user(), **because(error)) from error
    if len(octets) > LARGEST_FILE:
        raise TlsError("tls-too-large", file=path, most=LARGEST_FILE // 1024)
    return octets


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())


def _out_of_time(path: Path, octets: bytes, now: datetime | None) -> TlsFault | None:
    from cryptography import x509  # some megabytes, which only users of TLS should pay for

    try:
        certificate = x509.load_pem_x509_certificate(octets)
    except ValueError:  # OpenSSL has taken it
        return None
    now = now or datetime.now(UTC)
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now > ends:
        return TlsFault("tls-expired", file=path, day=ends.date())
    return TlsFault("tls-not-yet-valid", file=path, day=begins.date()) if now < begins else None


def name_of(subject: Mapping[str, Any]) -> str:
    """The common name in what `ssl` tells of a client's certificate; "" where there is none."""
    pairs = [pair for names in subject.get("subject", ()) for pair in names]
    name = next((str(value) for kind, value in pairs if kind == "commonName"), "")
    return "".join(character if character.isprintable() else "?" for character in name[:LONGEST_NAME])


def role_of(certificate: bytes) -> str | None:
    """The role that a certificate (DER) names; None when it names none, or not as a UTF8String."""
    from cryptography import x509

    try:
        extensions = x509.load_der_x509_certificate(certificate).extensions
        extension = extensions.get_extension_for_oid(x509.ObjectIdentifier(ROLE_OID)).value
    except (ValueError, x509.ExtensionNotFound):
        return None
    octets = extension.value if isinstance(extension, x509.UnrecognizedExtension) else b""
    if len(octets) < 2 or octets[0] != _UTF8_STRING or octets[1] != len(octets) - 2 or octets[1] >= 0x80:
        return None
    return octets[2:].decode("utf-8", "replace")
