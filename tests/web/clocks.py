"""A clock that is set by hand."""

from __future__ import annotations


class Clock:
    """Seconds; `now` may be changed at any time."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
