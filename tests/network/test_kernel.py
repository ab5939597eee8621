from __future__ import annotations

import socket
import struct
from ipaddress import IPv4Address, ip_interface
from pathlib import Path

import pytest

from han2x import netlink
from han2x.network import InterfaceKind, kernel
from han2x.network.kernel import Address, addresses_of, read_gateways, read_name_servers


def attribute(kind: int, octets: bytes) -> bytes:
    return (struct.pack("=HH", len(octets) + 4, kind) + octets).ljust((len(octets) + 7) & ~3, b"\0")


def message(kind: int, body: bytes) -> bytes:
    return struct.pack("=IHHII", len(body) + 16, kind, 2, 1, 0) + body


def new_address(index: int, address: str, flags: int = 0x80, *more: bytes, local: str = "") -> bytes:
    interface = ip_interface(address)
    family = socket.AF_INET if interface.version == 4 else socket.AF_INET6
    parts = [attribute(1, interface.ip.packed), attribute(8, struct.pack("=I", flags)), *more]
    if local:
        parts.append(attribute(2, ip_interface(local).ip.packed))
    head = struct.pack("=BBBBI", family, interface.network.prefixlen, flags & 0xFF, 0, index)
    return message(20, head + b"".join(parts))


DONE = message(3, bytes(4))


def parse_addresses(answer: bytes) -> tuple[list[Address], bool]:
    told, more = netlink.messages(answer)
    return addresses_of(told), more


def test_addresses_of_both_kinds_are_read() -> None:
    answer = new_address(2, "192.168.77.30/24") + new_address(2, "fe80::1/64") + DONE

    assert parse_addresses(answer) == (
        [Address(2, ip_interface("192.168.77.30/24"), True), Address(2, ip_interface("fe80::1/64"), True)],
        False,
    )


def test_an_answer_may_come_in_parts() -> None:
    assert parse_addresses(new_address(2, "10.0.0.1/8")) == ([Address(2, ip_interface("10.0.0.1/8"), True)], True)


@pytest.mark.parametrize("flag", [0x40, 0x08])
def test_an_address_still_asked_for_or_found_taken_is_not_usable(flag: int) -> None:
    ((address,), _) = parse_addresses(new_address(2, "fe80::1/64", 0x80 | flag))

    assert not address.usable


def test_on_a_point_to_point_link_our_own_end_is_told() -> None:
    ((address,), _) = parse_addresses(new_address(2, "10.0.0.2/32", local="10.0.0.1/32"))

    assert address.address == ip_interface("10.0.0.1/32")


def test_other_messages_and_addresses_are_passed_over() -> None:
    odd = message(20, struct.pack("=BBBBI", socket.AF_INET, 24, 0, 0, 2) + attribute(1, b"abc"))
    none = message(20, struct.pack("=BBBBI", socket.AF_INET, 24, 0, 0, 2))

    assert parse_addresses(message(16, bytes(32)) + odd + none + DONE) == ([], False)


@pytest.mark.parametrize("answer", [message(2, struct.pack("=i", -1) + bytes(16)), message(2, b""), bytes(16)])
def test_an_error_or_nonsense_for_an_answer_is_an_os_error(answer: bytes) -> None:
    with pytest.raises(OSError, match="netlink"):
        parse_addresses(answer)


def test_an_attribute_cut_short_ends_the_message() -> None:
    body = struct.pack("=BBBBI", socket.AF_INET, 24, 0, 0, 2) + struct.pack("=HH", 2, 1)

    assert parse_addresses(message(20, body) + DONE) == ([], False)


def test_the_default_gateway_with_the_least_metric_is_told(tmp_path: Path) -> None:
    def word(address: str) -> str:
        return f"{struct.unpack('=I', IPv4Address(address).packed)[0]:08X}"

    nowhere = word("0.0.0.0")
    (tmp_path / "route").write_text(
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
        f"eth0\t{nowhere}\t{word('192.168.77.9')}\t0003\t0\t0\t200\t{nowhere}\t0\t0\t0\n"
        f"eth0\t{nowhere}\t{word('192.168.77.1')}\t0003\t0\t0\t100\t{nowhere}\t0\t0\t0\n"
        f"eth0\t{word('192.168.77.0')}\t{nowhere}\t0001\t0\t0\t100\t{word('255.255.255.0')}\t0\t0\t0\n"
        f"wlan0\t{word('10.0.0.0')}\t{word('10.9.9.9')}\t0003\t0\t0\t0\t{word('255.0.0.0')}\t0\t0\t0\n"
    )

    assert read_gateways(tmp_path / "route") == {"eth0": IPv4Address("192.168.77.1")}
    assert read_gateways(tmp_path / "none") == {}


def test_name_servers_are_read(tmp_path: Path) -> None:
    (tmp_path / "resolv.conf").write_text("# comment\nsearch lan\nnameserver 9.9.9.9\nnameserver\nnameserver fe80::1\n")

    assert read_name_servers(tmp_path / "resolv.conf") == ("9.9.9.9", "fe80::1")


def link(sys: Path, name: str, *parts: str, **files: str) -> None:
    (sys / name).mkdir(parents=True)
    for part in parts:
        (sys / name / part).mkdir()
    for file, text in (
        {"type": "1", "ifindex": "900", "iflink": "900", "address": "02:00:00:00:00:01"} | files
    ).items():
        (sys / name / file).write_text(f"{text}\n")


def test_wired_and_wireless_interfaces_are_told_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(tmp_path, "eth0", "device", carrier="1")
    link(tmp_path, "eth1", "device")
    link(tmp_path, "wlan0", "device", "wireless", carrier="0")
    link(tmp_path, "wlan1", "device", "phy80211", carrier="1")
    link(tmp_path, "ceth0", iflink="12", carrier="1")
    link(tmp_path, "lo", type="772", carrier="1")
    link(tmp_path, "docker0", "bridge", carrier="1")
    link(tmp_path, "veth1", "master", iflink="2", carrier="1")
    link(tmp_path, "tap0", tun_flags="0x1002", carrier="1")
    link(tmp_path, "dummy0")
    monkeypatch.setattr(kernel, "all_addresses", lambda: [Address(900, ip_interface("10.0.0.1/8"), True)])

    found = kernel.interfaces(tmp_path, tmp_path / "none")

    assert [(each.name, each.kind, each.link) for each in found] == [
        ("ceth0", InterfaceKind.WIRED, True),
        ("eth0", InterfaceKind.WIRED, True),
        ("eth1", InterfaceKind.WIRED, False),
        ("wlan0", InterfaceKind.WIRELESS, False),
        ("wlan1", InterfaceKind.WIRELESS, True),
    ]
    assert found[0].addresses == (ip_interface("10.0.0.1/8"),)
    assert found[0].mac == "02:00:00:00:00:01"


@pytest.mark.enable_socket
def test_the_kernel_of_this_computer_tells_its_own_loopback_address() -> None:
    assert ip_interface("127.0.0.1/8") in [each.address for each in kernel.all_addresses()]
    assert ip_interface("127.0.0.1/8") in kernel.usable_ipv4("lo")
    assert kernel.usable_ipv4("none-such") == ()
