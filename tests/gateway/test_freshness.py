"""No value older than it says: what a meter's registers answer while some of its lists are lost on the way."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from han2x.gateway.config import MeterConfig
from han2x.gateway.keeping import Saved
from han2x.gateway.meter import Meter
from han2x.model import Quantity
from han2x.registers.bank import ExceptionCode, Rules, WhenStale
from han2x.registers.extended import EXTENDED
from han2x.simulator import SimulatedMeter
from han2x.state.freshness import LONGEST_S
from han2x.state.sent import GONE_AFTER_S
from tests.frames import p1

START = datetime.fromisoformat("2026-03-04T12:59:55")
BEGIN = 1_772_629_195.0
LIST_1_AT_MOST = 100
"""Octets: a spoilt long frame is one that is longer."""

POWER, CURRENTS, VOLTAGES, TOTAL, REACTIVE_ESTIMATE, CLOCK = 0, 8, 14, 20, 32, 36
CURRENT_L1 = Quantity.CURRENT_L1
REFUSED = ExceptionCode.GATEWAY_TARGET_FAILED_TO_RESPOND


class World:
    """An Aidon meter behind an adapter that, while `spoils` is set, spoils every frame longer than list 1."""

    def __init__(self, when_stale: WhenStale = WhenStale.EXCEPTION, **config: float) -> None:
        self.now = BEGIN
        self.spoils = False
        self.meter = Meter(MeterConfig(port="/dev/ttyUSB0", rules=Rules(when_stale), **config), lambda: self.now)  # type: ignore[arg-type]
        self._telegrams = SimulatedMeter("aidon", start=START).telegrams()
        self._next = next(self._telegrams)

    def run(self, seconds: float) -> None:
        """Let this time pass."""
        end = self.now + seconds
        while BEGIN + self._next[0] < end:
            self.now = BEGIN + self._next[0]
            self._say(self._next[1])
            self._next = next(self._telegrams)
        self.now = end

    def value(self, address: int) -> int | None:
        """The 32-bit value at an address; None where the read is refused."""
        answer = self.meter.read(address, 2)
        assert isinstance(answer, bytes) or answer == REFUSED
        return int.from_bytes(answer, "big") if isinstance(answer, bytes) else None

    def _say(self, octets: bytes) -> None:
        spoilt = self.spoils and len(octets) > LIST_1_AT_MOST
        self.meter.feed(bytes((*octets[:40], octets[40] ^ 1, *octets[41:])) if spoilt else octets)
        self.meter.silence()


def a_world_of_two_hours_with_only_list_1(when_stale: WhenStale = WhenStale.EXCEPTION) -> World:
    world = World(when_stale)
    world.run(20)
    world.spoils = True
    world.run(7195)
    return world


def test_two_hours_of_only_list_1_refuse_currents_and_voltages_and_answer_the_power() -> None:
    world = a_world_of_two_hours_with_only_list_1()

    assert world.value(POWER) is not None
    assert [world.value(CURRENTS + 2 * phase) for phase in range(3)] == [None] * 3
    assert [world.value(VOLTAGES + 2 * phase) for phase in range(3)] == [None] * 3
    assert [world.value(POWER + 2 * other) for other in (1, 2, 3)] == [None] * 3
    assert world.meter.read(0, 20) == REFUSED, "a read of which a part is stale"
    assert world.value(TOTAL), "hourly totals count for two hours and a half"
    assert world.value(TOTAL + 8), "its estimate goes on with the power"
    assert world.value(REACTIVE_ESTIMATE) is None, "its estimate stands still"


def test_the_next_whole_list_brings_them_back() -> None:
    world = a_world_of_two_hours_with_only_list_1()
    world.spoils = False
    world.run(11)

    assert all(world.value(CURRENTS + 2 * phase) for phase in range(3))
    assert isinstance(world.meter.read(0, 50), bytes)


def test_a_total_of_which_no_list_has_come_for_longer_than_two_hours_and_a_half_is_stale() -> None:
    world = a_world_of_two_hours_with_only_list_1()
    world.run(1815)

    assert world.value(POWER) is not None
    assert world.value(TOTAL) is None


def test_what_stopped_coming_is_the_diagnosis_and_a_warning_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    world.run(20)
    world.meter.tick()
    assert world.meter.diagnosis(world.now).code == "receiving"
    world.spoils = True
    world.run(80)
    world.meter.tick()
    found = world.meter.diagnosis(world.now)
    assert (found.code, found.values["coming"]) == ("values-stopped", "import,energy")
    assert any("export power, reactive power, currents and voltages. Still" in message for message in caplog.messages)
    world.spoils = False
    world.run(11)
    assert world.meter.diagnosis(world.now).code == "receiving"


def test_hold_answers_the_last_currents() -> None:
    world = a_world_of_two_hours_with_only_list_1(WhenStale.HOLD)

    assert world.value(CURRENTS)
    assert world.value(POWER) is not None


def test_zero_answers_0_for_the_currents_and_the_power_as_it_is() -> None:
    world = a_world_of_two_hours_with_only_list_1(WhenStale.ZERO)

    assert world.value(POWER) is not None
    assert world.meter.read(CURRENTS, 12) == bytes(24)
    assert world.value(TOTAL)


def test_a_value_is_current_until_the_moment_it_is_not_however_it_is_read() -> None:
    world = World()
    world.run(20)
    world.spoils = True
    at = world.meter.state.snapshot(world.now).values
    oldest = min(value.at for value in at.values() if value.at > BEGIN + 10)
    world.run(oldest + 59.999 - world.now)
    assert world.value(CURRENTS)
    world.run(0.002)
    assert world.value(CURRENTS) is None


def test_a_meter_that_sends_more_seldom_than_the_time_set_is_stale_after_three_of_its_intervals() -> None:
    world = World(stale_after_s=5)
    world.run(120)
    for _ in range(60):
        world.run(1)
        assert world.value(CURRENTS), "list 2 comes every 10 s"
    world.spoils = True
    world.run(18)
    assert world.value(CURRENTS)
    world.run(15)
    assert world.value(CURRENTS) is None
    assert world.value(POWER) is not None, "list 1 comes every 2.5 s"


LINES_OF_THREE_PHASES = [
    "0-0:1.0.0(260304130000W)", "1-0:1.8.0(00006678.394*kWh)", "1-0:2.8.0(00000010.000*kWh)",
    "1-0:3.8.0(00000021.988*kvarh)", "1-0:4.8.0(00001020.971*kvarh)",
    "1-0:1.7.0(0001.727*kW)", "1-0:2.7.0(0000.000*kW)", "1-0:3.7.0(0000.000*kvar)", "1-0:4.7.0(0000.309*kvar)",
    "1-0:32.7.0(240.3*V)", "1-0:52.7.0(240.1*V)", "1-0:72.7.0(241.3*V)",
    "1-0:31.7.0(004.2*A)", "1-0:51.7.0(001.6*A)", "1-0:71.7.0(001.7*A)",
]  # fmt: skip
LINES_OF_ONE_PHASE = [
    "1-0:1.8.0(00000003.100*kWh)", "1-0:2.8.0(00000000.000*kWh)",
    "1-0:1.7.0(0000.500*kW)", "1-0:2.7.0(0000.000*kW)", "1-0:32.7.0(230.0*V)", "1-0:31.7.0(002.2*A)",
]  # fmt: skip


class Kept:
    """A store with one document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def load(self, name: str) -> dict[str, Any] | None:
        return self._document

    def save(self, name: str, data: Mapping[str, Any]) -> Saved:
        return Saved.FAILED

    def forget(self, name: str) -> None:
        raise NotImplementedError


