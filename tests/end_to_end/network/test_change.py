"""Changes of the network settings under a real NetworkManager: made, confirmed, undone, refused."""

from __future__ import annotations

import pytest

from tests.end_to_end.network.lab import Agent, Lab, RefusedByAgentError, until

pytestmark = [pytest.mark.end_to_end, pytest.mark.network, pytest.mark.timeout(60)]

OLD = "192.168.77.10/24"
LEASED = "192.168.77.1*"


def to_static(address: str = "192.168.77.30") -> dict[str, object]:
    return {"method": "static", "address": address, "prefix": "24", "gateway": "192.168.77.1", "dns": "192.168.77.53"}


def test_a_static_address_is_in_force_at_once_and_stored_when_confirmed(lab: Lab, dhcp: Agent) -> None:
    token = dhcp.change(60, **to_static())

    assert lab.addresses() == ["192.168.77.30/24"]
    assert lab.run("ip route show default").startswith("default via 192.168.77.1 dev eth0")
    assert "nameserver 192.168.77.53" in lab.run("cat /etc/resolv.conf")
    assert "method=auto" in lab.stored()

    dhcp("confirm", token)

    assert "address1=192.168.77.30/24\n" in lab.stored()
    assert "gateway=192.168.77.1\n" in lab.stored()
    assert "dns=192.168.77.53" in lab.stored()
    assert dhcp("pending") is None
    assert dhcp("outcome")["ending"] == "confirmed"
    assert lab.addresses() == ["192.168.77.30/24"]


def test_what_only_served_the_trial_is_not_stored(lab: Lab, dhcp: Agent) -> None:
    dhcp("confirm", dhcp.change(60, **to_static()))

    assert "dad-timeout" not in lab.stored()
    assert "may-fail" not in lab.stored()


def test_towards_dhcp_the_old_address_stays_until_the_change_is_confirmed(lab: Lab, static: Agent) -> None:
    token = static.change(60, method="dhcp")

    lab.wait_for_addresses(OLD, LEASED)
    (leased,) = static("pending")["addresses"]
    assert leased in lab.addresses()
    assert leased != OLD

    static("confirm", token)

    lab.wait_for_addresses(LEASED)
    assert lab.stored().split() == ["[ipv4]", "method=auto"]


def test_without_confirmation_the_old_settings_come_back(lab: Lab, static: Agent) -> None:
    token = static.change(5, **to_static("192.168.77.31"))

    print(f"back after {lab.wait_for_addresses(OLD):.2f} s more")

    assert "address1=192.168.77.10/24\ngateway=192.168.77.1\n" in lab.stored()
    assert static.ending() == "expired"
    assert static.refusal("confirm", token)["fault"] == "no-such-change"


def test_a_wrong_network_is_left_again_without_confirmation(lab: Lab, static: Agent) -> None:
    static.change(5, method="static", address="10.9.9.9", prefix="255.255.255.0", gateway="10.9.9.1")

    assert lab.addresses() == ["10.9.9.9/24"]
    print(f"back after {lab.wait_for_addresses(OLD):.2f} s more")


def test_a_change_can_be_undone_at_once(lab: Lab, static: Agent) -> None:
    token = static.change(60, method="dhcp")

    static("roll_back", token)

    print(f"back after {lab.wait_for_addresses(OLD):.2f} s")
    assert static("outcome")["ending"] == "rolled-back"
    assert lab.run("nmcli -g ipv4.method connection show wired") == "manual"
    assert static.refusal("confirm", token)["fault"] == "no-such-change"


def test_an_address_that_another_device_has_is_not_taken(lab: Lab, static: Agent) -> None:
    with pytest.raises(RefusedByAgentError) as refused:
        static.change(30, method="static", address="192.168.77.1", prefix="24")

    assert refused.value.answer["errors"] == {"address": "address-in-use"}
    assert static("outcome")["ending"] == "failed"
    lab.wait_for_addresses(OLD)
    assert static("pending") is None


def test_without_a_dhcp_server_the_old_settings_come_back(lab: Lab, static: Agent) -> None:
    lab.run("kill -9 $(cat /run/lab/dhcp.pid)")

    with pytest.raises(RefusedByAgentError) as refused:
        static.change(6, method="dhcp")

    assert refused.value.answer["errors"] == {"method": "no-dhcp-answer"}
    lab.wait_for_addresses(OLD)


def test_only_one_change_waits_at_a_time(lab: Lab, static: Agent) -> None:
    token = static.change(60, **to_static())

    assert static.refusal("apply", {"interface": "eth0", "method": "dhcp"}, 60)["fault"] == "already-pending"
    assert static("pending")["token"] == token
    static("confirm", token)
    static("confirm", static.change(60, method="dhcp"))
    lab.wait_for_addresses(LEASED)


def test_a_change_is_confirmed_by_its_own_token_only(lab: Lab, static: Agent) -> None:
    token = static.change(60, **to_static())

    assert static.refusal("confirm", "not-this-one")["fault"] == "no-such-change"
    assert static.refusal("roll_back", "not-this-one")["fault"] == "no-such-change"
    static("confirm", token)
    assert static.refusal("confirm", token)["fault"] == "no-such-change"


