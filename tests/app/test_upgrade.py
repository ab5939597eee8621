"""An upgrade that was taken back is told until somebody has seen it: on the page, by a command, and over restarts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from han2x.app.audit import AuditTrail
from han2x.app.upgrade import Upgrade
from han2x.cli import main
from han2x.store import Store
from tests.app.running import running_daemon, settings
from tests.test_upgrade_note import NOTE

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]

TOLD = {
    "failed": "99.1.0",
    "runs": "0.1.0",
    "since": "2025-11-22T05:40:00+00:00",
    "fault": {
        "code": "upgrade-modbus", "values": {"port": 502}, "message": "it did not answer Modbus on port 502",
    },
}  # fmt: skip


@pytest.fixture
def note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As the package leaves it, for gateways that are begun from now on."""
    path = tmp_path / "returned"
    path.write_text(NOTE, encoding="utf-8")
    monkeypatch.setattr("han2x.app.upgrade.NOTE", path)
    return path


def _told(upgrade: Upgrade) -> str | None:
    """Which version was taken back, as it is told now."""
    told = upgrade.taken_back
    return None if told is None else told.failed


def _upgrade(state: Path) -> Upgrade:
    upgrade = Upgrade(Store(state), AuditTrail(state))
    upgrade.look()
    return upgrade


async def test_what_was_acknowledged_stays_so_over_a_restart_and_another_one_is_told_again(
    tmp_path: Path, note: Path
) -> None:
    upgrade = _upgrade(tmp_path / "state")
    assert _told(upgrade) == "99.1.0"
    assert await upgrade.acknowledge()
    assert _told(upgrade) is None
    assert not await upgrade.acknowledge()
    assert _told(_upgrade(tmp_path / "state")) is None
    note.write_text(NOTE.replace("99.1.0", "99.2.0").replace("1763790000", "1763800000"), encoding="utf-8")
    assert _told(_upgrade(tmp_path / "state")) == "99.2.0"
    note.unlink()
    assert _told(_upgrade(tmp_path / "state")) is None


async def test_the_page_and_the_status_tell_it_until_somebody_at_the_page_has_seen_it(
    tmp_path: Path, note: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["status", "--state-dir", str(tmp_path / "state")]
    async with running_daemon(tmp_path, settings()) as running:
        browser = await running.browser()
        assert (await browser.ask("GET", "/live")).body["taken_back"] == TOLD
        await asyncio.to_thread(main, command)
        assert (
            "upgrade  to 99.1.0 taken back at 2025-11-22T05:40:00+00:00: it did not answer" in capsys.readouterr().out
        )
        assert (await browser.ask("POST", "/upgrade/acknowledge")).status == 204
        assert (await browser.ask("GET", "/live")).body["taken_back"] is None
        await asyncio.to_thread(main, command)
        assert "upgrade" not in capsys.readouterr().out
        recorded = (await browser.ask("GET", "/audit")).body["entries"]
        assert ("session", "upgrade-acknowledged", "99.1.0") in {
            (each["actor"], each["action"], each["what"]) for each in recorded
        }
    async with running_daemon(tmp_path) as running:
        assert running.daemon.live().taken_back is None


async def test_whoever_is_not_logged_in_acknowledges_nothing(tmp_path: Path, note: Path) -> None:
    async with running_daemon(tmp_path, settings()) as running:
        browser = await running.browser()
        await browser.ask("POST", "/logout")
        assert (await browser.ask("POST", "/upgrade/acknowledge")).status in (401, 403)
        assert running.daemon.live().taken_back is not None


async def test_a_command_acknowledges_it_too(tmp_path: Path, note: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["update", "--acknowledge", "--state-dir", str(tmp_path / "state")]
    async with running_daemon(tmp_path, settings(), web=None) as running:
        assert await asyncio.to_thread(main, command) == 0
        assert capsys.readouterr().out == "The notice is dismissed.\n"
        assert running.daemon.status().taken_back is None
        assert await asyncio.to_thread(main, command) == 0
        assert capsys.readouterr().out == "There is nothing to acknowledge.\n"
    assert await asyncio.to_thread(main, command) == 3
    assert "nothing was acknowledged" in capsys.readouterr().err


def test_the_status_of_a_gateway_that_does_not_run_tells_it_too(
    tmp_path: Path, note: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("han2x.upgrade_note.note_path", lambda: note)
    assert main(["status", "--state-dir", str(tmp_path / "state")]) == 2
    assert "version 99.1.0 was taken back: it did not answer Modbus on port 502" in capsys.readouterr().err
