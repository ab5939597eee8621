"""`han2x certificates`: an authority of one's own, and what it signs."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from han2x.cli import certificates, main
from han2x.cli import service_user as users
from han2x.modbus_server.tls import OPERATOR
from han2x.settings.load import check

PYTHON = "/usr/bin/python3"
"""The system's, which any user may run."""


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
    assert f"a client cannot be called {name!r}" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["certificates", str(tmp_path / "file")]) == 1
    assert "file" in capsys.readouterr().err


@pytest.fixture
def service_user(monkeypatch: pytest.MonkeyPatch) -> str:
    """The service is installed: its user is one that every Linux has."""
    monkeypatch.setattr(users, "NAME", "nobody")
    return "nobody"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """One that every user may enter, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.usefixtures("service_user")
@pytest.mark.parametrize("hidden", ["/root/certs", "/home/pi/certs", "/tmp/certs"])  # noqa: S108 - nothing is made there
def test_a_directory_that_the_service_does_not_see_is_told(hidden: str) -> None:
    (advice,) = certificates._for_the_service(Path(hidden))
    assert advice == f"the service does not see {hidden}; make them with: sudo han2x certificates /etc/han2x/tls"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files to others")
def test_what_root_makes_the_service_can_read_and_its_keys_nobody_else(
    open_folder: Path, service_user: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(users, "HIDDEN", ())
    directory = open_folder / "a" / "tls"
    before = os.umask(0o077)
    try:
        assert main(["certificates", str(directory), "--client", "scada"]) == 0
    finally:
        os.umask(before)
    told = capsys.readouterr()
    assert told.err == ""

    paths = [str(directory / name) for name in ("server.pem", "server.key", "authority.pem")]
    read = "import sys; [open(path).read() for path in sys.argv[1:]]"
    run = partial(subprocess.run, cwd="/", capture_output=True, text=True, check=False, extra_groups=[])
    group = pwd.getpwnam(service_user).pw_gid
    assert run([PYTHON, "-c", read, *paths], user=service_user, group=group).returncode == 0
    for key in ("server.key", "authority.key", "scada.key"):
        stranger = run([PYTHON, "-c", read, str(directory / key)], user="daemon", group="daemon")
        assert "PermissionError" in stranger.stderr, key


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files to others")
@pytest.mark.usefixtures("service_user")
def test_a_directory_that_is_closed_to_the_service_is_told_with_the_way_to_open_it(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(users, "HIDDEN", ())
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    assert main(["certificates", str(closed / "tls")]) == 0
    told = capsys.readouterr()
    assert f"the service's user nobody cannot read {closed}; allow it with: chmod o+x {closed}" in told.err
    assert not check(tomllib.loads(told.out[told.out.index("[modbus]") :]))[1]


@pytest.mark.parametrize("name", ["../../x", "a/b", ".hidden", "", "authority", "server", "x" * 65, "a\nb"])
def test_a_client_s_name_that_no_file_may_have_is_refused_before_anything_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    directory = tmp_path / "deep" / "tls"
    assert main(["certificates", str(directory), "--client", name]) == 1
    assert "a client cannot be called" in capsys.readouterr().err
    assert not any(tmp_path.iterdir())


def test_other_names_for_a_gateway_that_has_a_certificate_are_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["certificates", str(tmp_path), "--host", "han2x.local", "--host", "192.168.1.9"]) == 0
    before = (tmp_path / "server.pem").read_bytes()
    capsys.readouterr()

    assert main(["certificates", str(tmp_path), "--host", "192.168.1.9"]) == 0
    assert main(["certificates", str(tmp_path), "--host", "127.0.0.1"]) == 1
    said = capsys.readouterr().err
    assert f"{tmp_path}/server.pem is there already, for han2x.local, 192.168.1.9 and not for 127.0.0.1" in said
    assert (tmp_path / "server.pem").read_bytes() == before
