"""How a total is shared out among hours, or an hour among its quarters, so that they add up to it. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def shared_out(total: int, known: Sequence[int | None]) -> list[int]:
    """The share of each in a total that is not negative; None stands for one of which nothing is known.

    Known ones stay, unless they alone exceed the total or there is no unknown one: then they are scaled to it. The rest
    is the unknown ones', evenly.
    """
    of_known = sum(each for each in known if each is not None)
    unknown = known.count(None)
    if not unknown or of_known > total:
        return _in_proportion(total, [each or 0 for each in known])
    rest = iter(_in_proportion(total - of_known, [1] * unknown))
    return [next(rest) if each is None else each for each in known]


def _in_proportion(total: int, weights: Sequence[int]) -> list[int]:
    """Whole shares by these weights, evenly where all are 0, that add up to the total."""
    whole = sum(weights)
    if not whole:
        weights, whole = [1] * len(weights), len(weights)
    shares, before, up_to = [], 0, 0
    for weight in weights:
        up_to += weight
        cut = (2 * total * up_to + whole) // (2 * whole)
        shares.append(cut - before)
        before = cut
    return shares
