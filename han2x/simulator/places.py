"""Lists of fixed places: Iskraemeco's AM550 in Slovenia and Carinthia, and its IE.5 in Croatia. Nothing is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from math import hypot
from typing import ClassVar

from han2x.model import PushList
from han2x.simulator import encoding
from han2x.simulator.ciphering import Encryption
from han2x.simulator.encoding import boolean, double_long_unsigned, long_unsigned, octet_string
from han2x.simulator.pushes import Sample, Schedule, counts, import_export, meter_number, watts

ADDRESSES = bytes.fromhex("cf0223")
DEVICE = b"ISK" + meter_number(13).encode()
NUMBER = meter_number(8).encode()
SYSTEM_TITLE = b"ISKit\x99\0\1"
SEGMENT = 154


class Country(Enum):
    """Whose lists the meter sends."""

    SLOVENIA = auto()
    CROATIA = auto()
    CARINTHIA = auto()


_SCHEDULES = {
    Country.SLOVENIA: Schedule(((PushList.LIST_3, 1800), (PushList.LIST_2, 10))),
    Country.CROATIA: Schedule(((PushList.LIST_3, 20),)),
    Country.CARINTHIA: Schedule(((PushList.LIST_3, 2),)),
}


@dataclass(frozen=True, slots=True)
class FixedPlaces:
    """A meter with three phases. Those of Carinthia encrypt without a tag, by the encryption key alone."""

    country: Country
    encryption: Encryption | None = None
    phases: ClassVar[int] = 3
    baudrate: ClassVar[int] = 115200
    bits_per_octet: ClassVar[int] = 10

    @property
    def schedule(self) -> Schedule:
        return _SCHEDULES[self.country]

    def telegram(self, push: PushList, sample: Sample) -> bytes:
        clock = encoding.local_date_time(sample.clock)
        body = encoding.structure(self._elements(push, sample, clock))
        apdu = encoding.data_notification(octet_string(clock)[1:], body, invoke_id=sample.invocation_counter % 2**24)
        if self.encryption is not None:
            encryption = replace(self.encryption, system_title=SYSTEM_TITLE, authentication_key=None)
            apdu = encryption.cipher(apdu, sample.invocation_counter)
        return encoding.hdlc_segments(ADDRESSES, encoding.LLC + apdu, SEGMENT)

    def _elements(self, push: PushList, sample: Sample, clock: bytes) -> list[bytes]:
        if self.country is Country.CARINTHIA:
            return _carinthia(sample, clock)
        if self.country is Country.CROATIA:
            return _croatia(sample, clock)
        names = [octet_string(DEVICE), octet_string(NUMBER)]
        if push is PushList.LIST_3:
            energies = _tariffs(sample, 0) + _tariffs(sample, 1) + _totals(sample)[2:]
            return [*names, encoding.enum(1), octet_string(b"\0\1"), *_numbers(energies)]
        return [
            *names,
            *_numbers(_powers(sample)),
            *_voltages(sample),
            *_currents(sample),
            *_numbers(_of_phases(sample)),
        ]


def _carinthia(sample: Sample, clock: bytes) -> list[bytes]:
    return [
        encoding.obis("0.6.25.9.0.255"),
        octet_string(NUMBER),
        *_time_and_date(clock),
        *_numbers(_totals(sample) + _powers(sample)[:2]),
        octet_string(b""),
        octet_string(b""),
    ]


def _croatia(sample: Sample, clock: bytes) -> list[bytes]:
    _, _, third, fourth = _totals(sample)
    energies = _tariffs(sample, 0) + _tariffs(sample, 1) + [third, 0, 0, fourth]
    arrays = [encoding.array([long_unsigned(0)])] * 3
    return [
        octet_string(NUMBER),
        *_time_and_date(clock),
        *_numbers(energies + _powers(sample)[:2]),
        long_unsigned(_power_factor(sample)),
        *_numbers(_of_phases(sample)),
        *_voltages(sample),
        *_currents(sample),
        double_long_unsigned(17_000),
        *arrays,
        boolean(1),
    ]


def _time_and_date(clock: bytes) -> list[bytes]:
    return [octet_string(clock[5:9]), octet_string(clock[:5])]


def _numbers(values: Sequence[int]) -> list[bytes]:
    return [double_long_unsigned(value) for value in values]


def _powers(sample: Sample) -> list[int]:
    return [*import_export(sample.moment.active_mw), *import_export(sample.moment.reactive_mvar)]


def _of_phases(sample: Sample) -> list[int]:
    each = [import_export(active) for active, _ in sample.moment.powers]
    return [imported for imported, _ in each] + [exported for _, exported in each]


def _voltages(sample: Sample) -> list[bytes]:
    return [long_unsigned(round(mv / 100)) for mv in sample.moment.voltages_mv]


def _currents(sample: Sample) -> list[bytes]:
    return [long_unsigned(round(ma / 10)) for ma in sample.moment.currents_ma]


def _totals(sample: Sample) -> list[int]:
    return [counts(register, 1) for register in sample.registers.totals]


def _tariffs(sample: Sample, register: int) -> list[int]:
    """The total, and the two tariffs that it is the sum of."""
    total = _totals(sample)[register]
    return [total, total // 3, total - total // 3]


def _power_factor(sample: Sample) -> int:
    active, reactive = abs(watts(sample.moment.active_mw)), abs(watts(sample.moment.reactive_mvar))
    return int(1000 * active / hypot(active, reactive)) if active or reactive else 1000
