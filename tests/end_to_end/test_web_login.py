"""First visit, login, logout, change of the password and API tokens, as a browser and a program meet them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from http.cookies import SimpleCookie

import pytest

from han2x.web.routes import ROUTES
from tests.web.fake_control import FakeDocument
from tests.web.gateway import API, PASSWORD, Browser, Gateway, serving

pytestmark = [pytest.mark.sockets, pytest.mark.enable_socket]

OTHER = "gul traktor 1954"


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with serving() as gateway:
        yield gateway


@pytest.fixture
async def browser(gateway: Gateway) -> Browser:
    return gateway.browser()


@pytest.fixture
async def owner(gateway: Gateway) -> Browser:
    browser = gateway.browser()
    await browser.first_visit()
    return browser


async def test_before_the_first_visit_the_page_is_told_so_and_nothing_can_be_changed(browser: Browser) -> None:
    assert await browser.load() == {
        "https": None,
        "password_set": False,
        "logged_in": False,
        "csrf": None,
        "live_open": True,
        "name": "",
        "version": "0.1.0",
        "languages": ["nb", "en", "sv", "da", "de", "fi"],
        "language": "auto",
        "setup": "open",
        "setup_open_s": None,
        "locked": False,
        "reset_button": False,
        "reset_address": "",
    }
    for route in ROUTES:
        if route.changes and route.csrf:
            answer = await browser.ask(route.method, route.path.replace("{id}", "1"))
            assert (answer.status, answer.code) == (401, "not-logged-in")
            assert answer.body["error"]["message"] == "set a password first"
    assert (await browser.ask("POST", "/login", {"password": "admin"})).code == "not-set"


async def test_the_first_visit_sets_the_password_and_logs_in(browser: Browser, gateway: Gateway) -> None:
    answer = await browser.ask("POST", "/setup", {"password": PASSWORD})
    assert (answer.status, answer.body) == (204, b"")
    session = await browser.load()
    assert (session["password_set"], session["logged_in"]) == (True, True)
    assert gateway.kept.kept is not None
    assert (await gateway.browser().load())["logged_in"] is False


async def test_a_weak_password_is_refused_at_its_field(browser: Browser) -> None:
    answer = await browser.ask("POST", "/setup", {"password": "han2xhan2x"})
    assert (answer.status, answer.code) == (422, "password-product")
    assert answer.fields == {"password": "must not be the name of the product or of a meter"}
    assert (await browser.load())["password_set"] is False


async def test_a_password_that_is_set_is_not_set_again(owner: Browser, gateway: Gateway) -> None:
    stranger = gateway.browser()
    answer = await stranger.ask("POST", "/setup", {"password": OTHER})
    assert (answer.status, answer.code) == (409, "already-set")
    await gateway.browser().log_in(PASSWORD)


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(browser: Browser) -> None:
    answer = await browser.ask("POST", "/setup", {"password": PASSWORD})
    (cookie,) = SimpleCookie(answer.headers["Set-Cookie"]).values()
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["path"], cookie["domain"], cookie["max-age"]) == ("Strict", "/", "", "604800")
    assert not cookie["secure"]
    assert PASSWORD not in answer.headers["Set-Cookie"]


async def test_a_new_login_has_a_new_cookie_and_ends_the_session_before(owner: Browser, gateway: Gateway) -> None:
    before = owner.cookie()
    await owner.log_in()
    assert owner.cookie() != before
    old = gateway.browser(cookies={"han2x_session": before or ""})
    assert (await old.load())["logged_in"] is False


async def test_a_logout_ends_the_session_for_whoever_has_its_cookie(owner: Browser, gateway: Gateway) -> None:
    copied = gateway.browser(cookies={"han2x_session": owner.cookie() or ""})
    assert (await copied.load())["logged_in"] is True
    assert (await owner.ask("POST", "/logout")).status == 204
    assert owner.cookie() is None
    assert (await copied.load())["logged_in"] is False
    assert (await owner.ask("GET", "/settings")).status == 401


async def test_a_changed_password_leaves_this_session_and_ends_the_others(owner: Browser, gateway: Gateway) -> None:
    other = gateway.browser()
    await other.log_in()
    answer = await owner.ask("POST", "/password", {"old": PASSWORD, "new": OTHER})
    assert answer.status == 204
    assert (await owner.load())["logged_in"] is True
    assert (await other.load())["logged_in"] is False
    assert (await other.ask("POST", "/login", {"password": PASSWORD})).code == "password-wrong"
    await other.log_in(OTHER)


async def test_who_is_logged_in_is_seen_and_all_others_can_be_logged_out(owner: Browser, gateway: Gateway) -> None:
    other = gateway.browser()
    await other.log_in()
    seen = (await owner.ask("GET", "/sessions")).body
    assert [each["own"] for each in seen] == [True, False]
    assert all(each["address"] == "127.0.0.1" and each["began"] <= each["used"] for each in seen)
    assert (await owner.ask("POST", "/sessions/end-others")).status == 204
    assert (await other.ask("GET", "/settings")).status == 401
    assert [each["own"] for each in (await owner.ask("GET", "/sessions")).body] == [True]


async def test_a_token_learns_nothing_of_who_is_logged_in(owner: Browser, gateway: Gateway) -> None:
    made = await owner.ask("POST", "/tokens", {"name": "home", "scope": "administer"})
    bearer = {"Authorization": f"Bearer {made.body['token']}"}
    program = gateway.browser()
    assert (await program.ask("GET", "/sessions", headers=bearer)).code == "person-only"
    assert (await program.ask("POST", "/sessions/end-others", headers=bearer)).code == "person-only"
    assert (await owner.ask("GET", "/settings")).status == 200


async def test_a_wrong_old_password_is_told_at_its_field(owner: Browser) -> None:
    answer = await owner.ask("POST", "/password", {"old": OTHER, "new": "blå båt nummer 3"})
    assert (answer.status, answer.code) == (422, "password-wrong")
    assert answer.fields == {"old": "is not the present password"}


async def test_a_stream_ends_with_its_session_when_the_live_data_are_not_open(owner: Browser, gateway: Gateway) -> None:
    gateway.control.document["web"] = {"live_open": False}
    assert (await gateway.browser().ask("GET", "/events")).code == "not-logged-in"
    assert (await gateway.browser().ask("GET", "/live")).code == "not-logged-in"
    async with owner.session.get(owner.url + API + "/events") as stream:
        assert await stream.content.readline() == b"retry: 2000\n"
        await owner.ask("POST", "/logout")
        await stream.content.read()  # up to its end


async def test_a_stream_ends_when_the_live_data_are_closed(gateway: Gateway, browser: Browser) -> None:
    async with browser.session.get(browser.url + API + "/events") as stream:
        assert await stream.content.readline() == b"retry: 2000\n"
        gateway.control.document["web"] = {"live_open": False}
        await stream.content.read()


async def test_a_program_uses_a_token_without_cookie_and_csrf(owner: Browser, gateway: Gateway) -> None:
    made = await owner.ask("POST", "/tokens", {"name": "home"})
    assert made.status == 201
    bearer = {"Authorization": f"Bearer {made.body['token']}"}
    program = gateway.browser(headers=bearer)
    assert (await program.ask("GET", "/settings")).status == 200
    change = {"changes": [{"path": ["modbus", "stale_after_s"], "value": 90}]}
    assert (await program.ask("PATCH", "/settings", change)).body["values"]["modbus"]["stale_after_s"] == 90
    assert "Set-Cookie" not in (await program.ask("GET", "/session")).headers
    assert (await owner.ask("DELETE", f"/tokens/{made.body['id']}")).status == 204
    assert (await program.ask("GET", "/settings")).code == "not-logged-in"
    assert (await program.ask("GET", "/live")).status == 401


async def test_a_token_that_may_only_read_changes_nothing(owner: Browser, gateway: Gateway) -> None:
    made = await owner.ask("POST", "/tokens", {"name": "reader", "read_only": True})
    program = gateway.browser(headers={"Authorization": f"Bearer {made.body['token']}"})
    assert (await program.ask("GET", "/settings")).status == 200
    for route in ROUTES:
        if route.changes and route.csrf:
            assert (await program.ask(route.method, route.path.replace("{id}", "1"), {})).status == 403


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/tokens", None),
        ("POST", "/tokens", {"name": "more"}),
        ("DELETE", "/tokens/1", None),
        ("POST", "/password", {"old": PASSWORD, "new": OTHER}),
        ("POST", "/logout", None),
        ("POST", "/factory-reset", {"confirm": "factory-reset"}),
        ("GET", "/backup?secrets=1", None),
    ],
)
async def test_a_token_cannot_do_what_is_for_a_person(
    owner: Browser, gateway: Gateway, method: str, path: str, body: object
) -> None:
    made = await owner.ask("POST", "/tokens", {"name": "home"})
    program = gateway.browser(headers={"Authorization": f"Bearer {made.body['token']}"})
    answer = await program.ask(method, path, body)
    assert (answer.status, answer.code) == (403, "person-only")


async def test_tokens_are_listed_without_what_would_let_anyone_use_them(owner: Browser) -> None:
    made = (await owner.ask("POST", "/tokens", {"name": "home"})).body
    listed = (await owner.ask("GET", "/tokens")).body
    assert listed == [{key: made[key] for key in ("id", "name", "scope", "read_only", "created", "used")}]


async def test_credentials_for_a_proxy_are_not_minded(owner: Browser) -> None:
    assert (await owner.ask("GET", "/settings", headers={"Authorization": "Basic eDp5"})).status == 200


async def test_a_factory_reset_leaves_no_password_no_session_and_no_token(owner: Browser, gateway: Gateway) -> None:
    await owner.ask("POST", "/tokens", {"name": "home"})
    answer = await owner.ask("POST", "/factory-reset", {"confirm": "factory-reset"})
    assert answer.status == 204
    assert gateway.control.document == {}
    session = await owner.load()
    assert (session["password_set"], session["logged_in"]) == (False, False)
    assert gateway.kept.kept is None


async def test_what_cannot_be_stored_is_told_without_details(browser: Browser, gateway: Gateway) -> None:
    gateway.kept.failing = True
    answer = await browser.ask("POST", "/setup", {"password": PASSWORD})
    assert (answer.status, answer.code) == (500, "not-stored")
    assert "space" not in str(answer.body)
    assert (await browser.load())["password_set"] is False


async def test_sessions_outlive_a_change_of_the_pages_address(owner: Browser, gateway: Gateway) -> None:
    _host, port = gateway.address
    await gateway.server.stop()
    await gateway.server.start("127.0.0.1", port)
    assert (await owner.load())["logged_in"] is True


async def test_every_login_that_fails_costs_more_time_and_says_how_much(owner: Browser, gateway: Gateway) -> None:
    guesser = gateway.browser()
    statuses = [(await guesser.ask("POST", "/login", {"password": str(guess)})).status for guess in range(6)]
    assert statuses == [401] * 5 + [429]
    answer = await guesser.ask("POST", "/login", {"password": PASSWORD})
    assert (answer.status, answer.code) == (429, "too-many-attempts")
    assert answer.headers["Retry-After"] == str(answer.body["error"]["retry_after_s"]) == "1"

    await asyncio.sleep(1.1)
    await guesser.log_in()
    assert (await guesser.load())["logged_in"] is True


ELSEWHERE = {"X-Forwarded-For": "192.168.1.77"}
"""What a proxy on the gateway's own computer adds to what it hands on, which then does not come from there."""