class P1World:
    """A P1 port without a meter number on it, to which meters are connected one after the other."""

    def __init__(self, when_stale: WhenStale = WhenStale.EXCEPTION) -> None:
        self.now = BEGIN
        self.meter = Meter(MeterConfig(port="/dev/ttyUSB0", rules=Rules(when_stale)), lambda: self.now)

    def hears(self, lines: list[str], *, times: int, every_s: float = 10) -> None:
        """A telegram every so many seconds."""
        for _ in range(times):
            self.now += every_s
            self.meter.feed(p1(lines))
            self.meter.silence()

    def value(self, address: int) -> int:
        answer = self.meter.read(address, 2)
        assert isinstance(answer, bytes)
        return int.from_bytes(answer, "big")


def test_of_a_meter_without_a_number_nothing_stays_when_one_with_fewer_phases_takes_its_place() -> None:
    world = P1World(WhenStale.HOLD)
    world.hears(LINES_OF_THREE_PHASES, times=10)
    assert (world.value(CURRENTS + 2), world.value(TOTAL), world.value(TOTAL + 8)) == (1600, 6678, 6678)
    world.hears(LINES_OF_ONE_PHASE, times=3)

    assert [world.value(CURRENTS + 2 * phase) for phase in range(3)] == [2200, 0, 0]
    assert [world.value(VOLTAGES + 2 * phase) for phase in range(3)] == [2300, 0, 0]
    assert [world.value(POWER + 2 * other) for other in range(4)] == [500, 0, 0, 0]
    assert [world.value(TOTAL + 2 * other) for other in range(8)] == [3, 0, 0, 0, 3, 0, 0, 0]
    assert world.meter.read(CLOCK, 6) == bytes(12)
    assert "another meter was connected" in {each.reason for each in world.meter.notices.discontinuities}


