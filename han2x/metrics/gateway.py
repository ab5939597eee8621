"""The gateway's own samples: the program, the Modbus servers, the outputs. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from han2x.api.modbus import Modbus, ModbusServer
from han2x.metrics import names
from han2x.metrics.text import Exposition, labels_of
from han2x.output_state import OutputPhase, OutputState

_KNOWN_FUNCTIONS: Final = frozenset(map(str, (3, 4, 6, 16, 22, 23, 43)))
"""Those that the server knows; a stranger could make a series of each other one."""
OTHER: Final = "other"


@dataclass(frozen=True, slots=True)
class GatewayFacts:
    """What the gateway says of itself; None for what is not known."""

    version: str
    id: str
    uptime_s: float
    cpu_s: float
    memory_bytes: int | None
    temperature_c: float | None


def add_gateway(told: Exposition, facts: GatewayFacts, modbus: Modbus, outputs: Sequence[OutputState]) -> None:
    """All that is known of the gateway now."""
    told.add(names.BUILD, 1, labels_of({"version": facts.version, "gateway_id": facts.id}))
    told.add(names.UPTIME, round(facts.uptime_s, 3))
    told.add(names.CPU, facts.cpu_s)
    if facts.memory_bytes is not None:
        told.add(names.MEMORY, facts.memory_bytes)
    if facts.temperature_c is not None:
        told.add(names.TEMPERATURE, facts.temperature_c)
    _add_server(told, modbus, "plain")
    if modbus.tls is not None:
        _add_server(told, modbus.tls, "tls")
    for output in outputs:
        for phase in OutputPhase:
            told.add(names.OUTPUT, int(phase is output.phase), labels_of({"output": output.name, "state": phase}))


def _add_server(told: Exposition, server: ModbusServer, which: str) -> None:
    who = labels_of({"server": which})
    told.add(names.MODBUS_CLIENTS, server.open, who)
    told.add(names.MODBUS_ACCEPTED, server.accepted, who)
    told.add(names.MODBUS_REFUSED, server.refused, who)
    for reason, count in (("replaced", server.replaced), ("idle", server.timed_out), ("broken", server.broken)):
        told.add(names.MODBUS_CUT, count, labels_of({"reason": reason}, who))
    functions: dict[str, int] = {}
    for function, count in server.functions.items():
        known = function if function in _KNOWN_FUNCTIONS else OTHER
        functions[known] = functions.get(known, 0) + count
    for function, count in functions.items():
        told.add(names.MODBUS_REQUESTS, count, labels_of({"function": function}, who))
    for code, count in server.exceptions.items():
        told.add(names.MODBUS_EXCEPTIONS, count, labels_of({"code": code}, who))
    told.add(names.MODBUS_RECEIVED, server.octets_in, who)
    told.add(names.MODBUS_SENT, server.octets_out, who)
