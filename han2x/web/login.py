"""Coming in and going out: first visit, login, logout, change of the password, API tokens."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from han2x.web.call import Call
from han2x.web.sessions import LONGEST_S, Session

COOKIE: Final = "han2x_session"
LANGUAGES: Final = ("nb", "en", "sv", "da")


async def session(call: Call) -> object:
    """What a page needs to know before anything else."""
    options = call.control.options()
    own = call.visitor.session
    return {
        "password_set": call.access.password_set,
        "logged_in": call.visitor.known,
        "csrf": own.csrf if own else None,
        "live_open": options.live_open,
        "version": options.version,
        "languages": list(LANGUAGES),
        "language": options.language,
    }


async def set_first_password(call: Call) -> object:
    """The first visit."""
    return _with_cookie(call.request, await call.access.set_first_password(call.body["password"]))


async def log_in(call: Call) -> object:
    """Open a session; one that was open in this browser ends."""
    token = await call.access.log_in(call.body["password"], call.client)
    if call.visitor.session:
        call.access.sessions.end(call.visitor.session)
    return _with_cookie(call.request, token)


async def log_out(call: Call) -> object:
    """End this session, here and everywhere."""
    call.access.sessions.end(_session(call))
    response = web.Response(status=204)
    response.del_cookie(COOKIE, path="/", httponly=True, samesite="Strict", secure=call.request.secure)
    return response


async def change_password(call: Call) -> object:
    """Change it, and end all other sessions."""
    await call.access.change_password(call.body["old"], call.body["new"], call.client, _session(call))
    return None


async def tokens(call: Call) -> object:
    """The API tokens there are."""
    return call.access.tokens()


async def add_token(call: Call) -> object:
    """A new one, shown once."""
    return await call.access.add_token(call.body["name"], read_only=call.body.get("read_only", False))


async def remove_token(call: Call) -> object:
    """Make one useless."""
    await call.access.remove_token(call.request.match_info["id"])
    return None


def _session(call: Call) -> Session:
    if call.visitor.session is None:
        raise AssertionError("the route table lets only persons come here")
    return call.visitor.session


def _with_cookie(request: web.Request, token: str) -> web.Response:
    attributes: dict[str, Any] = {"httponly": True, "samesite": "Strict", "secure": request.secure}
    response = web.Response(status=204)
    response.set_cookie(COOKIE, token, path="/", max_age=LONGEST_S, **attributes)
    return response
