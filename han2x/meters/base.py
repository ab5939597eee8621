"""What the makers' modules have in common: what they hand on, and the scales that no telegram tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache
from typing import Final, NamedTuple

from han2x.codecs import date_time
from han2x.codecs.axdr import CosemValue
from han2x.meters.totals import PARTS
from han2x.model import MeterTime, Obis, PushList, Quantity, Unit

OBIS_OCTETS: Final = 6
ELECTRICITY: Final = 1
NOW: Final = 255

CLOCK: Final = "1.0.0"
DEVICE: Final = "42.0.0"
"""The logical device name, whose first three letters are the maker's."""
OTHER_NUMBER: Final = "96.1.1"
"""Where meters without 96.1.0 have their number; Kamstrup has its type there."""
IDENTIFIERS: Final = {"0.2.129": "list_version", "96.1.0": "meter_id", "96.1.7": "meter_type"}
"""OBIS groups C.D.E that makers agree on, and what in `ListContent` they fill."""

QUANTITIES: Final = {str(quantity): quantity for quantity in Quantity}
ENERGIES: Final = frozenset(quantity for quantity in Quantity if quantity.unit in (Unit.WH, Unit.VARH))


@dataclass(frozen=True, slots=True)
class Scales:
    """What a Kamstrup meter's counts mean, which the meter does not send.

    `kamstrup_energy_mwh` is mWh or mvarh, `kamstrup_current_ma` mA, and `kamstrup_voltage_mv` mV for each count; None
    finds the current's scale from the power, and the voltage's from its value.
    """

    kamstrup_energy_mwh: int = 10_000
    kamstrup_current_ma: int | None = None
    kamstrup_voltage_mv: int | None = None


class Unscaled(Enum):
    """What a list may hold of values without scaler and unit."""

    NEVER = auto()
    """None: one without is passed over."""
    TOGETHER = auto()
    """All or none: where one has them, another without is passed over."""
    ALWAYS = auto()
    """Each by itself: none needs them."""


@dataclass(slots=True)
class ListContent:
    """What a list says, as `Reading` tells it, without what only the frame around it knows."""

    maker: str
    push_list: PushList
    values: dict[Quantity, int] = field(default_factory=dict)
    unmeasured: frozenset[Quantity] = frozenset()
    meter_id: str | None = None
    meter_type: str | None = None
    list_version: str | None = None
    register_time: MeterTime | None = None
    energy_step: int | None = None


class Supported(NamedTuple):
    """A row of the table of supported meters, for users: which, where, what is sent how often, on what line, with what
    keys, and what it was tried on.
    """

    meter: str
    countries: str
    lists: str
    line: str
    keys: str = "none"
    tried: str = "real telegrams"


@lru_cache(maxsize=512)
def obis_key(octets: bytes) -> str:
    """The groups C.D.E of an OBIS code of six octets, "" where it is nothing that this meter measures now.

    Only group A = 1 is electricity; 0 is what is no quantity. Channels (B) from 2 on are other meters, and a group F
    other than 255 is a value stored earlier.
    """
    code = Obis.from_octets(octets)
    abstract = code.a < ELECTRICITY
    if (
        code.b > 1
        or code.f != NOW
        or code.a > ELECTRICITY
        or (abstract and (code.key in QUANTITIES or code.key in PARTS))
    ):
        return ""
    return code.key


def text_of(value: CosemValue) -> str | None:
    """An identifier as text without the padding that some makers send; None when there is none."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if isinstance(value, int):
        return str(value)
    return value.strip(" \0") or None if isinstance(value, str) else None


def clock_of(value: CosemValue) -> MeterTime | None:
    """A clock that stands in a list as an octet-string."""
    if isinstance(value, bytes) and len(value) == date_time.OCTETS:
        return date_time.decode_date_time(value)
    return None


def list_of(quantities: Mapping[Quantity, int]) -> PushList:
    """Which list of the Norwegian kind this is: list 1 has nothing but the power, list 3 has the energies.

    A Swedish meter sends everything in one list; that is a list 3, however often it comes.
    """
    if not ENERGIES.isdisjoint(quantities):
        return PushList.LIST_3
    return PushList.LIST_1 if quantities.keys() <= {Quantity.ACTIVE_POWER_IMPORT} else PushList.LIST_2
