"""Keys: typed, pasted, or from a KEM file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import FilePayload, Page, expect

from tests.browser.conftest import Gateway, Open
from tests.web.kem import kem_file

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]

KEY: Final = "00112233445566778899AABBCCDDEEFF"
OTHER: Final = "FFEEDDCCBBAA99887766554433221100"
PASSWORD: Final = "delivery-note-7"


async def _import(page: Page, content: bytes, password: str) -> None:
    file: FilePayload = {"name": "meter.kem", "mimeType": "application/octet-stream", "buffer": content}
    summary = page.get_by_text("Import keys from a KEM file")
    await expect(summary).to_be_visible()
    if await page.locator("details:not([open]) > summary", has_text="Import keys from a KEM file").count():
        await summary.click()
    await page.get_by_label("KEM file", exact=True).set_input_files(file)
    await page.get_by_label("Password of the KEM file").fill(password)
    await page.get_by_role("button", name="Import keys").click()


async def test_keys_can_be_typed(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("settings")
    await expect(page.get_by_text("No keys are set.")).to_be_visible()
    await page.get_by_text("Type or paste keys").click()
    await page.get_by_label("Keys", exact=True).fill(f"{KEY}\n{OTHER}")
    await page.get_by_role("button", name="Save keys").click()
    await expect(page.get_by_text("Both keys are saved.").first).to_be_visible()
    keys = gateway.control.keys[1]
    assert (keys.encryption_key.hex().upper(), keys.authentication_key and keys.authentication_key.hex().upper()) == (
        KEY,
        OTHER,
    )


@pytest.mark.parametrize("typed", ["", "not a key", KEY[:-1]])
async def test_what_is_no_key_is_refused_at_the_field(gateway: Gateway, open_page: Open, typed: str) -> None:
    page = await open_page("settings")
    await page.get_by_text("Type or paste keys").click()
    await page.get_by_label("Keys", exact=True).fill(typed)
    await page.get_by_role("button", name="Save keys").click()
    await expect(page.locator(".error:visible")).to_have_count(1)
    assert gateway.control.keys == {}


async def test_keys_come_from_a_kem_file(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("settings")
    await _import(page, kem_file(PASSWORD, {"12345678": KEY}), PASSWORD)
    await expect(page.get_by_text("They are those of meter 12345678.").first).to_be_visible()
    assert gateway.control.keys[1].encryption_key == bytes.fromhex(KEY)


async def test_of_several_meters_in_a_kem_file_one_is_chosen(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("settings")
    await _import(page, kem_file(PASSWORD, {"12345678": KEY, "87654321": OTHER}), PASSWORD)
    await expect(page.locator(".error:visible")).to_contain_text("The file has keys of several meters.")
    await page.get_by_label("Meter", exact=True).select_option("87654321")
    await page.get_by_role("button", name="Import keys").click()
    await expect(page.get_by_text("They are those of meter 87654321.").first).to_be_visible()
    assert gateway.control.keys[1].encryption_key == bytes.fromhex(OTHER)


@pytest.mark.parametrize(
    ("content", "password", "error"),
    [
        (
            kem_file(PASSWORD, {"12345678": KEY}),
            "another one",
            "The password is wrong: this file was made with another one.",
        ),
        (b"no such file", PASSWORD, "This is no KEM file"),
        (kem_file(PASSWORD, {"12345678": KEY}), "", "This is needed."),
    ],
    ids=["wrong password", "no KEM file", "no password"],
)
async def test_a_file_without_keys_is_refused_with_its_reason(
    gateway: Gateway, open_page: Open, content: bytes, password: str, error: str
) -> None:
    page = await open_page("settings")
    await _import(page, content, password)
    await expect(page.locator(".error:visible")).to_contain_text(error)
    assert gateway.control.keys == {}


async def test_a_file_that_is_too_large_is_not_even_sent(gateway: Gateway, open_page: Open, tmp_path: Path) -> None:
    page = await open_page("settings")
    large = tmp_path / "large.kem"
    large.write_bytes(bytes((1 << 20) + 1))
    await page.get_by_text("Import keys from a KEM file").click()
    await page.get_by_label("KEM file", exact=True).set_input_files(large)
    await page.get_by_label("Password of the KEM file").fill(PASSWORD)
    await page.get_by_role("button", name="Import keys").click()
    await expect(page.locator(".error:visible")).to_have_text("A KEM file has at most 1 MB.")


async def test_keys_that_are_set_are_never_shown_and_can_be_forgotten(gateway: Gateway, open_page: Open) -> None:
    gateway.control.document["meters"][0] |= {"encryption_key": KEY, "authentication_key": OTHER}
    page = await open_page("settings")
    await expect(page.get_by_text("Both keys are set.")).to_be_visible()
    assert KEY not in await page.content()
    await page.get_by_role("button", name="Forget the keys").click()
    await expect(page.get_by_text("The keys are forgotten.").first).to_be_visible()
    await expect(page.get_by_text("No keys are set.")).to_be_visible()
    assert "encryption_key" not in gateway.control.document["meters"][0]
