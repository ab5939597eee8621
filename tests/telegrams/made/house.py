"""The houses that the made telegrams tell of, and what a reader is to find of them, worked out without any decoder.

All values are whole in the coarsest step that any meter sends (1 W, 0.1 A, 1 V, 10 Wh), so that every maker's telegram
tells the same.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from math import isqrt
from typing import Any

from han2x.simulator.household import Moment, Registers
from han2x.simulator.pushes import METER_ID, Sample

CLOCK = datetime.fromisoformat("2026-11-20T23:00:10")
HOUR = datetime.fromisoformat("2026-11-20T23:00:00")
COUNTER = 1701
ENERGIES_WH = (12_345_690.0, 600_030.0, 34_560.0, 456_780.0)

Elements = dict[str, dict[str, Any]]


def _sample(powers_w: tuple[tuple[int, int], ...], currents_ma: tuple[int, ...], voltages_v: tuple[int, ...]) -> Sample:
    powers = tuple((1000 * active, 1000 * reactive) for active, reactive in powers_w)
    registers = Registers.starting_at(ENERGIES_WH, len(powers))
    moment = Moment(0, powers, tuple(1000 * volt for volt in voltages_v), currents_ma, registers)
    return Sample(CLOCK, moment, registers, HOUR, COUNTER)


IMPORTING = _sample(((1200, 300), (800, -100), (450, 50)), (5400, 3500, 2000), (231, 229, 232))
EXPORTING = _sample(((-1500, -100), (300, 0), (-800, -50)), (6600, 1300, 3500), (238, 233, 236))
ONE_PHASE = _sample(((1450, -90),), (6300,), (230,))


def element(value: int | Decimal | str, unit: str | None = None) -> dict[str, Any]:
    """One expected element. A decimal is written as a float, which is read as the same decimal again."""
    number = float(value) if isinstance(value, Decimal) else value
    return {"value": number} if unit is None else {"value": number, "unit": unit}


def identity(
    version: tuple[str, str] | None, meter_id: tuple[str, str | int], kind: tuple[str, str] | None
) -> Elements:
    """The texts of a list, each with its code."""
    return {code: element(value) for code, value in filter(None, (version, meter_id, kind))}


def clock(sample: Sample, code: str) -> Elements:
    """When the registers are from."""
    return {code: element(sample.list_clock.isoformat())}


def powers(sample: Sample, prefix: str) -> Elements:
    """The sums of all phases: import and export, active and reactive."""
    return _four(prefix, 0, sample.moment.active_mw // 1000, sample.moment.reactive_mvar // 1000)


def phase_powers(sample: Sample, prefix: str) -> Elements:
    """The same of each phase."""
    found: Elements = {}
    for phase, (active, reactive) in enumerate(sample.moment.powers, 1):
        found |= _four(prefix, 20 * phase, active // 1000, reactive // 1000)
    return found


def active_phase_powers(sample: Sample, prefix: str) -> Elements:
    """The active powers of each phase."""
    return {code: found for code, found in phase_powers(sample, prefix).items() if found["unit"] == "W"}


def _four(prefix: str, group: int, active: int, reactive: int) -> Elements:
    shares = (max(active, 0), max(-active, 0), max(reactive, 0), max(-reactive, 0))
    return {
        f"{prefix}:{group + place}.7.0.255": element(share, "W" if place <= 2 else "var")
        for place, share in enumerate(shares, 1)
    }


def currents(sample: Sample, prefix: str, *, signed: bool = False) -> Elements:
    """The currents; `signed` as Aidon sends them, negative in a phase that exports."""
    found: Elements = {}
    for number, (current, (active, _)) in enumerate(
        zip(sample.moment.currents_ma, sample.moment.powers, strict=True), 1
    ):
        sign = -1 if signed and active < 0 else 1
        found[f"{prefix}:{11 + 20 * number}.7.0.255"] = element(Decimal(sign * current) / 1000, "A")
    return found


def voltages(sample: Sample, prefix: str) -> Elements:
    """The voltages."""
    return {
        f"{prefix}:{12 + 20 * phase}.7.0.255": element(voltage // 1000, "V")
        for phase, voltage in enumerate(sample.moment.voltages_mv, 1)
    }


def energies(prefix: str) -> Elements:
    """The four totals."""
    return {
        f"{prefix}:{group}.8.0.255": element(int(energy), "Wh" if group <= 2 else "varh")
        for group, energy in enumerate(ENERGIES_WH, 1)
    }


def phase_energies(sample: Sample, prefix: str) -> Elements:
    """The active energies of each phase, an even share of the totals."""
    phases = len(sample.moment.powers)
    return {
        f"{prefix}:{20 * phase + group}.8.0.255": element(int(energy) // phases, "Wh")
        for phase in range(1, phases + 1)
        for group, energy in enumerate(ENERGIES_WH[:2], 1)
    }


def power_factors(sample: Sample, prefix: str) -> Elements:
    """Active over apparent power, cut to hundredths, of each phase and of all."""
    found = {13: (sample.moment.active_mw, sample.moment.reactive_mvar)}
    found |= {13 + 20 * phase: powers for phase, powers in enumerate(sample.moment.powers, 1)}
    return {f"{prefix}:{group}.7.0.255": element(_power_factor(*powers), "1") for group, powers in found.items()}


def _power_factor(active: int, reactive: int) -> Decimal:
    return Decimal(isqrt(10_000 * active**2 // (active**2 + reactive**2))) / 100


def list_identity(maker: str, phases: int) -> Elements:
    """The texts that a maker's longer lists begin with."""
    kinds = {
        "kamstrup": {1: "6861111BN000000017", 3: "6841131BN000000017"},
        "aidon": {1: "6515", 3: "6534"},
        "kaifa": {1: "MA105H2E", 3: "MA304H4"},
    }
    kind = kinds[maker][phases]
    if maker == "kamstrup":
        version = ("list_version_id", "Kamstrup_V0001")
        return identity(version, ("1-1:0.0.5.255", METER_ID), ("1-1:96.1.1.255", kind))
    version = ("1-1:0.2.129.255", {"aidon": "AIDON_V0001", "kaifa": "KFM_001"}[maker])
    return identity(version, ("0-0:96.1.0.255", METER_ID), ("0-0:96.1.7.255", kind))
