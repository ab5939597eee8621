"""Which values no longer come although the meter speaks: as when long telegrams are lost on the way. Pure.

Where telegrams come that had a value and are without it, for long, it is not lost: the meter no longer sends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from han2x.gateway.diagnosis import Code, Diagnosis
from han2x.model import Quantity, Unit, Values
from han2x.state import Snapshot

GROUPS: Final = {
    "import": "import power",
    "export": "export power",
    "reactive": "reactive power",
    "current": "currents",
    "voltage": "voltages",
    "factor": "power factors",
    "energy": "energies",
}
"""What values are called together, by name: in English."""

_OF_UNIT: Final = {Unit.VAR: "reactive", Unit.A: "current", Unit.V: "voltage", Unit.ONE: "factor"}
_IMPORTS: Final = ("1.", "21.", "41.", "61.")

ADVICE: Final = (
    "Long telegrams are probably lost on the way: check the cable, its length and clamps, and the adapter. If none come"
    " damaged, the meter may no longer send these values."
)


GONE_ADVICE: Final = "Their registers read 0. If the meter should send them, ask the grid company."


def diagnose(snapshot: Snapshot) -> Diagnosis | None:
    """What has stopped coming, for how long, and what still does; else what the meter no longer sends.

    None while neither is so, or nothing comes at all.
    """
    if snapshot.stale:
        return None
    if snapshot.overdue:
        return _stopped(snapshot)
    return _no_longer_sent(snapshot.gone) if snapshot.gone else None


def _no_longer_sent(gone: Iterable[Quantity]) -> Diagnosis:
    names, codes = _names(gone), ", ".join(sorted(gone))
    values: Values = {"gone": ",".join(names), "codes": codes}
    return Diagnosis(Code.NO_LONGER_SENT, f"The meter no longer sends: {_list(names)} ({codes}).", GONE_ADVICE, values)


def _stopped(snapshot: Snapshot) -> Diagnosis:
    stopped = _names(snapshot.overdue)
    coming = [name for name in _names(snapshot.values) if name not in stopped]
    seconds = int(snapshot.now - max(snapshot.overdue.values()))
    what = f"Not received for {_duration(seconds)}: {_list(stopped)}."
    if coming:
        what += f" Still received: {_list(coming)}."
    values: Values = {"stopped": ",".join(stopped), "coming": ",".join(coming), "seconds": seconds}
    return Diagnosis(Code.VALUES_STOPPED, what, ADVICE, values)


def _names(quantities: Iterable[Quantity]) -> list[str]:
    """The groups that these are of, in the order of `GROUPS`."""
    found = {_group(quantity) for quantity in quantities}
    return [name for name in GROUPS if name in found]


def _group(quantity: Quantity) -> str:
    if quantity.unit in (Unit.WH, Unit.VARH):
        return "energy"
    return _OF_UNIT.get(quantity.unit) or ("import" if quantity.startswith(_IMPORTS) else "export")


def _list(names: Sequence[str]) -> str:
    words = [GROUPS[name] for name in names]
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
