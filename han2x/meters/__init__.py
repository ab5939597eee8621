"""Values → Reading: one module per maker, mostly a table.

To add a maker or a list:

1. write a module with `read(notification, scales) -> ListContent | None`: None for a list that is not its own,
   `UnknownListError` for one that is its own but cannot be read;
2. name each OBIS code with its `Quantity`, and say in which unit the meter counts (a list that tells its scalers and
   units needs neither: `described` reads it);
3. put the module into `MAKERS` below, and say in `clock` what its clock means;
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
from han2x.meters.base import ListContent, Scales
from han2x.model import ProblemCause

__all__ = ["ListContent", "Scales", "read_list", "read_telegram"]

MAKERS: Final[tuple[Callable[[DataNotification, Scales], ListContent | None], ...]] = (
    kamstrup.read,
    kaifa.read,
    aidon.read,
    described.read,
)


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
