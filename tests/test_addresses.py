"""Hosts and ports as people write them."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from han2x.addresses import is_bracketed, is_inside, join_host_port, parse_port, split_host_port


def test_hosts_and_ports_are_written_as_people_write_them() -> None:
    assert join_host_port("192.0.2.1", 502) == "192.0.2.1:502"
    assert join_host_port("2001:db8::1", 502) == "[2001:db8::1]:502"
    assert join_host_port("", 80) == ":80"


@pytest.mark.parametrize(
    ("text", "halves"),
    [
        ("192.0.2.1:502", ("192.0.2.1", "502")),
        ("[2001:db8::1]:502", ("[2001:db8::1]", "502")),
        ("2001:db8::1:502", ("2001:db8::1", "502")),
        (":80", ("", "80")),
        ("host:", ("host", "")),
        ("host", ("host", None)),
        ("[2001:db8::1]", ("[2001:db8::1]", None)),
        ("[::1:502", ("[::1:502", None)),
        ("", ("", None)),
    ],
)
def test_a_host_and_its_port_are_cut_apart(text: str, halves: tuple[str, str | None]) -> None:
    assert split_host_port(text) == halves


@given(st.ip_addresses().map(str) | st.just("meter.example.net"), st.integers(1, 65535))
def test_what_was_joined_is_split_again(host: str, port: int) -> None:
    split, digits = split_host_port(join_host_port(host, port))

    assert digits is not None
    assert parse_port(digits) == port
    assert (split[1:-1] if is_bracketed(split) else split) == host


@pytest.mark.parametrize("text", ["", "0", "65536", "-1", "+5", " 5", "5 ", "1e3", "٣", "²", "000000000080"])
def test_what_is_no_port_is_refused(text: str) -> None:
    assert parse_port(text) is None


def test_port_zero_is_a_port_where_it_is_asked_for() -> None:
    assert parse_port("0", lowest=0) == 0


@pytest.mark.parametrize(
    ("host", "inside"),
    [
        ("192.0.2.7", True), ("::ffff:192.0.2.7", True), ("fe80::1%eth0", True), ("192.0.3.7", False),
        ("127.0.0.1", False), ("", False), ("a name", False),
    ],
)  # fmt: skip
def test_an_address_is_inside_a_network_or_not_and_what_is_none_is_in_none(host: str, inside: bool) -> None:
    assert is_inside(host, (ip_network("192.0.2.0/24"), ip_network("fe80::/10"))) is inside
