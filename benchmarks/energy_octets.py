"""The emulated meters' telegrams as octets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from benchmarks.energy_meter import FIRST_WH, START, Kind, Telegram
from han2x.model import PushList
from han2x.simulator.aidon import Aidon
from han2x.simulator.household import MWS_PER_WH, Moment, Registers
from han2x.simulator.kaifa import Kaifa
from han2x.simulator.kamstrup import Kamstrup
from han2x.simulator.pushes import Maker, Sample

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


def _clock(second: float) -> datetime:
    return datetime.fromtimestamp(START, UTC).replace(tzinfo=None) + timedelta(seconds=int(second))
