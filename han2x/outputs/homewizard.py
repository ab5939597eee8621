"""A meter's values as the local API of a HomeWizard P1 meter has them (version 1): an imitation of that API.

    /api            what it is
    /api/v1/data    what the meter measures; 503 while its power is not current, as clients take a missing one for 0 W
    /api/v1/system  that no cloud is told

What is not known has no member. Estimated energies are the totals, and tariff 1 has all of them, since some clients sum
the tariffs. Where the powers of the phases are shared out of the total, "phase_powers_estimated" says so.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from functools import partial
from http import HTTPStatus
from typing import Final

from han2x.measurements import MICRO, Measurements
from han2x.model import Quantity
from han2x.outputs.base import Gateway, Output
from han2x.outputs.crowd import Crowd
from han2x.outputs.door import Asked, Door
from han2x.outputs.place import Place, meter_of, serial_of
from han2x.outputs.plain_http import Document, Request
from han2x.outputs.services import Service

PRODUCT: Final = "HWE-P1"
"""What clients know the API by."""
NAME: Final = "han2x"
SMR_VERSION: Final = 50
SERVICE: Final = "_hwenergy._tcp"

_ENERGIES: Final = {
    "total_power_import": Quantity.ACTIVE_ENERGY_IMPORT,
    "total_power_export": Quantity.ACTIVE_ENERGY_EXPORT,
}


def service(gateway: Gateway, unit: int, port: int) -> Service:
    """How clients find the meter with this unit id on the network, where it is served on this port."""
    serial = serial_of(gateway, unit)
    texts = {"api_enabled": "1", "path": "/api/v1", "serial": serial, "product_type": PRODUCT, "product_name": NAME}
    return Service(SERVICE, port, texts, f"{NAME}-{serial[-6:]}")


def make(name: str, settings: object, gateway: Gateway) -> Output:
    """The output for one meter; `settings` is its `Place`."""
    if not isinstance(settings, Place):
        raise TypeError(f"{name} is made with a place, not with {settings!r}")
    return HomeWizard(name, settings, gateway)


class HomeWizard(Asked):
    """Serves one meter."""

    def __init__(self, name: str, place: Place, gateway: Gateway) -> None:
        self._unit = place.unit
        self._gateway = gateway
        self.crowd = Crowd(name, place)
        serve = partial(self.crowd.serve, lambda: Request(self.crowd, self.document, place.names))
        announced = partial(service, gateway, place.unit)
        self._door = Door(name, place, socket.SOCK_STREAM, serve, gateway, announced)

    def document(self, path: str) -> Document:
        """What is at a path."""
        match path.rstrip("/"):
            case "/api":
                return _json(self._about())
            case "/api/v1/data":
                return self._data()
            case "/api/v1/system":
                return _json({"cloud_enabled": False})
        return Document(HTTPStatus.NOT_FOUND)

    def _about(self) -> Mapping[str, object]:
        return {
            "product_type": PRODUCT,
            "product_name": NAME,
            "serial": serial_of(self._gateway, self._unit),
            "firmware_version": self._gateway.version,
            "api_version": "v1",
        }

    def _data(self) -> Document:
        meter = meter_of(self._gateway, self._unit)
        measured = meter.measured() if meter is not None else None
        if measured is None or measured.net_power is None:
            return Document(HTTPStatus.SERVICE_UNAVAILABLE)
        # Home Assistant takes data without this one for those of the API's version 2.
        return _json({"wifi_ssid": None} | {key: value for key, value in _members(measured) if value is not None})


def _json(members: Mapping[str, object]) -> Document:
    return Document(HTTPStatus.OK, json.dumps(members, separators=(",", ":")).encode("ascii"))


def _members(measured: Measurements) -> Iterator[tuple[str, object]]:
    snapshot = measured.snapshot
    yield "smr_version", SMR_VERSION
    yield "meter_model", " ".join(filter(None, (snapshot.maker, snapshot.meter_type))) or None
    yield "unique_id", snapshot.meter_id.encode("utf-8", "replace").hex() if snapshot.meter_id else None
    for key, energy in _ENERGIES.items():
        micro = measured.estimate(energy)
        watt_hours = None if micro is None else micro // MICRO
        for name in (f"{key}_kwh", f"{key}_t1_kwh"):
            yield name, None if watt_hours is None else watt_hours / 1000
    yield "active_power_w", _thousandths(measured.net_power)
    phases = measured.phase_powers
    for phase, power in enumerate(phases.values, 1):
        yield f"active_power_l{phase}_w", _thousandths(power)
    yield "phase_powers_estimated", phases.estimated or None
    for phase, volts in enumerate(measured.voltages, 1):
        yield f"active_voltage_l{phase}_v", _thousandths(volts)
    known = [amperes for amperes in measured.currents if amperes is not None]
    yield "active_current_a", _thousandths(sum(map(abs, known))) if known else None
    for phase, amperes in enumerate(measured.currents, 1):
        yield f"active_current_l{phase}_a", _thousandths(amperes)
    yield "external", []


def _thousandths(micro: int | None) -> float | None:
    return None if micro is None else round(micro / MICRO, 3)
