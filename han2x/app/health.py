"""Whether the gateway does what it is for, and the line that says how it stands."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from typing import Final

from han2x.faults import reason
from han2x.gateway.meter import Meter
from han2x.listeners import Listener
from han2x.modbus_client import ModbusError, read_holding_registers

ANSWER_S: Final = 3.0
FIRMWARE: Final = 42
"""PDU address of 40043, where the HAN2X map is served."""
_LOOPBACK: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound here


class Health:
    """Asks the gateway as a client would. `addresses` is where Modbus is served, `allows` who may come in there.

    `why_not` is why it is served nowhere, "" for no reason: what another program does, such as to have the port, a
    restart would not mend. `register` is the PDU address of one that is answered whether or not the meter speaks.
    """

    def __init__(
        self,
        unit: int,
        addresses: Callable[[], Sequence[tuple[str, int]]],
        allows: Callable[[str], bool],
        why_not: Callable[[], str] = lambda: "",
        register: int = FIRMWARE,
    ) -> None:
        self._unit = unit
        self._register = register
        self._addresses = addresses
        self._allows = allows
        self._why_not = why_not

    async def fault(self, readers: Sequence[asyncio.Task[object]]) -> str | None:
        """What keeps the gateway from serving, in plain words; None when nothing does."""
        if any(reader.done() for reader in readers):
            return "a meter's line is no longer read"
        addresses = self._addresses()
        if not addresses:
            return None if self._why_not() else "Modbus is not served"
        host, port = addresses[0]
        return await asyncio.to_thread(self._ask, _LOOPBACK.get(host, host), port)

    def _ask(self, host: str, port: int) -> str | None:
        try:
            with socket.create_connection((host, port), timeout=ANSWER_S) as connection:
                if self._allows(host):
                    read_holding_registers(connection, self._unit, self._register, 1)
        except ModbusError as error:
            return f"the gateway's own Modbus request failed: {error}"
        except OSError as error:
            return f"the gateway's own Modbus request failed: {reason(error)}"
        return None


def status_line(meters: Sequence[Meter], now: float, clients: int, listeners: Sequence[Listener] = ()) -> str:
    """What `systemctl status` shows: each meter and the age of what is known of it, and what cannot be reached."""
    troubles = [f"{each.what} {each.state}: {each.fault}" for each in listeners if each.fault is not None]
    said = [_of_meter(meter, now) for meter in meters]
    return "; ".join([*troubles, *said, f"{clients} Modbus client{'' if clients == 1 else 's'}"])


def _of_meter(meter: Meter, now: float) -> str:
    snapshot = meter.state.snapshot(now)
    if snapshot.last_reading_at is None:
        return f"{meter.label}: no telegram yet ({meter.line.diagnosis(now).code})"
    known = " ".join(filter(None, (snapshot.maker, snapshot.meter_id)))
    return f"{meter.label}: {known}, last telegram {now - snapshot.last_reading_at:.0f} s ago"
