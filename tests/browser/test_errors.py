"""What is wrong is told in the reader's language, wherever it comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
from msgspec.structs import replace
from playwright.async_api import FilePayload, Page, expect

from han2x.api.live import Diagnosis, LastProblem
from han2x.app import settings_form
from han2x.gateway.diagnosis import Code
from han2x.model import ProblemCause
from han2x.serial_port.reasons import REASONS, PortFault
from han2x.settings import SettingsError
from han2x.settings.errors import SettingsProblem
from han2x.web import ConflictError
from tests.browser.conftest import Gateway, Open
from tests.browser.live_data import NEVER, NO_LINE, SILENT, live, meter
from tests.web.kem import kem_file

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]

ENGLISH: Final = (" the ", " is ", " and ", " not ", " with ", " was ", " of ")
LOCALES: Final = {"nb-NO": "Lagre", "sv-SE": "Spara", "da-DK": "Gem"}
VALUES: Final = dict.fromkeys(("port", "ports", "user", "group", "program", "process", "settings", "reason"), "7")


async def _is_not_english(page: Page, selector: str) -> None:
    texts = await page.locator(selector).all_inner_texts()
    assert texts
    for text in texts:
        assert [word for word in ENGLISH if word in f" {text} "] == [], text


async def _banners(gateway: Gateway, open_page: Open, locale: str, meters: list[dict[str, Any]]) -> None:
    """Look at a meter in trouble for each of these, all on one page."""
    shown = [meter(unit=unit, **changed) for unit, changed in enumerate(meters, 1)]
    gateway.control.data = live(*shown)
    page = await open_page(log_in=False, locale=locale)
    await expect(page.locator(".banner.warning:visible")).to_have_count(len(meters))
    await _is_not_english(page, ".banner.warning:visible")


@pytest.mark.parametrize("locale", LOCALES)
async def test_why_a_line_is_not_open(gateway: Gateway, open_page: Open, locale: str) -> None:
    faults = [PortFault(code, **VALUES | {"errno": "EIO"}) for code in REASONS]
    meters = [
        {
            **NEVER,
            "line": replace(NO_LINE, detail=str(fault), code=fault.code, values=fault.values),
            "diagnosis": Diagnosis(code="port-failed", values={"cause": fault.code}, what=str(fault), advice=""),
        }
        for fault in faults
    ]
    await _banners(gateway, open_page, locale, meters)


@pytest.mark.parametrize("locale", LOCALES)
async def test_what_is_the_matter_with_a_meter(gateway: Gateway, open_page: Open, locale: str) -> None:
    text = "it is in the English of the gateway"
    meters = [
        {**SILENT, "diagnosis": Diagnosis(code=code, what=text, advice=text)}
        for code in Code
        if code not in (Code.RECEIVING, Code.WAITING, Code.PORT_FAILED)
    ]
    await _banners(gateway, open_page, locale, meters)


@pytest.mark.parametrize("locale", LOCALES)
async def test_what_was_wrong_with_the_last_telegram(gateway: Gateway, open_page: Open, locale: str) -> None:
    text = "it was in the English of the gateway"
    told = Diagnosis(code="unknown-list", what=text, advice=text)
    problems = [LastProblem(kind=cause.kind, cause=cause, detail=text) for cause in ProblemCause]
    meters = [{**SILENT, "diagnosis": told, "last_problem": problem} for problem in problems]
    await _banners(gateway, open_page, locale, meters)


@pytest.mark.parametrize(("locale", "save"), LOCALES.items())
async def test_settings_that_are_refused(
    gateway: Gateway, open_page: Open, monkeypatch: pytest.MonkeyPatch, locale: str, save: str
) -> None:
    page = await open_page("settings", locale=locale)
    section = page.get_by_role("region", name="Frontpanel")
    await section.locator("details.seldom > summary").click()
    field = section.get_by_label("POWER").first
    await field.fill("the green one")
    await section.get_by_role("button", name=save, exact=True).click()
    await expect(section.locator(".error:visible")).to_contain_text("GPIO17")
    await _is_not_english(page, ".error:visible")

    async def full(changes: Any, within_s: Any = None) -> dict[str, Any]:  # noqa: ANN401 - as in the control
        problem = SettingsProblem.at((), "", "settings-unwritable", reason="the disk is full", errno="ENOSPC")
        raise settings_form.refusal(SettingsError(Path("settings.toml"), [problem]))

    monkeypatch.setattr(gateway.control, "change_settings", full)
    await field.fill("GPIO17")
    await section.get_by_role("button", name=save, exact=True).click()
    status = section.locator(".form-status.wrong")
    await expect(status).to_contain_text("isk")  # disken är full, disken er fuld
    await _is_not_english(page, ".form-status.wrong")


KEY_TEXTS: Final = ("not a key", "00112233445566778899AABBCCDDEEF", "64 1 0x" + "12" * 16 + "\n64 1 0x" + "34" * 16)
KEY_FILES: Final = (b"no such file", kem_file("another", {"1": "00" * 16}), b"PK\x03\x04")


@pytest.mark.parametrize(
    ("locale", "typed"), list(zip(LOCALES, KEY_TEXTS, strict=True)), ids=["letters", "digits", "twice"]
)
async def test_keys_that_are_refused(open_page: Open, locale: str, typed: str) -> None:
    page = await open_page("settings", locale=locale)
    form = page.locator(".keys details").first
    await form.locator("summary").click()
    await form.locator("textarea").fill(typed)
    await form.get_by_role("button").click()
    await expect(form.locator(".error:visible")).to_have_count(1)
    await _is_not_english(page, ".keys .error:visible")


@pytest.mark.parametrize(
    ("locale", "content"), list(zip(LOCALES, KEY_FILES, strict=True)), ids=["none", "password", "zip"]
)
async def test_a_key_file_that_is_refused(open_page: Open, locale: str, content: bytes) -> None:
    page = await open_page("settings", locale=locale)
    form = page.locator(".keys details").nth(1)
    await form.locator("summary").click()
    file: FilePayload = {"name": "meter.kem", "mimeType": "application/octet-stream", "buffer": content}
    await form.locator("input[type=file]").set_input_files(file)
    await form.locator("input[type=password]").fill("delivery-note-7")
    await form.get_by_role("button").last.click()
    await expect(form.locator(".error:visible")).to_have_count(1)
    await _is_not_english(page, ".keys .error:visible")


async def test_a_mistake_in_a_backup_is_told_with_the_setting_that_it_is_in(open_page: Open) -> None:
    page = await open_page("care", locale="nb-NO")
    text = "[[meters]]\n[[meters]]\nunit = 300\n[modbus]\nlang = 1\n"
    file: FilePayload = {"name": "backup.toml", "mimeType": "application/toml", "buffer": text.encode()}
    section = page.get_by_role("region", name="Gjenoppretting")
    await section.locator("input[type=file]").set_input_files(file)
    await section.locator("button[type=submit]").click()
    status = section.locator(".form-status")
    await expect(status).to_contain_text("Måler nr. 2, Modbus slave-ID: Et helt tall fra 1 til 247.")
    await expect(status).to_contain_text("Modbus, lang: Innstillingen lang finnes ikke.")


@pytest.mark.parametrize("code", ["already-pending", "interface-busy", "refused", "never-heard-of"])
async def test_what_cannot_be_done_now(
    gateway: Gateway, open_page: Open, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    async def refuse() -> None:
        raise ConflictError("it is not to be done with the gateway now", code=code)

    monkeypatch.setattr(gateway.control, "restart", refuse)
    page = await open_page("care", locale="sv-SE")
    section = page.get_by_role("region", name="Omstart")
    await section.get_by_role("button").click()
    status = section.locator(".form-status.wrong")
    if code == "never-heard-of":
        await expect(status).to_have_text("Inte tillåtet: it is not to be done with the gateway now")
    else:
        await expect(status).not_to_be_empty()
        await _is_not_english(page, ".form-status.wrong")
