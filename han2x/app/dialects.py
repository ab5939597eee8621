"""The outputs by which a meter speaks as devices of others do: which of them the settings ask for, and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from han2x.app.page_places import places_of
from han2x.settings import MeterSettings, Settings, parse_listen

if TYPE_CHECKING:
    from han2x.outputs.place import Place


def _p1(meter: MeterSettings) -> str:
    return meter.p1_listen


def _shelly(meter: MeterSettings) -> str:
    return meter.shelly_listen


def _homewizard(meter: MeterSettings) -> str:
    return meter.homewizard_listen


def _wanted(name: str, listen_of: Callable[[MeterSettings], str]) -> Callable[[Settings], Mapping[str, Place]]:
    def wanted(settings: Settings) -> Mapping[str, Place]:
        listening = [(meter.unit, listen_of(meter)) for meter in settings.meters if listen_of(meter)]
        return {f"{name}-{unit}": _place(settings, unit, listen) for unit, listen in listening}

    return wanted


def _place(settings: Settings, unit: int, listen: str) -> Place:
    from han2x.outputs.place import Place  # only where one is on

    host, port = parse_listen(listen, lowest_port=0)
    modbus = (settings.modbus.listen, settings.modbus.tls_listen)
    ports = {
        "page": {place.key[1] for place in places_of(settings.web)},
        "modbus": {parse_listen(each, lowest_port=0)[1] for each in modbus if each},
    }
    beside = frozenset(what for what, theirs in ports.items() if port and port in theirs)
    return Place(unit, host, port, settings.modbus.allow, beside, settings.web.host_names)


DIALECTS: Final[Mapping[str, Callable[[Settings], Mapping[str, object]]]] = {
    "p1_tcp": _wanted("p1", _p1),
    "shelly": _wanted("shelly", _shelly),
    "homewizard": _wanted("homewizard", _homewizard),
}
"""By the module of `han2x.outputs` that makes them, as `han2x.app.outputs` has it."""
