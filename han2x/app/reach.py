"""The change of where, or by whom, page and Modbus are reached: at most one is on trial until it is confirmed. Pure.

Such a change is in force at once and in the settings file only when somebody has confirmed it, so that whatever ends
the trial, a power cut too, leaves what worked before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from secrets import compare_digest
from typing import Any, Final

from han2x.app.page_places import Place
from han2x.settings import Settings

REACH: Final[Mapping[str, Sequence[str]]] = {
    "web": ("enabled", "listen", "https", "https_listen", "https_only", "certificate", "key", "allow", "host_names"),
    "modbus": ("listen", "allow", "tls_listen", "tls_certificate", "tls_key", "tls_client_authority"),
}
"""The settings that say where and by whom page and Modbus are reached."""

CONFIRM_WITHIN_S: Final = 120
NOTE: Final = "reach-trial"
"""What the state directory has while a change is on trial, so that the next start can say what became of it."""

Path = tuple[str | int, ...]


class Ending(StrEnum):
    """How a trial ended."""

    CONFIRMED = "confirmed"
    ROLLED_BACK = "rolled-back"
    EXPIRED = "expired"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Trial:
    """A change that waits. `values` are what the settings file gets when it is kept, None for a key that is left out.

    `settings` are those that were wanted, as far as `values` go; where `proving` names places of the page, it is
    confirmed at one of them, else anywhere. `begun` is on the clock's scale, `within_s` how long it waits.
    """

    token: str
    values: Mapping[Path, Any]
    settings: Settings
    proving: tuple[Place, ...]
    begun: float
    within_s: int

    def remaining_s(self, now: float) -> float:
        """Seconds that are left."""
        return max(0.0, self.begun + self.within_s - now)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the last trial ended, and of what: dotted paths."""

    token: str
    ending: Ending
    paths: tuple[str, ...]


class NoSuchTrialError(Exception):
    """No change with this token is on trial."""


class Reach:
    """The change on trial, and how the last one ended."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.trial: Trial | None = None
        self.outcome: Outcome | None = None

    def begin(
        self, token: str, values: Mapping[Path, Any], settings: Settings, proving: tuple[Place, ...], within_s: int
    ) -> Trial:
        """Put a change on trial. One at a time: see `trial` first."""
        if self.trial is not None:
            raise RuntimeError("a change is on trial already")
        self.trial = Trial(token, values, settings, proving, self._clock(), within_s)
        return self.trial

    def remaining_s(self) -> float:
        """Seconds that are left to confirm; 0 without a trial."""
        return self.trial.remaining_s(self._clock()) if self.trial else 0.0

    def mine(self, token: str) -> Trial:
        """The change on trial, for who knows its token.

        Raises:
            NoSuchTrialError: it is not, or no longer, on trial.
        """
        if self.trial is None or not compare_digest(self.trial.token.encode(), token.encode(errors="replace")):
            raise NoSuchTrialError
        return self.trial

    def end(self, ending: Ending) -> None:
        """No change is on trial any more."""
        if self.trial is not None:
            self.outcome = Outcome(self.trial.token, ending, dotted(self.trial.values))
            self.trial = None

    def over(self, settings: Settings) -> Settings:
        """What is in force with these settings in the file: what is on trial is put over them."""
        if self.trial is None:
            return settings
        tried = self.trial
        sections = {
            name: replace(
                getattr(settings, name),
                **{
                    str(key): getattr(getattr(tried.settings, name), str(key))
                    for each, key in tried.values
                    if each == name
                },
            )
            for name in REACH
        }
        return replace(settings, **sections)


def changed(before: Settings, after: Settings) -> tuple[Path, ...]:
    """Which of the settings of reach are others."""
    return tuple(
        (section, key)
        for section, keys in REACH.items()
        for key in keys
        if _value(before, section, key) != _value(after, section, key)
    )


def _value(settings: Settings, section: str, key: str) -> object:
    return getattr(getattr(settings, section), key, None)


def dotted(paths: Mapping[Path, Any] | Sequence[Path]) -> tuple[str, ...]:
    """Paths as the page names settings."""
    return tuple(".".join(map(str, path)) for path in paths)
