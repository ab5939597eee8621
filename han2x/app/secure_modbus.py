"""Modbus with TLS, beside the plain one, once there are certificates."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any, Final

from han2x.app.listening import NOT_SERVED, Listening
from han2x.faults import Fault
from han2x.listeners import Listener, ListenerState, What
from han2x.modbus_server import Device, Identity, Limits, ModbusServer, Tls, TlsError
from han2x.settings import ModbusSettings

log = logging.getLogger("han2x.modbus")

RENEW_S: Final = 30.0
"""How often the certificates are looked at."""


class SecureModbus:
    """Serves the same devices with TLS where the settings say so. A fault there does not touch the plain server.

    Certificates that cannot be used any more leave those in force that could.
    """

    def __init__(self, units: Mapping[int, Device], identity: Callable[[int], Identity], limits: Limits) -> None:
        self._units = units
        self._identity = identity
        self._limits = limits
        self._server: ModbusServer | None = None
        self._listening: Listening | None = None
        self._tls: Tls | None = None
        self._fault: Fault | None = None
        self._usable = False
        self._look_at = 0.0

    @property
    def listeners(self) -> Sequence[Listener]:
        """Where it is served, or why not; nothing while it is not wanted."""
        if self._listening is None:
            return []
        known = self._listening.listener
        if self._fault is None:
            return [known]
        state = known.state if self._usable else ListenerState.DOWN
        return [Listener(What.MODBUS_TLS, state, known.wanted, known.places, known.fault or self._fault)]

    async def apply(self, settings: ModbusSettings, limits: Limits) -> None:
        """Serve as these settings say, or as near to that as can be; what prevents it is logged."""
        self._limits = limits
        certificate, key, authority = settings.tls_certificate, settings.tls_key, settings.tls_client_authority
        if not (settings.tls_listen and certificate and key and authority):
            await self.stop()
            return
        tls = Tls(certificate, key, authority)
        if self._server is None or self._listening is None:
            self._server = ModbusServer(self._units, identity=self._identity, limits=limits, tls=tls)
            self._listening = Listening(What.MODBUS_TLS, self._server, settings.tls_listen)
        self._server.update(limits)
        self._listening.wanted = settings.tls_listen
        self._listening.hurry()
        self._tls = tls
        self._look_at = 0.0
        await self.check()

    async def check(self) -> None:
        """Take certificates that have changed, and serve where it is wanted."""
        if self._server is None or self._listening is None:
            return
        if monotonic() >= self._look_at:
            self._look_at = monotonic() + RENEW_S
            await self._renew(self._server)
        if self._usable:
            await self._listening.check()

    def serve(self, units: Mapping[int, Device]) -> None:
        """Serve these devices from now on; connections stay."""
        self._units = units
        if self._server is not None:
            self._server.serve(units)

    async def stop(self) -> None:
        """End all connections."""
        server, self._server = self._server, None
        self._listening = self._tls = self._fault = None
        self._usable = False
        if server is not None:
            await server.stop()

    def snapshot(self) -> dict[str, Any] | None:
        """As that of the plain server; None while there is none with TLS."""
        return self._server.snapshot() if self._server is not None and self._server.addresses else None

    async def _renew(self, server: ModbusServer) -> None:
        fault: Fault | None
        try:
            fault = await server.renew(self._tls)
            self._usable = True
            message = "Modbus with TLS: %s"
        except TlsError as error:
            fault = error.fault
            message = "Modbus with TLS goes on with the certificates as they were: %s"
        except Exception:
            log.exception("the certificates were not read because of a fault in this program")
            return
        if fault is not None and fault != self._fault:
            log.error(message if self._usable else f"{NOT_SERVED[What.MODBUS_TLS]}: %s", fault)
        elif fault is None and self._fault is not None:
            log.info("the certificates of Modbus with TLS are good again")
        self._fault = fault
