"""Lists that name the attributes they hold (IEC 62056-6-2, "Push setup"), as meters of Switzerland and Czechia do.

Nothing has a scaler. Landis+Gyr's E450 counts whole volts and sends an HDLC frame for each block of
general-block-transfer, its E360 and Iskraemeco's AM550 tenths of a volt, in one frame and in segments. Sagemcom's XT211
writes its descriptors without tags, and has no frame around them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import ClassVar

from han2x.model import PushList
from han2x.simulator import encoding
from han2x.simulator.ciphering import Encryption
from han2x.simulator.clock import local_time
from han2x.simulator.encoding import double_long_unsigned, long_unsigned, octet_string
from han2x.simulator.pushes import Sample, Schedule, counts, import_export, meter_number

DATA, REGISTER, PUSH_SETUP = 1, 3, 40

Attribute = tuple[int, str, bytes]
"""Class id, OBIS code, and the value of attribute 2."""


class Model(Enum):
    """A meter that pushes attributes: its line, its addresses and the letters of its names."""

    E450 = 2400, 11, "ceff03", b"LGZ"
    E360 = 9600, 10, "cf03", b"LGZ"
    AM550 = 115200, 10, "cf0223", b"ISK"
    XT211 = 9600, 10, "", b"SAG"

    def __init__(self, baudrate: int, bits_per_octet: int, addresses: str, letters: bytes) -> None:
        self.baudrate = baudrate
        self.bits_per_octet = bits_per_octet
        self.addresses = bytes.fromhex(addresses)
        self.letters = letters


@dataclass(frozen=True, slots=True)
class Attributes:
    """A meter with three phases."""

    model: Model
    encryption: Encryption | None = None
    phases: ClassVar[int] = 3

    @property
    def baudrate(self) -> int:
        return self.model.baudrate

    @property
    def bits_per_octet(self) -> int:
        return self.model.bits_per_octet

    @property
    def schedule(self) -> Schedule:
        return Schedule(((PushList.LIST_3, 120 if self.model is Model.XT211 else 10),))

    def telegram(self, push: PushList, sample: Sample) -> bytes:
        if self.model is Model.XT211:
            return encoding.data_notification(encoding.NULL, _untagged(_xt211(sample)))
        header = _header_time(sample.clock, told=self.model is Model.AM550)
        apdu = encoding.data_notification(
            header, _tagged(self._vse(sample)), invoke_id=sample.invocation_counter % 2**24
        )
        if self.encryption is not None:
            encryption = replace(self.encryption, system_title=self.model.letters + b"gs\x99\0\1")
            apdu = encryption.cipher(apdu, sample.invocation_counter)
        if self.model is Model.E450:
            return encoding.hdlc_blocks(self.model.addresses, apdu, 0x70)
        return encoding.hdlc_segments(
            self.model.addresses, encoding.LLC + apdu, 154 if self.model is Model.AM550 else 2000
        )

    def _vse(self, sample: Sample) -> list[Attribute]:
        """The list that Swiss grid companies recommend (VSE RL-DSP CH2024), with reactive powers and a power factor."""
        moment = sample.moment
        volt = 1000 if self.model is Model.E450 else 100
        device = self.model.letters + meter_number(13).encode()
        phases = zip((31, 51, 71), (32, 52, 72), moment.currents_ma, moment.voltages_mv, strict=True)
        return [
            *_energies(sample, (1, 2, 3, 4)),
            (DATA, "0.0.96.1.0.255", octet_string(meter_number(7).encode())),
            (DATA, "0.0.42.0.0.255", octet_string(device)),
            *_powers(sample),
            *(
                (REGISTER, f"1.0.{code}.7.0.255", value)
                for i, u, ma, mv in phases
                for code, value in ((u, long_unsigned(round(mv / volt))), (i, long_unsigned(round(ma / 10))))
            ),
        ]


def _xt211(sample: Sample) -> list[Attribute]:
    """Energies with two tariffs, and powers of the phases."""
    import_export_each = [import_export(active) for active, _ in sample.moment.powers]
    imported, exported = import_export(sample.moment.active_mw)
    total = counts(sample.registers.totals[0], 1)
    return [
        (DATA, "0.0.96.1.1.255", octet_string(meter_number(10).encode())),
        (DATA, "0.0.96.14.0.255", encoding.NULL),
        (REGISTER, "1.0.1.7.0.255", double_long_unsigned(imported)),
        *_of_phases((21, 41, 61), [power for power, _ in import_export_each]),
        (REGISTER, "1.0.2.7.0.255", double_long_unsigned(exported)),
        *_of_phases((22, 42, 62), [power for _, power in import_export_each]),
        (REGISTER, "1.0.1.8.0.255", double_long_unsigned(total)),
        (REGISTER, "1.0.1.8.1.255", double_long_unsigned(total // 3)),
        (REGISTER, "1.0.1.8.2.255", double_long_unsigned(total - total // 3)),
        *_energies(sample, (2,)),
    ]


def _of_phases(groups: tuple[int, ...], values: list[int]) -> list[Attribute]:
    return [
        (REGISTER, f"1.0.{group}.7.0.255", double_long_unsigned(value))
        for group, value in zip(groups, values, strict=True)
    ]


def _powers(sample: Sample) -> list[Attribute]:
    sent = import_export(sample.moment.active_mw) + import_export(sample.moment.reactive_mvar)
    return [(REGISTER, f"1.0.{group}.7.0.255", double_long_unsigned(power)) for group, power in enumerate(sent, 1)]


def _energies(sample: Sample, groups: tuple[int, ...]) -> list[Attribute]:
    return [
        (REGISTER, f"1.1.{group}.8.0.255", double_long_unsigned(counts(sample.registers.totals[group - 1], 1)))
        for group in groups
    ]


def _tagged(attributes: list[Attribute]) -> bytes:
    itself = (PUSH_SETUP, "0.8.25.9.0.255")
    named = [itself, *((number, code) for number, code, _ in attributes)]
    descriptors = [
        encoding.structure([long_unsigned(number), encoding.obis(code), encoding.integer(2), long_unsigned(0)])
        for number, code in named
    ]
    return encoding.structure([encoding.array(descriptors), *(value for _, _, value in attributes)])


def _untagged(attributes: list[Attribute]) -> bytes:
    pairs = [
        b"\x02\x02" + number.to_bytes(2, "big") + encoding.obis(code)[2:] + b"\x02" + value
        for number, code, value in attributes
    ]
    return encoding.structure([encoding.enum(1), encoding.array(pairs)])


def _header_time(normal: datetime, *, told: bool) -> bytes:
    """Local time with its length; Iskraemeco's tells how far it is from UTC."""
    clock = encoding.local_date_time(normal) if told else encoding.date_time(local_time(normal))
    return octet_string(clock)[1:]
