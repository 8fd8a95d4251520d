import numpy as np
import pytest

from tests.periodograms.curves import never, sinusoid, target_of
from vo_lcc.periodograms.grid import GridParams
from vo_lcc.periodograms.methods.method import LombScargle
from vo_lcc.periodograms.peaks import find_alias
from vo_lcc.periodograms.search import AT_ONCE, Asked, plan_search, search
from vo_lcc.periodograms.series import Series

FREQUENCY = 0.734


def nightly(rng, nights=200):
    """Observed once a night, at nearly the same time."""
    times = 55_000 + np.arange(nights) + rng.uniform(-0.04, 0.04, nights)
    values = 14 + 0.3 * np.sin(2 * np.pi * FREQUENCY * times)
    return Series("V", times, values + rng.normal(0, 0.02, nights))


def peaks_of(*bands, nterms=1, low=None, high=5.0, count=5):
    target = target_of(*bands, parameters=2 * nterms + 1)
    asked = Asked(LombScargle(nterms), GridParams(low, high), count)
    return search(target, plan_search(target, asked, AT_ONCE), asked, never).peaks


def test_peaks_of_nightly_observations_are_known_as_aliases():
    best, *others = peaks_of(nightly(np.random.default_rng(1)))

    assert best.frequency == pytest.approx(FREQUENCY, abs=1e-4)
    assert best.alias is None
    labels = {peak.alias.label for peak in others if peak.alias}
    assert {"f1 + 1/d", "-f1 + 1/d"} <= labels
    assert all(peak.alias.rank == 1 for peak in others)


def test_peaks_are_the_highest_and_apart():
    found = peaks_of(nightly(np.random.default_rng(2)), count=20)

    powers = [peak.power for peak in found]
    assert powers == sorted(powers, reverse=True)
    frequencies = np.sort([peak.frequency for peak in found])
    assert np.diff(frequencies).min() >= 1 / 200


def test_a_period_of_two_waves_is_twice_another():
    """An eclipsing binary: one sinusoid sees half of the period."""
    rng = np.random.default_rng(3)
    times = np.sort(rng.uniform(0, 300, 200))
    cycles = times * 0.4
    values = 0.4 * np.cos(4 * np.pi * cycles) + 0.15 * np.cos(2 * np.pi * cycles)
    best, second, *_ = peaks_of(Series("V", times, values))

    assert best.frequency == pytest.approx(0.8, abs=1e-4)
    assert (second.alias.label, second.alias.rank) == ("f1/2", 1)


@pytest.mark.parametrize(
    ("frequency", "label"),
    [
        (2.7, "f1 + 1/d"),
        (0.7, "f1 - 1/d"),
        (3 - 1.7, "-f1 + 3/d"),
        (1.7 + 1 / 365.25, "f1 + 1/yr"),
        (2.7 + 1 / 365.25, "f1 + 1/d + 1/yr"),
        (2 - 1.7 - 2 / 365.25, "-f1 + 2/d - 2/yr"),
        (5.1, "3 f1"),
        (0.85, "f1/2"),
        (1.6, None),
    ],
)
def test_aliases_have_names(frequency, label):
    found = find_alias(frequency, [1.7], 3000.0)

    assert (found and found.label) == label


def test_years_are_not_told_apart_in_one():
    nearby = 1.7 + 2 / 365.25

    assert find_alias(nearby, [1.7], 1000.0).label == "f1 + 2/yr"
    assert find_alias(nearby, [1.7], 400.0) is None


def test_a_range_without_a_maximum_gives_its_highest_end():
    best, *others = peaks_of(
        sinusoid(np.random.default_rng(8), 1.25), low=1.2505, high=1.2511
    )

    assert others == []
    assert best.frequency == pytest.approx(1.2505, abs=1e-9)
    assert best.frequency_error is None


def test_epochs_are_those_of_the_brightest_and_faintest():
    """Magnitudes: light is brightest where the sine is least."""
    rng = np.random.default_rng(6)
    times = np.sort(rng.uniform(55_000, 55_400, 300))
    values = 15 + 0.5 * np.cos(2 * np.pi * (times - 55_000.3) / 1.7)
    target = target_of(Series("V", times, values))
    asked = Asked(LombScargle(), GridParams(0.1, 2.0), 1)
    (best,) = search(target, plan_search(target, asked, AT_ONCE), asked, never).peaks

    faintest, brightest = (
        (target.origin + when - 55_000.3) / 1.7 % 1
        for when in (best.epochs.minimum, best.epochs.maximum)
    )
    assert min(faintest, 1 - faintest) < 2e-3
    assert brightest == pytest.approx(0.5, abs=2e-3)
    assert abs(best.epochs.minimum + target.origin - times.mean()) < 1.7


def test_uncertain_periods_follow_from_uncertain_frequencies():
    (best, *_) = peaks_of(sinusoid(np.random.default_rng(8), 1.25))

    assert best.period == 1 / best.frequency
    assert best.period_error == pytest.approx(best.frequency_error / 1.25**2, rel=1e-3)


@pytest.mark.parametrize("noise", [1e-5, 1e-3, 0.03])
def test_frequencies_are_as_good_as_their_errors_say(noise):
    """Also where these are far below the distance of the frequencies of the grid."""
    rng = np.random.default_rng(12)
    pulls = []
    for frequency in 1.2345678 + 0.001 * np.arange(6):
        best, *_ = peaks_of(sinusoid(rng, frequency, noise=noise))
        pulls.append((best.frequency - frequency) / best.frequency_error)

    assert np.abs(pulls).max() < 4
