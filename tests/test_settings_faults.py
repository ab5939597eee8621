"""What is wrong with settings, as codes and values that a page can say in any language."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from string import Formatter
from typing import Any, Final

import pytest

import han2x.settings
from han2x.faults import Fault
from han2x.port_name import PortNameFault
from han2x.registers.maps import MAPS
from han2x.settings import SettingsError, backup, load, remove_meter, set_value, set_values
from han2x.settings import edit as edit_module
from han2x.settings.errors import SettingsProblem
from han2x.settings.faults import FAULTS, SettingsFault
from han2x.settings.schema import ROWS

SOURCES: Final = "\n".join(
    file.read_text() for file in Path(han2x.settings.__file__).parent.glob("*.py") if file.name != "faults.py"
)
MAPS_KNOWN: Final = ", ".join(f'"{name}"' for name in MAPS)
KEY: Final = "00112233445566778899AABBCCDDEEFF"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def problems(path: Path, text: str | bytes) -> list[SettingsProblem]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SettingsError) as refused:
        load(path)
    return list(refused.value.problems)


TLS: Final = (
    "[modbus]\ntls_listen = '*:802'\ntls_certificate = '/a.pem'\ntls_key = '/a.key'\ntls_client_authority = '/b.pem'\n"
)
MISTAKES: Final[list[tuple[str | bytes, Fault]]] = [
    ("[modbus]\nread_only = 1\n", SettingsFault("flag")),
    ("[modbus]\nstale_after_s = 4\n", SettingsFault("whole-number", lowest=5, highest=3600)),
    (
        "[[meters]]\nkamstrup_current_a = 1\n",
        SettingsFault("one-of", choices='"auto", 0.001, 0.01, 0.1'),
    ),
    (f"[[meters]]\nname = '{'x' * 65}'\n", SettingsFault("printable-text", longest=64)),
    ("[[meters]]\nport = 1\n", SettingsFault("serial-port")),
    ("[[meters]]\nport = 'ttyUSB0'\n", PortNameFault("port-path", path="/dev/ttyUSB0")),
    ("[[meters]]\nport = 'spy:///dev/null'\n", PortNameFault("port-url", scheme="spy")),
    ("[[meters]]\nport = 'socket://meter'\n", PortNameFault("server-port-missing")),
    ("[modbus]\nlisten = '*'\n", SettingsFault("tcp-port-missing", value='"*"')),
    ("[panel]\nhan_light = 'the green one'\n", SettingsFault("gpio-line-or-led")),
    ("[panel]\nreset_button = 'led:ACT'\n", SettingsFault("gpio-line")),
    ("[device]\ntime_zone = 'Europe/Nowhere'\n", SettingsFault("time-zone")),
    ("[device]\ntemperature_path = 'temp'\n", SettingsFault("path")),
    ("[web]\ncertificate = 'page.pem'\nkey = '/key'\n", SettingsFault("path-or-none")),
    ("[web]\nlisten = 80\n", SettingsFault("listen")),
    ("[modbus]\ntls_listen = 802\n", SettingsFault("listen-or-none")),
    ("[web]\nlisten = '*'\n", SettingsFault("tcp-port-missing", value='"*"')),
    ("[web]\nlisten = '*:0'\n", SettingsFault("tcp-port", value='"0"', lowest=1)),
    ("[web]\nlisten = '::1:80'\n", SettingsFault("ipv6-brackets", address="::1", port=80)),
    ("[web]\nlisten = '[::g]:80'\n", SettingsFault("not-ipv6", value='"::g"')),
    ("[web]\nlisten = '224.0.0.1:80'\n", SettingsFault("no-computers-address", value='"224.0.0.1"')),
    ("[modbus]\nlisten = '255.255.255.255:502'\n", SettingsFault("no-computers-address", value='"255.255.255.255"')),
    ("[modbus]\nlisten = '[ff02::1]:502'\n", SettingsFault("no-computers-address", value='"ff02::1"')),
    ("[web]\nlisten = '256.0.0.1:80'\n", SettingsFault("not-ipv4", value='"256.0.0.1"')),
    ("[web]\nhost_names = ['a b']\n", SettingsFault("host-names", most=20)),
    ("[modbus]\nallow = []\n", SettingsFault("networks", most=100)),
    ("[modbus]\nallow = [10]\n", SettingsFault("not-text", value="10")),
    ("[modbus]\nallow = ['next door']\n", SettingsFault("not-a-network", value='"next door"')),
    (
        "[modbus]\nallow = ['192.168.1.5/24']\n",
        SettingsFault("inside-a-network", value='"192.168.1.5/24"', network='"192.168.1.0/24"'),
    ),
    ("[[meters]]\nencryption_key = '0011'\n", SettingsFault("hex-key")),
    ("[[meters]]\nmaps = 'em24'\n", SettingsFault("maps", most=20, known=MAPS_KNOWN)),
    ("[[meters]]\nmaps = ['em42']\n", SettingsFault("map-unknown", value='"em42"', known=MAPS_KNOWN)),
    ("[[meters]]\nmaps = ['']\n", SettingsFault("map-unknown", value='""', known=MAPS_KNOWN)),
    ("[[meters]]\nmaps = [24]\n", SettingsFault("not-text", value="24")),
    ("[[meters]]\nmaps = ['em24 unit']\n", SettingsFault("map-form", value='"em24 unit"', name="em24")),
    ("[[meters]]\nmaps = ['em24 at *:9']\n", SettingsFault("map-form", value='"em24 at *:9"', name="em24")),
    (
        "[[meters]]\nmaps = ['em24 on *:9 on *:8']\n",
        SettingsFault("map-form", value='"em24 on *:9 on *:8"', name="em24"),
    ),
    ("[[meters]]\nmaps = ['em24 unit 0']\n", SettingsFault("map-unit", value='"0"', lowest=1, highest=247)),
    ("[[meters]]\nmaps = ['em24 unit 248']\n", SettingsFault("map-unit", value='"248"', lowest=1, highest=247)),
    ("[[meters]]\nmaps = ['em24 unit one']\n", SettingsFault("map-unit", value='"one"', lowest=1, highest=247)),
    ("[[meters]]\nmaps = ['em24 on 1502']\n", SettingsFault("tcp-port-missing", value='"1502"')),
    ("[[meters]]\nmaps = ['em24 on *:0']\n", SettingsFault("tcp-port", value='"0"', lowest=1)),
    ("[[meters]]\n[[meters]]\n", SettingsFault("same-unit", number=1)),
    ("[[meters]]\nport = '/dev/a'\n[[meters]]\nunit = 2\nport = '/dev/a'\n", SettingsFault("same-port", number=1)),
    ("[[meters]]\nmaps = ['em24 unit 2']\n[[meters]]\nunit = 2\n", SettingsFault("map-unit-taken", unit=2, number=2)),
    (
        "[[meters]]\nmaps = ['sdm630 unit 9']\n[[meters]]\nunit = 2\nmaps = ['em24 unit 9']\n",
        SettingsFault("map-unit-shared", other="sdm630 unit 9", unit=9, number=1),
    ),
    ("[[meters]]\nmaps = ['em24', 'sdm630 unit 1']\n", SettingsFault("maps-overlap", other="em24", unit=1)),
    ("[[meters]]\nmaps = ['em24', 'em24 unit 1']\n", SettingsFault("maps-overlap", other="em24", unit=1)),
    ("[[meters]]\nmaps = ['em24 on *:502']\n", SettingsFault("same-tcp-port-as", other="[modbus] listen")),
    ("[[meters]]\nmaps = ['em24 on 127.0.0.1:80']\n", SettingsFault("same-tcp-port-as", other="[web] listen")),
    (
        f"{TLS}[[meters]]\nmaps = ['em24 on *:802']\n",
        SettingsFault("same-tcp-port-as", other="[modbus] tls_listen"),
    ),
    (
        "[web]\nhttps_listen = '*:8443'\n[[meters]]\nmaps = ['em24 on *:8443']\n",
        SettingsFault("same-tcp-port-as", other="[web] https_listen"),
    ),
    (
        "[modbus]\nlisten = '192.168.1.10:502'\n[[meters]]\nmaps = ['em24 on 0.0.0.0:502']\n",
        SettingsFault("same-tcp-port-as", other="[modbus] listen"),
    ),
    (
        "[modbus]\nlisten = '127.0.0.1:502'\n[[meters]]\nmaps = ['em24 on localhost:502']\n",
        SettingsFault("same-tcp-port-as", other="[modbus] listen"),
    ),
    (
        "[web]\nlisten = '192.168.1.10:80'\n[[meters]]\nmaps = ['em24 on 192.168.1.11:80']\n",
        SettingsFault("same-tcp-port-as", other="[web] listen"),
    ),
    (
        "[web]\nhttps_only = true\n[[meters]]\nmaps = ['em24 on *:443']\n",
        SettingsFault("same-tcp-port-as", other="[web] https_listen"),
    ),
    (
        "[[meters]]\nmaps = ['em24 on *:1502', 'sdm630 on 127.0.0.1:1502']\n",
        SettingsFault("same-tcp-port-as", other="em24 on *:1502"),
    ),
    (f"[[meters]]\nauthentication_key = '{KEY}'\n", SettingsFault("authentication-key-alone")),
    ("[modbus]\ntls_listen = '*:802'\n", SettingsFault("tls-incomplete")),
    ("[web]\nkey = '/key'\n", SettingsFault("certificate-incomplete")),
    ("[web]\nlisten = '*:502'\n", SettingsFault("same-tcp-port")),
    (TLS.replace("*:802", "*:502"), SettingsFault("same-tcp-port-as", other="[modbus] listen")),
    (TLS.replace("*:802", "127.0.0.1:80"), SettingsFault("same-tcp-port-as", other="[web] listen")),
    ("[modbuss]\n", SettingsFault("setting-misspelt", what="section or key", name="modbuss", meant="modbus")),
    ("[modbus]\nunit = 1\n", SettingsFault("setting-elsewhere", what="key", name="unit", place="[[meters]]")),
    (
        "[panel]\nxyzzy = 1\n",
        SettingsFault("setting-unknown", what="key", name="xyzzy", known="power_light, han_light, reset_button"),
    ),
    ("web = 3\n", SettingsFault("not-a-table")),
    ("[meters]\n", SettingsFault("not-a-list")),
    ("[[meters]]\n" * 248, SettingsFault("too-many-meters", count=248, most=247)),
    (b"a = 1\nb = '\xe6'\n", SettingsFault("not-utf8", line=2, column=6)),
    ("a = " + "[" * 5000, SettingsFault("toml-too-deep")),
    ("#" * (256 * 1024 + 1), SettingsFault("settings-too-large", most=256)),
]


@pytest.mark.parametrize(("text", "fault"), MISTAKES, ids=[fault.code for _, fault in MISTAKES])
def test_a_mistake_in_the_file_has_its_code_and_values(path: Path, text: str | bytes, fault: Fault) -> None:
    assert fault in [problem.fault for problem in problems(path, text)]


def test_a_rule_of_serial_lines_has_its_code(path: Path) -> None:
    (problem,) = problems(path, "[[meters]]\nserial_settings = '2401 8N1'\n")

    assert problem.fault.code == "line-settings"


def test_text_that_is_no_toml_is_told_with_its_place_where_the_parser_gives_one(path: Path) -> None:
    (placed,) = problems(path, "[modbus]\nread_only = yes\n")
    (unplaced,) = problems(path, "a = " + "9" * 5000)

    assert (placed.fault.code, placed.fault.values["line"], placed.fault.values["column"]) == ("not-toml", 2, 13)
    assert unplaced.fault.code == "not-toml-somewhere"


@pytest.mark.parametrize(
    ("keys", "code"),
    [(("modbus",), "no-setting-path"), (("meters", 1, "unit"), "no-such-meter"), (("web", "lang"), "setting-misspelt")],
)
def test_a_change_of_what_is_not_there_has_its_code(path: Path, keys: tuple[str | int, ...], code: str) -> None:
    with pytest.raises(SettingsError) as refused:
        set_value(path, keys, 2)
    assert [problem.fault.code for problem in refused.value.problems] == [code]


def test_the_last_meter_cannot_be_removed(path: Path) -> None:
    path.write_text("[[meters]]\n")
    with pytest.raises(SettingsError) as refused:
        remove_meter(path, 0)
    assert refused.value.problems[0].fault == SettingsFault("meter-not-removable", number=1)


def test_what_the_system_says_against_the_file_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(edit_module, "replace_whole", full)
    with pytest.raises(SettingsError) as unwritable:
        set_values(path, {("modbus", "read_only"): True})
    assert unwritable.value.problems[0].fault == SettingsFault(
        "settings-unwritable", reason="No space left on device", errno="ENOSPC"
    )
    path.mkdir()
    with pytest.raises(SettingsError) as unreadable:
        backup(path, secrets=True)
    assert unreadable.value.problems[0].fault == SettingsFault(
        "settings-unreadable", reason="Is a directory", errno="EISDIR"
    )


@pytest.mark.parametrize(
    "text",
    [
        f'[[meters]]\nencryption_key = "{KEY}0"\n',
        f'[[meters]]\nencryption_kye = "{KEY}"\n',
        f'[[meters]]\nport = "{KEY}"\n',
        f"[[meters]]\n{KEY} = 1\n",
        f'[web]\nlisten = "{KEY}:80"\n',
        f'[web]\nlisten = "*:{KEY}"\n',
        f'[web]\nlisten = "{":".join(re.findall("..", KEY))}:80"\n',
        f'[modbus]\nallow = ["{KEY}"]\n',
        f"{KEY} = 1\n",
    ],
)
def test_a_key_is_in_no_value_of_a_fault(path: Path, text: str) -> None:
    values: list[Any] = [value for problem in problems(path, text) for value in problem.fault.values.values()]

    assert KEY[:8] not in "".join(map(str, values)).replace(":", "")


@pytest.mark.parametrize("code", FAULTS)
def test_every_fault_can_happen(code: str) -> None:
    assert f'"{code}"' in SOURCES


def test_every_fault_that_happens_has_a_text() -> None:
    used = re.findall(r'SettingsFault\(\s*"([a-z0-9-]+)"', SOURCES)
    used += re.findall(r'SettingsProblem\.at\((?:[^"()]|\([^()]*\)|f?"[^"]*[ :]")*"([a-z0-9-]+)"', SOURCES)
    assert len(used) > len(FAULTS) / 2
    assert set(used) <= set(FAULTS)


def test_what_every_rule_allows_is_the_text_of_its_fault() -> None:
    for rows in ROWS.values():
        for row in rows.values():
            assert row.rule.allowed == str(row.rule.fault)


@pytest.mark.parametrize("code", FAULTS)
def test_a_text_can_be_filled_in(code: str) -> None:
    names = [name for _, name, _, _ in Formatter().parse(FAULTS[code]) if name]

    assert str(SettingsFault(code, **dict.fromkeys(names, "x")))
