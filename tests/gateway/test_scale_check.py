"""Whether a Kamstrup meter's counts mean what the settings say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from han2x.gateway.scale_check import CURRENT_SAMPLES, ENERGY_HOURS, Doubt, ScaleCheck
from han2x.meters import Learned, Scales
from han2x.model import Quantity, Reading
from tests.frames import kamstrup, obis, u16, u32
from tests.readings import NOW, a_reading


def a_list(power: float, *, scale: float = 1.0, phases: int = 3, reactive: float = 0.0) -> Reading:
    """A reading of a load spread over the phases; `scale` is by how much the currents are told too large."""
    values: dict[Quantity, float] = {
        Quantity.ACTIVE_POWER_IMPORT: max(power, 0),
        Quantity.ACTIVE_POWER_EXPORT: max(-power, 0),
        Quantity.REACTIVE_POWER_IMPORT: reactive,
        Quantity.REACTIVE_POWER_EXPORT: 0,
    }
    each = (power**2 + reactive**2) ** 0.5 / phases / 230 * scale
    for place in range(phases):
        values[(Quantity.VOLTAGE_L1, Quantity.VOLTAGE_L2, Quantity.VOLTAGE_L3)[place]] = 230
        values[(Quantity.CURRENT_L1, Quantity.CURRENT_L2, Quantity.CURRENT_L3)[place]] = each
    return a_reading(values)


def fed(check: ScaleCheck, *readings: Reading) -> ScaleCheck:
    for count, reading in enumerate(readings):
        check.add(reading, NOW + 10.0 * count)
    return check


def hours(scale: float, count: int, *, gap_in: int | None = None, power: float = 2000.0) -> ScaleCheck:
    """A steady load over hours, with a register each hour that steps by `scale` times what was drawn."""
    check, register = ScaleCheck(), 10_000_000.0
    for second in range(0, count * 3600 + 1, 10):
        hour, rest = divmod(second, 3600)
        if gap_in == hour and 1000 < rest < 1200:
            continue
        reading = a_list(power)
        if rest == 0:
            energy = round((register + hour * power * scale) * 1000)
            reading = replace(reading, values={**reading.values, Quantity.ACTIVE_ENERGY_IMPORT: energy})
        check.add(reading, NOW + second)
    return check


@pytest.mark.parametrize("reactive", [0.0, 400.0])
@pytest.mark.parametrize("phases", [1, 3])
def test_currents_that_fit_are_not_doubted(phases: int, reactive: float) -> None:
    check = fed(ScaleCheck(), *[a_list(2000, phases=phases, reactive=reactive)] * 500)

    assert check.doubts == ()


@pytest.mark.parametrize(("scale", "decades", "mended"), [(10, 1, 0.001), (0.1, -1, 0.1)])
def test_currents_that_are_ten_times_off_are_doubted_once_it_is_sure(scale: float, decades: int, mended: float) -> None:
    check = fed(ScaleCheck(), *[a_list(2000, scale=scale)] * (CURRENT_SAMPLES - 1))
    assert not check.doubts
    check.add(a_list(2000, scale=scale), NOW)

    assert check.doubts == (Doubt("kamstrup_current_a", decades),)
    assert check.doubts[0].mended(0.01) == mended


def transformer_push_1() -> bytes:
    """A push 1 of 65 A in all phases at 230 V, counted in mA as meters behind current transformers do."""
    measured = {"1.7.0": 44_850, "31.7.0": 65_000, "51.7.0": 65_000, "71.7.0": 65_000}
    voltages = [part for code in ("32.7.0", "52.7.0", "72.7.0") for part in (obis(f"1.1.{code}"), u16(230))]
    counts = [part for code, count in measured.items() for part in (obis(f"1.1.{code}"), u32(count))]
    return kamstrup(obis("1.1.0.0.1"), u32(99_000_017), *counts, *voltages)


def test_where_the_scale_of_currents_is_found_from_the_power_that_one_is_told_as_contradicted() -> None:
    meter = Meter(MeterConfig(port="/dev/ttyUSB0"), lambda: NOW)
    meter.feed(transformer_push_1())
    doubt = Doubt("kamstrup_current_a", 1)

    assert doubt.value(meter.config.scales, meter.learned) == 0.001
    assert "kamstrup_current_a = 0.001: " in doubt.told(meter.config.scales, meter.learned)
    assert "Set kamstrup_current_a = 0.0001." in doubt.told(meter.config.scales, meter.learned)
    assert doubt.value(Scales(kamstrup_current_ma=10), meter.learned) == 0.01
    assert doubt.value(Scales(), Learned()) == 0.01


def test_export_counts_as_import_does() -> None:
    assert fed(ScaleCheck(), *[a_list(-3000, scale=10)] * CURRENT_SAMPLES).doubts != ()
    assert fed(ScaleCheck(), *[a_list(-3000)] * CURRENT_SAMPLES).doubts == ()


def test_one_reading_that_fits_is_enough_to_believe_the_setting() -> None:
    readings = [a_list(2000, scale=10)] * CURRENT_SAMPLES
    readings[20] = a_list(2000)

    assert fed(ScaleCheck(), *readings).doubts == ()


def test_little_power_says_nothing() -> None:
    assert fed(ScaleCheck(), *[a_list(100, scale=10)] * 1000).doubts == ()


def test_phases_that_cancel_each_other_do_not_look_like_a_wrong_scale() -> None:
    readings = [a_list(600 + 10 * step, scale=5 + step / 20) for step in range(CURRENT_SAMPLES)]

    assert fed(ScaleCheck(), *readings).doubts == ()


def test_energies_that_fit_are_not_doubted() -> None:
    assert hours(1.0, 10).doubts == ()


@pytest.mark.parametrize(("scale", "decades", "mended"), [(10, 1, 1), (0.1, -1, 100)])
def test_energies_that_are_ten_times_off_are_doubted_after_three_hours(
    scale: float, decades: int, mended: float
) -> None:
    assert hours(scale, ENERGY_HOURS - 1).doubts == ()
    check = hours(scale, ENERGY_HOURS)

    assert check.doubts == (Doubt("kamstrup_energy_wh", decades),)
    assert check.doubts[0].mended(10) == mended


def test_an_hour_with_a_gap_does_not_count() -> None:
    assert hours(10, ENERGY_HOURS, gap_in=1).doubts == ()


def test_hours_with_little_energy_do_not_count() -> None:
    assert hours(10, 10, power=200).doubts == ()


def test_other_makers_send_their_scalers_and_are_not_judged() -> None:
    readings = [replace(a_list(2000, scale=10), maker="aidon")] * (2 * CURRENT_SAMPLES)

    assert fed(ScaleCheck(), *readings).doubts == ()


def test_totals_in_every_list_are_compared_an_hour_apart() -> None:
    check, drawn = ScaleCheck(), 0.0
    for second in range(0, 4 * 3600, 10):
        reading = a_list(2000)
        check.add(
            replace(reading, values={**reading.values, Quantity.ACTIVE_ENERGY_IMPORT: round(drawn * 10 * 1000)}),
            NOW + second,
        )
        drawn += 2000 / 360

    assert check.doubts == (Doubt("kamstrup_energy_wh", 1),)
