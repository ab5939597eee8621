"""First visit, login, logout, change of the password, API tokens."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from han2x.api.access import LoginState, NewToken, Password, PasswordChange, Token, TokenRequest
from han2x.languages import LANGUAGES
from han2x.web.call import Call
from han2x.web.sessions import LONGEST_S, Session

COOKIE: Final = "han2x_session"


async def session(call: Call[None]) -> LoginState:
    """What a page needs to know before anything else."""
    options = call.control.options()
    own = call.visitor.session
    return LoginState(
        password_set=call.access.password_set,
        logged_in=call.visitor.known,
        csrf=own.csrf if own else None,
        live_open=options.live_open,
        version=options.version,
        languages=list(LANGUAGES),
        language=options.language,
        https=options.https,
    )


async def set_first_password(call: Call[Password]) -> web.Response:
    """The first visit."""
    return _with_cookie(call.request, await call.access.set_first_password(call.asked.password))


async def log_in(call: Call[Password]) -> web.Response:
    """Open a session; one that was open in this browser ends."""
    token = await call.access.log_in(call.asked.password, call.client, instead_of=call.visitor.session)
    return _with_cookie(call.request, token)


async def log_out(call: Call[None]) -> web.Response:
    """End this session, here and everywhere."""
    await call.access.log_out(_session(call))
    response = web.Response(status=204)
    response.del_cookie(COOKIE, path="/", httponly=True, samesite="Strict", secure=call.request.secure)
    return response


async def change_password(call: Call[PasswordChange]) -> None:
    """Change it, and end all other sessions."""
    await call.access.change_password(call.asked.old, call.asked.new, call.client, _session(call))


async def tokens(call: Call[None]) -> list[Token]:
    """The API tokens there are."""
    return call.access.tokens()


async def add_token(call: Call[TokenRequest]) -> NewToken:
    """A new one, shown once."""
    return await call.access.add_token(call.asked.name, read_only=call.asked.read_only)


async def remove_token(call: Call[None]) -> None:
    """Make one useless."""
    await call.access.remove_token(call.request.match_info["id"])


def _session(call: Call[None] | Call[PasswordChange]) -> Session:
    if call.visitor.session is None:
        raise AssertionError("the route table lets only persons come here")
    return call.visitor.session


def _with_cookie(request: web.Request, token: str) -> web.Response:
    response = web.Response(status=204)
    response.set_cookie(
        COOKIE, token, path="/", max_age=LONGEST_S, httponly=True, samesite="Strict", secure=request.secure
    )
    return response
