"""Every kind of simulated meter, through a line of its own and the running gateway, to what a Modbus client reads."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from han2x.simulator import KINDS, Encryption, SimulatedMeter
from han2x.simulator.household import Moment, Powers
from tests.codecs import sealing
from tests.end_to_end.gateway import Gateway, running_gateway
from tests.end_to_end.wire import Wire

pytestmark = [pytest.mark.end_to_end, pytest.mark.enable_socket, pytest.mark.timeout(180)]

START: Final = datetime.fromisoformat("2026-07-04T11:58:53")
LAST_FROM_S: Final = 120
"""Each meter falls silent after its first whole list from this second on, so that the registers stand still."""
SPEED: Final = 20.0
WHOLE_LIST: Final = 70
"""Octets that a list with more than the power has at least."""
REGISTERS_WH: Final = (1_234_500.0, 56_500.0, 7_500.0, 89_500.0)
"""Half a kWh away from where a register of whole kWh steps."""
METERS: Final = 16
"""Meters of one gateway."""
KEYS: Final = Encryption(sealing.KEY, sealing.AUTHENTICATION_KEY)


class Sends(NamedTuple):
    """What a kind sends, and in what steps: W, mA and tenths of a volt; 0 for nothing of it."""

    watts: int = 1
    amperes: int = 10
    volts: int = 1
    reactive: bool = True
    reactive_energies: bool = True
    phases: tuple[int, ...] = (0, 1, 2)
    voltages: tuple[int, ...] = (0, 1, 2)
    clock: bool = True


ONE: Final = (0,)
SENDS: Final = {
    "kamstrup": Sends(volts=10),
    "kamstrup-1p": Sends(volts=10, phases=ONE, voltages=ONE),
    "kamstrup-push1": Sends(volts=10),
    "kamstrup-push1-1p": Sends(volts=10, phases=ONE, voltages=ONE),
    "kamstrup-p1": Sends(amperes=100),
    "p1-nl-dsmr2": Sends(watts=10, amperes=0, volts=0, reactive=False, reactive_energies=False, clock=False),
    "p1-nl-dsmr4": Sends(amperes=1000, volts=0, reactive=False, reactive_energies=False),
    "p1-nl-dsmr5": Sends(amperes=1000, reactive=False, reactive_energies=False),
    "p1-be": Sends(reactive=False, reactive_energies=False),
    "p1-lu": Sends(amperes=1000),
    "p1-pl": Sends(amperes=0),
    "p1-nes": Sends(amperes=100),
    "aidon": Sends(amperes=100),
    "aidon-1p": Sends(amperes=100, phases=ONE, voltages=ONE),
    "aidon-se": Sends(amperes=100),
    "kaifa": Sends(amperes=1),
    "kaifa-3w": Sends(amperes=1, voltages=(0, 2)),
    "kaifa-1p": Sends(amperes=1, phases=ONE, voltages=ONE),
    "kaifa-se": Sends(amperes=1),
    "e450": Sends(volts=10),
    "e360": Sends(),
    "am550": Sends(),
    "am550-si": Sends(),
    "am550-at": Sends(amperes=0, volts=0, reactive=False),
    "ie5": Sends(reactive=False),
    "t210-d": Sends(),
    "xt211": Sends(amperes=0, volts=0, reactive=False, reactive_energies=False, clock=False),
}

MEASURED: Final = (*range(40001, 40020, 2), 40021, 40023, 40025, 40027)
YEAR: Final = 40037


class Load:
    """A load of its own behind each meter, which changes every second; every other meter exports.

    A telegram without a checksum counts when its energies have risen by what can have been drawn since the last one.
    The meter's time goes faster than the gateway's, so it has to be little.
    """

    def __init__(self, unit: int) -> None:
        self._unit = unit

    def powers(self, second: int) -> Powers:
        active = 200_000 + 13_000 * self._unit + 1_000 * (second * 7 % 41)
        sun = 3 * active * (self._unit % 2)
        return (active, 60_000), (2 * active - sun, -80_000 * (1 + self._unit % 2)), (active // 2, 40_000)


class Hanging:
    """A meter of a kind on a line, with everything that it will say."""

    def __init__(self, kind: str, unit: int, encryption: Encryption | None) -> None:
        self.kind = kind
        self.unit = unit
        self.encryption = encryption
        self.wire = Wire()
        self.simulated = SimulatedMeter(
            kind, start=START, seed=unit, load=Load(unit), encryption=encryption, registers_wh=REGISTERS_WH
        )
        self.telegrams = list(self._until_last())

    def settings(self) -> str:
        table = f'[[meters]]\nname = "{self.kind}"\nunit = {self.unit}\nport = "{self.wire.path}"\n'
        if self.encryption is None:
            return table
        keys = (self.encryption.encryption_key, self.encryption.authentication_key or b"")
        encryption, authentication = (key.hex() for key in keys)
        return f'{table}encryption_key = "{encryption}"\nauthentication_key = "{authentication}"\n'

    async def speak(self) -> None:
        """Say all of it, in the meter's time, which goes faster."""
        begun = asyncio.get_running_loop().time()
        for second, octets in self.telegrams:
            await asyncio.sleep(begun + second / SPEED - asyncio.get_running_loop().time())
            await self.wire.deliver(octets)

    def expected(self) -> dict[int, tuple[int, int]]:
        """By register what the household was at the last telegram, and how far from it a register may be."""
        moment, sends = self._last_moment(), SENDS[self.kind]
        reactive = moment.reactive_mvar if sends.reactive else 0
        values = [*_directed(moment.active_mw, sends.watts), *_directed(reactive, 1)]
        values += [
            (moment.currents_ma[at], sends.amperes) if sends.amperes and at in sends.phases else (0, 0)
            for at in range(3)
        ]
        values += [
            (moment.voltages_mv[at] // 100, sends.volts) if sends.volts and at in sends.voltages else (0, 0)
            for at in range(3)
        ]
        energies = [int(wh // 1000) for wh in REGISTERS_WH]
        values += [(kwh, 0) for kwh in energies[:2]]
        values += [(kwh if sends.reactive_energies else 0, 0) for kwh in energies[2:]]
        return dict(zip(MEASURED, values, strict=True))

    def _until_last(self) -> Iterator[tuple[float, bytes]]:
        for second, octets in self.simulated.telegrams():
            yield second, octets
            if second >= LAST_FROM_S and len(octets) > WHOLE_LIST:
                return

    def _last_moment(self) -> Moment:
        last = int(self.telegrams[-1][0])
        return next(itertools.islice(self.simulated.household.moments(), last, None))


def _directed(milli: int, step: int) -> list[tuple[int, int]]:
    """Import and export, as a meter tells a power with its direction."""
    return [(max(milli, 0) // 1000, step), (max(-milli, 0) // 1000, step)]


def words(gateway: Gateway, unit: int) -> Sequence[int] | None:
    with closing(gateway.client_of(unit)) as client:
        found: Sequence[int] | None = client.read_holding_registers(0, 50)
    return found


def wrong(gateway: Gateway, meter: Hanging) -> dict[int, tuple[int, int]] | str:
    """The registers that are not what they should be, with what they are; empty when all are right."""
    read = words(gateway, meter.unit)
    if read is None:
        return "refused"
    values = {number: read[number - 40001] << 16 | read[number - 40000] for number in MEASURED}
    clock = 2026 if SENDS[meter.kind].clock else 0
    off = {YEAR: (read[YEAR - 40001], clock)} if read[YEAR - 40001] != clock else {}
    return off | {
        number: (values[number], right)
        for number, (right, step) in meter.expected().items()
        if abs(values[number] - right) > step
    }


EVERY: Final = [(kind, None) for kind in KINDS] + [(kind, KEYS) for kind, each in KINDS.items() if each.ciphered]
DAEMONS: Final = [EVERY[begin : begin + METERS] for begin in range(0, len(EVERY), METERS)]


def test_the_table_has_every_kind() -> None:
    assert SENDS.keys() == KINDS.keys()


@pytest.mark.parametrize("kinds", DAEMONS, ids=range(len(DAEMONS)))
async def test_each_kind_of_meter_is_read_from_its_line_to_a_modbus_client(
    tmp_path: Path, kinds: list[tuple[str, Encryption | None]]
) -> None:
    with ExitStack() as wires:
        meters = [Hanging(kind, unit, encryption) for unit, (kind, encryption) in enumerate(kinds, 1)]
        for meter in meters:
            wires.callback(meter.wire.close)
        (tmp_path / "settings.toml").write_text("\n".join(meter.settings() for meter in meters))
        with running_gateway(tmp_path) as gateway:
            await asyncio.gather(*(meter.speak() for meter in meters))
            for meter in meters:
                off: dict[int, tuple[int, int]] | str = "not read"
                for _ in range(100):
                    off = await asyncio.to_thread(wrong, gateway, meter)
                    if not off:
                        break
                    await asyncio.sleep(0.1)
                assert not off, (meter.kind, off)
            assert gateway.stop() == 0
