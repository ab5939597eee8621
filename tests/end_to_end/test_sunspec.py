"""SunSpec as clients of others read it from the running gateway, against what the simulated meters really measured."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from struct import unpack
from time import sleep
from typing import Any, Final

import pytest
from pyModbusTCP.client import ModbusClient
from sunspec2.modbus.client import SunSpecModbusClientDeviceTCP

from han2x.simulator import SimulatedMeter
from han2x.simulator.household import MWS_PER_WH, Moment, Powers
from tests.end_to_end.gateway import Gateway, running_gateway
from tests.end_to_end.wire import Wire
from tests.registers.sunspec_reader import values

pytestmark = [pytest.mark.end_to_end, pytest.mark.enable_socket, pytest.mark.timeout(180)]

TARGET_FAILED_TO_RESPOND: Final = 0x0B
TOTAL: Final = 40116
"""Where model 203 or 201 has its TotWhImp."""


@dataclass(frozen=True)
class Steady:
    """A load that does not change, in W of each phase; its reactive power is a fifth."""

    watts: tuple[int, int, int]

    def powers(self, second: int) -> Powers:
        return tuple((1000 * each, 200 * each) for each in self.watts)


@dataclass(frozen=True)
class Case:
    """A meter, what it measures, and its scaling factor in thousandths."""

    kind: str
    load: Steady
    factor: int = 1000

    @property
    def phases(self) -> int:
        return 1 if self.kind.endswith("-1p") else 3


CASES: Final = {
    1: Case("kamstrup", Steady((2200, 700, 1300))),
    2: Case("kamstrup", Steady((-1500, -900, -2100))),
    3: Case("kamstrup-1p", Steady((3000, 0, 0))),
    4: Case("kamstrup-1p", Steady((-2500, 0, 0))),
    5: Case("aidon", Steady((1800, 2600, 900)), factor=40_000),
    6: Case("kamstrup", Steady((-1500, -900, -2100)), factor=40_000),
    7: Case("aidon-1p", Steady((1234, 0, 0)), factor=500),
}


@dataclass(frozen=True)
class Spoken:
    """A telegram with all that a meter sends, and what the household did at that moment."""

    octets: bytes
    moment: Moment

    @classmethod
    def of(cls, case: Case) -> Spoken:
        meter = SimulatedMeter(case.kind, start=datetime.now(UTC), load=case.load)
        second, octets = max(meter.frames_between(0, 30), key=lambda sent: len(sent[1]))
        return cls(octets, next(each for each in meter.household.moments() if each.second == int(second)))


@contextmanager
def meters(tmp_path: Path, cases: Mapping[int, Case]) -> Iterator[tuple[Gateway, dict[int, Spoken]]]:
    """A gateway that has heard a telegram of each meter, and published its energies."""
    with ExitStack() as stack:
        wires = {unit: Wire() for unit in cases}
        for wire in wires.values():
            stack.callback(wire.close)
        (tmp_path / "settings.toml").write_text(
            "".join(
                f'[[meters]]\nunit = {unit}\nport = "{wires[unit].path}"\nscaling_factor = {case.factor}\n'
                for unit, case in cases.items()
            )
        )
        gateway = stack.enter_context(running_gateway(tmp_path))
        spoken = {unit: Spoken.of(case) for unit, case in cases.items()}
        for unit, each in spoken.items():
            with connected(gateway, unit) as client:
                speak(wires[unit], each.octets, client)
        yield gateway, spoken


@contextmanager
def connected(gateway: Gateway, unit: int) -> Iterator[ModbusClient]:
    """A client of a meter."""
    client = gateway.client_of(unit)
    try:
        yield client
    finally:
        client.close()


def speak(wire: Wire, octets: bytes, client: ModbusClient) -> None:
    """Say a telegram until its energies are on the disk, and so are read; fails when they are not in half a minute."""
    for _ in range(150):
        wire.say(octets)
        sleep(0.2)
        words = client.read_holding_registers(TOTAL, 2)
        if words and any(words):
            return
    pytest.fail("no energy was published")


def truth(case: Case, moment: Moment) -> dict[str, float | None]:
    """What each point has to say, by its name in model 203 in small letters; None for what the meter does not send."""
    factor = case.factor / 1000
    active, reactive = moment.active_mw / 1000 * factor, moment.reactive_mvar / 1000 * factor
    sign = 1 if active > 0 else -1
    currents = [sign * each / 1000 * factor for each in moment.currents_ma]
    volts = [each / 1000 for each in moment.voltages_mv]
    known: dict[str, float] = {
        "a": sum(currents),
        "phv": sum(volts) / len(volts),
        "w": active,
        "var": reactive,
        "va": math.hypot(active, reactive),
        "pf": 100 * active / math.hypot(active, reactive),
        "totwhimp": moment.registers.active_import / MWS_PER_WH * factor,
        "totwhexp": moment.registers.active_export / MWS_PER_WH * factor,
        "evt": 0,
    }
    for letter, ampere, volt, (power, _) in zip("abc", currents, volts, moment.powers, strict=False):
        known |= {f"aph{letter}": ampere, f"phvph{letter}": volt, f"wph{letter}": power / 1000 * factor}
    return dict(known)


def tolerance(name: str, case: Case) -> float:
    """How far off a value may be by the steps of the meter, those of the integers, and the time until it is read."""
    factor, coarser = case.factor / 1000, 100 if case.factor > 10_000 else 1
    ampere = 0.06 if case.kind.startswith("aidon") else 0.006
    if name.startswith("aph"):
        return ampere * factor + 0.005 * coarser
    if name == "a":
        return 3 * ampere * factor + 0.005 * coarser
    if name.startswith("phv"):
        return 0.6
    if name.startswith("totwh"):
        return 60 * factor + coarser  # what is drawn until it is read, and the meter's steps of 10 Wh
    if name.startswith("wph"):
        return 0.02 * 3000 * factor + coarser
    return 1.5 * factor + coarser


def of_sunspec(device: SunSpecModbusClientDeviceTCP, model: int) -> dict[str, Any]:
    """All points of a model with values of its own, by their names in model 203 in small letters."""
    found = values(device, model)
    return {
        name.lower().replace("ppvph", "phvph"): value
        for name, value in found.items()
        if name not in ("ID", "L") and not name.endswith("_SF")
    }


def test_pysunspec2_reads_every_point_as_the_meter_measured_it(tmp_path: Path) -> None:
    with meters(tmp_path, CASES) as (gateway, spoken):
        for unit, case in CASES.items():
            device = SunSpecModbusClientDeviceTCP(unit, "127.0.0.1", gateway.modbus_port, timeout=20)
            device.scan()

            integers, floats = (203, 213) if case.phases == 3 else (201, 211)
            assert [model.model_id for model in device.model_list] == [1, integers, floats]
            assert values(device, 1)["Mn"] == "han2x"
            assert values(device, 1)["SN"]
            expected = truth(case, spoken[unit].moment)
            for model in (integers, floats):
                found = of_sunspec(device, model)
                assert expected.keys() <= found.keys()
                for name, value in found.items():
                    known = expected.get(name)
                    if known is not None and name == "pf" and model == floats:
                        known /= 100
                    wanted = known if known is None else pytest.approx(known, abs=tolerance(name, case), rel=1e-3)
                    assert value == wanted, (unit, case, model, name)


def signed(octets: bytes) -> int:
    return int.from_bytes(octets, "big", signed=True)


class Evcc:
    """What evcc's sunspec-meter asks a device for, request by request, and what its library makes of the answers."""

    MODELS: Final = (201, 211, 202, 212, 203, 213)

    def __init__(self, client: ModbusClient) -> None:
        self._client = client
        base = next(each for each in (40000, 50000, 0) if self._words(each, 2) == b"SunS")
        self.found: dict[int, tuple[int, int]] = {}
        address = base + 2
        while True:
            model, length = unpack(">HH", self._needed(address, 2))
            if model == 0xFFFF:
                break
            self.found[model] = address + 2, length
            address += 2 + length
        self.common = self._needed(*self.found[1])

    def value(self, offset: int, scale: int, words: int = 1) -> float:
        """A point of the first of the models that can be read: at `offset` of its block, with its factor at `scale`."""
        for model in self.MODELS:
            if model in self.found and (block := self._words(*self.found[model])) is not None:
                raw = signed(block[2 * offset : 2 * (offset + words)])
                return 0.0 if (words, raw) == (1, -0x8000) else raw * 10.0 ** signed(block[2 * scale : 2 * scale + 2])
        pytest.fail("no model could be read")

    def _needed(self, address: int, count: int) -> bytes:
        octets = self._words(address, count)
        assert octets is not None, address
        return octets

    def _words(self, address: int, count: int) -> bytes | None:
        words = self._client.read_holding_registers(address, count)
        return None if words is None else b"".join(each.to_bytes(2, "big") for each in words)


