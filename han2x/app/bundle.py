"""What the bundle for whoever looks for a fault has in it, gathered from the running gateway. No secrets."""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from han2x.api.audit import RecordedChange
from han2x.api.network import Network
from han2x.app import computer, diagnostics, settings_form
from han2x.app.protocols import ForPage
from han2x.web.control import Control

MOST: Final = 5000
"""Recorded changes, or log records: more than the files of them hold."""


async def bundled(control: Control, gateway: ForPage) -> bytes:
    """A zip file of it; what cannot be had in time is left out, and said to be."""
    documents = {"status": gateway.status(), "settings": settings_form.values(gateway.file_settings)}
    telegrams = diagnostics.captures(gateway.meters)
    documents |= await diagnostics.gathered(
        {
            "about": asyncio.to_thread(computer.about, gateway.state_dir),
            "log": control.log(MOST, earlier=True),
            "changes": _recorded(control),
            "network": _network_without_tokens(control),
            "ports": control.ports(),
        }
    )
    return await asyncio.to_thread(diagnostics.bundle, documents, telegrams)


async def _recorded(control: Control) -> list[RecordedChange]:
    return (await control.audit(MOST)).entries


async def _network_without_tokens(control: Control) -> Network:
    """Whoever has the token of a change could confirm it, or take it back."""
    seen = await control.network()
    pending, last = (each and msgspec.structs.replace(each, token="") for each in (seen.pending, seen.last))
    return msgspec.structs.replace(seen, pending=pending, last=last)
