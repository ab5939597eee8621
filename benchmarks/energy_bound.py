"""What bounds the energies between the meter's totals: `python benchmarks/energy_bound.py`.

Three bounds, on the households of `energy.py`, each begun at six seconds of the hour so that its figures lean less on
chance than those of one run:

- sampling: the trapezoid rule over the meter's powers, set right by the unrounded register of each hour;
- exact: the same sum, and all that its rounded registers can tell of it: the whole distribution of the offset is
  carried along, from window to window, at the instant that is known to be the register's;
- outage: the trapezoid rule over a silence, by what was sampled just before and just after it.

What `energy.py` measures above the first is the rounding of the registers; above the second, it is ours.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from numpy.typing import NDArray

from benchmarks.energy import BIG_WH, Homes, sets_of_homes, share
from benchmarks.energy_meter import KINDS, Kind, household
from benchmarks.energy_play import FIRST_HOUR

Figures = NDArray[np.floating[Any]]
PHASES = range(0, 3600, 600)
GRID_WH = 0.1
HALF_GRID_WH = 60.0
SAMPLE_S = 1.0
LEAST_WH2 = 1e-3
DELAY_S = 0.15  # beyond what the octets take


@dataclass(frozen=True)
class Samples:
    """A household as a meter tells it: truth (Wh) each second, instants (s), powers (W), their sum and its variance."""

    energies: Figures
    at: Figures
    powers: Figures
    sums: Figures
    variances: Figures

    @classmethod
    def of(cls, energies: Figures, kind: Kind) -> Samples:
        """What a kind of meter samples of a household."""
        every = kind.short_every or 10.0
        at = np.arange(1, int((len(energies) - 2) // every)) * every
        powers = np.round((_between(energies, at) - _between(energies, at - SAMPLE_S)) * 3600)
        steps = np.diff(powers) * (every - SAMPLE_S) / 3600
        sums = np.concatenate([[0.0], np.cumsum((powers[1:] + powers[:-1]) / 2 * every / 3600)])
        variances = np.concatenate([[0.0], np.cumsum(steps * steps / 12)])
        return cls(energies, at - SAMPLE_S / 2, powers, sums, variances)

    def sum_at(self, second: float) -> tuple[float, float]:
        """The sum up to a second, and its variance."""
        return float(np.interp(second, self.at, self.sums)), float(np.interp(second, self.at, self.variances))

    def heard_at(self, second: float, octets: int) -> float:
        """The sum up to a second by what has been received until then."""
        last = int(np.searchsorted(self.at + SAMPLE_S / 2 + octets / 240 + DELAY_S, second, side="right")) - 1
        return float(self.sums[last] + self.powers[last] * (second - self.at[last]) / 3600)


def _between(energies: Figures, at: Figures) -> Figures:
    between: Figures = np.interp(at, np.arange(len(energies)), energies)
    return between


class Offset:
    """The distribution of register minus sum, on a grid."""

    def __init__(self, register: float, step: int, energy: float) -> None:
        self._grid = np.arange(-HALF_GRID_WH, HALF_GRID_WH, GRID_WH)
        self._weights: Figures = np.zeros_like(self._grid)
        self._base = 0.0
        self._begin(register, step, energy)

    @property
    def mean(self) -> float:
        """The mean, in Wh."""
        return self._base + float((self._weights * self._grid).sum())

    def narrow(self, register: float, step: int, energy: float, variance: float) -> None:
        """Take a register, after the sum's variance has grown."""
        spread = math.sqrt(variance + LEAST_WH2)
        reach = min(math.ceil(5 * spread / GRID_WH), len(self._grid) // 2 - 1)
        kernel = np.exp(-((np.arange(-reach, reach + 1) * GRID_WH / spread) ** 2) / 2)
        wider = np.convolve(self._weights, kernel / kernel.sum(), "same")
        cells = round(float((wider * self._grid).sum() / wider.sum()) / GRID_WH)
        wider, self._base = np.roll(wider, -cells), self._base + cells * GRID_WH
        at = energy + self._base + self._grid
        left = wider * ((at >= register) & (at < register + step))
        if left.sum() < 1e-12:
            self._begin(register, step, energy)
        else:
            self._weights = left / left.sum()

    def _begin(self, register: float, step: int, energy: float) -> None:
        self._base = register + step / 2 - energy
        self._weights[:] = abs(self._grid) < step / 2
        self._weights /= self._weights.sum()


def hours(samples: Samples, kind: Kind) -> list[tuple[float, float, float]]:
    """Per full hour: error of the sampling bound, error of the exact bound, energy of the hour, all in Wh."""
    octets = kind.octets[0] or kind.octets[1]
    rows, offset, before, drawn = [], None, 0.0, 0.0
    for hour in range(1, (len(samples.energies) - 20) // 3600 + 1):
        second = 3600 * hour
        true = samples.energies[second]
        if offset is not None and hour >= FIRST_HOUR:
            heard = samples.heard_at(second, octets)
            rows.append((heard + drawn - true, heard + offset.mean - true, true - samples.energies[second - 3600]))
        at_register = float(_between(samples.energies, np.array([second + kind.register_at]))[0])
        energy, variance = samples.sum_at(second + kind.register_at)
        register = kind.step * math.floor(at_register / kind.step)
        if offset is None:
            offset = Offset(register, kind.step, energy)
        else:
            offset.narrow(register, kind.step, energy, variance - before)
        before, drawn = variance, at_register - energy
    return rows


def outages(samples: Samples, seconds: int, noise: np.random.Generator, count: int = 2000) -> Figures:
    """The errors in Wh of a straight line over silences of so many seconds."""
    every = samples.at[1] - samples.at[0]
    steps = math.ceil(seconds / every)
    first = noise.integers(100, len(samples.at) - steps - 100, count)
    last = first + steps
    told = (samples.powers[first] + samples.powers[last]) / 2 * steps * every / 3600
    true = _between(samples.energies, samples.at[last]) - _between(samples.energies, samples.at[first])
    wrong: Figures = np.abs(told - true)
    return wrong


def line(name: str, errors: Figures, energies: Figures) -> str:
    """One line of the table."""
    wrong = np.abs(errors)
    return (
        f"  {name:9s} rms {np.sqrt(np.mean(wrong**2)):6.2f}   p95 {np.percentile(wrong, 95):6.2f} Wh"
        f"   {share(errors, energies):5.2f} %"
    )


def main() -> None:
    for origin, homes in sets_of_homes().items():
        print(f"\n=== {origin}")
        bounds(homes)


def bounds(homes: Homes) -> None:
    """Print all bounds of five households."""
    noise = np.random.default_rng(1)
    energies = {home: household(home).energies[:, 0] for home in homes}
    shifts = {(home, phase): noise.uniform(0, 10) for home in homes for phase in PHASES}
    print(f"at the full hour: rms, 95th percentile, and 95th percentile of the share of hours above {BIG_WH} Wh")
    for name, kind in KINDS.items():
        everything = [
            row
            for (home, phase), shift in shifts.items()
            for row in hours(Samples.of(energies[home][phase:] + shift, kind), kind)
        ]
        sampling, exact, consumed = np.array(everything).T
        print(f"{name}: {len(consumed)} hours")
        print(line("sampling", sampling, consumed))
        print(line("exact", exact, consumed))
    print("energy of a silence by a straight line: median and 95th percentile of the error")
    for name in ("kamstrup", "kaifa"):
        for seconds in (60, 600):
            wrong = np.concatenate([outages(Samples.of(energies[h], KINDS[name]), seconds, noise) for h in homes])
            print(
                f"  {name:9s} {seconds:4d} s   median {np.median(wrong):5.2f}   p95 {np.percentile(wrong, 95):6.1f} Wh"
            )


if __name__ == "__main__":
    main()
