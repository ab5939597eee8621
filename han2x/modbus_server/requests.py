"""One request PDU in, one response PDU out ("MODBUS Application Protocol Specification V1.1b3", section 6)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pymodbus.constants import DeviceInformation, ExcCodes
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.mei_message import ReadDeviceInformationRequest, ReadDeviceInformationResponse
from pymodbus.pdu.register_message import (
    MaskWriteRegisterRequest,
    ReadHoldingRegistersRequest,
    ReadWriteMultipleRegistersRequest,
    WriteMultipleRegistersRequest,
    WriteSingleRegisterRequest,
)

from han2x.addresses import network_of
from han2x.audit import Actor, ActorKind, acting
from han2x.modbus_server.limits import Limits, Writers
from han2x.modbus_server.shares import WriteShares

log = logging.getLogger("han2x.modbus")

# pymodbus would log what clients send, a line a request.
logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)

WRITES = frozenset((6, 16, 22, 23))
FUNCTIONS = frozenset((3, 4, 43)) | WRITES
"""The function codes that are served; every other one is exception 01."""

READS = frozenset((3, 4))
READ_REQUEST_SIZE = 12
"""Octets of a read request in MBAP."""
SOMEBODY = Actor(ActorKind.MODBUS)
MAX_KNOWN_READS = 512
MAX_READ = 125
MAX_WRITE = 123
MAX_READ_WRITE = 121
_CONFORMITY = 0x82  # regular identification, as a stream and object by object
_MEI_DEVICE_IDENTIFICATION = 0x0E
_MAX_OBJECT = 128


class Device(Protocol):
    """The registers behind one unit id, by PDU address (register number − 40001). No call blocks.

    A request is refused with a Modbus exception code, such as 2 for an address that does not exist, 3 for a value that
    is not accepted, 0x0B while the source of the values is silent.
    """

    def read(self, address: int, count: int) -> bytes | int:
        """The registers as `count` big-endian words, all of one moment, or an exception code."""

    def write(self, address: int, words: Sequence[int]) -> int | asyncio.Future[None] | None:
        """Write all the words or none, for whoever `han2x.audit.acting` names; an exception code says why not.

        A future, which is never cancelled, says that the client is to be answered when it ends.
        """


@dataclass(frozen=True, slots=True)
class Identity:
    """What function code 43/14 reports about a unit (section 6.21); texts of at most 128 ASCII characters."""

    vendor: str
    product_code: str
    version: str
    url: str = ""
    product_name: str = ""
    model: str = ""
    meter: str = ""

    def objects(self) -> dict[int, str]:
        """The texts by object id; optional ones that are empty are left out."""
        texts = (
            self.vendor,
            self.product_code,
            self.version,
            self.url,
            self.product_name,
            self.model,
            self.meter,
        )
        return {
            number: text.encode("ascii", "replace")[:_MAX_OBJECT].decode()
            for number, text in enumerate(texts)
            if text or number < 3
        }


KnownRead = tuple[int, Callable[[int, int], bytes | int], int, int, bytes]
"""Unit id, the device's `read`, address, count, and the response between transaction id and words."""


