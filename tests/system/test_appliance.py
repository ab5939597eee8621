"""One machine's life with han2x, told in order: installed, disturbed, upgraded, removed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from tests.system.appliance import ROOT, Appliance

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

SETTINGS = """
# The owner's own words.
[[meters]]
port = "/dev/ttyHAN"   # the meter in the cellar
"""
TRY_TO_OPEN = """
import os, sys
for name in sys.argv[1:]:
    try:
        os.open(f"/dev/{name}", os.O_RDWR | os.O_NONBLOCK)
    except OSError as error:
        print(name, error.errno)
"""
STATE = "/var/lib/han2x"
STATUS = "/usr/local/bin/han2x status || true"
BEFORE = "/run/files-before"
APART = ("/run", "/tmp", "/var/log", "/var/cache")  # noqa: S108 - nothing is written there
READ_BY_TLS = """
import socket, ssl
context = ssl.create_default_context(cafile="/etc/han2x/tls/authority.pem")
context.check_hostname = False
context.load_cert_chain("/etc/han2x/tls/scada.pem", "/etc/han2x/tls/scada.key")
with context.wrap_socket(socket.create_connection(("127.0.0.1", 802), 20)) as client:
    client.sendall(bytes.fromhex("000100000006010300300002"))
    print(int.from_bytes(client.recv(100)[-4:], "big"))
