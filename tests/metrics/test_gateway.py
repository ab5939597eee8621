"""What is told of the gateway itself."""

from __future__ import annotations

import msgspec

from han2x.api.modbus import Modbus
from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from han2x.metrics import Exposition, GatewayFacts, add_gateway, add_meter
from han2x.model import PushList
from han2x.output_state import OutputPhase, OutputState
from tests.metrics.scraped import Scraped
from tests.metrics.test_text import promtool_says
from tests.readings import HOURLY_LIST, NOW, a_reading
from tests.web.fake_control import SERVER

FACTS = GatewayFacts("1.2.3", "0123456789ab", 3600.5, 12.25, 50_000_000, 48.3)
OUTPUTS = (OutputState("mqtt", OutputPhase.WORKING), OutputState('p1 "1"', OutputPhase.FAILED))


def told(facts: GatewayFacts = FACTS, **of_server: object) -> Exposition:
    server = msgspec.structs.replace(SERVER, **of_server)
    exposition = Exposition()
    add_gateway(exposition, facts, Modbus(**msgspec.structs.asdict(server), tls=SERVER), OUTPUTS)
    return exposition


def test_it_says_which_gateway_it_is_and_how_it_stands() -> None:
    scraped = Scraped(told().text())
    assert scraped.all("han2x_build_info") == [({"version": "1.2.3", "gateway_id": "0123456789ab"}, 1)]
    assert scraped.value("han2x_uptime_seconds") == 3600.5
    assert scraped.value("process_cpu_seconds_total") == 12.25
    assert scraped.value("process_resident_memory_bytes") == 50_000_000
    assert scraped.value("han2x_board_temperature_celsius") == 48.3


def test_what_the_computer_does_not_tell_is_left_out() -> None:
    facts = GatewayFacts("1.2.3", "0123456789ab", 1.0, 1.0, memory_bytes=None, temperature_c=None)
    names = Scraped(told(facts).text()).names()
    assert names & {"han2x_board_temperature_celsius", "process_resident_memory_bytes"} == set()


def test_modbus_is_counted_by_server_function_and_exception() -> None:
    scraped = Scraped(told(functions={"3": 7, "16": 2}, exceptions={"11": 4}, open=5).text())
    assert scraped.value("han2x_modbus_clients", server="plain") == 5
    assert scraped.value("han2x_modbus_clients", server="tls") == SERVER.open
    assert scraped.value("han2x_modbus_requests_total", server="plain", function="3") == 7
    assert scraped.value("han2x_modbus_requests_total", server="plain", function="16") == 2
    assert scraped.value("han2x_modbus_exceptions_total", server="plain", code="11") == 4
    assert scraped.value("han2x_modbus_connections_refused_total", server="plain") == SERVER.refused
    assert scraped.value("han2x_modbus_connections_cut_total", server="plain", reason="idle") == SERVER.timed_out
    assert scraped.value("han2x_modbus_received_bytes_total", server="plain") == SERVER.octets_in
    assert scraped.value("han2x_modbus_sent_bytes_total", server="plain") == SERVER.octets_out


def test_a_stranger_s_function_codes_make_one_series_together() -> None:
    scraped = Scraped(told(functions={str(code): 1 for code in range(256)}).text())
    assert scraped.value("han2x_modbus_requests_total", server="plain", function="other") == 256 - 7
    assert len(scraped.all("han2x_modbus_requests_total")) == 8 + 1


def test_an_output_is_in_one_of_its_states() -> None:
    states = {
        (labels["output"], labels["state"]) for labels, on in Scraped(told().text()).all("han2x_output_state") if on
    }
    assert states == {("mqtt", "working"), ('p1 "1"', "failed")}


def test_promtool_finds_nothing_wrong_with_all_of_it() -> None:
    exposition = told()
    meter = Meter(MeterConfig(name='Hytta "oppe"\\ i nord'), lambda: NOW)
    meter.take(a_reading(HOURLY_LIST))
    add_meter(exposition, meter, {PushList.LIST_1: 5, PushList.LIST_2: 1})
    assert promtool_says(exposition.text()) == ""
