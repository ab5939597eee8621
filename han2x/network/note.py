"""The change that is not yet confirmed, as it survives a restart of this program.

NetworkManager undoes an unconfirmed change by itself, but forgets that it must when it is itself restarted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface
from typing import Any, Protocol

from han2x.network.model import InterfaceSettings, Method


class Notes(Protocol):
    """Where the note is kept. Both may wait for the disk; they are called in a thread of their own."""

    def load(self) -> Mapping[str, Any] | None:
        """The mapping last saved; None or empty when there is none."""
        ...

    def save(self, note: Mapping[str, Any]) -> bool:
        """Keep this mapping of JSON's types (empty: nothing to keep), whole or not at all; whether it is there."""
        ...


@dataclass(frozen=True, slots=True)
class Note:
    """One unconfirmed change.

    `profile` is the stored profile's UUID and `old` its IPv4 part before, in the form of `profile.to_json`, None when
    the profile is made for this change; `old_unsaved` when it was not on the disk. `kept_address` is the old address
    that stays beside DHCP's until the change is confirmed, or empty. `checkpoint` is NetworkManager's, made
    `created_ms` after the computer started. `confirmed`: what remains is to finish, no longer to undo.
    """

    token: str
    settings: InterfaceSettings
    profile: str
    old: Any
    old_unsaved: bool
    kept_address: str
    checkpoint: str
    created_ms: int
    confirm_within_s: int
    confirmed: bool = False

    def to_json(self) -> dict[str, Any]:
        """The note as a mapping of JSON's types."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        return plain | {"settings": _settings_to_json(self.settings)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Note:
        """The note that `to_json` gave.

        Raises:
            KeyError, TypeError, ValueError: it was not made by `to_json`.
        """
        return cls(**{**data, "settings": _settings_from_json(data["settings"])})


def _settings_to_json(settings: InterfaceSettings) -> dict[str, Any]:
    return {
        "interface": settings.interface,
        "method": str(settings.method),
        "address": str(settings.address or ""),
        "gateway": str(settings.gateway or ""),
        "dns": [str(server) for server in settings.dns],
    }


def _settings_from_json(data: Mapping[str, Any]) -> InterfaceSettings:
    return InterfaceSettings(
        data["interface"],
        Method(data["method"]),
        IPv4Interface(data["address"]) if data["address"] else None,
        IPv4Address(data["gateway"]) if data["gateway"] else None,
        tuple(IPv4Address(server) for server in data["dns"]),
    )
