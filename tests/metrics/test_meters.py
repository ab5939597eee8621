"""What is told of a meter: every value that is current, exactly, and nothing that is not."""

from __future__ import annotations

import pytest

from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from han2x.metrics import Exposition, add_meter
from han2x.metrics.names import ESTIMATES, PLACES
from han2x.model import Problem, ProblemCause, PushList, Quantity, Unit
from tests.metrics.scraped import Scraped
from tests.readings import FULL_LIST, HOURLY_LIST, NOW, a_reading

VALUES = {family.name for family, _ in PLACES.values()} | {
    family.name for *families, _ in ESTIMATES.values() for family in families
} | {"han2x_net_power_watts", "han2x_phase_power_watts"}  # fmt: skip


class Told:
    """A meter at a moment that the test moves, and what is told of it."""

    def __init__(self, **config: object) -> None:
        self.now = NOW
        self.meter = Meter(MeterConfig(**config), lambda: self.now)  # type: ignore[arg-type]

    def hear(self, values: dict[Quantity, float]) -> None:
        """One good telegram."""
        self.meter.take(a_reading(values))

    def now_told(self) -> Scraped:
        """What is told now."""
        told = Exposition()
        add_meter(told, self.meter, {PushList.LIST_1: 5})
        return Scraped(told.text())


def value_of(scraped: Scraped, quantity: Quantity) -> float | None:
    """The value of a quantity as it is told."""
    family, which = PLACES[quantity]
    labels = dict(each.replace('"', "").split("=") for each in which.split(",") if each)
    return scraped.value(family.name, **labels)


def test_every_quantity_has_a_place_of_its_own() -> None:
    assert set(PLACES) == set(Quantity)
    assert len(set(PLACES.values())) == len(PLACES)


def test_every_family_s_name_says_its_unit_and_counters_end_in_total() -> None:
    spelt = {Unit.W: "watts", Unit.VAR: "vars", Unit.WH: "watthours", Unit.VARH: "varhours", Unit.A: "amperes",
             Unit.V: "volts", Unit.ONE: "ratio"}  # fmt: skip
    for quantity, (family, _) in PLACES.items():
        is_energy = quantity.unit in (Unit.WH, Unit.VARH)
        assert family.name.endswith(spelt[quantity.unit] + ("_total" if is_energy else ""))
        assert (family.kind == "counter") == is_energy


@pytest.mark.parametrize("quantity", Quantity)
def test_what_the_meter_sent_is_told_and_nothing_that_it_did_not_send(quantity: Quantity) -> None:
    meter = Told()
    meter.hear({quantity: 12.345})
    scraped = meter.now_told()
    assert value_of(scraped, quantity) == 12.345
    for other in set(Quantity) - {quantity}:
        assert value_of(scraped, other) is None


def test_every_line_of_a_meter_says_which_one_it_is() -> None:
    meter = Told(unit=7, name='Hytta "oppe"\\')
    meter.hear(HOURLY_LIST)
    for _, labels, _ in meter.now_told().samples:
        assert labels.items() >= {"unit": "7", "meter": "5700000000000001", "name": 'Hytta "oppe"\\'}.items()


def test_a_factor_scales_powers_currents_and_energies_but_no_voltage() -> None:
    meter = Told(scaling_factor=40_000)
    meter.hear(HOURLY_LIST)
    scraped = meter.now_told()
    assert scraped.value("han2x_scaling_factor_ratio") == 40
    for quantity, value in HOURLY_LIST.items():
        scaled = quantity.unit is not Unit.V
        assert value_of(scraped, quantity) == pytest.approx(value * (40 if scaled else 1), rel=1e-12)
    assert scraped.value("han2x_net_power_watts") == 1234 * 40


def test_the_phases_powers_say_whose_they_are() -> None:
    meter = Told()
    meter.hear(FULL_LIST)
    shared = meter.now_told().all("han2x_phase_power_watts")
    assert {labels["origin"] for labels, _ in shared} == {"shared"}
    assert sum(value for _, value in shared) == pytest.approx(1234)

    meter.hear({Quantity.ACTIVE_POWER_IMPORT_L1: 10, Quantity.ACTIVE_POWER_EXPORT_L1: 0,
                Quantity.ACTIVE_POWER_IMPORT_L2: 0, Quantity.ACTIVE_POWER_EXPORT_L2: 20})  # fmt: skip
    own = meter.now_told().all("han2x_phase_power_watts")
    assert [(labels["phase"], labels["origin"], value) for labels, value in own] == [
        ("L1", "meter", 10),
        ("L2", "meter", -20),
    ]


def test_energies_are_told_once_the_meter_has_sent_them_with_their_error_bars() -> None:
    meter = Told()
    meter.hear(FULL_LIST)
    assert {name for name in meter.now_told().names() if "energy" in name} == set()
    meter.hear(HOURLY_LIST)
    scraped = meter.now_told()
    estimates = meter.meter.state.snapshot(meter.now).estimates
    estimated = estimates[Quantity.ACTIVE_ENERGY_IMPORT]
    assert scraped.value("han2x_energy_estimated_watthours_total", direction="import") == pytest.approx(
        estimated.wh, abs=0.001
    )
    assert scraped.value("han2x_energy_estimated_error_watthours", direction="import") == pytest.approx(
        estimated.bar_wh, abs=0.001
    )
    assert scraped.value("han2x_reactive_energy_estimated_varhours_total", direction="export") == pytest.approx(
        estimates[Quantity.REACTIVE_ENERGY_EXPORT].wh, abs=0.001
    )


def test_what_is_not_current_any_more_is_left_out_while_counters_and_age_go_on() -> None:
    meter = Told(stale_after_s=60)
    meter.hear(FULL_LIST)
    meter.meter.take(Problem(9, ProblemCause.FCS, "the frame check sequence is wrong"))
    meter.now += 59
    fresh = meter.now_told()
    assert value_of(fresh, Quantity.ACTIVE_POWER_IMPORT) == 1234
    assert fresh.value("han2x_meter_up") == 1
    meter.now += 2
    stale = meter.now_told()
    assert stale.names() & VALUES == set()
    assert stale.value("han2x_meter_up") == 0
    assert stale.value("han2x_telegram_age_seconds") == 61
    assert stale.value("han2x_telegrams_total", list="list-1") == 5
    assert stale.value("han2x_problems_total", kind="checksum") == 1
    assert stale.value("han2x_problems_total", kind="length") == 0


def test_a_value_that_is_lost_on_the_way_is_left_out_while_others_come() -> None:
    meter = Told(stale_after_s=60)
    meter.hear(FULL_LIST)
    for _ in range(10):
        meter.now += 10
        meter.hear({Quantity.ACTIVE_POWER_IMPORT: 500})
    scraped = meter.now_told()
    assert value_of(scraped, Quantity.ACTIVE_POWER_IMPORT) == 500
    assert scraped.all("han2x_phase_voltage_volts") == []
    assert scraped.all("han2x_phase_power_watts") == []


def test_a_meter_that_never_spoke_has_no_age_no_values_and_no_number() -> None:
    scraped = Told().now_told()
    assert scraped.names() & VALUES == set()
    assert scraped.all("han2x_telegram_age_seconds") == []
    assert scraped.all("han2x_meter_info") == [({"unit": "1"}, 1)]
