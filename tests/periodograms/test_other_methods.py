import numpy as np
import pytest
from astropy.timeseries import BoxLeastSquares

from tests.periodograms.curves import never, sinusoid, target_of, times_of
from vo_lcc.errors import ParameterError, TooLargeError
from vo_lcc.periodograms.grid import Grid, GridParams
from vo_lcc.periodograms.methods import bls, pdm
from vo_lcc.periodograms.methods.method import Bls, Pdm
from vo_lcc.periodograms.search import AT_ONCE, Asked, plan_search, search
from vo_lcc.periodograms.series import Series


def theta(times, values, frequency, bins=5, covers=2):
    """Stellingwerf (1978), equations 1 to 3, word by word."""
    phases = (times * frequency) % 1
    squares, freedom = 0.0, 0
    for cover in range(covers):
        shifted = (phases - cover / (bins * covers)) % 1
        for number in range(bins):
            inside = values[(shifted * bins).astype(int) == number]
            if len(inside):
                squares += ((inside - inside.mean()) ** 2).sum()
                freedom += len(inside) - 1
    return squares / freedom / np.var(values, ddof=1)


def test_pdm_is_that_of_stellingwerf():
    rng = np.random.default_rng(2)
    band = sinusoid(rng, 0.9, count=70)
    target = target_of(band, parameters=5)
    frequencies = rng.uniform(0.1, 5, 50)

    power = pdm.power(target, frequencies, never)

    own = target.bands[0]
    expected = [1 - theta(own.time, own.value, f) for f in frequencies]
    assert power == pytest.approx(expected, abs=1e-12)


def test_pdm_in_pieces_is_the_same(monkeypatch):
    rng = np.random.default_rng(2)
    target = target_of(sinusoid(rng, 0.9, passband="g"), sinusoid(rng, 0.9, 40))
    frequencies = Grid(0.5, 0.003, 333).values
    whole = pdm.power(target, frequencies, never)

    monkeypatch.setattr(pdm, "AT_ONCE", 1000)

    assert np.array_equal(pdm.power(target, frequencies, never), whole)


def test_pdm_finds_the_period_of_a_curve_that_is_no_sinusoid():
    """A narrow peak: the power of one sinusoid is less at f than PDM's."""
    rng = np.random.default_rng(5)
    times = times_of(rng, 150)
    phases = (times * 0.61803) % 1
    values = 12 - 0.8 * np.exp(-5 * phases) + rng.normal(0, 0.02, 150)
    target = target_of(Series("V", times, values), parameters=5)
    asked = Asked(Pdm(), GridParams(0.2, 3), 3)

    found = search(target, plan_search(target, asked, AT_ONCE), asked, never)

    best = found.peaks[0]
    assert abs(best.frequency - 0.61803) < 0.5 / target.span
    assert best.power > 0.5
    assert (best.false_alarm, best.frequency_error) == (None, None)


def eclipsing(period=2.345, epoch=55_001.0, duration=0.15, seed=7, count=500):
    rng = np.random.default_rng(seed)
    times = times_of(rng, count)
    inside = np.abs((times - epoch + period / 2) % period - period / 2) < duration / 2
    values = 11 + 0.4 * inside + rng.normal(0, 0.02, count)
    return Series("V", times, values, np.full(count, 0.02))


def test_bls_is_that_of_astropy():
    target = target_of(eclipsing(), parameters=4)
    frequencies = Grid(0.4, 0.002, 20).values

    power = bls.power(target, frequencies, (0.1, 0.2), never)

    band = target.bands[0]
    model = BoxLeastSquares(band.time, -band.value, band.error)
    found = model.power(
        1 / frequencies, [0.1, 0.2], objective="likelihood", method="slow"
    )
    total = (band.centred**2 / band.error**2).sum()
    assert power == pytest.approx(2 * found.power / total, abs=0.02)


@pytest.mark.parametrize("durations", [(), (0.1, 0.2)])
@pytest.mark.parametrize("magnitudes", [True, False])
def test_bls_finds_eclipses_and_when_they_are(durations, magnitudes):
    band = eclipsing()
    if not magnitudes:
        band = Series("V", band.time, 100 - band.value, band.error)
    target = target_of(band, parameters=4)
    target = type(target)(target.bands, target.origin, magnitudes)
    asked = Asked(Bls(durations), GridParams(0.3, 1.0), 2)

    found = search(target, plan_search(target, asked, AT_ONCE), asked, never)

    best = found.peaks[0]
    assert abs(best.frequency - 1 / 2.345) < 0.5 / target.span
    assert best.epochs.maximum is None
    late = target.origin + best.epochs.minimum - 55_001.0
    assert abs((late + best.period / 2) % best.period - best.period / 2) < 0.05
    assert best.power > 0.5


def test_bls_of_many_pieces_is_the_same(monkeypatch):
    target = target_of(eclipsing(), parameters=4)
    frequencies = Grid(0.1, 0.01, 300).values
    whole = bls.power(target, frequencies, (0.1,), never)

    monkeypatch.setattr(bls, "AT_ONCE", 5000)

    assert np.array_equal(bls.power(target, frequencies, (0.1,), never), whole)


def test_a_box_longer_than_the_shortest_period_is_refused():
    target = target_of(eclipsing(), parameters=4)
    asked = Asked(Bls((0.6,)), GridParams(0.3, 2.0), 2)

    with pytest.raises(ParameterError, match=r"DURATION: 0.6 d is not shorter"):
        plan_search(target, asked, AT_ONCE)


def test_a_box_that_needs_too_many_bins_is_refused():
    target = target_of(eclipsing(), parameters=4)
    asked = Asked(Bls((1e-5,)), GridParams(0.3, 2.0), 2)

    with pytest.raises(ParameterError, match=r"1e-05 d is below 1e-05 of the longest"):
        plan_search(target, asked, AT_ONCE)


def test_the_bins_of_short_boxes_are_work():
    target = target_of(eclipsing(), parameters=4)
    grid = GridParams(0.3, 2.0)
    assert plan_search(target, Asked(Bls((0.05,)), grid, 2), AT_ONCE).count > 1000

    with pytest.raises(TooLargeError, match="/periodogram/async"):
        plan_search(target, Asked(Bls((5e-5, 1e-4, 0.05)), grid, 2), AT_ONCE)


def test_a_search_by_short_boxes_looks_often_whether_it_is_wanted():
    target = target_of(eclipsing(), parameters=4)
    looks = []

    bls.power(target, Grid(0.3, 0.001, 200).values, (1e-4,), lambda: looks.append(1))

    assert len(looks) == 5
