"""Kamstrup OMNIPOWER: HAN-NVE list 1 and 2, and DLMS push 1 (Kamstrup 5512-2584 "HAN interface specification", 5).

No scalers are sent. The lists of HAN-NVE keep their element counts on one-phase meters and fill the places of the
missing phases with null-data; DLMS push 1 leaves them out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import hypot
from typing import ClassVar

from han2x.model import PushList
from han2x.simulator import encoding
from han2x.simulator.ciphering import Encryption
from han2x.simulator.encoding import double_long_unsigned, long_unsigned, obis, visible_string
from han2x.simulator.pushes import METER_ID, SERIAL_NUMBER, Sample, Schedule, counts, import_export, watts

LIST_VERSION = "Kamstrup_V0001"
METER_TYPES = {1: "6861111BN000000017", 3: "6841131BN000000017"}
PLAIN_ADDRESSES = bytes.fromhex("2b21")
CIPHERED_ADDRESSES = bytes.fromhex("4103")
UI_FRAME = 0x13

LIST_1_AND_2 = Schedule(((PushList.LIST_1, 20),), hourly=PushList.LIST_2, hourly_second=5, of_the_hour=True)
PUSH_1 = Schedule(((PushList.PUSH_1, 20),))

Pairs = list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of what is sent, which the telegram does not tell: the documented ones unless given otherwise.

    Raises:
        ValueError: a step is not at least 1.
    """

    energy_wh: int = 10
    voltage_mv: int = 1000
    current_ma: int = 10

    def __post_init__(self) -> None:
        for name in ("energy_wh", "voltage_mv", "current_ma"):
            if (step := getattr(self, name)) < 1:
                raise ValueError(f"the step {name} must be at least 1, not {step}")


@dataclass(frozen=True, slots=True)
class Kamstrup:
    """A Kamstrup meter with one or three phases.

    `push_1` sends DLMS push 1 instead of the HAN-NVE lists. `old_date_time` writes the header's date-time with the
    octet-string tag in front, as firmware before revision U1 did. With `encryption` every telegram is ciphered.
    """

    phases: int = 3
    push_1: bool = False
    old_date_time: bool = False
    scales: Steps = field(default_factory=Steps)
    encryption: Encryption | None = None
    baudrate: ClassVar[int] = 2400
    bits_per_octet: ClassVar[int] = 10

    @property
    def schedule(self) -> Schedule:
        return PUSH_1 if self.push_1 else LIST_1_AND_2

    def telegram(self, push: PushList, sample: Sample) -> bytes:
        apdu = self._apdu(push, sample)
        if self.encryption is None:
            return encoding.hdlc_frame(PLAIN_ADDRESSES, UI_FRAME, encoding.LLC + apdu)
        ciphered = self.encryption.cipher(apdu, sample.invocation_counter)
        return encoding.hdlc_frame(CIPHERED_ADDRESSES, UI_FRAME, encoding.LLC + ciphered)

    def _apdu(self, push: PushList, sample: Sample) -> bytes:
        elements = [visible_string(LIST_VERSION)]
        for code, value in self._push_1(sample) if push is PushList.PUSH_1 else self._list(push, sample):
            # a pair that a one-phase meter has no value for keeps its place as two null-data
            elements += [obis(code), value] if value else [encoding.NULL, encoding.NULL]
        header = encoding.octet_string(encoding.date_time(sample.clock))
        date_time = header if self.old_date_time else header[1:]
        return encoding.data_notification(date_time, encoding.structure(elements))

    def _list(self, push: PushList, sample: Sample) -> Pairs:
        pairs = [
            ("1.1.0.0.5.255", visible_string(METER_ID)),
            ("1.1.96.1.1.255", visible_string(METER_TYPES[self.phases])),
            *self._powers(sample),
            *self._each_phase((31, 51, 71), self._currents(sample), keep_places=True),
            *self._each_phase((32, 52, 72), self._voltages(sample), keep_places=True),
        ]
        if push is PushList.LIST_2:
            pairs += [self._clock(sample), *self._energies(sample)]
        return pairs

    def _push_1(self, sample: Sample) -> Pairs:
        imported, exported = zip(*(import_export(p) for p, _ in sample.moment.powers), strict=True)
        factors = [long_unsigned(power_factor(p, q)) for p, q in sample.moment.powers]
        total = long_unsigned(power_factor(sample.moment.active_mw, sample.moment.reactive_mvar))
        return [
            *self._energies(sample),
            ("1.1.0.0.1.255", double_long_unsigned(SERIAL_NUMBER)),
            *self._powers(sample),
            self._clock(sample),
            *self._each_phase((32, 52, 72), self._voltages(sample)),
            *self._each_phase((31, 51, 71), self._currents(sample)),
            *self._each_phase((21, 41, 61), [double_long_unsigned(watt) for watt in imported]),
            *self._each_phase((33, 53, 73), factors),
            ("1.1.13.7.0.255", total),
            *self._each_phase((22, 42, 62), [double_long_unsigned(watt) for watt in exported]),
            *self._each_phase((22, 42, 62), self._counts(sample.registers.phase_export), processing=8),
            *self._each_phase((21, 41, 61), self._counts(sample.registers.phase_import), processing=8),
        ]

    def _each_phase(
        self, groups: tuple[int, ...], values: list[bytes], *, processing: int = 7, keep_places: bool = False
    ) -> Pairs:
        places = len(groups) if keep_places else self.phases
        filled = values + [b""] * (places - len(values))
        return [(f"1.1.{group}.{processing}.0.255", value) for group, value in zip(groups, filled, strict=False)]

    def _powers(self, sample: Sample) -> Pairs:
        sent = import_export(sample.moment.active_mw) + import_export(sample.moment.reactive_mvar)
        return [(f"1.1.{group}.7.0.255", double_long_unsigned(power)) for group, power in enumerate(sent, 1)]

    def _energies(self, sample: Sample) -> Pairs:
        totals = self._counts(sample.registers.totals)
        return [(f"1.1.{group}.8.0.255", value) for group, value in enumerate(totals, 1)]

    def _clock(self, sample: Sample) -> tuple[str, bytes]:
        return "0.1.1.0.0.255", encoding.octet_string(encoding.date_time(sample.list_clock))

    def _counts(self, registers: tuple[int, ...]) -> list[bytes]:
        return [double_long_unsigned(counts(register, self.scales.energy_wh)) for register in registers]

    def _currents(self, sample: Sample) -> list[bytes]:
        return [double_long_unsigned(round(ma / self.scales.current_ma)) for ma in sample.moment.currents_ma]

    def _voltages(self, sample: Sample) -> list[bytes]:
        return [long_unsigned(round(mv / self.scales.voltage_mv)) for mv in sample.moment.voltages_mv]


def power_factor(active_milli: int, reactive_milli: int) -> int:
    """Active over apparent power in hundredths, cut and not rounded; 100 when nothing flows, as the meters send it."""
    active, reactive = abs(watts(active_milli)), abs(watts(reactive_milli))
    return int(100 * active / hypot(active, reactive)) if active or reactive else 100