"""
LISTING = f"find / -xdev {' '.join(f'-path {path} -prune -o' for path in APART)} -print | sort"
# What the system writes for itself meanwhile, such as backups of the password file.
NOT_OURS = re.compile(
    r"/etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$|/var/lib/(systemd|NetworkManager|private)|/var/tmp/systemd-private|/etc/\.|__pycache__"
)

Measured = Callable[[str, object], None]


def test_the_unit_is_sound_and_shuts_the_service_in(appliance: Appliance, record_property: Measured) -> None:
    appliance.run("mkdir -p /opt/han2x/venv/bin; touch /opt/han2x/venv/bin/python; chmod +x /opt/han2x/venv/bin/python")
    appliance.run("systemd-analyze verify --man=no /src/systemd/han2x.service")
    appliance.run("rm -r /opt/han2x")
    said = appliance.output("systemd-analyze security --offline=true --threshold=20 /src/systemd/han2x.service")
    record_property("systemd-analyze security", said.splitlines()[-1].split()[-3])


def test_one_command_installs_it_and_it_serves(appliance: Appliance, record_property: Measured) -> None:
    appliance.run(f"{LISTING} > {BEFORE}")
    said = appliance.install()
    assert "This computer has no network interface." in said, "what becomes of its address"
    assert "Active: active (running)" in said
    assert appliance.property("UnitFileState") == "enabled"
    assert appliance.run("bash -n /usr/local/share/bash-completion/completions/han2x")
    assert appliance.ask("48").value == 1000
    resident = appliance.output(f"grep VmRSS /proc/{appliance.pid()}/status").split()[1]
    record_property("resident memory after start", f"{int(resident) / 1024:.0f} MiB")


def test_it_runs_as_a_user_of_its_own_with_one_capability(appliance: Appliance) -> None:
    status = dict(
        line.split(":\t", 1)
        for line in appliance.output(f"cat /proc/{appliance.pid()}/status").splitlines()
        if ":\t" in line
    )
    assert status["Uid"].split()[0] == appliance.output("id -u han2x") != "0"
    assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 1 << 10  # CAP_NET_BIND_SERVICE
    assert status["NoNewPrivs"] == "1"
    assert appliance.output("stat -c '%a %U' /var/lib/han2x") == "700 han2x"


def test_a_meter_on_its_serial_line_is_read(appliance: Appliance) -> None:
    appliance.run(
        "systemd-run --quiet --unit=meter /opt/han2x/venv/bin/python -m han2x simulate --link /dev/ttyHAN --speed 10"
    )
    appliance.wait_until(lambda: appliance.run("test -e /dev/ttyHAN", check=False).returncode == 0)
    appliance.run("chgrp dialout $(realpath /dev/ttyHAN); chmod 660 $(realpath /dev/ttyHAN)")
    appliance.edit_settings(SETTINGS)
    appliance.run("systemctl restart han2x")
    appliance.wait_until(lambda: appliance.ask("14").returncode == 0)
    assert 2000 < appliance.ask("14").value < 2600  # V × 10
    appliance.wait_until(lambda: "last telegram" in appliance.property("StatusText"))


def test_the_journal_has_levels_and_fields(appliance: Appliance) -> None:
    appliance.run("journalctl --sync")
    assert "Modbus is served" in appliance.output("journalctl -o cat -u han2x LOGGER=han2x.modbus PRIORITY=6")


def test_starts_and_stops_raise_no_false_alarm(appliance: Appliance) -> None:
    begun = appliance.now()
    for _ in range(5):
        appliance.run("systemctl restart han2x")
        appliance.wait_until(lambda: "last telegram" in appliance.property("StatusText"))
    journal = appliance.journal(begun)
    assert len(re.findall(r"^the page is at http://\S+", journal, re.M)) == 5
    warned = appliance.output(
        f"journalctl -o cat -p warning -u han2x _COMM=python --since={begun} || true"
    ).splitlines()
    assert [line for line in warned if "the page has no password" not in line] == []
    assert re.findall(r"^(?:INFO|WARNING|ERROR|<\d>).*", journal, re.M) == []


def test_another_service_that_has_the_port_is_named_until_it_is_gone(appliance: Appliance) -> None:
    holds = "import socket, time; held = socket.create_server((chr(48), 502)); time.sleep(300)"
    appliance.run("systemctl stop han2x")
    appliance.run(f"systemd-run --quiet --unit=squatter /usr/bin/python3 -c '{holds}'")
    appliance.wait_until(lambda: "01F6" in appliance.output("cat /proc/net/tcp"))
    appliance.run("systemctl start han2x")
    named = (
        "cannot listen on *:502: squatter.service has this port; end it (sudo systemctl disable --now squatter.service)"
    )
    appliance.wait_until(lambda: named in appliance.output(STATUS))
    assert f"Modbus is not served: {named}" in appliance.journal()
    appliance.run("systemctl stop squatter")
    appliance.wait_until(appliance.serves)


def test_only_serial_ports_and_gpio_can_be_opened(appliance: Appliance) -> None:
    """A device that may be opened has no driver here (ENXIO), another is refused before that (EPERM)."""
    names = {"ttyUSB0": "188 0", "ttyACM0": "166 0", "ttyAMA0": "204 64", "other": "189 0", "fuse": "10 229"}
    for name, number in names.items():
        appliance.run(f"mknod /dev/{name} c {number}; chmod 666 /dev/{name}")
    appliance.put("/run/try.py", TRY_TO_OPEN)
    appliance.override(f"ExecStartPre=/usr/bin/python3 /run/try.py {' '.join(names)}")
    appliance.run("systemctl restart han2x")
    appliance.override("")
    journal = appliance.journal()
    assert re.findall(r"^(\w+) (?:6|19)$", journal, re.M) == ["ttyUSB0", "ttyACM0", "ttyAMA0"]
    assert re.findall(r"^(\w+) 1$", journal, re.M) == ["other", "fuse"]


def test_polkit_lets_it_change_the_network_and_nothing_else(appliance: Appliance) -> None:
    said = appliance.output("runuser -u han2x -- nmcli --terse general permissions")
    may = {line.split(":")[0].rpartition("NetworkManager.")[2] for line in said.splitlines() if line.endswith(":yes")}
    assert may == {
        "settings.modify.system",
        "settings.modify.hostname",
        "network-control",
        "checkpoint-rollback",
    }


def test_installing_again_changes_nothing(appliance: Appliance) -> None:
    before = appliance.output("sha256sum /var/lib/han2x/settings.toml")
    appliance.install()
    assert appliance.output("sha256sum /var/lib/han2x/settings.toml") == before
    assert len(appliance.output("ls -d /opt/han2x/venv-*").split()) == 1
    assert appliance.serves()


def test_a_package_that_is_not_the_locked_one_is_not_installed(appliance: Appliance) -> None:
    before = appliance.output("readlink /opt/han2x/venv")
    appliance.run("cp -r /packages /run/tampered && echo >> /run/tampered/tomlkit-*.whl")
    done = appliance.run("HAN2X_WHEELS=/run/tampered /src/systemd/install 2>&1", check=False)
    assert done.returncode != 0
    assert "Nothing was changed." in done.stdout
    assert appliance.output("readlink /opt/han2x/venv; ls -d /opt/han2x/venv-*").split() == [before, before]
    assert appliance.serves()


def test_killed_it_comes_back(appliance: Appliance, record_property: Measured) -> None:
    before = appliance.pid()
    appliance.run(f"kill -9 {before}")
    seconds = appliance.wait_until(lambda: appliance.pid() not in (0, before) and appliance.serves())
    record_property("serves again after kill -9", f"{seconds:.1f} s")


BLOCKING = """
import signal, time

