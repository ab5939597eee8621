"""The description of the API, to read in the page: all of it, found by words, with what it takes to ask."""

from __future__ import annotations

import json
import shlex
from typing import Final

import pytest
from playwright.async_api import Page, expect

from han2x.web.openapi import document
from tests.browser.conftest import Gateway, Open

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]

OPERATIONS: Final = [
    f"{method.upper()} {path}" for path, methods in document("")["paths"].items() for method in methods
]


async def _search(page: Page, words: str) -> None:
    await page.get_by_label("Search").fill(words)


async def test_every_request_is_there_and_says_who_may_ask(open_page: Open) -> None:
    page = await open_page("api")
    await expect(page.locator(".operation")).to_have_count(len(OPERATIONS))
    await expect(page.get_by_role("status").filter(has_text="requests")).to_have_text(f"{len(OPERATIONS)} requests")
    heads = await page.locator(".operation > summary").all_inner_texts()
    assert {" ".join(head.split()[:2]) for head in heads} == set(OPERATIONS)
    await page.evaluate("for (const each of document.querySelectorAll('.operation')) each.open = true")
    await expect(page.locator(".operation", has_text="/factory-reset")).to_contain_text("Only for a person")
    await expect(page.locator(".operation", has_text="/api/v1/live ")).to_contain_text("without a login")
    await expect(page.locator("#view")).not_to_contain_text("undefined")


async def test_a_request_is_found_by_its_path_its_words_and_its_fields(open_page: Open) -> None:
    page = await open_page("api")
    shown = page.locator(".operation:visible")
    for words, path in (
        ("settings all none", "/api/v1/settings"),
        ("scaling_factor", "/api/v1/live"),
        ("BACKUP", "/backup"),
    ):
        await _search(page, words)
        await expect(shown.filter(has_text=path).first).to_be_visible()
        assert await shown.count() < len(OPERATIONS) / 2
    await _search(page, "no such thing")
    await expect(shown).to_have_count(0)
    await expect(page.locator("section.card:visible")).to_have_count(0)
    await expect(page.get_by_role("status").filter(has_text="requests")).to_have_text("0 requests")


async def test_a_body_is_shown_with_its_types_and_an_example_that_the_gateway_takes(
    gateway: Gateway, open_page: Open
) -> None:
    page = await open_page("api", width=360, permissions=["clipboard-read", "clipboard-write"])
    await _search(page, "patch")
    operation = page.locator(".operation:visible")
    await operation.locator("> summary").click()
    await expect(operation).to_contain_text("With an API token of at least the scope “write”.")
    change = operation.locator("details.type", has_text="Change").first
    await change.locator("summary").click()
    await expect(change).to_contain_text("One setting to change")
    await expect(change.locator(".fields .name")).to_have_text(["path", "value"])
    await operation.get_by_role("button", name="Copy", exact=True).click()
    await expect(page.locator("#announcements")).to_have_text("Copied.")
    command = shlex.split(await page.evaluate("navigator.clipboard.readText()"))
    assert command[:3] == ["curl", "-X", "PATCH"]
    assert command[-1] == f"{gateway.url}api/v1/settings"
    token = (await gateway.access.add_token("reader", "administer")).token
    headers = dict(head.replace("$TOKEN", token).split(": ") for head in (command[4], command[6]))
    body = json.loads(command[command.index("-d") + 1])
    answer = await page.context.request.patch(command[-1], headers=headers, data=body)
    assert answer.status == 200
    assert gateway.control.document["modbus"] == {"max_connections": 50}


async def test_it_is_read_without_a_login_where_the_values_are(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("api", log_in=False)
    await expect(page.locator(".operation").first).to_be_visible()
