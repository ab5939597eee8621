from __future__ import annotations

import json
from ipaddress import IPv4Address, IPv4Interface

from dbus_fast import Variant

from han2x.network import InterfaceSettings, Method, factory_settings
from han2x.network.note import Note
from han2x.network.profile import (
    from_json,
    ipv4_part,
    new_profile,
    read_settings,
    same_ipv4,
    to_json,
    tried_part,
    without_old_forms,
)

STATIC = InterfaceSettings(
    "eth0", Method.STATIC, IPv4Interface("10.1.2.3/8"), IPv4Address("10.0.0.1"), (IPv4Address("9.8.7.6"),)
)
DHCP = InterfaceSettings("eth0", Method.DHCP)
OWNERS = {"dns-search": Variant("as", ["example.org"]), "route-metric": Variant("x", 77)}


def test_a_part_says_the_settings_it_was_made_from() -> None:
    for settings in (STATIC, DHCP, factory_settings("eth0")):
        assert read_settings("eth0", ipv4_part(settings, {})) == settings


def test_what_is_neither_is_told_as_other() -> None:
    assert read_settings("eth0", {"method": Variant("s", "shared")}).method is Method.OTHER
    assert read_settings("eth0", {}).method is Method.DHCP


def test_the_owners_own_values_stay() -> None:
    part = ipv4_part(STATIC, OWNERS)

    assert {name: part[name] for name in OWNERS} == OWNERS


def test_nothing_of_the_old_addresses_stays() -> None:
    old = ipv4_part(STATIC, {}) | {
        "addresses": Variant("aau", [[1, 8, 0]]),
        "dns-data": Variant("as", ["9.8.7.6"]),
        "ignore-auto-dns": Variant("b", True),
    }

    assert ipv4_part(DHCP, old) == {"method": Variant("s", "auto")}


def test_a_gateway_is_used_even_where_none_was_wanted_before() -> None:
    never = {"never-default": Variant("b", True)}

    assert "never-default" not in ipv4_part(STATIC, never)
    assert ipv4_part(DHCP, never)["never-default"].value is True


def test_on_trial_an_address_that_is_taken_is_found_out() -> None:
    part = tried_part(STATIC, {})

    assert part["dad-timeout"].value > 0
    assert part["may-fail"].value is False


def test_on_trial_the_old_address_stays_beside_dhcp() -> None:
    part = tried_part(DHCP, {}, IPv4Interface("10.1.2.3/8"))

    assert part["method"].value == "auto"
    assert part["address-data"].value == [{"address": Variant("s", "10.1.2.3"), "prefix": Variant("u", 8)}]


def test_parts_are_the_same_when_addresses_gateway_and_name_servers_are() -> None:
    assert same_ipv4(ipv4_part(STATIC, {}), tried_part(STATIC, OWNERS))
    assert not same_ipv4(ipv4_part(STATIC, {}), ipv4_part(DHCP, {}))
    assert not same_ipv4(ipv4_part(DHCP, {}), tried_part(DHCP, {}, IPv4Interface("10.1.2.3/8")))
    assert not same_ipv4(ipv4_part(STATIC, {}), ipv4_part(STATIC, {}) | {"gateway": Variant("s", "10.0.0.2")})
    assert not same_ipv4(ipv4_part(STATIC, {}), ipv4_part(STATIC, {}) | {"dns": Variant("au", [])})


def test_old_forms_are_not_sent_back() -> None:
    settings = {"ipv4": {"addresses": Variant("aau", []), **OWNERS}, "connection": {"id": Variant("s", "wired")}}

    assert without_old_forms(settings) == {"ipv4": OWNERS, "connection": {"id": Variant("s", "wired")}}
    assert "addresses" in settings["ipv4"]


def test_a_new_profile_is_for_its_interface_only() -> None:
    profile = new_profile("eth0", "0f", ipv4_part(DHCP, {}))

    assert profile["connection"]["interface-name"].value == "eth0"
    assert profile["connection"]["uuid"].value == "0f"
    assert profile["ipv4"]["method"].value == "auto"


def test_a_part_survives_the_disk() -> None:
    part = ipv4_part(STATIC, OWNERS) | {"raw": Variant("ay", b"\x00\xff"), "flag": Variant("b", True)}

    assert from_json(json.loads(json.dumps(to_json(part)))) == part


def test_a_note_survives_the_disk() -> None:
    for settings, old in ((STATIC, to_json(ipv4_part(DHCP, OWNERS))), (DHCP, None)):
        note = Note("token", settings, "uuid", old, False, "10.1.2.3/8", "/checkpoint/1", 12345, 60, confirmed=True)

        assert Note.from_json(json.loads(json.dumps(note.to_json()))) == note
