"""Who has a TCP or UDP port of this computer.

Who is not root sees neither the open files nor, in the service's sandbox, the processes of others. The kernel tells
everybody the user and the control group of each socket, though (sock_diag(7)), and systemd gives each service a control
group of its name.
"""

from __future__ import annotations

import os
import pwd
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Final

from han2x import netlink
from han2x.processes import holders

CGROUPS: Final = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))
"""Where control groups of version 2 are, the second where those of version 1 are there too."""
_MOST_GROUPS: Final = 2000

# linux/sock_diag.h, linux/inet_diag.h, net/tcp_states.h
_SOCK_DIAG: Final = 4
_BY_FAMILY: Final = 20
_CLOSE: Final = 1 << 7
_LISTEN: Final = 1 << 10
_V6ONLY: Final = 11
_CGROUP: Final = 21
_FIXED: Final = 72


@dataclass(frozen=True, slots=True)
class PortHolder:
    """A program that has a port. `user` is whose it is; `service` is systemd's name for it, `program` its own and
    `process` its number, each None where that cannot be seen.
    """

    user: str
    service: str | None = None
    program: str | None = None
    process: int | None = None


@dataclass(frozen=True, slots=True)
class _Bound:
    address: IPv4Address | IPv6Address
    inode: int
    uid: int
    cgroup: int
    only_v6: bool

    def bars(self, host: str) -> bool:
        """Whether nobody else can have the same port at this address; "" and "*" are all addresses."""
        if host in ("", "*") or host == "localhost":
            return True
        wanted = ip_address(host.strip("[]").partition("%")[0])
        if self.address == wanted:
            return True
        same_family = self.address.version == wanted.version
        return self.address.is_unspecified and (same_family or (self.address.version == 6 and not self.only_v6))


def port_holder(host: str, port: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> PortHolder | None:
    """The program because of which nobody can listen there; None when it cannot be seen, or there are several.

    It takes some milliseconds.
    """
    try:
        bound = [each for each in _bound_to(port, kind) if each.bars(host)]
    except (OSError, ValueError):  # a kernel that does not tell, or a name for an address
        return None
    found = {_holder(each) for each in bound}
    return found.pop() if len(found) == 1 else None


def _bound_to(port: int, kind: socket.SocketKind) -> Iterator[_Bound]:
    protocol, states = (socket.IPPROTO_TCP, _LISTEN) if kind is socket.SOCK_STREAM else (socket.IPPROTO_UDP, _CLOSE)
    for family in (socket.AF_INET, socket.AF_INET6):
        request = struct.pack("=BBBBI48x", family, protocol, 0, 0, states)
        for kept, message in netlink.dump(_SOCK_DIAG, _BY_FAMILY, request):
            if kept == _BY_FAMILY and len(message) >= _FIXED and struct.unpack_from("!H", message, 4)[0] == port:
                yield _bound(message)


def _bound(message: bytes) -> _Bound:
    """An inet_diag_msg and its attributes."""
    size = 4 if message[0] == socket.AF_INET else 16
    uid, inode = struct.unpack_from("=II", message, 64)
    more = dict(netlink.attributes(message[_FIXED:]))
    cgroup = int.from_bytes(more.get(_CGROUP, b""), sys.byteorder)
    return _Bound(ip_address(message[8 : 8 + size]), inode, uid, cgroup, any(more.get(_V6ONLY, b"")))


def _holder(bound: _Bound) -> PortHolder:
    user = str(bound.uid)
    with suppress(KeyError):
        user = pwd.getpwuid(bound.uid).pw_name
    seen = holders(f"socket:[{bound.inode}]") if bound.inode else []
    service = _service(bound.cgroup)
    if seen:
        return PortHolder(user, service, seen[0].program, seen[0].process)
    return PortHolder(user, service)


def _service(cgroup: int) -> str | None:
    """The service whose control group has this number; None for a login's and others, and where there is none."""
    if cgroup <= 1:
        return None
    seen = 0
    for root in CGROUPS:
        for folder, _, _ in os.walk(root):
            seen += 1
            with suppress(OSError):
                if Path(folder).stat().st_ino == cgroup:
                    return Path(folder).name if folder.endswith(".service") else None
            if seen > _MOST_GROUPS:
                return None
    return None
