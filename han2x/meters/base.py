"""What the makers' modules have in common: what they hand on, and the scales that no telegram tells."""

from __future__ import annotations

from dataclasses import dataclass, field

from han2x.model import MeterTime, PushList, Quantity


@dataclass(frozen=True, slots=True)
class Scales:
    """What a Kamstrup meter's counts mean, which the meter does not send.

    `kamstrup_energy_mwh` is mWh or mvarh, `kamstrup_current_ma` mA, and `kamstrup_voltage_mv` mV for each count; None
    finds the voltage's scale from its value.
    """

    kamstrup_energy_mwh: int = 10_000
    kamstrup_current_ma: int = 10
    kamstrup_voltage_mv: int | None = None


@dataclass(slots=True)
class ListContent:
    """What a list says, as `Reading` tells it, without what only the frame around it knows."""

    maker: str
    push_list: PushList
    values: dict[Quantity, int] = field(default_factory=dict)
    meter_id: str | None = None
    meter_type: str | None = None
    list_version: str | None = None
    register_time: MeterTime | None = None
    energy_step: int | None = None
