"""The address that a card of deploy/sd-image has while DHCP gives none, with the profile of that card."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest

from han2x.network import FACTORY_ADDRESS
from tests.end_to_end.network.lab import Lab, until

pytestmark = [pytest.mark.end_to_end, pytest.mark.network, pytest.mark.timeout(180)]

FILES: Final = "/run/lab/source/deploy/sd-image/files"
PROFILE: Final = "etc/NetworkManager/system-connections/lan.nmconnection"
LEASED: Final = "192.168.77.1*/24"
FALLBACK: Final = str(FACTORY_ADDRESS)


@contextmanager
def looked_after(lab: Lab) -> Iterator[list[str]]:
    """The card's profile in force without DHCP, and its service; gives the command that says what the service said."""
    lab.run("kill -STOP $(pidof dnsmasq)")
    lab.run(f"install -m 600 {FILES}/{PROFILE} /{PROFILE}; nmcli connection load /{PROFILE}")
    lab.run("nmcli --wait 0 connection up lan")
    script = f"{FILES}/usr/local/lib/han2x-image/fallback-address"
    said = lab.scratch / "fallback.log"
    command = lab.inside("env", "PATIENCE_S=2", "RUNTIME_DIRECTORY=/run/lab/fallback", script, "eth0")
    with said.open("w") as log, subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT) as service:
        try:
            yield ["cat", str(said)]
        finally:
            service.kill()


def test_without_dhcp_it_has_the_factory_address_and_gives_it_up_for_a_lease(lab: Lab) -> None:
    with looked_after(lab):
        stored = lab.run(f"cat /{PROFILE}")
        lab.wait_for_addresses(FALLBACK)
        lab.run("kill -CONT $(pidof dnsmasq)")
        lab.wait_for_addresses(LEASED)
        assert lab.run(f"cat /{PROFILE}") == stored
        assert lab.run("ls /run/NetworkManager/system-connections").split() in ([], ["lo.nmconnection"])


def test_an_address_that_another_device_has_is_not_taken(lab: Lab) -> None:
    lab.run(f"ip netns exec router ip address add {FALLBACK} dev r0")
    with looked_after(lab) as said:
        until(lambda: lab.run(" ".join(said)).count("trying") > 1, "a second try")
        assert lab.addresses() == []
        lab.run("kill -CONT $(pidof dnsmasq)")
        lab.wait_for_addresses(LEASED)


def test_an_address_that_somebody_has_set_stays(lab: Lab) -> None:
    lab.profile("ipv4.method manual ipv4.addresses 192.168.77.10/24")
    with looked_after(lab):
        lab.wait_for_addresses(FALLBACK)
        lab.run("nmcli connection up wired")
        lab.wait_for_addresses("192.168.77.10/24")
        lab.run("kill -CONT $(pidof dnsmasq)")
        # The service has looked since: it forgets that it gave an address when another one is there.
        until(lambda: "eth0.given" not in lab.run("ls /run/lab/fallback"), "the service to look again")
        assert lab.addresses() == ["192.168.77.10/24"]