class Refused(Exception):  # noqa: N818  # a response, not an error
    """The response to the request is this exception code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Answerer:
    """Answers requests with the devices' registers, within the limits."""

    def __init__(
        self,
        units: Mapping[int, Device],
        identity: Callable[[int], Identity],
        limits: Limits,
        clock: Callable[[], float],
    ) -> None:
        self._identity = identity
        self._clock = clock
        self._read_only = False
        self._shares = WriteShares(limits.writes_per_minute, clock())
        self._decoder = DecodePDU(is_server=True)
        self.known_reads: dict[bytes, KnownRead] = {}
        self._kept: asyncio.Future[None] | None = None
        self.serve(units)
        self.set_limits(limits)

    def serve(self, units: Mapping[int, Device]) -> None:
        """Answer from these devices from now on.

        Raises:
            ValueError: there is no unit, or an id is not one of 0 to 255.
        """
        if not units or not all(0 <= unit <= 255 for unit in units):
            raise ValueError(f"unit ids are {sorted(units)}, needed are one or more of 0 to 255")
        self._own_units = tuple(units)
        first = units[self._own_units[0]]
        self.units = {0: first, 255: first, **units}
        self.known_reads.clear()

    def take_kept(self) -> asyncio.Future[None] | None:
        """What the last answer has to wait for, if it is to be sent only when what was written is kept."""
        kept, self._kept = self._kept, None
        return kept

    def set_limits(self, limits: Limits) -> None:
        """Use other limits from now on."""
        self._read_only = limits.read_only or limits.write is Writers.NOBODY
        self._shares.change(limits.writes_per_minute, self._clock())

    def remember_read(self, unit: int, pdu: bytes, answer: bytes) -> None:
        """Keep what is needed to answer this read again, keyed by the octets that follow the transaction id.

        Clients repeat the same few reads over and over: recognizing one is cheaper than decoding it.
        """
        if len(self.known_reads) >= MAX_KNOWN_READS:
            self.known_reads.clear()
        address, count = int.from_bytes(pdu[1:3], "big"), int.from_bytes(pdu[3:5], "big")
        asked = b"\0\0\0\x06" + bytes((unit,)) + pdu
        self.known_reads[asked] = unit, self.units[unit].read, address, count, answer[2 : -2 * count]

    def answer(self, unit: int, pdu: bytes, *, may_write: bool = True, client: Actor = SOMEBODY) -> bytes:
        """The response to one request of this client, which may be an exception."""
        if pdu[0] not in WRITES:
            return self._outcome(unit, pdu, may_write)
        before = acting.set(client)
        try:
            return self._outcome(unit, pdu, may_write)
        finally:
            acting.reset(before)

    def _outcome(self, unit: int, pdu: bytes, may_write: bool) -> bytes:
        try:
            return self._answer(unit, pdu, may_write)
        except Refused as refused:
            code = refused.code
        except Exception:
            log.exception("unit %d: cannot answer request %s", unit, pdu.hex())
            code = ExcCodes.DEVICE_FAILURE
        return bytes((pdu[0] | 0x80, code))

    def _answer(self, unit: int, pdu: bytes, may_write: bool) -> bytes:
        device = self.units.get(unit)
        if device is None:
            raise Refused(ExcCodes.GATEWAY_NO_RESPONSE)
        function = pdu[0]
        if function not in FUNCTIONS or (function == 43 and pdu[1:2] not in {b"", b"\x0e"}):
            raise Refused(ExcCodes.ILLEGAL_FUNCTION)
        if function in WRITES and (self._read_only or not may_write):
            raise Refused(ExcCodes.ILLEGAL_FUNCTION)
        if len(pdu) != _length(pdu):
            raise Refused(ExcCodes.ILLEGAL_VALUE)
        request = self._decoder.decode(pdu)
        if request is None:
            raise Refused(ExcCodes.ILLEGAL_VALUE)
        return self._execute(unit, device, pdu, request)

    def _execute(self, unit: int, device: Device, pdu: bytes, request: ModbusPDU) -> bytes:
        match request:
            case ReadHoldingRegistersRequest():  # its subclass reads input registers
                return _registers(pdu[0], _read(device, request.address, request.count, MAX_READ))
            case WriteSingleRegisterRequest():
                self._write(device, request.address, request.registers)
                return pdu
            case WriteMultipleRegistersRequest():
                _count(request.count, len(request.registers), MAX_WRITE)
                self._write(device, request.address, request.registers)
                return pdu[:5]
            case MaskWriteRegisterRequest():
                old = int.from_bytes(_read(device, request.address, 1, 1), "big")
                new = (old & request.and_mask) | (request.or_mask & ~request.and_mask & 0xFFFF)
                self._write(device, request.address, [new])
                return pdu
            case ReadWriteMultipleRegistersRequest():
                return self._read_write(device, request)
            case ReadDeviceInformationRequest():
                return _identification(self._identity(unit if unit in self._own_units else self._own_units[0]), request)
        raise Refused(ExcCodes.ILLEGAL_FUNCTION)

    def _read_write(self, device: Device, request: ReadWriteMultipleRegistersRequest) -> bytes:
        _count(request.write_count, len(request.write_registers), MAX_READ_WRITE)
        # A read that will be refused must not leave a write behind, though the write is done first (section 6.17).
        _read(device, request.read_address, request.read_count, MAX_READ)
        self._write(device, request.write_address, request.write_registers)
        return _registers(23, _read(device, request.read_address, request.read_count, MAX_READ))

    def _write(self, device: Device, address: int, words: Sequence[int]) -> None:
        host, now = network_of(acting.get().address), self._clock()
        if not self._shares.available(host, now):
            raise Refused(ExcCodes.DEVICE_BUSY)
        outcome = device.write(address, words)
        if isinstance(outcome, asyncio.Future):
            self._kept = outcome
        elif outcome is not None:
            raise Refused(outcome)
        self._shares.take(host, now)


def _length(pdu: bytes) -> int:
    """How long a PDU with this beginning must be."""
    match pdu[0]:
        case 3 | 4 | 6:
            return 5
        case 16:
            return 6 + pdu[5] if len(pdu) > 5 else 6
        case 22:
            return 7
        case 23:
            return 10 + pdu[9] if len(pdu) > 9 else 10
        case _:
            return 4


def _count(count: int, given: int, most: int) -> None:
    if not 1 <= count <= most or count != given:
        raise Refused(ExcCodes.ILLEGAL_VALUE)


def _read(device: Device, address: int, count: int, most: int) -> bytes:
    _count(count, count, most)
    words = device.read(address, count)
    if isinstance(words, int):
        raise Refused(words)
    return words


def _registers(function: int, words: bytes) -> bytes:
    return bytes((function, len(words))) + words


def _identification(identity: Identity, request: ReadDeviceInformationRequest) -> bytes:
    """The response to 43/14 (section 6.21): one object, or a stream of them from the requested one on."""
    objects, first = identity.objects(), request.object_id
    match request.read_code:
        case DeviceInformation.SPECIFIC:
            if first not in objects:
                raise Refused(ExcCodes.ILLEGAL_ADDRESS)
            reported = {first: objects[first]}
        case DeviceInformation.BASIC | DeviceInformation.REGULAR | DeviceInformation.EXTENDED:
            last = 2 if request.read_code == DeviceInformation.BASIC else 6
            stream = {number: text for number, text in objects.items() if number <= last}
            reported = {number: text for number, text in stream.items() if number >= first or first not in stream}
        case _:
            raise Refused(ExcCodes.ILLEGAL_VALUE)
    response = ReadDeviceInformationResponse(request.read_code, reported)
    response.conformity = _CONFORMITY
    return b"\x2b" + response.encode()
