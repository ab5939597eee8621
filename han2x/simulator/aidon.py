"""Aidon with AIDON_V0001, lists 1 to 3 (Aidon HAN Interface Description 1.1A), and the Swedish list of 27 elements.

Each object carries its own scaler and unit. Currents are signed: negative while the phase exports. There is no
date-time in the header; only the lists with energies tell the time, and write a Sunday as weekday 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from han2x.model import PushList
from han2x.simulator import encoding
from han2x.simulator.encoding import double_long_unsigned, enum, integer, long, long_unsigned, obis, structure
from han2x.simulator.pushes import METER_ID, Sample, Schedule, counts, import_export

ADDRESSES = bytes.fromhex("410883")
UI_FRAME = 0x13
INVOKE_ID = 0x40000000
LIST_VERSION = "AIDON_V0001"
METER_TYPES = {1: "6515", 3: "6534"}
WATT, VAR, WATT_HOUR, VAR_HOUR, AMPERE, VOLT = 0x1B, 0x1D, 0x1E, 0x20, 0x21, 0x23

NORWEGIAN = Schedule(
    ((PushList.LIST_2, 20), (PushList.LIST_1, 5)),
    hourly=PushList.LIST_3,
    hourly_second=10,
    of_the_hour=True,
    clock_of_the_hour=True,
)
SWEDISH = Schedule(((PushList.LIST_3, 20),))


@dataclass(frozen=True, slots=True)
class Aidon:
    """An Aidon meter: 6515 with one phase, 6534 with three (four wires). The Swedish one has three."""

    phases: int = 3
    swedish: bool = False
    baudrate: ClassVar[int] = 2400
    bits_per_octet: ClassVar[int] = 11

    @property
    def schedule(self) -> Schedule:
        return SWEDISH if self.swedish else NORWEGIAN

    def telegram(self, push: PushList, sample: Sample) -> bytes:
        elements = self._swedish_list(sample) if self.swedish else self._list(push, sample)
        apdu = encoding.data_notification(encoding.NULL, encoding.array(elements), invoke_id=INVOKE_ID)
        return encoding.hdlc_frame(ADDRESSES, UI_FRAME, encoding.LLC + apdu)

    def _list(self, push: PushList, sample: Sample) -> list[bytes]:
        powers = _powers(sample)
        if push is PushList.LIST_1:
            return powers[:1]
        elements = [
            _text("1.1.0.2.129.255", LIST_VERSION),
            _text("0.0.96.1.0.255", METER_ID),
            _text("0.0.96.1.7.255", METER_TYPES[self.phases]),
            *powers,
            *_currents(sample),
            *_voltages(sample),
        ]
        if push is PushList.LIST_3:
            elements += [_clock(sample, deviation_min=0, status=0), *_energies(sample, step_wh=10)]
        return elements

    @staticmethod
    def _swedish_list(sample: Sample) -> list[bytes]:
        return [
            _clock(sample, deviation_min=None, status=0xFF),
            *_powers(sample),
            *_currents(sample),
            *_voltages(sample),
            *_phase_powers(sample),
            *_energies(sample, step_wh=1),
        ]


def _text(code: str, text: str) -> bytes:
    return structure([obis(code), encoding.visible_string(text)])


def _scaled(code: str, value: bytes, scaler: int, unit: int) -> bytes:
    return structure([obis(code), value, structure([integer(scaler), enum(unit)])])


def _clock(sample: Sample, *, deviation_min: int | None, status: int) -> bytes:
    clock = encoding.date_time(sample.list_clock, deviation_min=deviation_min, status=status, sunday=0)
    return structure([obis("0.0.1.0.0.255"), encoding.octet_string(clock)])


def _powers(sample: Sample) -> list[bytes]:
    sent = import_export(sample.moment.active_mw) + import_export(sample.moment.reactive_mvar)
    return [
        _scaled(f"1.0.{group}.7.0.255", double_long_unsigned(power), 0, WATT if group <= 2 else VAR)
        for group, power in enumerate(sent, 1)
    ]


def _phase_powers(sample: Sample) -> list[bytes]:
    elements = []
    for phase, (active, reactive) in enumerate(sample.moment.powers, 1):
        for group, power in enumerate(import_export(active) + import_export(reactive), 1):
            unit = WATT if group <= 2 else VAR
            elements.append(_scaled(f"1.0.{20 * phase + group}.7.0.255", double_long_unsigned(power), 0, unit))
    return elements


def _currents(sample: Sample) -> list[bytes]:
    signed = (
        -current if power < 0 else current
        for (power, _), current in zip(sample.moment.powers, sample.moment.currents_ma, strict=True)
    )
    return [
        _scaled(f"1.0.{group}.7.0.255", long(round(ma / 100)), -1, AMPERE)
        for group, ma in zip((31, 51, 71), signed, strict=False)
    ]


def _voltages(sample: Sample) -> list[bytes]:
    return [
        _scaled(f"1.0.{group}.7.0.255", long_unsigned(round(mv / 100)), -1, VOLT)
        for group, mv in zip((32, 52, 72), sample.moment.voltages_mv, strict=False)
    ]


def _energies(sample: Sample, *, step_wh: int) -> list[bytes]:
    scaler = {1: 0, 10: 1}[step_wh]
    return [
        _scaled(
            f"1.0.{group}.8.0.255",
            double_long_unsigned(counts(register, step_wh)),
            scaler,
            WATT_HOUR if group <= 2 else VAR_HOUR,
        )
        for group, register in enumerate(sample.registers.totals, 1)
    ]
