"""What a register says about the sum of the powers: that the energy lies in a window one step wide.

A register that shows R in steps of q is an energy in [R, R + q). The offset between register and sum is therefore never
known exactly, but each list narrows it. This is a Kalman filter of one state with interval observations: the offset is
a normal distribution whose variance grows with that of the sum, is truncated to the window, and is replaced by the
normal one of the same first two moments (moment matching of a truncated normal; Johnson, Kotz and Balakrishnan,
"Continuous Univariate Distributions", volume 1, chapter 13).

The constants below follow from no theory: they are tuned on the households and the log of `benchmarks/energy.py`, which
shows what a change of one does to the error and to how often the bar holds.

To which instant a register belongs, documents and measurements tell differently. There are two beliefs, each with an
offset of its own and with the credit of how likely the registers were under it; the offset is the mean of both, weighed
by their credits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import NamedTuple

SURPRISE = 1.5  # deviations; a register further off shows that the sum is more uncertain than it was thought to be
DRIFT = 1e-4  # of the energy: how far the scale of the powers may be off from that of the registers
WANDER_WH2 = 0.01 / 3600  # a second: what else may happen
FORGET = 0.995  # of the credit, at each register: a meter's firmware may change
LEAST_CREDIT = -20.0
HOUR_S = 3600.0
LEARN = 0.1  # weight given to each new hour's evidence
USUAL_SHARE = 0.2  # of the usual growth of the variance, in hours whose samples show less: loads come and go unseen
MOST_UNUSUAL = 10.0  # times the usual, or the least that is usual: what an outage adds is none of it
LEAST_USUAL = 1.0 / 3600  # Wh² a second
MOST_SURPRISE = 25.0
SCALES = (1.0, 50.0)


class Place(NamedTuple):
    """A line time in seconds, and the sum of the powers there: Wh and its variance in Wh²."""

    at: float
    energy: float
    variance: float


@dataclass(slots=True)
class Offset:
    """Register minus sum under one belief: mean in Wh, variance in Wh², credit, and the place of the last register.

    `usual` is how the variance of the sum grows in Wh² a second, `scale` by how much the registers show that to be too
    little.
    """

    mean: float
    variance: float
    credit: float
    at: float
    energy: float
    spread: float
    usual: float = 0.0
    scale: float = 1.0

    @classmethod
    def first(cls, place: Place, register: float, step: float, credit: float) -> Offset:
        """The offset when a register is all that is known. A register of 0 without a load so far has never moved."""
        middle = step / 2 if register > 0 or place.energy > 0 else 0.0
        return cls(register + middle - place.energy, step * step / 12, credit, *place)

    def narrow(self, place: Place, register: float, step: float) -> None:
        """Take a register of `register` Wh in steps of `step` Wh that belongs to a place."""
        seconds, _ = self._since(place)
        drift = DRIFT * (place.energy - self.energy)
        variance = self.variance_at(place) + drift * drift + WANDER_WH2 * seconds
        expected = place.energy + self.mean
        outside = max(register - expected, expected - register - step)
        deviation = math.sqrt(variance)
        credit = math.log(max(_likely((register - expected) / deviation, step / deviation), math.exp(LEAST_CREDIT)))
        deviation = max(deviation, outside / SURPRISE)
        low = (register - expected) / deviation
        high = low + step / deviation
        likely = _likely(low, step / deviation)
        at_low, at_high = _density(low), _density(high)
        shift = (at_low - at_high) / likely
        left = 1 + (low * at_low - high * at_high) / likely - shift * shift
        self.mean += shift * deviation
        self.variance = deviation * deviation * max(left, 1e-6)
        self.credit = FORGET * self.credit + credit
        self._learn(place, (shift * shift + left) * deviation * deviation / variance)
        self.at, self.energy, self.spread = place

    def variance_at(self, place: Place) -> float:
        """The variance in Wh² of register minus sum at a later place."""
        seconds, grown = self._since(place)
        return self.variance + self.scale * (grown + USUAL_SHARE * self.usual * seconds)

    def _since(self, place: Place) -> tuple[float, float]:
        """Seconds since the last register, and by how much the variance of the sum has grown in them."""
        return max(place.at - self.at, 0.0), max(place.variance - self.spread, 0.0)

    def _learn(self, place: Place, surprise: float) -> None:
        """Learn from how a register's surprise compares to the 1 that is its mean while the variance is right."""
        seconds, grown = self._since(place)
        if seconds <= 0:
            return
        part = LEARN * min(seconds / HOUR_S, 1.0)
        self.usual += part * (min(grown / seconds, MOST_UNUSUAL * max(self.usual, LEAST_USUAL)) - self.usual)
        least, most = SCALES
        self.scale = min(max(self.scale * (1 + part * (min(surprise, MOST_SURPRISE) - 1)), least), most)


class Anchor:
    """The offset between registers and sum, under both beliefs: `mean` is register minus sum, in Wh."""

    mean: float

    def __init__(self, offsets: Sequence[Offset]) -> None:
        self._offsets = list(offsets)
        self._weigh()

    @classmethod
    def first(cls, places: Sequence[Place], register: float, step: float, credits_: Sequence[float]) -> Anchor:
        """The anchor that a first register gives: a place under each belief, and what speaks for each beforehand."""
        pairs = zip(places, credits_, strict=True)
        return cls([Offset.first(place, register, step, credit) for place, credit in pairs])

    def narrow(self, places: Sequence[Place], register: float, step: float) -> None:
        """Take a further register."""
        for offset, place in zip(self._offsets, places, strict=True):
            offset.narrow(place, register, step)
        self._weigh()

    def variance_at(self, place: Place) -> float:
        """The variance in Wh² of register minus sum at a place since the last register."""
        mean = self.mean
        return sum(weight * (offset.variance_at(place) + (offset.mean - mean) ** 2) for weight, offset in self._weighed)

    def dump(self) -> list[list[float]]:
        """What must survive a restart."""
        return [list(astuple(offset)) for offset in self._offsets]

    @classmethod
    def restore(cls, data: Sequence[Sequence[float]]) -> Anchor:
        """Take back what `dump` gave."""
        return cls([Offset(*(float(figure) for figure in offset)) for offset in data])

    def _weigh(self) -> None:
        """Weigh the beliefs by what speaks for each, which changes with a register only."""
        best = max(offset.credit for offset in self._offsets)
        weights = [math.exp(offset.credit - best) for offset in self._offsets]
        self._weighed = [(weight / sum(weights), offset) for weight, offset in zip(weights, self._offsets, strict=True)]
        self.mean = sum(weight * offset.mean for weight, offset in self._weighed)


def _likely(low: float, width: float) -> float:
    """How likely a standard normal value lies between `low` and `low + width`."""
    high = low + width
    if low > 0:
        low, high = -high, -low
    return max(0.5 * (math.erf(high / math.sqrt(2)) - math.erf(low / math.sqrt(2))), 1e-300)


def _density(x: float) -> float:
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)
