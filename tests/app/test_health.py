"""Whether the gateway serves, as it asks itself, and the line that says how it stands."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

import pytest

from han2x.app.health import Health, status_line
from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from han2x.listeners import Listener, ListenerFault, ListenerState, What
from tests.end_to_end.telegrams import kamstrup_list_1
from tests.modbus_server.frames import mbap

pytestmark = pytest.mark.enable_socket


@contextmanager
def serving(answer: bytes) -> Iterator[int]:
    """A server that answers the first thing that each of its clients says so, and ends; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    client, _ = server.accept()
                    with client:
                        client.recv(64)
                        client.sendall(answer)

        thread = Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


async def fault(port: int, host: str = "127.0.0.1", *, allowed: bool = True) -> str | None:
    """What is found where this port is said to be served."""
    return await Health(1, lambda: [(host, port)], lambda _host: allowed).fault([])


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that nobody serves."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


async def test_a_gateway_that_answers_is_well() -> None:
    with serving(mbap("03020064")) as port:
        assert await fault(port) is None
        assert await fault(port, "0.0.0.0") is None


async def test_an_exception_or_nonsense_for_an_answer_is_a_fault() -> None:
    for answer in (mbap("8304"), b"HTTP/1.1 400 Bad Request\r\n\r\n", b""):
        with serving(answer) as port:
            found = await fault(port)
            assert found is not None
            assert found.startswith("the gateway's own Modbus request failed: ")


async def test_where_it_may_not_ask_it_only_connects(closed_port: int) -> None:
    with serving(b"") as port:
        assert await fault(port, allowed=False) is None
    found = await fault(closed_port, allowed=False)
    assert found == "the gateway's own Modbus request failed: Connection refused"


async def test_a_line_that_is_not_read_and_a_server_that_does_not_serve_are_faults() -> None:
    async def read() -> None: ...

    done = asyncio.create_task(read())
    await done
    assert await Health(1, lambda: [("127.0.0.1", 1)], lambda _host: True).fault([done]) == (
        "a meter's line is no longer read"
    )
    assert await Health(1, list, lambda _host: True).fault([]) == "Modbus is not served"


def test_the_line_begins_with_what_cannot_be_reached() -> None:
    fault = ListenerFault("cannot-listen", place="*:502", reason="the port is in use by another program")
    listeners = [
        Listener(What.MODBUS, ListenerState.DOWN, "*:502", fault=fault),
        Listener(What.PAGE, ListenerState.SERVING, "*:80", ("0.0.0.0:80",)),
    ]
    line = status_line([Meter(MeterConfig(), lambda: 1000.0)], 1010.0, 0, listeners)
    assert line.startswith("modbus down: cannot listen on *:502: the port is in use by another program; meter 1: ")


def test_the_line_names_each_meter_and_how_old_its_telegram_is() -> None:
    now = 1000.0
    spoken, silent = Meter(MeterConfig(), lambda: now), Meter(MeterConfig(unit=2, name="Barn"), lambda: now)
    spoken.feed(kamstrup_list_1())
    assert status_line([spoken, silent], 1010.0, 1) == (
        "meter 1: kamstrup 5799999999999999, last telegram 10 s ago; Barn: no telegram yet (no-port); 1 Modbus client"
    )
