"""An hour's voltages, completed from its minutes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from han2x.history_file.rows import Row

LOWEST: Final = 207_000
HIGHEST: Final = 253_000
"""EN 50160 and the regulations allow 230 V ± 10 %, here in mV, for the mean of each minute."""

Minute = Sequence[int | None]


def completed(row: Row, minutes: Sequence[Minute]) -> Row:
    """The row of `VOLTAGES` with what these minutes of its hour have besides: mean, lowest, highest of each phase."""
    begin, *values = row
    whole: list[int | None] = [begin]
    for phase in range(3):
        whole += _completed(values[5 * phase : 5 * phase + 5], [each[3 * phase : 3 * phase + 3] for each in minutes])
    return tuple(whole)


def _completed(told: Sequence[int | None], minutes: Sequence[Minute]) -> Sequence[int | None]:
    means = [mean for mean, _, _ in minutes if mean is not None]
    if len(means) <= (told[2] or 0):
        return told
    lows = [low for _, low, _ in minutes if low is not None] + [each for each in told[:1] if each is not None]
    highs = [high for _, _, high in minutes if high is not None] + [each for each in told[1:2] if each is not None]
    below, above = sum(mean < LOWEST for mean in means), sum(mean > HIGHEST for mean in means)
    return min(lows, default=None), max(highs, default=None), len(means), below, above
