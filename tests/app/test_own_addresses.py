"""The addresses that are given to people, of what is served on all of them."""

from __future__ import annotations

import subprocess

import pytest

from han2x.app.own_addresses import ASKED_EVERY_S, OwnAddresses, own_ipv4, url


def test_all_addresses_are_those_of_this_computer_once() -> None:
    addresses = OwnAddresses(lambda: ["192.168.1.8", "10.0.0.2"], lambda: 0.0)
    assert addresses.in_place_of(["0.0.0.0", "::"]) == ["192.168.1.8", "10.0.0.2"]


@pytest.mark.parametrize("hosts", [["127.0.0.1"], ["192.168.1.8", "fd00::8"], []])
def test_an_address_that_was_chosen_stays(hosts: list[str]) -> None:
    assert OwnAddresses(lambda: ["10.0.0.2"], lambda: 0.0).in_place_of(hosts) == hosts


def test_a_computer_without_an_address_is_reached_from_itself() -> None:
    assert OwnAddresses(list, lambda: 0.0).in_place_of(["0.0.0.0"]) == ["127.0.0.1"]


def test_they_are_asked_for_again_after_a_while() -> None:
    now, known = [0.0], ["192.168.1.8"]
    addresses = OwnAddresses(lambda: list(known), lambda: now[0])
    assert addresses.in_place_of(["::"]) == ["192.168.1.8"]
    known[0] = "192.168.1.9"
    now[0] = ASKED_EVERY_S - 0.1
    assert addresses.in_place_of(["::"]) == ["192.168.1.8"]
    now[0] = ASKED_EVERY_S
    assert addresses.in_place_of(["::"]) == ["192.168.1.9"]


@pytest.mark.parametrize(
    ("scheme", "port", "told"),
    [
        ("http", 80, "http://h/"),
        ("https", 443, "https://h/"),
        ("http", 8080, "http://h:8080/"),
        ("https", 80, "https://h:80/"),
    ],
)
def test_the_usual_port_is_not_told(scheme: str, port: int, told: str) -> None:
    assert url(scheme, "h", port) == told
    assert url(scheme, "fd00::8", port) == told.replace("h/", "[fd00::8]/").replace("h:", "[fd00::8]:")


@pytest.mark.enable_socket
def test_they_are_those_that_the_system_tells() -> None:
    told = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=True).stdout.split()
    assert sorted(own_ipv4()) == sorted(each for each in told if ":" not in each and not each.startswith("169.254."))
