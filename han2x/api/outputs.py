"""Whom the gateway feeds besides Modbus clients and the page."""

from __future__ import annotations

from han2x.api.base import Answer
from han2x.api.listeners import ListenerFault
from han2x.output_state import OutputPhase


class Output(Answer, frozen=True, kw_only=True):
    """An output that is switched on, by its name.

    It is waiting (about to do what it is for), working, or failed, and `fault` says why. `where` is where it is reached
    or what it is connected to.
    """

    name: str
    state: OutputPhase
    where: str
    fault: ListenerFault | None
