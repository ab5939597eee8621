"""Who has a port is told, as far as it can be seen, and nothing that is not so."""

from __future__ import annotations

import errno
import os
import pwd
import socket
import struct
import sys
from pathlib import Path

import pytest

from han2x import netlink, port_holders
from han2x.listeners import ListenerFault
from han2x.modbus_server import is_here
from han2x.port_holders import PortHolder, port_holder
from han2x.processes import Holder, command
from han2x.sockets import why_not
from tests.ports import free_port

TCP, UDP = socket.SOCK_STREAM, socket.SOCK_DGRAM
TAKEN = OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
IPV6 = is_here("::1")
USER = pwd.getpwuid(os.geteuid()).pw_name

pytestmark = pytest.mark.enable_socket


def ourselves() -> PortHolder:
    return PortHolder(USER, None, command(os.getpid()), os.getpid())


def bound(kind: socket.SocketKind = TCP, host: str = "127.0.0.1") -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
    if ":" in host:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    made.bind((host, 0))
    if kind is TCP:
        made.listen()
    return made


@pytest.mark.parametrize("kind", [TCP, UDP])
@pytest.mark.parametrize("wanted", ["127.0.0.1", "*", "", "localhost"])
def test_the_program_that_has_a_port_is_found(
    kind: socket.SocketKind, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(port_holders, "_service", lambda _: None)  # the tests may run in a service themselves
    with bound(kind) as taken:
        assert port_holder(wanted, taken.getsockname()[1], kind) == ourselves()
        other = UDP if kind is TCP else TCP
        assert port_holder(wanted, taken.getsockname()[1], other) is None


def test_who_has_the_port_on_another_address_is_not_blamed() -> None:
    with bound(host="127.0.0.2") as elsewhere:
        assert port_holder("127.0.0.1", elsewhere.getsockname()[1]) is None


@pytest.mark.skipif(not IPV6, reason="this computer has no IPv6 address ::1")
def test_who_has_the_port_for_ipv6_alone_is_not_blamed_for_ipv4() -> None:
    with bound(host="::") as elsewhere:
        port = elsewhere.getsockname()[1]
        assert port_holder("127.0.0.1", port) is None
        assert port_holder("::1", port) is not None


def test_a_port_that_nobody_has_and_a_host_that_is_no_address_have_no_holder() -> None:
    assert port_holder("127.0.0.1", free_port()) is None
    with bound() as taken:
        assert port_holder("no-address", taken.getsockname()[1]) is None


def reply(*parts: tuple[int, bytes], uid: int = 12345) -> bytes:
    """An inet_diag_msg of a socket that listens on 0.0.0.0:502, with attributes."""
    head = (
        struct.pack("=BBBB", socket.AF_INET, 10, 0, 0)
        + struct.pack("!H46x", 502)
        + struct.pack("=IIIII", 0, 0, 0, uid, 7)
    )
    more = b"".join(
        (struct.pack("=HH", 4 + len(each), kind) + each).ljust((len(each) + 7) & ~3, b"\0") for kind, each in parts
    )
    return head + more


@pytest.fixture
def unseen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """What a service in its sandbox sees: the kernel's word for a socket, the control groups, and no open files."""
    service, login = tmp_path / "system.slice" / "mbusd.service", tmp_path / "user.slice" / "session-3.scope"
    service.mkdir(parents=True)
    login.mkdir(parents=True)
    monkeypatch.setattr(port_holders, "CGROUPS", (tmp_path,))
    monkeypatch.setattr(port_holders, "holders", lambda _: [])
    return tmp_path


def listening_in(group: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = group.stat().st_ino.to_bytes(8, sys.byteorder)
    told = {socket.AF_INET: [(20, reply((21, number)))], socket.AF_INET6: []}
    monkeypatch.setattr(netlink, "dump", lambda _protocol, _kind, body: told[body[0]])


async def test_a_service_whose_process_is_not_seen_is_named(unseen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listening_in(unseen / "system.slice" / "mbusd.service", monkeypatch)

    fault = await why_not(TAKEN, "*:502", "*", 502)

    assert fault == ListenerFault("port-held-by-service", service="mbusd.service", place="*:502", errno="EADDRINUSE")
    assert "sudo systemctl disable --now mbusd.service" in str(fault)


async def test_of_a_login_s_program_that_is_not_seen_the_user_is_told(
    unseen: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening_in(unseen / "user.slice" / "session-3.scope", monkeypatch)

    fault = await why_not(TAKEN, "*:502", "*", 502)

    assert (fault.code, fault.values["user"]) == ("port-held-by-user", "12345")
    assert "sudo ss -ltnp shows which" in str(fault)


async def test_a_service_whose_process_is_seen_is_named_with_it(unseen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listening_in(unseen / "system.slice" / "mbusd.service", monkeypatch)
    monkeypatch.setattr(port_holders, "holders", lambda _: [Holder("mbusd", 812)])

    assert "*:502: mbusd.service (process 812) has this port" in str(await why_not(TAKEN, "*:502", "*", 502))


async def test_where_the_kernel_does_not_tell_it_is_said_how_to_find_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object) -> list[netlink.Message]:
        raise OSError(errno.ENOENT, "netlink")

    monkeypatch.setattr(netlink, "dump", silent)

    fault = await why_not(TAKEN, "*:5353", "*", 5353, UDP)

    assert fault == ListenerFault("port-held-unseen", command="ss -lunp", place="*:5353", errno="EADDRINUSE")
