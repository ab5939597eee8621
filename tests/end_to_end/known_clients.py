"""What clients of other makers' meters ask, register by register: Victron's GX, openWB and evcc, as they read a meter.

Each is written from what those programs are known to ask, shares nothing with the gateway, and talks through a Modbus
client of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from struct import pack, unpack
from typing import Any, Final

from pyModbusTCP.client import ModbusClient

PROBE_S: Final = 0.25
"""How long Victron waits while it searches a network; one time-out ends its search."""
EM24_MODELS: Final = range(1648, 1654)


class RefusedError(Exception):
    """The gateway answered with this exception code; `code` is 0 where it did not answer at all."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Asking:
    """A connection to one unit id. Input registers are read where `input_registers` says so."""

    def __init__(self, port: int, unit: int, *, timeout: float = 5.0, input_registers: bool = False) -> None:
        self._client = ModbusClient(host="127.0.0.1", port=port, unit_id=unit, timeout=timeout)
        self._read = self._client.read_input_registers if input_registers else self._client.read_holding_registers

    def __enter__(self) -> Asking:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def words(self, address: int, count: int = 1) -> list[int]:
        """Registers; RefusedError where the gateway refuses."""
        words: list[int] | None = self._read(address, count)
        if words is None:
            raise RefusedError(self._client.last_except)
        return words

    def write(self, address: int, word: int) -> bool:
        """Write one register (function code 06)."""
        return bool(self._client.write_single_register(address, word))


def unsigned(words: Sequence[int]) -> int:
    """A number, its high word first."""
    return int.from_bytes(pack(f">{len(words)}H", *words), "big")


def signed(words: Sequence[int]) -> int:
    """The same with a sign."""
    return int.from_bytes(pack(f">{len(words)}H", *words), "big", signed=True)


def low_first(words: Sequence[int]) -> int:
    """A number with a sign, its low word first."""
    return signed(words[::-1])


def float32(words: Sequence[int]) -> float:
    """A floating-point number, its high word first."""
    (value,) = unpack(">f", pack(">2H", *words))
    return float(value)


def text(words: Sequence[int]) -> str:
    """ASCII, without what fills it up."""
    return pack(f">{len(words)}H", *words).rstrip(b"\0").decode("ascii")


Values = dict[str, Any]
"""What a client makes of it: `total` and `power` in W, `voltage` in V, `current` in A, energies in kWh."""


class VictronEm24:
    """Venus OS with a Carlo Gavazzi EM24 Ethernet."""

    unit = 1

    def __init__(self, port: int) -> None:
        self._port = port

    def probe(self) -> Values:
        """Find it, as in a network scan, and learn what it is."""
        with Asking(self._port, self.unit, timeout=PROBE_S) as asking:
            (model,) = asking.words(0x000B)
            if model not in EM24_MODELS:
                raise RefusedError(0)
        with Asking(self._port, self.unit) as asking:
            if asking.words(0xA000) != [7]:
                asking.write(0xA000, 7)
            return {
                "model": model,
                "application": asking.words(0xA000)[0],
                "hardware": asking.words(0x0302)[0],
                "firmware": asking.words(0x0304)[0],
                "phase system": asking.words(0x1002)[0],
                "serial": text(asking.words(0x5000, 7)),
            }

    def read(self) -> Values:
        """What it reads every second, and the front selector."""
        with Asking(self._port, self.unit) as asking:
            words = asking.words(0x0000, 80)
            (selector,) = asking.words(0xA100)

        def at(*addresses: int) -> list[int]:
            return [low_first(words[address : address + 2]) for address in addresses]

        return {
            "voltage": [each / 10 for each in at(0x00, 0x02, 0x04)],
            "current": [each / 1000 for each in at(0x0C, 0x0E, 0x10)],
            "power": [each / 10 for each in at(0x12, 0x14, 0x16)],
            "total": at(0x28)[0] / 10,
            "sequence": words[0x32],
            "frequency": words[0x33] / 10,
            "import": at(0x34)[0] / 10,
            "import of phases": [each / 10 for each in at(0x40, 0x42, 0x44)],
            "export": at(0x4E)[0] / 10,
            "selector": selector,
        }


class VictronAbb:
    """Venus OS with an ABB B23; it looks for that at two unit ids."""

    units = (1, 2)

    def __init__(self, port: int) -> None:
        self._port = port

    def probe(self) -> Values:
        """Find it, as in a network scan, and learn what it is."""
        for unit in self.units:
            with Asking(self._port, unit, timeout=PROBE_S) as asking:
                try:
                    model = unsigned(asking.words(0x8960, 2))
                except RefusedError as refused:
                    if not refused.code:
                        raise
                    continue
                return {
                    "unit": unit,
                    "model": model,
                    "serial": signed(asking.words(0x8900, 2)),
                    "firmware": text(asking.words(0x8908, 8)),
                }
        raise RefusedError(2)

    def read(self, unit: int = 1) -> Values:
        """The blocks that it reads."""
        with Asking(self._port, unit) as asking:
            totals, phases, measured = asking.words(0x5000, 8), asking.words(0x5460, 24), asking.words(0x5B00, 62)

        def at(*addresses: int) -> list[int]:
            return [signed(measured[address - 0x5B00 : address - 0x5B00 + 2]) for address in addresses]

        return {
            "import": unsigned(totals[:4]) / 100,
            "export": unsigned(totals[4:]) / 100,
            "import of phases": [unsigned(phases[4 * n : 4 * n + 4]) / 100 for n in range(3)],
            "voltage": [each / 10 for each in at(0x5B00, 0x5B02, 0x5B04)],
            "current": [each / 100 for each in at(0x5B0C, 0x5B0E, 0x5B10)],
            "total": at(0x5B14)[0] / 100,
            "power": [each / 100 for each in at(0x5B16, 0x5B18, 0x5B1A)],
            "frequency": measured[0x2C] / 100,
            "power factors": [signed([word]) / 1000 for word in measured[0x3A:0x3E]],
        }


