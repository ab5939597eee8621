"""NetworkManager over D-Bus: its devices, stored profiles, checkpoints and the host name.

Follows NetworkManager's D-Bus API reference (org.freedesktop.NetworkManager and its Settings, Device, Checkpoint and
Connection.Active), release 1.42 and later. Every call raises `UnavailableError` when there is nobody to ask or we may
not, and `ManagerError` when NetworkManager says no.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from han2x.network.bus import Bus, ManagerError
from han2x.network.faults import Fault
from han2x.network.profile import Part, Settings, without_old_forms

NAME: Final = "org.freedesktop.NetworkManager"
ROOT: Final = "/org/freedesktop/NetworkManager"
NONE: Final = "/"
# what systemd/50-han2x.rules allows
CHANGE: Final = tuple(f"{NAME}.{name}" for name in ("settings.modify.system", "network-control", "checkpoint-rollback"))
RENAME: Final = (f"{NAME}.settings.modify.hostname",)

_TO_DISK: Final = 0x1
_IN_MEMORY: Final = 0x2
_UNSAVED: Final = 0x1
_NOT_A_PERSONS: Final = 0x4 | 0x8  # volatile, external: gone when the interface goes down
_DELETE_NEW_CONNECTIONS: Final = 0x2


@dataclass(frozen=True, slots=True)
class NetworkDevice:
    """An interface as NetworkManager has it. `state` is an NMDeviceState."""

    name: str
    path: str
    managed: bool
    state: int
    active: str
    available: tuple[str, ...]
    ip4: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A stored profile, without its secrets; they stay with NetworkManager when the profile is updated."""

    path: str
    uuid: str
    settings: Settings
    flags: int

    @property
    def unsaved(self) -> bool:
        """It is not on the disk as it is."""
        return bool(self.flags & _UNSAVED)

    @property
    def ipv4(self) -> Part:
        """The IPv4 part."""
        return self.settings.get("ipv4", {})


