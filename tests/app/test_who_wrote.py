"""Who may write the scaling factor, and whose write it was."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from han2x.app.audit import AuditTrail
from han2x.audit import Actor, ActorKind, acting
from tests.app.conftest import Skew
from tests.app.running import change, connected, running_daemon, settings
from tests.app.test_factor import write
from tests.app.test_secure_modbus import asked, certificates, port, secured  # noqa: F401 - two are fixtures
from tests.end_to_end.waiting import until
from tests.modbus_server.frames import mbap

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]

HERE = Actor(ActorKind.MODBUS, address="127.0.0.1")
REFUSED = mbap("90 01", 1)

Recorded = list[tuple[Actor, str, str, object, object]]


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    """What is recorded of changes, and for whom."""
    said: Recorded = []

    def record(_trail: AuditTrail, action: str, what: str = "", *, before: object = None, after: object = None) -> None:
        said.append((acting.get(), action, what, before, after))

    monkeypatch.setattr(AuditTrail, "record", record)
    return said


async def test_a_factor_is_recorded_with_its_writer_from_what_and_to_what(tmp_path: Path, recorded: Recorded) -> None:
    async with running_daemon(tmp_path, "[[meters]]\nunit = 7\n") as running:
        assert await running.write_factor(2000, unit=7)
        assert await running.write_factor(2000, unit=7), "which changes nothing"
        assert not await running.write_factor(5, unit=7), "which is refused"
        assert recorded == [(HERE, "factor", "unit 7", 1000, 2000)]
        assert any(
            line == "meter 7: the client 127.0.0.1 set the scaling factor from 1000 to 2000" for line in running.said()
        )
        assert acting.get().kind is ActorKind.GATEWAY


async def test_a_half_that_comes_into_force_by_itself_is_its_writer_s(
    tmp_path: Path, recorded: Recorded, skew: Skew
) -> None:
    async with running_daemon(tmp_path, "") as running:
        async with connected(running) as (reader, writer):
            writer.write(mbap("06 0030 0001"))
            assert await reader.readexactly(12) == mbap("06 0030 0001")
            assert recorded == []
            skew.passes(11)
            await until(lambda: bool(recorded))
        assert recorded == [(HERE, "factor", "unit 1", 1000, 66_536)]


def over_tls(value: int) -> Callable[[ssl.SSLSocket], bytes]:
    def ask(connection: ssl.SSLSocket) -> bytes:
        connection.sendall(write(value))
        return connection.recv(64)

    return ask


async def test_over_tls_it_is_the_certificate_s_subject(
    tmp_path: Path,
    certificates: Path,  # noqa: F811
    port: int,  # noqa: F811
    recorded: Recorded,
) -> None:
    async with running_daemon(tmp_path, secured(certificates, port)):
        assert (await asked(certificates, port, over_tls(2000), "operator"))[7] == 0x10
        who = Actor(ActorKind.MODBUS_TLS, "operator", "127.0.0.1")
        assert recorded == [(who, "factor", "unit 1", 1000, 2000)]


@pytest.mark.parametrize(
    ("write_setting", "plain", "operator", "viewer"),
    [
        ("anyone", 0x10, 0x10, 0x90),
        ("allow-list", 0x90, 0x90, 0x90),
        ("tls-operators", 0x90, 0x10, 0x90),
        ("nobody", 0x90, 0x90, 0x90),
    ],
)
async def test_the_setting_says_who_may_write_from_now_on(
    tmp_path: Path,
    certificates: Path,  # noqa: F811
    port: int,  # noqa: F811
    write_setting: str,
    plain: int,
    operator: int,
    viewer: int,
) -> None:
    async with (
        running_daemon(tmp_path, secured(certificates, port, writers=["192.0.2.0/24"])) as running,
        connected(running) as (reader, writer),
    ):
        browser = await running.browser()
        assert (await change(browser, (["modbus", "write"], write_setting))).status == 200
        writer.write(write(2000))
        answer = await reader.readexactly(9)
        assert answer[7] == plain
        if plain == 0x90:
            assert answer == REFUSED
        assert (await asked(certificates, port, over_tls(3000), "operator"))[7] == operator
        assert (await asked(certificates, port, over_tls(4000), "viewer"))[7] == viewer
        monitor = (await browser.ask("GET", "/modbus")).body["recent"][-1]
        assert monitor["written"] == {"address": 48, "count": 2, "words": [0, 2000]}
        assert monitor["exception"] == (1 if plain == 0x90 else None)


async def test_an_older_file_that_refuses_every_write_still_does_until_the_page_says_otherwise(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, settings(modbus={"read_only": True})) as running:
        assert not await running.write_factor(2000)
        browser = await running.browser()
        assert (await browser.ask("GET", "/settings")).body["values"]["modbus"]["write"] == "nobody"
        assert (await change(browser, (["modbus", "write"], "anyone"))).status == 200
        assert await running.write_factor(2000)
