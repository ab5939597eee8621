"""Modbus frames out of the octets of a connection."""

from __future__ import annotations

import struct
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from han2x.modbus_server.framing import (
    BrokenStreamError,
    Frame,
    Framing,
    build_frame,
    framing_of,
    next_mbap,
    next_rtu,
)
from han2x.modbus_server.requests import FUNCTIONS

from .frames import mbap, rtu

OWN_UNITS = (0, 1, 2, 247, 255)
READ_PDU = bytes.fromhex("03 0000 0002")
PDUS = {
    "read": READ_PDU,
    "read all": bytes.fromhex("03 0000 0032"),
    "read input": bytes.fromhex("04 0000 0002"),
    "write single": bytes.fromhex("06 002c 0001"),
    "write multiple": bytes.fromhex("10 002c 0002 04 0000 03e8"),
    "mask write": bytes.fromhex("16 002c 00f2 0025"),
    "read and write": bytes.fromhex("17 0000 0002 002c 0001 02 0001"),
    "identification": bytes.fromhex("2b 0e 01 00"),
}


def test_mbap_frame_is_taken_apart() -> None:
    assert next_mbap(mbap(READ_PDU, 0x1234, 7), 0) == Frame(0x1234, 7, READ_PDU, 12)


def test_rtu_frame_of_the_product_document_is_taken_apart() -> None:
    frame = bytes.fromhex("01 03 00 0E 00 02 A5 C8")

    assert next_rtu(frame, 0) == Frame(0, 1, bytes.fromhex("03 00 0E 00 02"), 8)


def test_rtu_frame_of_the_product_document_is_built() -> None:
    pdu = bytes.fromhex("03 04 00 00 09 56")

    assert build_frame(Framing.RTU, 0, 1, pdu) == bytes.fromhex("01 03 04 00 00 09 56 7C 5D")


@given(st.integers(0, 0xFFFF), st.integers(0, 255), st.binary(min_size=1, max_size=253))
def test_frames_are_built_as_the_documents_say(transaction: int, unit: int, pdu: bytes) -> None:
    assert build_frame(Framing.MBAP, transaction, unit, pdu) == mbap(pdu, transaction, unit)
    assert build_frame(Framing.RTU, transaction, unit, pdu) == rtu(pdu, unit)


@pytest.mark.parametrize("length", [0, 1, 255, 256, 300, 65535])
def test_impossible_mbap_length_breaks_the_stream(length: int) -> None:
    with pytest.raises(BrokenStreamError, match=f"length is {length}, allowed are 2 to 254"):
        next_mbap(mbap(READ_PDU, length=length), 0)


@pytest.mark.parametrize("length", [2, 254])
def test_smallest_and_largest_mbap_length_are_taken(length: int) -> None:
    frame = next_mbap(mbap(bytes(length - 1)), 0)

    assert frame is not None
    assert len(frame.pdu) == length - 1


def test_protocol_id_that_is_not_modbus_breaks_the_stream() -> None:
    with pytest.raises(BrokenStreamError, match="protocol id is 0100, not 0000"):
        next_mbap(mbap(READ_PDU, protocol=0x100), 0)


@pytest.mark.parametrize("pdu", PDUS.values(), ids=list(PDUS))
def test_no_mbap_frame_is_found_before_its_last_octet(pdu: bytes) -> None:
    whole = mbap(pdu)

    assert [next_mbap(part, 0) for part in accumulate(bytes([octet]) for octet in whole[:-1])] == [None] * (
        len(whole) - 1
    )


@pytest.mark.parametrize("pdu", PDUS.values(), ids=list(PDUS))
def test_no_rtu_frame_is_found_before_its_last_octet(pdu: bytes) -> None:
    whole = rtu(pdu)

    assert [next_rtu(whole[:end], 0) for end in range(len(whole))] == [None] * len(whole)
    assert next_rtu(whole, 0) == Frame(0, 1, pdu, len(whole))


def test_wrong_crc_breaks_the_stream() -> None:
    with pytest.raises(BrokenStreamError, match="wrong CRC"):
        next_rtu(bytes.fromhex("01 03 00 0E 00 02 A5 C9"), 0)


