"""What can be seen: live data, history, the Modbus side, the log, telegrams, settings, network."""

from __future__ import annotations

from han2x.web.answers import attachment
from han2x.web.call import Call
from han2x.web.control import RefusalError


class PersonOnlyError(RefusalError):
    """An API token does not suffice."""

    status = 403
    code = "person-only"


async def live(call: Call) -> object:
    """What the meters say now."""
    return call.control.live()


async def history(call: Call) -> object:
    """Power over the last hours."""
    return call.control.history(call.query["unit"], call.query["hours"])


async def modbus(call: Call) -> object:
    """Clients, requests and counters."""
    return call.control.modbus()


async def settings(call: Call) -> object:
    """The table of settings, and what is set."""
    return call.control.settings()


async def ports(call: Call) -> object:
    """Serial ports."""
    return await call.control.ports()


async def network(call: Call) -> object:
    """Interfaces and what is pending."""
    return await call.control.network()


async def log(call: Call) -> object:
    """The last events."""
    return call.control.log()


async def telegrams(call: Call) -> object:
    """The last raw telegrams."""
    return call.control.telegrams(call.query["unit"])


async def backup(call: Call) -> object:
    """The settings as a file; with the keys only for a person."""
    secrets = bool(call.query["secrets"])
    if secrets and call.visitor.session is None:
        raise PersonOnlyError("the keys are given only to a person who is logged in")
    content = await call.control.backup(secrets=secrets)
    return attachment(content.encode(), "application/toml", "han2x-settings.toml")


async def diagnostics(call: Call) -> object:
    """A bundle for whoever looks for a fault."""
    return attachment(await call.control.diagnostics(), "application/zip", "han2x-diagnostics.zip")
