"""The case's lights and button, as the settings have them."""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import NoReturn, TypeVar

from han2x.app.protocols import ForPanel
from han2x.audit import Actor, ActorKind, acting
from han2x.front_panel import FrontPanel, PanelError, PanelFault, Press, open_button, open_light, power_came_on
from han2x.gateway.meter import Meter
from han2x.network import InterfaceKind, Network, NetworkError, factory_settings
from han2x.settings import PanelSettings

log = logging.getLogger("han2x.panel")

Part = TypeVar("Part")


async def run_panel(
    gateway: ForPanel, network: Network, settings: PanelSettings, *, at_start: bool, faults: list[PanelFault]
) -> NoReturn:
    """Show the lights and watch the button, until cancelled. One held `at_start` may be held since power came on.

    Why parts cannot be had is put into `faults`.
    """

    async def on_press(wish: Press) -> None:
        acting.set(Actor(ActorKind.BUTTON))
        if wish is Press.FACTORY_RESET:
            log.warning("the button was held: back to factory settings")
            await _give_address(network, dhcp=False)
            await gateway.forget_everything()
            gateway.restart()
        elif wish is Press.OPEN_CLAIM:
            log.info("the button was pressed: where there is no password, one may be chosen for 15 minutes")
            await gateway.open_claim()
        else:
            log.warning("the button was held while power came on: the network is set to DHCP")
            await _give_address(network, dhcp=True)

    panel = open_panel(
        settings,
        lambda: oldest_telegram_age(gateway.meters, gateway.clock()),
        on_press,
        at_start=at_start and power_came_on(Path(os.environ.get("RUNTIME_DIRECTORY", str(gateway.state_dir)))),
        faults=faults,
    )
    await panel.run()


async def _give_address(network: Network, *, dhcp: bool) -> None:
    """Give every wired interface the factory's address, or DHCP, for good: nobody is there who could confirm it."""
    try:
        for interface in (await network.overview()).interfaces:
            if interface.kind is InterfaceKind.WIRED and interface.link:
                form = factory_settings(interface.name).form()
                pending = await network.apply(form | {"method": "dhcp"} if dhcp else form)
                await network.in_force(pending.token)
                await network.confirm(pending.token)
                return
        log.error("no wired network is there to be set")
    except NetworkError as error:
        log.error("the network stays as it was: %s", error)  # noqa: TRY400 - no traceback helps the reader


def open_panel(
    settings: PanelSettings,
    telegram_age: Callable[[], float | None],
    on_press: Callable[[Press], Awaitable[None]],
    *,
    at_start: bool,
    faults: list[PanelFault],
) -> FrontPanel:
    """The panel; a part that cannot be had is put into `faults` and left out, for the gateway serves without it."""
    return FrontPanel(
        telegram_age,
        on_press,
        power=_opened(open_light, settings.power_light, faults),
        han=_opened(open_light, settings.han_light, faults),
        button=_opened(open_button, settings.reset_button, faults),
        power_came_on=at_start,
    )


def oldest_telegram_age(meters: Sequence[Meter], now: float) -> float | None:
    """Seconds since the last good telegram of the meter that has been silent longest; None when one never spoke."""
    last = [meter.state.snapshot(now).last_reading_at for meter in meters]
    return None if None in last else max(now - at for at in last if at is not None)


def _opened(opener: Callable[[str], Part], name: str, faults: list[PanelFault]) -> Part | None:
    if not name:
        return None
    try:
        return opener(name)
    except PanelError as error:
        log.warning("the front panel: %s", error)
        faults.append(error.fault)
        return None
