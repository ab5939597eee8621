"""Certificates: made, renewed in time, loaded, and refused with a reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from han2x.web import WebError
from han2x.web.certificate import LASTS, make_certificate, must_be_renewed, tls_context

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
    assert must_be_renewed(b"damaged", NAMES, NOW)


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
