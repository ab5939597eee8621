"""A small certificate authority for Modbus/TCP Security, for users who have none."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from han2x.modbus_server.tls import ROLE_OID

VALID_FOR = timedelta(days=3650)
MAX_ROLE = 64


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def save(self, directory: Path, name: str) -> None:
        """Write NAME.pem, and NAME.key that only the owner can read.

        Raises:
            FileExistsError: one of them exists already; keys are never overwritten.
        """
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write_new(directory / f"{name}.key", key, 0o600)
        _write_new(directory / f"{name}.pem", self.certificate.public_bytes(Encoding.PEM), 0o644)

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


def new_authority(name: str, now: datetime) -> Credential:
    """A new root for both servers and clients, valid from `now`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _named(name)
    builder = _builder(subject, subject, key.public_key(), now).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    usage = _usage(key_cert_sign=True, crl_sign=True)
    return Credential(builder.add_extension(usage, critical=True).sign(key, SHA256()), key)


def new_server(authority: Credential, hosts: Iterable[str], now: datetime) -> Credential:
    """A certificate for the gateway under these names and addresses; the first is its common name.

    Raises:
        ValueError: there is no name.
    """
    names = list(hosts)
    if not names:
        raise ValueError("a server's certificate needs at least one host name or address")
    builder, key = _issued(authority, names[0], ExtendedKeyUsageOID.SERVER_AUTH, now)
    builder = builder.add_extension(
        x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False
    )
    return Credential(builder.sign(authority.key, SHA256()), key)


def new_client(authority: Credential, name: str, role: str | None, now: datetime) -> Credential:
    """A certificate for a client, with or without a role.

    Raises:
        ValueError: the role is empty or longer than 64 octets.
    """
    builder, key = _issued(authority, name, ExtendedKeyUsageOID.CLIENT_AUTH, now)
    if role is not None:
        octets = role.encode()
        if not 1 <= len(octets) <= MAX_ROLE:
            raise ValueError(f"a role has 1 to {MAX_ROLE} octets, {role!r} has {len(octets)}")
        extension = x509.UnrecognizedExtension(x509.ObjectIdentifier(ROLE_OID), bytes((0x0C, len(octets))) + octets)
        builder = builder.add_extension(extension, critical=False)
    return Credential(builder.sign(authority.key, SHA256()), key)


def _issued(
    authority: Credential, name: str, purpose: x509.ObjectIdentifier, now: datetime
) -> tuple[x509.CertificateBuilder, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_named(name), authority.certificate.subject, key.public_key(), now)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    return (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(issuer, critical=False),
        key,
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        # A gateway's clock may be behind that of the machine that makes its certificates.
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + VALID_FOR)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(**used: bool) -> x509.KeyUsage:
    names = "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign"
    return x509.KeyUsage(
        **{name: used.get(name, False) for name in f"{names} crl_sign encipher_only decipher_only".split()}
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _write_new(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
