"""Mistaken and hostile values for every setting, as a tired person, a wrong manual or an enemy would type them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from han2x.languages import LANGUAGES
from han2x.registers.maps import MAPS
from han2x.settings.rules import Choice, Rule, WholeNumber
from han2x.settings.schema import METERS, ROWS, Row

Value: TypeAlias = str | int | float | bool | list[str] | None
Change: TypeAlias = tuple[list[str | int], Value]

ANYTHING: Final[Sequence[Value]] = (
    None, True, False, 0, 1, -1, 2**31, 2**53 - 1, -(2**53) + 1, 1e308, 0.1, "", " ", "0", "true", "auto", "\0",
    "\x1b[2J\x1b]0;owned\a", "\u202egnirts", "a" * 1000, "line\nbreak = 1\n[web]\nlisten = 1", "../../etc/passwd",
    "${HOME}", "%s%n%x", "'\"\\", "<script>alert(1)</script>", [], [""], ["x"] * 200, ["\0"],
)  # fmt: skip


@dataclass(frozen=True)
class Surroundings:
    """What the mistakes are made with: TCP ports of this computer, and a folder with files of all kinds."""

    own_ports: Sequence[int]
    free_ports: Sequence[int]
    taken_port: int
    folder: Path

    @property
    def files(self) -> list[str]:
        """Files, and what only looks like one; made by `files_of_all_kinds`."""
        names = [str(path) for path in sorted(self.folder.iterdir())]
        return [
            *names,
            "/dev/null",
            "/dev/zero",
            "/dev/full",
            "/dev/tty",
            "/proc/self/mem",
            "/etc/shadow",
            "/",
            "/none",
        ]


def mistake(row: Row, around: Surroundings, chance: random.Random) -> Value:
    """A value for the setting of this row; some of them are right, as right ones lock out too."""
    likely = _likely(row.rule, around)
    return chance.choice(likely) if likely and chance.random() < 0.75 else chance.choice(ANYTHING)


def changes(around: Surroundings, chance: random.Random, meters: int) -> list[Change]:
    """What somebody saves at once: one setting, or several."""
    rows = [row for section in ROWS.values() for row in section.values()]
    return [_change(chance.choice(rows), around, chance, meters) for _ in range(chance.choice([1, 1, 1, 2, 3]))]


def _change(row: Row, around: Surroundings, chance: random.Random, meters: int) -> Change:
    place: list[str | int] = [chance.randrange(meters + 1)] if row.section == METERS else []
    return [row.section, *place, row.key], mistake(row, around, chance)


def _likely(rule: Rule, around: Surroundings) -> Sequence[Value]:
    if isinstance(rule, Choice):
        return [*rule.values, *LANGUAGES]
    if isinstance(rule, WholeNumber):
        return [rule.lowest, rule.highest, rule.lowest - 1, rule.highest + 1, str(rule.lowest)]
    make = _BY_KIND.get(type(rule).__name__)
    return make(around) if make else ()


def _listen(around: Surroundings) -> Sequence[Value]:
    hosts = ["127.0.0.1", "127.0.0.2", "*", "localhost", "[::1]", "0.0.0.0"]
    there = [f"{host}:{port}" for host in hosts for port in (*around.own_ports, *around.free_ports, around.taken_port)]
    absent = ["10.1.1.1", "192.0.2.7", "[2001:db8::1]", "169.254.9.9", "224.0.0.1", "255.255.255.255"]
    elsewhere = [f"{host}:{port}" for host in absent for port in (around.own_ports[0], around.free_ports[0])]
    return [*there, *elsewhere, "", "*", ":", "*:0", "*:70000", "127.0.0.1", "host.example:80", "1.2.3.4:5:6"]


def _serial_port(around: Surroundings) -> Sequence[Value]:
    schemes = ["tcp", "rfc2217", "spy", "loop", "hwgrep", "alt", "cp2110", "x", "file", "http"]
    return [
        *around.files,
        *(f"{scheme}://127.0.0.1:{around.taken_port}" for scheme in schemes),
        f"spy:///dev/null?file={around.folder / 'file'}",
        "hwgrep://(.*.*.*.*)*x$",
        f"socket://127.0.0.1:{around.taken_port}",
        *(f"socket://127.0.0.1:{port}" for port in around.own_ports),
        "socket://127.0.0.1:1", "socket://no-such-host.invalid:4001", "socket://[::1]", "socket://:0", "socket://a:b@c:1",
        "COM3", "ttyUSB0", "/dev/ttyUSB0", "/dev/serial/by-id/none", "/dev/ptmx",
    ]  # fmt: skip


def _networks(_around: Surroundings) -> Sequence[Value]:
    return [
        ["10.0.0.0/8"], ["127.0.0.1"], ["127.0.0.0/8", "192.168.0.0/16"], ["0.0.0.0/0"], ["::/0"], ["192.0.2.1/32"], [],
        ["192.168.1.5/24"], ["fe80::1%eth0"], ["0.0.0.0/0"] * 101, ["localhost"], "127.0.0.1",
    ]  # fmt: skip


def _host_names(_around: Surroundings) -> Sequence[Value]:
    return [["han2x.example.net"], ["*"], ["evil.example:80"], ["a" * 63 + ".b"], ["127.0.0.1"], [""], ["x"] * 21, []]


def _maps(around: Surroundings) -> Sequence[Value]:
    ports = [*around.own_ports, *around.free_ports, around.taken_port]
    return [
        [], *([name] for name in MAPS), list(MAPS), ["em24 unit 1"], ["sdm630 unit 2"], ["abb-b23", "kostal-ksem"],
        *([f"{name} on {host}:{port}"] for name in MAPS for host in ("*", "127.0.0.1", "192.0.2.7") for port in ports),
        [f"em24 on *:{ports[0]}", f"sdm630 on 127.0.0.1:{ports[0]}"], ["em24 unit 0"], ["em24 on"], "em24",
        ["em24"] * 21, ["em24 unit 1", "em24 unit 2"],
    ]  # fmt: skip


def _panel(_around: Surroundings) -> Sequence[Value]:
    return ["GPIO17", "GPIO18", "led:none", "led:../../x", "led:", "blabla", "GPIO17;reboot", ""]


def _key(_around: Surroundings) -> Sequence[Value]:
    return ["00" * 16, "zz" * 16, "AB" * 16, "AB" * 15, "AB" * 17, ""]


_BY_KIND: Final[Mapping[str, Callable[[Surroundings], Sequence[Value]]]] = {
    "Flag": lambda _around: [True, False, "false", 1],
    "Text": lambda _around: ["Nåværende måler", "x" * 64, "", "\t", "a\u2028b"],
    "Listen": _listen,
    "SerialPort": _serial_port,
    "LineSettings": lambda _around: ["auto", "2400 8N1", "115200 8E2", "1 8N1", "0 0N0", "2400"],
    "AbsolutePath": lambda around: [*around.files, "", "relative"],
    "Networks": _networks,
    "HostNames": _host_names,
    "PanelPart": _panel,
    "HexKey": _key,
    "Maps": _maps,
}