class Manager:
    """NetworkManager, asked over this bus."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus

    async def permissions(self) -> dict[str, str]:
        """What we may do: `yes`, `no` or `auth` (with a password) for each of polkit's actions."""
        (permissions,) = await self._call(ROOT, NAME, "GetPermissions")
        return dict(permissions)

    async def hostname(self) -> str:
        """The name this computer keeps; our own view of it may be from when we were started."""
        return str((await self._all(f"{ROOT}/Settings", f"{NAME}.Settings"))["Hostname"])

    async def device(self, interface: str) -> NetworkDevice | None:
        """The interface of this name; None when NetworkManager does not know it."""
        try:
            (path,) = await self._call(ROOT, NAME, "GetDeviceByIpIface", "s", interface)
            facts = await self._all(path, f"{NAME}.Device")
        except ManagerError:
            return None
        return NetworkDevice(
            interface,
            path,
            managed=facts["Managed"],
            state=facts["State"],
            active=facts["ActiveConnection"],
            available=tuple(facts["AvailableConnections"]),
            ip4=facts["Ip4Config"],
        )

    async def name_servers(self, device: NetworkDevice) -> tuple[str, ...]:
        """The name servers in force on this interface; newer releases tell them a little after the address."""
        if device.ip4 == NONE:
            return ()
        try:
            config = await self._all(device.ip4, f"{NAME}.IP4Config")
        except ManagerError:
            return ()
        return tuple(server["address"].value for server in config["NameserverData"])

    async def profile_of(self, device: NetworkDevice) -> Profile | None:
        """The profile the interface uses, or else the last used of those it could use; None when there is none."""
        if device.active != NONE and (profile := await self._profile(await self._active_profile(device.active))):
            return profile
        profiles = [each for path in device.available if (each := await self._profile(path))]
        return max(profiles, key=_last_used, default=None)

    async def profile(self, uuid: str) -> Profile | None:
        """The profile with this UUID; None when it is not there any more."""
        try:
            (path,) = await self._call(f"{ROOT}/Settings", f"{NAME}.Settings", "GetConnectionByUuid", "s", uuid)
        except ManagerError:
            return None
        return await self._profile(path)

    async def update(self, profile: Profile, ipv4: Part, *, to_disk: bool) -> None:
        """Replace a profile's IPv4 part, on the disk or only until the next start; the interface stays as it is."""
        settings = without_old_forms({**profile.settings, "ipv4": ipv4})
        flags = _TO_DISK if to_disk else _IN_MEMORY
        interface = f"{NAME}.Settings.Connection"
        await self._call(profile.path, interface, "Update2", "a{sa{sv}}ua{sv}", settings, flags, {})

    async def add(self, settings: Settings) -> str:
        """Store a new profile until the next start, and tell its path."""
        path, _ = await self._call(
            f"{ROOT}/Settings", f"{NAME}.Settings", "AddConnection2", "a{sa{sv}}ua{sv}",
            without_old_forms(settings), _IN_MEMORY, {},
        )  # fmt: skip
        return str(path)

    async def delete(self, profile: Profile) -> None:
        """Forget a profile."""
        await self._call(profile.path, f"{NAME}.Settings.Connection", "Delete")

    async def activate(self, profile_path: str, device: NetworkDevice) -> None:
        """Have the interface start with this profile."""
        await self._call(ROOT, NAME, "ActivateConnection", "ooo", profile_path, device.path, NONE)

    async def reapply(self, device: NetworkDevice) -> None:
        """Have the interface follow its changed profile without going down."""
        await self._call(device.path, f"{NAME}.Device", "Reapply", "a{sa{sv}}tu", {}, 0, 0)

    async def create_checkpoint(self, device: NetworkDevice, seconds: int, *, delete_new: bool) -> tuple[str, int]:
        """Have NetworkManager bring the interface back as it is now, unless the checkpoint is destroyed in time.

        Tells its path, and when it was made, in ms since the computer started.
        """
        flags = _DELETE_NEW_CONNECTIONS if delete_new else 0
        (path,) = await self._call(ROOT, NAME, "CheckpointCreate", "aouu", [device.path], seconds, flags)
        return path, (await self._all(path, f"{NAME}.Checkpoint"))["Created"]

    async def has_checkpoint(self, path: str, created_ms: int) -> bool:
        """Whether this very checkpoint is there; a restarted NetworkManager gives its path to another one."""
        if path not in (await self._all(ROOT, NAME))["Checkpoints"]:
            return False
        try:
            facts = await self._all(path, f"{NAME}.Checkpoint")
        except ManagerError:
            return False
        return bool(facts["Created"] == created_ms)

    async def destroy_checkpoint(self, path: str) -> None:
        """Keep what is in force now."""
        await self._call(ROOT, NAME, "CheckpointDestroy", "o", path)

    async def roll_back(self, path: str) -> None:
        """Bring back at once what was in force."""
        await self._call(ROOT, NAME, "CheckpointRollback", "o", path)

    @contextmanager
    def states(self, device: NetworkDevice) -> Iterator[list[tuple[int, int]]]:
        """A growing list of the states that a watched interface comes to, each with its reason."""
        heard: list[tuple[int, int]] = []
        with self.bus.heard(device.path, "StateChanged", lambda body: heard.append((body[0], body[2]))):
            yield heard

    async def watch(self, device: NetworkDevice) -> None:
        """Have the bus tell us when this interface changes its state."""
        await self.bus.listen(NAME, device.path, "StateChanged")

    async def save_hostname(self, name: str) -> None:
        """Have the computer keep this name."""
        await self._call(f"{ROOT}/Settings", f"{NAME}.Settings", "SaveHostname", "s", name)

    async def _active_profile(self, active: str) -> str:
        try:
            return str((await self._all(active, f"{NAME}.Connection.Active"))["Connection"])
        except ManagerError:
            return NONE

    async def _profile(self, path: str) -> Profile | None:
        if path == NONE:
            return None
        try:
            (settings,) = await self._call(path, f"{NAME}.Settings.Connection", "GetSettings")
            flags = (await self._all(path, f"{NAME}.Settings.Connection"))["Flags"]
        except ManagerError:
            return None
        if flags & _NOT_A_PERSONS:
            return None
        return Profile(path, settings["connection"]["uuid"].value, settings, flags)

    async def _all(self, path: str, interface: str) -> dict[str, Any]:
        (facts,) = await self._call(path, "org.freedesktop.DBus.Properties", "GetAll", "s", interface)
        return {name: variant.value for name, variant in facts.items()}

    async def _call(self, path: str, interface: str, member: str, signature: str = "", *body: object) -> Sequence[Any]:
        return await self.bus.call(NAME, path, interface, member, signature, *body)


def why_not(permissions: Mapping[str, str], needed: Sequence[str]) -> Fault | None:
    """Why we may not do all that is needed; None when we may."""
    return None if all(permissions.get(action) == "yes" for action in needed) else Fault("not-allowed")


def seconds_since_start() -> float:
    """The clock that checkpoints are dated with."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _last_used(profile: Profile) -> int:
    stamp = profile.settings.get("connection", {}).get("timestamp")
    return int(stamp.value) if stamp else 0