def block_the_loop(*_):
    time.sleep(3600)

signal.signal(signal.SIGUSR1, block_the_loop)
"""


def test_a_blocked_event_loop_ends_in_a_restart(appliance: Appliance, record_property: Measured) -> None:
    """A call in the program's own thread does not return, as with a broken driver."""
    appliance.run("mkdir -p /run/blocking")
    appliance.put("/run/blocking/sitecustomize.py", BLOCKING)
    appliance.override("WatchdogSec=3\nEnvironment=PYTHONPATH=/run/blocking")
    appliance.run("systemctl restart han2x")
    appliance.wait_until(appliance.serves)
    before = appliance.pid()
    appliance.run(f"kill -USR1 {before}")
    blocked = time.monotonic()
    appliance.wait_until(lambda: appliance.pid() not in (0, before) and appliance.serves())
    seconds = time.monotonic() - blocked
    record_property("serves again after a blocked event loop, WatchdogSec=3", f"{seconds:.1f} s")
    journal = appliance.journal()
    assert "watchdog" in journal.lower()
    assert "block_the_loop" in journal  # the traceback says where it hung
    appliance.override("")


def test_a_reload_keeps_it_serving(appliance: Appliance) -> None:
    before = appliance.pid()
    appliance.run("systemctl reload han2x")
    appliance.wait_until(appliance.serves)
    assert appliance.pid() == before


def test_a_reload_brings_another_meter_without_a_new_start(appliance: Appliance) -> None:
    appliance.run("systemctl restart han2x")
    before = appliance.pid()
    appliance.edit_settings(SETTINGS + "[[meters]]\nunit = 2\n")
    appliance.run("systemctl reload han2x")
    appliance.wait_until(lambda: "meter 2" in appliance.property("StatusText"))
    assert appliance.pid() == before
    assert appliance.serves()
    appliance.edit_settings(SETTINGS)
    appliance.run("systemctl reload han2x")
    appliance.wait_until(lambda: "meter 2" not in appliance.property("StatusText"))


def told(document: str, command: str) -> str:
    """A command as a document has it in one of its blocks, for root."""
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    blocks = "\n".join(re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))
    (line,) = {line for line in blocks.splitlines() if line.startswith(f"sudo {command}")}
    return line.removeprefix("sudo ").replace("han2x ", "/usr/local/bin/han2x ", 1)


def test_modbus_with_tls_is_as_the_document_tells(appliance: Appliance) -> None:
    said = appliance.output(told("modbus.md", "han2x certificates"))
    settings = said[said.index("[modbus]") :]
    appliance.edit_settings(SETTINGS + settings)
    assert ": good" in appliance.output(told("modbus.md", "han2x check"))
    appliance.run(told("modbus.md", "systemctl reload"))
    appliance.wait_until(lambda: appliance.output(f"python3 -c '{READ_BY_TLS}' 2>&1 || true") == "1000")
    assert "802" in appliance.output(STATUS)
    appliance.run("mv /etc/han2x/tls/server.key /etc/han2x/tls/gone")
    refused = appliance.run(told("modbus.md", "han2x check"), check=False)
    assert refused.returncode == 1
    appliance.edit_settings(SETTINGS)
    appliance.run("rm -r /etc/han2x && systemctl reload han2x")


