"""What Modbus clients cannot do to the server, and what is counted of what they do."""

from __future__ import annotations

import asyncio
import logging
import socket
import subprocess
import sys
import time
from ipaddress import ip_network
from pathlib import Path

import pytest

from han2x.addresses import LOOPBACK
from han2x.modbus_server import Limits, Writers
from tests.modbus_server.frames import mbap

from .modbus_probes import READ, READ_ALL_ANSWER, READ_ANSWER, Probe, serving, until

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.sockets, pytest.mark.enable_socket]


async def test_client_that_never_reads_is_no_longer_read_from_and_gets_its_answers_when_it_does() -> None:
    asked = 60_000
    request = mbap("03 0000 0032", 7)
    answer = mbap(READ_ALL_ANSWER, 7)
    async with serving() as server:
        probe = await Probe.to(server, receive_buffer=4096)
        sending = asyncio.create_task(probe.send(request * asked))
        other = await Probe.to(server)
        for _ in range(20):
            assert await other.answers()
            await asyncio.sleep(0.02)
        (connection,) = (one for one in server.snapshot()["connections"] if one["requests"] > 20)

        assert connection["requests"] < asked / 2
        assert connection["waiting_octets"] < 200_000

        for _ in range(asked):
            assert await probe.receive(len(answer)) == answer
        await sending
        assert await probe.answers()


async def test_client_that_half_closes_while_its_answers_wait_gets_all_of_them() -> None:
    asked, answer = 60_000, mbap(READ_ALL_ANSWER, 7)
    async with serving() as server:
        probe = await Probe.to(server, receive_buffer=4096)
        probe.writer.write(mbap("03 0000 0032", 7) * asked)
        probe.writer.write_eof()
        await until(lambda: any(one["waiting_octets"] > 16_384 for one in server.snapshot()["connections"]))
        for _ in range(asked):
            assert await probe.receive(len(answer)) == answer

        assert await probe.reader.read() == b""
        await until(lambda: server.snapshot()["open"] == 0)


async def test_client_that_resets_while_its_answers_wait_is_forgotten() -> None:
    async with serving() as server:
        probe = await Probe.to(server, receive_buffer=4096)
        probe.writer.write(mbap("03 0000 0032", 7) * 60_000)
        await until(lambda: any(one["waiting_octets"] > 16_384 for one in server.snapshot()["connections"]))
        probe.writer.transport.abort()

        await until(lambda: server.snapshot()["open"] == 0)
        assert await (await Probe.to(server)).answers()


async def test_client_that_never_reads_is_cut_off_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("han2x.modbus_server.server.STALLED_S", 0.1)
    async with serving(limits=Limits(idle_timeout_s=1)) as server:
        probe = await Probe.to(server, receive_buffer=4096)
        probe.writer.write(mbap("03 0000 0032", 7) * 60_000)
        await until(lambda: server.snapshot()["timed_out"] == 1)


async def test_clients_that_connect_all_at_once_are_all_served() -> None:
    async with serving(limits=Limits(max_connections=500)) as server:
        probes = await asyncio.gather(*[Probe.to(server) for _ in range(300)])

        assert all(await asyncio.gather(*[probe.answers() for probe in probes]))
        assert server.snapshot()["open"] == 300


async def test_client_that_says_nothing_is_cut_off_and_one_that_asks_is_not() -> None:
    async with serving(limits=Limits(idle_timeout_s=1)) as server:
        silent, asking = await Probe.to(server), await Probe.to(server)
        closed = asyncio.create_task(silent.is_closed())
        while not closed.done():
            assert await asking.answers()
            await asyncio.sleep(0.1)

        assert closed.result()
        assert await asking.answers()
        assert server.snapshot()["timed_out"] == 1


