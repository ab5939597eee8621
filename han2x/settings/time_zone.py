"""The time zone of the meters, as the setting names it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from han2x.settings.faults import SettingsFault
from han2x.settings.rules import Rule

AUTO: Final = "auto"
_NAME: Final = re.compile(r"[A-Za-z0-9_+-]{1,32}(?:/[A-Za-z0-9_+-]{1,32}){0,2}")
_EXAMPLE: Final = "Europe/Helsinki"


@dataclass(frozen=True, slots=True)
class TimeZone(Rule):
    """The name of a zone of the IANA's tables, or "auto" for the computer's."""

    kind: str = "string"

    @property
    def fault(self) -> SettingsFault:
        return SettingsFault("time-zone")

    def parse(self, value: object) -> str:
        if not isinstance(value, str):
            raise ValueError  # noqa: TRY004 - a wrong type is told as any other value that is not allowed
        if value == AUTO or (_NAME.fullmatch(value) and (zone_named(value) or zone_named(_EXAMPLE) is None)):
            return value
        raise ValueError


def zone_named(name: str) -> ZoneInfo | None:
    """The zone of that name; None where this computer's tables do not have it, or there are none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
