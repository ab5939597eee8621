"""P1 telegrams of other countries: the Netherlands (DSMR 2.2, 4 and 5), Flanders, Luxembourg, Denmark (NES), Poland.

What tells them apart stands in the table `DIALECTS`. Meters that send tariffs and no totals have two fifths of their
energy in the first of two tariffs. Luxembourg's telegrams are encrypted as a whole, Poland's data lines by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from han2x.model import PushList
from han2x.simulator.ciphering import Encryption
from han2x.simulator.clock import is_summer, local_time
from han2x.simulator.encoding import reflected_crc16
from han2x.simulator.household import Moment
from han2x.simulator.p1 import PHASE_OFFSETS
from han2x.simulator.pushes import METER_ID, TICKS_PER_SECOND, Sample, Schedule, counts, import_export

LUXEMBOURG_TITLE = b"SAG5\x99\x00\x00\x01"
LUXEMBOURG_KEY = bytes.fromhex("00112233445566778899AABBCCDDEEFF")  # published, and the same for all its meters
_NO_TITLE = bytes(8)
_CIPHERED_HEAD = 1 + 1 + 8  # tag, and the system title with its length


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the telegrams of one kind of meter look.

    `head` and `tail` are lines that never change. `energies`, `powers`, `volts` and `amperes` are how many digits stand
    before and after the point; None where no such values are sent. `reactive` is how kvar is spelt, "" where there is
    none. `clock` and `checksum` are names of ways below.
    """

    identification: str
    head: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()
    clock: str = "letter"
    tariffs: bool = False
    reactive: str = ""
    energies: tuple[int, int] = (6, 3)
    powers: tuple[int, int] = (2, 3)
    phases: bool = True
    volts: tuple[int, int] | None = (3, 1)
    amperes: tuple[int, int] | None = (3, 0)
    checksum: str = "arc"
    seconds: int = 10
    baudrate: int = 115200
    bits_per_octet: int = 10


_NUMBER = "0-0:96.1.1(" + METER_ID.encode().hex().upper() + ")"
_NO_MESSAGE = "0-0:96.13.0()"
_GAS = ("0-1:24.1.0(003)", "0-1:96.1.0()", "0-1:24.2.1(260304110000W)(06362.120*m3)")

DIALECTS = {
    "nl-dsmr2": Dialect(
        "/ISk5\\2MT382-1000",
        head=(_NUMBER,),
        tail=(
            "0-0:17.0.0(0999.00*kW)",
            _NO_MESSAGE,
            "0-1:24.3.0(260304110000)(00)(60)(1)(0-1:24.2.1)(m3)",
            "(13368.864)",
        ),
        clock="none",
        tariffs=True,
        energies=(5, 3),
        powers=(4, 2),
        phases=False,
        volts=None,
        amperes=None,
        checksum="none",
        baudrate=9600,
    ),
    "nl-dsmr4": Dialect(
        "/KFM5KAIFA-METER", head=("1-3:0.2.8(42)", _NUMBER), tail=(_NO_MESSAGE, *_GAS), tariffs=True, volts=None
    ),
    "nl-dsmr5": Dialect(
        "/ISK5\\2M550T-1012", head=("1-3:0.2.8(50)", _NUMBER), tail=(_NO_MESSAGE, *_GAS), tariffs=True, seconds=1
    ),
    "be": Dialect(
        "/FLU5\\253769484_A",
        head=("0-0:96.1.4(50217)", _NUMBER, "1-0:1.4.0(02.351*kW)", "1-0:1.6.0(260201134558W)(02.589*kW)"),
        tail=("0-0:17.0.0(999.9*kW)", "1-0:31.4.0(999*A)", _NO_MESSAGE, *_GAS),
        tariffs=True,
        amperes=(3, 2),
        seconds=1,
    ),
    "lu": Dialect(
        "/Lux5\\253694471_M",
        head=("1-3:0.2.8(42)", f"0-0:42.0.0({b'SAG'.hex()}{METER_ID.encode().hex()})"),
        tail=("0-0:17.0.0(069.0*kVA)", "1-1:31.4.0(100*A)(-063*A)", _NO_MESSAGE, *_GAS),
        reactive="kvar",
    ),
    "nes": Dialect(
        "/NES5:83335-3E",
        clock="blank",
        reactive="kVAr",
        energies=(5, 3),
        powers=(4, 3),
        amperes=(3, 1),
        bits_per_octet=11,
    ),
    "pl": Dialect(
        "/KFM5KAIFA-METER",
        head=(_NUMBER, "0-0:17.0.0(069.0*kVA)"),
        reactive="kvar",
        phases=False,
        amperes=None,
        checksum="x25",
    ),
}


