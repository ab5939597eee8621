"""The web page as a part of the gateway: it moves, ends, begins and comes back while Modbus goes on."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import ClientConnectorError, ClientSession
from cryptography import x509
from cryptography.hazmat.primitives import serialization

import han2x.app.page
from han2x.api.base import plain
from han2x.app.page_certificate import InForce, PageCertificate
from han2x.settings import WebSettings
from han2x.web.certificate import fingerprint, make_certificate
from han2x.web.sockets import open_sockets, probe
from tests.app.running import Running, change, in_file, running_daemon, settings
from tests.end_to_end.waiting import until

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60), pytest.mark.usefixtures("at_once")]


def web(port: int, **more: object) -> str:
    """Settings with the page on this port."""
    return settings(web={"listen": f"127.0.0.1:{port}", **more})


async def healthy(url: str, context: ssl.SSLContext | None = None) -> bool:
    """Whether the page is there."""
    try:
        async with ClientSession() as session, session.get(f"{url}/healthz", ssl=context or True) as answer:
            return await answer.text() == "ok"
    except ClientConnectorError:
        return False


async def served(running: Running, port: int) -> None:
    """Wait until the page is served there, and nowhere else."""
    await until(lambda: [url.rpartition(":")[2] for url in running.daemon.people.urls] == [f"{port}/"])


async def test_it_moves_to_another_port(tmp_path: Path, ports: list[int]) -> None:
    first, second, _ = ports
    async with running_daemon(tmp_path, web(first), web=None) as running:
        await running.reload(web(second))
        await served(running, second)

        assert await healthy(running.url)
        assert not await healthy(f"http://127.0.0.1:{first}")
        assert (await (await running.browser()).load())["logged_in"]


async def test_where_the_new_port_is_taken_it_comes_back(tmp_path: Path, ports: list[int]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        async with running_daemon(tmp_path, web(ports[0]), web=None) as running:
            await running.reload(web(taken.getsockname()[1]))
            await until(lambda: any("the web page cannot be served" in message for message in running.said()))
            await served(running, ports[0])

            assert await healthy(running.url)
            assert await running.value(40049) == 1000


async def test_of_two_moves_at_once_the_last_counts_and_one_that_fails_ends_where_it_was(
    tmp_path: Path, ports: list[int]
) -> None:
    first, second, third = ports
    with socket.create_server(("127.0.0.1", 0)) as taken:
        async with running_daemon(tmp_path, web(first), web=None) as running:
            await running.reload(web(second))
            await running.reload(web(third))
            await served(running, third)

            await running.reload(web(second))
            await running.reload(web(taken.getsockname()[1]))
            await until(lambda: any("the web page cannot be served" in message for message in running.said()))
            await until(lambda: running.daemon.people.urls)
            assert running.url in (f"http://127.0.0.1:{second}", f"http://127.0.0.1:{third}")
            assert await healthy(running.url)


async def test_one_that_moves_and_is_called_back_is_not_ended(
    tmp_path: Path, ports: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, _ = ports
    monkeypatch.setattr(han2x.app.page, "MOVE_AFTER_S", 2.0)  # longer than two reloads take on a busy computer
    async with running_daemon(tmp_path, web(first), web=None) as running:
        browser = await running.browser()
        events = await browser.session.get(f"{browser.url}/api/v1/events")
        await running.reload(web(second))
        await running.reload(web(first))
        await asyncio.sleep(2.2)

        assert running.url.endswith(f":{first}")
        async with asyncio.timeout(30):
            assert await events.content.readany()
        assert not events.content.at_eof()
        events.close()


async def test_it_is_disabled_and_enabled_again(tmp_path: Path, ports: list[int]) -> None:
    async with running_daemon(tmp_path, web(ports[0]), web=None) as running:
        url = running.url
        await running.reload(web(ports[0], enabled=False))
        await until(lambda: not running.daemon.people.urls)
        assert not await healthy(url)
        assert await running.value(40049) == 1000
        assert plain(running.daemon.status())["web"] == []

        await running.reload(web(ports[0]))
        await served(running, ports[0])
        assert await healthy(url)


async def test_one_that_was_never_enabled_is_enabled(tmp_path: Path, ports: list[int]) -> None:
    async with running_daemon(tmp_path, web(ports[0], enabled=False), web=None) as running:
        assert running.daemon.people.urls == []
        await running.reload(web(ports[0]))
        await served(running, ports[0])
        assert await healthy(running.url)


async def test_a_port_that_is_taken_at_the_start_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(han2x.app.page, "RETRY_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with running_daemon(tmp_path, web(port), web=None) as running:
            assert running.daemon.people.urls == []
            assert await running.value(40049) == 1000
            taken.close()
            await served(running, port)
            assert await healthy(running.url)


def certificate_of(running: Running) -> x509.Certificate:
    return x509.load_pem_x509_certificate((running.state / "page.pem").read_bytes())


def names_of(certificate: x509.Certificate) -> list[str]:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name) for name in names.get_values_for_type(x509.DNSName)]


def trust(running: Running) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(running.state / "page.pem"))
    context.check_hostname = False
    return context


async def test_https_is_switched_on_with_a_certificate_of_its_own(tmp_path: Path, ports: list[int]) -> None:
    async with running_daemon(tmp_path, web(ports[0]), web=None) as running:
        await running.reload(web(ports[0], https=True))
        await until(lambda: running.daemon.people.urls == [f"https://127.0.0.1:{ports[0]}/"])

        assert await healthy(running.url, trust(running))
        assert (running.state / "page.key").stat().st_mode & 0o777 == 0o600
        made = certificate_of(running)
    async with running_daemon(tmp_path, web=None) as running:
        assert await healthy(running.url, trust(running))
        assert certificate_of(running) == made


async def test_its_certificate_is_made_anew_for_another_name(tmp_path: Path, ports: list[int]) -> None:
    async with running_daemon(tmp_path, web(ports[0], https=True), web=None) as running:
        made = certificate_of(running)
        await running.reload(web(ports[0], https=True, host_names=["han2x.example.net"]))
        await until(lambda: certificate_of(running) != made)
        assert "han2x.example.net" in names_of(certificate_of(running))
        pem = (running.state / "page.pem").read_bytes()
        await until(lambda: running.daemon.people.fingerprint == fingerprint(pem))
        assert await healthy(running.url, trust(running))


async def test_the_owner_s_certificate_is_used_and_one_that_cannot_be_leaves_the_page_as_it_was(
    tmp_path: Path, ports: list[int]
) -> None:
    certificate, key = tmp_path / "own.pem", tmp_path / "own.key"
    for file, content in zip((certificate, key), make_certificate(["han2x.example.net"]), strict=True):
        file.write_bytes(content)
    async with running_daemon(tmp_path, web(ports[0]), web=None) as running:
        await running.reload(web(ports[0], https=True, certificate=certificate, key=key))
        await until(lambda: running.url.startswith("https") if running.daemon.people.urls else False)
        context = ssl.create_default_context(cafile=str(certificate))
        context.check_hostname = False
        assert await healthy(running.url, context)
        assert not (running.state / "page.pem").exists()

        await running.reload(web(ports[0], https=True, certificate=tmp_path / "missing.pem", key=key))
        await until(lambda: any("HTTPS cannot be had" in message for message in running.said()))
        await until(lambda: running.daemon.people.urls)
        assert await healthy(running.url, context)


async def test_a_host_name_that_no_certificate_can_have_does_not_end_the_gateway(
    tmp_path: Path, ports: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "målerskåp")
    async with running_daemon(tmp_path, web(ports[0], https=True), web=None) as running:
        assert await running.value(40049) == 1000
        assert await healthy(running.url, trust(running))


async def test_a_fault_in_the_page_does_not_end_the_gateway(
    tmp_path: Path, ports: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(han2x.app.page, "RETRY_S", 0.05)
    load = PageCertificate.load
    faults = [RuntimeError("not foreseen")] * 2

    def fail(certificate: PageCertificate, wanted: WebSettings) -> InForce:
        if faults:
            raise faults.pop()
        return load(certificate, wanted)

    monkeypatch.setattr(PageCertificate, "load", fail)
    async with running_daemon(tmp_path, web(ports[0], https=True), web=None) as running:
        assert await running.value(40049) == 1000
        assert await healthy(f"http://127.0.0.1:{ports[0]}"), "until there is a certificate, rather so than not at all"
        await until(lambda: running.daemon.people.fingerprint)
        assert await healthy(running.url, trust(running))
        assert any("a fault in this program" in message for message in running.said())
        assert in_file(running).web.https


def states(running: Running) -> dict[str, tuple[str, str]]:
    """How the page's places stand: state and the fault's code."""
    found = running.daemon.people.listeners
    return {each.what: (each.state, each.fault.code if each.fault else "") for each in found}


async def test_both_places_are_served_from_one_application(tmp_path: Path, ports: list[int]) -> None:
    text = web(ports[0], https_listen=f"127.0.0.1:{ports[1]}")
    async with running_daemon(tmp_path, text, web=None, https=None) as running:
        plain_url, encrypted_url = (url.rstrip("/") for url in running.daemon.people.urls)
        assert (plain_url, encrypted_url) == (f"http://127.0.0.1:{ports[0]}", f"https://127.0.0.1:{ports[1]}")
        assert await healthy(plain_url)
        assert await healthy(encrypted_url, trust(running))
        assert states(running) == {"page": ("serving", ""), "page-https": ("serving", "")}
        seen = fingerprint((running.state / "page.pem").read_bytes())
        assert running.daemon.people.fingerprint == seen
        assert plain(running.daemon.status())["fingerprint"] == seen
        assert sum(seen in message for message in running.said()) == 1


async def test_https_whose_port_another_program_has_is_down_until_it_is_free(
    tmp_path: Path, ports: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(han2x.app.page, "RETRY_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = web(ports[0], https_listen=f"127.0.0.1:{port}", https_only=True)
        async with running_daemon(tmp_path, text, web=None, https=None) as running:
            assert states(running) == {"page": ("serving", ""), "page-https": ("down", "port-held")}
            assert await healthy(f"http://127.0.0.1:{ports[0]}"), "a redirect to nowhere would lock everybody out"
            assert running.daemon.people.fingerprint == ""
            await asyncio.sleep(0.3)
            assert sum("cannot be served" in message for message in running.said()) == 1
            taken.close()
            await until(lambda: states(running)["page-https"] == ("serving", ""))
            assert await healthy(f"https://127.0.0.1:{port}", trust(running))
            async with (
                ClientSession() as session,
                session.get(f"http://127.0.0.1:{ports[0]}/x", allow_redirects=False) as answer,
            ):
                assert (answer.status, answer.headers["Location"]) == (307, f"https://127.0.0.1:{port}/x")


async def test_an_address_that_is_not_there_falls_back_to_all_and_goes_back(
    tmp_path: Path, ports: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(han2x.app.page, "RETRY_S", 0.05)
    there: list[bool] = []
    opened, probed = open_sockets, probe

    def real(host: str) -> str:
        """203.0.113.7 becomes an address of this computer during the test."""
        return "127.0.0.9" if host == "203.0.113.7" and there else host

    monkeypatch.setattr("han2x.web.server.open_sockets", lambda host, port: opened(real(host), port))
    monkeypatch.setattr("han2x.app.page_doors.probe", lambda host: probed(real(host)))
    text = settings(web={"listen": f"203.0.113.7:{ports[0]}"})
    async with running_daemon(tmp_path, text, web=None) as running:
        assert states(running) == {"page": ("fallback", "cannot-listen")}
        assert await healthy(f"http://127.0.0.1:{ports[0]}")
        assert any("on all addresses of that port instead" in message for message in running.said())
        there.append(True)
        await until(lambda: states(running) == {"page": ("serving", "")})
        assert await healthy(f"http://127.0.0.9:{ports[0]}")
        assert not await healthy(f"http://127.0.0.1:{ports[0]}")


@pytest.mark.parametrize("damage", ["missing", "no PEM", "a device", "a password", "expired"])
async def test_a_certificate_of_the_owner_s_that_cannot_be_used_leaves_a_self_made_one_and_is_told(
    tmp_path: Path, ports: list[int], damage: str
) -> None:
    certificate, key = tmp_path / "own.pem", tmp_path / "own.key"
    made = make_certificate(["han2x"], datetime(2020, 1, 1, tzinfo=UTC) if damage == "expired" else None)
    for file, content in zip((certificate, key), made, strict=True):
        file.write_bytes(content)
    match damage:
        case "missing":
            key.unlink()
        case "no PEM":
            certificate.write_text("no certificate")
        case "a device":
            certificate = Path("/dev/zero")
        case "a password":
            loaded = serialization.load_pem_private_key(made[1], None)
            form, secret = serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
            key.write_bytes(loaded.private_bytes(serialization.Encoding.PEM, form, secret))
    text = web(ports[0], https_listen=f"127.0.0.1:{ports[1]}", certificate=certificate, key=key)
    async with running_daemon(tmp_path, text, web=None, https=None) as running:
        assert await healthy(f"https://127.0.0.1:{ports[1]}", trust(running))
        state, code = states(running)["page-https"]
        assert state == "serving"
        assert code.startswith("https-")
        assert any("a self-made certificate is served instead" in message for message in running.said())
        assert await running.value(40049) == 1000


async def test_a_renewed_certificate_is_taken_by_a_reload_and_by_itself(
    tmp_path: Path, ports: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = tmp_path / "own.pem", tmp_path / "own.key"

    def renew() -> str:
        made = make_certificate(["han2x.example.net"])
        for file, content in zip((key, certificate), reversed(made), strict=True):
            file.write_bytes(content)
        return fingerprint(made[0])

    first = renew()
    text = web(ports[0], https_listen=f"127.0.0.1:{ports[1]}", certificate=certificate, key=key)
    async with running_daemon(tmp_path, text, web=None, https=None) as running:
        assert running.daemon.people.fingerprint == first
        second = renew()
        await running.reload()
        await until(lambda: running.daemon.people.fingerprint == second)
        monkeypatch.setattr(han2x.app.page, "RETRY_S", 0.05)
        await running.reload()
        third = renew()
        await until(lambda: running.daemon.people.fingerprint == third)


async def test_browsers_are_told_to_come_encrypted_only_with_the_owner_s_certificate(
    tmp_path: Path, ports: list[int]
) -> None:
    certificate, key = tmp_path / "own.pem", tmp_path / "own.key"
    for file, content in zip((certificate, key), make_certificate(["127.0.0.1"]), strict=True):
        file.write_bytes(content)
    own: dict[str, object] = {"certificate": certificate, "key": key}
    context = ssl.create_default_context(cafile=str(certificate))
    for more, told in (({}, False), ({"https_only": True}, True)):
        text = web(ports[0], https_listen=f"127.0.0.1:{ports[1]}", **own, **more)
        async with (
            running_daemon(tmp_path, text, web=None, https=None),
            ClientSession() as session,
            session.get(f"https://127.0.0.1:{ports[1]}/", ssl=context) as answer,
        ):
            assert ("Strict-Transport-Security" in answer.headers) is told


async def test_a_certificate_that_cannot_be_made_leaves_the_page_without_https(
    tmp_path: Path, ports: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_names: object) -> tuple[bytes, bytes]:
        raise ValueError("not foreseen")

    monkeypatch.setattr("han2x.app.page_certificate.make_certificate", fail)
    text = web(ports[0], https_listen=f"127.0.0.1:{ports[1]}", https_only=True)
    async with running_daemon(tmp_path, text, web=None, https=None) as running:
        assert states(running) == {"page": ("serving", ""), "page-https": ("down", "cannot-listen")}
        assert await healthy(f"http://127.0.0.1:{ports[0]}")


async def test_a_state_directory_that_takes_nothing_is_no_reason_to_have_no_https(
    tmp_path: Path, ports: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("han2x.atomic_file.write_whole", refuse)
    async with running_daemon(tmp_path, web(ports[0], https=True), web=None) as running:
        assert states(running) == {"page-https": ("serving", "")}
        assert len(running.daemon.people.fingerprint) == 95
        assert any("cannot be kept" in message for message in running.said())


async def test_which_networks_are_answered_is_in_force_at_once(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, "") as running:
        page = running.daemon.people._page
        assert page is not None
        allowed = page._server._connections._allowed
        assert allowed("192.168.1.7", "192.168.1.2")
        assert not allowed("8.8.8.8", "192.168.1.2")
        browser = await running.browser()
        answer = await change(browser, (("web", "allow"), ["10.0.0.0/8"]))
        assert answer.status == 200
        token = {"token": answer.body["pending"]["token"]}
        assert (await browser.ask("POST", "/settings/confirm", token)).status == 204
        assert not allowed("192.168.1.7", "192.168.1.2")
        assert allowed("10.1.1.1", "192.168.1.2")
        assert (await browser.load())["logged_in"]
