"""`Network`: what the rest of the program sees and changes of this computer's network."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from han2x.faults import because
from han2x.network import kernel, others
from han2x.network.faults import Fault, InvalidSettingsError, NetworkError, UnavailableError
from han2x.network.model import Interface, NetworkOverview, Outcome, Pending
from han2x.network.note import Notes
from han2x.network.validation import check_confirm_within, check_hostname, check_settings

if TYPE_CHECKING:
    from han2x.network.manager import Manager
    from han2x.network.trial import Trial

log = logging.getLogger("han2x.network")

CONFIRM_WITHIN_S: Final = 60
STATIC_NAME: Final = Path("/etc/hostname")
STATIC_NAME_FOR_S: Final = 5.0
"""How long what the file said is taken for true, as it is asked for with every request."""
# so that the answer to whoever asked for the change leaves by the old address
ANSWER_FIRST_S: Final = 0.3


class Network:
    """This computer's interfaces, and at most one change of them that is not confirmed.

    An async context manager: entering takes up a change that an earlier run of the program left unconfirmed; leaving
    lets it stand, and NetworkManager undoes it in its time. Without such a change neither costs anything. `on_end` is
    called with how each change ended.

    What asks or changes NetworkManager raises `UnavailableError` when that cannot be done on this computer.
    """

    def __init__(
        self,
        notes: Notes,
        *,
        answer_first_s: float = ANSWER_FIRST_S,
        on_end: Callable[[Outcome], None] = lambda _outcome: None,
    ) -> None:
        self._notes = notes
        self._on_end = on_end
        self._answer_first_s = answer_first_s
        self._connecting = asyncio.Lock()
        self._manager: Manager | None = None
        self._trial: Trial | None = None
        self._name = self._static_name = ""
        self._static_name_at = float("-inf")

    async def __aenter__(self) -> Self:
        noted = await asyncio.to_thread(self._notes.load)
        if noted:
            self._trials().take_up(noted)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._trial:
            await self._trial.let_go()
        if self._manager:
            self._manager.bus.close()

    async def overview(self) -> NetworkOverview:
        """What is in force and stored now, seen also where nothing can be changed; `fault` then says why.

        Raises:
            UnavailableError: not even the kernel tells.
        """
        interfaces = _interfaces()
        try:
            seen = await _seen(await self._connect(), interfaces)
        except NetworkError as error:
            shown = tuple(_shown(interface) for interface in interfaces)
            by_router = sorted(interfaces, key=lambda interface: interface.gateway is None)
            fault = await asyncio.to_thread(others.named, error.fault, by_router[0].name if by_router else "")
            return NetworkOverview(socket.gethostname(), shown, fault, error.fault)
        self._name = seen.hostname
        return seen

    @property
    def names(self) -> tuple[str, ...]:
        """What this computer is called, as far as that is known without waiting.

        What the system says itself is not among them: a service that may not rename the computer has the name that the
        computer had when the service started.
        """
        now = time.monotonic()
        if now - self._static_name_at > STATIC_NAME_FOR_S:
            self._static_name, self._static_name_at = _static_name(), now
        return tuple(filter(None, dict.fromkeys((self._name, self._static_name))))

    @property
    def pending(self) -> Pending | None:
        """The change that is not confirmed."""
        return self._trial.pending if self._trial else None

    @property
    def outcome(self) -> Outcome | None:
        """How the last change ended, since the program started."""
        return self._trial.outcome if self._trial else None

    async def apply(self, typed: Mapping[str, object], confirm_within_s: int = CONFIRM_WITHIN_S) -> Pending:
        """Begin to change an interface to what was typed (the fields of `check_settings`).

        Answers as soon as the old settings are sure to come back; the change itself follows a moment later, and
        `in_force` waits for it.

        Raises:
            InvalidSettingsError: with a fault at every field that has one.
            RefusedChangeError: a change is pending already, or another program is changing the interface.
        """
        check_confirm_within(confirm_within_s)
        interfaces = _interfaces()
        settings = check_settings(typed, interfaces)
        interface = next(each for each in interfaces if each.name == settings.interface)
        if not interface.link:
            raise InvalidSettingsError({"interface": Fault("no-link")})
        return await self._trials().begin(settings, interface.kind, confirm_within_s)

    async def in_force(self, token: str) -> Pending:
        """Wait until a change is in force.

        Raises:
            InvalidSettingsError: it could not be put in force, and the old settings are back.
            RefusedChangeError: it is no longer there.
        """
        return await self._trials().settled(token)

    async def confirm(self, token: str) -> None:
        """Keep a change for good.

        Raises:
            RefusedChangeError: it is not in force yet, or no longer there.
        """
        await self._trials().confirm(token)

    async def roll_back(self, token: str) -> None:
        """Bring the old settings back now.

        Raises:
            RefusedChangeError: the change is no longer there.
        """
        await self._trials().roll_back(token)

    async def set_hostname(self, typed: object) -> None:
        """Give this computer another name, at once and for good.

        Raises:
            InvalidSettingsError: at `hostname`.
        """
        name = check_hostname(typed)
        await (await self._connect()).save_hostname(name)
        self._name = name
        log.info("network: this computer is now called %s", name)

    def _trials(self) -> Trial:
        from han2x.network.trial import Trial

        if self._trial is None:
            self._trial = Trial(self._connect, self._notes, self._answer_first_s, self._on_end)
        return self._trial

    async def _connect(self) -> Manager:
        from han2x.network.bus import Bus
        from han2x.network.manager import Manager

        async with self._connecting:
            if self._manager is None or not self._manager.bus.connected:
                self._manager = Manager(await Bus.connect())
            return self._manager


def _static_name() -> str:
    """The name that the computer starts with (hostname(5)), which whoever renames it writes there; "" for none."""
    try:
        with STATIC_NAME.open("rb") as file:
            lines = file.read(1024).decode("ascii").splitlines()
    except (OSError, ValueError):
        return ""
    return next((line.strip() for line in lines if line.strip() and not line.startswith("#")), "")


def _interfaces() -> list[Interface]:
    try:
        return kernel.interfaces()
    except OSError as error:
        raise UnavailableError(Fault("no-kernel", **because(error))) from None


async def _seen(manager: Manager, interfaces: Sequence[Interface]) -> NetworkOverview:
    from han2x.network.manager import CHANGE, RENAME, why_not

    permissions = await manager.permissions()
    return NetworkOverview(
        await manager.hostname(),
        tuple([await _described(manager, interface) for interface in interfaces]),
        why_not(permissions, CHANGE),
        why_not(permissions, RENAME),
    )


async def _described(manager: Manager, interface: Interface) -> Interface:
    """What the kernel told, and what NetworkManager has stored for it."""
    from han2x.network.profile import read_settings

    device = await manager.device(interface.name)
    if device is None or not device.managed:
        return replace(_shown(interface), fault=Fault("unmanaged"))
    profile = await manager.profile_of(device)
    return replace(
        interface,
        dns=await manager.name_servers(device),
        settings=read_settings(interface.name, profile.ipv4) if profile else None,
        fault=None if interface.link else Fault("no-link"),
    )


def _shown(interface: Interface) -> Interface:
    """Name servers are the computer's, not an interface's, unless NetworkManager says more."""
    return replace(interface, dns=kernel.read_name_servers() if interface.gateway else ())
