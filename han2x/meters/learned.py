"""What is learned of one meter from its telegrams and holds for the next: how it names itself, and its scales.

Some meters send several lists in turn, of which one has the meter's number and the other its logical device name; both
have to stand for the same meter. And some send counts without a scale, which only a load tells: what one telegram has
shown is kept for those that show nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from han2x.meters.makers import maker_of

POSSIBLE_MILLI: Final = (1, 10, 100, 1000)


class Learned:
    """Of the meter on one line. `voltage_mv` and `current_ma` are mV and mA for each count, None before they are found.

    All is forgotten as soon as a telegram names another meter.
    """

    def __init__(self) -> None:
        self.number: str | None = None
        self.device: str | None = None
        self.sender: bytes | None = None
        self.voltage_mv: int | None = None
        self.current_ma: int | None = None

    def name(self, number: str | None = None, device: str | None = None, sender: bytes = b"") -> str | None:
        """The id of the meter whose telegram gives these names: its number, or its device name where it has none."""
        if _differ(number, self.number) or _differ(device, self.device) or _differ(sender, self.sender):
            self.forget()
        self.number = number or self.number
        self.device = device or self.device
        self.sender = sender or self.sender
        return (number or self.number or device) if number or device else None

    @property
    def maker(self) -> str:
        """The maker that the names tell, also those that the last telegram left out."""
        return maker_of(self.sender, self.device, self.number)

    def forget(self) -> None:
        """Forget everything: another meter hangs on the line."""
        self.number = self.device = self.sender = self.voltage_mv = self.current_ma = None

    def dump(self) -> dict[str, str | int | None]:
        """What has to survive a restart, as JSON has it."""
        return {
            "number": self.number,
            "device": self.device,
            "sender": self.sender.hex() if self.sender else None,
            "voltage_mv": self.voltage_mv,
            "current_ma": self.current_ma,
        }

    def restore(self, data: object) -> None:
        """Take back what `dump` gave in an earlier run; what it cannot have given is left out."""
        kept: Mapping[str, Any] = data if isinstance(data, dict) else {}
        names = [kept.get(each) for each in ("number", "device", "sender")]
        self.number, self.device, sender = (name if isinstance(name, str) else None for name in names)
        try:
            self.sender = bytes.fromhex(sender or "") or None
        except ValueError:
            self.sender = None
        scales = [kept.get(each) for each in ("voltage_mv", "current_ma")]
        self.voltage_mv, self.current_ma = (
            scale if type(scale) is int and scale in POSSIBLE_MILLI else None for scale in scales
        )


def _differ(name: str | bytes | None, known: str | bytes | None) -> bool:
    return bool(name and known and name != known)
