"""First visit, login, logout, change of the password, API tokens."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any, Final, Literal

from aiohttp import web
from msgspec import UNSET

from han2x.api.access import FirstPassword, LoginState, NewToken, Password, PasswordChange, Token, TokenRequest
from han2x.languages import LANGUAGES
from han2x.web.call import Call
from han2x.web.control import InvalidValuesError
from han2x.web.credentials import scope_of
from han2x.web.sessions import LONGEST_S, Session

COOKIE: Final = "han2x_session"
BROWSER_COOKIE: Final = "han2x_browser"
"""By this a browser is known in which somebody logged in once; it opens nothing."""
BROWSER_S: Final = 400 * 86400
"""The longest that browsers keep a cookie for."""
_FORWARDED: Final = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")


def cookie_name(name: str, request: web.Request) -> str:
    """What the cookie is called on this connection.

    Over HTTPS it has a name of its own: a browser lets a page over HTTP not replace a cookie of the same name that came
    over HTTPS, so that whoever logged in there could not do so over HTTP afterwards. The prefix (RFC 6265bis, section
    4.1.3.2) has it taken over HTTPS alone.
    """
    return f"__Host-{name}" if request.secure else name


async def session(call: Call[None]) -> LoginState:
    """What a page needs to know before anything else."""
    options = call.control.options()
    own, access = call.visitor.session, call.access
    reset_address = ""
    if options.reset_button and not call.visitor.known:
        reset_address = await call.control.reset_address()
    setup, open_s = _setup(call)
    return LoginState(
        password_set=access.password_set,
        logged_in=call.visitor.known,
        csrf=own.csrf if own else None,
        live_open=options.live_open,
        name=options.name,
        version=options.version,
        languages=list(LANGUAGES),
        language=options.language,
        setup=setup,
        setup_open_s=open_s,
        locked=access.locked,
        reset_button=options.reset_button,
        reset_address=reset_address,
        https=options.https,
    )


async def set_first_password(call: Call[FirstPassword]) -> web.Response:
    """The first visit."""
    if not _at_the_computer(call.request):
        call.access.refuse_without_claim(call.asked.code, call.client)
    return await _with_cookies(call, await call.access.set_first_password(call.asked.password))


async def log_in(call: Call[Password]) -> web.Response:
    """Open a session; one that was open in this browser ends."""
    return await _with_cookies(
        call,
        await call.access.log_in(
            call.asked.password, call.client, instead_of=call.visitor.session, browser=_browser(call.request)
        ),
    )


async def log_out(call: Call[None]) -> web.Response:
    """End this session, here and everywhere."""
    await call.access.log_out(_session(call))
    response = web.Response(status=204)
    name = cookie_name(COOKIE, call.request)
    response.del_cookie(name, path="/", httponly=True, samesite="Strict", secure=call.request.secure)
    return response


async def change_password(call: Call[PasswordChange]) -> None:
    """Change it, end all other sessions, and revoke the tokens unless they are to be kept."""
    await call.access.change_password(
        call.asked.old,
        call.asked.new,
        call.client,
        _session(call),
        browser=_browser(call.request),
        keep_tokens=call.asked.keep_tokens,
    )


async def tokens(call: Call[None]) -> list[Token]:
    """The API tokens there are."""
    return call.access.tokens()


async def add_token(call: Call[TokenRequest]) -> NewToken:
    """A new one, shown once."""
    asked = call.asked
    if UNSET not in (asked.scope, asked.read_only) and (asked.scope == "read") != asked.read_only:
        message = "says otherwise than read_only"
        raise InvalidValuesError({"scope": message}, codes={"scope": {"code": "misfit"}})
    return await call.access.add_token(asked.name, scope_of(asked.scope, asked.read_only))


async def remove_token(call: Call[None]) -> None:
    """Make one useless."""
    await call.access.remove_token(call.request.match_info["id"])


def _session(call: Call[None] | Call[PasswordChange]) -> Session:
    if call.visitor.session is None:
        raise AssertionError("the route table lets only persons come here")
    return call.visitor.session


def _setup(call: Call[None]) -> tuple[Literal["done", "open", "code"], float | None]:
    """What the first visit needs, and for how many seconds that holds."""
    if call.access.password_set:
        return "done", None
    if _at_the_computer(call.request):
        return "open", None
    open_s = call.access.claim.open_s
    return ("open", round(open_s, 1)) if open_s > 0 else ("code", None)


def _at_the_computer(request: web.Request) -> bool:
    """Whether who asks runs on this computer; not so what a proxy that runs here hands on from elsewhere."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        address = ip_address((request.remote or "").partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _browser(request: web.Request) -> str:
    return request.cookies.get(cookie_name(BROWSER_COOKIE, request), "")


async def _with_cookies(call: Call[Any], token: str) -> web.Response:
    response = web.Response(status=204)
    browser = await call.access.know_browser(_browser(call.request))
    for name, value, longest_s in ((COOKIE, token, LONGEST_S), (BROWSER_COOKIE, browser, BROWSER_S)):
        response.set_cookie(
            cookie_name(name, call.request),
            value,
            path="/",
            max_age=longest_s,
            httponly=True,
            samesite="Strict",
            secure=call.request.secure,
        )
    return response
