"""The nouns of han2x: what a meter says, and what can be wrong with how it was said.

Every measured value is an integer in thousandths of its unit (mW, mvar, mWh, mvarh, mA, mV, and thousandths for a
power factor), so that what the meter sent is kept exactly and never rounded on the way. A value that the meter did not
send has no entry; it is never 0.

Imports nothing of ours, does no I/O and knows no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Self


class Unit(StrEnum):
    """The units that values are told in, spelt as the program's JSON spells them."""

    W = "W"
    VAR = "var"
    WH = "Wh"
    VARH = "varh"
    A = "A"
    V = "V"
    ONE = "1"


class Obis(NamedTuple):
    """An OBIS code A-B:C.D.E*F (IEC 62056-61), six groups of 0 to 255."""

    a: int
    b: int
    c: int
    d: int
    e: int
    f: int = 255

    @classmethod
    def from_octets(cls, octets: bytes) -> Self:
        """Read the six octets that a COSEM logical name has on the wire.

        Raises:
            ValueError: there are not exactly six octets.
        """
        if len(octets) != 6:
            raise ValueError(f"an OBIS code has 6 octets, not {len(octets)}")
        return cls(*octets)

    @property
    def key(self) -> str:
        """The groups C.D.E, by which makers who differ in A and B mean the same quantity."""
        return f"{self.c}.{self.d}.{self.e}"

    def __str__(self) -> str:
        return f"{self.a}-{self.b}:{self.c}.{self.d}.{self.e}.{self.f}"


class Quantity(StrEnum):
    """What can be measured. The value is the OBIS groups C.D.E; `unit` is the unit it is told in."""

    unit: Unit
    __hash__ = str.__hash__  # an enumeration's own is written in Python, and every value read needs it

    def __new__(cls, key: str, unit: Unit) -> Self:
        member = str.__new__(cls, key)
        member._value_ = key
        member.unit = unit
        return member

    ACTIVE_POWER_IMPORT = "1.7.0", Unit.W
    ACTIVE_POWER_EXPORT = "2.7.0", Unit.W
    REACTIVE_POWER_IMPORT = "3.7.0", Unit.VAR
    REACTIVE_POWER_EXPORT = "4.7.0", Unit.VAR
    POWER_FACTOR = "13.7.0", Unit.ONE

    CURRENT_L1 = "31.7.0", Unit.A
    CURRENT_L2 = "51.7.0", Unit.A
    CURRENT_L3 = "71.7.0", Unit.A
    VOLTAGE_L1 = "32.7.0", Unit.V
    VOLTAGE_L2 = "52.7.0", Unit.V
    VOLTAGE_L3 = "72.7.0", Unit.V

    ACTIVE_ENERGY_IMPORT = "1.8.0", Unit.WH
    ACTIVE_ENERGY_EXPORT = "2.8.0", Unit.WH
    REACTIVE_ENERGY_IMPORT = "3.8.0", Unit.VARH
    REACTIVE_ENERGY_EXPORT = "4.8.0", Unit.VARH

    ACTIVE_POWER_IMPORT_L1 = "21.7.0", Unit.W
    ACTIVE_POWER_IMPORT_L2 = "41.7.0", Unit.W
    ACTIVE_POWER_IMPORT_L3 = "61.7.0", Unit.W
    ACTIVE_POWER_EXPORT_L1 = "22.7.0", Unit.W
    ACTIVE_POWER_EXPORT_L2 = "42.7.0", Unit.W
    ACTIVE_POWER_EXPORT_L3 = "62.7.0", Unit.W
    REACTIVE_POWER_IMPORT_L1 = "23.7.0", Unit.VAR
    REACTIVE_POWER_IMPORT_L2 = "43.7.0", Unit.VAR
    REACTIVE_POWER_IMPORT_L3 = "63.7.0", Unit.VAR
    REACTIVE_POWER_EXPORT_L1 = "24.7.0", Unit.VAR
    REACTIVE_POWER_EXPORT_L2 = "44.7.0", Unit.VAR
    REACTIVE_POWER_EXPORT_L3 = "64.7.0", Unit.VAR
    POWER_FACTOR_L1 = "33.7.0", Unit.ONE
    POWER_FACTOR_L2 = "53.7.0", Unit.ONE
    POWER_FACTOR_L3 = "73.7.0", Unit.ONE

    ACTIVE_ENERGY_IMPORT_L1 = "21.8.0", Unit.WH
    ACTIVE_ENERGY_IMPORT_L2 = "41.8.0", Unit.WH
    ACTIVE_ENERGY_IMPORT_L3 = "61.8.0", Unit.WH
    ACTIVE_ENERGY_EXPORT_L1 = "22.8.0", Unit.WH
    ACTIVE_ENERGY_EXPORT_L2 = "42.8.0", Unit.WH
    ACTIVE_ENERGY_EXPORT_L3 = "62.8.0", Unit.WH


class PushList(StrEnum):
    """The kinds of push list, as `han2x decode` names them."""

    LIST_1 = "list-1"
    LIST_2 = "list-2"
    LIST_3 = "list-3"
    PUSH_1 = "push-1"
    P1 = "p1"


