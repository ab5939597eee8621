"""The addresses by which this computer is reached, for links to what is served on all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import monotonic
from typing import Final

from han2x.addresses import bracketed, join_host_port

ASKED_EVERY_S: Final = 10.0
ALL_IPV4: Final = "0.0.0.0"  # noqa: S104 - nothing is bound here
ALL: Final = frozenset((ALL_IPV4, "::"))
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def own_ipv4() -> list[str]:
    """The IPv4 addresses by which others reach this computer, as the kernel has them; none when it does not tell."""
    from han2x.network.kernel import all_addresses

    try:
        found = [each.address.ip for each in all_addresses() if each.usable]
    except OSError:
        return []
    return [str(each) for each in found if each.version == 4 and not each.is_loopback and not each.is_link_local]


class OwnAddresses:
    """Puts an address in the place of "all addresses"; asks for them now and then, since they change."""

    def __init__(self, ask: Callable[[], list[str]] = own_ipv4, clock: Callable[[], float] = monotonic) -> None:
        self._ask = ask
        self._clock = clock
        self._asked_at = float("-inf")
        self._known: list[str] = []

    def in_place_of(self, hosts: Iterable[str]) -> list[str]:
        """The same hosts, with each address of this computer once instead of all of them; its own loopback where it
        has none.
        """
        named = list(hosts)
        if not ALL.intersection(named):
            return named
        if self._clock() - self._asked_at >= ASKED_EVERY_S:
            self._asked_at, self._known = self._clock(), self._ask()
        others = [host for host in named if host not in ALL]
        return [*(self._known or ["127.0.0.1"]), *others]


def url(scheme: str, host: str, port: int) -> str:
    """What a person types into a browser."""
    told = join_host_port(host, port) if port != _DEFAULT_PORTS.get(scheme) else bracketed(host)
    return f"{scheme}://{told}/"
