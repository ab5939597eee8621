"""`han2x address default`, as whoever sits at a terminal answers it; what it does to a network is tested with one."""

from __future__ import annotations

import io
from typing import Any

import pytest

from han2x.cli import main, running

PENDING = {"interface": "eth0", "settings": "static", "addresses": ["192.168.1.232"], "remaining_s": 120}


class Terminal(io.StringIO):
    """Somebody who types this."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "ended", "said"),
    [
        ("y\n", "network-confirm", "It is kept."),
        ("n\n", "network-undo", "The old settings are back."),
        ("\n", "network-undo", "The old settings are back."),
        ("", "network-undo", "The old settings are back."),  # Ctrl-D
    ],
)
def test_the_address_is_kept_only_for_who_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, ended: str, said: str
) -> None:
    asked: list[str] = []

    def ask(_state_dir: object, command: str, **_more: object) -> dict[str, Any]:
        asked.append(command)
        return {"pending": PENDING}

    monkeypatch.setattr(running, "ask_running", ask)
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    assert main(["address", "default"]) == 0
    assert asked == ["network-default", ended]
    assert said in capsys.readouterr().out
