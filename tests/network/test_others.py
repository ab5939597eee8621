"""Who keeps the network where NetworkManager does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from han2x.network.faults import Fault
from han2x.network.others import named

MISSING = Fault("no-manager")


def written(run: Path, name: str, text: str = "") -> None:
    (run / name).parent.mkdir(parents=True, exist_ok=True)
    (run / name).write_text(text)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("systemd/netif/links/2", "# private\nADMIN_STATE=configured\nOPER_STATE=routable\n", "kept-by-networkd"),
        ("systemd/netif/links/2", "ADMIN_STATE=configuring\n", "kept-by-networkd"),
        ("dhcpcd/pid", "", None),
        ("dhcpcd/eth0.pid", "812\n", "kept-by-dhcpcd"),
        ("dhcpcd.pid", "812\n", "kept-by-dhcpcd"),
        ("network/ifstate", "lo=lo\neth0=eth0\n", "kept-by-ifupdown"),
        ("network/ifstate", "lo=lo\n", None),
        ("systemd/netif/links/2", "ADMIN_STATE=unmanaged\n", None),
    ],
)
def test_it_is_known_by_what_it_leaves(tmp_path: Path, name: str, text: str, code: str | None) -> None:
    written(tmp_path, name, text)
    found = named(MISSING, "eth0", tmp_path)
    assert found == (MISSING if code is None else Fault(code, interface="eth0"))


def test_what_to_write_names_the_interface(tmp_path: Path) -> None:
    written(tmp_path, "dhcpcd.pid")
    assert "under interface eth1" in str(named(MISSING, "eth1", tmp_path))
    assert "under interface INTERFACE" in str(named(MISSING, "", tmp_path))


def test_a_fault_of_networkmanager_s_own_stays(tmp_path: Path) -> None:
    written(tmp_path, "dhcpcd.pid")
    assert named(Fault("not-allowed"), "eth0", tmp_path) == Fault("not-allowed")


def test_nothing_and_what_cannot_be_read_is_nobody(tmp_path: Path) -> None:
    assert named(MISSING, "eth0", tmp_path) == MISSING
    (tmp_path / "network" / "ifstate").mkdir(parents=True)
    (tmp_path / "systemd" / "netif" / "links").mkdir(parents=True)
    (tmp_path / "systemd" / "netif" / "links" / "2").write_bytes(b"\xff" * 10_000)
    assert named(MISSING, "eth0", tmp_path) == MISSING
