"""`Trial`: the one change that may wait to be confirmed, watched from its beginning to its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from ipaddress import IPv4Interface
from typing import Any, Final, TypeVar

from han2x.network import steps
from han2x.network.bus import ManagerError
from han2x.network.faults import Fault, InvalidSettingsError, NetworkError, RefusedChangeError, UnavailableError
from han2x.network.manager import CHANGE, Manager, seconds_since_start, why_not
from han2x.network.model import ChangeState, Ending, InterfaceKind, InterfaceSettings, Outcome, Pending
from han2x.network.note import Note, Notes

log = logging.getLogger("han2x.network")

_LOOK_S: Final = 1.0

T = TypeVar("T")


class Trial:
    """At most one change on trial. `connect` gives a connected manager, and is asked again for every step."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[Manager]],
        notes: Notes,
        answer_first_s: float,
        on_end: Callable[[Outcome], None],
    ) -> None:
        self._connect = connect
        self._on_end = on_end
        self._notes = notes
        self._answer_first_s = answer_first_s
        self._asked = asyncio.Lock()
        self._note: Note | None = None
        self._state = ChangeState.APPLYING
        self._settled = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None
        self.outcome: Outcome | None = None

    @property
    def pending(self) -> Pending | None:
        """The change that is not confirmed."""
        note = self._note
        if note is None or note.confirmed:
            return None
        return _pending(note, self._state)

    def take_up(self, noted: Mapping[str, Any]) -> None:
        """Go on with the change that an earlier run of the program left."""
        try:
            note = Note.from_json(noted)
        except (KeyError, TypeError, ValueError) as error:
            log.warning("network: the note of an unconfirmed change cannot be read: %r", error)
            return
        log.info("network: a change of %s was not confirmed before this start", note.settings.interface)
        self._keep_watch(note, sent=True)

    async def begin(self, settings: InterfaceSettings, kind: InterfaceKind, confirm_within_s: int) -> Pending:
        """Set the checkpoint, note the change, and start it."""
        async with self._asked:
            if self._note:
                raise RefusedChangeError(Fault("already-pending"))
            manager = await self._connect()
            if fault := why_not(await manager.permissions(), CHANGE):
                raise UnavailableError(fault)
            note = await steps.begin(manager, settings, kind, confirm_within_s)
            if not await self._write(note.to_json()):
                await manager.destroy_checkpoint(note.checkpoint)
                raise UnavailableError(Fault("cannot-be-noted"))
            log.info(
                "network: %s: %s, to be confirmed within %d s", settings.interface, _told(settings), confirm_within_s
            )
            self._keep_watch(note, sent=False)
            return _pending(note, self._state)

    async def settled(self, token: str) -> Pending:
        """Wait until the change is in force."""
        if self._note and self._note.token == token:
            await self._settled.wait()
        pending, outcome = self.pending, self.outcome
        if pending and pending.token == token:
            return pending
        if outcome and outcome.token == token and outcome.errors:
            raise InvalidSettingsError(outcome.errors)
        raise RefusedChangeError(Fault("no-such-change"))

    async def confirm(self, token: str) -> None:
        """Keep the change for good."""
        async with self._asked:
            note = self._mine(token)
            if self._state is not ChangeState.IN_FORCE:
                raise RefusedChangeError(Fault("not-yet-in-force"))
            async with self._unwatched():
                decided = await self._decide(note)
                await steps.finish(await self._connect(), decided)
                await self._end(decided, Ending.CONFIRMED)

    async def roll_back(self, token: str) -> None:
        """Bring the old settings back now."""
        async with self._asked:
            note = self._mine(token)
            async with self._unwatched():
                await steps.undo(await self._connect(), note)
                await self._end(note, Ending.ROLLED_BACK)

    async def let_go(self) -> None:
        """Watch no longer. The checkpoint does its work without us."""
        if self._watch:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
            self._watch = None

    def _mine(self, token: str) -> Note:
        if self._note is None or self._note.token != token or self._note.confirmed:
            raise RefusedChangeError(Fault("no-such-change"))
        return self._note

    async def _decide(self, note: Note) -> Note:
        """The moment from which the change is no longer undone: noted first, so that no restart undoes it."""
        manager = await self._connect()
        if not await manager.has_checkpoint(note.checkpoint, note.created_ms):
            raise RefusedChangeError(Fault("no-such-change"))
        decided = replace(note, confirmed=True)
        if not await self._write(decided.to_json()):
            raise UnavailableError(Fault("cannot-be-noted"))
        self._note = decided
        try:
            await manager.destroy_checkpoint(note.checkpoint)
        except NetworkError as error:
            self._note = note
            await self._write(note.to_json())
            if isinstance(error, ManagerError):  # its time ran out in between
                raise RefusedChangeError(Fault("no-such-change")) from None
            raise
        return decided

    @asynccontextmanager
    async def _unwatched(self) -> AsyncIterator[None]:
        """End the change without the watch interfering; when that fails, or is given up, the watch goes on."""
        await self.let_go()
        try:
            yield
        except BaseException:
            if self._note:
                self._keep_watch(self._note, sent=True)
            raise

    def _keep_watch(self, note: Note, *, sent: bool) -> None:
        self._note = note
        self._state = ChangeState.APPLYING
        self._settled.clear()
        self._watch = asyncio.create_task(self._run(note, sent=sent))
        self._watch.add_done_callback(self._crashed)

    def _crashed(self, watch: asyncio.Task[None]) -> None:
        """Should we fail ourselves, NetworkManager still brings the old settings back, and the next start looks."""
        error = None if watch.cancelled() else watch.exception()
        if error:
            log.error("network: the watch over an unconfirmed change failed", exc_info=error)
            self._note = None
            self._settled.set()

    async def _run(self, note: Note, *, sent: bool) -> None:
        try:
            if not note.confirmed and await self._start(note, sent=sent):
                self._state = ChangeState.IN_FORCE
                self._settled.set()
        except InvalidSettingsError as error:
            await self._surely(partial(steps.undo, note=note))
            await self._end(note, Ending.FAILED, error.errors)
            return
        while True:
            if ending := await self._surely(partial(_look, note=note)):
                await self._end(note, ending)
                return
            await asyncio.sleep(_LOOK_S)

    async def _start(self, note: Note, *, sent: bool) -> bool:
        """Put the settings in force; whether they are. They are not when NetworkManager went away meanwhile."""
        try:
            if not sent:
                await asyncio.sleep(self._answer_first_s)
            elif not await self._surely(partial(steps.is_tried, note=note)):
                return False
            await steps.put_in_force(await self._connect(), note, sent=sent)
        except InvalidSettingsError:
            raise
        except NetworkError as error:
            log.warning("network: %s: %s", note.settings.interface, error)
            return False
        return True

    async def _surely(self, step: Callable[[Manager], Awaitable[T]]) -> T:
        """Do a step as soon as there is a NetworkManager that lets us."""
        told = ""
        while True:
            try:
                return await step(await self._connect())
            except NetworkError as error:
                if str(error) != told:
                    told = str(error)
                    log.warning("network: an unconfirmed change waits: %s", told)
            await asyncio.sleep(_LOOK_S)

    async def _end(self, note: Note, ending: Ending, errors: Mapping[str, Fault] | None = None) -> None:
        await self._write({})
        self._note = None
        self.outcome = Outcome(note.token, note.settings, ending, errors or {})
        self._settled.set()
        why = "".join(f"; {name}: {fault}" for name, fault in self.outcome.errors.items())
        log.info("network: %s: %s %s%s", note.settings.interface, _told(note.settings), ending, why)
        self._on_end(self.outcome)

    async def _write(self, note: Mapping[str, Any]) -> bool:
        return await asyncio.to_thread(self._notes.save, note)