def test_an_exchange_while_the_gateway_was_off_leaves_nothing_either() -> None:
    world = P1World(WhenStale.HOLD)
    world.hears(LINES_OF_THREE_PHASES, times=10)
    kept = json.loads(json.dumps(world.meter.document(running=False)))
    world.now += 600
    world.meter = Meter(world.meter.config, lambda: world.now, store=Kept(kept))
    assert world.value(TOTAL + 2) == 10
    world.hears(LINES_OF_ONE_PHASE, times=3)

    assert [world.value(TOTAL + 2 * other) for other in range(4)] == [3, 0, 0, 0]
    assert [world.value(CURRENTS + 2 * phase) for phase in range(3)] == [2200, 0, 0]


def test_a_whole_read_answers_again_once_the_meter_is_known_to_be_another() -> None:
    world = P1World()
    world.hears(LINES_OF_THREE_PHASES, times=10)
    world.hears(LINES_OF_ONE_PHASE, times=10)

    assert isinstance(world.meter.read(0, 50), bytes)


def test_the_clock_is_unknown_when_the_list_that_told_it_no_longer_does() -> None:
    world = P1World()
    world.hears(LINES_OF_THREE_PHASES, times=1)
    assert world.meter.read(CLOCK, 2) == bytes.fromhex("07ea0003")
    world.hears(["0-0:1.0.0(garbage)", *LINES_OF_THREE_PHASES[1:]], times=1)

    assert world.meter.read(CLOCK, 6) == bytes(12)


def test_totals_that_come_with_each_telegram_are_stale_like_the_powers() -> None:
    world = P1World()
    world.hears(LINES_OF_THREE_PHASES, times=10)
    world.hears(LINES_OF_THREE_PHASES[5:], times=7)

    assert isinstance(world.meter.read(POWER, 20), bytes)
    assert world.meter.read(TOTAL, 2) == REFUSED


@pytest.mark.parametrize("lines", [LINES_OF_THREE_PHASES[:-1], LINES_OF_ONE_PHASE, LINES_OF_THREE_PHASES[5:]])
def test_two_odd_telegrams_are_no_other_meter(lines: list[str]) -> None:
    world = P1World(WhenStale.HOLD)
    world.hears(LINES_OF_THREE_PHASES, times=5)
    for _ in range(5):
        world.hears(lines, times=2)
        world.hears(LINES_OF_THREE_PHASES, times=1)

    assert world.meter.state.meters == 1


NUMBERED = ["0-0:96.1.0(4530303537303035)", *LINES_OF_THREE_PHASES]
WITHOUT_U2 = [line for line in NUMBERED if "52.7.0" not in line]
WITHOUT_CURRENTS = [line for line in NUMBERED if not any(code in line for code in ("31.7.0", "51.7.0", "71.7.0"))]