@dataclass(frozen=True, slots=True)
class MeterTime:
    """A COSEM date-time as the meter sent it (IEC 62056-6-2, "date-time").

    `local` is the meter's own wall clock without a zone, whatever that meter means by it. `deviation_min` is the signed
    deviation in minutes, None when not given. `status` is the clock status octet (0x80 daylight saving active, 0x01
    invalid), None when not given.
    """

    local: datetime
    deviation_min: int | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What one good telegram said.

    `offset` counts the octets of the stream before the telegram's first one. `values` are in thousandths of each
    quantity's unit. `header_time` is the clock in the telegram's header, the moment the powers were taken; None where
    the telegram has none (Aidon). `register_time` is the clock inside the list, which says to what moment its energies
    belong; None where the list has none. `energy_step` is the smallest step of the energy registers, in mWh or mvarh,
    None when unknown. `unmeasured` are quantities that the telegram gives as 0 only because this meter does not measure
    them; they are not among `values`. An `unchecked` telegram had no check sequence to show that it came as sent;
    its `shape` is the same number for telegrams that differ in nothing but digits.
    """

    offset: int
    maker: str
    push_list: PushList
    values: Mapping[Quantity, int]
    meter_id: str | None = None
    meter_type: str | None = None
    list_version: str | None = None
    header_time: MeterTime | None = None
    register_time: MeterTime | None = None
    energy_step: int | None = None
    encrypted: bool = False
    unmeasured: frozenset[Quantity] = frozenset()
    unchecked: bool = False
    shape: int = 0

    @property
    def meter_time(self) -> MeterTime | None:
        """The telegram's own clock: its header's where it has one, else the one inside the list."""
        return self.header_time or self.register_time


class ProblemKind(StrEnum):
    """Why octets on the line did not become a reading, as `han2x decode` names it."""

    CHECKSUM = "checksum"
    LENGTH = "length"
    FRAMING = "framing"
    APDU = "apdu"
    UNKNOWN_LIST = "unknown-list"
    NO_KEY = "no-key"
    AUTHENTICATION = "authentication"
    REPLAY = "replay"
    P1_CHECKSUM = "p1-checksum"


class ProblemCause(StrEnum):
    """What exactly was wrong: the sub-kind that programs go by. `kind` is the kind that it belongs to."""

    kind: ProblemKind

    def __new__(cls, code: str, kind: ProblemKind) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.kind = kind
        return member

    HCS = "hcs", ProblemKind.CHECKSUM
    FCS = "fcs", ProblemKind.CHECKSUM
    MBUS_CHECKSUM = "mbus-checksum", ProblemKind.CHECKSUM

    SHORT_LENGTH = "short-length", ProblemKind.LENGTH
    HEADER_CUT = "header-cut", ProblemKind.LENGTH
    FRAME_CUT = "frame-cut", ProblemKind.LENGTH
    TELEGRAM_CUT = "telegram-cut", ProblemKind.LENGTH
    TELEGRAM_TOO_LONG = "telegram-too-long", ProblemKind.LENGTH
    IDENTIFICATION_ONLY = "identification-only", ProblemKind.LENGTH
    FIRST_PART_MISSING = "first-part-missing", ProblemKind.LENGTH
    PART_MISSING = "part-missing", ProblemKind.LENGTH

    NOISE = "noise", ProblemKind.FRAMING
    NOT_DLMS = "not-dlms", ProblemKind.FRAMING

    NO_LLC = "no-llc", ProblemKind.APDU
    BLOCK = "block", ProblemKind.APDU
    NO_NOTIFICATION = "no-notification", ProblemKind.APDU
    ENCODING = "encoding", ProblemKind.APDU
    PROTECTION = "protection", ProblemKind.APDU
    NO_TELEGRAM_INSIDE = "no-telegram-inside", ProblemKind.APDU

    UNKNOWN_MAKER = "unknown-maker", ProblemKind.UNKNOWN_LIST
    LIST_SHAPE = "list-shape", ProblemKind.UNKNOWN_LIST
    UNUSABLE_VALUE = "unusable-value", ProblemKind.UNKNOWN_LIST
    NO_KNOWN_VALUE = "no-known-value", ProblemKind.UNKNOWN_LIST

    NO_KEY = "no-key", ProblemKind.NO_KEY
    NO_AUTHENTICATION_KEY = "no-authentication-key", ProblemKind.NO_KEY

    KEYS_SWAPPED = "keys-swapped", ProblemKind.AUTHENTICATION
    KEYS_WRONG = "keys-wrong", ProblemKind.AUTHENTICATION
    AUTHENTICATION_KEY_WRONG = "authentication-key-wrong", ProblemKind.AUTHENTICATION
    CHANGED_ON_THE_WAY = "changed-on-the-way", ProblemKind.AUTHENTICATION
    UNVERIFIABLE = "unverifiable", ProblemKind.AUTHENTICATION

    REPLAY = "replay", ProblemKind.REPLAY

    P1_CRC = "p1-crc", ProblemKind.P1_CHECKSUM
    P1_CRC_MISSING = "p1-crc-missing", ProblemKind.P1_CHECKSUM
    UNCONFIRMED = "unconfirmed", ProblemKind.P1_CHECKSUM
    DAMAGED_INSIDE = "damaged-inside", ProblemKind.P1_CHECKSUM


Values = Mapping[str, str | int]
"""What a code's sentence speaks of, by name, so that it can be said in any language."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Octets that did not become a reading: where they began, what was wrong with them, and that in plain English.

    Only `cause` and `values` are for programs. `values` has the `system_title` of the sender, in hexadecimal, where a
    protected telegram tells it.
    """

    offset: int
    cause: ProblemCause
    detail: str
    values: Values = field(default_factory=dict, hash=False)

    @property
    def kind(self) -> ProblemKind:
        """The kind of the cause."""
        return self.cause.kind


Event = Reading | Problem
