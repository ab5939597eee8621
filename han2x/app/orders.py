"""What a command on this computer may have done, by the names that `han2x.app.commands` carries."""

from __future__ import annotations

from collections.abc import Mapping

from han2x.app.commands import Command
from han2x.app.forgetting import Forgetting
from han2x.app.network_orders import NetworkOrders
from han2x.app.parts import Parts


def orders(parts: Parts, forgetting: Forgetting) -> Mapping[str, Command]:
    """All of it."""
    network = NetworkOrders(lambda: parts.people.network, parts.audit)
    return {
        "password-reset": forgetting.reset_password,
        "history-delete": parts.history.delete_asked,
        "upgrade-acknowledge": parts.upgrade.acknowledge_asked,
        "network": network.show,
        "network-default": network.give_default,
        "network-confirm": network.confirm,
        "network-undo": network.undo,
    }