def test_a_voltage_that_a_numbered_meter_stops_sending_is_refused_for_a_day_and_an_hour_and_then_reads_0(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = P1World()
    world.hears(NUMBERED, times=5)
    world.hears(WITHOUT_U2, times=int(GONE_AFTER_S / 50), every_s=50)
    assert world.meter.read(VOLTAGES + 2, 2) == world.meter.read(0, 50) == REFUSED
    world.meter.tick()
    assert world.meter.diagnosis(world.now).code == "values-stopped"

    caplog.set_level("INFO")
    caplog.clear()
    for _ in range(60):
        world.hears(WITHOUT_U2, times=1)
        world.meter.tick()
    assert [world.value(VOLTAGES + 2 * phase) for phase in range(3)] == [2403, 0, 2413]
    assert isinstance(world.meter.read(0, 50), bytes)
    found = world.meter.diagnosis(world.now)
    assert (found.code, found.values) == ("no-longer-sent", {"gone": "voltage", "codes": "52.7.0"})
    assert [each for each in caplog.messages if "no longer sends: voltages (52.7.0)." in each] == caplog.messages[:1]

    world.hears(NUMBERED, times=1)
    assert world.value(VOLTAGES + 2) == 2401
    assert world.meter.diagnosis(world.now).code == "receiving"


def test_currents_that_a_meter_stops_sending_never_read_0() -> None:
    world = P1World()
    world.hears(NUMBERED, times=5)
    world.hears(WITHOUT_CURRENTS, times=int(2 * GONE_AFTER_S / 50), every_s=50)

    assert [world.meter.read(CURRENTS + 2 * phase, 2) for phase in range(3)] == [REFUSED] * 3
    assert world.value(POWER) == 1727
    assert world.meter.diagnosis(world.now).values["stopped"] == "current"


def restarted(world: World, when_stale: WhenStale) -> None:
    """Make the gateway start again."""
    kept = json.loads(json.dumps(world.meter.document(running=False)))
    world.meter = Meter(MeterConfig(port="/dev/ttyUSB0", rules=Rules(when_stale)), lambda: world.now, store=Kept(kept))


@pytest.mark.parametrize(
    ("when_stale", "expected"), [(WhenStale.EXCEPTION, None), (WhenStale.HOLD, None), (WhenStale.ZERO, 0)]
)
def test_after_a_restart_currents_that_the_meter_sends_are_not_0_before_they_come(
    when_stale: WhenStale, expected: int | None
) -> None:
    world = World(when_stale)
    world.run(20)
    restarted(world, when_stale)
    world.spoils = True
    world.run(60)
    assert world.value(POWER) is not None
    assert [world.value(CURRENTS + 2 * phase) for phase in range(3)] == [expected] * 3
    assert [world.value(VOLTAGES + 2 * phase) for phase in range(3)] == [expected] * 3
    assert world.value(TOTAL), "which was kept"
    assert world.value(TOTAL + 8)

    world.spoils = False
    world.run(11)
    assert all(world.value(CURRENTS + 2 * phase) for phase in range(3))
    assert isinstance(world.meter.read(0, 50), bytes)


@pytest.mark.parametrize("when_stale", [WhenStale.EXCEPTION, WhenStale.HOLD])
def test_after_a_restart_maps_that_say_what_is_absent_say_so_where_the_last_value_is_to_be_held(
    when_stale: WhenStale,
) -> None:
    world = World(when_stale)
    world.run(20)
    current = next(row for row in EXTENDED.rows if CURRENT_L1 in row.source.quantities)
    assert isinstance(world.meter.read(current.address, current.kind.words), bytes)
    restarted(world, when_stale)
    world.spoils = True
    world.run(60)
    answer = world.meter.read(current.address, current.kind.words)
    if when_stale is WhenStale.EXCEPTION:
        assert answer == REFUSED
    else:
        assert isinstance(answer, bytes)
        assert struct.unpack(f">{current.kind.code}", answer) == pytest.approx((current.kind.absent,), nan_ok=True)


def test_after_a_restart_it_is_no_fault_that_values_are_still_to_come_until_they_had_time_enough() -> None:
    world = World()
    world.run(20)
    restarted(world, WhenStale.EXCEPTION)
    world.spoils = True
    world.run(LONGEST_S - 5)
    assert world.meter.diagnosis(world.now).code == "receiving"
    world.run(10)
    found = world.meter.diagnosis(world.now)
    assert (found.code, found.values["stopped"]) == ("values-stopped", "export,reactive,current,voltage")


def test_a_phase_that_the_meter_does_not_have_reads_0_after_a_restart_too() -> None:
    world = P1World()
    world.hears(LINES_OF_ONE_PHASE, times=2)
    kept = json.loads(json.dumps(world.meter.document(running=False)))
    world.meter = Meter(world.meter.config, lambda: world.now, store=Kept(kept))
    world.hears(LINES_OF_ONE_PHASE, times=1)

    assert [world.value(CURRENTS + 2 * phase) for phase in range(3)] == [2200, 0, 0]


def test_what_an_exchanged_meter_sent_is_not_waited_for() -> None:
    world = P1World()
    world.hears(NUMBERED, times=2)
    kept = json.loads(json.dumps(world.meter.document(running=False)))
    world.meter = Meter(world.meter.config, lambda: world.now, store=Kept(kept))
    world.hears(["0-0:96.1.0(4530303537303036)", *LINES_OF_ONE_PHASE], times=1)

    assert [world.value(CURRENTS + 2 * phase) for phase in range(3)] == [2200, 0, 0]


def test_a_new_meter_that_has_said_nothing_but_its_power_has_no_currents_of_0() -> None:
    world = World()
    world.spoils = True
    world.run(30)
    assert world.value(POWER) is not None
    assert [world.value(CURRENTS + 2 * phase) for phase in range(3)] == [None] * 3
