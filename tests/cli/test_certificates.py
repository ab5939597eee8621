"""`han2x certificates`: an authority of one's own, and what it signs."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from han2x.cli import main
from han2x.modbus_server.tls import OPERATOR
from han2x.settings.load import check


def read(directory: Path, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((directory / f"{name}.pem").read_bytes())


def extensions(certificate: x509.Certificate) -> list[bytes]:
    return [extension.value.public_bytes() for extension in certificate.extensions]


def test_an_authority_and_what_it_signs_for_the_gateway_are_made_with_the_settings_for_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "tls"
    assert main(["certificates", str(directory), "--host", "192.168.1.232", "--host", "han2x.local"]) == 0

    authority, server = read(directory, "authority"), read(directory, "server")
    server.verify_directly_issued_by(authority)
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["han2x.local"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["192.168.1.232"]
    assert (directory / "server.key").stat().st_mode & 0o777 == 0o600
    told = capsys.readouterr().out
    settings, problems = check(tomllib.loads(told[told.index("[modbus]") :]))
    assert not problems
    assert settings.modbus.tls_key == directory / "server.key"


def test_what_is_there_stays_and_clients_are_added(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["certificates", str(tmp_path), "--host", "gateway"]) == 0
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    capsys.readouterr()
    assert main(["certificates", str(tmp_path), "--client", "scada", "--operator"]) == 0
    assert main(["certificates", str(tmp_path), "--client", "viewer"]) == 0

    assert {name: (tmp_path / name).read_bytes() for name in before} == before
    assert capsys.readouterr().out.splitlines()[0] == str(tmp_path / "scada.pem")
    authority, scada, viewer = (read(tmp_path, name) for name in ("authority", "scada", "viewer"))
    for client, name in ((scada, "scada"), (viewer, "viewer")):
        client.verify_directly_issued_by(authority)
        assert client.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == name
    assert any(OPERATOR.encode() in extension for extension in extensions(scada))
    assert not any(OPERATOR.encode() in extension for extension in extensions(viewer))


def test_the_gateway_is_called_by_its_own_name_where_none_is_given(tmp_path: Path) -> None:
    assert main(["certificates", str(tmp_path)]) == 0
    names = read(tmp_path, "server").extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert any(name.endswith(".local") for name in names.get_values_for_type(x509.DNSName))


@pytest.mark.parametrize("name", ["authority", "server"])
def test_a_client_cannot_take_the_files_of_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main(["certificates", str(tmp_path), "--client", name]) == 1
    assert f"a client cannot be called {name}" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["certificates", str(tmp_path / "file")]) == 1
    assert "file" in capsys.readouterr().err