async def test_who_is_not_at_the_computer_needs_the_claim_code_once_the_window_is_closed(
    browser: Browser, gateway: Gateway
) -> None:
    claim = gateway.access.claim
    claim.close()
    told = (await browser.ask("GET", "/session", headers=ELSEWHERE)).body
    assert (told["setup"], told["setup_open_s"]) == ("code", None)
    assert claim.code not in str(told)
    for body in ({"password": PASSWORD}, {"password": PASSWORD, "code": "ABCD-2345"}):
        answer = await browser.ask("POST", "/setup", body, headers=ELSEWHERE)
        assert (answer.status, answer.code) == (403, "claim")
        assert claim.code not in str(answer.body)
    assert not gateway.access.password_set
    answer = await browser.ask("POST", "/setup", {"password": PASSWORD, "code": claim.code}, headers=ELSEWHERE)
    assert answer.status == 204
    assert (await browser.load())["setup"] == "done"


async def test_while_the_window_is_open_the_page_says_for_how_long(browser: Browser, gateway: Gateway) -> None:
    gateway.access.claim.open()
    told = (await browser.ask("GET", "/session", headers=ELSEWHERE)).body
    assert told["setup"] == "open"
    assert 0 < told["setup_open_s"] <= 900
    assert (await browser.ask("POST", "/setup", {"password": PASSWORD}, headers=ELSEWHERE)).status == 204


