"""The steps of one change: begun under a checkpoint, put in force, kept or undone.

NetworkManager's checkpoint brings the old settings back by itself when nobody confirms, whatever becomes of this
program; new settings are held in memory, so that a power cut brings the old ones back too. NetworkManager forgets the
checkpoint when it is itself restarted: `restore` is for that.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import IPv4Interface
from typing import Final

from han2x.faults import because
from han2x.network import kernel
from han2x.network.bus import ManagerError
from han2x.network.faults import Fault, InvalidSettingsError, NetworkError, RefusedChangeError, UnavailableError
from han2x.network.manager import Manager, NetworkDevice, Profile
from han2x.network.model import InterfaceKind, InterfaceSettings, Method
from han2x.network.note import Note
from han2x.network.profile import (
    Part,
    from_json,
    ipv4_part,
    new_profile,
    read_settings,
    same_ipv4,
    to_json,
    tried_part,
)

log = logging.getLogger("han2x.network")

STATIC_S: Final = 10
DHCP_S: Final = 25
_LOOK_S: Final = 0.05

# NMDeviceState, NMDeviceStateReason
_ACTIVATED: Final = 100
_UNAVAILABLE: Final = 20
_FAILED: Final = 120
_REASON_CARRIER: Final = 40
_REASONS_DHCP: Final = (5, 6, 15, 16, 17)
# to newer releases the address is a duplicate; to 1.42 a static address is only ever unavailable for that reason
_REASONS_IN_USE: Final = (5, 64)


async def begin(manager: Manager, settings: InterfaceSettings, kind: InterfaceKind, confirm_within_s: int) -> Note:
    """Set the checkpoint, and note all that is needed to undo the change. Nothing is changed yet.

    Raises:
        InvalidSettingsError: the interface cannot be changed.
        RefusedChangeError: another program is changing it.
    """
    device = await manager.device(settings.interface)
    if device is None or not device.managed:
        raise InvalidSettingsError({"interface": Fault("unmanaged")})
    profile = await manager.profile_of(device)
    if profile is None and kind is InterfaceKind.WIRELESS:
        raise InvalidSettingsError({"interface": Fault("no-wireless-network")})
    try:
        checkpoint, created_ms = await manager.create_checkpoint(device, confirm_within_s, delete_new=profile is None)
    except ManagerError as error:
        log.debug("no checkpoint: %s", error.reason)
        raise RefusedChangeError(Fault("interface-busy")) from None
    return Note(
        token=uuid.uuid4().hex,
        settings=settings,
        profile=profile.uuid if profile else str(uuid.uuid4()),
        old=to_json(profile.ipv4) if profile else None,
        old_unsaved=profile.unsaved if profile else True,
        kept_address=_kept_address(settings, profile),
        checkpoint=checkpoint,
        created_ms=created_ms,
        confirm_within_s=confirm_within_s,
    )


async def put_in_force(manager: Manager, note: Note, *, sent: bool = False) -> None:
    """Have NetworkManager try the new settings (unless they are `sent` already), until the next start at most, and wait
    until the kernel has the new address, which is later than NetworkManager's own word for it.

    Raises:
        InvalidSettingsError: they were refused, or will not come in force.
    """
    device = await _device(manager, note)
    await manager.watch(device)
    with manager.states(device) as states:
        if sent:
            states.append((device.state, 0))
        else:
            await _send(manager, note, device)
        await _wait_in_force(note, states)


def reachable_at(note: Note) -> tuple[IPv4Interface, ...]:
    """The new addresses that the interface has now.

    Raises:
        UnavailableError: the kernel does not tell.
    """
    try:
        addresses = kernel.usable_ipv4(note.settings.interface)
    except OSError as error:
        raise UnavailableError(Fault("no-kernel", **because(error))) from None
    if note.settings.method is Method.STATIC:
        return tuple(each for each in addresses if each == note.settings.address)
    return tuple(each for each in addresses if str(each) != note.kept_address)


async def is_tried(manager: Manager, note: Note) -> bool:
    """Whether the new settings are those that the profile has now."""
    profile = await manager.profile(note.profile)
    return profile is not None and same_ipv4(profile.ipv4, _tried(note))


async def finish(manager: Manager, note: Note) -> bool:
    """Keep the new settings for good, unless they are no longer there; whether they are."""
    if await manager.has_checkpoint(note.checkpoint, note.created_ms):
        await manager.destroy_checkpoint(note.checkpoint)
    profile = await manager.profile(note.profile)
    kept = ipv4_part(note.settings, _old(note) or {})
    if profile is None or not (same_ipv4(profile.ipv4, _tried(note)) or same_ipv4(profile.ipv4, kept)):
        return False
    await manager.update(profile, kept, to_disk=True)
    device = await manager.device(note.settings.interface)
    if note.kept_address and device:
        with suppress(ManagerError):  # it follows the profile when it next comes up
            await manager.reapply(device)
    return True


async def undo(manager: Manager, note: Note) -> None:
    """Bring the old settings back now."""
    if await manager.has_checkpoint(note.checkpoint, note.created_ms):
        with suppress(ManagerError):  # its time ran out in between
            await manager.roll_back(note.checkpoint)
    await restore(manager, note)


async def restore(manager: Manager, note: Note) -> None:
    """Bring the old settings back without a checkpoint, unless they are back already, or someone has changed them."""
    profile = await manager.profile(note.profile)
    if profile is None or not same_ipv4(profile.ipv4, _tried(note)):
        return
    old = _old(note)
    if old is None:
        await manager.delete(profile)
        return
    if same_ipv4(old, profile.ipv4):
        return
    await manager.update(profile, old, to_disk=not note.old_unsaved)
    with suppress(ManagerError):  # with the cable out it follows when the cable is back
        await manager.activate(profile.path, await _device(manager, note))


async def _device(manager: Manager, note: Note) -> NetworkDevice:
    device = await manager.device(note.settings.interface)
    if device is None:
        raise NetworkError(Fault("interface", name=note.settings.interface))
    return device


async def _send(manager: Manager, note: Note, device: NetworkDevice) -> None:
    part = _tried(note)
    try:
        profile = await manager.profile(note.profile)
        if profile:
            await manager.update(profile, part, to_disk=False)
            path = profile.path
        else:
            path = await manager.add(new_profile(device.name, note.profile, part))
        await manager.activate(path, device)
    except ManagerError as error:
        raise InvalidSettingsError({"interface": error.fault}) from None


async def _wait_in_force(note: Note, states: Sequence[tuple[int, int]]) -> None:
    """`states` grows while we wait."""
    longest_s = DHCP_S if note.settings.method is Method.DHCP else STATIC_S
    limit_s = min(longest_s, note.confirm_within_s - 1)
    with suppress(TimeoutError):
        async with asyncio.timeout(limit_s):
            while not (states and states[-1][0] == _ACTIVATED and reachable_at(note)):
                for state, reason in states:
                    if state in (_FAILED, _UNAVAILABLE):
                        raise InvalidSettingsError(_why_failed(note.settings, reason, limit_s))
                await asyncio.sleep(_LOOK_S)
            return
    raise InvalidSettingsError(_why_failed(note.settings, None, limit_s))


def _why_failed(settings: InterfaceSettings, reason: int | None, limit_s: int) -> dict[str, Fault]:
    if reason == _REASON_CARRIER:
        return {"interface": Fault("lost-link")}
    if settings.method is Method.DHCP and reason in (None, *_REASONS_DHCP):
        return {"method": Fault("no-dhcp-answer", seconds=limit_s)}
    if reason in _REASONS_IN_USE and settings.address:
        return {"address": Fault("address-in-use", address=settings.address.ip)}
    return {"interface": Fault("not-in-force")}


def _kept_address(settings: InterfaceSettings, profile: Profile | None) -> str:
    """From static to DHCP nobody knows the new address: the old one stays until someone has found the new one."""
    if profile is None or settings.method is not Method.DHCP:
        return ""
    return str(read_settings(settings.interface, profile.ipv4).address or "")


def _tried(note: Note) -> Part:
    kept = IPv4Interface(note.kept_address) if note.kept_address else None
    return tried_part(note.settings, _old(note) or {}, kept)


def _old(note: Note) -> Part | None:
    old: Part | None = from_json(note.old)
    return old
