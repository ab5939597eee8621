"""SunSpec's own reader, pysunspec2, on what a register bank answers."""

from __future__ import annotations

from typing import Any, Final

from sunspec2.modbus.client import SunSpecModbusClientDevice, SunSpecModbusClientException

from han2x.registers.bank import ExceptionCode, Face

MOST: Final = 125
"""Registers in one Modbus request; more are asked for in several."""


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
