"""What a command on this computer may have done, by the names that `han2x.app.commands` carries."""

from __future__ import annotations

from collections.abc import Mapping

from han2x.app.commands import Command, RefusedError
from han2x.app.forgetting import Forgetting
from han2x.app.network_orders import NetworkOrders, StartingError
from han2x.app.parts import Parts
from han2x.network import NetworkError


def orders(parts: Parts, forgetting: Forgetting) -> Mapping[str, Command]:
    """All of it."""
    network = NetworkOrders(lambda: parts.people.network, parts.audit)
    return {
        "password-reset": forgetting.reset_password,
        "history-delete": parts.history.delete_asked,
        "upgrade-acknowledge": parts.upgrade.acknowledge_asked,
        "network": _refusing(network.show),
        "network-default": _refusing(network.give_default),
        "network-confirm": _refusing(network.confirm),
        "network-undo": _refusing(network.undo),
    }


def _refusing(command: Command) -> Command:
    """The same, where what the network does not allow is no fault of ours."""

    async def run(given: Mapping[str, object]) -> Mapping[str, object]:
        try:
            return await command(given)
        except (NetworkError, StartingError) as error:
            raise RefusedError(str(error)) from None

    return run
