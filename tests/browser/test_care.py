"""Maintenance: log, telegrams, backup, restart and reset."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.async_api import FilePayload, expect

from han2x.api.care import LogRecord
from han2x.gateway.capture import read_chunks
from tests.browser.conftest import Gateway, Open
from tests.browser.live_data import WELL
from tests.conftest import ROOT
from tests.telegrams import load
from tests.web import fake_control
from tests.web.fake_control import BUNDLED

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]


async def test_the_gateway_tells_of_itself(open_page: Open) -> None:
    page = await open_page("care")
    facts = page.get_by_role("region", name="Gateway", exact=True).locator("dd")
    await expect(facts).to_have_text(["0.1.0", "17 h 0 min", "43.1 °C", "20 Nov 2025, 23:45:00"])


async def test_the_log_tells_the_run_before_apart_and_is_filtered_and_downloaded(
    open_page: Open, tmp_path: Path
) -> None:
    page = await open_page("care")
    log = page.get_by_role("region", name="Log")
    rows = log.locator("li")
    await expect(rows).to_have_text(
        [
            "20 Nov 2025, 23:44:55 warning the meter sent <b>nothing</b>",
            "20 Nov 2025, 23:44:00 info Modbus is served on 0.0.0.0:502",
            "Started again at 20 Nov 2025, 23:44:00",
            "19 Nov 2025, 12:00:00 error a fault in this program",
        ]
    )
    await log.get_by_label("Show").select_option("warnings and errors")
    await expect(rows).to_have_count(3)
    await log.get_by_label("Show").select_option("errors only")
    await expect(rows).to_have_count(1)
    await log.get_by_label("With the words").fill("METER")
    await expect(log.get_by_role("status")).to_have_text("No event fits what you are looking for.")
    await log.get_by_label("Show").select_option("everything")
    await expect(rows).to_have_text(["20 Nov 2025, 23:44:55 warning the meter sent <b>nothing</b>"])
    async with page.expect_download() as download:
        await log.get_by_role("button", name="Download the whole log").click()
    await (await download.value).save_as(tmp_path / "log.txt")
    lines = (tmp_path / "log.txt").read_text().splitlines()
    assert lines[0].endswith("error    a fault in this program")
    assert lines[1] == "--- started again ---"
    assert len(lines) == 4


async def test_of_a_long_log_the_newest_are_shown_and_the_others_when_asked_for(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [
        LogRecord(time="2025-11-20T23:44:00+00:00", level="info", message=f"event {number}", run="b")
        for number in range(250)
    ]
    monkeypatch.setattr(fake_control, "LOG", many)
    page = await open_page("care")
    log = page.get_by_role("region", name="Log")
    await expect(log.locator("li")).to_have_count(100)
    await expect(log.locator("li").first).to_contain_text("event 249")
    await log.get_by_role("button", name="Show older ones").click()
    await log.get_by_role("button", name="Show older ones").click()
    await expect(log.locator("li")).to_have_count(250)
    await expect(log.get_by_role("button", name="Show older ones")).to_be_hidden()


async def test_the_page_says_what_is_in_the_bundle_before_it_is_downloaded(open_page: Open) -> None:
    page = await open_page("care")
    bundle = page.get_by_role("region", name="Bundle for a fault report")
    await bundle.get_by_text("What is in it").click()
    assert set(await bundle.locator("li code").all_inner_texts()) == BUNDLED


async def test_who_changed_what_is_shown_the_newest_first(open_page: Open) -> None:
    page = await open_page("care")
    changes = page.get_by_role("region", name="Changes").locator("li")
    await expect(changes).to_have_text(
        [
            "20 Nov 2025, 23:40:00 logged in · 1f2e3d4c · 192.168.1.20 "
            "Setting changed · Meter no. 1, Scaling factor: ×1 → ×40",
            "20 Nov 2025, 23:30:00 API token · <b>balancer</b> · 192.168.1.30 "
            "Key changed · Meter no. 1, encryption key: not set → set",
            "20 Nov 2025, 23:20:00 Modbus client · 192.168.1.40 Scaling factor written · unit 1: ×2 → ×1",
            "20 Nov 2025, 23:10:00 the gateway Restart",
        ]
    )


async def test_raw_telegrams_are_shown_and_can_be_copied(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("care", permissions=["clipboard-read", "clipboard-write"])
    telegrams = page.get_by_role("region", name="Telegrams").locator("li")
    await expect(telegrams).to_have_count(5)
    await expect(telegrams.first).to_contain_text("· List 1")
    await telegrams.first.get_by_role("button", name="Copy").click()
    await expect(page.locator("#announcements")).to_have_text("Copied.")
    assert await page.evaluate("navigator.clipboard.readText()") == gateway.control.octets[-1].hex(" ")


async def test_the_first_telegram_shows_itself_when_it_has_come(gateway: Gateway, open_page: Open) -> None:
    """Octets are there before a telegram is: it is known to be whole when the line has been quiet for a second."""
    come, gateway.control.octets = gateway.control.octets, []
    gateway.show(line=replace(WELL.line, octets=150, octets_per_s=None, octet_age_s=0.1))
    page = await open_page("care")
    telegrams = page.get_by_role("region", name="Telegrams")
    await expect(telegrams).to_contain_text("No telegram has come yet.")
    gateway.control.octets = come[:1]
    await expect(telegrams.locator("li")).to_have_count(1)
    gateway.control.octets = come
    gateway.control.data = replace(gateway.control.data, uptime_s=7200)
    await expect(page.get_by_text("2 h 0 min", exact=True)).to_be_visible()
    await expect(telegrams.locator("li")).to_have_count(1)
    await telegrams.get_by_role("button", name="Load again").click()
    await expect(telegrams.locator("li")).to_have_count(5)


async def test_backup_and_bundle_are_downloaded(open_page: Open, tmp_path: Path) -> None:
    page = await open_page("care")
    for secrets in (False, True):
        await page.get_by_label("With the meters’ keys").set_checked(secrets)
        async with page.expect_download() as download:
            await page.get_by_role("button", name="Download the backup").click()
        await (await download.value).save_as(tmp_path / "backup.toml")
        assert f"secrets = {str(secrets).lower()}" in (tmp_path / "backup.toml").read_text()
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download the bundle").click()
    await (await download.value).save_as(tmp_path / "bundle.zip")
    assert zipfile.is_zipfile(tmp_path / "bundle.zip")


async def test_what_downloads_is_a_button_that_the_space_bar_presses_and_the_page_stays_where_it_is(
    gateway: Gateway, open_page: Open
) -> None:
    page = await open_page("care")
    await expect(page.get_by_role("link", name="Download")).to_have_count(0)
    for name in ("Download the backup", "Download the bundle", "Download the whole log", "Download as CSV"):
        button = page.get_by_role("button", name=name)
        async with page.expect_download():
            await button.press("Space")
        await expect(button).to_be_focused()
    assert page.url == f"{gateway.url}#care"


async def test_settings_are_restored_from_a_file_or_refused_whole(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("care")
    restore = page.get_by_role("region", name="Restore")

    async def give(text: str) -> None:
        file: FilePayload = {"name": "backup.toml", "mimeType": "application/toml", "buffer": text.encode()}
        await restore.get_by_label("Backup file").set_input_files(file)
        await restore.get_by_role("button", name="Restore the settings").click()

    await restore.get_by_role("button", name="Restore the settings").click()
    await expect(restore.locator(".error:visible")).to_have_text("This is needed.")
    await give("[modbus\n")
    await expect(restore.locator(".error:visible")).to_contain_text("This is not TOML")
    await give("[modbus]\nmax_connections = 0\n")
    await expect(restore.locator(".form-status")).to_contain_text(
        "Modbus, Clients at once: A whole number from 1 to 1000."
    )
    assert "modbus" not in gateway.control.document
    await give("[modbus]\nmax_connections = 5\n")
    await expect(restore.locator(".form-status")).to_contain_text("The settings are restored.")
    assert gateway.control.document["modbus"] == {"max_connections": 5}


async def test_the_gateway_is_restarted_once_somebody_has_said_that_they_mean_it(
    gateway: Gateway, open_page: Open
) -> None:
    page = await open_page("care")
    restart = page.get_by_role("button", name="Restart the gateway")
    question = page.get_by_role("dialog", name="Restart the gateway?")
    await restart.click()
    await expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(question).to_have_count(0)
    assert gateway.control.restarts == 0
    await restart.click()
    await question.get_by_role("button", name="Restart the gateway").click()
    await expect(page.get_by_text("The gateway is back.")).to_be_visible()
    assert gateway.control.restarts == 1


async def test_a_factory_reset_needs_a_word_and_leads_to_the_first_visit(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("care")
    await page.get_by_role("button", name="Reset to factory settings").click()
    await expect(page.locator(".error:visible")).to_have_text("Type “reset” here if you mean it.")
    assert gateway.access.password_set
    await page.get_by_label("Type “reset” to go on").fill("reset")
    await page.get_by_role("button", name="Reset to factory settings").click()
    await expect(page.get_by_role("heading", name="Choose a password")).to_be_visible()
    assert not gateway.access.password_set


async def test_a_telegram_is_decoded_beside_its_octets(open_page: Open) -> None:
    page = await open_page("care", locale="nb-NO")
    newest = page.get_by_role("region", name="Telegrammer").locator("li").first
    values = newest.get_by_role("table", name="Liste 1").locator("tbody tr")
    await expect(values.first.locator("td, th")).to_have_text(["1.7.0", "Positiv aktiv effekt", "1004 W"])
    await expect(values.filter(has_text="32.7.0").locator(".value")).to_have_text("230 V")
    await expect(newest.locator(".parts dt")).to_have_text(["Ramme", "Data", "Ramme"])
    await expect(newest.locator(".facts dd").first).to_have_text("5799999999999999")


async def test_a_p1_telegram_is_shown_as_its_lines_too(gateway: Gateway, open_page: Open) -> None:
    telegrams = {each.name: each.octets for each in load(ROOT / "tests" / "telegrams")}
    gateway.control.octets = [telegrams["p1-kamstrup"]]
    page = await open_page("care", width=360)
    lines = page.get_by_role("region", name="Telegrams").locator(".parts pre")
    first = telegrams["p1-kamstrup"].decode("ascii").split("\r\n")[0]
    await expect(lines).to_contain_text(re.compile(f"^{re.escape(first)}"))
    await expect(lines).to_contain_text(re.compile("!$"))
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360


async def test_an_encrypted_telegram_tells_its_sender_and_its_parts(gateway: Gateway, open_page: Open) -> None:
    encrypted = {each.name: each.octets for each in load(ROOT / "tests" / "telegrams")}
    gateway.control.octets = [encrypted["kamstrup-enc-push-1"]]
    page = await open_page("care")
    (telegram,) = await page.get_by_role("region", name="Telegrams").locator("li").all()
    await expect(telegram.get_by_text("the telegram is encrypted, and no key is set")).to_contain_text("KAM 150994945")
    await expect(telegram.locator(".parts dt")).to_have_text(
        ["Frame", "Ciphering header", "Data", "Authentication tag", "Frame"]
    )
    await expect(telegram.locator(".parts dd").nth(1)).to_have_text(re.compile("^db 08 4b 41 4d"))


async def test_a_line_is_recorded_stopped_downloaded_and_discarded_by_keyboard(
    gateway: Gateway, open_page: Open, tmp_path: Path
) -> None:
    page = await open_page("care", width=360)
    record = page.get_by_role("region", name="Record the line")
    await expect(record.get_by_text("Nothing is recorded.")).to_be_visible()
    await record.get_by_label("Stop after").select_option("5")
    await record.get_by_role("button", name="Start recording").press("Enter")
    await expect(
        record.get_by_text("Recording unit id 1: 2 s of 5 min 0 s, 228 octets, a file of 0.5 kB.")
    ).to_be_visible()
    await expect(record.get_by_role("button", name="Stop recording")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(record.get_by_text("It was stopped.")).to_be_visible()
    await expect(record.get_by_role("button", name="Start recording")).to_be_focused()
    async with page.expect_download() as download:
        await record.get_by_role("button", name="Download the recording").press("Enter")
    file = await download.value
    assert file.suggested_filename == "han2x-meter-1-2025-11-20.capture"
    await file.save_as(tmp_path / "line.capture")
    assert list(read_chunks((tmp_path / "line.capture").read_text().splitlines()))
    await record.get_by_role("button", name="Discard the recording").press("Enter")
    await expect(record.get_by_text("Nothing is recorded.")).to_be_visible()
    assert gateway.control.captured.state == "none"


async def test_a_recording_that_somebody_else_began_is_told(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("care")
    record = page.get_by_role("region", name="Record the line")
    await record.get_by_role("button", name="Start recording").wait_for()
    gateway.control.begin_capture(1, 10)
    await expect(record.get_by_role("button", name="Stop recording")).to_be_visible()
    await expect(record.get_by_role("button", name="Start recording")).to_be_hidden()
