"""The table of settings, what a file may say, how mistakes are told, and how the file is changed."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import FrozenInstanceError, replace
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from han2x.settings import (
    DamagedFileError,
    MeterSettings,
    ModbusSettings,
    Outcome,
    PanelSettings,
    Report,
    Settings,
    SettingsError,
    example_toml,
    find_settings_file,
    last_good_path,
    load,
    load_or_set_aside,
    parse_listen,
    preview_values,
    restore,
    set_value,
    set_values,
    settings_table,
)
from han2x.settings.maps import ShownMap
from han2x.settings.schema import ROWS

KEY = "00112233445566778899AABBCCDDEEFF"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def loaded(path: Path, text: str) -> Settings:
    path.write_text(text)
    return load(path)


def problems(path: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as refusal:
        loaded(path, text)
    assert str(refusal.value) == "\n".join(f"{path}: {problem}" for problem in refusal.value.problems)
    return [problem.text for problem in refusal.value.problems]


# --- the table ---


def test_a_missing_file_is_all_defaults_and_one_meter_on_unit_1(path: Path) -> None:
    assert load(path) == Settings()
    assert [meter.unit for meter in Settings().meters] == [1]


def test_every_default_is_one_that_its_own_rule_allows() -> None:
    for rows in ROWS.values():
        for row in rows.values():
            default: Any = row.default
            written = [str(entry) for entry in default] if isinstance(default, tuple) else default
            written = "" if written is None else str(written) if isinstance(written, Path) else written
            assert row.rule.parse(written) == default, row.key


def test_the_defaults_are_the_documented_ones() -> None:
    settings = Settings()
    assert (settings.modbus.listen, settings.web.listen) == ("*:502", "*:80")
    assert (settings.modbus.when_stale, settings.modbus.stale_after_s) == ("exception", 60)
    assert (settings.modbus.max_connections, settings.modbus.idle_timeout_s) == (64, 600)
    assert (settings.modbus.read_only, settings.web.enabled, settings.device.log_level) == (False, True, "info")
    assert settings.device.temperature_path == Path("/sys/class/thermal/thermal_zone0/temp")
    assert settings.meters == (MeterSettings(serial_settings="auto"),)
    meter = settings.meters[0]
    assert (meter.scaling_factor, meter.kamstrup_energy_wh) == (1000, 10)
    assert (meter.kamstrup_current_a, meter.kamstrup_voltage_v) == ("auto", "auto")


def test_an_authentication_key_alone_is_refused_without_showing_it(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(f'[[meters]]\nauthentication_key = "{"5a" * 16}"\n')

    with pytest.raises(SettingsError, match="authentication_key is set without encryption_key") as refused:
        load(file)
    assert "5a5a" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("127.0.0.1", True),
        ("10.255.0.1", True),
        ("172.16.0.1", True),
        ("172.32.0.1", False),
        ("192.168.1.232", True),
        ("169.254.7.7", True),
        ("8.8.8.8", False),
        ("::1", True),
        ("fd12::1", True),
        ("fe80::1", True),
        ("2001:db8::1", False),
    ],
)
def test_by_default_only_addresses_of_ones_own_house_are_allowed(address: str, allowed: bool) -> None:
    assert any(ip_address(address) in network for network in Settings().modbus.allow) is allowed


def test_settings_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().modbus.read_only = True  # type: ignore[misc]  # the point of the test
    assert not hasattr(Settings(), "__dict__")


def test_the_readme_table_has_every_key_with_default_and_no_stray_column() -> None:
    lines = settings_table().splitlines()
    for section, rows in ROWS.items():
        assert sum(line.startswith("`[") and section in line for line in lines) == 1
        for key in rows:
            assert sum(line.startswith(f"| `{key}` |") for line in lines) == sum(key in each for each in ROWS.values())
    assert {line.count("|") for line in lines if line.startswith("|")} == {6}


def test_the_example_file_changes_nothing(path: Path) -> None:
    assert loaded(path, example_toml()) == Settings()


def test_the_example_file_with_every_key_uncommented_is_all_defaults(path: Path) -> None:
    text = re.sub(r"^#(?=\w)", "", example_toml(), flags=re.MULTILINE)
    assert {section: set(table) for section, table in tomllib.loads(text).items() if section != "meters"} == {
        section: set(rows) for section, rows in ROWS.items() if section != "meters"
    }
    assert set(tomllib.loads(text)["meters"][0]) == set(ROWS["meters"])
    assert loaded(path, text) == Settings()


# --- what a file may say ---

ACCEPTED = [
    ("modbus", "listen", '"127.0.0.1:5020"', "127.0.0.1:5020"),
    ("modbus", "when_stale", '"hold"', "hold"),
    ("modbus", "when_stale", '"zero"', "zero"),
    ("modbus", "stale_after_s", "5", 5),
    ("modbus", "stale_after_s", "3600", 3600),
    ("modbus", "max_connections", "1", 1),
    ("modbus", "max_connections", "1000", 1000),
    ("modbus", "idle_timeout_s", "10", 10),
    ("modbus", "idle_timeout_s", "86400", 86400),
    ("modbus", "allow", '["0.0.0.0/0", "::/0"]', (ip_network("0.0.0.0/0"), ip_network("::/0"))),
    ("modbus", "allow", '["192.168.1.5"]', (ip_network("192.168.1.5/32"),)),
    ("modbus", "read_only", "true", True),
    ("web", "listen", '"[::1]:8080"', "[::1]:8080"),
    ("web", "enabled", "false", False),
    ("device", "temperature_path", '"/run/temp"', Path("/run/temp")),
    ("device", "log_level", '"debug"', "debug"),
    ("device", "time_zone", '"auto"', "auto"),
    ("device", "time_zone", '"Europe/Helsinki"', "Europe/Helsinki"),
    ("device", "time_zone", '"UTC"', "UTC"),
    ("meters", "name", '"Målebrønn 1"', "Målebrønn 1"),
    ("meters", "unit", "1", 1),
    ("meters", "unit", "247", 247),
    ("meters", "port", '"/dev/serial/by-id/usb-FTDI-if00-port0"', "/dev/serial/by-id/usb-FTDI-if00-port0"),
    ("meters", "port", '"socket://192.168.1.20:4001"', "socket://192.168.1.20:4001"),
    ("meters", "port", '"socket://[fe80::1%eth0]:4001"', "socket://[fe80::1%eth0]:4001"),
    ("meters", "port", '""', ""),
    ("meters", "serial_settings", '"auto"', "auto"),
    ("meters", "serial_settings", '"2400 8E1"', "2400 8E1"),
    ("meters", "serial_settings", '"921600 7O2"', "921600 7O2"),
    ("meters", "scaling_factor", "10", 10),
    ("meters", "scaling_factor", "999999999", 999_999_999),
    ("meters", "maps", "[]", ()),
    ("meters", "maps", '["em24", "sdm630 unit 7"]', (ShownMap("em24"), ShownMap("sdm630", 7))),
    ("meters", "maps", '["em24 on :1502"]', (ShownMap("em24", None, "*:1502"),)),
    ("meters", "maps", '["em24  on [2001:DB8::1]:1502 unit 9"]', (ShownMap("em24", 9, "[2001:db8::1]:1502"),)),
    ("meters", "kamstrup_energy_wh", "1", 1),
    ("meters", "kamstrup_energy_wh", "1000", 1000),
    ("meters", "kamstrup_current_a", "0.001", 0.001),
    ("meters", "kamstrup_current_a", "0.1", 0.1),
    ("meters", "kamstrup_voltage_v", '"auto"', "auto"),
    ("meters", "kamstrup_voltage_v", "0.01", 0.01),
    ("meters", "kamstrup_voltage_v", "1", 1.0),
    ("meters", "kamstrup_voltage_v", "1.0", 1.0),
    ("meters", "p1_checksum", '"ignored"', "ignored"),
    ("meters", "encryption_key", f'"{KEY}"', KEY),
    ("meters", "encryption_key", f'"{KEY.lower()}"', KEY.lower()),
    ("meters", "authentication_key", '""', ""),
]


def header(section: str) -> str:
    return "[[meters]]" if section == "meters" else f"[{section}]"


@pytest.mark.parametrize(("section", "key", "written", "value"), ACCEPTED)
def test_an_allowed_value_is_read(path: Path, section: str, key: str, written: str, value: object) -> None:
    settings = loaded(path, f"{header(section)}\n{key} = {written}\n")
    table = settings.meters[0] if section == "meters" else getattr(settings, section)
    assert getattr(table, key) == value
    assert type(getattr(table, key)) is type(value)


REFUSED = [
    ("modbus", "listen", "502", "= 502: allowed: ADDRESS:PORT"),
    ("modbus", "listen", '"502"', 'the port is missing after "502"'),
    ("modbus", "when_stale", '"Hold"', 'allowed: "exception", "hold", "zero"'),
    ("modbus", "when_stale", "1", "= 1: allowed"),
    ("modbus", "stale_after_s", "4", "= 4: allowed: 5 to 3600 (integer)"),
    ("modbus", "stale_after_s", "3601", "allowed: 5 to 3600"),
    ("modbus", "stale_after_s", "60.0", "allowed: 5 to 3600"),
    ("modbus", "stale_after_s", '"60"', 'stale_after_s = "60": allowed: 5 to 3600'),
    ("modbus", "max_connections", "true", "= true: allowed: 1 to 1000"),
    ("modbus", "max_connections", "0", "allowed: 1 to 1000"),
    ("modbus", "max_connections", "1001", "allowed: 1 to 1000"),
    ("modbus", "idle_timeout_s", "9", "allowed: 10 to 86400"),
    ("modbus", "idle_timeout_s", "86401", "allowed: 10 to 86400"),
    ("modbus", "idle_timeout_s", "0x" + "f" * 5000, "= a number of more than 64 bits: allowed: 10 to 86400"),
    ("modbus", "allow", '"192.168.0.0/16"', "allowed: 1 to 100 networks"),
    ("modbus", "allow", "[]", "= []: allowed: 1 to 100 networks"),
    ("modbus", "allow", "[10]", "10 is not a string"),
    ("modbus", "allow", "[[1]]", "= a list of tables or lists"),
    ("modbus", "allow", f"[0x{'f' * 5000}]", "= a list with a number of more than 64 bits"),
    ("modbus", "allow", '["192.168.1.5/24"]', 'is an address inside the network "192.168.1.0/24"'),
    ("modbus", "allow", '["192.168.1.0/33"]', '"192.168.1.0/33" is not a network'),
    ("modbus", "allow", '["localhost"]', '"localhost" is not a network'),
    ("modbus", "read_only", "1", "= 1: allowed: true or false"),
    ("modbus", "read_only", '"yes"', '= "yes": allowed: true or false'),
    ("web", "enabled", "0", "allowed: true or false"),
    ("device", "temperature_path", '"temp"', "allowed: a path that starts with /"),
    ("device", "temperature_path", "3", "allowed: a path that starts with /"),
    ("device", "time_zone", '"Europe/Nowhere"', 'allowed: "auto", or the name of a time zone like "Europe/Helsinki"'),
    ("device", "time_zone", '"../../etc/passwd"', 'allowed: "auto"'),
    ("device", "time_zone", '"Europe"', 'allowed: "auto"'),
    ("device", "time_zone", "2", 'allowed: "auto"'),
    ("device", "log_level", '"trace"', 'allowed: "debug", "info", "warning", "error"'),
    ("meters", "name", f'"{"x" * 65}"', "allowed: up to 64 printable characters"),
    ("meters", "name", '"a\\nb"', "allowed: up to 64 printable characters"),
    ("meters", "unit", "0", "[[meters]] number 1 unit = 0: allowed: 1 to 247"),
    ("meters", "unit", "248", "allowed: 1 to 247"),
    (
        "meters",
        "port",
        '"ttyUSB0"',
        "allowed: a device path (/dev/serial/by-id/…), a serial server (socket://HOST:PORT)",
    ),
    ("meters", "port", '"socket://192.168.1.20"', "the port is missing"),
    ("meters", "port", '"socket://192.168.1.20:0"', 'port "0" is not 1 to 65535'),
    ("meters", "port", "0", "allowed: a device path"),
    ("meters", "serial_settings", '"2401 8N1"', 'allowed: "auto", or like "2400 8N1", with one of 300, 600'),
    ("meters", "serial_settings", '"2400 8n1"', 'allowed: "auto"'),
    ("meters", "serial_settings", '"2400"', 'allowed: "auto"'),
    ("meters", "serial_settings", "2400", "= 2400: "),
    ("meters", "serial_settings", "true", "= true: "),
    ("meters", "scaling_factor", "9", "allowed: 10 to 999999999"),
    ("meters", "scaling_factor", "1000000000", "allowed: 10 to 999999999"),
    ("meters", "kamstrup_energy_wh", "20", "allowed: 1, 10, 100, 1000"),
    ("meters", "kamstrup_current_a", "1", 'allowed: "auto", 0.001, 0.01, 0.1'),
    ("meters", "kamstrup_current_a", '"0.01"', 'allowed: "auto", 0.001, 0.01, 0.1 (string or number)'),
    ("meters", "kamstrup_current_a", "nan", "= nan: allowed"),
    ("meters", "p1_checksum", '"none"', 'allowed: "required", "ignored"'),
    ("meters", "kamstrup_voltage_v", "true", '= true: allowed: "auto", 0.01, 0.1, 1'),
    ("meters", "kamstrup_voltage_v", '"Auto"', 'allowed: "auto", 0.01, 0.1, 1'),
    ("meters", "encryption_key", '"0011"', "encryption_key: allowed: 32 hex digits"),
    ("meters", "authentication_key", "[]", "authentication_key: allowed: 32 hex digits"),
]


@pytest.mark.parametrize(("section", "key", "written", "said"), REFUSED)
def test_a_value_that_is_not_allowed_is_refused_by_key_value_and_what_is_allowed(
    path: Path, section: str, key: str, written: str, said: str
) -> None:
    (problem,) = problems(path, f"{header(section)}\n{key} = {written}\n")
    assert problem.startswith(header(section))
    assert f" {key}" in problem
    assert said in problem


def test_all_mistakes_are_told_in_one_report(path: Path) -> None:
    text = "[modbus]\nstale_after_s = 1\nmax_connections = 0\n[web]\nenabled = 3\n[[meters]]\n[[meters]]\nunit = 0\n"
    said = problems(path, text)
    assert [problem.partition(" = ")[0] for problem in said] == [
        "[modbus] stale_after_s",
        "[modbus] max_connections",
        "[web] enabled",
        "[[meters]] number 2 unit",
    ]


def test_a_report_of_very_many_mistakes_ends_with_their_number(path: Path) -> None:
    path.write_text("[modbus]\n" + "".join(f"nonsense{count} = 1\n" for count in range(500)))
    with pytest.raises(SettingsError) as refusal:
        load(path)
    assert len(refusal.value.problems) == 500
    assert str(refusal.value).endswith("and 450 more problems")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[modbuss]\n", "unknown section or key modbuss: did you mean modbus?"),
        ("[Modbus]\n", "unknown section or key Modbus: did you mean modbus?"),
        ("[[meter]]\n", "unknown section or key meter: did you mean meters?"),
        ("[modbus]\nstale-after-s = 5\n", "[modbus] unknown key stale-after-s: did you mean stale_after_s?"),
        ("[modbus]\nunit = 5\n", "[modbus] unknown key unit: it belongs in [[meters]]"),
        ("listen = 5\n", "unknown section or key listen: it belongs in [modbus] or [web]"),
        (
            "[[meters]]\n[[meters]]\nunit=2\nserial_setting = 5\n",
            "number 2 unknown key serial_setting: did you mean serial_settings?",
        ),
        ("[web]\nxyzzy = 5\n", "[web] unknown key xyzzy: known are: listen, enabled"),
        (
            "xyzzy = 5\n",
            "unknown section or key xyzzy: known are: modbus, web, device, history, panel, mqtt, tariff, meters",
        ),
    ],
)
def test_an_unknown_key_is_refused_with_what_was_probably_meant(path: Path, text: str, said: str) -> None:
    (problem,) = problems(path, text)
    assert said in problem


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("modbus = 3\n", "[modbus] is 3: allowed: a table"),
        ("[[web]]\n", "[web] is a list of tables or lists: allowed: a table"),
        ("[meters]\nunit = 1\n", "meters is a table: allowed: a list, each meter under its own [[meters]]"),
        ("meters = 'x'\n", 'meters is "x": allowed: a list'),
        ("meters = [1]\n", "[[meters]] number 1 is 1: allowed: a table"),
        (
            "".join(f"[[meters]]\nunit = {unit}\n" for unit in range(1, 248)) + "[[meters]]\nunit = 1\n",
            "appears 248 times: allowed: up to 247",
        ),
        ("[[meters]]\n[[meters]]\n", "number 2 unit = 1: meter number 1 has the same; allowed: a unit id of its own"),
        (
            "[[meters]]\nport = '/dev/a'\n[[meters]]\nunit = 2\nport = '/dev/a'\n",
            '[[meters]] number 2 port = "/dev/a": meter number 1 has the same; allowed: a serial port of its own',
        ),
        ("[web]\nlisten = '*:502'\n", '[web] listen = "*:502": [modbus] listen has the same port'),
        ("[web]\nlisten = '127.0.0.1:502'\n", "[modbus] listen has the same port"),
    ],
)
def test_a_file_of_the_wrong_shape_is_refused(path: Path, text: str, said: str) -> None:
    (problem,) = problems(path, text)
    assert said in problem


@pytest.mark.parametrize(
    "text",
    [
        "meters = []\n",
        "".join(f"[[meters]]\nunit = {unit}\nport = '/dev/tty{unit}'\n" for unit in range(1, 17)),
        "[[meters]]\n[[meters]]\nunit = 2\n",
        "[modbus]\nlisten = '127.0.0.1:80'\n[web]\nlisten = '[::1]:80'\n",
        "[modbus]\nlisten = '*:80'\n[web]\nenabled = false\n",
        "\ufeff[modbus]\r\nread_only = true\r\n",
    ],
)
def test_a_file_of_an_allowed_shape_is_read(path: Path, text: str) -> None:
    assert len(loaded(path, text).meters) == max(1, text.count("[[meters]]"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[modbus]\nread_only = yes\n", "line 2, column 13: not TOML: Invalid value"),
        (b"[modbus]\nread_only = ", "line 2, column 13: not TOML: Invalid value"),
        (b"[modbus\n", "line 1, column 8: not TOML: "),
        (b"a = 1\na = 2\n", "line 2, column 6: not TOML: Cannot overwrite a value"),
        (b"a = 1\n\0\0\0", "line 2, column 1: not TOML: "),
        (b'a = 1\nb = "\xe6"\n', "line 2, column 6: not UTF-8"),
        (b"a = " + b"[" * 5000, "not TOML: nested too deeply"),
        (b"a = " + b"9" * 5000, "not TOML: "),
        (b"#" * (256 * 1024 + 1), "larger than 256 KiB"),
    ],
)
def test_a_damaged_file_is_refused_by_file_line_and_column(path: Path, content: bytes, said: str) -> None:
    path.write_bytes(content)
    with pytest.raises(DamagedFileError) as refusal:
        load(path)
    assert str(refusal.value).startswith(f"{path}: {said}")


def test_a_file_that_cannot_be_read_is_refused(path: Path) -> None:
    path.mkdir()
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        load(path)


@hypothesis_settings(max_examples=200)
@given(content=st.binary(max_size=80) | st.text("[]{}=.\"'\n#01a_,modbusweterlin ", max_size=80).map(str.encode))
def test_no_file_whatever_raises_another_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "whatever.toml"
    path.write_bytes(content)
    with contextlib.suppress(SettingsError):
        assert load(path).meters


@pytest.mark.parametrize(
    "text",
    [
        f'[[meters]]\nencryption_key = "{KEY}0"\n',
        f'[[meters]]\nauthentication_key = ["{KEY}"]\n',
        f'[[meters]]\nencryption_kye = "{KEY}"\n',
        f'[[meters]]\nport = "{KEY}"\n',
        f'[[meters]]\nport = "{" ".join(re.findall("..", KEY))}"\n',
        f"[[meters]]\n{KEY} = 1\n",
        f'[web]\nlisten = "{KEY}:80"\n',
        f'[modbus]\nallow = ["{KEY}"]\n',
        f'[modbus]\nencryption_key = "{KEY}"\n',
        f'[[meters]]\nencryption_key = "{KEY}\n',
    ],
)
def test_a_key_is_in_no_error_text(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(SettingsError) as refusal:
        load(path)
    assert KEY[:8] not in str(refusal.value).replace(" ", "")


def test_a_key_is_in_no_repr(path: Path) -> None:
    settings = loaded(path, f'[[meters]]\nencryption_key = "{KEY}"\nauthentication_key = "{KEY}"\n')
    assert KEY not in repr(settings)
    assert "encryption_key" not in repr(settings)
    assert "authentication_key" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("*:502", ("", 502)),
        (":502", ("", 502)),
        ("0.0.0.0:1", ("0.0.0.0", 1)),
        ("192.168.1.232:65535", ("192.168.1.232", 65535)),
        ("localhost:5020", ("localhost", 5020)),
        ("[::1]:502", ("::1", 502)),
        ("[fe80::1%eth0]:502", ("fe80::1%eth0", 502)),
        ("[::]:502", ("::", 502)),
    ],
)
def test_an_address_to_listen_on_is_read(text: str, parsed: tuple[str, int]) -> None:
    assert parse_listen(text) == parsed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the port is missing"),
        ("*", "the port is missing"),
        ("[::1]", "the port is missing"),
        ("*:", 'port "" is not 1 to 65535'),
        ("*:0", 'port "0" is not 1 to 65535'),
        ("*:65536", 'port "65536" is not 1 to 65535'),
        ("*:-1", 'port "-1" is not'),
        ("*: 502", 'port " 502" is not'),
        ("*:٣", 'port "٣" is not'),
        ("*:http", 'port "http" is not'),
        ("::1:502", r"an IPv6 address is written in brackets: [::1]:502"),
        ("[127.0.0.1]:502", '"127.0.0.1" is not an IPv6 address'),
        ("[::g]:502", '"::g" is not an IPv6 address'),
        ("256.0.0.1:502", '"256.0.0.1" is not an IPv4 address'),
        ("example.org:502", '"example.org" is not an IPv4 address'),
    ],
)
def test_anything_else_to_listen_on_is_refused_by_its_wrong_part(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_listen(text)


def test_port_0_is_for_who_asks_for_it() -> None:
    assert parse_listen("127.0.0.1:0", lowest_port=0) == ("127.0.0.1", 0)


def panel_of(key: str, name: str, tmp_path: Path) -> PanelSettings:
    path = tmp_path / "settings.toml"
    path.write_text(f"[panel]\n{key} = {json.dumps(name)}\n", encoding="utf-8")
    return load(path).panel


@pytest.mark.parametrize("text", ["led:ACT", "led:beaglebone:green:usr0", "GPIO17", "ID_SDA"])
def test_lights_have_names_like_these(text: str, tmp_path: Path) -> None:
    assert panel_of("power_light", text, tmp_path).power_light == text


@pytest.mark.parametrize("text", ["17", "led:", "led:../../brightness", "led:.", "GPIO 17", "GPIO17\n", "../gpiochip0"])
def test_other_names_of_lights_are_refused_with_what_is_allowed(text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="allowed: a GPIO line"):
        panel_of("han_light", text, tmp_path)


@pytest.mark.parametrize("text", ["led:ACT", "27", "GPIO 27", "../gpiochip0"])
def test_other_names_of_buttons_are_refused_with_what_is_allowed(text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="allowed: a GPIO line"):
        panel_of("reset_button", text, tmp_path)


def test_the_command_line_wins_over_the_environment_and_that_over_the_state_directory() -> None:
    state, environ = Path("/state"), {"HAN2X_SETTINGS": "/environ.toml"}
    assert find_settings_file("/argument.toml", environ, state) == Path("/argument.toml")
    assert find_settings_file(None, environ, state) == Path("/environ.toml")
    assert find_settings_file(None, {}, state) == Path("/state/settings.toml")
    assert find_settings_file(None, {"HAN2X_SETTINGS": ""}, state) == Path("/state/settings.toml")


def test_the_command_line_overrides_by_replace() -> None:
    settings = Settings()
    changed = replace(settings, modbus=replace(settings.modbus, listen="127.0.0.1:5020"))
    assert parse_listen(changed.modbus.listen) == ("127.0.0.1", 5020)


def test_reading_settings_does_not_load_the_editor(path: Path) -> None:
    path.write_text("[[meters]]\nunit = 2\n")
    code = "import sys; from pathlib import Path; from han2x.settings import load; load(Path(sys.argv[1]))"
    code += "; print('tomlkit' in sys.modules)"
    outcome = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True)
    assert outcome.stdout.strip() == "False"


# --- changing the file ---


def test_a_change_makes_the_file_the_section_and_the_meter(tmp_path: Path) -> None:
    path = tmp_path / "not" / "yet" / "settings.toml"
    assert set_value(path, ("meters", 0, "scaling_factor"), 2000).meters[0].scaling_factor == 2000
    assert set_value(path, ("web", "enabled"), value=False) == load(path)
    assert load(path).meters[0].scaling_factor == 2000
    assert not load(path).web.enabled
    assert path.stat().st_mode & 0o777 == 0o600


BEFORE = """\
# The meter in the garage. æøå
[modbus] # clients
listen = "*:5020"   # not 502
stale_after_s = 0x3C