async def test_who_is_at_the_computer_needs_no_code(browser: Browser, gateway: Gateway) -> None:
    gateway.access.claim.close()
    assert (await browser.load())["setup"] == "open"
    assert (await browser.ask("POST", "/setup", {"password": PASSWORD})).status == 204


async def test_a_page_whose_password_cannot_be_read_says_so_and_lets_nobody_in() -> None:
    kept = FakeDocument()
    kept.damaged = True
    async with serving(kept=kept) as gateway:
        browser = gateway.browser()
        told = await browser.load()
        assert (told["password_set"], told["locked"], told["setup"]) == (True, True, "done")
        for path in ("/setup", "/login"):
            answer = await browser.ask("POST", path, {"password": PASSWORD})
            assert (answer.status, answer.code) == (403, "locked")
        assert (await browser.ask("GET", "/live")).status == 200
        await gateway.access.forget()
        await browser.first_visit()


async def test_a_token_that_may_write_writes_factors_and_nothing_else(owner: Browser, gateway: Gateway) -> None:
    made = await owner.ask("POST", "/tokens", {"name": "balancer", "scope": "write"})
    assert (made.body["scope"], made.body["read_only"]) == ("write", False)
    program = gateway.browser(headers={"Authorization": f"Bearer {made.body['token']}"})
    factor = {"path": ["meters", 0, "scaling_factor"], "value": 2000}
    assert (await program.ask("PATCH", "/settings", {"changes": [factor]})).status == 200
    for change in (
        {"path": ["modbus", "stale_after_s"], "value": 90},
        {"path": ["meters", 0, "port"], "value": "/dev/ttyUSB3"},
        {"path": ["meters", 1, "scaling_factor"], "value": 2000},
        {"path": ["meters", 0, "scaling_factor"], "value": None},
        {"path": ["meters", 0], "value": None},
    ):
        answer = await program.ask("PATCH", "/settings", {"changes": [factor, change]})
        assert (answer.status, answer.code) == (403, "scope")
    for route in ROUTES:
        if route.changes and route.csrf and route.path != "/settings":
            answer = await program.ask(route.method, route.path.replace("{id}", "1"), {})
            assert (answer.status, answer.code) in ((403, "scope"), (403, "person-only"))


