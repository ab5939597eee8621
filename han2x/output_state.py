"""How an output of the gateway stands: one `OutputState` for each that is switched on. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from han2x import faults


class OutputPhase(StrEnum):
    """Whether an output does what it is for, is about to, or cannot."""

    WAITING = "waiting"
    WORKING = "working"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class OutputState:
    """One output by its name. `where` is where it is reached or what it is connected to; `fault` says why it fails."""

    name: str
    phase: OutputPhase
    where: str = ""
    fault: faults.Fault | None = None
