import numpy as np
import pytest
from astropy.timeseries import LombScargle
from hypothesis import given, settings
from hypothesis import strategies as st

from vo_lcc.lightcurves.derived import Series, chosen, summarise
from vo_lcc.lightcurves.model import Derived, Period

SEARCH = chosen(Derived(statistics="basic", period=Period(shortest=0.1, longest=500)))
NAMES = [s.name for s in SEARCH]


def series(*curves, errors=True):
    lengths = [len(time) for time, _, _ in curves]
    time, value, error = (np.concatenate(each) for each in zip(*curves, strict=True))
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    return Series(offsets, time, value, error if errors else None, time > -1)


def star(period, n=150, noise=0.02, seed=0, span=1000.0):
    rng = np.random.default_rng(seed)
    time = np.sort(rng.uniform(0, span, n))
    error = rng.uniform(0.5, 2, n) * noise
    value = (
        15 + 0.3 * np.sin(2 * np.pi * time / period + seed) + error * rng.normal(size=n)
    )
    return time, value, error


@settings(deadline=None, max_examples=15)
@given(st.floats(0.15, 300), st.integers(0, 1000), st.integers(30, 300))
def test_the_period_of_a_star_is_found(period, seed, n):
    curve = star(period, n, seed=seed)

    found = summarise(series(curve), SEARCH)

    span = curve[0][-1] - curve[0][0]
    assert abs(1 / found["period"][0] - 1 / period) < 0.2 / span
    assert 0.9 < found["power"][0] <= 1


def test_the_power_is_that_of_astropy():
    curves = [star(0.7 * 1.7**i, 40 + 10 * i, 0.2, i) for i in range(8)]

    found = summarise(series(*curves), SEARCH)

    for place, (time, value, error) in enumerate(curves):
        theirs = LombScargle(time, value, error)
        here = theirs.power(1 / found["period"][place], method="slow")
        assert found["power"][place] == pytest.approx(here, rel=1e-6)
        lowest = max(1 / 500, 1 / (time[-1] - time[0]))
        grid = np.arange(lowest, 10, 0.1 / (time[-1] - time[0]))
        assert found["power"][place] >= theirs.power(grid).max() - 2e-3


def test_without_errors_all_points_weigh_the_same():
    time, value, error = star(3.3)
    wanted = chosen(
        Derived(statistics="basic", period=Period(shortest=0.1, longest=50)), False
    )

    found = summarise(series((time, value, error), errors=False), wanted)

    here = LombScargle(time, value).power(1 / found["period"][0], method="slow")
    assert found["power"][0] == pytest.approx(here, rel=1e-6)


@pytest.mark.parametrize(
    "curve",
    [
        star(2.0, n=5),
        (np.arange(20.0), np.full(20, 15.0), np.ones(20)),
        (np.full(20, 5.0), np.arange(20.0), np.ones(20)),
        (np.linspace(0, 0.05, 20), np.arange(20.0), np.ones(20)),
    ],
    ids=["few points", "constant", "at one time", "shorter than any period"],
)
def test_a_light_curve_that_shows_no_period_has_none(curve):
    found = summarise(series(curve, star(2.0)), SEARCH)

    assert np.isnan(found["period"][0])
    assert np.isnan(found["power"][0])
    assert found["period"][1] == pytest.approx(2.0, rel=1e-3)


def test_periods_are_those_of_the_range_that_is_asked_for():
    assert NAMES[-2:] == ["period", "power"]
    assert "0.1 to 500 d" in SEARCH[-2].description
    found = summarise(series(star(0.05)), SEARCH)
    assert 0.1 <= found["period"][0] <= 500
