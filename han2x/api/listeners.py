"""Where the gateway is reached, and what keeps it from being reached there."""

from __future__ import annotations

from han2x.api.base import Answer, Scalar
from han2x.listeners import ListenerState, What


class ListenerFault(Answer, frozen=True, kw_only=True):
    """One thing that is wrong: as a code with the values that its words speak of, and in English."""

    code: str
    values: dict[str, Scalar]
    message: str


class Listener(Answer, frozen=True, kw_only=True):
    """Something that clients or browsers reach: where that is `wanted` (ADDRESS:PORT), and in which `places` it is.

    `state` is serving (where it is wanted), fallback (on all addresses, because the wanted one is not there) or down.
    `fault` says why. While the state is serving it is null, or something that the next start would meet, such as
    certificates that cannot be used any more.
    """

    what: What
    state: ListenerState
    wanted: str
    places: list[str]
    fault: ListenerFault | None