@dataclass(frozen=True, slots=True)
class CountryP1:
    """A meter with three phases that speaks one of the `DIALECTS`, encrypted where it can be."""

    name: str
    encryption: Encryption | None = None

    @property
    def dialect(self) -> Dialect:
        return DIALECTS[self.name]

    phases: ClassVar[int] = 3

    @property
    def baudrate(self) -> int:
        return self.dialect.baudrate

    @property
    def bits_per_octet(self) -> int:
        return self.dialect.bits_per_octet

    @property
    def schedule(self) -> Schedule:
        return Schedule(((PushList.P1, self.dialect.seconds * TICKS_PER_SECOND),))

    def telegram(self, push: PushList, sample: Sample) -> bytes:
        dialect = self.dialect
        lines = "".join(f"{line}\r\n" for line in _lines(dialect, sample)).encode("ascii")
        head = f"{dialect.identification}\r\n\r\n".encode("ascii")
        if self.encryption is None:
            return _closed(head + lines, dialect.checksum)
        if self.name == "pl":
            sealed = replace(self.encryption, system_title=_NO_TITLE).cipher(lines, 0)
            return _closed(head + b"\0" + sealed[_CIPHERED_HEAD:], dialect.checksum)
        authentication_key = self.encryption.authentication_key or LUXEMBOURG_KEY
        titled = replace(self.encryption, system_title=LUXEMBOURG_TITLE, authentication_key=authentication_key)
        return titled.cipher(_closed(head + lines, dialect.checksum), sample.invocation_counter)


def _closed(text: bytes, checksum: str) -> bytes:
    """The telegram with its exclamation mark and what follows that."""
    text += b"!"
    if checksum == "arc":
        return text + f"{reflected_crc16(0xA001, 0, text):04X}\r\n".encode("ascii")
    if checksum == "x25":
        crc = reflected_crc16(0x8408, 0xFFFF, text) ^ 0xFFFF
        return text + crc.to_bytes(2, "little").hex().upper().encode("ascii") + b"\r\n"
    return text + b"\r\n"


def _lines(dialect: Dialect, sample: Sample) -> Iterator[str]:
    moment = sample.moment
    yield from _clock(dialect.clock, sample.clock)
    yield from dialect.head
    for group, register in enumerate(sample.registers.totals, 1):
        unit = "kWh" if group <= 2 else f"{dialect.reactive}h"
        if group <= 2 or dialect.reactive:
            yield from _energy(dialect, group, counts(register, 1), unit)
    for group, power in enumerate(import_export(moment.active_mw), 1):
        yield f"1-0:{group}.7.0({_number(1000 * power, dialect.powers, 3)}*kW)"
    if dialect.reactive:
        for group, power in enumerate(import_export(moment.reactive_mvar), 3):
            yield f"1-0:{group}.7.0({_number(1000 * power, dialect.powers, 3)}*{dialect.reactive})"
    yield from _phases(dialect, moment)
    yield from dialect.tail


def _phases(dialect: Dialect, moment: Moment) -> Iterator[str]:
    for group, values, digits, unit in (
        (32, moment.voltages_mv, dialect.volts, "V"),
        (31, moment.currents_ma, dialect.amperes, "A"),
    ):
        if digits is not None:
            for phase, milli in enumerate(values):
                yield f"1-0:{group + 20 * phase}.7.0({_number(milli, digits, 0)}*{unit})"
    if dialect.phases:
        for offset, (active, _) in zip(PHASE_OFFSETS, moment.powers, strict=True):
            for group, power in enumerate(import_export(active), 1):
                yield f"1-0:{offset + group}.7.0({_number(1000 * power, dialect.powers, 3)}*kW)"


def _energy(dialect: Dialect, group: int, energy: int, unit: str) -> Iterator[str]:
    if not dialect.tariffs:
        yield f"1-0:{group}.8.0({_number(1000 * energy, dialect.energies, 3)}*{unit})"
        return
    first = energy * 2 // 5
    for tariff, part in enumerate((first, energy - first), 1):
        yield f"1-0:{group}.8.{tariff}({_number(1000 * part, dialect.energies, 3)}*{unit})"


def _clock(way: str, clock: datetime) -> Iterator[str]:
    local = local_time(clock)
    if way == "letter":
        yield f"0-0:1.0.0({local:%y%m%d%H%M%S}{'S' if is_summer(clock) else 'W'})"
    if way == "blank":
        yield f"0-0:1.0.0({local:%Y%m%d %H:%M:%S})"


def _number(milli: int, digits: tuple[int, int], kilo: int) -> str:
    """Thousandths of a unit, or of its thousand, cut to so many digits before and after the point."""
    whole, decimals = digits
    value = milli * 10**decimals // 10 ** (3 + kilo)
    text = f"{value:0{whole + decimals}d}"
    return f"{text[:-decimals]}.{text[-decimals:]}" if decimals else text
