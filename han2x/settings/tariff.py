"""Prices as settings have them: of a kWh, and of the steps of a capacity charge."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final

from han2x.settings.faults import RuleError, SettingsFault
from han2x.settings.rules import Rule, shown

MOST_STEPS: Final = 10
_NUMBER: Final = re.compile(r"\d{1,6}(?:[.,]\d{1,6})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class TariffStep:
    """A capacity below `below_kw`, down to where the step before it ends, costs `price` a month."""

    below_kw: Decimal
    price: Decimal

    def __str__(self) -> str:
        return f"{self.below_kw}: {self.price}"


@dataclass(frozen=True, slots=True)
class Price(Rule):
    """A price, with a point or a comma; "" is none, which is given as None."""

    kind: str = "string"

    @property
    def fault(self) -> SettingsFault:
        return SettingsFault("price-or-none")

    def parse(self, value: object) -> Decimal | None:
        if value == "":
            return None
        number = _number(str(value)) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
        if number is None:
            raise ValueError
        return number


@dataclass(frozen=True, slots=True)
class TariffSteps(Rule):
    """A list of `KW: PRICE`, each with more kW than the one before it."""

    most: int = MOST_STEPS
    kind: str = "list of strings"

    @property
    def fault(self) -> SettingsFault:
        return SettingsFault("tariff-steps", most=self.most)

    def parse(self, value: object) -> tuple[TariffStep, ...]:
        if not isinstance(value, list) or len(value) > self.most:
            raise ValueError
        steps = tuple(_step(entry) for entry in value)
        for one, other in pairwise(steps):
            if other.below_kw <= one.below_kw:
                raise RuleError(SettingsFault("tariff-steps-order", value=shown(str(other)), before=shown(str(one))))
        return steps


def _step(entry: object) -> TariffStep:
    if not isinstance(entry, str):
        raise RuleError(SettingsFault("not-text", value=shown(entry)))
    kilowatts, colon, price = entry.partition(":")
    numbers = _number(kilowatts), _number(price)
    if not colon or numbers[0] is None or numbers[1] is None or not numbers[0]:
        raise RuleError(SettingsFault("tariff-step-form", value=shown(entry)))
    return TariffStep(numbers[0], numbers[1])


def _number(text: str) -> Decimal | None:
    digits = text.strip()
    return Decimal(digits.replace(",", ".")) if _NUMBER.fullmatch(digits) else None
