"""The settings: every one can be saved, and is refused with a word at its field."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Locator, Page, expect

from han2x.api.settings import SettingRow
from han2x.app.reach import REACH
from han2x.settings import Outcome, Report, load_or_set_aside
from han2x.settings.schema import METERS, ROWS
from han2x.web import CameIn
from tests.browser.conftest import Gateway, Open
from tests.browser.live_data import live, meter
from tests.end_to_end.waiting import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]

SAVED: Final = "Saved. In force within 10 seconds."
NOT_SAVED: Final = "Nothing was saved: see the fields marked above."

SECTIONS: Final = {
    "modbus": "Modbus",
    "web": "Web page",
    "device": "Gateway",
    "history": "History",
    "panel": "Front panel",
    "mqtt": "MQTT and Home Assistant",
    "tariff": "Prices",
    METERS: "Meter 1",
}
FORMS: Final[dict[str, dict[str, tuple[str, str | bool, Any]]]] = {
    "modbus": {
        "listen": ("Modbus TCP port", "5020", "*:5020"),
        "when_stale": ("For values that are not current", "the last values", "hold"),
        "when_unknown": ("Energies before the meter's first total", "exception code 0x0B", "exception"),
        "beyond": ("Reads beyond the registers", "0 from there on", "zero"),
        "stale_after_s": ("A value is no longer current after", "120", 120),
        "max_connections": ("Clients at once", "10", 10),
        "idle_timeout_s": ("Disconnect idle clients after", "86 400", 86400),
        "allow": ("Networks that are answered", "192.168.1.0/24\nfd00::/8", ["192.168.1.0/24", "fd00::/8"]),
        "write": ("Who may write", "only the networks below", "allow-list"),
        "writers": ("Networks that may write", "192.168.1.0/24", ["192.168.1.0/24"]),
        "writes_per_minute": ("Writes in a minute", "60", 60),
        "tls_listen": ("TLS address and port", "*:802", "*:802"),
        "tls_certificate": ("Certificate of the gateway", "/etc/han2x/own.pem", "/etc/han2x/own.pem"),
        "tls_key": ("Key of the certificate", "/etc/han2x/own.key", "/etc/han2x/own.key"),
        "tls_client_authority": ("CA certificate for clients", "/etc/han2x/ca.pem", "/etc/han2x/ca.pem"),
    },
    "web": {
        "live_open": ("Live values without a password", False, False),
        "language": ("Language of the page", "As the browser has it", None),
        "allow": ("Networks whose browsers are answered", "10.0.0.0/8\n::/0", ["10.0.0.0/8", "::/0"]),
        "host_names": ("Other names for this page", "box.example.net\nbox.home", ["box.example.net", "box.home"]),
        "certificate": ("Own certificate", "/etc/han2x/page.pem", "/etc/han2x/page.pem"),
        "key": ("Key of the own certificate", "/etc/han2x/page.key", "/etc/han2x/page.key"),
        "https": ("HTTPS instead of HTTP on the page’s port", True, True),
        "https_listen": ("Address and port of the encrypted page", "*:8443", "*:8443"),
        "https_only": ("Encrypted page only", True, True),
    },
    "device": {
        "name": ("Name of the gateway", "<b>Hytta</b>", "<b>Hytta</b>"),
        "temperature_path": ("File with the board’s temperature", "/tmp/temperature", "/tmp/temperature"),  # noqa: S108
        "log_level": ("How much is logged", "Warnings and errors", "warning"),
        "time_zone": ("Time zone of the meters", "Europe/Helsinki", "Europe/Helsinki"),
        "announce": ("Found on the network", False, False),
    },
    "panel": {
        "power_light": ("POWER light", "GPIO5", "GPIO5"),
        "han_light": ("HAN light", "led:ACT", "led:ACT"),
        "reset_button": ("FACTRESET button", "GPIO17", "GPIO17"),
    },
    "mqtt": {
        "broker": ("MQTT broker", "homeassistant.local", "homeassistant.local"),
        "user": ("User name at the broker", "han", "han"),
        "discovery": ("Announce the meters to Home Assistant", False, False),
        "discovery_prefix": ("Announcements begin with", "house", "house"),
        "prefix": ("Topics begin with", "house/meters", "house/meters"),
        "interval_s": ("Seconds between two messages", "60", 60),
        "values": ("What is published", "Active power and energies", "few"),
        "qos": ("Quality of service", "1", 1),
        "retain": ("The broker keeps the last values", True, True),
        "tls": ("Encrypt the connection with the broker", True, True),
        "tls_authority": ("CA certificate of the broker", "/etc/han2x/ca.pem", "/etc/han2x/ca.pem"),
        "tls_certificate": ("The gateway’s own certificate for the broker", "/etc/han2x/own.pem", "/etc/han2x/own.pem"),
        "tls_key": ("Key of that certificate", "/etc/han2x/own.key", "/etc/han2x/own.key"),
    },
    "history": {"enabled": ("Keep a history", False, False)},
    "tariff": {
        "currency": ("Currency", "NOK", "NOK"),
        "day_price": ("Price of a kWh by day", "0.45", "0.45"),
        "night_price": ("Price of a kWh by night", "0.3012", "0.3012"),
        "day_begins": ("The day’s price begins at", "7", 7),
        "day_ends": ("The day’s price ends at", "23", 23),
        "weekend_night": ("Saturday and Sunday at the night’s price", False, False),
    },
    METERS: {
        "name": ("Name", "<b>Cabin</b>", "<b>Cabin</b>"),
        "unit": ("Modbus unit id", "247", 247),
        "port": ("Serial port", "FT232R USB UART (/dev/ttyUSB0)", "/dev/ttyUSB0"),
        "serial_settings": ("Line settings", "2400 8E1", "2400 8E1"),
        "scaling_factor": ("Scaling factor", "200/5", 40000),
        "main_fuse_a": ("Main fuse (A)", "63", 63),
        "maps": ("Imitated meters", "abb-b23\nem24  on *:1502", ["abb-b23", "em24 on *:1502"]),
        "kamstrup_energy_wh": ("Kamstrup: one step of energy", "1 Wh", 1),
        "kamstrup_current_a": ("Kamstrup: one step of current", "0.1 A", 0.1),
        "kamstrup_voltage_v": ("Kamstrup: one step of voltage", "1 V", 1),
        "p1_checksum": ("Checksums of P1 telegrams", "are ignored", "ignored"),
        "p1_listen": ("P1 telegrams on the network", "*:2000", "*:2000"),
        "shelly_listen": ("Answer as a Shelly Pro 3EM", "*:1010", "*:1010"),
        "homewizard_listen": ("Answer as a HomeWizard P1 meter", "192.168.1.9:81", "192.168.1.9:81"),
    },
}
"""For each setting its label, what is typed or chosen, and what must then be kept."""
ELSEWHERE: Final = {
    "web.listen",
    "web.enabled",
    "modbus.read_only",
    "meters.encryption_key",
    "meters.authentication_key",
    "mqtt.password",
    "tariff.steps",
}

WRONG: Final = {
    "modbus": [
        ("Modbus TCP port", "70000", "A port is a number from 1 to 65535."),
        ("Modbus TCP port", "", "A port is a number from 1 to 65535."),
        ("A value is no longer current after", "4", "A whole number from 5 to 3\u202f600."),
        ("Clients at once", "many", "A whole number from 1 to 1\u202f000."),
        ("TLS address and port", "*:802", "TLS needs all four"),
        ("Networks that are answered", "192.168.1.0/24 next door", "next is no network"),
        ("Networks that are answered", "", "At least one network is needed"),
        ("Networks that are answered", "192.168.1.0/77", "192.168.1.0/77"),
    ],
    "device": [
        ("Name of the gateway", "x" * 65, "At most 64 characters, and no line breaks."),
        ("File with the board’s temperature", "temperature", "A path begins with /"),
    ],
    "mqtt": [
        ("MQTT broker", "mqtt://broker", "Write a name or an address"),
        ("Topics begin with", "house/", "At most 64 letters, digits"),
        ("Seconds between two messages", "0", "A whole number from 1 to 3\u202f600."),
    ],
    "panel": [("POWER light", "the green one", "Write a GPIO line like GPIO17, or led:")],
    "tariff": [
        ("Price of a kWh by day", "cheap", "Write a price like 0.45"),
        ("The day’s price ends at", "5", "The day has to end later than it begins, at 6."),
        ("Currency", "x" * 9, "At most 8 characters, and no line breaks."),
    ],
    METERS: [
        ("Main fuse (A)", "10001", "A whole number from 0 to 10\u202f000."),
        ("Modbus unit id", "248", "A whole number from 1 to 247."),
        ("P1 telegrams on the network", "2000", "A port is a number from 1 to 65535."),
        ("Scaling factor", "0.009", "Write a number from 0.01 to 999\u202f999.999, or a ratio like 200/5."),
        ("Imitated meters", "em42", "There is no map"),
        ("Imitated meters", "em24 on 1502", "The port is missing"),
        ("Imitated meters", "em24\nsdm630 unit 1", "em24 has some of the same registers with unit id 1."),
        ("Name", "x" * 65, "At most 64 characters, and no line breaks."),
    ],
}
ALSO: Final[dict[str, tuple[str, str | bool]]] = {
    "modbus": ("Who may write", "nobody"),
    "device": ("How much is logged", "Errors only"),
    "panel": ("FACTRESET button", "GPIO17"),
    "mqtt": ("What is published", "Active power and energies"),
    "tariff": ("Saturday and Sunday at the night’s price", False),
    METERS: ("Line settings", "2400 8E1"),
}


def _section(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


async def _fill(section: Locator, label: str, value: str | bool) -> None:
    await section.locator("form").first.wait_for()
    closed = section.locator("details.seldom:not([open]) > summary")
    while await closed.count():
        await closed.first.click()
    field = section.get_by_label(label).first
    if isinstance(value, bool):
        await field.set_checked(value)
    elif await field.evaluate("element => element.tagName") == "SELECT":
        await field.select_option(label=value)
    else:
        await field.fill(value)


async def _be_sure(section: Locator) -> None:
    """Confirm a factor that is asked about."""
    if await section.get_by_label("is right").is_visible():
        await section.get_by_label("is right").check()


def _kept(gateway: Gateway, section: str) -> dict[str, Any]:
    values = gateway.control.settings().values[section]
    return values[0] if isinstance(values, list) else values


def _meters(gateway: Gateway) -> list[dict[str, Any]]:
    values = gateway.control.settings().values[METERS]
    assert isinstance(values, list)
    return values


async def test_what_the_owner_has_is_chosen_and_adds_the_meter_that_is_imitated(
    gateway: Gateway, open_page: Open
) -> None:
    page = await open_page("settings")
    section = _section(page, SECTIONS[METERS])
    await section.get_by_text("More settings").click()
    for label in ("Victron GX: abb-b23 (ABB B23/B21)", "openWB: kostal-ksem", "Victron GX: abb-b23"):
        choice = section.get_by_label("Add one for").first
        option = choice.locator("option").filter(has_text=label).first
        await choice.select_option(label=await option.text_content())
    await expect(section.get_by_label("Imitated meters")).to_have_value("abb-b23\nkostal-ksem")
    await section.get_by_role("button", name="Save", exact=True).click()
    await expect(section.locator(".form-status").first).to_have_text(SAVED)
    assert _kept(gateway, METERS)["maps"] == ["abb-b23", "kostal-ksem"]


async def test_each_setting_is_tried_here() -> None:
    tried = {f"{section}.{key}" for section, form in FORMS.items() for key in form}
    assert {f"{section}.{key}" for section, rows in ROWS.items() for key in rows} - ELSEWHERE == tried


@pytest.mark.parametrize("name", FORMS)
async def test_every_setting_can_be_saved(gateway: Gateway, open_page: Open, name: str) -> None:
    page = await open_page("settings")
    section = _section(page, SECTIONS[name])
    for label, typed, _ in FORMS[name].values():
        await _fill(section, label, typed)
    await _be_sure(section)
    await section.get_by_role("button", name="Save", exact=True).click()
    if name in REACH:
        await until(lambda: gateway.control.trial is not None)
        assert gateway.control.trial
        await gateway.control.confirm_settings(gateway.control.trial.token, CameIn("", 0, encrypted=True))
        await page.reload()
    else:
        await expect(section.locator(".form-status").first).to_have_text(SAVED)
    kept = _kept(gateway, name)
    for key, (_, _, wanted) in FORMS[name].items():
        assert wanted is None or kept[key] == wanted, key
    await section.get_by_role("button", name="Save", exact=True).click()
    await expect(section.locator(".form-status").first).to_have_text("Nothing was changed.")
    await page.reload()
    for label, typed, _ in FORMS[name].values():
        if isinstance(typed, str) and name != METERS and "\n" not in typed and " " not in typed:
            await expect(section.get_by_label(label).first).to_have_value(typed)


@pytest.mark.parametrize("name", WRONG)
async def test_wrong_values_are_refused_at_their_fields_and_nothing_is_saved(
    gateway: Gateway, open_page: Open, name: str
) -> None:
    before = gateway.control.settings()
    page = await open_page("settings")
    section = _section(page, SECTIONS[name])
    for label, typed, error in WRONG[name]:
        field = section.get_by_label(label).first
        await _fill(section, label, "")
        right = await field.evaluate("element => element.defaultValue")
        await field.evaluate("element => element.removeAttribute('maxlength')")
        await field.fill(typed)
        # A right value in the same form must not be kept either.
        await _fill(section, *ALSO[name])
        await section.get_by_role("button", name="Save", exact=True).click()
        await expect(section.locator(".form-status").first).to_have_text(NOT_SAVED)
        await expect(section.locator(".error:visible")).to_contain_text(error)
        await expect(field).to_be_focused()
        await expect(field).to_have_attribute("aria-invalid", "true")
        await expect(field).to_have_value(typed)
        assert gateway.control.settings() == before
        await field.fill(right)


async def test_the_steps_of_the_capacity_charge_are_typed_line_by_line(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("settings")
    section = _section(page, SECTIONS["tariff"])
    save = section.get_by_role("button", name="Save", exact=True)

    async def fill(number: int, kw: str, price: str) -> None:
        await section.get_by_label(f"Step {number}: below kW").fill(kw)
        await section.get_by_label(f"Step {number}: price a month").fill(price)

    await fill(1, "2", "125")
    for number, kw, price in ((2, "5", "206,50"), (3, "10", "350")):
        await section.get_by_role("button", name="Add a step").click()
        await expect(section.get_by_label(f"Step {number}: below kW")).to_be_focused()
        await fill(number, kw, price)
    await save.click()
    await expect(section.locator(".form-status")).to_have_text(SAVED)
    assert _kept(gateway, "tariff")["steps"] == ["2: 125", "5: 206.50", "10: 350"]
    await page.reload()
    await section.get_by_role("button", name="Remove step 2").click()
    await save.click()
    await expect(section.locator(".form-status")).to_have_text(SAVED)
    assert _kept(gateway, "tariff")["steps"] == ["2: 125", "10: 350"]
    for kw, price, error in (("10", "x", "lacks a number"), ("1", "350", "does not have more kW than the step before")):
        await page.reload()
        await fill(2, kw, price)
        await save.click()
        await expect(section.locator(".error:visible")).to_contain_text(error)
        await expect(section.get_by_label("Step 1: below kW")).to_be_focused()
        assert _kept(gateway, "tariff")["steps"] == ["2: 125", "10: 350"]


async def test_the_password_of_the_broker_is_typed_saved_and_forgotten_and_never_shown(
    gateway: Gateway, open_page: Open
) -> None:
    page = await open_page("settings")
    section = _section(page, SECTIONS["mqtt"])
    await expect(section).to_contain_text("No password is set.")
    stay = section.get_by_role("button", name="Go on without encryption")
    if await stay.count():
        await stay.click()
    password = section.get_by_label("Password at the broker")
    await section.get_by_role("button", name="Save the password").click()
    await expect(section.locator(".error:visible")).to_have_count(1)
    await password.fill("s3cret of the house")
    await section.get_by_role("button", name="Save the password").click()
    await expect(section).to_contain_text("A password is set.")
    assert gateway.control.settings().values["mqtt"]["password"] is True  # type: ignore[call-overload]
    await expect(section.get_by_label("Password at the broker")).to_have_value("")
    await section.get_by_role("button", name="Forget the password").click()
    await expect(section).to_contain_text("No password is set.")
    assert gateway.control.settings().values["mqtt"]["password"] is False  # type: ignore[call-overload]


async def test_each_number_says_its_range(open_page: Open) -> None:
    page = await open_page("settings")
    help_of = _section(page, "Modbus").locator(".field", has_text="Clients at once").locator(".help")
    await expect(help_of).to_have_text("How many Modbus clients may be connected. 1 to 1\u202f000; default 64.")


@pytest.mark.parametrize(
    ("typed", "thousandths", "effect"),
    [
        (
            "2.5",
            2500,
            "Factor 2.5: 1\u202f000 W and 5 A from the meter are shown and served as 2\u202f500 W and 12.5 A;",
        ),
        (
            "40",
            40_000,
            "Factor 40: 1\u202f000 W and 5 A from the meter are shown and served as 40\u202f000 W and 200 A;",
        ),
        ("40,0", 40_000, "Factor 40:"),
        ("×40", 40_000, "Factor 40:"),
        ("200/5", 40_000, "Factor 40:"),
        ("200 : 5", 40_000, "Factor 40:"),
        ("150/4,5", 33_333, "Factor 33.333:"),
        ("1 000", 1_000_000, "Factor 1\u202f000:"),
    ],
)
async def test_a_factor_is_typed_as_people_know_it_and_what_it_does_is_shown(
    gateway: Gateway, open_page: Open, typed: str, thousandths: int, effect: str
) -> None:
    page = await open_page("settings")
    section = _section(page, "Meter 1")
    await expect(section.get_by_label("Scaling factor", exact=True)).to_have_value("1")
    await section.get_by_label("Scaling factor", exact=True).fill(typed)
    told = section.locator("output")
    await expect(told).to_contain_text(effect)
    await expect(told).to_contain_text(f"The register then holds {thousandths:,}.".replace(",", "\u202f"))
    await _be_sure(section)
    await section.get_by_role("button", name="Save", exact=True).click()
    await expect(section.locator(".form-status").first).to_contain_text("Saved.")
    assert _kept(gateway, METERS)["scaling_factor"] == thousandths


async def test_a_factor_that_is_none_is_refused_and_nothing_is_sent(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("settings")
    section = _section(page, "Meter 1")
    field = section.get_by_label("Scaling factor", exact=True)
    save = section.get_by_role("button", name="Save", exact=True)
    error = section.locator(".error:visible")
    for typed in ("x", "", "40/0", "1/2/3", "-40", "4e4", "0.009", "1000000", "40%"):
        await field.fill(typed)
        await expect(section.locator("output"), typed).to_have_text("")
        await save.click()
        await expect(error, typed).to_have_text("Write a number from 0.01 to 999\u202f999.999, or a ratio like 200/5.")
        assert _kept(gateway, METERS)["scaling_factor"] == 1000, typed
        # So that the next one's error is its own.
        await field.fill("1")
        await save.click()
        await expect(error, typed).to_have_count(0)


@pytest.mark.parametrize(
    ("typed", "thousandths", "warned"),
    [
        ("5/200", 25, "Factor 0.025 makes all values smaller than the meter measures"),
        ("40000", 40_000_000, "Is 40 meant? That would be 40\u202f000 in thousandths."),
        ("200/5", 40_000, "The factor goes from 1 to 40: power, current and energy become 40 times as large."),
        ("10.001", 10_001, "become 10.001 times as large."),
    ],
)
async def test_a_factor_that_is_hardly_meant_is_kept_only_once_it_is_confirmed(
    gateway: Gateway, open_page: Open, typed: str, thousandths: int, warned: str
) -> None:
    page = await open_page("settings")
    section = _section(page, "Meter 1")
    await section.get_by_label("Scaling factor", exact=True).fill(typed)
    await expect(section.locator(".banner.notice")).to_contain_text(warned)
    save = section.get_by_role("button", name="Save", exact=True)
    await save.click()
    await expect(section.locator(".error:visible")).to_have_text("Confirm this factor below, or write another one.")
    assert _kept(gateway, METERS)["scaling_factor"] == 1000

    await section.get_by_label("is right").check()
    await save.click()
    await expect(section.locator(".form-status").first).to_contain_text("Saved.")
    assert _kept(gateway, METERS)["scaling_factor"] == thousandths


async def test_a_factor_up_to_ten_times_another_is_kept_without_a_question(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("settings")
    section = _section(page, "Meter 1")
    for typed, thousandths in (("10", 10_000), ("100", 100_000), ("10", 10_000)):
        await section.get_by_label("Scaling factor", exact=True).fill(typed)
        await expect(section.locator(".banner.notice")).to_be_hidden()
        await section.get_by_role("button", name="Save", exact=True).click()
        await expect(section.locator(".form-status").first).to_contain_text("Saved.")
        assert _kept(gateway, METERS)["scaling_factor"] == thousandths


async def test_a_factor_that_falls_to_less_than_a_tenth_is_asked_about(gateway: Gateway, open_page: Open) -> None:
    gateway.control.document[METERS][0]["scaling_factor"] = 40_000
    page = await open_page("settings")
    section = _section(page, "Meter 1")
    await section.get_by_label("Scaling factor", exact=True).fill("1")
    await expect(section.locator(".banner.notice")).to_contain_text(
        "The factor goes from 40 to 1: power, current and energy become 40 times smaller."
    )
    await section.get_by_role("button", name="Save", exact=True).click()
    await expect(section.locator(".error:visible")).to_have_text("Confirm this factor below, or write another one.")
    assert _kept(gateway, METERS)["scaling_factor"] == 40_000


async def test_who_wants_to_types_the_factor_in_thousandths(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("settings")
    section = _section(page, "Meter 1")
    field = section.get_by_label("Scaling factor", exact=True)
    await field.fill("2,5")
    way = section.get_by_role("button", name="In thousandths")
    await way.click()
    await expect(way).to_have_attribute("aria-pressed", "true")
    await expect(field).to_have_value("2\u202f500")
    await expect(field).to_be_focused()
    await field.fill("200/5")
    await section.get_by_role("button", name="Save", exact=True).click()
    await expect(section.locator(".error:visible")).to_have_text("A whole number from 10 to 999\u202f999\u202f999.")
    await field.fill("4000")
    await expect(section.locator("output")).to_contain_text("Factor 4:")
    await section.get_by_role("button", name="Save", exact=True).click()
    await expect(section.locator(".form-status").first).to_contain_text("Saved.")
    assert _kept(gateway, METERS)["scaling_factor"] == 4000
    await way.click()
    await expect(field).to_have_value("4")


async def test_a_factor_below_1_that_is_in_force_needs_no_second_confirmation(
    gateway: Gateway, open_page: Open
) -> None:
    gateway.control.document[METERS][0]["scaling_factor"] = 500
    page = await open_page("settings")
    section = _section(page, "Meter 1")
    await expect(section.get_by_label("Scaling factor", exact=True)).to_have_value("0.5")
    await expect(section.locator(".banner.notice")).to_be_hidden()
    await section.get_by_label("Name", exact=True).fill("Cabin")
    await section.get_by_role("button", name="Save", exact=True).click()
    await expect(section.locator(".form-status").first).to_contain_text("Saved.")


async def test_a_settings_file_that_is_not_in_order_is_told_above_the_forms(gateway: Gateway, open_page: Open) -> None:
    gateway.control.report = Report(Outcome.LAST_GOOD, "settings.toml: not TOML\nRunning with the last good settings.")
    page = await open_page("settings")
    told = page.locator(".banner.problem:visible")
    await expect(told).to_contain_text("The settings file could not be used. The last good settings are in force.")
    await expect(told.locator("li")).to_have_text(["settings.toml: not TOML", "Running with the last good settings."])


async def test_what_the_command_line_leaves_empty_is_shown_as_nothing(gateway: Gateway, open_page: Open) -> None:
    gateway.control.overridden = {"web.listen": "127.0.0.1:8080", "web.https_listen": ""}
    page = await open_page("settings")
    await expect(page.locator(".overridden")).to_have_text(
        [f"The command line says {told}, and wins over what is stored here." for told in ("127.0.0.1:8080", "–")]
    )


async def test_mistakes_in_the_settings_file_are_told_in_the_reader_s_language(
    gateway: Gateway, open_page: Open, tmp_path: Path
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[modbus]\nmax_connections = 0\nlang = 1\n[[meters]]\nport = 'COM1'\n")
    gateway.control.report = load_or_set_aside(file)[1]
    page = await open_page("settings", locale="nb-NO")
    told = page.locator(".banner.problem:visible li")
    await expect(told).to_have_text(
        [
            "Linje 2: Modbus, Klienter samtidig: Et helt tall fra 1 til 1000.",
            re.compile("^Linje 3: Modbus, lang: Innstillingen lang finnes ikke"),
            re.compile("^Linje 5: Måler nr. 1, Serieport: En enhet"),
        ]
    )
    remedy = page.locator(".banner.problem:visible p").last
    await expect(remedy).to_have_text("Rett filen, og kjør deretter «sudo systemctl reload han2x».")


async def test_where_a_settings_file_with_a_mistake_was_put_is_told(
    gateway: Gateway, open_page: Open, tmp_path: Path
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[modbus]\nmax_connections = 7\n")
    load_or_set_aside(file)
    file.write_text("[modbus\nmax_connections = 7\n")
    gateway.control.report = load_or_set_aside(file)[1]
    (aside,) = tmp_path.glob("*.damaged-*")
    page = await open_page("settings")
    await expect(page.locator(".banner.problem:visible")).to_contain_text(
        f"The file with the mistake is kept as {aside}."
    )


async def test_a_port_that_is_not_listed_can_be_typed(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("settings")
    section = _section(page, "Meter 1")
    await section.get_by_label("Serial port", exact=True).select_option(label="Another …")
    await section.get_by_label("Serial port: another").fill("tty1")
    await section.get_by_role("button", name="Save", exact=True).click()
    await expect(section.locator(".error:visible")).to_contain_text("A device begins with /")
    await section.get_by_label("Serial port: another").fill("socket://192.168.1.50:4001")
    await section.get_by_role("button", name="Save", exact=True).click()
    await expect(section.locator(".form-status").first).to_have_text(SAVED)
    assert _kept(gateway, METERS)["port"] == "socket://192.168.1.50:4001"


async def test_meters_can_be_added_and_removed(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("settings")
    await page.get_by_role("link", name="Add a meter").click()
    added = page.locator("details.card")
    await expect(added.get_by_label("Modbus unit id")).to_have_value("2")
    await added.get_by_label("Name").fill("Barn")
    await added.get_by_role("button", name="Save", exact=True).click()
    await expect(_section(page, "Barn")).to_be_visible()
    assert [each["name"] for each in _meters(gateway)] == ["", "Barn"]
    gateway.control.data = live(meter(), meter(unit=2, name="Barn"))
    await _section(page, "Barn").get_by_text("Remove this meter").click()
    await _section(page, "Barn").get_by_role("button", name="Yes, remove it").click()
    await expect(page.get_by_text("Barn is removed.").first).to_be_visible()
    assert [each["name"] for each in _meters(gateway)] == [""]


async def test_two_meters_cannot_have_one_unit_id(gateway: Gateway, open_page: Open) -> None:
    gateway.control.document[METERS] = [{"unit": 1}, {"unit": 2}]
    page = await open_page("settings")
    section = _section(page, "Meter 2")
    await _fill(section, "Modbus unit id", "1")
    await section.get_by_role("button", name="Save", exact=True).click()
    await expect(section.locator(".error:visible, .form-status.wrong").first).to_contain_text("unit")
    assert [each["unit"] for each in _meters(gateway)] == [1, 2]


async def test_a_row_that_the_page_does_not_know_is_shown_as_the_table_tells_it(
    gateway: Gateway, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = gateway.control.settings()
    told.table.append(
        SettingRow(
            section="web", key="brand_new", type="string", default="", allowed="anything.",
            meaning="What nobody knows yet.", secret=False,
        )
    )  # fmt: skip
    monkeypatch.setattr(gateway.control, "settings", lambda: told)
    page = await open_page("settings")
    field = _section(page, "Web page").locator(".field", has_text="brand_new")
    await expect(field.locator(".help")).to_have_text("What nobody knows yet. anything.")
