"""Sagemcom T210-D in Austria: one list over M-Bus, every value with its code, scaler and unit.

Its first M-Bus frame has 257 octets, of which the length octets tell the low one, 01. Real ones always encrypt, by the
encryption key alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from han2x.model import PushList
from han2x.simulator import encoding
from han2x.simulator.ciphering import Encryption
from han2x.simulator.encoding import double_long_unsigned, enum, integer, long_unsigned, obis, octet_string, structure
from han2x.simulator.pushes import Sample, Schedule, counts, import_export

PART = 252
SYSTEM_TITLE = b"SAGY\x99\0\0\1"
WATT, VAR, WATT_HOUR, VAR_HOUR, AMPERE, VOLT = 0x1B, 0x1D, 0x1E, 0x20, 0x21, 0x23


@dataclass(frozen=True, slots=True)
class T210D:
    """A meter with three phases."""

    encryption: Encryption | None = None
    phases: ClassVar[int] = 3
    baudrate: ClassVar[int] = 2400
    bits_per_octet: ClassVar[int] = 11

    @property
    def schedule(self) -> Schedule:
        return Schedule(((PushList.LIST_3, 10),))

    def telegram(self, push: PushList, sample: Sample) -> bytes:
        clock = octet_string(encoding.local_date_time(sample.clock))
        body = structure([clock, *_elements(sample)])
        apdu = encoding.data_notification(clock[1:], body, invoke_id=sample.invocation_counter % 2**24)
        if self.encryption is not None:
            encryption = replace(self.encryption, system_title=SYSTEM_TITLE, authentication_key=None)
            apdu = encryption.cipher(apdu, sample.invocation_counter)
        return encoding.mbus_parts(apdu, PART)


def _elements(sample: Sample) -> list[bytes]:
    moment = sample.moment
    powers = import_export(moment.active_mw) + import_export(moment.reactive_mvar)
    elements: list[bytes] = []
    for group, (register, power) in enumerate(zip(sample.registers.totals, powers, strict=True), 1):
        active = group <= 2
        elements += _scaled(
            f"1.0.{group}.8.0.255", double_long_unsigned(counts(register, 1)), 0, WATT_HOUR if active else VAR_HOUR
        )
        elements += _scaled(f"1.0.{group}.7.0.255", double_long_unsigned(power), 0, WATT if active else VAR)
    for group, mv, ma in zip((31, 51, 71), moment.voltages_mv, moment.currents_ma, strict=True):
        elements += _scaled(f"1.0.{group + 1}.7.0.255", long_unsigned(round(mv / 100)), -1, VOLT)
        elements += _scaled(f"1.0.{group}.7.0.255", long_unsigned(round(ma / 10)), -2, AMPERE)
    return elements


def _scaled(code: str, value: bytes, scaler: int, unit: int) -> list[bytes]:
    """The code, the value, and its scaler and unit, in a row."""
    return [obis(code), value, structure([integer(scaler), enum(unit)])]
