"""Whatever dies while a change is not confirmed: the old settings are in force afterwards."""

from __future__ import annotations

import pytest

from tests.end_to_end.network.lab import Agent, Lab, until

pytestmark = [pytest.mark.end_to_end, pytest.mark.network, pytest.mark.timeout(60)]

OLD = "192.168.77.10/24"
NEW = "192.168.77.30/24"
TYPED = {"method": "static", "address": "192.168.77.30", "prefix": "24", "gateway": "192.168.77.1"}


def test_the_daemon_is_killed_and_stays_dead(lab: Lab, static: Agent) -> None:
    static.change(5, **TYPED)
    static.kill()

    print(f"back after {lab.wait_for_addresses(OLD):.2f} s more")

    assert "address1=192.168.77.10/24" in lab.stored()


def test_the_daemon_is_killed_and_takes_the_change_up_again(lab: Lab, static: Agent) -> None:
    token = static.change(30, **TYPED)
    static.kill()
    again = lab.agent()

    assert again("in_force", token)["state"] == "in-force"
    again("confirm", token)

    assert "address1=192.168.77.30/24" in lab.stored()
    assert lab.addresses() == [NEW]
    again.kill()
    assert lab.agent()("pending") is None
    assert lab.addresses() == [NEW]


def test_the_daemon_comes_back_after_the_time_ran_out(lab: Lab, static: Agent) -> None:
    static.change(5, **TYPED)
    static.kill()
    lab.wait_for_addresses(OLD)
    again = lab.agent()

    assert again.ending() == "expired"
    assert lab.addresses() == [OLD]


def test_the_daemon_is_stopped_in_order(lab: Lab, static: Agent) -> None:
    static.change(5, **TYPED)
    static.close()

    lab.wait_for_addresses(OLD)


def test_the_daemon_is_killed_before_the_change_is_sent(lab: Lab) -> None:
    lab.profile("ipv4.method manual ipv4.addresses 192.168.77.10/24")
    agent = lab.agent(answer_first_s=30.0)
    agent("apply", TYPED | {"interface": "eth0"}, 60)
    agent.kill()
    again = lab.agent()

    assert again.ending() == "interrupted"
    assert lab.addresses() == [OLD]
    again("confirm", again.change(60, **TYPED))


def test_the_daemon_is_killed_when_the_confirmation_is_only_noted(lab: Lab, static: Agent) -> None:
    static.change(60, **TYPED)
    static.kill()
    note_it = """
from pathlib import Path
from han2x.store import Store

store = Store(Path("/run/lab/state"))
store.save("network", store.load("network") | {"confirmed": True})
"""
    lab.run_as_user(*lab.python("-c", note_it))
    again = lab.agent()

    assert again.ending() == "confirmed"
    assert "address1=192.168.77.30/24" in lab.stored()
    again("confirm", again.change(60, method="dhcp"))


def test_networkmanager_is_gone_when_the_change_is_confirmed(lab: Lab, static: Agent) -> None:
    token = static.change(60, **TYPED)
    lab.kill_manager()

    assert static.refusal("confirm", token)["fault"] == "no-manager"
    lab.start_manager()

    assert static.ending() == "interrupted"
    lab.wait_for_addresses(OLD)


def test_whoever_confirms_goes_away_in_the_middle(lab: Lab, static: Agent) -> None:
    token = static.change(60, **TYPED)

    static("abandon", "confirm", token)

    until(lambda: static("pending") is None or static("pending")["state"] == "in-force", "the watch to go on")
    if static("pending"):
        static("confirm", token)
    assert static.ending() == "confirmed"
    assert "address1=192.168.77.30/24" in lab.stored()
    lab.wait_for_addresses(NEW)


def test_the_message_bus_is_restarted(lab: Lab, static: Agent) -> None:
    static.change(60, **TYPED)
    lab.kill_manager()
    lab.run("kill -9 $(cat /run/lab/dbus.pid); /run/lab/dbus")
    lab.start_manager()

    lab.wait_for_addresses(OLD)
    assert static.ending() == "interrupted"


def test_networkmanager_is_killed(lab: Lab, static: Agent) -> None:
    static.change(60, **TYPED)
    lab.kill_manager()
    lab.start_manager()

    print(f"back after {lab.wait_for_addresses(OLD):.2f} s")

    assert static.ending() == "interrupted"
    assert "address1=192.168.77.10/24" in lab.stored()
    assert lab.run("ls /run/NetworkManager/system-connections") == "lo.nmconnection"
    static("confirm", static.change(60, **TYPED))


def test_networkmanager_and_the_daemon_are_killed(lab: Lab, static: Agent) -> None:
    static.change(60, **TYPED)
    static.kill()
    lab.kill_manager()
    lab.start_manager()
    again = lab.agent()

    print(f"back after {lab.wait_for_addresses(OLD):.2f} s")

    assert again.ending() == "interrupted"
    assert "address1=192.168.77.10/24" in lab.stored()


def test_the_daemon_is_back_before_networkmanager(lab: Lab, static: Agent) -> None:
    static.change(60, method="dhcp")
    static.kill()
    lab.kill_manager()
    again = lab.agent()
    assert again("overview")["fault"] == "no-manager"
    lab.start_manager()

    lab.wait_for_addresses(OLD)

    assert again.ending() == "interrupted"


def test_the_power_is_cut(lab: Lab, static: Agent) -> None:
    static.change(60, **TYPED)
    lab.cut_power()

    lab.wait_for_addresses(OLD)
    again = lab.agent()

    assert again.ending() == "interrupted"
    assert lab.addresses() == [OLD]


def test_the_power_is_cut_after_the_confirmation(lab: Lab, static: Agent) -> None:
    static("confirm", static.change(60, **TYPED))
    lab.cut_power()

    lab.wait_for_addresses(NEW)
    assert lab.agent()("pending") is None
    assert lab.addresses() == [NEW]


@pytest.mark.parametrize("lab", ["auto_default"], indirect=True)
def test_the_power_is_cut_where_networkmanager_made_the_profile_itself(lab: Lab) -> None:
    lab.wait_for_addresses("192.168.77.1*")
    agent = lab.agent()
    agent.change(60, **TYPED)
    lab.cut_power()

    lab.wait_for_addresses("192.168.77.1*")

    again = lab.agent()
    assert again.ending() == "interrupted"
    again("confirm", again.change(60, **TYPED))
    lab.cut_power()
    lab.wait_for_addresses(NEW)


@pytest.mark.parametrize("lab", ["auto_default"], indirect=True)
def test_networkmanager_is_killed_that_made_the_profile_itself(lab: Lab) -> None:
    lab.wait_for_addresses("192.168.77.1*")
    agent = lab.agent()
    agent.change(60, **TYPED)
    lab.kill_manager()
    lab.start_manager()

    lab.wait_for_addresses("192.168.77.1*")
    assert agent.ending() == "interrupted"
