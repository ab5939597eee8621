"""The emulated meters' telegrams as octets, and the core that turns them into energies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from energy_meter import FIRST_WH, START, Kind, Telegram

from han2x.decoder import Decoder
from han2x.model import PushList, Reading
from han2x.simulator.aidon import Aidon
from han2x.simulator.household import MWS_PER_WH, Moment, Registers
from han2x.simulator.kaifa import Kaifa
from han2x.simulator.kamstrup import Kamstrup
from han2x.simulator.pushes import Maker, Sample
from han2x.state import MeterState

MAKERS: dict[str, Maker] = {"kamstrup": Kamstrup(), "aidon": Aidon(), "kaifa": Kaifa()}


def octets(telegram: Telegram, kind: Kind) -> bytes:
    """A telegram as it goes over the line."""
    push = telegram.push_list
    if kind.maker == "kamstrup":
        push = PushList.LIST_2 if telegram.registers else PushList.LIST_1
    values = telegram.registers or tuple(int(wh) for wh in FIRST_WH)
    a_import, a_export, r_import, r_export = (MWS_PER_WH * wh for wh in values)
    registers = Registers(a_import, a_export, r_import, r_export, (0, 0, 0), (0, 0, 0))
    imported, exported, inductive, capacitive = (1000 * (watt or 0) for watt in telegram.powers)
    powers = ((imported - exported, inductive - capacitive), (0, 0), (0, 0))
    moment = Moment(int(telegram.sent), powers, (230_000,) * 3, (imported // 230, 0, 0), registers)
    listed = telegram.sent if telegram.clock is None else telegram.clock
    return MAKERS[kind.maker].telegram(push, Sample(_clock(telegram.sent), moment, registers, _clock(listed)))


class Core:
    """Decoder and state of one meter."""

    def __init__(self) -> None:
        self._decoder = Decoder()
        self.state = MeterState()

    def feed(self, data: bytes, now: float) -> list[Reading]:
        """Take octets as they came from the line, and return what they said."""
        readings = []
        for event in self._decoder.feed(data):
            assert isinstance(event, Reading), event
            self.state.apply(event, now)
            readings.append(event)
        return readings


def _clock(second: float) -> datetime:
    return datetime.fromtimestamp(START, UTC).replace(tzinfo=None) + timedelta(seconds=int(second))
