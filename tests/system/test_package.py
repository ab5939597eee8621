"""The Debian package on a machine without any network: installed, upgraded, taken back, moved, purged."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.system.appliance import Appliance
from tests.system.debs import CRASHES, HAS_NO_PAGE, OLDER, REFUSES_SETTINGS, SOURCE, Shelf, build
from tests.system.test_appliance import LISTING, NOT_OURS

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

KEY: Final = "00112233445566778899aabbccddeeff"
SETTINGS: Final = f"""
# The owner's own words.
[[meters]]
port = "/dev/ttyHAN"   # the meter in the cellar
encryption_key = "{KEY}"
"""
SETTINGS_FILE: Final = "/var/lib/han2x/settings.toml"
BEFORE: Final = "/run/files-before-package"
SERVES_S: Final = 60.0
# All that is the package's, and what it keeps; no users and groups, which a new system numbers for itself.
MOVED: Final = """
    dpkg -L han2x | while read -r path; do [ -d "$path" ] || echo "$path"; done
    ls -d /usr/lib/han2x /var/lib/han2x /var/lib/dpkg/info/han2x.* /run/han2x-status
    find /etc/systemd /var/lib/systemd -name 'han2x.service*'"""
PAGE: Final = (
    "from urllib.request import Request, urlopen; "
    "print(urlopen(Request('http://127.0.0.1/', headers={'Host': '127.0.0.1'}), timeout=20).read().decode())"
)

HISTORY: Final = "/var/lib/han2x/history.db"
HOURS: Final = 48
REMEMBER: Final = f"""
import sys
sys.path[:0] = ["/src", "/usr/lib/han2x/program"]
from pathlib import Path
from han2x.history_file.series import Series
from han2x.history_file.writing import HistoryFile
from tests.history_file.made import BEGIN, hours, written
file, series = HistoryFile(Path("/var/lib/han2x")), Series(1, since=BEGIN)
file.arrange([series])
written(file, series, hours({HOURS}))
"""
REMEMBERED: Final = "han2x history --from 2026-01-01 --to 2026-01-04 --format jsonl"

Measured = Callable[[str, object], None]


def apt(appliance: Appliance, command: str, setting: str = "") -> str:
    """Run apt-get on the machine; returns what was said."""
    return appliance.output(f"{setting} DEBIAN_FRONTEND=noninteractive apt-get -y -q {command} 2>&1")


def install(appliance: Appliance, version: str, setting: str = "") -> str:
    """Install a version's package; `setting` is for its scripts."""
    return apt(appliance, f"install --allow-downgrades /debs/han2x_{version}_*.deb", setting)


def version(appliance: Appliance) -> str:
    """Which version the service is, as it says itself."""
    return appliance.output("han2x status 2>/dev/null | sed -n 's/^han2x \\([^,]*\\),.*/\\1/p'")


def checked(appliance: Appliance, *options: str) -> tuple[int, dict[str, object]]:
    """What `han2x update --check` returns and finds."""
    done = appliance.run(f"han2x update --check --json {' '.join(options)}", check=False)
    found: dict[str, object] = json.loads(done.stdout)
    return done.returncode, found


def remembered(appliance: Appliance) -> list[str]:
    """The hours in the history."""
    return appliance.output(f"{REMEMBERED} || true").splitlines()


def has_page(appliance: Appliance) -> bool:
    """Whether a browser on the machine's network gets the page."""
    done = appliance.machine.on_its_network("/usr/bin/python3", "-c", PAGE)
    return done.returncode == 0 and "<html" in done.stdout


def test_two_builds_of_one_source_have_the_same_octets(
    shelf: Shelf, packages: Path, tmp_path: Path, release: str
) -> None:
    if release != "bookworm":
        pytest.skip("the package is one for all")
    again = build(SOURCE, packages, tmp_path)
    built = shelf.repository / "pool" / again.name
    assert again.read_bytes() == built.read_bytes()


