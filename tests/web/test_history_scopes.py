"""Who may read, delete and restore the history: by the scope of a token, and without any login."""

from __future__ import annotations

import gzip
from typing import Final

import pytest

from han2x.web import PageOptions
from han2x.web.answers import file_name
from tests.web.gateway import Browser, serving

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]

GZIP: Final = {"Content-Type": "application/gzip"}


async def _bearer(browser: Browser, scope: str) -> dict[str, str]:
    made = await browser.ask("POST", "/tokens", {"name": scope, "scope": scope})
    return {"Authorization": f"Bearer {made.body['token']}"}


async def test_a_token_that_may_only_read_or_write_neither_deletes_nor_restores() -> None:
    async with serving() as gateway:
        owner, program = gateway.browser(), gateway.browser()
        await owner.first_visit()
        for scope, code in (("read", "read-only"), ("write", "scope")):
            bearer = await _bearer(owner, scope)
            deleted = await program.ask("POST", "/history/delete", {"unit": 1}, headers=bearer)
            restored = await program.ask("POST", "/history/restore", raw=gzip.compress(b"[]"), headers=bearer | GZIP)
            assert [(each.status, each.code) for each in (deleted, restored)] == [(403, code)] * 2
            assert (await program.ask("GET", "/history/state", headers=bearer)).status == 200
            assert (await program.ask("GET", "/history/backup", headers=bearer)).status == 200
        assert (gateway.control.history.deleted, gateway.control.history.restored) == ([], b"")


async def test_a_token_that_may_administer_deletes_and_restores() -> None:
    async with serving() as gateway:
        owner, program = gateway.browser(), gateway.browser()
        await owner.first_visit()
        bearer, packed = await _bearer(owner, "administer"), gzip.compress(b"[]")
        assert (await program.ask("POST", "/history/delete", {"unit": 1}, headers=bearer)).status == 204
        restored = await program.ask("POST", "/history/restore", raw=packed, headers=bearer | GZIP)
        assert (restored.status, gateway.control.history.restored) == (200, packed)
        assert len(gateway.control.history.deleted) == 1


async def test_nobody_in_particular_sees_what_the_page_shows_of_the_history_and_no_backup() -> None:
    async with serving() as gateway:
        await gateway.browser().first_visit()
        stranger = gateway.browser()
        gateway.control.page = PageOptions("0.1.0", live_open=True)
        assert (await stranger.ask("GET", "/history/export?resolution=day")).status == 200
        for path in ("/history/state", "/history/backup"):
            assert (await stranger.ask("GET", path)).code == "not-logged-in"
        for path in ("/history/delete", "/history/restore"):
            assert (await stranger.ask("POST", path, raw=b"", headers=GZIP)).status == 401
        gateway.control.page = PageOptions("0.1.0", live_open=False)
        for path in ("/history", "/history/capacity", "/history/voltage", "/history/export"):
            assert (await stranger.ask("GET", path)).code == "not-logged-in"
        assert (gateway.control.history.deleted, gateway.control.history.restored) == ([], b"")


async def test_files_are_called_by_the_gateway_s_name_and_the_day() -> None:
    async with serving() as gateway:
        owner = gateway.browser()
        await owner.first_visit()
        gateway.control.page = PageOptions("0.1.0", name="Hytta på fjellet")
        gateway.control.begin_capture(1, 5)
        names = {
            path: (await owner.ask("GET", path)).headers["Content-Disposition"]
            for path in ("/history/backup", "/history/export", "/history/export?series=2&format=jsonl", "/capture/file")
        }
        whose = "Hytta på fjellet"
        called = {
            "/history/backup": file_name(whose, "history", "jsonl.gz"),
            "/history/export": file_name(whose, "history-unit-1-hour", "csv"),
            "/history/export?series=2&format=jsonl": file_name(whose, "history-series-2-hour", "jsonl"),
            "/capture/file": "hytta-pa-fjellet-meter-1-2025-11-20.capture",
        }
        assert names == {path: f'attachment; filename="{name}"' for path, name in called.items()}
