"""Modbus/TCP Security: TLS with certificates on both sides, and a role in the client's that decides what it may do.

Follows "MODBUS/TCP Security Protocol Specification" (MB-TCP-Security-v21): TLS 1.2 or newer, mutual authentication
(section 8.2), the role in an X.509v3 extension (section 8.4). Its port is 802.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

PORT = 802
ROLE_OID = "1.3.6.1.4.1.50316.802.1"
OPERATOR = "operator"
"""The role that may write, in the certificates that `certificates` makes."""

_UTF8_STRING = 0x0C


class TlsError(ValueError):
    """Certificates or a key cannot be used; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Tls:
    """The server's certificate (with its intermediates) and key, the root of the clients' certificates, all PEM files,
    and the roles whose clients may write.
    """

    certificate: Path
    key: Path
    client_authority: Path
    write_roles: tuple[str, ...] = (OPERATOR,)

    def context(self) -> ssl.SSLContext:
        """The context for new connections.

        Raises:
            TlsError: a file is missing, damaged, or does not belong to the others.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_REQUIRED
        for path in (self.certificate, self.key, self.client_authority):
            if not path.is_file():
                raise TlsError(f"{path} is missing: TLS needs a certificate, its key, and the clients' authority")
        try:
            context.load_cert_chain(self.certificate, self.key)
        except (ssl.SSLError, OSError) as error:
            raise TlsError(f"{self.certificate} and {self.key} are not a certificate and its key: {error}") from error
        try:
            context.load_verify_locations(self.client_authority)
        except (ssl.SSLError, OSError) as error:
            raise TlsError(f"{self.client_authority} is no certificate of an authority: {error}") from error
        return context

    def may_write(self, certificate: bytes) -> bool:
        """Whether the client with this certificate (DER) has a role that may write."""
        return role_of(certificate) in self.write_roles


def role_of(certificate: bytes) -> str | None:
    """The role that a certificate (DER) names; None when it names none, or not as a UTF8String."""
    from cryptography import x509  # some megabytes, which only users of TLS should pay for

    try:
        extensions = x509.load_der_x509_certificate(certificate).extensions
        extension = extensions.get_extension_for_oid(x509.ObjectIdentifier(ROLE_OID)).value
    except (ValueError, x509.ExtensionNotFound):
        return None
    octets = extension.value if isinstance(extension, x509.UnrecognizedExtension) else b""
    if len(octets) < 2 or octets[0] != _UTF8_STRING or octets[1] != len(octets) - 2 or octets[1] >= 0x80:
        return None
    return octets[2:].decode("utf-8", "replace")
