"""How far the announcing of services is, by Avahi's own numbers (AvahiEntryGroupState)."""

from __future__ import annotations

from enum import IntEnum


class GroupState(IntEnum):
    """From made to announced, or not."""

    UNCOMMITTED = 0
    REGISTERING = 1
    ESTABLISHED = 2
    COLLISION = 3
    FAILURE = 4
