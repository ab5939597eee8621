"""This computer's network: what is in force, what is stored, and a change that waits to be confirmed."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from han2x.api.base import Answer, Request, Scalar, Seconds

Typed: TypeAlias = Annotated[str, Meta(max_length=64)]


class NetworkFault(Answer, frozen=True, kw_only=True):
    """One thing that is wrong: as a code with the values that its words speak of, and in English."""

    code: str
    values: dict[str, Scalar]
    message: str


class NetworkSettings(Answer, frozen=True, kw_only=True):
    """An interface's settings as a person types them; "" for what is not set. `method` is dhcp, static or other."""

    interface: str
    method: str
    address: str
    prefix: str
    gateway: str
    dns: list[str]


class NetworkInterface(Answer, frozen=True, kw_only=True):
    """A wired or wireless interface. `settings` is what is stored for it, null when that is nothing or not known.

    Addresses carry their prefix; `fault` says why it cannot be changed here, null when it can.
    """

    name: str
    kind: str
    mac: str
    link: bool
    addresses: list[str]
    ipv6: list[str]
    gateway: str | None
    dns: list[str]
    settings: NetworkSettings | None
    fault: NetworkFault | None


class NetworkPending(Answer, frozen=True, kw_only=True):
    """A change that is not confirmed: whoever has `token` can confirm it at one of `addresses`, for `remaining_s`.

    `state` is applying or in-force.
    """

    token: str
    state: str
    settings: NetworkSettings
    addresses: list[str]
    confirm_within_s: Seconds
    remaining_s: Seconds


class NetworkOutcome(Answer, frozen=True, kw_only=True):
    """How the last change ended: confirmed, rolled-back, expired, failed or interrupted; `errors` by field."""

    token: str
    ending: str
    settings: NetworkSettings
    errors: dict[str, NetworkFault]


class Network(Answer, frozen=True, kw_only=True):
    """All of it. `fault` says why no interface can be changed, `hostname_fault` the same of the host name."""

    available: bool
    reason: str
    fault: NetworkFault | None
    hostname: str
    hostname_fault: NetworkFault | None
    interfaces: list[NetworkInterface]
    pending: NetworkPending | None
    last: NetworkOutcome | None


class NetworkApplied(Answer, frozen=True, kw_only=True):
    """The change is on its way."""

    pending: NetworkPending


class NetworkChange(Request, frozen=True):
    """Settings for an interface, as a person types them. They are in force until confirmed, or the time is up."""

    interface: Annotated[str, Meta(min_length=1, max_length=64)]
    method: Annotated[str, Meta(min_length=1, max_length=20)]
    address: Typed | UnsetType = UNSET
    prefix: Typed | Annotated[int, Meta(ge=0, le=128)] | UnsetType = UNSET
    gateway: Typed | UnsetType = UNSET
    dns: Annotated[str, Meta(max_length=500)] | Annotated[list[Typed], Meta(max_length=8)] | UnsetType = UNSET
    confirm_within_s: Annotated[int, Meta(ge=1, le=3600)] | UnsetType = UNSET


class PendingToken(Request, frozen=True):
    """Which change is confirmed or undone."""

    token: Annotated[str, Meta(min_length=1, max_length=200)]


class Hostname(Request, frozen=True):
    """What the computer is to be called."""

    hostname: Annotated[str, Meta(min_length=1, max_length=253)]
