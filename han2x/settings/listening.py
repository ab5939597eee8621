"""Whether what listens has a place of its own: no two on the same port of an address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from han2x.settings.errors import KeyPath, SettingsProblem, place
from han2x.settings.rules import parse_listen, shown
from han2x.settings.schema import METERS, Settings

TCP_OUTPUTS: Final = ("p1_listen", "homewizard_listen")
UDP_OUTPUTS: Final = ("shelly_listen",)
"""The keys of a meter that say where its outputs are reached."""


class _Place(NamedTuple):
    keys: KeyPath
    listen: str


def collide(one: str, other: str) -> bool:
    """Whether both cannot be had: ADDRESS:PORT that are the same, or one of them all addresses of the other's port."""
    (one_host, one_port), (other_host, other_port) = parse_listen(one), parse_listen(other)
    return one_port == other_port and (one_host == other_host or "" in (one_host, other_host))


def outputs_apart(settings: Settings, refused_keys: set[KeyPath]) -> Iterator[SettingsProblem]:
    """The outputs of meters that want a place which something before them has: Modbus, the page, another output."""
    taken = {"tcp": list(_of_the_gateway(settings)), "udp": []}
    for index, meter in enumerate(settings.meters):
        for key in (*TCP_OUTPUTS, *UDP_OUTPUTS):
            wanted = _Place((METERS, index, key), getattr(meter, key))
            if not wanted.listen or wanted.keys in refused_keys:
                continue
            others = taken["udp" if key in UDP_OUTPUTS else "tcp"]
            for other in others:
                if other.keys not in refused_keys and collide(wanted.listen, other.listen):
                    where = f"{place(wanted.keys)} {key} = {shown(wanted.listen)}: "
                    name = f"{place(other.keys)} {other.keys[-1]}"
                    yield SettingsProblem.at(wanted.keys, where, "same-tcp-port-as", other=name)
                    break
            others.append(wanted)


def _of_the_gateway(settings: Settings) -> Iterator[_Place]:
    modbus, web = settings.modbus, settings.web
    yield _Place(("modbus", "listen"), modbus.listen)
    if modbus.tls_listen:
        yield _Place(("modbus", "tls_listen"), modbus.tls_listen)
    if web.enabled:
        yield _Place(("web", "listen"), web.listen)
        if web.https_listen and not web.https:
            yield _Place(("web", "https_listen"), web.https_listen)
