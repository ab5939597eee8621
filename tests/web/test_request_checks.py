"""Which names of ours a browser may ask for: what DNS rebinding could bring is refused."""

from __future__ import annotations

import pytest

from han2x.web import PageOptions
from han2x.web.request_checks import is_own_host
from tests.web.gateway import serving


@pytest.mark.parametrize(
    "host",
    [
        "192.168.1.232",
        "127.0.0.1",
        "10.1.2.3",
        "[::1]",
        "[fe80::1]",
        "[2001:db8::1]",
        "localhost",
        "LOCALHOST",
        "han2x",
        "Han2X",
        "han2x.local",
        "han2x.local.",
        "han2x.lan",
        "han2x.home.arpa",
        "meter.example.org",
    ],
)
def test_addresses_in_figures_and_names_of_ours_are_known(host: str) -> None:
    assert is_own_host(host, "han2x", ["Meter.Example.org"])


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "han2x.evil.example",
        "han2x.local.evil.example",
        "evil.local",
        "other.lan",
        "local",
        ".local",
        "han2x.com",
        "localhost.evil.example",
        "192.168.1.232.evil.example",
        "192-168-1-232.evil.example",
        "0x7f000001",
        "2130706433",
        "127.1",
        "example.org",
        "",
        ".",
    ],
)
def test_any_other_name_is_not(host: str) -> None:
    assert not is_own_host(host, "han2x", ["meter.example.org"])


def test_a_full_name_of_the_computer_is_known_whole_and_by_its_first_part() -> None:
    for host in ("gw.corp.example", "gw", "gw.local"):
        assert is_own_host(host, "gw.corp.example", [])
    assert not is_own_host("corp.example", "gw.corp.example", [])


@pytest.mark.sockets
@pytest.mark.enable_socket
async def test_every_name_that_the_computer_is_known_to_have_is_its_own_at_once() -> None:
    async with serving() as gateway:
        browser = gateway.browser()
        for names, status in (((), 403), (("bua", "maaler"), 200)):
            gateway.control.page = PageOptions("0.1.0", own_names=names)
            for host in ("maaler", "maaler.local", "maaler.lan:80"):
                assert (await browser.ask("GET", "/session", headers={"Host": host})).status == status
