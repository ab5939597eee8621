"""Keeps one Modbus server where it is wanted: on all addresses while the wanted one is not there, and tried again while
it cannot be had at all.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from time import monotonic
from typing import Final

from han2x.addresses import join_host_port
from han2x.faults import Fault
from han2x.listeners import Listener, ListenerState, What, is_same
from han2x.modbus_server import CannotListenError, ModbusServer, is_here, not_here
from han2x.settings import parse_listen

log = logging.getLogger("han2x.modbus")

RETRY_S: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
"""How long it is from one attempt to the next while it is not served; the last of them from then on."""
NAMES: Final[Mapping[What, str]] = {
    What.MODBUS: "Modbus",
    What.MODBUS_TLS: "Modbus with TLS",
    What.MODBUS_MAP: "Modbus as another meter",
}
NOT_SERVED: Final[Mapping[What, str]] = {
    What.MODBUS: "Modbus is not served",
    What.MODBUS_TLS: "Modbus is not served with TLS",
    What.MODBUS_MAP: "Modbus is not served as another meter",
}


class Listening:
    """Where one server listens. `wanted` is ADDRESS:PORT as the settings have it; after a change it needs a `check`."""

    def __init__(self, what: What, server: ModbusServer, wanted: str) -> None:
        self.wanted = wanted
        self._what = what
        self._server = server
        self._placed = ""  # what was wanted when it was served there, and not elsewhere
        self._everywhere = ""  # what was wanted when it was served on all addresses instead
        self._fault: Fault | None = None
        self._attempts = 0
        self._next = 0.0

    @property
    def listener(self) -> Listener:
        """How it stands."""
        places = tuple(join_host_port(*at) for at in self._server.addresses)
        state = ListenerState.SERVING if self._placed == self.wanted else ListenerState.FALLBACK
        return Listener(self._what, state if places else ListenerState.DOWN, self.wanted, places, self._fault)

    @property
    def wanted_everywhere(self) -> int | None:
        """The port that it needs on all addresses, because the wanted one is not there; None while that is there."""
        host, port = parse_listen(self.wanted, lowest_port=0)
        return None if is_here(host) else port

    async def move(self, wanted: str) -> None:
        """Serve somewhere else.

        Raises:
            CannotListenError: it is impossible there; everything is as before.
        """
        await self._server.start(*parse_listen(wanted, lowest_port=0))
        self.wanted = wanted
        self._serves()

    async def check(self) -> None:
        """Serve where it is wanted if that is possible now, else on all addresses, else not; log what has changed."""
        host, port = parse_listen(self.wanted, lowest_port=0)
        state, here = self.listener.state, is_here(host)
        if here and state is ListenerState.SERVING:
            return
        if state is ListenerState.DOWN and monotonic() < self._next:
            return
        if here:
            await self._serve(host, port)
        elif state is ListenerState.DOWN or self._everywhere != self.wanted:
            await self._serve_everywhere(port, not_here(self.wanted))

    def hurry(self) -> None:
        """Somebody may have mended something: do not wait with the next attempt."""
        self._next = 0.0

    async def _serve(self, host: str, port: int) -> None:
        try:
            await self._server.start(host, port)
        except CannotListenError as error:
            if error.absent:
                await self._serve_everywhere(port, error.fault(self.wanted))
            else:
                self._cannot(error.fault(self.wanted))
        else:
            self._serves()

    async def _serve_everywhere(self, port: int, fault: Fault) -> None:
        try:
            await self._server.start("", port)
        except CannotListenError as error:
            self._cannot(error.fault(self.wanted))
            return
        self._everywhere, self._placed = self.wanted, ""
        self._tell(f"{NAMES[self._what]} is served on all addresses, not where it is wanted: %s", fault)

    def _cannot(self, fault: Fault) -> None:
        self._next = monotonic() + RETRY_S[min(self._attempts, len(RETRY_S) - 1)]
        self._attempts += 1
        served = f"{NAMES[self._what]} is not served where it is wanted"
        self._tell(f"{served if self._server.addresses else NOT_SERVED[self._what]}: %s", fault)

    def _tell(self, message: str, fault: Fault) -> None:
        if not is_same(fault, self._fault):
            log.error(message, fault)
        self._fault = fault

    def _serves(self) -> None:
        if self._fault is not None:
            log.info("%s is served where it is wanted again", NAMES[self._what])
        self._fault = None
        self._placed, self._everywhere = self.wanted, ""
        self._attempts = 0
