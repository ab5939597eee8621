"""What an output is to the rest of the program, and what it may know of the gateway."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from han2x.gateway.keeping import Store
from han2x.gateway.meter import Meter
from han2x.listeners import Listener
from han2x.model import Event
from han2x.output_state import OutputState
from han2x.outputs.services import Services


@dataclass(frozen=True, slots=True)
class Gateway:
    """The gateway that outputs speak for. What can change while it runs is a function.

    `id` is twelve hexadecimal digits that stay the same for ever and differ from every other gateway's. `page_url` is
    "" while there is no page, `modbus_port` None while Modbus is not served. What has to survive a restart is in
    `store`, where there is one; it waits for the disk. `listeners` are where page and Modbus are reached, or are not;
    `services` what other outputs want to have announced on the network. `name` is what its owner calls it, "" for
    nothing.
    """

    id: str
    version: str
    clock: Callable[[], float]
    meters: Callable[[], Sequence[Meter]]
    page_url: Callable[[], str]
    modbus_port: Callable[[], int | None]
    store: Store | None = None
    listeners: Callable[[], Sequence[Listener]] = tuple
    services: Services = field(default_factory=Services)
    name: Callable[[], str] = str


class Output(Protocol):
    """One output, from when it is switched on until it is switched off, or set up otherwise.

    It lives in the event loop and shares it: nothing here blocks.
    """

    @property
    def state(self) -> OutputState:
        """How it stands now."""

    async def run(self) -> None:
        """Do what it is for until cancelled, whatever its peers do; what it holds is released then.

        One that raises is run again after a while.
        """

    def take(self, meter: Meter, event: Event, now: float) -> None:
        """What a meter just said; its state has it already. Must be quick."""

    def settings_changed(self) -> None:
        """Settings are others now, though not this output's own: meters may have come, gone, or been renamed."""


@runtime_checkable
class Leaving(Protocol):
    """An output that leaves something with others, which is to be taken back when it is switched off."""

    def leave(self, instead: object | None) -> None:
        """The settings do not ask for it any more, but for one made with `instead`, or for none. `run` is cancelled
        next, and is waited for: a few seconds at the most.
        """
