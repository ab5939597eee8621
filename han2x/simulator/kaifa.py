"""Kaifa with KFM_001, lists 1 to 3 (Kaifa "HAN OBIS codes KFM_001"), and the Swedish list of 18 elements every time.

No OBIS codes are sent: the place in the list tells what a value is. The Norwegian meters' clock follows summer time,
the Swedish ones stay on normal time and say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from han2x.model import PushList
from han2x.simulator import encoding
from han2x.simulator.clock import local_time
from han2x.simulator.encoding import double_long_unsigned, octet_string
from han2x.simulator.pushes import METER_ID, Sample, Schedule, counts, import_export

NORWEGIAN_ADDRESSES = bytes.fromhex("010201")
SWEDISH_ADDRESSES = bytes.fromhex("010001")
UI_FRAME = 0x10
INVOKE_ID = 0x40000000
LIST_VERSION = b"KFM_001"
NORMAL_TIME_DEVIATION_MIN = -60

NORWEGIAN = Schedule(((PushList.LIST_2, 20), (PushList.LIST_1, 4)), hourly=PushList.LIST_3, hourly_second=10)
SWEDISH = Schedule(((PushList.LIST_3, 20),))


@dataclass(frozen=True, slots=True)
class Kaifa:
    """A Kaifa meter: MA105H2E with one phase, MA304H4 with three.

    With `three_wire` it is an MA304H3E, which measures no second voltage and sends 0 for it.
    """

    phases: int = 3
    three_wire: bool = False
    swedish: bool = False
    baudrate: ClassVar[int] = 2400
    bits_per_octet: ClassVar[int] = 11

    @property
    def schedule(self) -> Schedule:
        return SWEDISH if self.swedish else NORWEGIAN

    @property
    def meter_type(self) -> bytes:
        if self.phases == 1:
            return b"MA105H2E"
        if self.swedish:
            return b"MA304H4D"
        return b"MA304H3E" if self.three_wire else b"MA304H4"

    def telegram(self, push: PushList, sample: Sample) -> bytes:
        elements = [double_long_unsigned(value) for value in self._powers(push, sample)]
        if push is not PushList.LIST_1:
            identity = (LIST_VERSION, METER_ID.encode(), self.meter_type)
            elements = [*(octet_string(text) for text in identity), *elements]
        if push is PushList.LIST_3:
            energies = (double_long_unsigned(counts(register, 1)) for register in sample.registers.totals)
            elements += [self._date_time(sample.list_clock), *energies]
        header = self._date_time(sample.clock)
        apdu = encoding.data_notification(header, encoding.structure(elements), invoke_id=INVOKE_ID)
        addresses = SWEDISH_ADDRESSES if self.swedish else NORWEGIAN_ADDRESSES
        return encoding.hdlc_frame(addresses, UI_FRAME, encoding.LLC + apdu)

    def _powers(self, push: PushList, sample: Sample) -> list[int]:
        """Powers in W and var, currents in mA and voltages in tenths of a volt, in their order."""
        moment = sample.moment
        powers = [*import_export(moment.active_mw), *import_export(moment.reactive_mvar)]
        if push is PushList.LIST_1:
            return powers[:1]
        voltages = [round(mv / 100) for mv in moment.voltages_mv]
        if self.three_wire:
            voltages[1] = 0
        return [*powers, *moment.currents_ma, *voltages]

    def _date_time(self, normal: datetime) -> bytes:
        if self.swedish:
            return octet_string(encoding.date_time(normal, deviation_min=NORMAL_TIME_DEVIATION_MIN))
        return octet_string(encoding.date_time(local_time(normal)))
