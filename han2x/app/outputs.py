"""The outputs that are switched on: begun, fed and ended with the settings, each in a task of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Final, NoReturn

from han2x.app.dialects import DIALECTS
from han2x.app.mqtt_options import mqtt_wanted
from han2x.gateway.meter import Consumer, Meter
from han2x.model import Event
from han2x.output_state import OutputState
from han2x.settings import Settings

if TYPE_CHECKING:
    from han2x.outputs import Gateway, Output

log = logging.getLogger("han2x")

AGAIN_S: Final = 30.0
"""How long after a fault of this program an output is run again."""

Wanted = Callable[[Settings], Mapping[str, object]]
"""The outputs of a kind that settings ask for, by their names: what each is made with. Empty while it is off."""

KINDS: Final[Mapping[str, Wanted]] = {"mqtt.output": mqtt_wanted, **DIALECTS}
"""By the module of `han2x.outputs` whose `make(name, settings, gateway)` makes them. It is imported with the first."""


class Outputs:
    """Runs what the settings ask for. Everything here is in one event loop."""

    def __init__(self, gateway: Callable[[], Gateway], kinds: Mapping[str, Wanted] = KINDS) -> None:
        self._make_gateway = gateway
        self._gateway: Gateway | None = None
        self._kinds = kinds
        self._group: asyncio.TaskGroup | None = None
        self._running: dict[str, tuple[object, Output, asyncio.Task[NoReturn]]] = {}

    @property
    def states(self) -> Sequence[OutputState]:
        """How each that is switched on stands."""
        return [output.state for _, output, _ in self._running.values()]

    def consumer(self, meter: Meter) -> Consumer:
        """Takes what a meter says to all outputs; a fault in one is kept from the others."""

        def take(event: Event, now: float) -> None:
            for name, (_, output, _) in self._running.items():
                try:
                    output.take(meter, event, now)
                except Exception:
                    if meter.line.may_warn(f"fault {name}", now):
                        log.exception("a fault in this program: %s did not get a telegram", name)

        return take

    async def begin(self, group: asyncio.TaskGroup, settings: Settings) -> None:
        """Run what these settings ask for, in tasks of the group."""
        self._group = group
        await self.change(settings)

    async def change(self, settings: Settings) -> None:
        """Run what these settings ask for. What is not set up otherwise goes on."""
        wanted = {
            name: (module, made_with)
            for module, wants in self._kinds.items()
            for name, made_with in wants(settings).items()
        }
        for name, (made_with, output, _) in list(self._running.items()):
            if wanted.get(name, ("", None))[1] == made_with:
                del wanted[name]
                output.settings_changed()
            else:
                self._part(output, wanted.get(name, ("", None))[1])
                await self._end(name)
        for name, (module, made_with) in wanted.items():
            try:
                await self._begin(name, module, made_with)
            except Exception:
                log.exception("a fault in this program: it goes on without %s", name)

    async def end(self) -> None:
        """End them all."""
        for name in list(self._running):
            await self._end(name)

    async def _begin(self, name: str, module: str, made_with: object) -> None:
        if self._group is None:
            return
        # In a thread, since meters are read and clients served meanwhile.
        kind = await asyncio.to_thread(import_module, f"han2x.outputs.{module}")
        if self._gateway is None:
            self._gateway = self._make_gateway()
        output: Output = kind.make(name, made_with, self._gateway)
        self._running[name] = made_with, output, self._group.create_task(_run(name, output))

    @staticmethod
    def _part(output: Output, instead: object | None) -> None:
        from han2x.outputs import Leaving

        if isinstance(output, Leaving):
            output.leave(instead)

    async def _end(self, name: str) -> None:
        _, _, task = self._running.pop(name)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _run(name: str, output: Output) -> NoReturn:
    while True:
        try:
            await output.run()
        except Exception:
            log.exception("a fault in this program: %s begins again in %d s", name, AGAIN_S)
        await asyncio.sleep(AGAIN_S)
