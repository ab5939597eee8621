"""What is relied on in pymodbus beyond its documented interface: fails when an upgrade changes it."""

from __future__ import annotations

import inspect
import logging

import pymodbus
import pytest
from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU
from pymodbus.pdu.mei_message import ReadDeviceInformationResponse
from pymodbus.pdu.register_message import (
    MaskWriteRegisterRequest,
    ReadHoldingRegistersRequest,
    ReadInputRegistersRequest,
    ReadWriteMultipleRegistersRequest,
    WriteMultipleRegistersRequest,
)
from pymodbus.server import ModbusTcpServer
from pymodbus.server.requesthandler import ServerRequestHandler
from pymodbus.transport import ModbusProtocol


def test_version_is_the_one_that_was_examined() -> None:
    assert pymodbus.__version__.startswith("3.16.")


def test_server_asks_callback_new_connection_for_its_connections() -> None:
    assert "self.callback_new_connection()" in inspect.getsource(ModbusProtocol.handle_new_connection)
    assert "callback_new_connection" in vars(ModbusTcpServer.__mro__[1])


def test_server_listens_by_calling_call_create() -> None:
    assert "await self.call_create()" in inspect.getsource(ModbusProtocol.listen)


def test_request_handler_is_built_from_server_and_three_traces() -> None:
    assert list(inspect.signature(ServerRequestHandler).parameters) == [
        "owner",
        "trace_packet",
        "trace_pdu",
        "trace_connect",
    ]


@pytest.mark.parametrize("name", ["connection_made", "connection_lost", "data_received", "eof_received"])
def test_request_handler_is_a_protocol_of_asyncio(name: str) -> None:
    assert callable(getattr(ServerRequestHandler, name))


def test_request_classes_have_the_fields_that_are_read() -> None:
    decode = DecodePDU(True).decode
    read = decode(bytes.fromhex("03 0001 0002"))
    assert isinstance(read, ReadHoldingRegistersRequest)
    assert (read.address, read.count) == (1, 2)
    assert isinstance(decode(bytes.fromhex("04 0001 0002")), ReadInputRegistersRequest)
    assert issubclass(ReadInputRegistersRequest, ReadHoldingRegistersRequest)
    write = decode(bytes.fromhex("10 0001 0002 04 0003 0004"))
    assert isinstance(write, WriteMultipleRegistersRequest)
    assert (write.address, write.count, write.registers) == (1, 2, [3, 4])
    mask = decode(bytes.fromhex("16 0001 0002 0003"))
    assert isinstance(mask, MaskWriteRegisterRequest)
    assert (mask.address, mask.and_mask, mask.or_mask) == (1, 2, 3)
    both = decode(bytes.fromhex("17 0001 0002 0003 0001 02 0004"))
    assert isinstance(both, ReadWriteMultipleRegistersRequest)
    assert (both.read_address, both.read_count, both.write_address, both.write_count) == (1, 2, 3, 1)
    assert both.write_registers == [4]


def test_reads_of_a_wrong_count_are_not_decoded() -> None:
    assert DecodePDU(True).decode(bytes.fromhex("03 0001 0000")) is None
    assert DecodePDU(True).decode(bytes.fromhex("03 0001 007e")) is None


def test_framers_build_whole_frames() -> None:
    pdu = bytes.fromhex("03 04 00 00 09 56")

    assert FramerSocket(DecodePDU(True)).encode(pdu, 1, 0x1234) == bytes.fromhex("1234 0000 0007 01") + pdu
    assert FramerRTU(DecodePDU(True)).encode(pdu, 1, 0) == bytes.fromhex("01 03 04 00 00 09 56 7C 5D")


def test_identification_is_encoded_object_by_object() -> None:
    response = ReadDeviceInformationResponse(1, {0: "ab"})
    response.conformity = 0x82

    assert response.encode() == bytes.fromhex("0e 01 82 00 00 01 00 02") + b"ab"


def test_pymodbus_does_not_log_what_clients_send(caplog: pytest.LogCaptureFixture) -> None:
    import han2x.modbus_server  # noqa: F401  # silences it

    with caplog.at_level(logging.DEBUG):
        DecodePDU(True).decode(b"\x03")

    assert not caplog.records
