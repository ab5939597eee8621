"""Sockets that listen: on all addresses as far as there are some, and on none where one cannot be had."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from typing import Any

import pytest

from han2x.sockets import listen
from tests.ports import free_port

pytestmark = [pytest.mark.sockets, pytest.mark.enable_socket]


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets this computer have no addresses of some families, as a kernel without them: no test can take them away."""
    really = socket.socket.bind

    def take_away(*families: int) -> None:
        def bind(listener: socket.socket, address: Any) -> None:  # noqa: ANN401 - as the system takes it
            if listener.family in families:
                raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
            really(listener, address)

        monkeypatch.setattr(socket.socket, "bind", bind)

    return take_away


async def families(host: str, port: int = 0) -> list[int]:
    opened = await listen(host, port)
    try:
        assert len({each.getsockname()[1] for each in opened}) == 1, "one port on all of them"
        return [each.family for each in opened]
    finally:
        for each in opened:
            each.close()


@pytest.mark.parametrize("host", ["", "*"])
async def test_all_addresses_are_those_of_both_families_on_one_port(host: str) -> None:
    assert await families(host) == [socket.AF_INET, socket.AF_INET6]


@pytest.mark.parametrize(("absent", "left"), [(socket.AF_INET6, socket.AF_INET), (socket.AF_INET, socket.AF_INET6)])
async def test_all_addresses_are_those_of_one_family_where_there_is_no_other(
    without: Callable[..., None], absent: int, left: int
) -> None:
    without(absent)
    assert await families("*") == [left]


async def test_where_there_is_no_address_at_all_it_fails(without: Callable[..., None]) -> None:
    without(socket.AF_INET, socket.AF_INET6)
    with pytest.raises(OSError, match="Cannot assign"):
        await listen("*", 0)


async def test_a_port_that_one_of_the_addresses_does_not_have_leaves_none_open() -> None:
    port = free_port()
    with socket.create_server(("::1", port), family=socket.AF_INET6), pytest.raises(OSError, match="in use"):
        await listen("*", port)
    assert await families("127.0.0.1", port) == [socket.AF_INET]


async def test_an_option_is_set_before_the_first_client_comes() -> None:
    (listener,) = await listen("127.0.0.1", 0, [(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)])
    with listener:
        assert listener.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) == 2 * 16_384


async def test_brackets_are_no_part_of_an_address_and_an_unknown_name_is_said_to_be_so() -> None:
    assert await families("[::1]") == [socket.AF_INET6]
    with pytest.raises(socket.gaierror):
        await listen("no-such-host.invalid", 0)
