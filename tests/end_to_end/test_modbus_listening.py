"""Where the Modbus server listens, for which units, and how that changes while it runs."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace

import pytest

from han2x.modbus_server import CannotListenError, ModbusServer
from tests.modbus_server.frames import mbap
from tests.modbus_server.registers import Registers
from tests.ports import free_port

from .modbus_probes import IDENTITY, READ, READ_ANSWER, Probe, serving

pytestmark = [pytest.mark.sockets, pytest.mark.enable_socket]


async def test_wildcard_serves_ipv4_and_ipv6_on_one_port() -> None:
    for host in ("", "*"):
        async with serving(host=host) as server:
            assert len({port for _, port in server.addresses}) == 1
            for target in ("127.0.0.1", "::1"):
                probe = await Probe.to(server, target)
                assert await probe.answers()


async def test_server_moves_to_another_port_and_keeps_its_connections() -> None:
    async with serving() as server:
        (before,) = server.addresses
        probe = await Probe.to(server)
        await server.start("127.0.0.1", free_port())

        assert server.addresses[0] != before
        assert await probe.answers()
        assert await (await Probe.to(server)).answers()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*before)


async def test_server_moves_to_another_host_on_the_same_port() -> None:
    port = free_port()
    async with serving() as server:
        await server.start("127.0.0.1", port)
        await server.start("*", port)

        assert {host for host, _ in server.addresses} == {"0.0.0.0", "::"}
        assert await (await Probe.to(server, "::1")).answers()
        await server.start("127.0.0.1", port)

        assert server.addresses == [("127.0.0.1", port)]


async def test_port_in_use_is_refused_and_the_old_one_goes_on() -> None:
    async with serving() as first, serving() as second:
        (_, port), before = second.addresses[0], first.addresses
        with pytest.raises(CannotListenError) as refused:
            await first.start("127.0.0.1", port)

        assert str(refused.value).startswith(f"cannot listen on 127.0.0.1:{port}: ")
        assert f"(process {os.getpid()}) has this port; " in str(refused.value)
        assert first.addresses == before
        assert await (await Probe.to(first)).answers()


async def test_address_of_another_machine_is_refused_and_the_old_one_goes_on() -> None:
    async with serving() as server:
        ((_, port),) = server.addresses
        for host, reason in (("192.0.2.1", "this machine has no such address"), ("no.such.host.invalid", "")):
            with pytest.raises(CannotListenError, match=f"cannot listen on {host}:{port}: {reason}"):
                await server.start(host, port)

            assert server.addresses == [("127.0.0.1", port)]
            assert await (await Probe.to(server)).answers()


async def test_stopped_server_sends_its_answers_closes_and_can_start_again() -> None:
    server = ModbusServer({1: Registers()}, identity=lambda _unit: IDENTITY)
    for _ in range(2):
        await server.start("127.0.0.1", 0)
        probe = await Probe.to(server)
        await probe.send(READ)
        assert await probe.receive(3) == READ_ANSWER[:3]
        address = server.addresses[0]
        await server.stop()

        assert await probe.reader.read() == READ_ANSWER[3:]
        assert server.addresses == []
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*address)
        probe.writer.close()


def test_units_must_be_unit_ids() -> None:
    for bad in ({}, {256: Registers()}, {-1: Registers()}):
        with pytest.raises(ValueError, match="needed are one or more of 0 to 255"):
            ModbusServer(bad, identity=lambda _unit: IDENTITY)


async def test_each_unit_has_its_own_registers_and_identity() -> None:
    second = Registers()
    second.words[0] = 0x2222
    server = ModbusServer({3: Registers(), 4: second}, identity=lambda unit: replace(IDENTITY, vendor=f"unit {unit}"))
    await server.start("127.0.0.1", 0)
    probe = await Probe.to(server)
    for unit, word, vendor in (
        (3, "1000", "unit 3"),
        (4, "2222", "unit 4"),
        (0, "1000", "unit 3"),
        (255, "1000", "unit 3"),
    ):
        await probe.send(mbap("03 0000 0001", 5, unit))
        assert await probe.receive(11) == mbap(f"03 02 {word}", 5, unit)
        await probe.send(mbap("2b 0e 04 00", 5, unit))
        assert await probe.receive(22) == mbap(b"\x2b\x0e\x04\x82\0\0\1\0\6" + vendor.encode(), 5, unit)
    probe.writer.close()
    await server.stop()