async def test_newcomer_takes_the_place_of_the_longest_silent_client(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(limits=Limits(max_connections=3)) as server:
        probes = [await Probe.to(server) for _ in range(3)]
        for probe in (probes[0], probes[2], probes[1]):
            assert await probe.answers()
        with caplog.at_level(logging.WARNING, "han2x.modbus"):
            newcomer = await Probe.to(server)
            assert await newcomer.answers()

        assert await probes[0].is_closed()
        assert await probes[1].answers()
        assert await probes[2].answers()
        assert server.snapshot()["open"] == 3
        assert server.snapshot()["replaced"] == 1
        assert "of 3 connections it was silent for the longest time" in caplog.text


async def test_client_outside_the_allowed_networks_is_refused_and_the_log_says_why(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with serving(limits=Limits(allow=(ip_network("192.0.2.0/24"),))) as server:
        for _ in range(3):
            assert await (await Probe.to(server)).is_closed()

        assert server.snapshot()["refused"] == 3
        assert (
            caplog.messages.count(
                "Modbus client 127.0.0.1 refused: its address is in none of the allowed networks (192.0.2.0/24)"
            )
            == 1
        )


async def test_limits_that_change_while_serving_apply_to_open_connections() -> None:
    async with serving() as server:
        probes = [await Probe.to(server) for _ in range(3)]
        for probe in probes:
            assert await probe.answers()

        server.update(Limits(max_connections=2, read_only=True))
        await probes[2].send(mbap("06 002c 0001"))

        assert await probes[2].receive(9) == mbap("86 01")
        assert await probes[0].is_closed()
        assert await probes[1].answers()

        server.update(Limits(allow=(ip_network("192.0.2.0/24"),)))

        assert await probes[1].is_closed()


async def test_snapshot_counts_requests_by_function_exceptions_and_octets() -> None:
    async with serving() as server:
        gone, probe = await Probe.to(server), await Probe.to(server)
        assert await gone.answers()
        gone.writer.close()
        for _ in range(2):
            assert await probe.answers()
        await probe.send(mbap("03 0000 0000"), mbap("41"), mbap("06 002c 0005"))
        await probe.receive(9 + 9 + 12)
        await until(lambda: server.snapshot()["open"] == 1)
        told = server.snapshot()

        assert {
            key: told[key] for key in ("requests", "functions", "exceptions", "accepted", "octets_in", "octets_out")
        } == {
            "requests": 6,
            "functions": {"3": 4, "6": 1, "65": 1},
            "exceptions": {"1": 1, "3": 1},
            "accepted": 2,
            "octets_in": 3 * 12 + 12 + 8 + 12,
            "octets_out": 3 * 13 + 9 + 9 + 12,
        }
        (connection,) = told["connections"]
        assert connection["requests"] == 5
        assert connection["framing"] == "tcp"
        assert connection["client"] == "{}:{}".format(*probe.writer.get_extra_info("sockname"))
        last = told["recent"][-1]
        assert {key: last[key] for key in ("client", "unit", "function", "address", "count", "exception")} == {
            "client": connection["client"],
            "unit": 1,
            "function": 6,
            "address": 44,
            "count": 1,
            "exception": None,
        }
        assert [entry["exception"] for entry in told["recent"]] == [None, None, None, 3, 1, None]


@pytest.mark.parametrize(
    ("request_", "written"),
    [
        ("03 0000 0002", None),
        ("06 002c 0005", {"address": 44, "count": 1, "words": [5]}),
        ("06 0000 0005", {"address": 0, "count": 1, "words": [5]}),
        ("10 002c 0002 04 0000 07d0", {"address": 44, "count": 2, "words": [0, 2000]}),
        ("10 0000 000a 14" + "0102" * 10, {"address": 0, "count": 10, "words": [0x0102] * 8}),
        ("16 002c 00f2 0025", {"address": 44, "count": 1, "words": [0x00F2, 0x0025]}),
        ("17 002b 0002 002c 0001 02 abcd", {"address": 44, "count": 1, "words": [0xABCD]}),
        ("17 002b 0002 0000 000a 14" + "0102" * 10, {"address": 0, "count": 10, "words": [0x0102] * 8}),
        ("06 002c", None),
        ("10 002c 0002", None),
        ("10 002c 0002 04 00", {"address": 44, "count": 2, "words": []}),
        ("17 0000", None),
        ("2b 0e 04 00", None),
    ],
)
async def test_the_last_requests_have_what_they_wrote(request_: str, written: object) -> None:
    async with serving() as server:
        probe = await Probe.to(server)
        await probe.send(mbap(request_))
        await probe.receive(9)

        assert server.snapshot()["recent"][-1]["written"] == written


async def test_who_may_write_changes_for_open_connections_too() -> None:
    async with serving(limits=Limits(write=Writers.ALLOW_LIST)) as server:
        probe, write = await Probe.to(server), mbap("06 002c 0001")
        for limits, answer in (
            (Limits(write=Writers.ALLOW_LIST), mbap("86 01")),
            (Limits(write=Writers.ALLOW_LIST, writers=LOOPBACK), write),
            (Limits(write=Writers.TLS_OPERATORS), mbap("86 01")),
            (Limits(write=Writers.NOBODY), mbap("86 01")),
            (Limits(), write),
        ):
            server.update(limits)
            await probe.send(write)
            assert await probe.receive(len(answer)) == answer
            assert await probe.answers()


async def test_last_requests_are_kept_in_bounded_number() -> None:
    async with serving() as server:
        probe = await Probe.to(server)
        for _ in range(150):
            assert await probe.answers()

        assert len(server.snapshot()["recent"]) == 100


EXHAUSTED = """
import asyncio, logging, sys
from han2x.cli.run import loop_factory
from tests.end_to_end.modbus_probes import serving
from han2x.modbus_server import Limits
async def main():
    logging.basicConfig(level=logging.INFO)
    async with serving(limits=Limits(max_connections=1000)) as server:
        print(server.addresses[0][1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
with asyncio.Runner(loop_factory=loop_factory() if sys.argv[1] == "uvloop" else None) as runner:
    runner.run(main())
"""


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_one_log_line_when_descriptors_run_out_and_service_again_when_there_are_some(loop: str) -> None:
    with subprocess.Popen(
        ["prlimit", "--nofile=40", sys.executable, "-c", EXHAUSTED, loop],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as server:
        assert server.stdin
        assert server.stdout
        port = int(server.stdout.readline())
        clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(80)]
        time.sleep(1.3)  # longer than it waits before it tries again
        for client in clients[:-1]:
            client.close()
        last = clients[-1]
        last.settimeout(10)
        last.sendall(READ)

        assert last.recv(100) == READ_ANSWER
        last.close()
        _, log = server.communicate(input="")

    assert log.count("no more connections can be accepted for now: Too many open files") == 1
    assert len(log.splitlines()) < 6
