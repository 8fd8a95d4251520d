import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vo_lcc.drawing.axes import padded_range, scaled, ticks


@given(st.floats(-1e6, 1e6), st.floats(1e-4, 1e6), st.integers(2, 9))
def test_ticks_are_round_and_inside(low, width, most):
    values, decimals = ticks(low, low + width, most)

    assert len(values) <= most + 1
    slack = 1e-6 * width
    assert all(low - slack <= value <= low + width + slack for value in values)
    assert len({f"{value:.{decimals}f}" for value in values}) == len(values)


@given(st.lists(st.floats(-1e9, 1e9)), st.floats(0, 1))
def test_a_range_is_never_empty(values, share):
    low, high = padded_range(np.array(values), share)

    assert low < high


@pytest.mark.parametrize("power", range(-12, 12))
def test_labels_and_the_power_they_leave_out_give_the_ticks(power):
    values, decimals = ticks(0.9 * 10.0**power, 3.3 * 10.0**power, 6)

    names, left_out = scaled(values, decimals)

    assert all(len(name) <= 9 for name in names)
    told = [float(name) * 10.0**left_out for name in names]
    assert told == pytest.approx(values, rel=1e-9)