class OpenWbEm24:
    """openWB's counter of Carlo Gavazzi: input registers, and the total is the sum of the phases."""

    def __init__(self, port: int, unit: int = 1) -> None:
        self._port, self._unit = port, unit

    def read(self) -> Values:
        """What it asks in one round."""
        with Asking(self._port, self._unit, input_registers=True) as asking:
            voltage, power, current = (_three(asking.words(first, 6)) for first in (0x00, 0x12, 0x0C))
            (frequency,) = asking.words(0x33)
        powers = [each / 10 for each in power]
        return {
            "voltage": [each / 10 for each in voltage],
            "current": [each / 1000 for each in current],
            "power": powers,
            "total": sum(powers),
            "frequency": frequency / 10,
        }


class OpenWbKsem:
    """openWB's counter of Kostal: each value by itself."""

    def __init__(self, port: int, unit: int = 71) -> None:
        self._port, self._unit = port, unit

    def read(self) -> Values:
        """What it asks in one round."""
        with Asking(self._port, self._unit) as asking:

            def one(addresses: Iterable[int], count: int = 2) -> list[int]:
                return [unsigned(asking.words(address, count)) for address in addresses]

            def net(address: int) -> float:
                words = asking.words(address, 4)
                return (unsigned(words[:2]) - unsigned(words[2:])) / 10

            energies = asking.words(512, 8)
            return {
                "total": net(0),
                "power": [net(address) for address in (40, 80, 120)],
                "power apart": [(one([first])[0] - one([first + 2])[0]) / 10 for first in (0, 40, 80, 120)],
                "current": [each / 1000 for each in one((60, 100, 140))],
                "voltage": [each / 1000 for each in one((62, 102, 142))],
                "power factors": [signed(asking.words(address, 2)) / 1000 for address in (64, 104, 144)],
                "frequency": one([26])[0] / 1000,
                "import": unsigned(energies[:4]) / 10_000,
                "export": unsigned(energies[4:]) / 10_000,
            }


class EvccEm24:
    """evcc's template cg-em24_e1: input registers, each by itself, and a firmware that is new enough."""

    def __init__(self, port: int, unit: int = 1) -> None:
        self._port, self._unit = port, unit

    def read(self) -> Values:
        """What it asks in one round; currents get the sign of their phase's power."""
        with Asking(self._port, self._unit, input_registers=True) as asking:

            def one(*addresses: int) -> list[int]:
                return [low_first(asking.words(address, 2)) for address in addresses]

            firmware = asking.words(0x0304)[0]
            powers = [each / 10 for each in one(0x12, 0x14, 0x16)]
            currents = [each / 1000 for each in one(0x0C, 0x0E, 0x10)]
            return {
                "firmware": (firmware >> 12, firmware >> 8 & 15, firmware & 255),
                "voltage": [each / 10 for each in one(0x00, 0x02, 0x04)],
                "current": [-each if power < 0 else each for each, power in zip(currents, powers, strict=True)],
                "power": powers,
                "total": one(0x28)[0] / 10,
                "power factors": [signed(asking.words(address)) / 1000 for address in (0x2E, 0x2F, 0x30, 0x31)],
                "frequency": asking.words(0x33)[0] / 10,
                "import": one(0x34)[0] / 10,
                "import of phases": [each / 10 for each in one(0x40, 0x42, 0x44)],
                "export": one(0x4E)[0] / 10,
            }


class Sdm630:
    """A program with the library sdm_modbus: four blocks of input registers."""

    blocks = ((0x0000, 80), (0x0050, 28), (0x00C8, 70), (0x014E, 48))

    def __init__(self, port: int, unit: int = 2) -> None:
        self._port, self._unit = port, unit

    def read(self) -> Values:
        """What it asks in one round."""
        known: dict[int, int] = {}
        with Asking(self._port, self._unit, input_registers=True) as asking:
            for first, count in self.blocks:
                known |= dict(enumerate(asking.words(first, count), first))

        def at(*addresses: int) -> list[float]:
            return [float32([known[address], known[address + 1]]) for address in addresses]

        return {
            "voltage": at(0x00, 0x02, 0x04),
            "current": at(0x06, 0x08, 0x0A),
            "power": at(0x0C, 0x0E, 0x10),
            "total": at(0x34)[0],
            "power factors": [*at(0x1E, 0x20, 0x22), *at(0x3E)],
            "frequency": at(0x46)[0],
            "import": at(0x48)[0],
            "export": at(0x4A)[0],
            "both ways": at(0x156)[0],
        }


def _three(words: Sequence[int]) -> list[int]:
    return [low_first(words[place : place + 2]) for place in (0, 2, 4)]
