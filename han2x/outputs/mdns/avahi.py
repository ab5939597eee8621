"""Avahi over D-Bus (org.freedesktop.Avahi, its interfaces Server and EntryGroup); alone talks through the library."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

from dbus_fast import BusType, DBusFastError, Message, MessageFlag, MessageType
from dbus_fast.aio import MessageBus

from han2x.outputs.mdns.faults import CollisionError, MdnsError, MdnsFault
from han2x.outputs.mdns.group import GroupState
from han2x.outputs.mdns.texts import strings
from han2x.outputs.services import Service

CALL_S: Final = 10.0

_BUS: Final = "org.freedesktop.DBus"
_BUS_PATH: Final = "/org/freedesktop/DBus"
_AVAHI: Final = "org.freedesktop.Avahi"
_SERVER: Final = f"{_AVAHI}.Server"
_GROUP: Final = f"{_AVAHI}.EntryGroup"
_ANY: Final = -1
_ABSENT: Final = (f"{_BUS}.Error.ServiceUnknown", f"{_BUS}.Error.NameHasNoOwner", f"{_BUS}.Error.NoReply")
_COLLISIONS: Final = (f"{_AVAHI}.CollisionError", f"{_AVAHI}.LocalCollisionError")
_LOST: Final = (OSError, EOFError, DBusFastError, TimeoutError)


class Avahi:
    """One connection to the bus, and one group of services. `changed` is called when Avahi has come, gone, or come to
    another host name, and when the group's state has changed.

    Every coroutine raises `MdnsError`.
    """

    def __init__(self, bus: MessageBus, changed: Callable[[], object]) -> None:
        self._bus = bus
        self._changed = changed
        self._group = ""
        self.state = GroupState.UNCOMMITTED
        self.reason = ""
        self.forgot = False
        """What was announced has to be again, as Avahi is another, or has another host name."""
        bus.add_message_handler(self._heard)

    @classmethod
    async def connect(cls, changed: Callable[[], object]) -> Avahi:
        """Connect to the system's bus, whether Avahi is there or not."""
        try:
            async with asyncio.timeout(CALL_S):
                bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
        except _LOST:
            raise MdnsError(MdnsFault("announce-no-bus")) from None
        avahi = cls(bus, changed)
        try:
            for rule in (
                f"type='signal',sender='{_BUS}',member='NameOwnerChanged',arg0='{_AVAHI}'",
                f"type='signal',sender='{_AVAHI}',interface='{_SERVER}',member='StateChanged'",
                f"type='signal',sender='{_AVAHI}',interface='{_GROUP}',member='StateChanged'",
            ):
                await avahi._call(_BUS, _BUS_PATH, _BUS, "AddMatch", "s", rule)
        except BaseException:
            avahi.close()
            raise
        return avahi

    @property
    def connected(self) -> bool:
        """Whether the bus is still there."""
        return bool(self._bus.connected)

    def close(self) -> None:
        """Disconnect; what is announced ends with the connection."""
        self._bus.disconnect()

    async def host_name(self) -> str:
        """What this computer is called on the network, like han2x.local."""
        (name,) = await self._ask("GetHostNameFqdn")
        return str(name)

    async def other_name(self, name: str) -> str:
        """What a service is to be called when this name is taken."""
        (other,) = await self._ask("GetAlternativeServiceName", "s", name)
        return str(other)

    async def announce(self, name: str, services: Sequence[Service]) -> None:
        """Announce these and nothing else; those without a name of their own have this one."""
        self.forgot = False
        await self.withdraw()
        if not services:
            return
        (self._group,) = await self._ask("EntryGroupNew")
        for service in services:
            await self._call(
                _AVAHI, self._group, _GROUP, "AddService", "iiussssqaay",
                _ANY, _ANY, 0, service.name or name, service.kind, "", "", service.port, strings(service.texts),
            )  # fmt: skip
        await self._call(_AVAHI, self._group, _GROUP, "Commit")

    async def withdraw(self) -> None:
        """Announce nothing."""
        group, self._group = self._group, ""
        self.state, self.reason = GroupState.UNCOMMITTED, ""
        if group:
            await self._call(_AVAHI, group, _GROUP, "Free")

    async def _ask(self, member: str, signature: str = "", *body: object) -> Sequence[Any]:
        return await self._call(_AVAHI, "/", _SERVER, member, signature, *body)

    async def _call(
        self, service: str, path: str, interface: str, member: str, signature: str = "", *body: object
    ) -> Sequence[Any]:
        # without the flag the bus would start an Avahi that its owner has switched off
        message = Message(
            service, path, interface, member, flags=MessageFlag.NO_AUTOSTART, signature=signature, body=[*body]
        )
        try:
            async with asyncio.timeout(CALL_S):
                reply = await self._bus.call(message)
        except _LOST:
            raise MdnsError(MdnsFault("announce-no-avahi" if self.connected else "announce-no-bus")) from None
        if reply.message_type is MessageType.ERROR:
            raise _error(reply)
        answer: Sequence[Any] = reply.body
        return answer

    def _heard(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        said = (message.interface, message.member, message.signature)
        if said == (_BUS, "NameOwnerChanged", "sss") and message.body[0] == _AVAHI:
            self._group, self.forgot = "", True
        elif said == (_SERVER, "StateChanged", "is"):
            self.forgot = True  # it has another host name: what was announced with the old one has to be again
        elif said == (_GROUP, "StateChanged", "is") and message.path == self._group:
            state, self.reason = message.body
            self.state = GroupState(state) if state in list(GroupState) else GroupState.FAILURE
        else:
            return
        self._changed()


def _error(reply: Message) -> MdnsError:
    name = reply.error_name or ""
    reason = str(reply.body[0]) if reply.body else name
    if name in _ABSENT:
        return MdnsError(MdnsFault("announce-no-avahi"))
    kind = CollisionError if name in _COLLISIONS else MdnsError
    return kind(MdnsFault("announce-refused", reason=reason))