def test_lintian_has_nothing_to_say(shelf: Shelf, release: str, own: str) -> None:
    if release != "bookworm":
        pytest.skip("the package is one for all")
    (package,) = shelf.debs.glob(f"han2x_{own}_*.deb")
    command = ["lintian", "--fail-on", "error,warning", "--allow-root", str(package)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.fixture(scope="module")
def own(shelf: Shelf) -> str:
    """This version's number."""
    (package,) = (shelf.repository / "pool").glob("*.deb")
    return package.name.split("_")[1]


def test_an_installed_tree_that_moves_to_the_next_debian_goes_on_there(
    appliance: Appliance, release: str, shelf: Shelf
) -> None:
    appliance.run(f"{LISTING} > {BEFORE}")
    if release == "bookworm" or not shelf.moved.exists():
        pytest.skip("this is the first Debian")
    root = f"/proc/{appliance.machine.leader}/root"
    subprocess.run(["tar", "-C", root, "-xf", str(shelf.moved)], check=True)
    appliance.run("cat /run/han2x-status >> /var/lib/dpkg/status; systemctl daemon-reload; systemd-sysusers")
    appliance.run("systemctl start han2x")
    appliance.wait_until(lambda: appliance.serves() and has_page(appliance), SERVES_S)
    assert appliance.ask("48").value == 2500
    for hook in ("rtupdate", "post-rtupdate"):  # as python3's own package does
        appliance.run(f"/usr/share/python3/runtime.d/han2x.rtupdate {hook} python3.11 python3.13")
    assert appliance.run("ls /usr/lib/han2x/program/han2x/__pycache__/__init__.cpython-313.pyc")
    appliance.wait_until(appliance.serves)
    assert "cellar" in appliance.output(f"cat {SETTINGS_FILE}")


def test_purged_after_the_move_it_leaves_nothing(appliance: Appliance, release: str, shelf: Shelf) -> None:
    if release == "bookworm" or not shelf.moved.exists():
        pytest.skip("this is the first Debian")
    apt(appliance, "purge han2x")
    assert left_behind(appliance) == []


def test_one_package_installs_it_and_it_serves(appliance: Appliance, record_property: Measured) -> None:
    begun = float(appliance.output("date +%s.%N"))
    said = install(appliance, OLDER)
    appliance.wait_until(lambda: appliance.serves() and has_page(appliance), SERVES_S)
    seconds = float(appliance.output("date +%s.%N")) - begun
    record_property("page and Modbus answer after apt-get install", f"{seconds:.1f} s")
    assert "page     http://" in said
    assert "claim code" in said
    assert appliance.property("UnitFileState") == "enabled"
    assert version(appliance) == OLDER
    owner = appliance.output(f"stat -c %U /proc/{appliance.pid()}")
    assert owner == "han2x"
    assert "han2x record" in appliance.output("zcat /usr/share/man/man1/han2x.1.gz")


def test_installed_again_it_keeps_everything(appliance: Appliance) -> None:
    appliance.edit_settings(SETTINGS)
    appliance.run("systemctl restart han2x")
    appliance.wait_until(appliance.serves)
    appliance.write_factor(2500)
    appliance.wait_until(lambda: "2500" in appliance.output(f"cat {SETTINGS_FILE}"))
    before = appliance.output(f"sha256sum {SETTINGS_FILE}")
    apt(appliance, f"install --reinstall /debs/han2x_{OLDER}_*.deb")
    assert appliance.output(f"sha256sum {SETTINGS_FILE}") == before
    assert appliance.ask("48").value == 2500


def test_tab_completes_its_commands(appliance: Appliance) -> None:
    said = appliance.output("""
        . /usr/share/bash-completion/completions/han2x
        COMP_WORDS=(han2x stat) COMP_CWORD=1; _shtab_han2x; echo "${COMPREPLY[@]}" """)
    assert said == "status"


def test_hours_are_remembered_over_a_restart(appliance: Appliance) -> None:
    appliance.run("systemctl stop han2x")
    appliance.put("/run/remember.py", REMEMBER)
    appliance.run("runuser -u han2x -- python3 -sB /run/remember.py; systemctl start han2x")
    appliance.wait_until(appliance.serves)
    assert len(remembered(appliance)) == HOURS


def test_without_a_repository_nobody_can_tell_whether_there_is_a_newer_version(appliance: Appliance) -> None:
    status, found = checked(appliance)
    assert (status, found["state"], found["why"], found["kind"]) == (3, "unknown", "no-repository", "package")


def test_a_signed_repository_brings_the_next_version_and_keeps_settings_factor_keys_and_history(
    appliance: Appliance, own: str
) -> None:
    before = remembered(appliance)
    appliance.run("""
        mkdir -p /etc/apt/keyrings && cp /repository/han2x.gpg /etc/apt/keyrings/
        cp /repository/han2x.sources /etc/apt/sources.list.d/
        mv /etc/apt/sources.list /etc/apt/sources.list.away""")
    status, found = checked(appliance, "--refresh")
    assert (status, found["state"], found["runs"], found["offered"]) == (1, "newer", OLDER, own)
    assert own in apt(appliance, "upgrade")
    assert version(appliance) == own
    status, found = checked(appliance)
    assert (status, found["state"], found["runs"], found["offered"]) == (0, "current", own, own)
    assert remembered(appliance) == before
    assert len(before) == HOURS
    assert appliance.ask("48").value == 2500
    settings = appliance.output(f"cat {SETTINGS_FILE}")
    assert KEY in settings
    assert "# the meter in the cellar" in settings
    assert appliance.run("ls -d /usr/lib/han2x/before", check=False).returncode != 0


def test_a_repository_that_was_tampered_with_is_refused(appliance: Appliance) -> None:
    appliance.run("""
        cp -r /repository /run/changed && sed -i s/Origin:.han2x/Origin:.other/ /run/changed/dists/stable/*Release
        sed -i s,/repository,/run/changed, /etc/apt/sources.list.d/han2x.sources""")
    done = appliance.run("apt-get update 2>&1", check=False)
    appliance.run("""
        rm -r /run/changed /etc/apt/sources.list.d/han2x.sources /etc/apt/keyrings/han2x.gpg
        mv /etc/apt/sources.list.away /etc/apt/sources.list""")
    assert "signature" in done.stdout.lower()
    assert done.returncode != 0 or "not signed" in done.stdout


def test_where_the_power_goes_before_a_version_is_put_into_force_the_one_before_starts_again(
    appliance: Appliance, own: str
) -> None:
    appliance.run(f"dpkg --unpack /debs/han2x_{OLDER}_*.deb; systemctl restart han2x")
    appliance.wait_until(appliance.serves)
    assert version(appliance) == own
    appliance.run("dpkg --configure -a")
    appliance.wait_until(appliance.serves)
    assert version(appliance) == OLDER
    install(appliance, own)
    assert version(appliance) == own


@pytest.mark.parametrize(
    ("broken", "why"), [(CRASHES, "the service"), (HAS_NO_PAGE, "the page on port 80")], ids=["crashes", "has-no-page"]
)
def test_a_version_that_does_not_answer_gives_way_by_itself_to_the_one_before(
    appliance: Appliance, own: str, broken: str, why: str, release: str
) -> None:
    if broken == CRASHES and release != "bookworm":
        pytest.skip("one Debian shows it, and waiting takes its time")
    said = install(appliance, broken, "HAN2X_PATIENCE=10")
    assert f"han2x {broken} does not answer: {why}" in said
    assert f"Version {own} runs again." in said
    assert version(appliance) == own
    assert appliance.ask("48").value == 2500
    assert has_page(appliance)
    assert f"han2x {broken} does not answer" in appliance.output("han2x --version 2>&1 >/dev/null")
    assert f"upgrade  to {broken} taken back at 20" in appliance.output("han2x status || true")
    assert len(remembered(appliance)) == HOURS
    assert f"han2x {broken} does not answer" in appliance.output("journalctl --sync; journalctl -q -p err -t han2x")
    assert appliance.output("dpkg --audit") == ""


def test_a_version_that_does_not_understand_the_settings_is_never_started(
    appliance: Appliance, own: str, release: str
) -> None:
    if release != "bookworm":
        pytest.skip("one Debian shows it")
    before = appliance.output(f"sha256sum {SETTINGS_FILE}")
    said = install(appliance, REFUSES_SETTINGS)
    assert "unheard_of" in said
    assert f"han2x {REFUSES_SETTINGS} cannot use the settings in {SETTINGS_FILE}. Version {own} runs again." in said
    assert version(appliance) == own
    assert appliance.output(f"sha256sum {SETTINGS_FILE}") == before


def test_the_version_that_runs_in_place_of_a_broken_one_survives_a_restart(appliance: Appliance, own: str) -> None:
    appliance.run("systemctl daemon-reload; systemctl restart han2x")
    appliance.wait_until(appliance.serves)
    assert version(appliance) == own


def test_that_an_upgrade_was_taken_back_is_told_until_somebody_has_seen_it(appliance: Appliance) -> None:
    assert "taken back" in appliance.output("han2x status || true")
    assert appliance.output("han2x update --acknowledge") == "The notice is dismissed."
    appliance.run("systemctl restart han2x")
    appliance.wait_until(appliance.serves)
    assert "taken back" not in appliance.output("han2x status || true")


def test_a_sound_version_takes_the_place_of_a_broken_one_also_as_a_downgrade(appliance: Appliance) -> None:
    said = install(appliance, OLDER)
    assert "runs again" not in said
    assert version(appliance) == OLDER
    assert appliance.ask("48").value == 2500
    assert KEY in appliance.output(f"cat {SETTINGS_FILE}")
    assert len(remembered(appliance)) == HOURS
    assert appliance.run("ls -d /usr/lib/han2x/before /usr/lib/han2x/returned", check=False).stdout == ""
    assert appliance.output("ls -d /usr/lib/han2x/program/han2x-*").endswith(f"han2x-{OLDER}.dist-info")


def test_a_history_that_only_a_newer_version_knows_is_set_aside_whole_and_said(appliance: Appliance) -> None:
    def as_of_version(number: int, file: str) -> None:
        command = f'import sqlite3; sqlite3.connect("{file}").execute("PRAGMA user_version = {number}")'
        appliance.run(f"runuser -u han2x -- python3 -c '{command}'")

    appliance.run("systemctl stop han2x")
    as_of_version(2, HISTORY)
    begun = appliance.now()
    appliance.run("systemctl start han2x")
    appliance.wait_until(lambda: "version 2 is not known to this program" in appliance.journal(begun))
    assert appliance.serves()
    assert "set aside as history.db.damaged-" in appliance.journal(begun)
    assert remembered(appliance) == []
    appliance.run("systemctl stop han2x")
    aside = appliance.output(f"ls {HISTORY}.damaged-* | grep -v -e -wal -e -shm")
    as_of_version(1, aside)
    appliance.run(f"rm -f {HISTORY}*-wal {HISTORY}*-shm; mv {aside} {HISTORY}; systemctl start han2x")
    appliance.wait_until(appliance.serves)
    assert len(remembered(appliance)) == HOURS


def test_a_certificate_that_is_gone_keeps_no_upgrade_away_and_is_told(appliance: Appliance) -> None:
    gone = 'certificate = "/etc/han2x/gone.pem"\nkey = "/etc/han2x/gone.key"\n'
    before = appliance.output(f"cat {SETTINGS_FILE}")
    appliance.edit_settings(f"{before}\n[web]\n{gone}")
    said = apt(appliance, f"install --reinstall /debs/han2x_{OLDER}_*.deb")
    assert "It runs, but in the settings han2x check finds:" in said
    assert "/etc/han2x/gone.pem" in said
    appliance.wait_until(appliance.serves)
    appliance.edit_settings(before)


def test_what_was_stopped_stays_stopped_over_an_upgrade(appliance: Appliance, own: str) -> None:
    appliance.run("systemctl stop han2x")
    install(appliance, own)
    assert appliance.property("ActiveState") == "inactive"
    appliance.run("systemctl start han2x")
    appliance.wait_until(appliance.serves)
    assert version(appliance) == own


def test_an_installed_tree_is_kept_for_the_next_debian(appliance: Appliance, release: str, shelf: Shelf) -> None:
    if release != "bookworm":
        pytest.skip("only the first Debian's moves")
    appliance.run("dpkg-query --status han2x > /run/han2x-status; echo >> /run/han2x-status")
    files = appliance.output(MOVED).splitlines()
    root = Path(f"/proc/{appliance.machine.leader}/root")
    names = "\n".join(name.removeprefix("/") for name in files)
    command = ["tar", "-C", str(root), "-cf", str(shelf.moved), "--files-from=-"]
    subprocess.run(command, input=names, text=True, check=True)


def test_with_another_python_than_it_has_parts_for_one_line_says_what_to_do(appliance: Appliance) -> None:
    appliance.run("cp /usr/bin/han2x /run/launcher; sed -i 's/^PYTHONS = .*/PYTHONS = [\"3.9\"]/' /usr/bin/han2x")
    done = appliance.run("han2x status", check=False)
    assert done.returncode == 78
    assert "please install the han2x package that is for it" in done.stderr
    assert done.stderr.count("\n") == 1
    appliance.run("systemctl restart han2x", check=False)
    appliance.wait_until(lambda: appliance.property("ActiveState") == "failed")
    assert appliance.property("NRestarts") == "0"
    appliance.run("cp /run/launcher /usr/bin/han2x; systemctl restart han2x")


def test_removed_it_leaves_settings_and_state(appliance: Appliance) -> None:
    apt(appliance, "remove han2x")
    assert "cellar" in appliance.output(f"cat {SETTINGS_FILE}")
    assert not appliance.serves()
    assert appliance.run("ls /usr/lib/han2x /usr/bin/han2x", check=False).stdout == ""


def test_it_takes_over_from_make_install_with_its_settings(appliance: Appliance, own: str, release: str) -> None:
    if release != "bookworm":
        pytest.skip("one Debian shows it, and installing takes its time")
    appliance.install()
    appliance.wait_until(appliance.serves)
    assert "Taking over" in install(appliance, own)
    appliance.wait_until(lambda: appliance.serves() and has_page(appliance), SERVES_S)
    assert appliance.ask("48").value == 2500
    assert appliance.property("FragmentPath").endswith("/lib/systemd/system/han2x.service")
    assert appliance.run("ls -d /opt/han2x /usr/local/bin/han2x", check=False).stdout == ""
    assert "apt-get remove han2x" in appliance.try_to_install("")


def test_purged_it_leaves_nothing(appliance: Appliance) -> None:
    apt(appliance, "purge han2x")
    assert left_behind(appliance) == []
    assert appliance.run("getent passwd han2x || getent group han2x", check=False).returncode != 0
    assert appliance.output("systemctl --failed --no-legend") == ""


def left_behind(appliance: Appliance) -> list[str]:
    """The files that were not there before the package was installed."""
    after = appliance.output(f"{LISTING} | comm -13 {BEFORE} -").splitlines()
    return [path for path in after if not NOT_OURS.search(path) and not path.startswith("/var/lib/apt/")]
