"""Certificates for Modbus/TCP Security, and what is read from them."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from han2x.modbus_server.certificates import new_authority, new_client, new_server
from han2x.modbus_server.faults import TlsError
from han2x.modbus_server.tls import OPERATOR, Tls, role_of
from han2x.x509 import Credential

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def authority() -> Credential:
    return new_authority("test authority", NOW)


def der(credential: Credential) -> bytes:
    return credential.certificate.public_bytes(Encoding.DER)


def tls(directory: Path, authority: Credential) -> Tls:
    authority.save(directory, "authority")
    new_server(authority, ["gateway"], NOW).save(directory, "server")
    return Tls(directory / "server.pem", directory / "server.key", directory / "authority.pem")


@pytest.mark.parametrize("role", ["operator", "viewer", "r" * 64, "håndverker"])
def test_role_in_a_certificate_is_read_back(authority: Credential, role: str) -> None:
    assert role_of(der(new_client(authority, "client", role, NOW))) == role


def test_role_is_der_as_the_specification_says(authority: Credential) -> None:
    certificate = new_client(authority, "client", "operator", NOW).certificate
    extension = certificate.extensions.get_extension_for_oid(x509.ObjectIdentifier("1.3.6.1.4.1.50316.802.1"))

    assert isinstance(extension.value, x509.UnrecognizedExtension)
    assert extension.value.value == b"\x0c\x08operator"


def test_certificate_without_a_role_has_none(authority: Credential) -> None:
    assert role_of(der(new_client(authority, "client", None, NOW))) is None


def test_what_is_no_certificate_has_no_role() -> None:
    assert role_of(b"no certificate") is None


@pytest.mark.parametrize("octets", [b"", b"\x0c", b"\x0c\x09operator", b"\x0c\x07operator", b"\x16\x08operator"])
def test_role_that_is_no_utf8_string_is_none(authority: Credential, octets: bytes) -> None:
    plain = new_client(authority, "client", None, NOW).certificate
    builder = x509.CertificateBuilder(
        plain.issuer, plain.subject, plain.public_key(), 7, plain.not_valid_before_utc, plain.not_valid_after_utc
    ).add_extension(
        x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.50316.802.1"), octets), critical=False
    )
    algorithm = plain.signature_hash_algorithm
    assert algorithm is not None
    assert role_of(builder.sign(authority.key, algorithm).public_bytes(Encoding.DER)) is None  # type: ignore[arg-type]  # it is SHA-256


@pytest.mark.parametrize("role", ["", "r" * 65])
def test_role_that_is_empty_or_too_long_is_refused(authority: Credential, role: str) -> None:
    with pytest.raises(ValueError, match="a role has 1 to 64 octets"):
        new_client(authority, "client", role, NOW)


def test_only_the_roles_that_are_given_may_write(authority: Credential, tmp_path: Path) -> None:
    given = tls(tmp_path, authority)

    assert given.may_write(der(new_client(authority, "client", OPERATOR, NOW)))
    assert not given.may_write(der(new_client(authority, "client", "viewer", NOW)))
    assert not given.may_write(der(new_client(authority, "client", None, NOW)))


def test_server_s_certificate_is_for_all_its_names(authority: Credential) -> None:
    certificate = new_server(authority, ["gateway.local", "192.0.2.7"], NOW).certificate
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value

    assert names.get_values_for_type(x509.DNSName) == ["gateway.local"]
    assert names.get_values_for_type(x509.IPAddress) == [IPv4Address("192.0.2.7")]


def test_server_s_certificate_without_a_name_is_refused(authority: Credential) -> None:
    with pytest.raises(ValueError, match="at least one host name"):
        new_server(authority, [], NOW)


def test_certificates_are_good_for_ten_years(authority: Credential) -> None:
    certificate = new_client(authority, "client", None, NOW).certificate

    assert certificate.not_valid_before_utc < NOW
    assert certificate.not_valid_after_utc.year == 2036
    certificate.verify_directly_issued_by(authority.certificate)


def test_keys_are_private_and_never_overwritten(authority: Credential, tmp_path: Path) -> None:
    authority.save(tmp_path, "authority")

    assert (tmp_path / "authority.key").stat().st_mode & 0o777 == 0o600
    assert Credential.load(tmp_path, "authority").certificate == authority.certificate
    with pytest.raises(FileExistsError):
        new_authority("another", NOW).save(tmp_path, "authority")
    assert Credential.load(tmp_path, "authority").certificate == authority.certificate


def test_good_files_make_a_context(authority: Credential, tmp_path: Path) -> None:
    assert tls(tmp_path, authority).context()


@pytest.mark.parametrize("name", ["server.pem", "server.key", "authority.pem"])
def test_missing_file_is_named(authority: Credential, tmp_path: Path, name: str) -> None:
    given = tls(tmp_path, authority)
    (tmp_path / name).unlink()

    with pytest.raises(TlsError, match=f"{name} is missing"):
        given.context()


@pytest.mark.parametrize("name", ["server.pem", "server.key", "authority.pem"])
def test_damaged_file_is_named(authority: Credential, tmp_path: Path, name: str) -> None:
    given = tls(tmp_path, authority)
    (tmp_path / name).write_text("damaged")

    with pytest.raises(TlsError, match=name):
        given.context()


def test_key_of_another_certificate_is_refused(authority: Credential, tmp_path: Path) -> None:
    given = tls(tmp_path, authority)
    (tmp_path / "server.key").write_bytes((tmp_path / "authority.key").read_bytes())

    with pytest.raises(TlsError, match="are not a certificate and its key"):
        given.context()
