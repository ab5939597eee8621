"""What the gateway itself serves, as services: only what others on the network reach. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from han2x.addresses import split_host_port
from han2x.gateway.meter import Meter
from han2x.listeners import Listener, What
from han2x.outputs.base import Gateway
from han2x.outputs.mdns.texts import LONGEST_NAME, ranges, shortened
from han2x.outputs.services import Service, is_this_computer_s

KINDS: Final[Mapping[What, str]] = {
    What.PAGE: "_http._tcp",
    What.PAGE_HTTPS: "_https._tcp",
    What.MODBUS: "_modbus._tcp",
}
GATEWAY_KIND: Final = "_han2x._tcp"
PLACES: Final[Mapping[What, str]] = {
    What.PAGE: "http",
    What.PAGE_HTTPS: "https",
    What.MODBUS: "modbus",
    What.MODBUS_TLS: "modbus-tls",
}
"""The keys of a TXT record that name the ports; the first that is served is the gateway's own."""


def own_services(gateway: Gateway, *, with_meters: bool) -> list[Service]:
    """Those of now; the numbers of the meters only where anybody may see them."""
    ports = _ports(gateway.listeners())
    if not ports:
        return []
    texts = {"txtvers": "1", "id": gateway.id, "version": gateway.version}
    meters = {**texts, **_meters(gateway.meters(), with_numbers=with_meters)}
    services = [
        Service(KINDS[what], port, {**texts, "path": "/"} if what in (What.PAGE, What.PAGE_HTTPS) else meters)
        for what, port in ports.items()
        if what in KINDS
    ]
    at = {PLACES[what]: str(ports[what]) for what in PLACES if what in ports}
    return [*services, Service(GATEWAY_KIND, int(next(iter(at.values()))), {**texts, **at, **meters})]


def own_name(gateway: Gateway) -> str:
    """What the gateway is called on the network: another than any other gateway's, with its own name or its meter's."""
    plain = f"han2x {gateway.id[-6:]}"
    own = gateway.name()
    named = [own] if own else [meter.config.name for meter in gateway.meters() if meter.config.name]
    if len(named) != 1:
        return plain
    return f"{shortened(named[0], LONGEST_NAME - len(plain) - 3)} ({plain})"


def _ports(listeners: Iterable[Listener]) -> dict[What, int]:
    """Where each is reached from other computers."""
    ports: dict[What, int] = {}
    for listener in listeners:
        if listener.what not in PLACES:  # what pretends to be another maker's meter is no way to the gateway
            continue
        for place in listener.places:
            host, port = split_host_port(place)
            if listener.what not in ports and port and not is_this_computer_s(host):
                ports[listener.what] = int(port)
    return ports


def _meters(meters: Sequence[Meter], *, with_numbers: bool) -> dict[str, str]:
    texts = {"units": ranges(meter.config.unit for meter in meters)}
    if with_numbers:
        for meter in meters:
            number = meter.state.snapshot(meter.clock()).meter_id
            if number:
                texts[f"meter.{meter.config.unit}"] = number
    return texts
