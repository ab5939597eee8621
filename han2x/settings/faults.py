"""What can be wrong with a setting, or with the file: by a code that a page translates, and in plain English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from han2x import faults

FAULTS: Final[Mapping[str, str]] = {
    # what a rule allows
    "flag": "true or false",
    "whole-number": "{lowest} to {highest}",
    "one-of": "{choices}",
    "printable-text": "up to {longest} printable characters",
    "serial-port": "a device path (/dev/serial/by-id/…), a serial server (socket://HOST:PORT), or empty for none",
    "line-settings": '"auto", or like "2400 8N1", with one of {bauds} baud',
    "gpio-line": 'a GPIO line like "GPIO17", or empty for none',
    "gpio-line-or-led": 'a GPIO line like "GPIO17", led:NAME of /sys/class/leds, or empty for none',
    "time-zone": '"auto", or the name of a time zone like "Europe/Helsinki"',
    "path": "a path that starts with /",
    "path-or-none": "a path that starts with /, or empty for none",
    "listen": "ADDRESS:PORT with * for all addresses, an IPv4 address, [an IPv6 address] or localhost",
    "listen-or-none": "ADDRESS:PORT with * for all addresses, an IPv4 address, [an IPv6 address] or localhost, "
    "or empty for nowhere",
    "host-names": "up to {most} host names like han2x.example.net",
    "broker-or-none": "HOST or HOST:PORT, an IPv6 address in brackets, or empty for none",
    "topic-prefix": "up to {longest} letters, digits, - _ and ., with / between levels",
    "networks": "1 to {most} networks like 192.168.1.0/24 or fd00::/8; 0.0.0.0/0 and ::/0 are everyone",
    "hex-key": "32 hex digits, or empty for none",
    "maps": 'up to {most} of {known}, each alone or like "em24 unit 5", "em24 on *:1502", "em24 unit 5 on *:1502"',
    "price-or-none": 'a price like "0.45", or empty for none',
    "tariff-steps": 'up to {most} like "5: 250" (below 5 kW: 250 a month), with ever more kW',
    # the part of a value that is wrong
    "tcp-port-missing": "the port is missing after {value}",
    "tcp-port": "port {value} is not {lowest} to 65535",
    "ipv6-brackets": "an IPv6 address is written in brackets: [{address}]:{port}",
    "not-ipv4": "{value} is not an IPv4 address",
    "not-ipv6": "{value} is not an IPv6 address",
    "no-computers-address": "{value} is not the address of a computer",
    "not-text": "{value} is not a string",
    "not-a-network": "{value} is not a network",
    "inside-a-network": "{value} is an address inside the network {network}",
    "map-unknown": "{value} is no map; known are {known}",
    "map-form": '{value} is not like "{name}", "{name} unit 5", "{name} on *:1502" or "{name} unit 5 on *:1502"',
    "map-unit": "unit id {value} is not {lowest} to {highest}",
    "tariff-step-form": '{value} is not like "5: 250", kW and the price of a month',
    "tariff-steps-order": "{value} does not have more kW than {before} before it",
    # settings that do not go together
    "tariff-hours": "the day's price ends no later than it begins, at {begins}; allowed: an hour after that",
    "same-unit": "meter number {number} has the same; allowed: a unit id of its own for each meter",
    "same-port": "meter number {number} has the same; allowed: a serial port of its own for each meter",
    "map-unit-taken": "unit id {unit} is that of meter number {number}; allowed: another unit, or an address and port",
    "map-unit-shared": "meter number {number} has {other} with unit id {unit} there; allowed: another unit or port",
    "maps-overlap": "{other} has some of the same registers with unit id {unit}; allowed: another unit or port",
    "authentication-key-alone": "authentication_key is set without encryption_key; "
    "allowed: both, or the latter alone",
    "tls-incomplete": "tls_listen needs tls_certificate, tls_key and tls_client_authority; allowed: all four, or none",
    "certificate-incomplete": "certificate and key belong together; allowed: both, or neither",
    "same-tcp-port": "[modbus] listen has the same port; allowed: another port",
    "same-tcp-port-as": "{other} has the same port; allowed: another port",
    # a place that is not there
    "setting-misspelt": "unknown {what} {name}: did you mean {meant}?",
    "setting-elsewhere": "unknown {what} {name}: it belongs in {place}",
    "setting-unknown": "unknown {what} {name}: known are: {known}",
    "no-setting-path": '{path} is not the path of a setting: allowed: (section, key) or ("meters", index, key)',
    "no-such-meter": "{place} is not in the file: allowed: one of the {present} there, or the next one",
    "meter-not-removable": "meter number {number} cannot be removed: there have to be it and one more",
    # the file
    "not-a-table": "allowed: a table",
    "not-a-list": "allowed: a list, each meter under its own [[meters]]",
    "too-many-meters": "[[meters]] appears {count} times: allowed: up to {most} meters",
    "not-toml": "line {line}, column {column}: not TOML: {problem}",
    "not-toml-somewhere": "not TOML: {problem}",
    "toml-too-deep": "not TOML: nested too deeply",
    "not-utf8": "line {line}, column {column}: not UTF-8",
    "settings-too-large": "larger than {most} KiB",
    "settings-too-many": "more than {most} keys and sections",
    "settings-emptied": "the file is empty, though it had content before",
    "settings-flipped": "it is not as han2x wrote it, in a way in which only a failing memory card changes a file; "
    "if somebody did change a single character, do so again and tell han2x to reload",
    "settings-layout": "han2x cannot change a file of this layout; please change it by hand",
    "settings-unreadable": "cannot be read: {reason}",
    "settings-unwritable": "cannot be written: {reason}",
}  # fmt: skip


class SettingsFault(faults.Fault):
    """One thing that is wrong with a setting or the file; `code` is one of `FAULTS`."""

    __slots__ = ()
    TEXTS = FAULTS


class RuleError(ValueError):
    """The part of a value that its rule does not allow; `fault` says which part."""

    def __init__(self, fault: faults.Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))
