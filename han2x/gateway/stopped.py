"""Which values no longer come although the meter speaks: as when long telegrams are lost on the way. Pure."""

from __future__ import annotations

from collections.abc import Sequence
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


def diagnose(snapshot: Snapshot) -> Diagnosis | None:
    """What has stopped coming, for how long, and what still does; None while nothing has, or nothing comes at all."""
    if snapshot.stale or not snapshot.stale_values:
        return None
    gone = {_group(quantity) for quantity in snapshot.stale_values}
    there = {_group(quantity) for quantity in snapshot.values} - gone
    stopped = [name for name in GROUPS if name in gone]
    coming = [name for name in GROUPS if name in there]
    seconds = int(min(snapshot.now - snapshot.values[quantity].at for quantity in snapshot.stale_values))
    what = f"Not received for {_duration(seconds)}: {_list(stopped)}."
    if coming:
        what += f" Still received: {_list(coming)}."
    values: Values = {"stopped": ",".join(stopped), "coming": ",".join(coming), "seconds": seconds}
    return Diagnosis(Code.VALUES_STOPPED, what, ADVICE, values)


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
