"""The extended registers, 40101 to 40300: what the HAN2X map has no place for, each value with its sign and resolution.

They stand beside that map, on the same unit id and for the same function codes, as layout version 1. High word first.
What is not known is said: uint16 FFFF, int16 8000, uint32 FFFFFFFF, int32 80000000, uint64 all ones, texts of NUL.
40101 to 40160 are always there; the others follow `when_stale` as those of the HAN2X map do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from han2x.estimator import ENERGY_POWERS
from han2x.measurements import (
    CURRENTS,
    MICRO,
    PHASE_POWERS,
    POWERS,
    REACTIVE_POWERS,
    UNSCALED,
    VOLTAGES,
    Measurements,
)
from han2x.model import Quantity
from han2x.registers.table import (
    BITS16,
    S16,
    S32,
    U16,
    U32,
    U64,
    Block,
    Cell,
    Register,
    Source,
    Sources,
    constant,
    nearest,
    text,
)
from han2x.state import HourFigures

LAYOUT: Final = 1
"""Rises when a register changes its meaning; that one becomes known in a reserved register does not."""
FIRST: Final = 100
END: Final = 300
ENERGIES: Final = tuple(ENERGY_POWERS)
MAKERS: Final = (
    "unknown",
    "kamstrup",
    "aidon",
    "kaifa",
    "landis+gyr",
    "iskraemeco",
    "sagemcom",
    "elster",
    "sanxing",
    "elgama",
    "holley",
    "siemens",
    "easymeter",
    "nes",
)
"""By the number that a maker has for ever: a new one goes to the end."""

_MAKER_NUMBERS: Final = {maker: number for number, maker in enumerate(MAKERS)}


def _status(sources: Sources) -> int:
    snapshot, line = sources.whole or sources.snapshot, sources.line
    flags = {flag for estimate in snapshot.estimates.values() for flag in estimate.flags}
    bits = (
        not snapshot.stale,
        snapshot.readings > 0,
        Quantity.ACTIVE_ENERGY_IMPORT in snapshot.estimates,
        "bridged" in flags,
        "restored" in flags,
        line.is_open,
        line.locked,
        line.scale_doubted,
        line.clock_doubted,
        line.simulated,
        sources.device.keeps_nothing,
        sources.measured.phase_powers.estimated,
    )
    return sum(1 << number for number, is_set in enumerate(bits) if is_set)


def _age_ms(sources: Sources) -> int | None:
    last = sources.snapshot.last_reading_at
    return None if last is None else int((sources.snapshot.now - last) * 1000)


def _age_of_totals(sources: Sources) -> int | None:
    ages = [age for age in map((sources.whole or sources.snapshot).age, ENERGIES) if age is not None]
    return int(min(ages)) if ages else None


def _arrived(sources: Sources) -> int | None:
    last = sources.snapshot.last_reading_at
    return None if last is None else int(sources.device.unix_time - (sources.snapshot.now - last))


def _maker(sources: Sources) -> int:
    return _MAKER_NUMBERS.get(sources.snapshot.maker or "", 0)


def _nearest(micro: int | None, step: int) -> int | None:
    return None if micro is None else nearest(micro, step)


def _measured(value: Callable[[Measurements], int | None], step: int, *quantities: Quantity) -> Source:
    """A measured value in steps of `step` millionths, as old as the oldest of these quantities."""
    return Source(lambda sources: _nearest(value(sources.measured), step), quantities)


_SHARED_BY: Final = (*POWERS, *VOLTAGES, *CURRENTS)
"""What the power of a phase is made from, where the meter does not send it."""


def _power_of_phase(phase: int) -> Source:
    return _measured(lambda measured: measured.phase_powers.values[phase], MICRO, *PHASE_POWERS[phase], *_SHARED_BY)


def _current(phase: int) -> Source:
    return _measured(lambda measured: measured.currents[phase], 1000, *PHASE_POWERS[phase], *_SHARED_BY)


def _voltage(phase: int) -> Source:
    return _measured(lambda measured: measured.voltages[phase], 1000, VOLTAGES[phase])


def _total(energy: Quantity) -> Source:
    def value(sources: Sources) -> int | None:
        known = sources.measured.value(energy)
        return None if known is None else known // MICRO

    return Source(value, (energy,))


def _estimated(energy: Quantity) -> Source:
    def value(sources: Sources) -> int | None:
        known = sources.measured.estimate(energy)
        return None if known is None else known // MICRO

    return Source(value, energies=(energy,))


def _bar(energy: Quantity) -> Source:
    return Source(lambda sources: _nearest(sources.measured.estimate_bar(energy), MICRO // 10), energies=(energy,))


def _of_hour(value: Callable[[HourFigures], float | None], energy: Quantity = ENERGIES[0]) -> Source:
    """An energy of the clock hours in Wh, as old as the estimate that it comes from."""
    return Source(lambda sources: _scaled(value(sources.snapshot.hours), sources.factor), energies=(energy,))


def _net_of_hour(value: Callable[[HourFigures], float | None]) -> Source:
    """A net power in W, as old as the powers that it comes from."""
    return Source(lambda sources: _scaled(value(sources.snapshot.hours), sources.factor), POWERS)


def _scaled(value: float | None, factor: int) -> float | None:
    return None if value is None else value * factor / UNSCALED


_NET: Final = _measured(lambda measured: measured.net_power, MICRO, *POWERS)
_REACTIVE: Final = _measured(lambda measured: measured.net_reactive_power, MICRO, *REACTIVE_POWERS)
_APPARENT: Final = _measured(lambda measured: measured.apparent_power, MICRO, *POWERS, *REACTIVE_POWERS)
_POWER_FACTOR: Final = Source(lambda sources: sources.measured.power_factor, (*POWERS, *REACTIVE_POWERS))


def _text(value: Callable[[Sources], str | None]) -> Source:
    def shown(sources: Sources) -> Cell | None:
        return value(sources)

    return Source(shown)


# fmt: off
REGISTERS: Final[tuple[Register, ...]] = (
    Register(40101, "Version of this layout",                  U16,      "",          constant(LAYOUT)),
    Register(40102, "Status bits",                             BITS16,   "",          Source(_status)),
    Register(40103, "Age of the last good telegram",           U32,      "ms",        Source(_age_ms)),
    Register(40105, "Age of the meter's last totals",          U32,      "s",         Source(_age_of_totals)),
    Register(40107, "Good telegrams since start",              U32,      "",          Source(lambda sources: sources.snapshot.readings)),
    Register(40109, "Telegrams lost or refused since start",   U32,      "",          Source(lambda sources: sum(sources.snapshot.problems.values()))),
    Register(40111, "Gateway's clock, Unix time",              U32,      "s",         Source(lambda sources: int(sources.device.unix_time))),
    Register(40113, "Arrival of the last good telegram",       U32,      "s",         Source(_arrived)),
    Register(40115, "Maker",                                   U16,      "",          Source(_maker)),
    Register(40116, "Phases that the meter sends",             U16,      "1, 3",      Source(lambda sources: sources.measured.phases)),
    Register(40121, "Meter's number",                          text(16), "",          _text(lambda sources: sources.snapshot.meter_id)),
    Register(40137, "Meter's type",                            text(16), "",          _text(lambda sources: sources.snapshot.meter_type)),
    Register(40153, "List version",                            text(8),  "",          _text(lambda sources: sources.snapshot.list_version)),
    Register(40161, "Net active power",                        S32,      "W",         _NET,            scaled=True),
    Register(40163, "Net reactive power",                      S32,      "var",       _REACTIVE,       scaled=True),
    Register(40165, "Apparent power",                          U32,      "VA",        _APPARENT,       scaled=True),
    Register(40167, "Power factor",                            S16,      "÷ 1000",    _POWER_FACTOR),
    Register(40169, "Net active power L1",                     S32,      "W",         _power_of_phase(0), scaled=True),
    Register(40171, "Net active power L2",                     S32,      "W",         _power_of_phase(1), scaled=True),
    Register(40173, "Net active power L3",                     S32,      "W",         _power_of_phase(2), scaled=True),
    Register(40175, "Current L1, signed",                      S32,      "mA",        _current(0),     scaled=True),
    Register(40177, "Current L2, signed",                      S32,      "mA",        _current(1),     scaled=True),
    Register(40179, "Current L3, signed",                      S32,      "mA",        _current(2),     scaled=True),
    Register(40181, "Voltage L1",                              U32,      "mV",        _voltage(0)),
    Register(40183, "Voltage L2",                              U32,      "mV",        _voltage(1)),
    Register(40185, "Voltage L3",                              U32,      "mV",        _voltage(2)),
    Register(40201, "Active energy import",                    U64,      "Wh",        _total(ENERGIES[0]), scaled=True),
    Register(40205, "Active energy export",                    U64,      "Wh",        _total(ENERGIES[1]), scaled=True),
    Register(40209, "Reactive energy import",                  U64,      "varh",      _total(ENERGIES[2]), scaled=True),
    Register(40213, "Reactive energy export",                  U64,      "varh",      _total(ENERGIES[3]), scaled=True),
    Register(40217, "Active energy import, estimated",         U64,      "Wh",        _estimated(ENERGIES[0]), scaled=True),
    Register(40221, "Active energy export, estimated",         U64,      "Wh",        _estimated(ENERGIES[1]), scaled=True),
    Register(40225, "Reactive energy import, estimated",       U64,      "varh",      _estimated(ENERGIES[2]), scaled=True),
    Register(40229, "Reactive energy export, estimated",       U64,      "varh",      _estimated(ENERGIES[3]), scaled=True),
    Register(40233, "Error bar of the active energy import",   U32,      "0.1 Wh",    _bar(ENERGIES[0]), scaled=True),
    Register(40235, "Error bar of the active energy export",   U32,      "0.1 Wh",    _bar(ENERGIES[1]), scaled=True),
    Register(40237, "Error bar of the reactive energy import", U32,      "0.1 varh",  _bar(ENERGIES[2]), scaled=True),
    Register(40239, "Error bar of the reactive energy export", U32,      "0.1 varh",  _bar(ENERGIES[3]), scaled=True),
    Register(40241, "Active import of this clock hour",        U32,      "Wh",        _of_hour(lambda hour: hour.import_wh), scaled=True),
    Register(40243, "Active export of this clock hour",        U32,      "Wh",        _of_hour(lambda hour: hour.export_wh, ENERGIES[1]), scaled=True),
    Register(40245, "Active import expected of this hour",     U32,      "Wh",        _of_hour(lambda hour: hour.expected_wh), scaled=True),
    Register(40247, "Highest hour of this month",              U32,      "Wh",        _of_hour(lambda hour: hour.highest_wh), scaled=True),
    Register(40249, "Mean of the month's three highest hours", U32,      "Wh",        _of_hour(lambda hour: hour.mean_of_highest_wh), scaled=True),
    Register(40251, "Mean net power of the last full minute",  S32,      "W",         _net_of_hour(lambda hour: hour.minute_w), scaled=True),
    Register(40253, "Highest net power of this clock hour",    S32,      "W",         _net_of_hour(lambda hour: hour.highest_w), scaled=True),
)
# fmt: on

EXTENDED: Final = Block("extended", REGISTERS, FIRST, END, says_absent=True)
