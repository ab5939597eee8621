"""Values → Reading: one module per maker, mostly a table.

kamstrup   Kamstrup OMNIPOWER
kaifa      Kaifa MA105, MA304 and their kin
aidon      Aidon 6515 to 6550
described  lists of any maker that name each value's OBIS code, scaler and unit
p1         P1 telegrams of any maker
totals     totals of energy from tariffs or quadrants
clock      what each maker's clock means
base       what these modules have in common

To add a maker or a list:

1. write a module with `read(notification, scales) -> ListContent | None`: None for a list that is not its own,
   `UnknownListError` for one that is its own but cannot be read;
2. name each OBIS code with its `Quantity`, and say in which unit the meter counts (a list that brings its scalers and
   units needs neither: `described` reads it);
3. say in its `SUPPORTED` what it reads, put the module into `_LISTS` below, and say in `clock` what its clock means;
4. add a capture to the telegrams that the tests decode.

A P1 meter needs no module: `p1` reads it by OBIS code, and its three letters may be given a name there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from han2x.codecs.apdu import DataNotification
from han2x.codecs.errors import UnknownListError
from han2x.codecs.p1_lines import P1Telegram
from han2x.meters import aidon, described, kaifa, kamstrup, p1
from han2x.meters.base import ListContent, Scales, Supported
from han2x.model import ProblemCause

__all__ = ["SUPPORTED", "ListContent", "Scales", "meter_table", "read_list", "read_telegram"]

_LISTS: Final = (kamstrup, kaifa, aidon, described)
MAKERS: Final[tuple[Callable[[DataNotification, Scales], ListContent | None], ...]] = tuple(
    module.read for module in _LISTS
)
SUPPORTED: Final[tuple[Supported, ...]] = tuple(row for module in (*_LISTS, p1) for row in module.SUPPORTED)


def meter_table() -> str:
    """The supported meters as a table in Markdown, as the README shows it."""
    rows = ["| Meter | Where | What it sends | Line | Keys |", "|---|---|---|---|---|"]
    return "\n".join(rows + ["| " + " | ".join(row) + " |" for row in SUPPORTED])


def read_list(notification: DataNotification, scales: Scales) -> ListContent:
    """Read a push list of any known maker.

    Raises:
        UnknownListError: no maker knows it, or its maker cannot read it.
    """
    for read in MAKERS:
        content = read(notification, scales)
        if content is not None:
            return content
    raise UnknownListError("no known maker sends a list like this", ProblemCause.UNKNOWN_MAKER)


def read_telegram(telegram: P1Telegram) -> ListContent:
    """Read a P1 telegram of any maker.

    Raises:
        UnknownListError: no line of it has a value that is known here.
    """
    return p1.read(telegram)
