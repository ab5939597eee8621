"""Steps of the published energy that are real and are not smoothed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from han2x.model import Quantity, Values


class DiscontinuityCause(StrEnum):
    """Why an energy does not go on from where it was."""

    METER_REPLACED = "meter-replaced"
    METER_EXCHANGED = "meter-exchanged"
    REGISTER_WENT_BACK = "register-went-back"
    REGISTER_JUMPED = "register-jumped"


TEXTS: Final[Mapping[DiscontinuityCause, str]] = {
    DiscontinuityCause.METER_REPLACED: "meter {before} was replaced by {after}",
    DiscontinuityCause.METER_EXCHANGED: "another meter was connected",
    DiscontinuityCause.REGISTER_WENT_BACK: "the register went back",
    DiscontinuityCause.REGISTER_JUMPED: "the register jumped",
}


@dataclass(frozen=True, slots=True)
class Discontinuity:
    """A step of the published energy: when, of what, and why.

    `values` are what the cause's sentence speaks of: the meters' ids `before` and `after` of a meter that was replaced;
    "meter-exchanged" is of meters that do not both tell their number, and has none.
    """

    at: float
    quantity: Quantity
    cause: DiscontinuityCause
    values: Values = field(default_factory=dict, hash=False)

    @property
    def reason(self) -> str:
        """Why, in plain English."""
        return TEXTS[self.cause].format_map(self.values)
