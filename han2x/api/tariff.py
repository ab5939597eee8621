"""Prices as their owner typed them, for the page's sums."""

from __future__ import annotations

from han2x.api.base import Answer


class TariffStep(Answer, frozen=True, kw_only=True):
    """A step of the capacity charge: what a month costs below so many kW, down to where the step before it ends."""

    below_kw: float
    price: float


class Tariff(Answer, frozen=True, kw_only=True):
    """Prices of a kWh by day and by night, null for none, and of the capacity charge's steps, in the currency.

    The day is from `day_begins` to `day_ends` o'clock; with `weekend_night` Saturday and Sunday have none. No prices
    at all means that no money is spoken of.
    """

    currency: str
    steps: list[TariffStep]
    day_price: float | None
    night_price: float | None
    day_begins: int
    day_ends: int
    weekend_night: bool
