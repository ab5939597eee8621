"""Prices and the steps of a capacity charge, as settings have them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from han2x.app.answers import tariff
from han2x.settings import TariffSettings
from han2x.settings.load import check
from han2x.settings.tariff import TariffStep


def _read(**values: Any) -> tuple[TariffSettings, list[str]]:  # noqa: ANN401 - as TOML has them
    settings, problems = check({"tariff": values})
    return settings.tariff, [problem.fault.code for problem in problems]


@pytest.mark.parametrize("written", ["0.45", "0,45", 0.45])
def test_a_price_is_exact_with_a_point_or_a_comma(written: object) -> None:
    assert _read(day_price=written) == (TariffSettings(day_price=Decimal("0.45")), [])


def test_a_price_of_nothing_is_a_price_and_an_empty_one_is_none() -> None:
    assert _read(day_price="0", night_price="") == (TariffSettings(day_price=Decimal(0)), [])


@pytest.mark.parametrize("written", ["-1", "1e3", "NaN", "cheap", "1 2", True, ["1"], "1" * 7, "٣", float("inf")])
def test_nothing_else_is_a_price(written: object) -> None:
    assert _read(day_price=written) == (TariffSettings(), ["price-or-none"])


def test_steps_are_pairs_of_kw_and_a_price() -> None:
    typed, codes = _read(steps=["2: 125", " 5 :206,50"])
    assert codes == []
    assert typed.steps == (TariffStep(Decimal(2), Decimal(125)), TariffStep(Decimal(5), Decimal("206.50")))


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        (["5"], "tariff-step-form"),
        (["0: 5"], "tariff-step-form"),
        (["5: 5: 5"], "tariff-step-form"),
        ([":"], "tariff-step-form"),
        ([5], "not-text"),
        (["5: 250", "5: 300"], "tariff-steps-order"),
        (["5: 250", "2: 300"], "tariff-steps-order"),
        ([f"{kw}: 1" for kw in range(1, 12)], "tariff-steps"),
        ("5: 250", "tariff-steps"),
    ],
)
def test_steps_that_cannot_be_are_refused_with_what_is_wrong(steps: object, code: str) -> None:
    assert _read(steps=steps) == (TariffSettings(), [code])


def test_a_day_that_ends_before_it_begins_is_refused() -> None:
    assert _read(day_begins=22, day_ends=22)[1] == ["tariff-hours"]
    assert _read(day_begins=0, day_ends=24)[1] == []


def test_the_api_has_prices_as_numbers_and_none_for_none() -> None:
    told = tariff(_read(steps=["2: 125.5"], night_price="0.3")[0])
    assert (told.day_price, told.night_price) == (None, 0.3)
    assert [(step.below_kw, step.price) for step in told.steps] == [(2.0, 125.5)]
