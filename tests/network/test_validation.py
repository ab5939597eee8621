from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from han2x.network import (
    FACTORY_ADDRESS,
    Interface,
    InterfaceKind,
    InterfaceSettings,
    InvalidSettingsError,
    Method,
    check_hostname,
    check_settings,
    factory_settings,
)
from han2x.network.validation import FIELDS, check_confirm_within

INTERFACES = [
    Interface("eth0", InterfaceKind.WIRED, "02:00:00:00:00:01", link=True, addresses=(FACTORY_ADDRESS,)),
    Interface(
        "wlan0", InterfaceKind.WIRELESS, "02:00:00:00:00:02", link=True, addresses=(IPv4Interface("10.0.0.9/8"),)
    ),
]
STATIC: dict[str, object] = {
    "interface": "eth0",
    "method": "static",
    "address": "192.168.77.30",
    "prefix": "24",
    "gateway": "192.168.77.1",
    "dns": ["192.168.77.53", "9.9.9.9"],
}


def codes(typed: dict[str, object]) -> dict[str, str]:
    with pytest.raises(InvalidSettingsError) as refused:
        check_settings(typed, INTERFACES)
    return {name: fault.code for name, fault in refused.value.errors.items()}


def test_a_static_address_is_taken_with_all_that_belongs_to_it() -> None:
    assert check_settings(STATIC, INTERFACES) == InterfaceSettings(
        "eth0",
        Method.STATIC,
        IPv4Interface("192.168.77.30/24"),
        IPv4Address("192.168.77.1"),
        (IPv4Address("192.168.77.53"), IPv4Address("9.9.9.9")),
    )


def test_gateway_and_name_servers_may_be_left_out() -> None:
    typed = STATIC | {"gateway": "", "dns": None}

    settings = check_settings(typed, INTERFACES)

    assert (settings.gateway, settings.dns) == (None, ())


def test_dhcp_needs_no_more_than_the_interface() -> None:
    typed: dict[str, object] = {
        "interface": "wlan0",
        "method": "dhcp",
        "address": " ",
        "prefix": None,
        "gateway": "",
        "dns": [],
    }

    assert check_settings(typed, INTERFACES) == InterfaceSettings("wlan0", Method.DHCP)


def test_the_factory_settings_pass_their_own_check() -> None:
    settings = factory_settings("eth0")

    assert str(settings.address) == "192.168.1.232/24"
    assert check_settings(settings.form(), INTERFACES) == settings


def test_what_a_form_shows_is_what_was_checked() -> None:
    settings = check_settings(STATIC, INTERFACES)

    assert settings.form() == STATIC
    assert check_settings(settings.form(), INTERFACES) == settings


@pytest.mark.parametrize(
    ("typed", "prefix"),
    [("1", 1), ("30", 30), (24, 24), ("/24", 24), (" 24 ", 24), ("255.255.255.0", 24), ("255.255.255.252", 30),
     ("128.0.0.0", 1)],
)  # fmt: skip
def test_a_prefix_is_taken_as_a_number_or_as_a_mask(typed: object, prefix: int) -> None:
    settings = check_settings(STATIC | {"prefix": typed, "gateway": ""}, INTERFACES)

    assert settings.address
    assert settings.address.network.prefixlen == prefix


@pytest.mark.parametrize(
    "typed",
    ["0", "31", "32", "33", "-1", "24.0", "abc", "٢٤", "255.255.255.255", "255.255.255.254", "0.0.0.0", "0.0.0.255",
     "255.0.255.0", "255.255.255", "256.0.0.0", 24.5, "0x18", "255.255.255.0/24"],
)  # fmt: skip
def test_another_prefix_is_refused(typed: object) -> None:
    assert codes(STATIC | {"prefix": typed}) == {"prefix": "prefix"}


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("192.168.77", "not-an-address"),
        ("192.168.77.256", "not-an-address"),
        ("192.168.077.030", "not-an-address"),
        ("192.168.77.30/24", "not-an-address"),
        ("::1", "not-an-address"),
        ("han2x", "not-an-address"),
        ("1.2.3.4\n5", "not-an-address"),
        (3232255262, "not-an-address"),
        ("x" * 5000, "not-an-address"),
        ("127.0.0.1", "address-loopback"),
        ("169.254.7.7", "address-link-local"),
        ("224.0.0.251", "address-multicast"),
        ("239.255.255.250", "address-multicast"),
        ("240.0.0.1", "address-reserved"),
        ("255.255.255.255", "address-reserved"),
        ("0.0.0.0", "address-reserved"),
        ("0.1.2.3", "address-reserved"),
    ],
)
@pytest.mark.parametrize("field", ["address", "gateway", "dns"])
def test_what_is_no_computers_address_is_refused_at_its_field(field: str, address: object, code: str) -> None:
    assert codes(STATIC | {field: address}) == {field: code}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("address", "192.168.77.0", "address-is-network"),
        ("address", "192.168.77.255", "address-is-broadcast"),
        ("gateway", "192.168.77.0", "address-is-network"),
        ("gateway", "192.168.77.255", "address-is-broadcast"),
        ("gateway", "192.168.78.1", "gateway-outside"),
        ("gateway", "192.168.77.30", "gateway-is-address"),
        ("dns", "9.9.9.9 9.9.9.9", "dns-twice"),
        ("dns", "1.1.1.1, 8.8.8.8, 9.9.9.9, 4.4.4.4", "dns-too-many"),
        ("interface", "lo", "interface"),
        ("interface", "eth0; reboot", "interface"),
        ("method", "auto", "method"),
        ("method", "other", "method"),
    ],
)
def test_what_does_not_fit_together_is_refused_at_its_field(field: str, value: object, code: str) -> None:
    assert codes(STATIC | {field: value}) == {field: code}


