"""The system's message bus (D-Bus), as far as we need it; the only module that talks through the library."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from dbus_fast import BusType, DBusFastError, Message, MessageFlag, MessageType
from dbus_fast.aio import MessageBus

from han2x.network.faults import Fault, NetworkError, UnavailableError

CALL_S: Final = 10.0

_BUS: Final = "org.freedesktop.DBus"
_ABSENT: Final = (f"{_BUS}.Error.ServiceUnknown", f"{_BUS}.Error.NameHasNoOwner", f"{_BUS}.Error.Disconnected")
_LOST: Final = (OSError, EOFError, DBusFastError, TimeoutError)


class ManagerError(NetworkError):
    """NetworkManager said no; `reason` is in its own words, which differ from release to release."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = reason or name
        super().__init__(Fault("manager-refused", reason=self.reason))


class Bus:
    """A connection to the system's message bus."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus

    @classmethod
    async def connect(cls) -> Bus:
        """Connect.

        Raises:
            UnavailableError: there is no bus.
        """
        try:
            async with asyncio.timeout(CALL_S):
                return cls(await MessageBus(bus_type=BusType.SYSTEM).connect())
        except _LOST:
            raise UnavailableError(Fault("no-dbus")) from None

    @property
    def connected(self) -> bool:
        """Whether the bus is still there. Who was asked over it may be gone all the same."""
        return self._bus.connected

    def close(self) -> None:
        """Disconnect."""
        self._bus.disconnect()

    async def call(
        self, service: str, path: str, interface: str, member: str, signature: str = "", *body: object
    ) -> Sequence[Any]:
        """Call a method and wait for its answer.

        Raises:
            UnavailableError: there is nobody to ask, no answer came, or we may not.
            ManagerError: the answer is another error.
        """
        # without the flag the bus would try to start a service that its owner has switched off
        flags = MessageFlag.NO_AUTOSTART
        message = Message(service, path, interface, member, flags=flags, signature=signature, body=[*body])
        try:
            async with asyncio.timeout(CALL_S):
                reply = await self._bus.call(message)
        except _LOST:
            raise UnavailableError(Fault("no-answer")) from None
        if reply.message_type is MessageType.ERROR:
            raise _error(reply)
        answer: Sequence[Any] = reply.body
        return answer

    async def listen(self, service: str, path: str, member: str) -> None:
        """Have the bus send us this signal, for `heard`."""
        rule = f"type='signal',sender='{service}',path='{path}',member='{member}'"
        await self.call(_BUS, "/org/freedesktop/DBus", _BUS, "AddMatch", "s", rule)

    @contextmanager
    def heard(self, path: str, member: str, tell: Callable[[Sequence[Any]], object]) -> Iterator[None]:
        """Call `tell` with the body of each such signal, for as long as the context lasts."""

        def hear(message: Message) -> None:
            if (message.message_type, message.path, message.member) == (MessageType.SIGNAL, path, member):
                tell(message.body)

        self._bus.add_message_handler(hear)
        try:
            yield
        finally:
            self._bus.remove_message_handler(hear)


def _error(reply: Message) -> NetworkError:
    name = reply.error_name or ""
    if name in _ABSENT:
        return UnavailableError(Fault("no-manager"))
    if name == f"{_BUS}.Error.NoReply":
        return UnavailableError(Fault("no-answer"))
    if name.endswith(("PermissionDenied", "AccessDenied", "NotAuthorized")):
        return UnavailableError(Fault("not-allowed"))
    return ManagerError(name, str(reply.body[0]) if reply.body else "")
