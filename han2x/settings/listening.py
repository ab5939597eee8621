"""Whether what listens has a place of its own: no two on the same port of an address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple

from han2x.settings.errors import KeyPath, SettingsProblem
from han2x.settings.errors import place as place_of
from han2x.settings.rules import hosts_collide, parse_listen, shown
from han2x.settings.schema import METERS, Settings

TCP_OUTPUTS: Final = ("p1_listen", "homewizard_listen")
UDP_OUTPUTS: Final = ("shelly_listen",)
"""The keys of a meter that say where its outputs are reached."""


class _Place(NamedTuple):
    keys: KeyPath
    host: str
    port: int

    @classmethod
    def of(cls, keys: KeyPath, listen: str) -> _Place:
        return cls(keys, *parse_listen(listen))


def outputs_apart(settings: Settings, refused_keys: set[KeyPath]) -> Iterator[SettingsProblem]:
    """The outputs of meters that want a place that something before them has: Modbus, the page, a map, an output."""
    taken: defaultdict[tuple[bool, int], list[_Place]] = defaultdict(list)
    for place in _of_the_gateway(settings, refused_keys):
        taken[False, place.port].append(place)
    for wanted, listen in _of_meters(settings, refused_keys):
        others = taken[wanted.keys[-1] in UDP_OUTPUTS, wanted.port]
        for other in others:
            if hosts_collide(wanted.host, other.host):
                where = f"{place_of(wanted.keys)} {wanted.keys[-1]} = {shown(listen)}: "
                name = f"{place_of(other.keys)} {other.keys[-1]}"
                yield SettingsProblem.at(wanted.keys, where, "same-tcp-port-as", other=name)
                break
        others.append(wanted)


def _of_meters(settings: Settings, refused_keys: set[KeyPath]) -> Iterator[tuple[_Place, str]]:
    for index, meter in enumerate(settings.meters):
        for key in (*TCP_OUTPUTS, *UDP_OUTPUTS):
            keys, listen = (METERS, index, key), getattr(meter, key)
            if listen and keys not in refused_keys:
                yield _Place.of(keys, listen), listen


def _of_the_gateway(settings: Settings, refused_keys: set[KeyPath]) -> Iterator[_Place]:
    modbus, web = settings.modbus, settings.web
    https = web.https_listen if not web.https else ""
    places = {
        ("modbus", "listen"): modbus.listen,
        ("modbus", "tls_listen"): modbus.tls_listen,
        ("web", "listen"): web.listen if web.enabled else "",
        ("web", "https_listen"): https if web.enabled else "",
    }
    for keys, listen in places.items():
        if listen and keys not in refused_keys:
            yield _Place.of(keys, listen)
    for index, meter in enumerate(settings.meters):
        for on in dict.fromkeys(each.on for each in meter.maps if each.on):
            yield _Place.of((METERS, index, "maps"), on)
