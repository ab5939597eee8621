"""Edge: reads holding registers from a Modbus TCP server, for looking at a running gateway or at a HAN2X box."""

from __future__ import annotations

import socket
from typing import Final

TIMEOUT_S: Final = 5.0
_READ_HOLDING_REGISTERS: Final = 3
_MBAP_OCTETS: Final = 7


class ModbusError(Exception):
    """The server answers with an exception (its `code`), or not as a Modbus server does (`code` is None)."""

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


def read_holding_registers(connection: socket.socket, unit: int, address: int, count: int) -> bytes:
    """Read `count` big-endian words from PDU address `address` on (function code 03).

    Raises:
        ModbusError: the server refuses, or answers with something that is no Modbus answer.
        OSError: the connection fails.
    """
    pdu = bytes((_READ_HOLDING_REGISTERS,)) + address.to_bytes(2, "big") + count.to_bytes(2, "big")
    connection.sendall(b"\0\1\0\0" + (len(pdu) + 1).to_bytes(2, "big") + bytes((unit,)) + pdu)
    header = _receive(connection, _MBAP_OCTETS)
    length = int.from_bytes(header[4:6], "big")
    if header[:4] != b"\0\1\0\0" or not 3 <= length <= 254:
        raise ModbusError("the answer is not Modbus TCP")
    answer = _receive(connection, length - 1)
    if answer[0] == _READ_HOLDING_REGISTERS | 0x80:
        raise ModbusError(f"the server refuses with exception code 0x{answer[1]:02X}", code=answer[1])
    if answer[0] != _READ_HOLDING_REGISTERS or len(answer) != 2 + 2 * count:
        raise ModbusError("the answer does not fit the request")
    return answer[2:]


def _receive(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        octets = connection.recv(size - len(received))
        if not octets:
            raise ModbusError("the server closed the connection")
        received += octets
    return received
