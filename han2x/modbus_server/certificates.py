"""A small certificate authority for Modbus/TCP Security, for users who have none."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from han2x.modbus_server.tls import ROLE_OID
from han2x.x509 import ROOT, Credential, alternative_names, begin, new_key, sign

VALID_FOR = timedelta(days=3650)
MAX_ROLE = 64


def new_authority(name: str, now: datetime) -> Credential:
    """A new root for both servers and clients, valid from `now`."""
    key = new_key()
    builder = begin(name, key, now, now + VALID_FOR).add_extension(ROOT, critical=True)
    return sign(builder.add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True), key)


def new_server(authority: Credential, hosts: Iterable[str], now: datetime) -> Credential:
    """A certificate for the gateway under these names and addresses; the first is its common name.

    Raises:
        ValueError: there is no name.
    """
    names = list(hosts)
    if not names:
        raise ValueError("a server's certificate needs at least one host name or address")
    builder, key = _issued(authority, names[0], ExtendedKeyUsageOID.SERVER_AUTH, now)
    return sign(builder.add_extension(alternative_names(names), critical=False), key, authority)


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
    return sign(builder, key, authority)


def _issued(
    authority: Credential, name: str, purpose: x509.ObjectIdentifier, now: datetime
) -> tuple[x509.CertificateBuilder, ec.EllipticCurvePrivateKey]:
    key = new_key()
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    return (
        begin(name, key, now, now + VALID_FOR, authority.certificate.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(issuer, critical=False),
        key,
    )


def _usage(**used: bool) -> x509.KeyUsage:
    names = "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign"
    return x509.KeyUsage(
        **{name: used.get(name, False) for name in f"{names} crl_sign encipher_only decipher_only".split()}
    )
