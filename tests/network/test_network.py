from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from han2x.network import InvalidSettingsError, Network, RefusedChangeError, service
from han2x.network.manager import CHANGE, RENAME

ROOT = Path(__file__).parents[2]


class Notes:
    def __init__(self, note: Mapping[str, Any] | None = None) -> None:
        self.note = note

    def load(self) -> Mapping[str, Any] | None:
        return self.note

    def save(self, note: Mapping[str, Any]) -> bool:
        self.note = note
        return True


def test_a_network_that_nobody_asks_for_costs_no_library() -> None:
    program = """
import asyncio, sys
from han2x.network import Network

class Notes:
    def load(self): return None
    def save(self, note): raise AssertionError

async def main():
    async with Network(Notes()) as network:
        assert network.pending is None and network.outcome is None

asyncio.run(main())
sys.exit("dbus_fast" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT).returncode == 0


def test_the_installed_polkit_rule_allows_just_what_is_needed() -> None:
    rule = (ROOT / "systemd" / "50-han2x.rules").read_text()

    assert set(re.findall(r'"(org\.freedesktop\.[^"]+)"', rule)) == {*CHANGE, *RENAME}


@pytest.mark.parametrize("note", [None, {}, {"token": "x"}, {"settings": {}}, {"settings": None}])
async def test_a_note_that_says_nothing_leaves_nothing_pending(note: Mapping[str, Any] | None) -> None:
    async with Network(Notes(note)) as network:
        assert network.pending is None


async def test_a_change_that_is_not_there_cannot_be_waited_for_confirmed_or_undone() -> None:
    async with Network(Notes()) as network:
        for asked in (network.in_force, network.confirm, network.roll_back):
            with pytest.raises(RefusedChangeError, match="no longer there"):
                await asked("token")


@pytest.mark.enable_socket
async def test_settings_are_checked_before_anyone_is_asked() -> None:
    async with Network(Notes()) as network:
        with pytest.raises(InvalidSettingsError, match="method: choose dhcp or static"):
            await network.apply({"interface": "none", "method": "never"})
        with pytest.raises(InvalidSettingsError, match="confirm_within_s: choose 5 to 600 seconds"):
            await network.apply({}, confirm_within_s=1)
        with pytest.raises(InvalidSettingsError, match="hostname"):
            await network.set_hostname("a b")


class Renaming:
    """A manager that renames the computer, and is asked for nothing else."""

    class bus:  # noqa: N801 - as the manager's attribute is called
        connected = True

        @staticmethod
        def close() -> None: ...

    def __init__(self) -> None:
        self.saved = ""

    async def save_hostname(self, name: str) -> None:
        self.saved = name


async def test_a_new_name_is_known_at_once_and_so_is_what_others_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's own answer stays as it was: a service has a name space of its own for it."""
    static = tmp_path / "hostname"
    static.write_text("# the box in the hall\nbua\n")
    monkeypatch.setattr(service, "STATIC_NAME", static)
    monkeypatch.setattr(service, "STATIC_NAME_FOR_S", 0.0)
    async with Network(Notes()) as network:
        assert list(network.names) == ["bua"]
        manager = Renaming()
        monkeypatch.setattr(network, "_manager", manager)
        await network.set_hostname("maaler")
        assert manager.saved == "maaler"
        assert list(network.names) == ["maaler", "bua"]
        for content in (b"", b"\xff\xfe", b"# nothing\n\n"):
            static.write_bytes(content)
            assert list(network.names) == ["maaler"]
        static.unlink()
        assert list(network.names) == ["maaler"]
