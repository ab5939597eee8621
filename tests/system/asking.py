"""A Modbus client for scripts that wait for a gateway on this computer's port, or on a machine's behind it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Final

from han2x.modbus_client import ModbusError, read_holding_registers

VOLTAGE_L1: Final = 14


def until(seconds: float, condition: Callable[[], bool]) -> float:
    """Wait for the condition; answers how long it took. Raises TimeoutError."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > seconds:
            raise TimeoutError(f"not within {seconds:.0f} s")
        time.sleep(0.1)
    return time.monotonic() - begun


def serves(port: int) -> bool:
    """Whether Modbus answers at all, if only that there is no value."""
    try:
        _ask(port)
    except ModbusError as error:
        return error.code is not None
    except OSError:
        return False
    return True


def has_reading(port: int) -> bool:
    """Whether the gateway has a value of the meter."""
    try:
        return 2000 < _ask(port) < 2600
    except (ModbusError, OSError):
        return False


def _ask(port: int) -> int:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        return int.from_bytes(read_holding_registers(connection, 1, VOLTAGE_L1, 2), "big")


def connected(host: str, port: int) -> socket.socket:
    """A connection to another computer's port; raises OSError."""
    return socket.create_connection((host, port), timeout=20)


def write_factor(host: str, factor: int) -> None:
    """Write a gateway's scaling factor by function code 16, and have it acknowledged."""
    request = bytes.fromhex("00010000000b01100030000204") + factor.to_bytes(4, "big")
    with connected(host, 502) as connection:
        connection.sendall(request)
        assert connection.recv(99)[7:8] == b"\x10", "the scaling factor was refused"
