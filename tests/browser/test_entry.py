"""Coming in: the first visit, logging in and out, the password, and what is open to all."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, Route, expect

from han2x.web import PageOptions
from tests.browser.conftest import PASSWORD, Gateway, Open

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]


async def _set_up(page: Page, password: str, again: str) -> None:
    await page.get_by_label("New password", exact=True).fill(password)
    await page.get_by_label("New password once more").fill(again)
    await page.get_by_role("button", name="Set the password").click()


async def test_the_first_visit_asks_for_a_password_and_then_shows_the_values(new_gateway: Gateway, visit: Open) -> None:
    page = await visit(new_gateway, "settings", log_in=False)
    await expect(page.get_by_role("heading", name="Choose a password")).to_be_visible()
    await expect(page.get_by_role("navigation")).to_be_hidden()
    await _set_up(page, PASSWORD, PASSWORD)
    await expect(page.get_by_role("heading", name="Settings", exact=True)).to_be_visible()
    await page.get_by_role("link", name="Live").click()
    await expect(page.locator(".meter")).to_be_visible()


@pytest.mark.parametrize(
    ("password", "again", "error"),
    [
        ("short", "short", "At least 10 characters are needed."),
        (PASSWORD, f"{PASSWORD}?", "The two are not the same."),
        ("password12", "password12", "This is too easily guessed."),
        ("qwertyuiop", "qwertyuiop", "This is too easily guessed."),
        ("kamstrup-han2x", "kamstrup-han2x", "The name of the product or of a meter is too easily guessed."),
    ],
)
async def test_a_password_that_is_easily_guessed_is_refused_at_the_field(
    new_gateway: Gateway, visit: Open, password: str, again: str, error: str
) -> None:
    page = await visit(new_gateway, log_in=False)
    await _set_up(page, password, again)
    await expect(page.locator(".error:visible")).to_have_count(1)
    await expect(page.locator(".error:visible")).to_contain_text(error)
    assert not new_gateway.access.password_set


async def test_a_password_can_be_looked_at_while_it_is_typed(new_gateway: Gateway, visit: Open) -> None:
    page = await visit(new_gateway, log_in=False)
    field = page.get_by_label("New password", exact=True)
    await page.get_by_role("button", name="Show").first.click()
    await expect(field).to_have_attribute("type", "text")
    await page.get_by_role("button", name="Show").first.click()
    await expect(field).to_have_attribute("type", "password")


async def test_login_leads_to_the_page_that_was_asked_for_and_logout_away_from_it(open_page: Open) -> None:
    page = await open_page("care", log_in=False)
    await page.get_by_label("Password").fill("not this one at all")
    await page.get_by_label("Password").press("Enter")
    await expect(page.locator(".error:visible")).to_have_text("The password is wrong.")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("Password").press("Enter")
    await expect(page.get_by_role("heading", name="Maintenance")).to_be_visible()
    await page.get_by_role("button", name="Log out", exact=True).click()
    await expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    await expect(page.get_by_role("status").filter(has_text="You are logged out.")).to_have_count(1)


async def test_who_logs_out_is_not_asked_for_the_password_by_what_is_refused_meanwhile(open_page: Open) -> None:
    page = await open_page("care")
    again = page.get_by_role("region", name="Telegrams").get_by_role("button", name="Load again")

    async def answer_late(route: Route) -> None:
        answer = await route.fetch()
        async with page.expect_response(re.compile("/telegrams")) as refused:
            await again.click()
        assert (await refused.value).status == 401
        await route.fulfill(response=answer)

    await page.route("**/api/v1/logout", answer_late)
    await page.get_by_role("button", name="Log out", exact=True).click()
    await expect(page.get_by_role("status").filter(has_text="You are logged out.")).to_have_count(1)
    await expect(page.get_by_role("heading", name="Log in")).to_have_count(1)
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_a_wrong_password_is_told_at_its_field_and_nothing_is_said_of_saving(open_page: Open) -> None:
    page = await open_page("care", log_in=False)
    await page.get_by_label("Password").fill("not this one at all")
    await page.get_by_label("Password").press("Enter")
    await expect(page.locator(".error:visible")).to_have_text("The password is wrong.")
    await expect(page.locator(".form-status")).to_have_text("")


@pytest.mark.parametrize("locale", ["en-GB", "nb-NO", "sv-SE", "da-DK"])
async def test_the_button_that_shows_a_password_is_beside_it_on_a_telephone(open_page: Open, locale: str) -> None:
    page = await open_page("access", width=360, locale=locale)
    fields = page.locator("input[type=password]")
    await expect(fields).to_have_count(3)
    for place in range(3):
        beside = await fields.nth(place).evaluate("""(input) => {
            const [field, button] = [input, input.nextElementSibling].map((each) => each.getBoundingClientRect());
            return button.left >= field.right && button.top < field.bottom;
        }""")
        assert beside


async def test_guessing_is_slowed_down_and_the_page_says_for_how_long(open_page: Open) -> None:
    page = await open_page("care", log_in=False)
    for _ in range(6):
        await page.get_by_label("Password").fill("not this one at all")
        await page.get_by_label("Password").press("Enter")
        await expect(page.locator(".form-status")).not_to_have_text("One moment …")
    await expect(page.locator(".form-status")).to_contain_text("Too many attempts. Try again in")
    await expect(page.locator("main button[type=submit]")).to_be_disabled()
    await expect(page.locator("main button[type=submit]")).to_be_enabled(timeout=15_000)


async def test_live_values_are_open_to_all_and_the_rest_is_not(open_page: Open) -> None:
    page = await open_page(log_in=False)
    await expect(page.locator(".meter")).to_be_visible()
    await page.get_by_role("link", name="Registers").click()
    await expect(page.locator(".registers")).to_be_visible()
    await expect(page.get_by_text("Modbus clients connected")).to_be_hidden()
    for name in ("Settings", "Network", "Maintenance", "Access"):
        await page.get_by_role("link", name=name).click()
        await expect(page.get_by_role("heading", name="Log in")).to_be_visible()


async def test_live_values_can_be_behind_the_password_too(gateway: Gateway, open_page: Open) -> None:
    gateway.control.page = PageOptions("0.1.0", live_open=False)
    page = await open_page(log_in=False)
    await expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("Password").press("Enter")
    await expect(page.locator(".meter")).to_be_visible()


async def test_who_is_logged_out_elsewhere_is_asked_to_log_in(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("access")
    gateway.access.sessions.end_all()
    await page.get_by_role("link", name="Settings").click()
    await expect(page.get_by_role("heading", name="Log in")).to_be_visible()


async def test_the_password_can_be_changed(open_page: Open) -> None:
    page = await open_page("access")
    new = "purple clouds sing loudly"
    await page.get_by_label("Current password").fill("wrong wrong wrong")
    await page.get_by_label("New password", exact=True).fill(new)
    await page.get_by_label("New password once more").fill(new)
    await page.get_by_role("button", name="Change the password").click()
    await expect(page.locator(".error:visible")).to_have_text("The password is wrong.")
    await page.get_by_label("Current password").fill(PASSWORD)
    await page.get_by_role("button", name="Change the password").click()
    await expect(page.get_by_text("The password is changed.")).to_be_visible()
    await page.get_by_role("button", name="Log out", exact=True).click()
    await expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    await page.get_by_label("Password").fill(new)
    await page.get_by_label("Password").press("Enter")
    await expect(page.get_by_role("heading", name="Access", exact=True)).to_be_visible()


async def test_a_token_is_shown_once_and_can_be_removed(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("access")
    await page.get_by_role("button", name="Create a token").click()
    await expect(page.locator(".error:visible")).to_have_text("This is needed.")
    await page.get_by_label("Name of the new token").fill("<b>house</b>")
    await page.get_by_role("button", name="Create a token").click()
    await expect(page.locator(".token code")).to_have_text(re.compile("^h2x_.{20,}$"))
    await expect(page.locator(".tokens li")).to_contain_text("<b>house</b>")
    await expect(page.locator(".tokens li")).to_contain_text("read · created")
    await expect(page.locator(".tokens li")).to_contain_text("never used")
    assert [token.scope for token in gateway.access.tokens()] == ["read"]
    await page.get_by_role("button", name="Remove <b>house</b>").click()
    question = page.get_by_role("dialog", name="Remove <b>house</b>?")
    await question.get_by_role("button", name="Cancel").click()
    await expect(page.locator(".tokens li")).to_have_count(1)
    await page.get_by_role("button", name="Remove <b>house</b>").click()
    await question.get_by_role("button", name="Remove <b>house</b>").click()
    await expect(page.get_by_text("There is no token.")).to_be_visible()
    assert gateway.access.tokens() == []


async def test_all_others_can_be_logged_out_once_somebody_has_said_that_they_mean_it(
    gateway: Gateway, open_page: Open
) -> None:
    await gateway.access.log_in(PASSWORD, "192.168.1.99")
    page = await open_page("access")
    logins = page.get_by_role("region", name="Logged in now")
    await expect(logins.locator("li", has_text="This browser")).to_contain_text("127.0.0.1 · logged in")
    await expect(logins.locator("li", has_text="Another browser").filter(has_text="192.168.1.99")).to_have_count(1)
    before = len(gateway.access.sessions)
    await logins.get_by_role("button", name="Log out all others").click()
    await page.keyboard.press("Escape")
    assert len(gateway.access.sessions) == before
    await logins.get_by_role("button", name="Log out all others").click()
    await page.get_by_role("dialog").get_by_role("button", name="Log out all others").click()
    await expect(logins.locator("li")).to_have_count(1)
    await expect(page.locator("#announcements")).to_have_text("All others are logged out.")
    assert len(gateway.access.sessions) == 1
    await expect(logins.get_by_role("button", name="Log out all others")).to_be_hidden()


async def test_who_only_wants_to_look_need_not_choose_a_password(new_gateway: Gateway, visit: Open) -> None:
    page = await visit(new_gateway, "settings", log_in=False)
    await page.get_by_role("link", name="Look at the values first").click()
    await expect(page.locator(".meter")).to_be_visible()
    await expect(page.get_by_role("navigation")).to_be_hidden()
    await page.get_by_role("button", name="Choose a password").click()
    await expect(page.get_by_role("heading", name="Choose a password")).to_be_visible()
    assert not new_gateway.access.password_set