# The first
[[meters]]
# its unit
unit = 3
scaling_factor = 1500 # 300/5 A

# The second
[[meters]]
unit = 4
"""


def test_a_change_touches_nothing_but_its_own_value(path: Path) -> None:
    path.write_text(BEFORE)
    settings = set_value(path, ("meters", 0, "scaling_factor"), 2000)
    assert path.read_text() == BEFORE.replace("1500", "2000")
    assert settings == load(path)


def test_a_new_key_goes_before_what_leads_over_to_the_next_section(path: Path) -> None:
    path.write_text(BEFORE)
    set_values(path, {("modbus", "read_only"): True, ("meters", 0, "name"): "Bolig"})
    expected = BEFORE.replace("0x3C\n", "0x3C\nread_only = true\n").replace("300/5 A\n", '300/5 A\nname = "Bolig"\n')
    assert path.read_text() == expected


def test_a_further_meter_is_added_at_the_end(path: Path) -> None:
    path.write_text(BEFORE)
    set_values(path, {("meters", 2, "unit"): 5, ("meters", 2, "port"): "/dev/ttyUSB2"})
    assert path.read_text() == f'{BEFORE}\n[[meters]]\nunit = 5\nport = "/dev/ttyUSB2"\n'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment",
        "meters = []\n",
        "meters = [{unit = 7}]\nmodbus = {listen = '*:7'}\n",
        "modbus.listen = '*:7'\n\n# next\n\n[device]",
        "[[meters]]\n[web]\n\n[[meters]]\nunit = 2",
        "[modbus]\r\nlisten = '*:7' # c\r\n\r\n# next\r\n[web]\r\nenabled = true",
        "[modbus.__]\n",
        example_toml(),
    ],
)
def test_whatever_the_layout_a_change_is_made_rightly_or_not_at_all(path: Path, text: str) -> None:
    path.write_bytes(text.encode())
    before = tomllib.loads(text)
    changes: dict[tuple[str | int, ...], Any] = {
        ("modbus", "read_only"): True,
        ("web", "listen"): "*:81",
        ("meters", 0, "scaling_factor"): 77,
    }
    try:
        set_values(path, changes)
    except SettingsError as refusal:
        assert [problem.fault.code for problem in refusal.problems] == ["settings-layout"]  # noqa: PT017 - see the name
        assert path.read_bytes() == text.encode()
        return
    after = tomllib.loads(path.read_bytes().decode())
    assert (after["modbus"].pop("read_only"), after["web"].pop("listen")) == (True, "*:81")
    assert after["meters"][0].pop("scaling_factor") == 77
    for document in (before, after):
        document.setdefault("modbus", {})
        document.setdefault("web", {})
        document["meters"] = document.get("meters") or [{}]
    assert after == before
    for comment in re.findall(r"# \w.*", text):
        assert comment in path.read_bytes().decode()


def test_every_allowed_value_can_be_written_and_read_back(path: Path) -> None:
    for section, key, written, value in ACCEPTED:
        keys = (section, 0, key) if section == "meters" else (section, key)
        settings = set_value(path, keys, tomllib.loads(f"x = {written}")["x"])
        table = settings.meters[0] if section == "meters" else getattr(settings, section)
        assert getattr(table, key) == value
        assert load(path) == settings


@pytest.mark.parametrize(("section", "key", "written", "said"), REFUSED)
def test_a_value_that_is_not_allowed_is_not_written(
    path: Path, section: str, key: str, written: str, said: str
) -> None:
    keys = (section, 0, key) if section == "meters" else (section, key)
    with pytest.raises(SettingsError, match=re.escape(said)):
        set_value(path, keys, tomllib.loads(f"x = {written}")["x"])
    assert not path.exists()


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ((), "unknown section"),
        (("modbuss", "listen"), "did you mean modbus?"),
        (("modbus", "lissten"), "did you mean listen?"),
        (("meters", 0, "units"), "did you mean unit?"),
        (("modbus",), "is not the path of a setting"),
        (("modbus", 0, "listen"), "is not the path of a setting"),
        (("meters", "unit"), "is not the path of a setting"),
        (("meters", "0", "unit"), "is not the path of a setting"),
        (("meters", 1, "unit"), "[[meters]] number 2 is not in the file: allowed: one of the 0 there, or the next one"),
        (("meters", -1, "unit"), "is not in the file"),
    ],
)
def test_a_path_that_leads_to_no_setting_is_refused(path: Path, keys: tuple[str | int, ...], said: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(said)):
        set_value(path, keys, 2)
    assert not path.exists()


def test_a_change_that_conflicts_with_the_rest_of_the_file_is_not_written(path: Path) -> None:
    path.write_text(BEFORE)
    with pytest.raises(SettingsError, match="number 2 unit = 3: meter number 1 has the same"):
        set_value(path, ("meters", 1, "unit"), 3)
    with pytest.raises(SettingsError, match="same port"):
        set_values(path, {("modbus", "read_only"): True, ("web", "listen"): "*:5020"})
    assert path.read_text() == BEFORE


def test_a_mistake_that_was_there_before_does_not_prevent_another_change(path: Path) -> None:
    path.write_text("[modbus]\nstale_after_s = 1\n")
    set_value(path, ("meters", 0, "scaling_factor"), 2000)
    assert [problem.partition(" = ")[0] for problem in problems(path, path.read_text())] == ["[modbus] stale_after_s"]
    assert set_value(path, ("modbus", "stale_after_s"), 30) == load(path)


def test_a_damaged_file_is_not_changed(path: Path) -> None:
    path.write_text("[modbus")
    with pytest.raises(DamagedFileError):
        set_value(path, ("modbus", "read_only"), value=True)
    assert path.read_text() == "[modbus"


def test_a_section_that_is_no_table_is_not_changed(path: Path) -> None:
    path.write_text("modbus = 3\n")
    with pytest.raises(SettingsError, match=re.escape("[modbus] is 3: allowed: a table")):
        set_value(path, ("modbus", "read_only"), value=True)


def test_none_brings_the_default_back(path: Path) -> None:
    path.write_text(BEFORE)
    assert set_value(path, ("meters", 0, "scaling_factor"), None).meters[0].scaling_factor == 1000
    assert path.read_text() == BEFORE.replace("scaling_factor = 1500 # 300/5 A\n", "")
    set_value(path, ("web", "enabled"), None)
    assert "web" not in path.read_text()


def test_a_change_to_what_the_file_says_already_writes_nothing(path: Path) -> None:
    path.write_text(BEFORE)
    before = path.stat()
    set_value(path, ("modbus", "stale_after_s"), 60)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_the_file_keeps_its_mode(path: Path) -> None:
    path.write_text(BEFORE)
    path.chmod(0o640)
    set_value(path, ("modbus", "read_only"), value=True)
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_that_root_changes_stays_with_its_owner_and_a_new_one_goes_to_the_directorys(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 12346)
    path = tmp_path / "settings.toml"
    set_value(path, ("modbus", "read_only"), value=True)
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 12346)
    os.chown(path, 54321, 54322)
    set_value(path, ("modbus", "read_only"), value=False)
    assert (path.stat().st_uid, path.stat().st_gid) == (54321, 54322)


@pytest.mark.parametrize("exists", [True, False])
def test_a_symbolic_link_stays_and_its_target_is_changed(tmp_path: Path, exists: bool) -> None:
    (tmp_path / "etc").mkdir()
    link, target = tmp_path / "settings.toml", tmp_path / "etc" / "real.toml"
    if exists:
        target.write_text(BEFORE)
    link.symlink_to("etc/real.toml")
    set_value(link, ("modbus", "read_only"), value=True)
    assert link.is_symlink()
    assert not target.is_symlink()
    assert load(target).modbus.read_only
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["etc", "real.toml", "settings.toml"]


def test_a_disk_that_cannot_be_written_leaves_the_file_and_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text(BEFORE)
    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(SettingsError, match=re.escape(f"{path}: cannot be written: No space left on device")):
        set_value(path, ("modbus", "read_only"), value=True)
    assert path.read_text() == BEFORE
    assert [each.name for each in path.parent.iterdir()] == ["settings.toml"]


def disk_full(*_: object) -> None:
    raise OSError(28, "No space left on device")


# Each child changes the factor as fast as it can and is killed at a random moment.
KILLED_EDITORS = """
import os, random, signal, sys, time
from pathlib import Path
import tomlkit
from han2x.settings import load, set_value

