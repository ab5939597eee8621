"""What a command on this computer may have done, by the names that `han2x.app.commands` carries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from han2x.app.commands import Command, RefusedError
from han2x.app.forgetting import Forgetting
from han2x.app.parts import Parts

if TYPE_CHECKING:
    from han2x.app.network_orders import NetworkOrders


def orders(parts: Parts, forgetting: Forgetting) -> Mapping[str, Command]:
    """All of it."""

    @cache
    def network() -> NetworkOrders:
        from han2x.app.network_orders import NetworkOrders  # dear, and asked for once in years

        return NetworkOrders(lambda: parts.people.network, parts.audit)

    return {
        "password-reset": forgetting.reset_password,
        "history-delete": parts.history.delete_asked,
        "upgrade-acknowledge": parts.upgrade.acknowledge_asked,
        "network": _refusing(lambda: network().show),
        "network-default": _refusing(lambda: network().give_default),
        "network-confirm": _refusing(lambda: network().confirm),
        "network-undo": _refusing(lambda: network().undo),
    }


def _refusing(command: Callable[[], Command]) -> Command:
    """The same, where what the network does not allow is no fault of ours."""

    async def run(given: Mapping[str, object]) -> Mapping[str, object]:
        from han2x.app.network_orders import StartingError
        from han2x.network import NetworkError

        try:
            return await command()(given)
        except (NetworkError, StartingError) as error:
            raise RefusedError(str(error)) from None

    return run
