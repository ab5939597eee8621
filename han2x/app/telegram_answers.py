"""A meter's last raw telegrams, taken apart once more when somebody looks at them, as the contract has them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from han2x.api.care import RawTelegram, TelegramPart, TelegramProblem, TelegramReading, TelegramValue
from han2x.gateway.config import MeterConfig
from han2x.gateway.dissection import Dissected, dissect
from han2x.gateway.line import Telegram
from han2x.gateway.meter import Meter
from han2x.meters import Learned
from han2x.model import Problem, Reading
from han2x.report import number, time_json


async def telegrams(meter: Meter) -> list[RawTelegram]:
    """The last ones, the newest last."""
    learned = Learned()
    learned.restore(meter.learned.dump())
    # Some twenty telegrams take a while, and Modbus clients shall not wait for it.
    return await asyncio.to_thread(_taken_apart, tuple(meter.line.telegrams), meter.config, learned)


def _taken_apart(came: Sequence[Telegram], config: MeterConfig, learned: Learned) -> list[RawTelegram]:
    found = dissect((each.octets for each in came), config, learned)
    return [_raw(each, said) for each, said in zip(came, found, strict=True)]


def _raw(telegram: Telegram, said: Dissected) -> RawTelegram:
    return RawTelegram(
        time=round(telegram.at, 3),
        hex=telegram.octets.hex(),
        outcome=", ".join(telegram.outcomes),
        parts=[TelegramPart(kind=part.kind, hex=part.octets.hex()) for part in said.parts],
        readings=[_reading(each) for each in said.readings],
        problems=[_problem(each) for each in said.problems],
    )


def _reading(reading: Reading) -> TelegramReading:
    return TelegramReading(
        push_list=reading.push_list,
        encrypted=reading.encrypted,
        meter_id=reading.meter_id,
        meter_type=reading.meter_type,
        list_version=reading.list_version,
        meter_time=time_json(reading.meter_time),
        values=[
            TelegramValue(obis=str(quantity), value=number(milli), unit=quantity.unit)
            for quantity, milli in reading.values.items()
        ],
    )


def _problem(problem: Problem) -> TelegramProblem:
    return TelegramProblem(kind=problem.kind, cause=problem.cause, values=dict(problem.values), detail=problem.detail)
