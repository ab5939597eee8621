"""TCP ports for the tests: of no client's, and free on every address."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack
from typing import Final

_CHOICE: Final = random.Random()
_FAMILIES: Final = ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::"))


def free_port() -> int:
    """A port that nobody has now, below those that Linux gives to clients: a listener on all addresses can have it."""
    while True:
        port = _CHOICE.randrange(10_000, 32_000)
        with ExitStack() as opened:
            try:
                for family, everywhere in _FAMILIES:
                    taken = opened.enter_context(socket.socket(family))
                    if family is socket.AF_INET6:
                        taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                    taken.bind((everywhere, port))
            except OSError:
                continue
            return port


def free_ports(count: int) -> list[int]:
    """So many different ones."""
    found: dict[int, None] = {}
    while len(found) < count:
        found[free_port()] = None
    return list(found)
