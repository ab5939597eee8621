"""Makes X.509 certificates (RFC 5280) on EC P-256, and keeps them with their keys as PEM files.

Imported where one is made or read, for the library behind it costs some megabytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

BACKDATED: Final = timedelta(days=1)
"""How long before it is made a certificate begins: whoever looks at it may have a clock that is behind."""
ROOT: Final = x509.BasicConstraints(ca=True, path_length=0)


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The key, without a password."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def save(self, directory: Path, name: str) -> None:
        """Write NAME.pem, and NAME.key that only the owner can read.

        Raises:
            FileExistsError: one of them is there already: keys are never overwritten.
        """
        _write_new(directory / f"{name}.key", self.key_pem, 0o600)
        _write_new(directory / f"{name}.pem", self.certificate_pem, 0o644)

    @classmethod
    def load(cls, directory: Path, name: str) -> Credential:
        """Read what `save` wrote.

        Raises:
            ValueError: a file is damaged, or of another kind.
            OSError: a file cannot be read.
        """
        certificate = x509.load_pem_x509_certificate((directory / f"{name}.pem").read_bytes())
        key = load_pem_private_key((directory / f"{name}.key").read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{directory / name}.key is not a key of an elliptic curve")  # noqa: TRY004  # the file's value
        return cls(certificate, key)


def new_key() -> ec.EllipticCurvePrivateKey:
    """A new private key."""
    return ec.generate_private_key(ec.SECP256R1())


def begin(
    name: str, key: ec.EllipticCurvePrivateKey, now: datetime, until: datetime, issuer: x509.Name | None = None
) -> x509.CertificateBuilder:
    """A certificate for this common name and key, to be extended and signed; without an `issuer`, a self-issued one."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def sign(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey, by: Credential | None = None) -> Credential:
    """The certificate and its `key`, signed `by` an authority or, without one, by itself."""
    return Credential(builder.sign(key if by is None else by.key, SHA256()), key)


def alternative_names(hosts: Iterable[str]) -> x509.SubjectAlternativeName:
    """These host names and IP addresses as a certificate has them."""
    return x509.SubjectAlternativeName([_general_name(host) for host in hosts])


def host_names(certificate: x509.Certificate) -> list[str]:
    """The host names and IP addresses that a certificate is for, as `alternative_names` was given them."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [str(name.value) for name in names]


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _write_new(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