def test_a_change_that_is_not_in_force_cannot_be_confirmed(lab: Lab, static: Agent) -> None:
    lab.run("kill -9 $(cat /run/lab/dhcp.pid)")
    token = static("apply", {"interface": "eth0", "method": "dhcp"}, 30)["token"]

    assert static.refusal("confirm", token)["fault"] == "not-yet-in-force"
    static("roll_back", token)
    lab.wait_for_addresses(OLD)


def test_another_programs_checkpoint_is_left_alone(lab: Lab, static: Agent) -> None:
    lab.run(
        "dbus-send --system --print-reply --dest=org.freedesktop.NetworkManager /org/freedesktop/NetworkManager"
        " org.freedesktop.NetworkManager.CheckpointCreate array:objpath: uint32:60 uint32:0"
    )

    assert static.refusal("apply", {"interface": "eth0", "method": "dhcp"}, 60)["fault"] == "interface-busy"
    assert lab.addresses() == [OLD]


def test_a_change_that_cannot_be_noted_is_not_made(lab: Lab, static: Agent) -> None:
    lab.run("rm -rf /run/lab/state; touch /run/lab/state")

    assert static.refusal("apply", {"interface": "eth0", "method": "dhcp"}, 60)["fault"] == "cannot-be-noted"
    assert lab.addresses() == [OLD]
    lab.run("rm /run/lab/state; install -d -o han2x -g han2x /run/lab/state")
    static("confirm", static.change(60, **to_static()))


def test_what_the_owner_set_besides_is_kept(lab: Lab) -> None:
    lab.profile("ipv4.method auto ipv4.dns-search example.org ipv4.route-metric 77 ipv6.method disabled")
    agent = lab.agent()

    agent("confirm", agent.change(60, **to_static()))

    stored = lab.run("cat /etc/NetworkManager/system-connections/wired.nmconnection")
    assert "dns-search=example.org" in stored
    assert "route-metric=77" in stored
    assert "[ipv6]\naddr-gen-mode=default\nmethod=disabled" in stored


def test_an_interface_without_a_profile_gets_one_when_confirmed(lab: Lab) -> None:
    agent = lab.agent()
    assert lab.addresses() == []

    agent.change(5, **to_static())
    lab.wait_for_addresses()
    assert "han2x" not in lab.run("nmcli -g NAME connection")
    agent.ending()
    agent("confirm", agent.change(60, **to_static()))

    assert "address1=192.168.77.30/24\n" in lab.stored()


def test_an_interface_without_a_cable_is_not_changed(lab: Lab, static: Agent) -> None:
    lab.run("ip -n router link set r0 down")

    assert static.refusal("apply", {"interface": "eth0", "method": "dhcp"}, 60)["errors"] == {"interface": "no-link"}
    (eth0,) = static("overview")["interfaces"]
    assert (eth0["link"], eth0["fault"]) == (False, "no-link")


def test_a_cable_that_comes_out_while_the_change_waits_keeps_nobody_out(lab: Lab, static: Agent) -> None:
    static.change(5, **to_static())
    lab.run("ip -n router link set r0 down")
    static.ending()

    lab.run("ip -n router link set r0 up")

    lab.wait_for_addresses(OLD)


def test_a_cable_that_comes_out_while_the_change_is_made_is_told(lab: Lab, static: Agent) -> None:
    lab.run("kill -9 $(cat /run/lab/dhcp.pid)")
    token = static("apply", {"interface": "eth0", "method": "dhcp"}, 30)["token"]
    lab.run("ip -n router link set r0 down")

    assert static.refusal("in_force", token)["errors"] == {"interface": "lost-link"}
    lab.run("ip -n router link set r0 up")
    lab.wait_for_addresses(OLD)


def test_the_host_name_is_changed_at_once_and_for_good(lab: Lab, static: Agent) -> None:
    static("set_hostname", " hus-7 ")

    until(lambda: lab.run("hostname; cat /etc/hostname").split() == ["hus-7", "hus-7"], "the new name")
    assert static("overview")["hostname"] == "hus-7"
    assert static.refusal("set_hostname", "hus 7")["errors"] == {"hostname": "hostname"}


def test_a_wireless_networks_password_stays_in_its_profile(lab: Lab, static: Agent) -> None:
    lab.run(
        "nmcli connection add type wifi ifname wlan0 con-name air ssid Home wifi-sec.key-mgmt wpa-psk"
        " wifi-sec.psk not-a-real-password"
    )
    uuid = lab.run("nmcli -g connection.uuid connection show air")
    change = f"""
import asyncio
from han2x.network.bus import Bus
from han2x.network.manager import Manager
from han2x.network.model import factory_settings
from han2x.network.profile import ipv4_part

async def main():
    manager = Manager(await Bus.connect())
    for to_disk in (False, True):
        profile = await manager.profile("{uuid}")
        await manager.update(profile, ipv4_part(factory_settings("wlan0"), profile.ipv4), to_disk=to_disk)

asyncio.run(main())
"""
    lab.run_as_user(*lab.python("-c", change))

    stored = lab.run("cat /etc/NetworkManager/system-connections/air.nmconnection")
    assert "psk=not-a-real-password" in stored
    assert "address1=192.168.1.232/24" in stored
