"""What a meter draws and what its phases carry, as the contract has it."""

from __future__ import annotations

from typing import Final, Literal

from han2x.api.live import NetPower, PhaseLoad
from han2x.measurements import CURRENTS, MICRO, POWERS, VOLTAGES, Measurements
from han2x.state import Snapshot

PHASES: Final[tuple[Literal["L1"], Literal["L2"], Literal["L3"]]] = ("L1", "L2", "L3")


def net_power(snapshot: Snapshot, factor: int) -> NetPower:
    """Import less export, scaled by a factor in thousandths; the last that was known where it is not current."""
    now = Measurements(snapshot.current(), factor).net_power
    last = Measurements(snapshot, factor).net_power if now is None else now
    stale = now is None and (last is not None or any(map(snapshot.is_stale, POWERS)))
    ages = [age for each in POWERS if (age := snapshot.age(each)) is not None]
    return NetPower(
        w=_units(last, 1),
        age_s=round((max if stale else min)(ages), 1) if ages else None,
        stale=stale,
    )


def phase_loads(snapshot: Snapshot, factor: int, main_fuse_a: int | None) -> list[PhaseLoad]:
    """Each phase that the meter has; see `net_power`."""
    measured = Measurements(snapshot, factor)
    powers = Measurements(snapshot.current(), factor).phase_powers
    return [
        _phase_load(measured, index, None if powers.estimated else powers.values[index], main_fuse_a)
        for index in range(measured.phases or 0)
    ]


def _phase_load(measured: Measurements, index: int, power: int | None, main_fuse_a: int | None) -> PhaseLoad:
    snapshot, quantity = measured.snapshot, CURRENTS[index]
    current = measured.value(quantity)
    amperes = None if current is None else abs(current)
    age = snapshot.age(quantity)
    return PhaseLoad(
        phase=PHASES[index],
        voltage_v=_units(measured.value(VOLTAGES[index]), 1),
        current_a=_units(amperes, 3),
        power_w=_units(power, 1),
        direction=None if not power else "import" if power > 0 else "export",
        load_percent=round(amperes / MICRO / main_fuse_a * 100, 1) if amperes is not None and main_fuse_a else None,
        age_s=None if age is None else round(age, 1),
        stale=snapshot.is_stale(quantity),
    )


def _units(micro: int | None, decimals: int) -> float | None:
    return None if micro is None else round(micro / MICRO, decimals)
