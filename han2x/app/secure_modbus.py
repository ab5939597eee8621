"""Modbus with TLS, beside the plain one, once there are certificates."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from han2x.modbus_server import CannotListenError, Device, Identity, Limits, ModbusServer, Tls, TlsError
from han2x.settings import ModbusSettings, parse_listen

log = logging.getLogger("han2x.modbus")


class SecureModbus:
    """Serves the same devices with TLS where the settings say so. A fault there does not touch the plain server."""

    def __init__(self, units: Mapping[int, Device], identity: Callable[[int], Identity]) -> None:
        self._units = units
        self._identity = identity
        self._server: ModbusServer | None = None
        self._settings: tuple[object, ...] = ()

    async def apply(self, settings: ModbusSettings, limits: Limits) -> None:
        """Serve as these settings say, or not at all; what prevents it is logged."""
        wanted = _of(settings)
        if self._server is not None and wanted == self._settings:
            self._server.update(limits)
            return
        await self.stop()
        self._settings = wanted
        certificate, key, authority = settings.tls_certificate, settings.tls_key, settings.tls_client_authority
        if not (settings.tls_listen and certificate and key and authority):
            return
        try:
            server = ModbusServer(
                self._units, identity=self._identity, limits=limits, tls=Tls(certificate, key, authority)
            )
            await server.start(*parse_listen(settings.tls_listen, lowest_port=0))
        except (CannotListenError, TlsError) as error:
            log.error("Modbus is not served with TLS: %s", error)  # noqa: TRY400 - no traceback helps the reader
            return
        self._server = server

    def serve(self, units: Mapping[int, Device]) -> None:
        """Serve these devices from now on; connections stay."""
        self._units = units
        if self._server is not None:
            self._server.serve(units)

    async def stop(self) -> None:
        """End all connections."""
        server, self._server = self._server, None
        self._settings = ()
        if server is not None:
            await server.stop()

    def snapshot(self) -> dict[str, Any] | None:
        """As that of the plain server; None while there is none with TLS."""
        return self._server.snapshot() if self._server is not None else None


def _of(settings: ModbusSettings) -> tuple[object, ...]:
    return settings.tls_listen, settings.tls_certificate, settings.tls_key, settings.tls_client_authority