def test_rtu_frame_longer_than_the_document_allows_breaks_the_stream() -> None:
    with pytest.raises(BrokenStreamError, match="RTU frame of 257 octets, allowed are 256"):
        next_rtu(bytes.fromhex("01 10 0000 007c f8"), 0)


@pytest.mark.parametrize("unit", OWN_UNITS)
@pytest.mark.parametrize("pdu", PDUS.values(), ids=list(PDUS))
def test_first_mbap_frame_is_taken_for_mbap_whatever_its_transaction_id(pdu: bytes, unit: int) -> None:
    """The transaction id stands where RTU has unit and function code: only known codes there could mislead."""
    codes = (1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 15, 16, 17, 22, 23, 24, 43, 99)
    frames = (mbap(pdu, rtu_unit << 8 | code, unit) for rtu_unit in range(256) for code in codes)

    assert all(framing_of(frame, FUNCTIONS) is Framing.MBAP for frame in frames)


@pytest.mark.parametrize("unit", OWN_UNITS)
@pytest.mark.parametrize("pdu", PDUS.values(), ids=list(PDUS))
def test_first_mbap_frame_that_comes_octet_by_octet_is_never_taken_for_rtu(pdu: bytes, unit: int) -> None:
    for transaction in (*range(0x300), *range(0x1000, 0x1020), 0x0103, 0x0110, 0x0117, 0xFF03):
        frame = mbap(pdu, transaction, unit)
        found = [framing_of(frame[:end], FUNCTIONS) for end in range(len(frame) + 1)]

        assert Framing.RTU not in found
        assert found[-1] is Framing.MBAP


@pytest.mark.parametrize("unit", OWN_UNITS)
@pytest.mark.parametrize("pdu", PDUS.values(), ids=list(PDUS))
def test_first_rtu_frame_is_taken_for_rtu(pdu: bytes, unit: int) -> None:
    assert framing_of(rtu(pdu, unit), FUNCTIONS) is Framing.RTU


def test_rtu_read_of_any_registers_is_taken_for_rtu() -> None:
    """Reads from address 0 look like an MBAP header with a length of as many octets as registers are read."""
    frames = (
        rtu(struct.pack(">BHH", 3, address, count), unit)
        for unit in OWN_UNITS
        for address in range(50)
        for count in range(1, 51 - address)
    )

    assert all(framing_of(frame, FUNCTIONS) is Framing.RTU for frame in frames)


@pytest.mark.parametrize(
    "octets",
    [
        b"GET / HTTP/1.1\r\n",
        bytes.fromhex("16030100f1010000ed0303"),
        mbap(READ_PDU, protocol=1),
        mbap(READ_PDU, 0x0010, unit=7, protocol=1),
        mbap(READ_PDU, 0x0103, length=0),
        bytes.fromhex("01 03 00 0E 00 02 A5 C9"),
        bytes.fromhex("01 63 00 0E 00 02 A5 C9"),
    ],
    ids=["HTTP", "TLS", "protocol id", "like a write", "length", "CRC", "function code"],
)
def test_first_octets_that_are_neither_break_the_stream(octets: bytes) -> None:
    with pytest.raises(BrokenStreamError):
        framing_of(octets, FUNCTIONS)


@given(st.binary(max_size=600))
def test_any_octets_are_waited_for_decided_or_broken(octets: bytes) -> None:
    try:
        framing = framing_of(octets, FUNCTIONS)
    except BrokenStreamError:
        return

    assert framing is not None or len(octets) <= 260
    following = next_mbap if framing is Framing.MBAP else next_rtu
    try:
        frame = following(octets, 0)
    except BrokenStreamError:
        return
    assert frame is None or 0 < frame.end <= len(octets)


@given(st.lists(st.sampled_from(list(PDUS.values())), max_size=5), st.data())
def test_frames_come_out_whatever_the_chunks_they_came_in(pdus: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(mbap(pdu, transaction) for transaction, pdu in enumerate(pdus))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    buffer, found = b"", []
    for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        buffer += stream[begin:end]
        while frame := next_mbap(buffer, 0):
            found.append((frame.transaction, frame.pdu))
            buffer = buffer[frame.end :]

    assert found == list(enumerate(pdus))
    assert buffer == b""
