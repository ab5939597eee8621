"""Who may connect at all: networks, and the computer itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from ipaddress import ip_network

import pytest
from aiohttp import ClientError

from han2x.addresses import LOCAL_NETWORKS, is_allowed
from tests.web.gateway import Gateway, serving

ONE = (ip_network("192.168.1.0/24"),)


@pytest.mark.parametrize("client", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_the_computer_itself_is_always_allowed(client: str) -> None:
    assert is_allowed(client, ONE)
    assert is_allowed(client, ())


@pytest.mark.parametrize(
    ("client", "allowed"),
    [
        ("192.168.1.7", True),
        ("::ffff:192.168.1.7", True),
        ("192.168.2.7", False),
        ("8.8.8.8", False),
        ("fe80::1%eth0", False),
        ("", False),
        ("somewhere", False),
    ],
)
def test_others_are_by_their_network(client: str, allowed: bool) -> None:
    assert is_allowed(client, ONE) is allowed


@pytest.mark.parametrize("client", ["10.1.2.3", "172.16.0.1", "192.168.9.9", "169.254.1.1", "fe80::1%eth0", "fd00::1"])
def test_by_default_all_local_networks_are_allowed(client: str) -> None:
    assert is_allowed(client, LOCAL_NETWORKS)


def test_by_default_neighbours_on_the_same_ipv6_link_are_local_though_the_internet_routes_their_addresses() -> None:
    own = "2001:db8:1:2::232"
    assert is_allowed("2001:db8:1:2:aaaa::7", LOCAL_NETWORKS, own)
    assert not is_allowed("2001:db8:1:3::7", LOCAL_NETWORKS, own)
    assert not is_allowed("2001:db8:1:2:aaaa::7", ONE, own)
    assert not is_allowed("2001:db8:1:2:aaaa::7", LOCAL_NETWORKS, "192.168.1.232")
    assert not is_allowed("8.8.8.8", LOCAL_NETWORKS, "8.8.8.9")


class Door:
    """Lets in whoever it is told to."""

    def __init__(self) -> None:
        self.open = True

    def __call__(self, _client: str, _own: str) -> bool:
        return self.open


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
async def gateway(door: Door) -> AsyncIterator[Gateway]:
    async with serving(allowed=door) as gateway:
        yield gateway


@pytest.mark.sockets
@pytest.mark.enable_socket
@pytest.mark.parametrize("path", ["/", "/healthz", "/api/v1/session", "/api/v1/live", "/api/v1/events"])
async def test_who_is_not_allowed_gets_not_one_octet(gateway: Gateway, door: Door, path: str) -> None:
    door.open = False
    for _ in range(20):
        try:
            assert await gateway.raw(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()) == b""
        except ConnectionError:
            continue


@pytest.mark.sockets
@pytest.mark.enable_socket
async def test_who_is_not_allowed_any_more_is_cut_at_once(gateway: Gateway, door: Door) -> None:
    browser = gateway.browser()
    async with browser.session.get(f"{browser.url}/api/v1/events") as stream:
        assert await stream.content.readline() == b"retry: 2000\n"
        door.open = False
        gateway.server.enforce()
        async with asyncio.timeout(30):
            with suppress(ClientError):
                await stream.content.read()
    door.open = True
    assert (await browser.ask("GET", "/session")).status == 200
