"""What Prometheus is told, gathered from the running gateway. Imported when somebody first asks for it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from han2x import __version__
from han2x.api.modbus import Modbus
from han2x.gateway.meter import Meter
from han2x.metrics import Exposition, GatewayFacts, add_gateway, add_meter
from han2x.model import PushList
from han2x.output_state import OutputState
from han2x.regular_file import read_beginning

_STATM: Final = Path("/proc/self/statm")


def facts(gateway_id: str, uptime_s: float, temperature_c: float | None) -> GatewayFacts:
    """What the gateway says of itself, with what this computer says of the program."""
    return GatewayFacts(
        __version__, gateway_id, uptime_s, round(time.process_time(), 3), _memory_bytes(), temperature_c
    )


async def metrics(
    gateway: GatewayFacts,
    modbus: Modbus,
    outputs: Sequence[OutputState],
    meters: Sequence[Meter],
    telegrams: Callable[[Meter], Mapping[PushList, int]],
) -> bytes:
    """All of it. Between two meters whoever else waits has a turn: there may be hundreds."""
    told = Exposition()
    add_gateway(told, gateway, modbus, outputs)
    for meter in tuple(meters):
        add_meter(told, meter, telegrams(meter))
        await asyncio.sleep(0)
    return told.text()


def _memory_bytes() -> int | None:
    try:
        return int(read_beginning(_STATM, 128).split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None