def test_evcc_finds_the_meter_by_its_own_order_of_requests(tmp_path: Path) -> None:
    cases = {unit: CASES[unit] for unit in (1, 2, 4, 6)}
    with meters(tmp_path, cases) as (gateway, spoken):
        for unit, case in cases.items():
            expected = {name: value or 0 for name, value in truth(case, spoken[unit].moment).items()}
            with connected(gateway, unit) as client:
                evcc = Evcc(client)
                assert sorted(evcc.found) == ([1, 203, 213] if case.phases == 3 else [1, 201, 211])
                assert evcc.common[:5] == b"han2x"
                points = {
                    "w": evcc.value(16, 20),
                    "totwhimp": evcc.value(44, 52, words=2),
                    "totwhexp": evcc.value(36, 52, words=2),
                    **{f"aph{each}": evcc.value(1 + place, 4) for place, each in enumerate("abc")},
                    **{f"phvph{each}": evcc.value(6 + place, 13) for place, each in enumerate("abc")},
                    **{f"wph{each}": evcc.value(17 + place, 20) for place, each in enumerate("abc")},
                }
            for name, value in points.items():
                assert value == pytest.approx(expected.get(name, 0), abs=tolerance(name, case), rel=1e-3), (unit, name)


def test_after_a_restart_a_scan_finds_the_same_models_and_no_value_until_the_meter_speaks(tmp_path: Path) -> None:
    cases = {3: CASES[3]}
    with meters(tmp_path, cases) as (gateway, _):
        with connected(gateway, 3) as client:
            before = Evcc(client)
        assert gateway.stop() == 0
    with running_gateway(tmp_path) as gateway, connected(gateway, 3) as client:
        after = Evcc(client)

        assert (after.found, after.common) == (before.found, before.common)
        for address, count in (after.found[201], after.found[211]):
            assert client.read_holding_registers(address, count) is None
            assert client.last_except == TARGET_FAILED_TO_RESPOND


def test_other_bases_are_answered_with_what_is_no_sunspec(tmp_path: Path) -> None:
    with running_gateway(tmp_path) as gateway, connected(gateway, 1) as client:
        assert client.read_holding_registers(50000, 2) is None
        assert client.last_except == 2
        assert client.read_holding_registers(0, 2) is None
        assert client.last_except == TARGET_FAILED_TO_RESPOND
        assert client.read_holding_registers(40000, 4) == [0x5375, 0x6E53, 1, 66]
        assert client.read_input_registers(40000, 4) == [0x5375, 0x6E53, 1, 66]
