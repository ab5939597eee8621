"""A crowd of strangers on the network, each with an address of its own, and the owner among them, who is served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from aiohttp import ClientSession, TCPConnector

from han2x.web.connections import ConnectionLimits
from han2x.web.events import MOST_FOLLOWERS
from han2x.web.passwords import Cost
from tests.web.gateway import API, PASSWORD, Browser, Gateway, serving

pytestmark = [pytest.mark.sockets, pytest.mark.enable_socket]

OWNER = "127.0.0.10"
CROWD = [f"127.0.1.{number + 1}" for number in range(160)]
NOTICEABLE = Cost(log_n=12, r=8, p=2)
"""A hash that takes so long that guesses queue for it."""


def at(gateway: Gateway, address: str) -> Browser:
    """A browser on the host with this address."""
    return gateway.browser(connector=TCPConnector(local_addr=(address, 0), limit=0))


@asynccontextmanager
async def guessing(gateway: Gateway) -> AsyncIterator[None]:
    """A crowd that guesses the password as fast as it can; within, each has guessed already."""

    async def guess(address: str, first: asyncio.Event) -> None:
        browser = at(gateway, address)
        for number in range(1_000_000):
            answer = await browser.ask("POST", "/login", {"password": f"guess {number} of {address}"})
            assert answer.status in (401, 429)
            first.set()

    begun = [asyncio.Event() for _ in CROWD]
    tasks = [asyncio.create_task(guess(*each)) for each in zip(CROWD, begun, strict=True)]
    try:
        async with asyncio.timeout(60):
            await asyncio.gather(*(each.wait() for each in begun))
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_the_right_password_gets_through_at_once_while_160_addresses_guess() -> None:
    async with serving(cost=NOTICEABLE) as gateway:
        await at(gateway, "127.0.0.1").first_visit()
        async with guessing(gateway):
            answer = await at(gateway, OWNER).ask("POST", "/login", {"password": PASSWORD})
            assert answer.status == 204


async def test_the_owners_earlier_browser_gets_through_from_an_address_that_others_guess_from() -> None:
    async with serving(cost=NOTICEABLE) as gateway:
        await at(gateway, "127.0.0.1").first_visit()
        earlier = at(gateway, OWNER)
        await earlier.log_in()
        await earlier.ask("POST", "/logout")
        cookies = {cookie.key: cookie.value for cookie in earlier.session.cookie_jar}
        async with guessing(gateway):
            owner = gateway.browser(connector=TCPConnector(local_addr=(CROWD[0], 0)), cookies=cookies)
            wrong = await owner.ask("POST", "/login", {"password": "not quite it"})
            assert wrong.status == 401
            assert (await owner.ask("POST", "/login", {"password": PASSWORD})).status == 204


async def connect(gateway: Gateway, address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(*gateway.address, local_addr=(address, 0))


@pytest.mark.parametrize("hosts", [3, 8])
async def test_hosts_that_hold_48_idle_connections_each_do_not_keep_others_out(hosts: int) -> None:
    async with serving() as gateway:
        held = [await connect(gateway, f"127.0.2.{host + 1}") for host in range(hosts) for _ in range(48)]
        for _ in range(3):
            assert (await at(gateway, OWNER).ask("GET", "/session")).status == 200
        for _reader, writer in held:
            writer.close()


async def test_a_host_without_a_connection_gets_one_however_many_hosts_there_are() -> None:
    async with serving(limits=ConnectionLimits(in_all=8)) as gateway:
        held = [await connect(gateway, f"127.0.2.{host}") for host in range(1, 9)]
        for connection in held:
            await _ask_on(connection)
        assert (await at(gateway, OWNER).ask("GET", "/session")).status == 200
        for _reader, writer in held:
            writer.close()


async def test_who_is_cut_is_the_host_with_most_and_of_its_connections_the_one_least_used() -> None:
    async with serving(limits=ConnectionLimits(in_all=6, from_one=5)) as gateway:
        neighbour = await connect(gateway, "127.0.2.1")
        crowd = [await connect(gateway, "127.0.2.2") for _ in range(5)]
        await _ask_on(crowd[0])
        await _ask_on(neighbour)
        newcomer = await connect(gateway, OWNER)
        await _ask_on(newcomer)
        assert await crowd[1][0].read() == b""
        crowd.pop(1)[1].close()
        for connection in (*crowd, neighbour, newcomer):
            await _ask_on(connection)
            connection[1].close()


async def _ask_on(connection: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    reader, writer = connection
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    async with asyncio.timeout(30):
        assert (await reader.readline()).split()[1] == b"200"
        while (await reader.readline()) != b"\r\n":
            pass
        await reader.readexactly(2)


async def follow(gateway: Gateway, browser: Browser, ending: AsyncExitStack) -> int:
    """Follow the live data until `ending`; the status."""
    response = await ending.enter_async_context(browser.session.get(browser.url + API + "/events"))
    if response.status == 200:
        assert await response.content.readline() == b"retry: 2000\n"
    return response.status


async def test_one_host_that_holds_all_live_streams_gives_way_to_others_and_to_the_owner() -> None:
    async with serving() as gateway, AsyncExitStack() as ending:
        owner = at(gateway, CROWD[0])
        await owner.first_visit()
        crowd = at(gateway, CROWD[0])
        assert isinstance(crowd.session, ClientSession)
        assert [await follow(gateway, crowd, ending) for _ in range(MOST_FOLLOWERS)] == [200] * MOST_FOLLOWERS
        assert await follow(gateway, crowd, ending) == 503
        assert await follow(gateway, at(gateway, OWNER), ending) == 200
        assert await follow(gateway, owner, ending) == 200


async def test_strangers_do_not_take_the_streams_of_whoever_is_logged_in() -> None:
    async with serving() as gateway, AsyncExitStack() as ending:
        owner = at(gateway, OWNER)
        await owner.first_visit()
        assert await follow(gateway, owner, ending) == 200
        for _ in range(MOST_FOLLOWERS - 1):
            await follow(gateway, at(gateway, CROWD[0]), ending)
        for address in CROWD[1:4]:
            assert await follow(gateway, at(gateway, address), ending) == 200
        async with owner.session.get(owner.url + API + "/events") as stream:
            for _ in range(6):
                assert await stream.content.readline() != b""
