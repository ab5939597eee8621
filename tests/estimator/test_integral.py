from __future__ import annotations

import pytest

from han2x.estimator.integral import PowerIntegral


def test_a_step_of_the_power_adds_the_variance_of_an_edge_anywhere_between_the_samples() -> None:
    integral = PowerIntegral()
    integral.add(0.0, 0.0)
    integral.add(3.0, 3600.0)
    last = integral.last

    assert last is not None
    assert last.energy == pytest.approx(1.5), "the trapezoid of 3 s"
    # An edge of 3600 W that lies anywhere in 2 s, as each sample is itself the mean of a second: 2 Wh, uniform.
    assert last.variance == pytest.approx(2.0**2 / 12)


def test_an_even_power_adds_no_variance() -> None:
    integral = PowerIntegral()
    for second in range(0, 60, 10):
        integral.add(float(second), 1000.0)

    assert integral.last is not None
    assert integral.last.variance == 0
