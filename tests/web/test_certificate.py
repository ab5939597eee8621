"""Certificates: made, renewed in time, loaded, and refused with a reason."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from han2x.regular_file import read_beginning
from han2x.web import WebError
from han2x.web.certificate import (
    LASTS,
    fingerprint,
    make_certificate,
    must_be_renewed,
    must_not_be_expired,
    tls_context,
)

NAMES = ["han2x.local", "192.168.1.232", "::1"]
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    for file, content in zip((certificate, key), make_certificate(NAMES), strict=True):
        file.write_bytes(content)
    return certificate, key


def test_a_made_certificate_names_hosts_and_addresses_and_lasts_as_long_as_browsers_allow() -> None:
    certificate = x509.load_pem_x509_certificate(make_certificate(NAMES, NOW)[0])
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["han2x.local"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["192.168.1.232", "::1"]
    assert certificate.not_valid_before_utc < NOW < certificate.not_valid_after_utc
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == LASTS


def test_a_made_certificate_can_be_served(files: tuple[Path, Path]) -> None:
    context = tls_context(*files)
    assert context.minimum_version >= 0x0303  # TLS 1.2


def test_a_certificate_is_renewed_when_it_runs_out_or_a_name_is_new_and_not_before() -> None:
    certificate, _key = make_certificate(NAMES, NOW)
    assert not must_be_renewed(certificate, NAMES, NOW)
    assert not must_be_renewed(certificate, NAMES[:1], NOW)
    assert must_be_renewed(certificate, [*NAMES, "192.168.1.5"], NOW)
    assert must_be_renewed(certificate, NAMES, NOW + LASTS - timedelta(days=20))
    assert must_be_renewed(certificate, NAMES, NOW - timedelta(days=3))
    assert must_be_renewed(b"damaged", NAMES, NOW)
    assert must_be_renewed(b"\xff" * 100, NAMES, NOW)


def test_its_fingerprint_is_the_one_that_browsers_show(files: tuple[Path, Path]) -> None:
    made = x509.load_pem_x509_certificate(files[0].read_bytes())
    chain = files[0].read_bytes() + make_certificate(NAMES)[0]
    assert fingerprint(chain) == made.fingerprint(SHA256()).hex(":").upper()
    with pytest.raises(ValueError, match=r".+"):
        fingerprint(b"no certificate")


def test_an_expired_certificate_is_told_with_its_last_day(files: tuple[Path, Path]) -> None:
    must_not_be_expired(*files)
    with pytest.raises(WebError, match=r"valid only until 20\d\d-\d\d-\d\d"):
        must_not_be_expired(*files, now=datetime.now(UTC) + LASTS)


def test_what_was_read_is_what_is_served_though_the_files_are_others_by_then(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when somebody writes others in their place just after they were seen to be good files."""

    def read_and_replace(path: Path, most: int) -> bytes:
        octets = read_beginning(path, most)
        if path == files[1]:
            for file in files:
                file.write_bytes(b"half of ano")
        return octets

    monkeypatch.setattr("han2x.web.certificate.read_beginning", read_and_replace)
    tls_context(*files)


def test_where_there_are_no_files_in_memory_it_is_served_from_where_it_is(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(_name: str) -> int:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "memfd_create", forbidden)
    tls_context(*files)


@pytest.mark.parametrize("place", [Path("/dev/zero"), Path("/tmp")])  # noqa: S108 - any folder
def test_what_is_no_ordinary_file_is_refused_and_not_read(files: tuple[Path, Path], place: Path) -> None:
    for both in ((place, files[1]), (files[0], place)):
        with pytest.raises(WebError, match="no ordinary file"):
            tls_context(*both)


def test_a_key_of_another_certificate_is_refused(files: tuple[Path, Path]) -> None:
    files[1].write_bytes(make_certificate(NAMES)[1])
    with pytest.raises(WebError, match=r"certificate\.pem and .*key\.pem: they do not belong together"):
        tls_context(*files)


def test_what_is_no_pem_or_not_there_is_refused(files: tuple[Path, Path]) -> None:
    files[0].write_text("no certificate")
    with pytest.raises(WebError, match="they are no PEM files"):
        tls_context(*files)
    files[0].unlink()
    with pytest.raises(WebError, match="No such file"):
        tls_context(*files)


def test_a_key_with_a_password_is_refused_and_nothing_asks_for_it(files: tuple[Path, Path]) -> None:
    encryption = serialization.BestAvailableEncryption(b"secret")
    key = ec.generate_private_key(ec.SECP256R1())
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    files[1].write_bytes(key.private_bytes(pem, form, encryption))
    with pytest.raises(WebError, match="the key has a password"):
        tls_context(*files)
