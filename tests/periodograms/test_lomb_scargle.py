import nifty_ls
import numpy as np
import pytest
from astropy.timeseries import LombScargle as Astropys
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.periodograms.curves import never, sinusoid, target_of, times_of
from vo_lcc.periodograms.grid import Grid, GridParams, choose_grid
from vo_lcc.periodograms.methods import lomb_scargle
from vo_lcc.periodograms.methods.method import LombScargle
from vo_lcc.periodograms.search import AT_ONCE, Asked, plan_search, search
from vo_lcc.periodograms.series import Series


def random_series(seed: int, count: int, weighted: bool, passband="V") -> Series:
    rng = np.random.default_rng(seed)
    times = times_of(rng, count)
    errors = rng.uniform(0.05, 0.5, count) if weighted else None
    return Series(passband, times, rng.normal(12, 1, count), errors)


def astropys(series: Series, nterms: int, frequencies):
    model = Astropys(series.time, series.value, series.error, nterms=nterms)
    method = "slow" if nterms == 1 else "chi2"
    return model.power(frequencies, method=method, assume_regular_frequency=True)


@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("nterms", [1, 2, 3, 5])
@pytest.mark.parametrize("count", [20, 60, 300])
def test_power_is_that_of_astropy(nterms, weighted, count):
    target = target_of(random_series(nterms, count, weighted), parameters=11)
    grid = choose_grid(target, GridParams(0.1, 1.0), 10_000)

    ours = lomb_scargle.power(target, grid, nterms, never)

    theirs = astropys(target.bands[0], nterms, grid.values)
    assert ours == pytest.approx(theirs, abs=1e-7)


def test_power_is_that_of_nifty_ls():
    series = random_series(5, 300, weighted=True)
    target = target_of(series)
    grid = choose_grid(target, GridParams(0.05, 20.0), 100_000)
    band = target.bands[0]

    found = nifty_ls.lombscargle(
        band.time,
        band.value,
        band.error,
        fmin=grid.start,
        fmax=grid.stop,
        Nf=grid.count,
        backend="finufft",
        nthreads=1,
    )

    ours = lomb_scargle.power(target, grid, 1, never)
    assert ours == pytest.approx(found.power, abs=1e-7)


def test_a_grid_of_several_parts_has_no_seams():
    target = target_of(random_series(3, 40, weighted=True))
    grid = Grid(0.01, 1e-4, 3 * lomb_scargle.AT_ONCE + 17)

    whole = lomb_scargle.power(target, grid, 2, never)

    for part in grid.parts(lomb_scargle.AT_ONCE):
        at = round((part.start - grid.start) / grid.step)
        edge = slice(max(at - 3, 0), at + 3)
        one_by_one = lomb_scargle.power_at(target, grid.values[edge], 2, never)
        assert whole[edge] == pytest.approx(one_by_one, abs=1e-7)


@given(st.integers(0, 10_000), st.integers(1, 3))
@settings(max_examples=20, deadline=None)
def test_direct_sums_give_the_same_as_transforms(seed, nterms):
    bands = [random_series(seed + i, 20 + i, i == 0, str(i)) for i in range(3)]
    target = target_of(*bands, parameters=7)
    grid = Grid(0.37, 0.013, 50)

    fast = lomb_scargle.power(target, grid, nterms, never)

    slow = lomb_scargle.power_at(target, grid.values, nterms, never)
    assert fast == pytest.approx(slow, abs=1e-7)


def test_passbands_are_joined_by_their_likelihoods():
    bands = [random_series(i, 30 + 20 * i, True, str(i)) for i in range(3)]
    target = target_of(*bands)
    grid = Grid(0.5, 0.01, 100)

    joined = lomb_scargle.power(target, grid, 1, never)

    left = sum(
        len(band) / len(target) * np.log(1 - astropys(band, 1, grid.values))
        for band in target.bands
    )
    assert joined == pytest.approx(1 - np.exp(left), abs=1e-7)


def test_the_mean_of_each_passband_floats():
    rng = np.random.default_rng(4)
    one, two = (sinusoid(rng, 0.7, passband=name) for name in "gr")
    moved = Series("r", two.time, two.value - 3.5, two.error)
    grid = Grid(0.5, 0.001, 400)

    power = lomb_scargle.power(target_of(one, two), grid, 1, never)

    again = lomb_scargle.power(target_of(one, moved), grid, 1, never)
    assert again == pytest.approx(power, abs=1e-9)


def test_a_frequency_at_which_all_phases_are_alike_has_no_power():
    """Once each day exactly: at 1/d neither sine nor cosine differ from the mean."""
    times = np.arange(30.0)
    values = np.random.default_rng(1).normal(size=30)
    target = target_of(Series("V", times, values))

    power = lomb_scargle.power_at(target, np.array([1.0, 2.0]), 2, never)

    assert power == pytest.approx([0, 0], abs=1e-9)


@given(st.integers(0, 2**32 - 1), st.floats(0.02, 9.9), st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_injected_periods_are_recovered(seed, frequency, passbands):
    rng = np.random.default_rng(seed)
    bands = [sinusoid(rng, frequency, passband=str(i)) for i in range(passbands)]
    target = target_of(*bands)
    asked = Asked(LombScargle(), GridParams(), 3)

    found = search(target, plan_search(target, asked, AT_ONCE), asked, never)

    best = found.peaks[0]
    assert abs(best.frequency - frequency) < 0.5 / target.span
    assert abs(best.frequency - frequency) < 6 * best.frequency_error


def test_a_search_ends_when_it_is_told_to():
    class EnoughError(Exception):
        pass

    calls = []

    def check():
        calls.append(1)
        if len(calls) == 3:
            raise EnoughError

    target = target_of(random_series(1, 30, weighted=True))
    with pytest.raises(EnoughError):
        lomb_scargle.power(target, Grid(0.1, 1e-5, 2_000_000), 1, check)
