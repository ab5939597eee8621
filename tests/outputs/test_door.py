"""Where an output listens: tried again while it cannot be had, and given up for page and Modbus."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from typing import Final

import pytest

from han2x.output_state import OutputPhase
from han2x.outputs import Output, homewizard, p1_tcp, shelly
from han2x.outputs.place import Place
from han2x.port_holders import PortHolder
from tests.end_to_end.waiting import until
from tests.outputs.house import House, a_place, at, running
from tests.ports import free_port

pytestmark = [pytest.mark.enable_socket, pytest.mark.sockets]

NOT_HERE: Final = "192.0.2.77"  # of TEST-NET-1 (RFC 5737)
TCP, UDP = socket.SOCK_STREAM, socket.SOCK_DGRAM


def made(kind: str, place: Place, house: House | None = None) -> Output:
    make = {"p1": p1_tcp.make, "shelly": shelly.make, "homewizard": homewizard.make}[kind]
    return make(f"{kind}-1", place, (house or House()).gateway)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is looked at every second is looked at more often."""
    monkeypatch.setattr("han2x.outputs.door.CHECK_S", 0.01)
    monkeypatch.setattr("han2x.outputs.door.RETRY_S", (0.02,))


@pytest.mark.parametrize(("kind", "protocol"), [("p1", TCP), ("shelly", UDP), ("homewizard", TCP)])
async def test_a_port_of_another_program_is_told_once_and_taken_when_it_is_free(
    kind: str, protocol: socket.SocketKind, soon: None, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket(socket.AF_INET, protocol) as taken:
        taken.bind(("127.0.0.1", 0))
        if protocol is TCP:
            taken.listen()
        port = taken.getsockname()[1]
        output = made(kind, a_place(port))
        async with running(output, served=False):
            await until(lambda: output.state.phase is OutputPhase.FAILED)
            fault = output.state.fault
            assert fault is not None
            assert (fault.code, fault.values["errno"]) == ("port-held", "EADDRINUSE")
            assert str(fault).startswith(f"cannot listen on 127.0.0.1:{port}: ")
            assert f"(process {os.getpid()}) has this port; " in str(fault)
            assert output.state.where == f"127.0.0.1:{port}"
            await asyncio.sleep(0.1)
            taken.close()
            await until(lambda: output.state.phase is OutputPhase.WORKING)
            assert output.state.fault is None
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 1


async def test_a_port_that_one_program_after_another_has_is_told_once(
    soon: None, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = iter(range(1, 10_000))
    monkeypatch.setattr("han2x.sockets.port_holder", lambda *_: PortHolder("root", None, "restless", next(seen)))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        output = made("p1", a_place(taken.getsockname()[1]))
        async with running(output, served=False):
            await until(lambda: output.state.fault is not None and output.state.fault.values["process"] == 3)
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 1


async def test_an_address_that_is_not_there_is_told(soon: None) -> None:
    output = made("p1", a_place(host=NOT_HERE, port=5555))
    async with running(output, served=False):
        await until(lambda: output.state.phase is OutputPhase.FAILED)
        assert output.state.fault is not None
        assert output.state.fault.values["errno"] == "EADDRNOTAVAIL"


@pytest.mark.parametrize("kind", ["p1", "shelly", "homewizard"])
async def test_on_all_addresses_it_has_the_same_port_for_ipv4_and_ipv6(kind: str) -> None:
    output = made(kind, a_place(host=""))
    async with running(output):
        where = output.state.where.split(", ")
        assert len({place.rpartition(":")[2] for place in where}) == 1
        assert where[0].startswith("0.0.0.0:")


@pytest.mark.parametrize("kind", ["p1", "homewizard"])
@pytest.mark.parametrize("what", ["page", "modbus"])
async def test_it_gives_its_port_up_while_what_has_it_elsewhere_is_not_reached(
    kind: str, what: str, soon: None
) -> None:
    """The page, on an address that is gone, has to be served on all addresses of its port, or nobody could mend it."""
    house, port = House(), free_port()
    output = made(kind, a_place(port, beside=frozenset({what})), house)
    async with running(output):
        if what == "page":
            house.page = ""
        else:
            house.modbus = None
        await until(lambda: output.state.phase is OutputPhase.WAITING)
        with socket.create_server(("0.0.0.0", port)):
            house.page, house.modbus = "http://192.0.2.1/", 502
            await until(lambda: output.state.phase is OutputPhase.FAILED)
        await until(lambda: output.state.phase is OutputPhase.WORKING)


async def test_what_is_not_beside_it_is_not_waited_for(soon: None) -> None:
    house = House()
    house.page, house.modbus = "", None
    async with running(made("p1", a_place(), house)) as output:
        assert output.state.phase is OutputPhase.WORKING


async def test_the_port_is_free_when_it_ends(soon: None) -> None:
    output = made("homewizard", a_place())
    async with running(output):
        host, port = at(output)
        reader, writer = await asyncio.open_connection(host, port)
    assert await reader.read() == b""
    writer.close()
    with socket.create_server((host, port)):
        pass
