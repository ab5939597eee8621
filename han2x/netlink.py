"""What the Linux kernel tells over netlink(7): questions whose reply is a list of messages."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from typing import Final

# linux/netlink.h
_ERROR: Final = 2
_DONE: Final = 3
_REQUEST_DUMP: Final = 0x301
_HEADER: Final = 16
_RECEIVE_OCTETS: Final = 65536
_WITHIN_S: Final = 2.0

Message = tuple[int, bytes]
"""Its type, and what follows its header."""


def dump(protocol: int, kind: int, body: bytes) -> list[Message]:
    """Ask the part of the kernel with this netlink protocol for everything that a message of this type is about.

    Raises:
        OSError: the kernel does not tell.
    """
    found: list[Message] = []
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol) as kernel:
        kernel.settimeout(_WITHIN_S)
        kernel.send(struct.pack("=IHHII", _HEADER + len(body), kind, _REQUEST_DUMP, 1, 0) + body)
        while True:
            part, more = messages(kernel.recv(_RECEIVE_OCTETS))
            found += part
            if not more:
                return found


def messages(octets: bytes) -> tuple[list[Message], bool]:
    """The messages of one part of a reply, and whether more is to come.

    Raises:
        OSError: the reply is an error.
    """
    found: list[Message] = []
    while len(octets) >= _HEADER:
        length, kind = struct.unpack_from("=IH", octets)
        if kind == _DONE:
            return found, False
        if kind == _ERROR or length < _HEADER:
            raise OSError(-struct.unpack_from("=i", octets.ljust(20, b"\0"), 16)[0], "netlink")
        found.append((kind, octets[_HEADER:length]))
        octets = octets[_aligned(length) :]
    return found, True


def attributes(octets: bytes) -> Iterator[Message]:
    """The attributes that follow a message's fixed part."""
    while len(octets) >= 4:
        length, kind = struct.unpack_from("=HH", octets)
        if length < 4:
            return
        yield kind, octets[4:length]
        octets = octets[_aligned(length) :]


def _aligned(length: int) -> int:
    return (length + 3) & ~3
