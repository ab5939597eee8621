"""Where the gateway is reached, and what keeps it from being reached there."""

from __future__ import annotations

from han2x.api.base import Answer, Scalar, Seconds
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


class ReachTrial(Answer, frozen=True, kw_only=True):
    """A change of where, or by whom, page and Modbus are reached, which is taken back unless somebody confirms it.

    `settings` are the dotted paths of what is on trial.
    """

    settings: list[str]
    confirm_within_s: Seconds
    remaining_s: Seconds


class ReachPending(ReachTrial, frozen=True, kw_only=True):
    """The same for who may end it: with `token`, "" for others, and to keep it at one of `places`, as URLs, where there
    are any.

    One without a host of its own (http://:8080/) is on the host that the page is on.
    """

    token: str
    places: list[str]


class ReachOutcome(Answer, frozen=True, kw_only=True):
    """How the last such change ended: confirmed, rolled-back, expired, or interrupted by the end of the program."""

    token: str
    ending: str
    settings: list[str]


class HttpsPlace(Answer, frozen=True, kw_only=True):
    """Where the page is served encrypted, on each host that it is reached by, and its certificate's SHA-256 as browsers
    show it. Of one that is `self_made` browsers warn until somebody trusts it.
    """

    port: int
    fingerprint: str
    self_made: bool
