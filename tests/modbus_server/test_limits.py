"""Limits, the write allowance, and log lines kept few."""

from __future__ import annotations

import logging
from ipaddress import ip_network

import pytest

from han2x.modbus_server.limits import Limits, WriteAllowance, Writers
from han2x.modbus_server.seldom import SeldomLog


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.31.255.255",
        "192.168.0.7",
        "169.254.3.4",
        "::1",
        "fd12::1",
        "fe80::1%eth0",
        "::ffff:192.168.0.7",
    ],
)
def test_local_addresses_are_allowed(host: str) -> None:
    assert Limits().allows(host)


@pytest.mark.parametrize("host", ["8.8.8.8", "172.32.0.1", "192.169.0.1", "2001:db8::1", "::ffff:8.8.8.8", "::"])
def test_addresses_of_the_internet_are_not_allowed(host: str) -> None:
    assert not Limits().allows(host)


def test_only_the_networks_that_are_given_are_allowed() -> None:
    limits = Limits(allow=(ip_network("192.168.5.0/24"), ip_network("2001:db8::/32")))

    assert [limits.allows(host) for host in ("192.168.5.9", "2001:db8::9", "192.168.6.9", "127.0.0.1")] == [
        True,
        True,
        False,
        False,
    ]


LISTED, ELSEWHERE = "10.0.0.9", "10.0.1.9"


@pytest.mark.parametrize(
    ("write", "who"),
    [
        (Writers.ANYONE, {"listed", "elsewhere", "listed operator", "operator elsewhere"}),
        (Writers.ALLOW_LIST, {"listed", "listed operator"}),
        (Writers.TLS_OPERATORS, {"listed operator", "operator elsewhere"}),
        (Writers.NOBODY, set()),
    ],
)
def test_who_may_write(write: Writers, who: set[str]) -> None:
    limits = Limits(write=write, writers=(ip_network("10.0.0.0/24"),))
    clients = {
        "listed": limits.may_write(LISTED, operator=True, secured=False),
        "elsewhere": limits.may_write(ELSEWHERE, operator=True, secured=False),
        "listed operator": limits.may_write(LISTED, operator=True, secured=True),
        "operator elsewhere": limits.may_write(ELSEWHERE, operator=True, secured=True),
        "listed viewer": limits.may_write(LISTED, operator=False, secured=True),
    }

    assert {client for client, may in clients.items() if may} == who


def test_read_only_outranks_who_may_write() -> None:
    limits = Limits(read_only=True, write=Writers.ANYONE)

    assert not limits.may_write("127.0.0.1", operator=True, secured=True)
    assert not limits.may_write("127.0.0.1", operator=True, secured=False)


@pytest.mark.parametrize(
    ("setting", "bad", "text"),
    [
        ("max_connections", 0, "max_connections is 0, allowed are 1 to 10000"),
        ("max_connections", 10_001, "max_connections is 10001"),
        ("idle_timeout_s", 0.5, "idle_timeout_s is 0.5, allowed are 1 to 604800 seconds"),
        ("idle_timeout_s", 604_801, "idle_timeout_s is 604801"),
        ("writes_per_minute", 0, "writes_per_minute is 0, allowed are 1 to 6000"),
        ("writes_per_minute", 6001, "writes_per_minute is 6001"),
    ],
)
def test_number_out_of_range_is_refused(setting: str, bad: float, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        Limits(**{setting: bad})  # type: ignore[arg-type]  # the name is the parameter


@pytest.mark.parametrize("number", [1, 6000])
def test_numbers_at_the_edges_are_accepted(number: int) -> None:
    assert Limits(max_connections=number, idle_timeout_s=number, writes_per_minute=number)


def test_write_allowance_fills_up_to_one_minute_of_writes_and_no_further() -> None:
    allowance = WriteAllowance(2, 0.0)
    for _ in range(2):
        assert allowance.available(0.0)
        allowance.take()

    assert not allowance.available(29.0)
    assert allowance.available(30.5)
    assert allowance.available(1e6)
    assert allowance.left == 2


def test_log_lines_of_one_kind_are_written_once_an_hour(caplog: pytest.LogCaptureFixture) -> None:
    now = 100.0
    seldom = SeldomLog(logging.getLogger("test"), lambda: now)

    with caplog.at_level(logging.INFO, "test"):
        for number in range(5):
            seldom(logging.INFO, "a", "a %d", number)
        seldom(logging.INFO, "b", "b")
        now = 3699.0
        seldom(logging.INFO, "a", "a %d", 5)
        now = 3701.0
        seldom(logging.INFO, "a", "a %d", 6)

    assert caplog.messages == ["a 0", "b", "a 6 (and 5 more like it before)"]


def test_what_was_left_out_is_logged_after_an_hour_though_nothing_follows(caplog: pytest.LogCaptureFixture) -> None:
    now = 100.0
    seldom = SeldomLog(logging.getLogger("test"), lambda: now)

    with caplog.at_level(logging.INFO, "test"):
        for number in range(6000):
            seldom(logging.INFO, "refused", "%d refused", number, host=f"10.0.{number // 100}.{number % 100}")
        now = 3701.0
        seldom.settle()
        now = 7302.0
        seldom.settle()
        seldom(logging.INFO, "refused", "%d refused", 6000)

    assert caplog.messages == [
        "0 refused",
        "5999 refused (and 5998 more like it before, from over 1000 hosts)",
        "6000 refused",
    ]


def test_number_of_kinds_that_are_remembered_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    seldom = SeldomLog(logging.getLogger("test"), lambda: 0.0)

    with caplog.at_level(logging.INFO, "test"):
        for number in range(5000):
            seldom(logging.INFO, f"refused {number}", "refused")

    assert len(seldom) <= 101
    assert len(caplog.messages) <= 101
