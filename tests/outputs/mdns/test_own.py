"""What the gateway announces of itself: what others reach, and no more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from han2x.listeners import Listener, ListenerState, What
from han2x.outputs import Gateway, Service, Services
from han2x.outputs.mdns.own import own_name, own_services
from tests.readings import NOW, a_reading

ID = "0123456789ab"
EVERYWHERE = ("0.0.0.0", "[::]")


def listener(what: What, port: int, *hosts: str) -> Listener:
    places = tuple(f"{host}:{port}" for host in hosts or EVERYWHERE)
    return Listener(what, ListenerState.SERVING, f"*:{port}", places)


ALL = (
    listener(What.MODBUS, 502),
    listener(What.MODBUS_TLS, 802),
    listener(What.PAGE, 80),
    listener(What.PAGE_HTTPS, 443),
)


def gateway(*listeners: Listener, names: tuple[str, ...] = ("",)) -> Gateway:
    meters = [Meter(MeterConfig(unit=unit, name=name), lambda: NOW) for unit, name in enumerate(names, 1)]
    meters[0].take(a_reading())
    return Gateway(ID, "1.2.3", lambda: NOW, lambda: meters, lambda: "", lambda: None, listeners=lambda: listeners)


def test_everything_that_is_served_is_announced_with_its_port_and_the_gateway_with_all_of_them() -> None:
    common = {"txtvers": "1", "id": ID, "version": "1.2.3"}
    meters = {"units": "1-2", "meter.1": "5700000000000001"}
    places = {"http": "80", "https": "443", "modbus": "502", "modbus-tls": "802"}
    assert own_services(gateway(*ALL, names=("", "")), with_meters=True) == [
        Service("_modbus._tcp", 502, common | meters),
        Service("_http._tcp", 80, common | {"path": "/"}),
        Service("_https._tcp", 443, common | {"path": "/"}),
        Service("_han2x._tcp", 80, common | places | meters),
    ]


@pytest.mark.parametrize(
    ("served", "port"),
    [(ALL[2:], 80), (ALL[3:], 443), (ALL[:1], 502), (ALL[1:2], 802), ((ALL[0], ALL[3]), 443)],
)
def test_the_gateway_s_own_port_is_the_page_s_else_modbus_s(served: tuple[Listener, ...], port: int) -> None:
    (own,) = [each for each in own_services(gateway(*served), with_meters=True) if each.kind == "_han2x._tcp"]
    assert own.port == port


def test_what_is_not_served_or_for_this_computer_alone_is_not_announced() -> None:
    down = Listener(What.PAGE, ListenerState.DOWN, "*:80")
    pretended = listener(What.MODBUS_MAP, 503)
    here = (pretended, listener(What.MODBUS, 502, "127.0.0.1", "[::1]"), listener(What.PAGE_HTTPS, 443, "localhost"))
    assert own_services(gateway(down, *here), with_meters=True) == []
    services = own_services(gateway(down, listener(What.MODBUS, 5020, "127.0.0.1", "192.168.1.5")), with_meters=True)
    assert [(each.kind, each.port) for each in services] == [("_modbus._tcp", 5020), ("_han2x._tcp", 5020)]


def test_a_meter_s_number_is_told_only_where_anybody_may_see_it() -> None:
    for service in own_services(gateway(*ALL), with_meters=False):
        assert not any("5700000000000001" in text for text in service.texts.values())


@pytest.mark.parametrize(
    ("names", "name"),
    [
        (("",), "han2x 6789ab"),
        (("Hytta",), "Hytta (han2x 6789ab)"),
        (("", "Garasje"), "Garasje (han2x 6789ab)"),
        (("Hus", "Garasje"), "han2x 6789ab"),
        (("ø" * 64,), "ø" * 24 + " (han2x 6789ab)"),
    ],
)
def test_the_gateway_has_a_name_of_its_own_with_that_of_its_meter(names: tuple[str, ...], name: str) -> None:
    assert own_name(gateway(names=names)) == name
    assert len(name.encode()) <= 63


def test_a_gateway_that_its_owner_has_named_is_announced_by_that_name() -> None:
    assert own_name(replace(gateway(names=("Hus", "Garasje")), name=lambda: "Gården")) == "Gården (han2x 6789ab)"


def test_what_other_outputs_serve_is_announced_until_they_take_it_back() -> None:
    services, told = Services(), []
    services.tell(lambda: told.append(len(services.all)))
    services.put("shelly 1", [Service("_shelly._tcp", 80), Service("_http._tcp", 80, name="shellypro3em-1")])
    services.put("homewizard 1", [Service("_hwenergy._tcp", 80)])
    services.put("shelly 1")
    assert [each.kind for each in services.all] == ["_hwenergy._tcp"]
    assert told == [2, 3, 1]
