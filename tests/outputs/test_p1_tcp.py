"""P1 telegrams on a TCP port: who gets them, when, and who is cut off."""

from __future__ import annotations

import asyncio
import socket

import pytest

from han2x.decoder import Decoder
from han2x.model import Quantity, Reading
from han2x.outputs import Output, p1_tcp
from han2x.outputs.crowd import FROM_ONE, IN_ALL
from han2x.outputs.p1_tcp import P1Tcp
from tests.end_to_end.waiting import until
from tests.outputs.house import ELSEWHERE, House, a_place, at, running
from tests.readings import FULL_LIST, a_reading

pytestmark = [pytest.mark.enable_socket, pytest.mark.sockets]

IMPORT = Quantity.ACTIVE_POWER_IMPORT


@pytest.fixture
def house() -> House:
    return House(1, 2)


@pytest.fixture
def output(house: House, monkeypatch: pytest.MonkeyPatch) -> P1Tcp:
    """One that lets less time pass between telegrams."""
    monkeypatch.setattr(p1_tcp, "AT_LEAST_S", 0.01)
    made = p1_tcp.make("p1-1", a_place(), house.gateway)
    assert isinstance(made, P1Tcp)
    return made


class Client:
    """A client of the port, with our own decoder."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._decoder = Decoder()

    @classmethod
    async def of(cls, output: Output, host: str = "") -> Client:
        return cls(*await asyncio.open_connection(*at(output), local_addr=(host, 0) if host else None))

    async def power(self) -> int:
        """The next telegram's import in W."""
        async with asyncio.timeout(20):
            octets = await self.reader.readuntil(b"!") + await self.reader.readexactly(6)
        (event,) = self._decoder.feed(octets)
        assert isinstance(event, Reading)
        return event.values[IMPORT] // 1000

    async def is_cut(self) -> bool:
        """Whether the gateway ends this connection."""
        try:
            async with asyncio.timeout(20):
                while await self.reader.read(4096):
                    pass
        except ConnectionError:
            pass
        return True

    def close(self) -> None:
        self.writer.transport.abort()


def power(watts: int) -> Reading:
    return a_reading(FULL_LIST | {IMPORT: watts})


async def test_each_client_gets_each_reading_and_the_last_one_when_it_comes(house: House, output: P1Tcp) -> None:
    house.hear(power(700))
    async with running(output):
        early, late = await Client.of(output), await Client.of(output)
        assert (await early.power(), await late.power()) == (700, 700)
        for watts in (701, 702):
            house.hear(power(watts), output=output)
            assert (await early.power(), await late.power()) == (watts, watts)
        early.close()
        late.close()


async def test_another_meter_s_readings_are_not_sent(house: House, output: P1Tcp) -> None:
    house.hear(power(700))
    async with running(output):
        client = await Client.of(output)
        assert await client.power() == 700
        house.hear(power(9), unit=2, output=output)
        house.hear(power(701), output=output)
        assert await client.power() == 701
        client.close()


async def test_a_telegram_comes_without_a_reading_too(
    house: House, output: P1Tcp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(p1_tcp, "EVERY_S", 0.05)
    house.hear(power(700))
    async with running(output):
        client = await Client.of(output)
        assert [await client.power() for _ in range(4)] == [700] * 4
        client.close()


async def test_nothing_is_sent_while_nothing_is_current(
    house: House, output: P1Tcp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(p1_tcp, "EVERY_S", 0.05)
    house.hear(power(700))
    async with running(output):
        client = await Client.of(output)
        assert await client.power() == 700
        house.now += 61
        await asyncio.sleep(0.1)  # what was on its way has come
        client.reader._buffer.clear()  # type: ignore[attr-defined]
        late = await Client.of(output)
        await asyncio.sleep(0.3)
        assert not client.reader._buffer  # type: ignore[attr-defined]
        assert not late.reader._buffer  # type: ignore[attr-defined]
        house.hear(power(701), output=output)
        assert (await client.power(), await late.power()) == (701, 701)
        client.close()
        late.close()


async def test_a_client_from_a_network_that_is_not_allowed_gets_nothing(house: House) -> None:
    output = p1_tcp.make("p1-1", a_place(allow=ELSEWHERE), house.gateway)
    house.hear(power(700))
    async with running(output):
        client = await Client.of(output)
        assert await client.reader.read() == b""
        client.close()


async def test_a_client_that_talks_is_cut_off_and_one_word_is_not(house: House, output: P1Tcp) -> None:
    house.hear(power(700))
    async with running(output):
        polite, talker = await Client.of(output), await Client.of(output)
        polite.writer.write(b"\r\n")
        talker.writer.write(bytes(p1_tcp.MOST_HEARD + 1))
        assert await talker.is_cut()
        house.hear(power(701), output=output)
        assert [await polite.power(), await polite.power()] == [700, 701]
        polite.close()
        talker.close()


async def test_a_host_that_takes_too_many_places_loses_its_oldest_and_nobody_else_does(
    house: House, output: P1Tcp
) -> None:
    house.hear(power(700))
    async with running(output):
        other = await Client.of(output, "127.0.0.2")
        greedy = [await Client.of(output) for _ in range(FROM_ONE + 2)]
        for each in greedy[:2]:
            assert await each.is_cut()
        house.hear(power(701), output=output)
        for each in (other, *greedy[2:]):
            assert [await each.power(), await each.power()] == [700, 701]
        for each in (other, *greedy):
            each.close()


async def test_many_hosts_share_the_places_and_the_one_that_has_most_gives_one_up(house: House, output: P1Tcp) -> None:
    house.hear(power(700))
    async with running(output):
        greedy = [await Client.of(output, "127.0.0.2") for _ in range(4)]
        others = [await Client.of(output, f"127.0.1.{number}") for number in range(1, IN_ALL - 2)]
        assert await greedy[0].is_cut()
        house.hear(power(701), output=output)
        for each in (*greedy[1:], *others):
            assert [await each.power(), await each.power()] == [700, 701]
        for each in (*greedy, *others):
            each.close()


async def test_a_client_that_does_not_read_is_cut_off_and_holds_up_nobody(
    house: House, output: P1Tcp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("han2x.outputs.crowd.STALLED_S", 0.3)
    house.hear(power(700))
    async with running(output):
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            deaf.setblocking(False)
            await asyncio.get_running_loop().sock_connect(deaf, at(output))
            client = await Client.of(output)
            await until(lambda: len(output.crowd) == 2)
            assert await client.power() == 700
            watts = 700
            while len(output.crowd) == 2:
                watts += 1
                house.hear(power(watts), output=output)
                assert await client.power() == watts
            client.close()


async def test_a_client_that_leaves_is_forgotten(house: House, output: P1Tcp) -> None:
    async with running(output):
        client = await Client.of(output)
        await until(lambda: len(output.crowd) == 1)
        client.close()
        await until(lambda: len(output.crowd) == 0)


async def test_without_its_meter_it_sends_nothing(house: House, output: P1Tcp) -> None:
    house.hear(power(700))
    house.meters.clear()
    async with running(output):
        client = await Client.of(output)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await client.reader.read(1)
        client.close()
