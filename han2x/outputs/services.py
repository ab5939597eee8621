"""What outputs want to have announced on the local network, for whoever announces it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address


@dataclass(frozen=True, slots=True)
class Service:
    """One service as DNS-SD has it (RFC 6763): its kind, like "_http._tcp", where it is, and its TXT record.

    `name` is what the instance is called, "" for the gateway's own name.
    """

    kind: str
    port: int
    texts: Mapping[str, str] = field(default_factory=dict)
    name: str = ""


class Services:
    """What is to be announced besides the gateway itself, by the output that serves it."""

    def __init__(self) -> None:
        self._of: dict[str, tuple[Service, ...]] = {}
        self._changed: Callable[[], object] = lambda: None

    @property
    def all(self) -> Sequence[Service]:
        """All of them."""
        return [service for services in self._of.values() for service in services]

    def put(self, output: str, services: Iterable[Service] = ()) -> None:
        """Have these of an output announced from now on, and none that it had before."""
        self._of[output] = tuple(services)
        self._changed()

    def tell(self, changed: Callable[[], object]) -> None:
        """Call this after each change."""
        self._changed = changed


def is_this_computer_s(host: str) -> bool:
    """Whether nobody else reaches what is served there, so that there is nothing to announce."""
    try:
        return ip_address(host.strip("[]").partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"
