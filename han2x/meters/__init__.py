"""Values → Reading: one small module, or one table, for each way in which lists are built.

kamstrup     Kamstrup OMNIPOWER
kaifa        Kaifa MA105, MA304 and their kin
aidon        Aidon 6515 to 6550
push_object  lists of any maker that begin with the attributes that they hold
described    lists of any maker that name each value's OBIS code, with scaler and unit or without
fixed        lists of any maker that name nothing, taken only if all their types are in the table
places       that table
p1           P1 telegrams of any maker
elements     what the elements of a list that names them say
unscaled     what counts without a scaler mean
totals       totals of energy from tariffs or quadrants
learned      what one telegram shows of a meter and later ones do not
makers       makers by their three letters
clock        what each maker's clock means
base         what these modules have in common

To add a list that names its values, nothing is needed: `described` or `push_object` reads it. One of fixed places is a
row in `places`. For any other:

1. write a module with `read(notification, scales, learned) -> ListContent | None`: None for a list that is not its own,
   `UnknownListError` for one that is its own but cannot be read;
2. name each OBIS code with its `Quantity`, and say in which unit the meter counts;
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
from han2x.meters import aidon, described, fixed, kaifa, kamstrup, p1, push_object
from han2x.meters.base import ListContent, Scales, Supported
from han2x.meters.kamstrup import current_ma as kamstrup_current_ma
from han2x.meters.learned import Learned
from han2x.model import ProblemCause

__all__ = [
    "SUPPORTED",
    "Learned",
    "ListContent",
    "Scales",
    "kamstrup_current_ma",
    "meter_table",
    "read_list",
    "read_telegram",
]

_LISTS: Final = (kamstrup, kaifa, aidon, push_object, described, fixed)
MAKERS: Final[tuple[Callable[[DataNotification, Scales, Learned], ListContent | None], ...]] = tuple(
    module.read for module in _LISTS
)
SUPPORTED: Final[tuple[Supported, ...]] = tuple(row for module in (*_LISTS, p1) for row in module.SUPPORTED)


def meter_table() -> str:
    """The supported meters as a table in Markdown, as docs/meters.md shows it."""
    rows = ["| Meter | Where | What it sends | Line | Keys | Tried on |", "|---|---|---|---|---|---|"]
    return "\n".join(rows + ["| " + " | ".join(row) + " |" for row in SUPPORTED])


def read_list(notification: DataNotification, scales: Scales, learned: Learned | None = None) -> ListContent:
    """Read a push list of any known maker; `learned` is of the meter that sends it, and grows.

    Raises:
        UnknownListError: no maker knows it, or its maker cannot read it.
    """
    learned = learned or Learned()
    for read in MAKERS:
        content = read(notification, scales, learned)
        if content is not None:
            return content
    detail = "no known maker sends a list like this; a recording of it ('han2x record') is what lets it be added"
    raise UnknownListError(detail, ProblemCause.UNKNOWN_MAKER)


def read_telegram(telegram: P1Telegram) -> ListContent:
    """Read a P1 telegram of any maker.

    Raises:
        UnknownListError: no line of it has a value that is known here.
    """
    return p1.read(telegram)