path, last = Path(sys.argv[1]), 10
for _ in range(int(sys.argv[2])):
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        for factor in range(last + 1, 1_000_000):
            set_value(path, ("meters", 0, "scaling_factor"), factor)
            os.write(send, b".")
    os.close(send)
    os.read(receive, 1)
    time.sleep(random.uniform(0, 0.02))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    factor = load(path).meters[0].scaling_factor
    with open(receive, "rb") as pipe:
        changes = 1 + len(pipe.read())
    assert factor - last in (changes, changes + 1) and "# 300/5 A" in path.read_text()
    last = factor
print(last)
"""


def test_an_editor_killed_at_any_moment_leaves_the_old_or_the_new_settings(path: Path) -> None:
    path.write_text(BEFORE.replace("1500", "10"))
    command = [sys.executable, "-c", KILLED_EDITORS, str(path), "50"]
    outcome = subprocess.run(command, check=False, capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stderr
    assert int(outcome.stdout) >= 60


def test_two_editors_at_once_lose_no_change(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from han2x.settings import set_value\n"
        "for value in range(10, 40): set_value(Path(sys.argv[1]), ('modbus', sys.argv[2]), value)"
    )
    keys = ("stale_after_s", "max_connections")
    editors = [subprocess.Popen([sys.executable, "-c", code, str(path), key]) for key in keys]
    assert [editor.wait() for editor in editors] == [0, 0]
    modbus = load(path).modbus
    assert (modbus.stale_after_s, modbus.max_connections) == (39, 39)


# --- at boot ---


def aside(path: Path) -> list[Path]:
    return sorted(path.parent.glob("settings.toml.damaged-*"))


def test_good_settings_are_remembered_for_their_owner_alone(path: Path) -> None:
    path.write_text(BEFORE)
    assert load_or_set_aside(path) == (load(path), None)
    assert last_good_path(path).read_text() == BEFORE
    assert last_good_path(path).stat().st_mode & 0o777 == 0o600
    inode = last_good_path(path).stat().st_ino
    load_or_set_aside(path)
    assert last_good_path(path).stat().st_ino == inode


def test_a_change_is_in_the_last_good_copy_too(path: Path) -> None:
    path.write_text(BEFORE)
    load_or_set_aside(path)
    set_value(path, ("meters", 0, "scaling_factor"), 2000)
    path.write_text("[modbus")
    assert load_or_set_aside(path)[0].meters[0].scaling_factor == 2000


def test_a_change_in_a_file_with_mistakes_leaves_the_last_good_copy_alone(path: Path) -> None:
    path.write_text(BEFORE)
    load_or_set_aside(path)
    path.write_text("[modbus]\nstale_after_s = 1\n")
    set_value(path, ("meters", 0, "scaling_factor"), 2000)
    assert last_good_path(path).read_text() == BEFORE


def test_a_missing_file_is_defaults_even_after_better_days(path: Path) -> None:
    path.write_text(BEFORE)
    load_or_set_aside(path)
    path.unlink()
    assert load_or_set_aside(path) == (Settings(), None)
    assert not path.exists()


@pytest.mark.parametrize("content", [b"", b"\n", b"\0" * 400, b'[modbus]\nlisten = "*:50', b"\xff\xfe"])
def test_a_damaged_file_is_set_aside_and_the_last_good_one_takes_its_place(path: Path, content: bytes) -> None:
    path.write_text(BEFORE)
    good, _ = load_or_set_aside(path)
    path.write_bytes(content)
    settings, report = load_or_set_aside(path)
    assert settings == good
    assert path.read_text() == BEFORE
    (damaged,) = aside(path)
    assert damaged.read_bytes() == content
    assert report is not None
    assert report.text.startswith(f"{path}: ")
    assert f"The damaged file is now {damaged}." in report.text
    assert "Running with the last good settings." in report.text
    assert load_or_set_aside(path) == (good, None)


def test_a_damaged_file_without_a_last_good_one_is_set_aside_for_the_defaults(path: Path) -> None:
    path.write_text("[modbus")
    settings, report = load_or_set_aside(path)
    assert settings == Settings()
    assert report is not None
    assert "Running with the default settings." in report.text
    assert [each.read_text() for each in aside(path)] == ["[modbus"]
    assert load_or_set_aside(path) == (Settings(), None)


def test_an_empty_file_without_a_last_good_one_is_all_defaults(path: Path) -> None:
    path.touch()
    assert load_or_set_aside(path) == (Settings(), None)
    assert load_or_set_aside(path) == (Settings(), None)
    assert aside(path) == []


def test_values_that_are_not_allowed_stay_in_the_file_while_the_last_good_settings_run(path: Path) -> None:
    path.write_text(BEFORE)
    good, _ = load_or_set_aside(path)
    path.write_text(BEFORE.replace("unit = 3", "unit = 300"))
    settings, report = load_or_set_aside(path)
    assert settings == good
    assert "unit = 300" in path.read_text()
    assert aside(path) == []
    assert report is not None
    assert "unit = 300: allowed: 1 to 247" in report.text
    assert f"Running with the last good settings, {last_good_path(path)}." in report.text


def test_values_that_are_not_allowed_leave_the_rest_in_force_where_nothing_was_good_before(path: Path) -> None:
    path.write_text('[modbus]\nlisten = "*:5020"\n[[meters]]\nunit = 300\nport = "/dev/ttyUSB0"\n')
    for last_good in (None, "[modbus"):
        if last_good is not None:
            last_good_path(path).write_text(last_good)
        settings, report = load_or_set_aside(path)

        assert settings.modbus.listen == "*:5020"
        assert settings.modbus.write == "nobody", "what is not understood may have kept somebody out"
        assert settings.meters == (MeterSettings(port="/dev/ttyUSB0"),)
        assert report is not None
        assert report.outcome is Outcome.USABLE_PART
        assert "unit = 300: allowed: 1 to 247" in report.text
        assert "unit = 300" in path.read_text(), "these are somebody's own words"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_leaves_the_defaults_in_force(path: Path) -> None:
    path.write_text(BEFORE)
    path.chmod(0)
    settings, report = load_or_set_aside(path)
    assert (settings, report and report.outcome) == (Settings(), Outcome.DEFAULTS)


def test_a_directory_in_place_of_the_file_leaves_the_defaults_in_force(path: Path) -> None:
    path.mkdir()
    settings, report = load_or_set_aside(path)
    assert settings == Settings()
    assert report is not None
    assert report.outcome is Outcome.DEFAULTS
    assert f"{path}: cannot be read: Is a directory" in report.text


@pytest.mark.parametrize(
    "port", ["spy:///dev/null?file=/x", "hwgrep://(.*.*)*x$", "tcp://192.168.1.20:4001", "ttyUSB0"]
)
@pytest.mark.parametrize("remembered", [True, False])
def test_a_refused_port_takes_nothing_else_of_the_file_away(path: Path, port: str, *, remembered: bool) -> None:
    other = '\n[[meters]]\nunit = 9\nport = "/dev/ttyUSB1"\nscaling_factor = 3000\n'
    path.write_text(f"[modbus]\nstale_after_s = 77\n\n[[meters]]\nunit = 3\nport = '{port}'\n{other}")
    before = path.read_text()
    if remembered:  # as an earlier version did, which let it in
        last_good_path(path).write_text(before)
    settings, report = load_or_set_aside(path)

    assert settings.modbus.stale_after_s == 77
    assert [(meter.unit, meter.port) for meter in settings.meters] == [(3, ""), (9, "/dev/ttyUSB1")]
    assert settings.meters[1].scaling_factor == 3000
    assert path.read_text() == before
    assert report is not None
    assert f'[[meters]] number 1 port = "{port}": ' in report.text
    set_value(path, ("meters", 1, "scaling_factor"), 4000)
    set_value(path, ("meters", 0, "port"), "/dev/ttyUSB0")
    assert load_or_set_aside(path) == (load(path), None)


def test_a_refused_port_beside_another_mistake_is_no_exception(path: Path) -> None:
    path.write_text(BEFORE)
    good, _ = load_or_set_aside(path)
    path.write_text(BEFORE.replace("unit = 3", "unit = 300\nport = 'spy://x'"))

    assert load_or_set_aside(path)[0] == good


def test_of_many_damaged_files_only_the_last_are_kept(path: Path) -> None:
    for count in range(10):
        path.write_text(f"damaged {count}")
        load_or_set_aside(path)
    assert len(aside(path)) == 5
    assert "damaged 9" in [each.read_text() for each in aside(path)]


def test_where_nothing_can_be_written_the_gateway_still_runs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text(BEFORE)
    monkeypatch.setattr(os, "fsync", disk_full)
    settings, report = load_or_set_aside(path)
    assert settings == load(path)
    assert report == Report(Outcome.COPY_NOT_KEPT, f"{path}: no last good copy could be kept: No space left on device")
    monkeypatch.undo()
    load_or_set_aside(path)
    path.write_text("[modbus")
    monkeypatch.setattr(os, "fsync", disk_full)
    damaged_settings, report = load_or_set_aside(path)
    assert damaged_settings == settings
    assert report is not None
    assert "It could not be replaced: No space left on device." in report.text


def test_where_the_file_system_has_no_hard_links_the_damaged_file_is_still_set_aside(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    path.write_text(BEFORE)
    load_or_set_aside(path)
    path.write_text("[modbus")
    monkeypatch.setattr(Path, "hardlink_to", no_links)
    load_or_set_aside(path)
    assert path.read_text() == BEFORE
    assert [each.read_text() for each in aside(path)] == ["[modbus"]


@pytest.mark.parametrize(
    ("text", "write"),
    [
        ("", "anyone"),
        ("[modbus]\nread_only = false\n", "anyone"),
        ("[modbus]\nread_only = true\n", "nobody"),
        ("[modbus]\nwrite = 'allow-list'\n", "allow-list"),
        ("[modbus]\nread_only = true\nwrite = 'anyone'\n", "nobody"),
    ],
)
def test_read_only_is_understood_as_an_older_word_for_nobody(tmp_path: Path, text: str, write: str) -> None:
    (tmp_path / "settings.toml").write_text(text)
    assert load(tmp_path / "settings.toml").modbus.write == write
    assert restore(tmp_path / "settings.toml", text).modbus.write == write


def test_who_says_who_may_write_is_not_outranked_by_the_older_word(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("[modbus]\nread_only = true # for the holidays\nidle_timeout_s = 60\n")

    assert preview_values(path, {("modbus", "write"): "tls-operators"}).modbus.write == "tls-operators"
    assert set_value(path, ("modbus", "write"), "tls-operators").modbus.write == "tls-operators"
    assert "read_only" not in path.read_text()
    assert load(path).modbus == ModbusSettings(write="tls-operators", idle_timeout_s=60)


def test_the_older_word_still_shuts_everybody_out(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("[modbus]\nwrite = 'anyone'\n")

    assert set_value(path, ("modbus", "read_only"), value=True).modbus.write == "nobody"
    assert set_value(path, ("modbus", "read_only"), value=False).modbus.write == "anyone"
