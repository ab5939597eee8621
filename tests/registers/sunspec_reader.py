"""SunSpec's own reader, pysunspec2, on what a register bank answers, and banks that it reads."""

from __future__ import annotations

from typing import Any, Final

from sunspec2.modbus.client import SunSpecModbusClientDevice, SunSpecModbusClientException

from han2x.model import Quantity
from han2x.registers.bank import ExceptionCode, Face, RegisterBank, Rules, WhenStale
from han2x.registers.scaling_factor import ScalingFactor
from han2x.state import MeterState
from tests.readings import HOURLY_LIST, NOW, a_reading

MOST: Final = 125
"""Registers in one Modbus request; more are asked for in several."""

EXPORT: dict[Quantity, float] = {
    **HOURLY_LIST,
    Quantity.ACTIVE_POWER_IMPORT: 0,
    Quantity.ACTIVE_POWER_EXPORT: 2000,
    Quantity.CURRENT_L1: 6,
    Quantity.CURRENT_L2: 2,
    Quantity.CURRENT_L3: 0,
    Quantity.VOLTAGE_L1: 230,
    Quantity.VOLTAGE_L2: 230,
}
ONE_PHASE = {key: value for key, value in EXPORT.items() if not key.startswith(("5", "7"))}
POWER_ALONE: dict[Quantity, float] = {Quantity.ACTIVE_POWER_IMPORT: 500}
HEADERS = [(40000, 2), (40002, 2), (40070, 2), (40177, 2), (40303, 2)]
INTEGERS, FLOATS, W_203, W_213 = (40072, 105), (40179, 124), (40088, 1), (40205, 2)


class Device(SunSpecModbusClientDevice):  # type: ignore[misc]  # it has no types
    """A device that is reached without a network: `face` at the moment `now`. `asked` is what was read, in order."""

    def __init__(self, face: Face, now: float) -> None:
        super().__init__()
        self.face = face
        self.now = now
        self.asked: list[tuple[int, int]] = []

    def read(self, addr: int, count: int) -> bytes:
        """As pysunspec2 asks for registers.

        Raises:
            SunSpecModbusClientException: they are refused.
        """
        octets = b""
        for first in range(addr, addr + count, MOST):
            words = min(MOST, addr + count - first)
            self.asked.append((first, words))
            answer = self.face.read(first, words, self.now)
            if isinstance(answer, ExceptionCode):
                raise SunSpecModbusClientException(f"exception {answer}")
            octets += answer
        return octets


def scanned(face: Face, now: float) -> Device:
    """A device that pysunspec2 has found, with all its models read."""
    device = Device(face, now)
    device.scan()
    return device


def values(device: Any, model: int) -> dict[str, Any]:  # noqa: ANN401 - it has no types
    """The points of a model by their names, with their scale factors applied; None for those not implemented."""
    (found,) = device.models[model]
    return {name: point.cvalue for name, point in found.points.items()}


def a_bank(
    *told: dict[Quantity, float], when_stale: WhenStale = WhenStale.EXCEPTION, factor: int = 1000
) -> RegisterBank:
    """A meter that has told these values."""
    bank = RegisterBank(MeterState(), ScalingFactor(factor), rules=Rules(when_stale))
    for each in told:
        bank.state.apply(a_reading(each), NOW)
    return bank


def read(bank: RegisterBank, model: int, now: float = NOW) -> dict[str, Any]:
    """What pysunspec2 reads of one of its models."""
    return values(scanned(bank.own, now), model)