@pytest.mark.parametrize("name", ["interface", "method", "address", "prefix"])
@pytest.mark.parametrize("nothing", ["", "  ", None, [], True])
def test_what_is_needed_is_told(name: str, nothing: object) -> None:
    assert codes(STATIC | {name: nothing}) == {name: "missing"}


def test_an_address_of_another_interface_of_this_computer_is_refused() -> None:
    assert codes(STATIC | {"address": "10.0.0.9", "gateway": ""}) == {"address": "address-on-this-computer"}
    assert check_settings(STATIC | {"address": "192.168.1.232", "gateway": ""}, INTERFACES)


def test_with_dhcp_nothing_else_is_taken() -> None:
    assert codes(STATIC | {"method": "dhcp"}) == dict.fromkeys(("address", "prefix", "gateway", "dns"), "not-with-dhcp")


def test_every_mistake_is_told_at_once() -> None:
    typed = {"interface": "eth9", "method": "static", "address": "127.0.0.1", "prefix": 99, "gateway": "x", "dns": "y"}

    assert set(codes(typed)) == set(FIELDS) - {"method"}
    assert set(codes({})) == {"interface", "method"}


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(InvalidSettingsError, match=r"^netmask: .* known are: interface, method, address, prefix"):
        check_settings(STATIC | {"netmask": "255.255.255.0"}, INTERFACES)


@given(st.dictionaries(st.sampled_from([*FIELDS, "more"]), st.text() | st.integers() | st.lists(st.text()) | st.none()))
def test_whatever_is_typed_is_taken_or_refused_with_a_text_for_each_field(typed: dict[str, object]) -> None:
    try:
        check_settings({"interface": "eth0"} | typed, INTERFACES)
    except InvalidSettingsError as refused:
        texts = [str(fault) for fault in refused.errors.values()]
        assert all(texts)


@given(st.ip_addresses(v=4), st.integers(1, 30), st.ip_addresses(v=4))
def test_what_is_taken_has_its_gateway_beside_it_on_its_own_network(address: object, prefix: int, near: object) -> None:
    network = IPv4Interface(f"{address}/{prefix}").network
    gateway = ip_address(int(network.network_address) + int(ip_address(str(near))) % network.num_addresses)
    typed = STATIC | {"address": str(address), "prefix": prefix, "gateway": str(gateway)}
    try:
        settings = check_settings(typed, INTERFACES)
    except InvalidSettingsError:
        return

    assert settings.address
    assert settings.gateway
    assert settings.gateway != settings.address.ip
    assert network.network_address < settings.gateway < network.broadcast_address


@pytest.mark.parametrize("name", ["han2x", "HUS-7", "a", "7a", "x" * 63, " hus "])
def test_a_host_name_is_taken(name: str) -> None:
    assert check_hostname(name) == name.strip()


@pytest.mark.parametrize(
    ("name", "code"),
    [("", "missing"), (None, "missing"), ("-hus", "hostname"), ("hus-", "hostname"), ("hus.local", "hostname"),
     ("hus_7", "hostname"), ("x" * 64, "hostname"), ("hus 7", "hostname"), ("blåbær", "hostname"),
     ("<b>", "hostname"), ("a\nb", "hostname"), ("192", "hostname-digits")],
)  # fmt: skip
def test_another_host_name_is_refused(name: object, code: str) -> None:
    with pytest.raises(InvalidSettingsError) as refused:
        check_hostname(name)

    assert refused.value.errors["hostname"].code == code


@pytest.mark.parametrize("seconds", [5, 60, 600])
def test_a_time_to_confirm_is_taken(seconds: int) -> None:
    assert check_confirm_within(seconds) == seconds


@pytest.mark.parametrize("seconds", [4, 601, 0, -1, 60.5, "60"])
def test_another_time_to_confirm_is_refused(seconds: int) -> None:
    with pytest.raises(InvalidSettingsError, match="confirm_within_s: choose 5 to 600 seconds"):
        check_confirm_within(seconds)
