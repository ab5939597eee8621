"""One energy of a meter: the sum of its powers, anchored to its register, and what is published of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from han2x.estimator.discontinuity import DiscontinuityCause
from han2x.estimator.integral import HOUR_S, PowerIntegral
from han2x.estimator.output import VALID_S, Output
from han2x.estimator.window import Anchor, Place

BRIDGED_S = 30.0
BAR_SCALE = 1.5  # what loads do beyond the model of single edges, measured on traces of households
SPARE_S = 75.0  # of the present power, for the minute until the next dump
SPARE_WH = 2.0
LIMIT_W = 1e6  # no meter with a HAN port measures more, current transformers included


class Channel:
    """The estimate of one energy. Line times and `now` in seconds, energies in Wh, powers in W.

    A `durable` one publishes no more than what is known to be kept for a restart (`confirm`).
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._sum = PowerIntegral()
        self._anchor: Anchor | None = None
        self._output = Output()
        self._register: tuple[float, float] | None = None  # line time and Wh of the last one
        self._sampled: float | None = None  # now of the last sample
        self._heard: float | None = None  # now of the last telegram with its power, late or repeated ones too
        self._registered: float | None = None  # now of the last register
        self._bridged = False
        self._restored = False
        self._set_aside: float | None = None  # Wh up to which may be published before the next dump
        self._durable = durable
        if durable:
            self._output.limit = None

    @property
    def by_power(self) -> bool:
        """Whether a power moves it; else only its register does."""
        return self._sum.last is not None

    @property
    def fed_at(self) -> float | None:
        """The moment of the last telegram, in this run, with what moves it."""
        return self._heard if self.by_power else self._registered

    def sample(self, at: float, power: float, now: float) -> None:
        """Take the power at a line time."""
        last = self._sum.last
        if last is not None and at - last.at > BRIDGED_S:
            self._bridged = True
        self._sum.add(at, power)
        self._sampled = self._heard = now

    def heard(self, now: float) -> None:
        """Its power came, but is no news: the telegram was late, or came twice."""
        self._heard = now

    def register(
        self, instants: tuple[float, float], register: float, step: float, beliefs: tuple[float, float], now: float
    ) -> DiscontinuityCause | None:
        """Take a register in steps of `step` Wh that belongs to one of two line times, and came at the moment `now`.

        `beliefs` is what speaks for each of the two before any register has. Returns why the register is no
        successor of the last one, if it is none.
        """
        places = [self._place(instant) for instant in instants]
        known = [place for place in places if place is not None]
        if len(known) != len(places):
            return None
        cause = self._discontinuity(instants[0], register, step)
        self._register, self._registered = (instants[0], register), now
        if cause is not None or self._anchor is None:
            self._anchor = Anchor.first(known, register, step, beliefs)
        else:
            self._anchor.narrow(known, register, step)
        self._bridged = self._restored = False
        if cause is not None:
            self._output.value = None
        return cause

    def publish(self, line_now: float, now: float) -> None:
        """Set what is published from now on."""
        estimate = self._estimate(line_now)
        if estimate is None:
            return
        last = self._sum.last
        heard = self._sampled is not None and now - self._sampled <= VALID_S
        self._output.follow(estimate, last.power if last and heard else 0.0, now)

    def at(self, line_now: float, now: float) -> tuple[float, float] | None:
        """The published energy and its error bar at a moment."""
        value = self._output.at(now)
        if value is None:
            return None
        return value, self._bar(line_now, value)

    def flags(self, now: float) -> tuple[str, ...]:
        """What a reader should know about the value at a moment."""
        flags = []
        if self._sampled is None or now - self._sampled > VALID_S:
            flags.append("stale")
        if self._bridged:
            flags.append("bridged")
        if self._restored:
            flags.append("restored")
        return tuple(flags)

    def outgrown(self, now: float) -> bool:
        """Whether what is to be published at that moment is more than the last dump set aside."""
        value = self._output.wanted(now)
        return value is not None and (self._set_aside is None or value > self._set_aside)

    def dump(self, now: float, running: bool) -> dict[str, Any]:
        """What must survive a restart; `running` sets aside what will be published in the next minute."""
        limit = self._output.limit
        published = self._output.wanted(now) if limit is None else self._output.at(now)
        last = self._sum.last
        if running and published is not None:
            published += SPARE_WH + SPARE_S * (last.power if last else 0.0) / HOUR_S
        self._set_aside = published
        if self._durable and limit is not None and published is not None:
            # Whichever of the two is on the disk when the power goes: no client has seen more.
            self._output.limit = min(limit, published)
        return {
            "sum": self._sum.dump(),
            "anchor": self._anchor.dump() if self._anchor else None,
            "published": published,
            "register": list(self._register) if self._register else None,
        }

    def confirm(self, *, kept: bool) -> None:
        """The last dump is on the disk, so that what it set aside may be published; or it cannot be had there."""
        if self._durable and self._set_aside is not None:
            self._output.limit = self._set_aside if kept else math.inf

    def restore(self, data: Mapping[str, Any], now: float) -> None:
        """Take back what `dump` gave."""
        self._sum.restore(data["sum"])
        self._anchor = Anchor.restore(data["anchor"]) if data["anchor"] else None
        published, register = data["published"], data["register"]
        if published is not None and self._anchor is None:
            raise ValueError("an energy was published without a register")
        self._set_aside = None if published is None else float(published)
        self._output.set(self._set_aside, now)
        if self._durable:
            self._output.limit = self._set_aside
        self._register = None if register is None else (float(register[0]), float(register[1]))
        self._restored = True

    def _place(self, instant: float) -> Place | None:
        if self._sum.last is None:
            return Place(instant, 0.0, 0.0)
        # Without an anchor the first register has to do, though no power was heard between its instant and the list.
        return self._sum.at(instant) or (self._sum.before(instant) if self._anchor is None else None)

    def _estimate(self, line_now: float) -> float | None:
        if self._anchor is None:
            return None
        last = self._sum.last
        if last is None:
            return self._anchor.mean
        ahead = max(min(line_now - last.at, VALID_S), 0.0)
        return last.energy + self._anchor.mean + last.power * ahead / HOUR_S

    def _bar(self, line_now: float, value: float) -> float:
        estimate = self._estimate(line_now)
        assert estimate is not None  # noqa: S101 - what is published had an estimate
        assert self._anchor is not None  # noqa: S101
        last = self._sum.last
        if last is None:
            return BAR_SCALE * math.sqrt(self._anchor.variance_at(Place(0.0, 0.0, 0.0)))
        behind = estimate - value
        age = line_now - last.at
        silent = max(age - VALID_S, 0.0)
        extrapolated = (0.25 * last.power * min(age, VALID_S) + (0.6 * last.power + 50.0) * silent) / HOUR_S
        known = BAR_SCALE * BAR_SCALE * self._anchor.variance_at(Place(last.at, last.energy, last.variance))
        return math.sqrt(known + behind * behind + extrapolated * extrapolated)

    def _discontinuity(self, instant: float, register: float, step: float) -> DiscontinuityCause | None:
        if self._register is None or self._anchor is None:
            return None
        before_at, before = self._register
        if register < before:
            return DiscontinuityCause.REGISTER_WENT_BACK
        if register - before - step > LIMIT_W * (instant - before_at) / HOUR_S:
            return DiscontinuityCause.REGISTER_JUMPED
        return None
