"""Edge: reads holding registers from a Modbus TCP server, for looking at a running gateway or at a HAN2X box."""

from __future__ import annotations

import socket
from typing import Final

TIMEOUT_S: Final = 5.0
_READ_HOLDING_REGISTERS: Final = 3
_IDENTIFICATION: Final = 43
_MEI: Final = 14
_ONE_OBJECT: Final = 4
_MODEL: Final = 5
_BEFORE_TEXT: Final = 9
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
    answer = _ask(connection, unit, bytes((_READ_HOLDING_REGISTERS, *address.to_bytes(2), *count.to_bytes(2))))
    if len(answer) != 2 + 2 * count:
        raise ModbusError("the answer does not fit the request")
    return answer[2:]


def read_model(connection: socket.socket, unit: int) -> str:
    """What a unit id says that it is a model of (function code 43/14, object 5).

    Raises:
        ModbusError: it does not say, or answers with something that is no Modbus answer.
        OSError: the connection fails.
    """
    answer = _ask(connection, unit, bytes((_IDENTIFICATION, _MEI, _ONE_OBJECT, _MODEL)))
    return answer[_BEFORE_TEXT:].decode("ascii", "replace")


def _ask(connection: socket.socket, unit: int, pdu: bytes) -> bytes:
    connection.sendall(b"\0\1\0\0" + (len(pdu) + 1).to_bytes(2) + bytes((unit,)) + pdu)
    header = _receive(connection, _MBAP_OCTETS)
    length = int.from_bytes(header[4:6])
    if header[:4] != b"\0\1\0\0" or not 3 <= length <= 254:
        raise ModbusError("the answer is not Modbus TCP")
    answer = _receive(connection, length - 1)
    if answer[0] == pdu[0] | 0x80:
        raise ModbusError(f"the server refuses with exception code 0x{answer[1]:02X}", code=answer[1])
    if answer[0] != pdu[0]:
        raise ModbusError("the answer does not fit the request")
    return answer


def _receive(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        octets = connection.recv(size - len(received))
        if not octets:
            raise ModbusError("the server closed the connection")
        received += octets
    return received
