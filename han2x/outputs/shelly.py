"""A meter answered for as a Shelly Pro 3EM (Gen2 RPC by UDP), which home batteries look for. An imitation.

    {"id":N,"method":"EM.GetStatus","params":{"id":0}}
    {"id":N,"src":"shellypro3em-…","dst":"unknown","result":{"a_act_power":…,…,"total_act_power":…}}

`EM1.GetStatus` has the total alone. While the net power is not current nothing is answered: a battery that hears
nothing stops regulating, and one that hears an old value would regulate on it. Whatever else comes is not answered
either, so that a forged sender gets nothing from this that the real one would not send it, and less of that.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from typing import Final, cast

from han2x.addresses import network_of
from han2x.measurements import Measurements
from han2x.outputs.base import Gateway, Output
from han2x.outputs.door import Asked, Close, Door
from han2x.outputs.place import Place, meter_of, serial_of
from han2x.seldom import Seldom

log = logging.getLogger("han2x.outputs")

LONGEST_REQUEST: Final = 512
SHORTEST_ANSWER: Final = 250
"""Octets: the firmware of one battery takes nothing shorter."""
LARGEST_ID: Final = 2**53
LONGEST_ID: Final = 32
"""Characters, where a client numbers its requests with text."""
PER_S: Final = 10.0
"""Answers in a second for one host, in the long run; batteries ask once or a few times a second."""
AT_ONCE: Final = 20.0
MOST_HOSTS: Final = 256
"""How many hosts are remembered."""

_MILLI: Final = 1000
_PHASES: Final = "abc"


def make(name: str, settings: object, gateway: Gateway) -> Output:
    """The output for one meter; `settings` is its `Place`."""
    if not isinstance(settings, Place):
        raise TypeError(f"{name} is made with a place, not with {settings!r}")
    return Shelly(name, settings, gateway)


class Shelly(Asked):
    """Answers for one meter."""

    def __init__(self, name: str, place: Place, gateway: Gateway) -> None:
        self._name = name
        self._place = place
        self._gateway = gateway
        self._source = f"shellypro3em-{serial_of(gateway, place.unit)}"
        self._door = Door(name, place, socket.SOCK_DGRAM, self._serve, gateway)
        self._pace = Pace()
        self._seldom: Seldom[str] = Seldom()

    def answer(self, octets: bytes, host: str) -> bytes | None:
        """What a host gets for a datagram; None for nothing."""
        if not self._place.allows(host):
            self._refused(host)
            return None
        if not self._pace.allows(network_of(host), monotonic()):
            return None
        asked = request(octets)
        meter = meter_of(self._gateway, self._place.unit) if asked is not None else None
        if asked is None or meter is None:
            return None
        number, method = asked
        result = _METHODS[method](meter.measured())
        return None if result is None else _response(number, self._source, result)

    async def _serve(self, sockets: Sequence[socket.socket]) -> Close:
        loop = asyncio.get_running_loop()
        ends = [await loop.create_datagram_endpoint(lambda: _Datagrams(self), sock=each) for each in sockets]

        async def close() -> None:
            for transport, _ in ends:
                transport.abort()
            await asyncio.sleep(0)

        return close

    def _refused(self, host: str) -> None:
        what = "a request is not answered, whose sender is in none of the allowed networks"
        before = self._seldom.take(what, host, monotonic(), host)
        if before is not None:
            log.warning("%s: %s: %s%s", self._name, what, host, before)


class _Datagrams(asyncio.DatagramProtocol):
    """What comes in on one socket."""

    def __init__(self, output: Shelly) -> None:
        self._output = output

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Called by asyncio."""
        answer = self._output.answer(data, addr[0])
        if answer is not None and not self._transport.is_closing():
            with suppress(OSError):  # nobody can be reached at port 0
                self._transport.sendto(answer, addr)


class Pace:
    """How often each host is answered: a token bucket each. Time is an argument, in seconds."""

    def __init__(self) -> None:
        self._hosts: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, host: str, now: float) -> bool:
        """Whether this host gets one more answer; that is counted then."""
        left, since = self._hosts.pop(host, (AT_ONCE, now))
        left = min(AT_ONCE, left + (now - since) * PER_S)
        allowed = left >= 1
        self._hosts[host] = left - allowed, now
        if len(self._hosts) > MOST_HOSTS:
            self._hosts.popitem(last=False)
        return allowed


def request(octets: bytes) -> tuple[int | str, str] | None:
    """A request's id and method; None for what is none that is answered."""
    if len(octets) > LONGEST_REQUEST:
        return None
    try:
        asked = json.loads(octets)
    except (ValueError, RecursionError):  # no UTF-8, no JSON, or brackets upon brackets
        return None
    if not isinstance(asked, dict) or not isinstance(asked.get("params"), dict):
        return None
    number, method, meant = asked.get("id"), asked.get("method"), asked["params"].get("id")
    if type(meant) is not int or not isinstance(method, str) or method not in _METHODS:
        return None
    if isinstance(number, str) and len(number) <= LONGEST_ID:
        return number, method
    return (number, method) if type(number) is int and abs(number) <= LARGEST_ID else None


def em(measured: Measurements) -> str | None:
    """The members of `EM.GetStatus`; None while the net power is not current.

    Where the power of the phases is not known the total stands at the first one: it is never only a part that is told.
    """
    total = measured.net_power
    if total is None:
        return None
    phases = measured.phase_powers
    apart = phases.estimated or None not in phases.values
    known = [power or 0 for power in phases.values] if apart else [total, 0, 0]
    currents = [None if each is None else abs(each) for each in measured.currents]
    members = ['"id":0']
    for phase, power, volts, amperes in zip(_PHASES, known, measured.voltages, currents, strict=True):
        members += [
            f'"{phase}_current":{_number(amperes)}',
            f'"{phase}_voltage":{_number(volts)}',
            f'"{phase}_act_power":{_power(power)}',
        ]
    sent = [each for each in currents if each is not None]
    members.append(f'"total_current":{_number(sum(sent) if sent else None)}')
    members.append(f'"total_act_power":{_power(total)}')
    return ",".join(members)


def em1(measured: Measurements) -> str | None:
    """The members of `EM1.GetStatus`; None while the net power is not current."""
    total = measured.net_power
    return None if total is None else f'"id":0,"act_power":{_power(total)}'


_METHODS: Final = {"EM.GetStatus": em, "EM1.GetStatus": em1}


def _response(number: int | str, source: str, members: str) -> bytes:
    head = f'{{"id":{json.dumps(number)},"src":"{source}","dst":"unknown","result":{{{members}'
    return (head.ljust(SHORTEST_ANSWER - 2) + "}}").encode("ascii")


def _power(micro: int) -> str:
    """Watts that no reader takes for a whole number, or for none: a thousandth more, as other makers' imitations do."""
    milli = _rounded(micro)
    if abs(milli) < 100:
        milli = 1
    elif milli % _MILLI == 0:
        milli += 1
    return _thousandths(milli)


def _number(micro: int | None) -> str:
    return "null" if micro is None else _thousandths(_rounded(micro))


def _rounded(micro: int) -> int:
    return (micro + _MILLI // 2) // _MILLI


def _thousandths(milli: int) -> str:
    return f"{'-' * (milli < 0)}{abs(milli) // _MILLI}.{abs(milli) % _MILLI:03d}"
