"""Readings made by hand, in whole units, for tests of what comes after the decoder."""

from __future__ import annotations

from datetime import datetime

from han2x.model import MeterTime, PushList, Quantity, Reading

NOW = 1_700_000_000.0

FULL_LIST: dict[Quantity, float] = {
    Quantity.ACTIVE_POWER_IMPORT: 1234,
    Quantity.ACTIVE_POWER_EXPORT: 0,
    Quantity.REACTIVE_POWER_IMPORT: 17,
    Quantity.REACTIVE_POWER_EXPORT: 233,
    Quantity.CURRENT_L1: 2.3,
    Quantity.CURRENT_L2: 16.09,
    Quantity.CURRENT_L3: 0.01,
    Quantity.VOLTAGE_L1: 239,
    Quantity.VOLTAGE_L2: 230.44,
    Quantity.VOLTAGE_L3: 230.46,
}
HOURLY_LIST: dict[Quantity, float] = {
    **FULL_LIST,
    Quantity.ACTIVE_ENERGY_IMPORT: 155_232_510,
    Quantity.ACTIVE_ENERGY_EXPORT: 10,
    Quantity.REACTIVE_ENERGY_IMPORT: 999,
    Quantity.REACTIVE_ENERGY_EXPORT: 1_000,
}


def a_time(text: str = "2026-11-20T23:45:10") -> MeterTime:
    """A meter's clock."""
    return MeterTime(datetime.fromisoformat(text))


def a_reading(
    values: dict[Quantity, float] | None = None,
    *,
    time: str = "2026-11-20T23:45:10",
    meter_id: str | None = "5700000000000001",
) -> Reading:
    """A Kamstrup reading of these values, given in whole units."""
    milli = {quantity: round(value * 1000) for quantity, value in (FULL_LIST if values is None else values).items()}
    hourly = Quantity.ACTIVE_ENERGY_IMPORT in milli
    return Reading(
        offset=0,
        maker="kamstrup",
        push_list=PushList.LIST_2 if hourly else PushList.LIST_1,
        values=milli,
        meter_id=meter_id,
        meter_type="6841121BN243101040",
        list_version="Kamstrup_V0001",
        header_time=a_time(time),
        register_time=a_time(time) if hourly else None,
        energy_step=10_000 if hourly else None,
    )
