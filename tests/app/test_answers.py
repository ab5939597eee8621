"""What runs, turned into answers: a real meter that heard telegrams, and what is doubtful about it."""

from __future__ import annotations

import pytest

from han2x.api.base import plain, to_json
from han2x.api.live import Live, MeterWarning
from han2x.api.modbus import Modbus
from han2x.api.registers import RegisterBlock
from han2x.api.status import Status
from han2x.app import answers, register_answers, settings_form
from han2x.app.options import Options, effective
from han2x.estimator import Discontinuity, DiscontinuityCause
from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from han2x.gateway.scale_check import Doubt
from han2x.listeners import Listener, ListenerFault, ListenerState, What
from han2x.model import Quantity
from han2x.registers import DeviceFacts
from han2x.settings import MeterSettings, Settings
from tests.api.contract import assert_is
from tests.conftest import ROOT
from tests.end_to_end.telegrams import kamstrup_list_1
from tests.readings import a_reading
from tests.web.clocks import Clock
from tests.web.fake_control import SERVER


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.now = 1_800_000_000.0
    return clock


@pytest.fixture
def meter(clock: Clock) -> Meter:
    """A meter on a line of 2400 8N1 that has heard list 1 of 500 W a second ago."""
    config = MeterConfig(unit=7, name="House", port="/dev/ttyUSB0", serial_settings="2400 8N1")
    meter = Meter(config, clock, facts=lambda _now: DeviceFacts(firmware=100))
    meter.feed(kamstrup_list_1(power_import=500))
    meter.silence()
    clock.now += 1.0
    return meter


def test_a_meter_is_shown_with_its_values_and_registers(meter: Meter) -> None:
    live = answers.live([meter], 12.34, [("0.0.0.0", 502)])
    assert_is(to_json(live), Live)
    assert (live.uptime_s, live.modbus.port) == (12.3, 502)
    (shown,) = live.meters
    assert (shown.unit, shown.name, shown.maker, shown.push_list) == (7, "House", "kamstrup", "list-1")
    assert (shown.stale, shown.age_s, shown.readings) == (False, 1.0, 1)
    assert (shown.values["1.7.0"].value, shown.values["1.7.0"].unit, shown.values["1.7.0"].age_s) == (500, "W", 1.0)
    assert not shown.values["1.7.0"].stale
    assert "1.8.0" not in shown.values
    rows = {row.number: row for row in shown.registers}
    assert (rows[40001].value, rows[40001].words, rows[40001].known) == (500, [0, 500], True)
    assert (rows[40001].age_s, rows[40001].stale) == (1.0, False)
    assert (rows[40029].value, rows[40029].known, rows[40029].age_s) == (0, False, None)


def test_each_value_is_shown_with_its_age_and_whether_it_is_current(meter: Meter, clock: Clock) -> None:
    meter.take(a_reading({Quantity.ACTIVE_POWER_IMPORT: 500, Quantity.ACTIVE_ENERGY_IMPORT: 9_000}, meter_id=None))
    clock.now += 70.0
    meter.take(a_reading({Quantity.ACTIVE_POWER_IMPORT: 700}, time="2026-11-20T23:46:20", meter_id=None))
    clock.now += 1.0
    (shown,) = answers.live([meter], 0.0, []).meters
    values = {key: (shown.values[key].age_s, shown.values[key].stale) for key in ("1.7.0", "31.7.0", "1.8.0")}
    assert values == {"1.7.0": (1.0, False), "31.7.0": (72.0, True), "1.8.0": (71.0, False)}
    rows = {row.number: (row.age_s, row.stale) for row in shown.registers}
    assert (rows[40001], rows[40009], rows[40021]) == ((1.0, False), (72.0, True), (71.0, False))
    assert (rows[40029], rows[40043]) == ((1.0, False), (None, False))
    assert (shown.estimates["1.8.0"].age_s, shown.estimates["1.8.0"].stale) == (1.0, False)
    assert not shown.stale


def test_where_modbus_is_not_served_there_is_no_port(meter: Meter) -> None:
    assert answers.live([meter], 0.0, []).modbus.port is None


def test_a_contradicted_setting_is_told_with_what_it_is_and_should_be(meter: Meter) -> None:
    meter.notices.doubts = (Doubt("kamstrup_current_a", 1),)
    (shown,) = answers.live([meter], 0.0, []).meters
    assert shown.warnings == [
        MeterWarning(
            code="scale",
            setting="kamstrup_current_a",
            value=0.01,
            mended=0.001,
            factor=10.0,
            what="the meter's power contradicts kamstrup_current_a = 0.01: what it gives is 10 times what it should be."
            " Set kamstrup_current_a = 0.001.",
        )
    ]


