"""The history on the page: how much there is, its backup, and what is exported and deleted."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from playwright.async_api import FilePayload, Locator, Page, expect

from han2x.api.audit import RecordedChange
from han2x.api.history import ExportQuery, HistoryDeletion, HistoryRestored, HistoryState
from han2x.api.listeners import ListenerFault
from han2x.web import ConflictError
from han2x.web.answers import file_name
from tests.browser.a_year import HOUR_S, write_a_year
from tests.browser.barriers import assert_no_barrier
from tests.browser.conftest import PASSWORD, Gateway, Open
from tests.browser.running import Running
from tests.end_to_end.gateway import Gateway as RunningGateway
from tests.end_to_end.gateway import running_gateway
from tests.end_to_end.test_page_changes import Person
from tests.web import fake_control

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="package"),
]

OSLO: Final = ZoneInfo("Europe/Oslo")


def _section(page: Page, name: str = "History") -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def _file(octets: bytes) -> FilePayload:
    return {"name": "history.jsonl.gz", "mimeType": "application/x-gzip", "buffer": octets}


async def test_the_page_says_how_much_is_remembered_of_which_meters(gateway: Gateway, open_page: Open) -> None:
    told = await gateway.control.history.state()
    page = await open_page("care", width=360)
    history = _section(page)
    await expect(history.get_by_text("The file has 9.4 MB. Last written: ")).to_be_visible()
    day = f"{datetime.fromtimestamp(told.meters[0].until or 0, OSLO):%-d %b %Y}"
    rows = history.locator(".list li")
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_contain_text("House: ")
    await expect(rows.first).to_contain_text(f" to {day}")
    await expect(rows.last).to_contain_text("Old cabin (removed): ")
    await expect(history.locator(".error:visible, .note:visible")).to_have_count(0)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await assert_no_barrier(page)


async def test_a_meter_with_a_long_name_is_not_cut_off_on_a_narrow_screen(gateway: Gateway, open_page: Open) -> None:
    told = await gateway.control.history.state()
    meters = [replace(meter, name="W" * 64) for meter in told.meters]
    gateway.control.history.told = replace(told, meters=meters)
    page = await open_page("care", width=360)
    history = _section(page)
    await expect(history.locator(".list li")).to_have_count(2)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await history.get_by_label("Everything before").fill("2025-07-01")
    await history.get_by_role("button", name="Delete history").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    dialog = page.get_by_role("dialog")
    assert await dialog.evaluate("element => element.scrollWidth <= element.clientWidth")


async def test_what_keeps_the_history_from_the_disk_is_told_in_the_reader_s_language(
    gateway: Gateway, open_page: Open
) -> None:
    fault = ListenerFault(
        code="history-not-written",
        values={"file": "history.db", "errno": "ENOSPC", "reason": "No space left on device"},
        message="history.db cannot be written",
    )
    gateway.control.history.told = HistoryState(
        enabled=True, fault=fault, octets=0, written_at=None, zone="", meters=[]
    )
    page = await open_page("care", locale="nb-NO")
    history = _section(page, "Historikk")
    await expect(history.locator(".error:visible")).to_contain_text("history.db kan ikke skrives")
    await expect(history.get_by_text("Ingenting er lagret ennå.")).to_be_visible()
    await expect(history.get_by_role("button", name="Slett historikk")).to_be_hidden()


async def test_a_history_that_is_switched_off_says_so_and_leads_to_its_setting(
    gateway: Gateway, open_page: Open
) -> None:
    gateway.control.history.told = HistoryState(
        enabled=False, fault=None, octets=0, written_at=None, zone="", meters=[]
    )
    page = await open_page("care")
    history = _section(page)
    await expect(history.get_by_text("The history is switched off")).to_be_visible()
    await expect(history.get_by_role("button")).to_have_count(0)
    await history.get_by_role("link").click()
    await expect(page.get_by_label("Keep a history")).to_be_focused()


async def test_the_backup_is_downloaded_under_the_gateway_s_name(
    gateway: Gateway, open_page: Open, tmp_path: Path
) -> None:
    page = await open_page("care")
    async with page.expect_download() as download:
        await _section(page).get_by_role("button", name="Download the history").press("Enter")
    file = await download.value
    assert file.suggested_filename == file_name(gateway.control.options().name, "history", "jsonl.gz")
    await file.save_as(tmp_path / "history.gz")
    assert gzip.decompress((tmp_path / "history.gz").read_bytes()).startswith(b'{"han2x-history"')


async def test_a_removed_meter_s_history_is_exported_by_the_steps_that_are_chosen(
    gateway: Gateway, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[ExportQuery] = []
    export = gateway.control.history.export

    async def noted(query: ExportQuery) -> AsyncIterator[bytes]:
        asked.append(query)
        return await export(query)

    monkeypatch.setattr(gateway.control.history, "export", noted)
    page = await open_page("care")
    part = _section(page).locator("div", has=page.get_by_role("heading", name="Export", exact=True)).last
    await part.get_by_label("Meter").select_option(value="2")
    await part.get_by_label("One line for each").select_option("month")
    async with page.expect_download() as download:
        await part.get_by_role("button", name="Download as CSV").click()
    name = (await download.value).suggested_filename
    assert name == file_name(gateway.control.options().name, "history-series-2-month", "csv")
    assert [(query.series, query.resolution) for query in asked] == [(2, "month")]


async def test_a_download_that_breaks_off_is_told_and_leaves_no_file(
    gateway: Gateway, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> AsyncIterator[bytes]:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"0123456789"
            raise OSError("the disk is gone")

        return pieces()

    monkeypatch.setattr(gateway.control.history, "backup", broken)
    page = await open_page("care")
    history = _section(page)
    await history.get_by_role("button", name="Download the history").click()
    await expect(history.get_by_role("alert")).to_have_text("The download broke off. Try again.")


async def test_a_backup_is_restored_and_the_rows_are_counted(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("care")
    history = _section(page)
    restore = history.get_by_role("button", name="Restore the history")
    await restore.click()
    await expect(history.locator("form .error:visible")).to_have_text("This is needed.")
    packed = gzip.compress(b"x" * 5000) + bytes(2000)
    await history.get_by_label("File with a history").set_input_files(_file(packed))
    await restore.press("Enter")
    count = f"{len(packed):,}".replace(",", "\u202f")
    await expect(history.get_by_text(f"Restored. Rows added: {count}.")).to_be_visible()
    assert gateway.control.history.restored == packed


async def test_a_file_that_is_no_backup_is_refused_in_words_and_one_that_is_there_already_is_told(
    gateway: Gateway, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await open_page("care", locale="sv-SE")
    history = _section(page, "Historik")
    await history.get_by_label("Fil med historik").set_input_files(_file(b"nothing packed"))

    async def refused(packed: AsyncIterator[bytes]) -> HistoryRestored:
        raise ConflictError("this is no gzip file", code="history-not-packed", values={})

    async def nothing(packed: AsyncIterator[bytes]) -> HistoryRestored:
        return HistoryRestored(rows=0)

    status = history.locator("form", has=page.get_by_label("Fil med historik")).locator(".form-status")
    monkeypatch.setattr(gateway.control.history, "restore", refused)
    await history.get_by_role("button", name="Återställ historiken").click()
    await expect(status).to_contain_text("gzip")
    await expect(status).not_to_contain_text("this is no gzip file")
    monkeypatch.setattr(gateway.control.history, "restore", nothing)
    await history.get_by_role("button", name="Återställ historiken").click()
    await expect(status).to_have_text("Allt i filen fanns redan.")


async def test_what_is_older_than_a_day_of_the_place_is_deleted_once_somebody_means_it(
    gateway: Gateway, open_page: Open
) -> None:
    page = await open_page("care", width=360, timezone_id="America/New_York")
    history = _section(page)
    form = history.locator("form.danger")
    delete = form.get_by_role("button", name="Delete history")
    await delete.press("Enter")
    await expect(form.locator(".error:visible")).to_have_text("This is needed.")
    await expect(form.get_by_label("Everything before")).to_be_focused()
    await form.get_by_label("Everything before").fill("2025-07-01")
    await delete.press("Enter")
    question = page.get_by_role("dialog", name="Delete the history of House before 1 Jul 2025?")
    await expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    await assert_no_barrier(page)
    await page.keyboard.press("Escape")
    await expect(question).to_have_count(0)
    assert gateway.control.history.deleted == []
    await delete.press("Enter")
    await question.get_by_role("button", name="Delete history").press("Enter")
    await expect(form.get_by_role("status")).to_have_text("Deleted.")
    await expect(delete).to_be_focused()
    begin = int(datetime(2025, 7, 1, tzinfo=OSLO).timestamp())
    assert gateway.control.history.deleted == [HistoryDeletion(series=1, before=begin)]


async def test_all_that_is_remembered_of_a_removed_meter_is_deleted(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("care")
    form = _section(page).locator("form.danger")
    await form.get_by_label("Meter").select_option(value="2")
    await form.get_by_label("What to delete").select_option("all")
    await expect(form.get_by_label("Everything before")).to_be_hidden()
    await form.get_by_role("button", name="Delete history").click()
    question = page.get_by_role("dialog", name="Delete the whole history of Old cabin (removed)?")
    await question.get_by_role("button", name="Delete history").click()
    await expect(form.get_by_role("status")).to_have_text("Deleted.")
    assert gateway.control.history.deleted == [HistoryDeletion(series=2)]


async def test_a_history_that_cannot_be_read_now_is_asked_for_again(
    gateway: Gateway, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused() -> HistoryState:
        raise ConflictError("no", code="busy")

    with monkeypatch.context() as patched:
        patched.setattr(gateway.control.history, "state", refused)
        page = await open_page("care")
        history = _section(page)
        await expect(history.get_by_role("status").first).to_have_text("The gateway is busy. Try again soon.")
    await history.get_by_role("button", name="Load again").click()
    await expect(history.locator(".list li")).to_have_count(2)


async def test_the_record_of_changes_tells_up_to_which_date_a_history_was_deleted(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    deletion = RecordedChange(
        time="2025-11-20T23:40:00+00:00", actor="session", name="", address="", action="history-deleted", what="House",
        before=None, after=int(datetime(2025, 7, 1, tzinfo=OSLO).timestamp()),
    )  # fmt: skip
    monkeypatch.setattr(fake_control, "CHANGES", [deletion])
    page = await open_page("care")
    changes = _section(page, "Changes").locator("li")
    await expect(changes).to_contain_text("History deleted · House: before 30 Jun 2025, 22:00:00")


@pytest.fixture
def with_a_year(tmp_path: Path) -> Iterator[tuple[RunningGateway, Person]]:
    write_a_year(tmp_path, int(time.time()) // HOUR_S * HOUR_S)
    with running_gateway(tmp_path, "--simulate") as running:
        person = Person(running)
        person.ask("POST", "/setup", {"password": PASSWORD})
        yield running, person


async def test_on_a_running_gateway_what_was_deleted_comes_back_from_the_backup(
    with_a_year: tuple[RunningGateway, Person], visit: Open, tmp_path: Path
) -> None:
    running, person = with_a_year
    page = await visit(Running(running), "care")
    history = _section(page)
    await expect(history.locator(".list li")).to_have_count(1, timeout=60_000)

    async def since() -> float:
        told = await asyncio.to_thread(person.ask, "GET", "/history/state")
        return float(told["meters"][0]["since"])

    before = await since()
    async with page.expect_download() as download:
        await history.get_by_role("button", name="Download the history").click()
    backup = tmp_path / "backup.jsonl.gz"
    await (await download.value).save_as(backup)
    form = history.locator("form.danger")
    day = f"{datetime.fromtimestamp(before + 100 * 24 * HOUR_S, OSLO):%Y-%m-%d}"
    await form.get_by_label("Everything before").fill(day)
    await form.get_by_role("button", name="Delete history").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete history").click()
    await expect(form.get_by_role("status")).to_have_text("Deleted.")
    assert await since() == datetime.fromisoformat(f"{day}T00:00:00").replace(tzinfo=OSLO).timestamp()
    await history.get_by_label("File with a history").set_input_files(backup)
    await history.get_by_role("button", name="Restore the history").click()
    status = history.locator("form", has=page.get_by_label("File with a history")).locator(".form-status")
    await expect(status).to_contain_text("Rows added: 2")
    assert await since() == before
