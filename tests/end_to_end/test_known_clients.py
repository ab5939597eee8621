"""Victron's, openWB's and evcc's ways of reading a meter, replayed against the running gateway: they get the truth."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from sunspec2.modbus.client import SunSpecModbusClientDeviceTCP

from han2x.simulator import SimulatedMeter
from han2x.simulator.household import MWS_PER_WH, Moment, Powers
from tests.end_to_end.gateway import Gateway, running_gateway
from tests.end_to_end.known_clients import (
    Asking,
    EvccEm24,
    OpenWbEm24,
    OpenWbKsem,
    RefusedError,
    Sdm630,
    Values,
    VictronAbb,
    VictronEm24,
)
from tests.end_to_end.test_freshness import say_until
from tests.end_to_end.waiting import until
from tests.end_to_end.wire import Wire
from tests.ports import free_port
from tests.registers.sunspec_reader import values

pytestmark = [pytest.mark.end_to_end, pytest.mark.enable_socket, pytest.mark.timeout(120)]

START: Final = datetime.fromisoformat("2026-03-04T12:59:53")
EXPORTING: Final[Powers] = ((1_200_000, -100_000), (-2_300_000, 250_000), (455_000, 0))
IMPORTING: Final[Powers] = ((4_321_000, 300_000), (812_000, -40_000), (1_455_000, 500_000))
SECONDS: Final = 17.5
ENERGIES: Final = (24_326_870.0, 1_319_490.0, 345_670.0, 4_567_890.0)


class Steady:
    """A house that draws the same for ever."""

    def __init__(self, powers: Powers) -> None:
        self._powers = powers

    def powers(self, second: int) -> Powers:
        assert second >= 0
        return self._powers


class Truth:
    """What the house does, and how exactly its meter tells it."""

    def __init__(self, moment: Moment, *, sends_phases: bool, ampere_step: float, volt_step: float) -> None:
        self.total = moment.active_mw / 1000
        self.voltage = [each / 1000 for each in moment.voltages_mv]
        self.current = [each / 1000 for each in moment.currents_ma]
        self.power = [active / 1000 for active, _ in moment.powers]
        if not sends_phases:
            shares = [volts * amperes for volts, amperes in zip(self.voltage, self.current, strict=True)]
            self.power = [self.total * share / sum(shares) for share in shares]
        self.import_kwh = moment.registers.active_import / MWS_PER_WH / 1000
        self.export_kwh = moment.registers.active_export / MWS_PER_WH / 1000
        self._volt_step, self._ampere_step = volt_step, ampere_step
        self._begun = time.monotonic()
        # Of what the steps of currents and voltages make of the shares, and 1 W of each power.
        self._watts = 1.5 if sends_phases else 3 + 250 * ampere_step + 0.01 * abs(self.total)

    def compare(self, read: Values) -> None:
        """Fails where a client has read something else."""
        assert read["voltage"] == pytest.approx(self.voltage, abs=self._volt_step)
        assert list(map(abs, read["current"])) == pytest.approx(self.current, abs=self._ampere_step)
        assert read["total"] == pytest.approx(self.total, abs=1)
        assert read["power"] == pytest.approx(self.power, abs=self._watts)
        assert read["frequency"] == 50

    def compare_energies(self, read: Values, step_kwh: float) -> None:
        """The same of totals, which the meter tells in steps of 10 Wh, and now and then; it speaks faster here than it
        counts, and the gateway counts on by the power as long as the test takes.
        """
        since = abs(self.total) * (SECONDS + time.monotonic() - self._begun) / 3600 / 1000
        assert read["import"] == pytest.approx(self.import_kwh, abs=step_kwh + 0.02 + since)
        assert read["export"] == pytest.approx(self.export_kwh, abs=step_kwh + 0.02 + since)


@contextmanager
def serving(folder: Path, wire: Wire, *maps: str, more: str = "") -> Iterator[Gateway]:
    """A gateway with these maps of its one meter, which speaks on the wire."""
    listed = ", ".join(f'"{each}"' for each in maps)
    (folder / "settings.toml").write_text(f'{more}\n[[meters]]\nport = "{wire.path}"\nmaps = [{listed}]\n')
    with running_gateway(folder) as gateway:
        yield gateway


def house(kind: str, powers: Powers) -> SimulatedMeter:
    return SimulatedMeter(kind, start=START, load=Steady(powers), registers_wh=ENERGIES)


async def heard(gateway: Gateway, wire: Wire, meter: SimulatedMeter) -> None:
    """Have the meter say all of its first seconds, and its last list again until energies are known."""
    first, *others = [octets for _, octets in meter.frames_between(0, SECONDS)]
    await say_until(wire, first, lambda: gateway.read(40001))
    for octets in others:
        await say_until(wire, octets, partial(has_heard_more, gateway, readings(gateway)))
    await say_until(wire, others[-1], lambda: gateway.read_value(40029))


def readings(gateway: Gateway) -> int:
    return int(gateway.live()["meters"][0]["readings"])


def has_heard_more(gateway: Gateway, before: int) -> bool:
    return readings(gateway) > before


def truth_of(meter: SimulatedMeter, kind: str) -> Truth:
    *_, (at, _) = meter.frames_between(0, SECONDS)
    moment = next(moment for moment in meter.household.moments() if moment.second == int(at))
    steps = {"kamstrup": (0.011, 0.51), "kamstrup-p1": (1.0, 1.0), "aidon": (0.051, 0.051)}
    ampere_step, volt_step = steps[kind]
    return Truth(moment, sends_phases=kind == "kamstrup-p1", ampere_step=ampere_step, volt_step=volt_step)


@pytest.mark.parametrize("kind", ["kamstrup", "kamstrup-p1", "aidon"])
@pytest.mark.parametrize("powers", [IMPORTING, EXPORTING], ids=["importing", "exporting"])
async def test_every_client_reads_what_the_simulated_house_does(
    tmp_path: Path, wire: Wire, kind: str, powers: Powers
) -> None:
    port, meter = free_port(), house(kind, powers)
    truth = truth_of(meter, kind)
    with serving(tmp_path, wire, "abb-b23", "kostal-ksem", "sdm630", f"em24 on 127.0.0.1:{port}") as gateway:
        await heard(gateway, wire, meter)
        ordinary = gateway.modbus_port
        victron, abb = VictronEm24(port), VictronAbb(ordinary)
        assert victron.probe()["model"] == 1648
        assert abb.probe()["model"] == 0x42323320
        ksem = OpenWbKsem(ordinary).read()
        read = {
            "Victron, EM24": (victron.read(), 0.1),
            "Victron, ABB": (abb.read(), 0.01),
            "openWB, EM24": (OpenWbEm24(port).read(), None),
            "openWB, KSEM": (ksem, 0.001),
            "evcc, EM24": (EvccEm24(port).read(), 0.1),
            "sdm_modbus": (Sdm630(ordinary).read(), 0.003),
        }
        for values, step_kwh in read.values():
            truth.compare(values)
            if step_kwh is not None:
                truth.compare_energies(values, step_kwh)
            if kind != "kamstrup-p1":
                assert sum(values["power"]) == pytest.approx(values["total"], abs=1e-3)
        assert ksem["power apart"] == [ksem["total"], *ksem["power"]]
        assert EvccEm24(port).read()["firmware"] >= (1, 8, 3)
        assert [each > 0 for each in EvccEm24(port).read()["current"]] == [each > 0 for each in truth.power]
        assert gateway.read_value(40049) == 1000, "unit 1 has the HAN2X map beside that of ABB"
        assert gateway.stop() == 0


async def test_sunspec_clients_find_a_ksem_and_a_fronius_meter_at_unit_ids_of_their_own(
    tmp_path: Path, wire: Wire
) -> None:
    meter = house("kamstrup", IMPORTING)
    truth = truth_of(meter, "kamstrup")
    with serving(tmp_path, wire, "kostal-ksem", "fronius unit 240") as gateway:
        await heard(gateway, wire, meter)
        for unit, maker, models in ((71, "han2x", [1, 203, 213]), (240, "Fronius", [1, 213])):
            device = SunSpecModbusClientDeviceTCP(unit, "127.0.0.1", gateway.modbus_port, timeout=20)
            device.scan()
            assert [model.model_id for model in device.model_list] == models
            assert values(device, 1)["Mn"] == maker
            found = values(device, 213)
            powers = [found[f"Wph{phase}"] for phase in "ABC"]
            assert sum(powers) == pytest.approx(found["W"], abs=1e-3)
            truth.compare(
                {
                    "total": found["W"],
                    "power": powers,
                    "voltage": [found[f"PhVph{phase}"] for phase in "ABC"],
                    "current": [found[f"Aph{phase}"] for phase in "ABC"],
                    "frequency": 50,
                }
            )
        assert gateway.read_value(40049) == 1000
        assert gateway.stop() == 0


async def test_victron_finds_an_em24_in_place_of_unit_1_and_keeps_it_apart_from_a_meter_that_is_silent(
    tmp_path: Path, wire: Wire
) -> None:
    meter = house("kamstrup", IMPORTING)
    with serving(tmp_path, wire, "em24", more="[modbus]\nstale_after_s = 5") as gateway:
        victron = VictronEm24(gateway.modbus_port)
        before = victron.probe()
        assert (before["model"], before["serial"]) == (1648, "")
        assert refused(victron.read) == 0x0B
        first = next(octets for _, octets in meter.frames_between(0, SECONDS))
        await say_until(wire, first, lambda: refused(victron.read) is None)
        known = victron.probe()
        number = gateway.live()["meters"][0]["meter_id"]
        assert (known["serial"], known["phase system"], known["application"]) == (number[-14:], 0, 7)
        assert refused(lambda: VictronAbb(gateway.modbus_port).probe()) == 2, "the next kind of meter is looked for"
        await until(lambda: refused(victron.read) is not None)
        assert refused(victron.read) == 0x0B
        assert victron.probe() == known
        await say_until(wire, first, lambda: refused(victron.read) is None)
        assert gateway.stop() == 0


async def test_victron_sets_an_em24_up_and_nothing_changes(tmp_path: Path, wire: Wire) -> None:
    with serving(tmp_path, wire, "em24") as gateway, Asking(gateway.modbus_port, 1) as em24:
        assert em24.write(0xA000, 7)
        assert em24.write(0x1002, 3)
        assert not em24.write(0xA000, 5)
        assert not em24.write(0x0000, 1)
        assert not em24.write(48, 5), "where the scaling factor was"
        assert (em24.words(0xA000), em24.words(0x1002)) == ([7], [0])
        assert gateway.live()["meters"][0]["scaling_factor"] == 1000
        assert gateway.stop() == 0


def refused(ask: Callable[[], object]) -> int | None:
    """The exception code that a client meets; None when it reads everything."""
    try:
        ask()
    except RefusedError as error:
        return error.code
    return None
