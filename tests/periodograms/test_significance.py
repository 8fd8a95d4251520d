import numpy as np
import pytest
from astropy.timeseries import LombScargle as Astropys

from tests.periodograms.curves import never, sinusoid, target_of, times_of
from vo_lcc.periodograms.grid import GridParams
from vo_lcc.periodograms.methods.method import LombScargle
from vo_lcc.periodograms.methods.significance import baluev
from vo_lcc.periodograms.search import AT_ONCE, Asked, plan_search, search
from vo_lcc.periodograms.series import Series


@pytest.mark.parametrize("power", [0.0, 0.05, 0.2, 0.5, 0.9, 0.999])
def test_false_alarm_probability_is_that_of_astropy(power):
    rng = np.random.default_rng(1)
    (band,) = target_of(sinusoid(rng, 0.4)).bands
    model = Astropys(band.time, band.value, band.error)

    theirs = model.false_alarm_probability(
        power, method="baluev", minimum_frequency=0, maximum_frequency=3.0
    )

    assert baluev(power, band, 3.0) == pytest.approx(float(theirs), rel=1e-3, abs=0)


def best_of(values, times, error, asked):
    target = target_of(Series("V", times, values, error))
    grid = plan_search(target, asked, AT_ONCE)
    return search(target, grid, asked, never).peaks[0]


def test_noise_has_false_alarms_about_as_often_as_they_say():
    """Of 120 curves of noise 12 should be beyond 0.1, and fewer by an upper limit."""
    rng = np.random.default_rng(11)
    asked = Asked(LombScargle(), GridParams(0.05, 1.0), 1)
    found = []
    for _ in range(120):
        times, error = times_of(rng, 60, 100.0), rng.uniform(0.5, 1.5, 60)
        values = error * rng.normal(size=60)
        found.append(best_of(values, times, error, asked).false_alarm)

    beyond = sum(each < 0.1 for each in found)
    assert 3 <= beyond <= 22
    assert np.median(found) > 0.3


def test_frequencies_scatter_as_their_errors_say():
    rng = np.random.default_rng(12)
    asked = Asked(LombScargle(), GridParams(0.3, 0.6), 1)
    pulls = []
    for _ in range(60):
        band = sinusoid(rng, 0.4321, count=60, noise=0.1)
        best = best_of(band.value, band.time, band.error, asked)
        pulls.append((best.frequency - 0.4321) / best.frequency_error)

    assert np.std(pulls) == pytest.approx(1, abs=0.3)


def test_there_is_no_false_alarm_probability_without_theory():
    rng = np.random.default_rng(3)
    one, two = sinusoid(rng, 0.7, passband="g"), sinusoid(rng, 0.7, passband="r")
    for bands, nterms in (((one, two), 1), ((one,), 2)):
        target = target_of(*bands, parameters=5)
        asked = Asked(LombScargle(nterms), GridParams(0.5, 1.0), 1)
        grid = plan_search(target, asked, AT_ONCE)

        (best,) = search(target, grid, asked, never).peaks

        assert best.false_alarm is None
        assert best.frequency_error > 0
