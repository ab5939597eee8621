"""Aidon 6515 to 6550: lists 1, 2 and 3, and the Swedish list of 27 elements.

Follows Aidon "HAN Interface Description" v1.1A with the OBIS list information AIDON_V0001, and Aidon "RJ12
HAN-gränssnitt" v1.9A, chapter 3. The body is an array of structures: OBIS code and text or clock, or OBIS code, value,
scaler and unit. List 1 has the power and nothing else, and a phase that the meter does not measure is left out.
Currents have a sign. The Embriq module for Landis+Gyr E350 sends the same lists under its own name.
"""

from __future__ import annotations

from typing import Final

from han2x.codecs.apdu import DataNotification
from han2x.meters.base import ListContent, Scales, Supported, Unscaled
from han2x.meters.described import nested
from han2x.meters.elements import content_of
from han2x.meters.learned import Learned

MAKER: Final = "aidon"

SUPPORTED: Final = (
    Supported(
        "Aidon 6515 to 6550; Landis+Gyr E350 with Embriq's module",
        "Norway",
        "list 1 every 2.5 s, list 2 every 10 s, list 3 every hour",
        "M-Bus, 2400 8E1 or 8N1",
    ),
    Supported("Aidon (list of 27 elements)", "Sweden", "everything every 10 s", "M-Bus 2400 8E1, or RJ12 115200 8N1"),
)


_VERSIONS: Final = ("AIDON", "EMBRIQ")


def read(notification: DataNotification, scales: Scales, learned: Learned | None = None) -> ListContent | None:
    """Read an Aidon list; None when the list is not Aidon's.

    An array with a time in the notification's header, a count in its invoke id, under a system title, or that names its
    meter without a list version of Aidon's, is another maker's (see `han2x.meters.described`).

    Raises:
        UnknownListError: it is Aidon's, but no value in it can be used.
    """
    body = notification.body
    if not isinstance(body, list) or notification.time or notification.sender or notification.numbered:
        return None
    content = content_of(nested(body), learned=learned, maker=MAKER, may=Unscaled.NEVER)
    named = content.list_version or content.meter_id
    return content if named is None or (content.list_version or "").startswith(_VERSIONS) else None