def test_keys_are_entered_as_the_document_tells(appliance: Appliance) -> None:
    key = "00112233445566778899aabbccddeeff"
    appliance.run(f"printf '{key}\\n{key[::-1]}\\n' | {told('meters.md', 'han2x keys enter')}")
    before = appliance.pid()
    appliance.run(told("meters.md", "systemctl reload"))
    appliance.wait_until(appliance.serves)
    assert appliance.pid() == before
    assert key in appliance.output(f"cat {STATE}/settings.toml")
    assert appliance.output(f"stat --format '%U %a' {STATE}/settings.toml") == "han2x 600"
    assert key not in appliance.journal()
    appliance.edit_settings(SETTINGS)
    appliance.run("systemctl reload han2x")


def test_a_forgotten_password_is_reset_as_the_document_tells(appliance: Appliance) -> None:
    before = appliance.pid()
    said = appliance.output(told("installation.md", "han2x password reset"))
    assert "Choose a new password within 15 minutes: http://" in said
    assert "0.0.0.0" not in said
    assert appliance.pid() == before


def test_whoever_may_not_ask_for_the_status_is_told_what_to_do(appliance: Appliance) -> None:
    said = appliance.output("runuser -u nobody -- /usr/local/bin/han2x status 2>&1 || true")
    assert said.endswith("only root and the gateway's user may ask; try sudo han2x status")


def test_it_stops_in_time(appliance: Appliance, record_property: Measured) -> None:
    appliance.run("systemctl restart han2x")
    said = appliance.output("T=$(date +%s%N); systemctl stop han2x; echo $((($(date +%s%N) - T) / 1000000))")
    assert appliance.property("Result") == "success"
    record_property("stops in", f"{said} ms")
    appliance.run("systemctl start han2x")


def test_no_file_of_the_system_can_be_written_by_it(appliance: Appliance) -> None:
    inside = f"nsenter --mount --target {appliance.pid()}"
    for place in ("/etc", "/opt/han2x", "/usr", "/var/lib", "/home"):
        refused = appliance.run(f"{inside} touch {place}/anything", check=False)
        assert refused.returncode != 0, place


def test_from_a_read_only_root_it_starts_serves_and_keeps(appliance: Appliance) -> None:
    with appliance.read_only_root(STATE):
        assert appliance.run("touch /etc/anything /var/tmp/anything", check=False).returncode != 0
        appliance.run("systemctl restart han2x")
        appliance.write_factor(1500)
        appliance.wait_until(lambda: "1500" in appliance.output(f"cat {STATE}/settings.toml || true"))
        appliance.wait_until(lambda: appliance.ask("14").returncode == 0)
        assert "storage" not in appliance.output(STATUS)
    assert appliance.ask("48").value == 1500


def test_where_not_even_its_own_directory_can_be_written_it_serves_and_says_so_once(appliance: Appliance) -> None:
    with appliance.read_only_root():
        assert appliance.run(f"touch {STATE}/anything", check=False).returncode != 0
        serves_on_and_says_so_once(appliance, 1600, "Read-only file system")
    assert appliance.ask("48").value == 1500


def test_with_a_full_disk_it_serves_and_says_so_once(appliance: Appliance) -> None:
    with appliance.full_disk(STATE):
        serves_on_and_says_so_once(appliance, 1700, "No space left on device")
        appliance.wait_until(lambda: "state cannot be saved" in appliance.output(STATUS))  # within the minute
        appliance.run(f"rm {STATE}/fill; systemctl restart han2x")
        assert appliance.ask("48").value == 1700
    assert appliance.ask("48").value == 1500


