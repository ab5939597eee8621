"""What cannot be reached where it is wanted is told on every view."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from playwright.async_api import expect

from han2x.api.listeners import Listener, ListenerFault
from han2x.api.outputs import Output
from han2x.faults import Fault
from han2x.front_panel import PanelFault
from han2x.listeners import ListenerFault as Cannot
from han2x.listeners import ListenerState, What
from han2x.modbus_server.faults import TlsFault
from han2x.output_state import OutputPhase
from han2x.outputs.mqtt.faults import MqttFault
from tests.browser.barriers import assert_no_barrier
from tests.browser.conftest import Gateway, Open
from tests.browser.live_data import SERVED, live, meter

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]

ABSENT = Cannot("cannot-listen", place="10.1.1.1:502", reason="no such address", errno="EADDRNOTAVAIL")
TAKEN = Cannot("cannot-listen", place="*:802", reason="the port is in use", errno="EADDRINUSE")
EXPIRED = TlsFault("tls-expired", file="/etc/han2x/tls/server.pem", day="2026-11-20")


def listener(what: What, state: ListenerState, wanted: str, fault: Fault, *places: str) -> Listener:
    told = ListenerFault(code=fault.code, values=dict(fault.values), message=str(fault))
    return Listener(what=what, state=state, wanted=wanted, places=list(places), fault=told)


TROUBLE = [
    listener(What.MODBUS, ListenerState.FALLBACK, "10.1.1.1:502", ABSENT, "0.0.0.0:502", "[::]:502"),
    listener(What.MODBUS_TLS, ListenerState.DOWN, "*:802", TAKEN),
    listener(What.MODBUS_TLS, ListenerState.SERVING, "*:802", EXPIRED, "0.0.0.0:802"),
]


@pytest.mark.parametrize("view", ["live", "settings"])
async def test_what_is_not_reached_and_why_is_told_and_goes_when_it_is_mended(
    gateway: Gateway, open_page: Open, view: str
) -> None:
    gateway.control.data = replace(live(meter()), listeners=[*TROUBLE, SERVED])
    page = await open_page(view)
    banner = page.locator("#listeners")
    await expect(banner.locator("li > span")).to_have_text(
        [
            "Modbus is reached at 0.0.0.0:502, [::]:502 instead of 10.1.1.1:502. "
            "The gateway cannot use 10.1.1.1:502: the gateway does not have this address.",
            "Modbus with TLS cannot be reached at *:802. The gateway cannot use *:802: another program has this port.",
            "Modbus with TLS: The certificate /etc/han2x/tls/server.pem expired on 2026-11-20.",
        ]
    )
    links = [f"#settings/modbus.{key}" for key in ("listen", "tls_listen", "tls_listen")]
    assert await banner.get_by_role("link").evaluate_all("all => all.map((a) => a.getAttribute('href'))") == links
    await assert_no_barrier(page)
    gateway.control.data = live(meter())
    await expect(banner).to_be_hidden()


@pytest.mark.parametrize("locale", ["nb-NO", "sv-SE", "da-DK"])
async def test_it_is_told_in_the_reader_s_language(gateway: Gateway, open_page: Open, locale: str) -> None:
    gateway.control.data = replace(live(meter()), listeners=TROUBLE)
    page = await open_page(log_in=False, locale=locale)
    banner = page.locator("#listeners")
    await expect(banner.locator("li")).to_have_count(3)
    said = await banner.inner_text()
    assert [word for word in (" the ", " is ", " not ", " has ") if word in said] == []


async def test_why_an_output_does_not_get_through_is_told_and_goes_when_it_is_mended(
    gateway: Gateway, open_page: Open
) -> None:
    fault = MqttFault("mqtt-password", place="broker:1883")
    told = ListenerFault(code=fault.code, values=dict(fault.values), message=str(fault))
    working = Output(name="mqtt", state=OutputPhase.WORKING, where="broker:1883", fault=None)
    failed = replace(working, state=OutputPhase.FAILED, fault=told)
    gateway.control.data = replace(live(meter()), outputs=[failed])
    page = await open_page("live")
    banner = page.locator("#listeners")
    await expect(banner.locator("li > span")).to_have_text(
        ["MQTT: The broker broker:1883 does not accept this user name and password."]
    )
    await expect(banner.get_by_text("The gateway tries again by itself.")).to_be_visible()
    gateway.control.data = replace(live(meter()), outputs=[working])
    await expect(banner).to_be_hidden()


async def test_a_light_that_cannot_be_had_is_told_without_a_promise_to_try_again(
    gateway: Gateway, open_page: Open
) -> None:
    fault = PanelFault("panel-no-gpio", name="blabla")
    reason = ListenerFault(code=fault.code, values=dict(fault.values), message=str(fault))
    panel = Output(name="front-panel", state=OutputPhase.FAILED, where="", fault=reason)
    gateway.control.data = replace(live(meter()), outputs=[panel])
    page = await open_page("live", locale="nb-NO")
    banner = page.locator("#listeners")
    await expect(banner.locator("li > span")).to_have_text(
        ["Frontpanel: Denne maskinen har ingen GPIO-linje som heter blabla."]
    )
    await expect(banner.locator("p")).to_be_hidden()


async def test_a_settings_file_with_mistakes_is_told_on_every_view(gateway: Gateway, open_page: Open) -> None:
    gateway.control.data = replace(live(meter()), settings_file="last-good")
    page = await open_page("live")
    banner = page.locator("#listeners")
    await expect(banner.locator("li > span")).to_have_text(
        ["The settings file could not be used. The last good settings are in force."]
    )
    await expect(banner.get_by_role("link")).to_have_attribute("href", "#settings")
    gateway.control.data = live(meter())
    await expect(banner).to_be_hidden()
