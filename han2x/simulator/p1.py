"""The Swedish P1 telegram of a Kamstrup meter (Energiföretagen, "lokalt kundgränssnitt" 2.0; OMNIPOWER list, 27 lines).

It tells no meter id. The clock follows summer time and says so with its last letter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from han2x.model import PushList
from han2x.simulator.clock import is_summer, local_time
from han2x.simulator.encoding import reflected_crc16
from han2x.simulator.pushes import Sample, Schedule, counts, import_export

IDENTIFICATION = "/KAM5"
SCHEDULE = Schedule(((PushList.P1, 20),))
PHASE_OFFSETS = (20, 40, 60)


@dataclass(frozen=True, slots=True)
class KamstrupP1:
    """A Kamstrup meter with three phases and a P1 module."""

    phases: ClassVar[int] = 3
    baudrate: ClassVar[int] = 115200
    bits_per_octet: ClassVar[int] = 10

    @property
    def schedule(self) -> Schedule:
        return SCHEDULE

    def telegram(self, push: PushList, sample: Sample) -> bytes:
        text = "\r\n".join((IDENTIFICATION, "", *_lines(sample), "!")).encode("ascii")
        checksum = reflected_crc16(0xA001, 0, text)  # CRC-16/ARC
        return text + f"{checksum:04X}\r\n".encode("ascii")


def _lines(sample: Sample) -> Iterator[str]:
    moment = sample.moment
    clock = local_time(sample.clock)
    yield f"0-0:1.0.0({clock:%y%m%d%H%M%S}{'S' if is_summer(sample.clock) else 'W'})"
    for group, register in enumerate(sample.registers.totals, 1):
        energy = counts(register, 1)
        yield f"1-0:{group}.8.0({energy // 1000:08d}.{energy % 1000:03d}*{'kWh' if group <= 2 else 'kVArh'})"
    totals = import_export(moment.active_mw) + import_export(moment.reactive_mvar)
    phases = [import_export(active) + import_export(reactive) for active, reactive in moment.powers]
    for group, power in enumerate(totals, 1):
        yield _power(group, power)
    for group in (1, 2, 3, 4):
        for offset, powers in zip(PHASE_OFFSETS, phases, strict=True):
            yield _power(offset + group, powers[group - 1], active=group <= 2)
    for offset, millivolts in zip((32, 52, 72), moment.voltages_mv, strict=True):
        yield f"1-0:{offset}.7.0({_tenths(millivolts)}*V)"
    for offset, milliamperes in zip((31, 51, 71), moment.currents_ma, strict=True):
        yield f"1-0:{offset}.7.0({_tenths(milliamperes)}*A)"


def _power(group: int, power: int, *, active: bool | None = None) -> str:
    is_active = group <= 2 if active is None else active
    return f"1-0:{group}.7.0({power // 1000:04d}.{power % 1000:03d}*{'kW' if is_active else 'kVAr'})"


def _tenths(milli: int) -> str:
    """Tenths in the format 3.1, always five characters."""
    tenths = (milli + 50) // 100
    return f"{tenths // 10:03d}.{tenths % 10}"