def serves_on_and_says_so_once(appliance: Appliance, factor: int, why: str) -> None:
    appliance.run("systemctl restart han2x")
    begun = appliance.now()
    assert appliance.ask("48").value == 1500
    for value in (factor - 1, factor):
        appliance.write_factor(value)
    appliance.wait_until(lambda: "would not survive a restart" in appliance.output(STATUS))
    assert appliance.ask("48").value == factor
    appliance.wait_until(lambda: appliance.ask("14").returncode == 0)
    said = appliance.journal(begun)
    assert said.count("would not survive a restart") == 1
    assert why in said


def test_an_upgrade_keeps_settings_state_and_factor(appliance: Appliance) -> None:
    appliance.write_factor(2500)
    appliance.wait_until(lambda: "2500" in appliance.output("cat /var/lib/han2x/settings.toml"))
    assert "99.0.0" in appliance.install("/versions/newer/*.whl")
    assert appliance.ask("48").value == 2500
    settings = appliance.output("cat /var/lib/han2x/settings.toml")
    assert "# The owner's own words." in settings
    assert "# the meter in the cellar" in settings
    assert len(appliance.output("ls -d /opt/han2x/venv-*").split()) == 1


def test_a_version_that_does_not_start_gives_way_to_the_one_before(appliance: Appliance) -> None:
    assert "the version that ran before is back" in appliance.try_to_install("/versions/broken/*.whl")
    assert appliance.serves()
    assert len(appliance.output("ls -d /opt/han2x/venv-*").split()) == 1


def test_a_downgrade_keeps_settings_too(appliance: Appliance) -> None:
    assert "99.0.0" not in appliance.install()
    assert appliance.ask("48").value == 2500


def test_a_version_that_cannot_use_what_the_one_before_can_is_refused_before_anything_changes(
    appliance: Appliance,
) -> None:
    before = appliance.output("cat /var/lib/han2x/settings.toml; readlink /opt/han2x/venv")
    said = appliance.try_to_install("/versions/refusing/*.whl")
    assert "unheard_of" in said
    assert "Nothing was changed." in said
    assert appliance.output("cat /var/lib/han2x/settings.toml; readlink /opt/han2x/venv") == before
    assert appliance.serves()


def test_what_is_wrong_in_either_version_keeps_no_upgrade_away_and_is_told(appliance: Appliance) -> None:
    gone = '[web]\ncertificate = "/etc/han2x/gone.pem"\nkey = "/etc/han2x/gone.key"\n'
    for wrong, named in ((gone, "/etc/han2x/gone.pem"), ("[from_the_future]\nkey = 1\n", "from_the_future")):
        appliance.edit_settings(SETTINGS + wrong)
        before = appliance.output("readlink /opt/han2x/venv")
        said = appliance.install("/versions/newer/*.whl")
        assert "It is installed all the same" in said
        assert named in said
        assert appliance.output("readlink /opt/han2x/venv") != before
        appliance.wait_until(appliance.serves)
    appliance.edit_settings(SETTINGS)
    appliance.install()


def test_removed_it_leaves_settings_and_state(appliance: Appliance) -> None:
    assert "/var/lib/han2x" in appliance.output("/src/systemd/uninstall")
    assert appliance.run("systemctl cat han2x", check=False).returncode != 0
    assert "cellar" in appliance.output("cat /var/lib/han2x/settings.toml")
    assert not appliance.serves()


def test_removed_for_good_it_leaves_nothing(appliance: Appliance) -> None:
    appliance.install()
    appliance.run("systemctl stop meter; rm -f /dev/ttyHAN")
    for _ in range(2):
        appliance.run("/src/systemd/uninstall --purge")
    after = appliance.output(f"{LISTING} | comm -13 {BEFORE} -").splitlines()
    assert [path for path in after if not NOT_OURS.search(path)] == []
    assert appliance.run("getent passwd han2x || getent group han2x", check=False).returncode != 0
    assert appliance.output("systemctl --failed --no-legend") == ""
