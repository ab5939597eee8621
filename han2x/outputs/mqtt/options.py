"""What the MQTT output is made with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from han2x.addresses import join_host_port

PORT: Final = 1883
TLS_PORT: Final = 8883


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files: the authority of the broker's certificate (None: those of the system), and the gateway's own
    certificate with its key, where the broker asks for one.
    """

    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """The broker, who the gateway is there, and what it publishes.

    `interval_s` is the least time between two messages about a meter. With `few` there are only active power and
    energies. `retain` has the broker keep the live values too. `discovery` is the prefix of announcements, "" for none.
    """

    host: str
    port: int = PORT
    user: str = ""
    password: str = field(default="", repr=False)
    tls: Tls | None = None
    prefix: str = "han2x"
    discovery: str = ""
    qos: int = 0
    retain: bool = False
    interval_s: float = 10.0
    few: bool = False

    @property
    def place(self) -> str:
        """HOST:PORT of the broker."""
        return join_host_port(self.host, self.port)
