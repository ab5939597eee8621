"""`han2x address`, asked of a running gateway on a computer with NetworkManager."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

import pytest

from tests.end_to_end.network.lab import Lab, until

pytestmark = [pytest.mark.end_to_end, pytest.mark.network, pytest.mark.enable_socket, pytest.mark.timeout(120)]

OLD: Final = "192.168.77.10/24"
DEFAULT: Final = "192.168.1.232/24"


@pytest.fixture
def gateway(lab: Lab) -> Iterator[None]:
    """One without a page, as the unprivileged user."""
    lab.profile(f"ipv4.method manual ipv4.addresses {OLD}")
    run = lab.python(
        "-m", "han2x", "run", "--state-dir", "/run/lab/state", "--modbus", "127.0.0.1:1502", "--web", "127.0.0.1:0"
    )
    with (lab.scratch / "gateway.log").open("w") as log:
        process = subprocess.Popen(lab.inside(*run, user=True), stdout=log, stderr=subprocess.STDOUT)
    try:
        until(lambda: asked(lab).returncode == 0 or process.poll() is not None, "the gateway to start")
        assert process.poll() is None
        yield
    finally:
        process.kill()
        process.wait(10)


def asked(lab: Lab, *arguments: str, output: IO[str] | int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    """Run the command as root, with nobody to ask."""
    command = lab.inside(*lab.python("-m", "han2x", "address", *arguments, "--state-dir", "/run/lab/state"))
    nobody, pipe = subprocess.DEVNULL, subprocess.PIPE
    return subprocess.run(command, stdout=output, stderr=pipe, text=True, check=False, stdin=nobody, timeout=60)


def test_the_address_stays_as_it_is_and_how_to_have_the_default_one_is_told(lab: Lab, gateway: None) -> None:
    said = asked(lab).stdout
    assert f"eth0     {OLD} (wired)" in said
    assert "sudo han2x address default gives the documented 192.168.1.232/24." in said
    assert lab.addresses() == [OLD]


def test_the_default_address_is_there_at_once_and_stays_when_it_is_confirmed(lab: Lab, gateway: None) -> None:
    done = asked(lab, "default")
    assert (done.returncode, done.stderr) == (0, "")
    assert "eth0 has the address 192.168.1.232 now, for 1" in done.stdout
    assert lab.addresses() == [DEFAULT]
    assert "waits to be confirmed" in asked(lab).stdout
    assert asked(lab, "confirm").stdout == f"eth0: static {DEFAULT} is kept.\n"
    assert "address1=192.168.1.232/24" in lab.stored()
    assert "waits" not in asked(lab).stdout
    assert "no longer there" in asked(lab, "confirm").stderr


def test_what_nobody_confirms_is_taken_back_by_itself(lab: Lab, gateway: None) -> None:
    assert asked(lab, "default", "--confirm-within", "10").returncode == 0
    assert lab.addresses() == [DEFAULT]
    lab.wait_for_addresses(OLD)
    assert "192.168.1.232" not in lab.stored()


def test_it_is_taken_back_at_once_when_that_is_wanted_and_kept_at_once_where_it_can_cut_nobody_off(
    lab: Lab, gateway: None
) -> None:
    asked(lab, "default")
    assert asked(lab, "undo").returncode == 0
    lab.wait_for_addresses(OLD)
    assert "It is kept." in asked(lab, "default", "--keep").stdout
    assert lab.addresses() == [DEFAULT]
    assert "address1=192.168.1.232/24" in lab.stored()


def test_it_is_kept_where_nobody_can_read_that_any_more(lab: Lab, gateway: None) -> None:
    with Path("/dev/full").open("w") as full:
        done = asked(lab, "default", "--keep", output=full)
    assert done.stderr == "han2x: standard output: No space left on device\n"
    assert lab.addresses() == [DEFAULT]
    assert "address1=192.168.1.232/24" in lab.stored()


def test_an_interface_that_is_not_there_changes_nothing(lab: Lab, gateway: None) -> None:
    done = asked(lab, "default", "--interface", "eth7")
    assert done.returncode == 1
    assert "no wired or wireless interface eth7" in done.stderr
    assert "Traceback" not in (lab.scratch / "gateway.log").read_text()
    assert lab.addresses() == [OLD]


def test_where_there_is_no_networkmanager_it_says_what_the_page_needs(lab: Lab, gateway: None) -> None:
    lab.kill_manager()
    said = asked(lab)
    assert said.returncode == 0
    assert OLD in said.stdout
    assert "NetworkManager does not run on this computer" in said.stdout
    assert "Debian packages network-manager and polkitd" in said.stdout
    done = asked(lab, "default")
    assert done.returncode == 1
    assert "NetworkManager does not run" in done.stderr
