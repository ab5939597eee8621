"""What is noticed in one meter's readings: steps of its energies, scales that they contradict, and which meter it is.

Pure: time is an argument.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Final

from han2x.estimator import Discontinuity
from han2x.gateway.scale_check import Doubt, ScaleCheck
from han2x.meters import Learned, Scales
from han2x.model import Event, Problem
from han2x.state import MeterState

DISCONTINUITIES_KEPT: Final = 20

Say = Callable[..., None]
"""Takes the moment, the level, the kind of line, its text and arguments, and logs each kind seldom enough."""


class Notices:
    """Takes readings after `state` has them; `scales` are those of the settings, `learned` what was found out."""

    def __init__(self, state: MeterState, scales: Callable[[], Scales], learned: Learned, say: Say) -> None:
        self.doubts: tuple[Doubt, ...] = ()
        self.discontinuities: deque[Discontinuity] = deque(maxlen=DISCONTINUITIES_KEPT)
        self._state = state
        self._scales = scales
        self._learned = learned
        self._say = say
        self._scale_check = ScaleCheck()
        self._meters = state.meters
        self._known: tuple[str | None, ...] = ()

    def forget_scales(self) -> None:
        """The settings give other scales."""
        self._scale_check, self.doubts = ScaleCheck(), ()

    def take_discontinuities(self, _event: Event, now: float) -> None:
        """Say which energies took a step."""
        for each in self._state.estimator.take_discontinuities():
            self.discontinuities.append(each)
            self._state.hours.stepped(each)
            text = f"the energy {each.quantity} takes a step: %s"
            self._say(now, logging.WARNING, f"step {each.quantity}", text, each.reason)

    def check_scales(self, event: Event, now: float) -> None:
        """Say which scales the readings contradict."""
        if isinstance(event, Problem):
            return
        if self._state.meters != self._meters:
            self._meters, self._known = self._state.meters, ()
            self.forget_scales()
        self._scale_check.add(event, now)
        if self._scale_check.doubts != self.doubts:
            self.doubts = self._scale_check.doubts
            for doubt in self.doubts:
                told = doubt.told(self._scales(), self._learned)
                self._say(now, logging.WARNING, f"scale {doubt.setting}", "%s", told)

    def log_identity(self, event: Event, now: float) -> None:
        """Say which meter it is."""
        if isinstance(event, Problem):
            return
        known = (event.maker, event.meter_id or (self._known[1] if self._known else None))
        if known != self._known:
            self._known = known
            kind = "identity" if known[1] else "maker"
            self._say(now, logging.INFO, kind, "receiving from %s meter %s", known[0], known[1] or "without id")