async def _look(manager: Manager, note: Note) -> Ending | None:
    """How the change ended, and the old settings brought back where nobody else did; None while it may be confirmed."""
    if note.confirmed:
        return Ending.CONFIRMED if await steps.finish(manager, note) else Ending.EXPIRED
    if not await manager.has_checkpoint(note.checkpoint, note.created_ms):
        await steps.restore(manager, note)
        return Ending.EXPIRED if _remaining_s(note) <= _LOOK_S else Ending.INTERRUPTED
    if await steps.is_tried(manager, note):
        return None
    await steps.undo(manager, note)
    return Ending.INTERRUPTED


def _pending(note: Note, state: ChangeState) -> Pending:
    addresses: tuple[IPv4Interface, ...] = ()
    if note.settings.address:
        addresses = (note.settings.address,)
    elif state is ChangeState.IN_FORCE:
        with suppress(UnavailableError):
            addresses = steps.reachable_at(note)
    left_s = round(max(0.0, _remaining_s(note)), 1)
    return Pending(note.token, note.settings, state, addresses, note.confirm_within_s, left_s)


def _remaining_s(note: Note) -> float:
    return note.created_ms / 1000 + note.confirm_within_s - seconds_since_start()


def _told(settings: InterfaceSettings) -> str:
    return str(settings.address or settings.method)