def test_declared_discontinuities_are_shown_oldest_first(meter: Meter) -> None:
    exchange = {"before": "123", "after": "456"}
    for at, cause, values in (
        (1.04, DiscontinuityCause.METER_REPLACED, exchange),
        (2.0, DiscontinuityCause.REGISTER_JUMPED, {}),
    ):
        meter.notices.discontinuities.append(Discontinuity(at, Quantity.ACTIVE_ENERGY_IMPORT, cause, values))
    (shown,) = answers.live([meter], 0.0, []).meters
    assert [(each.at, each.quantity, each.code, each.values, each.reason) for each in shown.discontinuities] == [
        (1.0, "1.8.0", "meter-replaced", exchange, "meter 123 was replaced by 456"),
        (2.0, "1.8.0", "register-jumped", {}, "the register jumped"),
    ]


def test_where_it_is_reached_and_why_not_is_told(meter: Meter) -> None:
    fault = ListenerFault("cannot-listen", place="10.1.1.1:502", reason="no such address", errno="EADDRNOTAVAIL")
    reached = [
        Listener(What.MODBUS, ListenerState.FALLBACK, "10.1.1.1:502", ("0.0.0.0:502",), fault),
        Listener(What.PAGE, ListenerState.SERVING, "*:80", ("0.0.0.0:80", "[::]:80")),
    ]
    told = plain(answers.live([meter], 1.0, [], reached).listeners)
    assert told == [
        {
            "what": "modbus",
            "state": "fallback",
            "wanted": "10.1.1.1:502",
            "places": ["0.0.0.0:502"],
            "fault": {
                "code": "cannot-listen",
                "values": {"place": "10.1.1.1:502", "reason": "no such address", "errno": "EADDRNOTAVAIL"},
                "message": "cannot listen on 10.1.1.1:502: no such address",
            },
        },
        {"what": "page", "state": "serving", "wanted": "*:80", "places": ["0.0.0.0:80", "[::]:80"], "fault": None},
    ]


def test_the_status_is_the_same_without_registers(meter: Meter) -> None:
    modbus = Modbus(**{name: getattr(SERVER, name) for name in SERVER.__struct_fields__}, tls=None)
    status = answers.status([meter], 1.0, modbus, ["http://192.168.1.232/"], ["the disk is full"])
    assert_is(to_json(status), Status)
    assert b"registers" not in to_json(status)
    assert (status.web, status.storage) == (["http://192.168.1.232/"], ["the disk is full"])


def test_a_snapshot_of_modbus_that_the_contract_does_not_know_is_no_answer() -> None:
    with pytest.raises(ValueError, match="missing required field"):
        answers.modbus({"addresses": []}, None)


def test_what_the_command_line_overrides_is_told_with_what_is_in_force() -> None:
    settings = Settings(meters=(MeterSettings(unit=1, port="/dev/ttyUSB0"), MeterSettings(unit=2)))
    options = Options(ROOT, ROOT, modbus="127.0.0.1:5020", port="socket://192.168.1.50:4001", simulate="aidon")
    form = settings_form.form(settings, effective(settings, options).overridden)
    assert form.overridden == {"modbus.listen": "127.0.0.1:5020", "meters.0.port": "socket://192.168.1.50:4001"}
    assert form.values == settings_form.values(settings)


def test_a_meter_that_only_the_command_line_adds_overrides_nothing() -> None:
    settings = Settings(meters=(MeterSettings(unit=1, port="/dev/ttyUSB0"),))
    with_one_more = effective(settings, Options(ROOT, ROOT, simulate="aidon"))
    assert len(with_one_more.settings.meters) == 2
    assert settings_form.form(settings, with_one_more.overridden).overridden == {}


def test_all_registers_are_shown_as_clients_read_them(meter: Meter, clock: Clock) -> None:
    own, extended = register_answers.register_blocks(meter)[:2]
    assert_is(to_json(own), RegisterBlock)
    assert_is(to_json(extended), RegisterBlock)

    assert (own.name, own.first, own.end, len(own.rows)) == ("HAN2X", 0, 50, 30)
    assert (extended.name, extended.first, extended.end) == ("extended", 100, 300)
    assert {row.number: row.value for row in extended.rows}[40161] == 500
    assert own.refused == extended.refused == []
    clock.now += 61.0
    own, extended = register_answers.register_blocks(meter)[:2]
    assert own.refused == list(range(40001, 40037, 2))
    assert extended.refused[0] == 40161
    assert extended.refused[-1] == extended.rows[-1].number
