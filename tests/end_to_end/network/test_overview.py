"""What the page can show and why something cannot be changed."""

from __future__ import annotations

import pytest

from tests.end_to_end.network.lab import Agent, Lab, until

pytestmark = [pytest.mark.end_to_end, pytest.mark.network, pytest.mark.timeout(60)]


def test_an_interface_shows_what_is_in_force_and_what_is_stored(lab: Lab, dhcp: Agent) -> None:
    overview = dhcp("overview")
    (eth0,) = overview["interfaces"]

    assert overview["hostname"] == "han2x-lab"
    assert overview["fault"] is None
    assert overview["hostname_fault"] is None
    assert eth0["addresses"] == lab.addresses()
    assert eth0["mac"] == lab.run("cat /sys/class/net/eth0/address")
    assert (eth0["kind"], eth0["link"], eth0["gateway"]) == ("wired", True, "192.168.77.1")
    assert eth0["settings"]["method"] == "dhcp"
    assert eth0["fault"] is None


def test_the_name_servers_in_force_are_shown(lab: Lab, dhcp: Agent) -> None:
    until(lambda: dhcp("overview")["interfaces"][0]["dns"] == ["192.168.77.53"], "the name server")


def test_without_the_polkit_rule_nothing_is_changed(lab: Lab, dhcp: Agent) -> None:
    lab.allow("")
    until(lambda: dhcp("overview")["fault"] == "not-allowed", "the rule to be gone")

    assert dhcp.refusal("apply", {"interface": "eth0", "method": "dhcp"}, 60)["fault"] == "not-allowed"
    assert dhcp.refusal("set_hostname", "hus-7")["fault"] == "not-allowed"


def test_without_networkmanager_the_addresses_are_still_shown(lab: Lab, dhcp: Agent) -> None:
    lab.kill_manager()
    overview = dhcp("overview")
    (eth0,) = overview["interfaces"]

    assert overview["fault"] == overview["hostname_fault"] == "no-manager"
    assert eth0["addresses"] == lab.addresses() != []
    assert (eth0["gateway"], eth0["dns"], eth0["settings"]) == ("192.168.77.1", ["192.168.77.53"], None)
    assert dhcp.refusal("apply", {"interface": "eth0", "method": "dhcp"}, 60)["fault"] == "no-manager"


def test_without_a_message_bus_the_addresses_are_still_shown(lab: Lab) -> None:
    lab.profile("ipv4.method auto")
    lab.run("mv /run/dbus /run/no-dbus")
    agent = lab.agent()

    assert agent("overview")["fault"] == "no-dbus"
    assert agent("overview")["interfaces"][0]["addresses"] == lab.addresses()
    assert agent.refusal("apply", {"interface": "eth0", "method": "dhcp"}, 60)["fault"] == "no-dbus"


def test_an_interface_that_networkmanager_leaves_alone_is_not_changed(lab: Lab, dhcp: Agent) -> None:
    lab.run("nmcli device set eth0 managed no")

    assert dhcp("overview")["interfaces"][0]["fault"] == "unmanaged"
    typed = {"interface": "eth0", "method": "dhcp"}
    assert dhcp.refusal("apply", typed, 60)["errors"] == {"interface": "unmanaged"}
