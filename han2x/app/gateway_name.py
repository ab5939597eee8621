"""What a gateway is called where people see it."""

from __future__ import annotations

import socket

from han2x.settings import DeviceSettings


def gateway_name(device: DeviceSettings) -> str:
    """As its owner has named it, else as the computer is called."""
    return device.name.strip() or socket.gethostname()