async def test_the_older_way_to_say_what_a_token_may_is_understood(owner: Browser) -> None:
    for asked, scope in (
        ({"read_only": True}, "read"),
        ({"read_only": False}, "administer"),
        ({}, "administer"),
        ({"scope": "read"}, "read"),
        ({"scope": "write", "read_only": False}, "write"),
    ):
        made = (await owner.ask("POST", "/tokens", {"name": "home", **asked})).body
        assert (made["scope"], made["read_only"]) == (scope, scope == "read")
    answer = await owner.ask("POST", "/tokens", {"name": "home", "scope": "administer", "read_only": True})
    assert (answer.status, list(answer.fields)) == (422, ["scope"])


async def test_a_changed_password_revokes_the_tokens_unless_they_are_to_be_kept(
    owner: Browser, gateway: Gateway
) -> None:
    made = (await owner.ask("POST", "/tokens", {"name": "home"})).body
    program = gateway.browser(headers={"Authorization": f"Bearer {made['token']}"})
    await owner.ask("POST", "/password", {"old": PASSWORD, "new": OTHER, "keep_tokens": True})
    assert (await program.ask("GET", "/settings")).status == 200
    (kept,) = (await owner.ask("GET", "/tokens")).body
    assert kept["used"] >= kept["created"]
    await owner.ask("POST", "/password", {"old": OTHER, "new": PASSWORD})
    assert (await program.ask("GET", "/settings")).status == 401
    assert (await owner.ask("GET", "/tokens")).body == []
