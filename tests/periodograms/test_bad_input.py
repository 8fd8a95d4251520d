"""What cannot be searched is refused, with what is wrong and what to do."""

import numpy as np
import pytest

from tests.periodograms.curves import SPAN, sinusoid, target_of, times_of
from vo_lcc.dali.params import Params
from vo_lcc.errors import ParameterError, TooLargeError, UsageError
from vo_lcc.periodograms.columns import find_columns
from vo_lcc.periodograms.grid import Grid, GridParams, choose_grid
from vo_lcc.periodograms.methods.method import LombScargle, Pdm
from vo_lcc.periodograms.params import PeriodogramParams
from vo_lcc.periodograms.search import AT_ONCE, Asked, plan_search
from vo_lcc.periodograms.series import Series, make_target
from vo_lcc.tables import Column

RNG = np.random.default_rng(9)
TIMES = times_of(RNG, 50)
VALUES = RNG.normal(size=50)
NAN = float("nan")


@pytest.mark.parametrize(
    ("times", "values", "errors", "problem"),
    [
        (TIMES[:4], VALUES[:4], None, "4 points that can be used .* needs 5"),
        (TIMES[:0], VALUES[:0], None, "0 points"),
        (TIMES * 0 + 55_000, VALUES, None, "all 50 points have the same time"),
        (TIMES, VALUES * 0 + 12.5, None, "all 50 values are 12.5"),
        (TIMES, VALUES * NAN, None, "0 points"),
        (TIMES * NAN, VALUES, None, "0 points"),
        (TIMES, VALUES, TIMES * 0, "0 points .* an error above zero"),
        (TIMES, VALUES, -np.ones(50), "0 points"),
        (TIMES, VALUES * 1e200, None, "too large to be squared"),
    ],
)
def test_a_light_curve_without_a_period_to_be_seen(times, values, errors, problem):
    with pytest.raises(UsageError, match=problem):
        make_target([Series("V", times, values, errors)], 3)


def test_points_that_say_nothing_are_left_out():
    values, errors = VALUES.copy(), np.full(50, 0.1)
    values[3], errors[7], errors[9] = NAN, 0.0, NAN

    target = make_target([Series("V", TIMES, values, errors)], 3)

    assert len(target) == 47


def test_points_of_magnitude_zero_count():
    values = VALUES.copy()
    values[:10] = 0.0

    assert len(make_target([Series("V", TIMES, values, None)], 3)) == 50


def test_errors_that_are_all_missing_are_no_errors():
    (band,) = make_target([Series("V", TIMES, VALUES, TIMES * NAN)], 3).bands

    assert band.error is None
    assert len(band) == 50


def test_a_passband_with_few_points_is_left_out_and_told():
    few = Series("u", TIMES[:3], VALUES[:3])

    target = make_target([few, Series("g", TIMES, VALUES)], 3)

    assert target.passbands == ("g",)
    assert target.left_out[0].startswith("u: 3 points")


def test_the_default_range_is_that_of_variable_stars():
    grid = choose_grid(target_of(sinusoid(RNG, 0.5)), GridParams(), 100_000)

    assert grid.start == pytest.approx(1 / SPAN, rel=0.1)
    assert grid.stop == pytest.approx(10.0, rel=1e-3)
    assert grid.step == pytest.approx(grid.start / 5)


def test_a_short_light_curve_has_a_grid_too():
    times = np.linspace(0, 0.2, 50)

    grid = choose_grid(target_of(Series("V", times, VALUES)), GridParams(), 100_000)

    assert (grid.start, grid.stop) == pytest.approx((5.0, 500.0))


@pytest.mark.parametrize(
    ("low", "high", "problem"),
    [
        (1e-4, 1.0, "PMAX: a period of 10000 d .* is longer than the light curve"),
        (None, 1e-3, "FMAX: frequencies from .* are none"),
        (3.0, 2.0, "FMAX: frequencies from 3 to 2 /d are none"),
    ],
)
def test_a_range_without_frequencies(low, high, problem):
    with pytest.raises(ParameterError, match=problem):
        choose_grid(target_of(sinusoid(RNG, 0.5)), GridParams(low, high), 100_000)


def test_too_many_frequencies_are_told_before_any_is_made():
    target = target_of(sinusoid(RNG, 0.5))

    with pytest.raises(TooLargeError, match=r"frequencies from .* more than 1000"):
        choose_grid(target, GridParams(None, 1e300), 1000)


def test_times_that_lie_together_as_no_days_do_are_refused():
    """BLS would divide its periods into bins that doubles cannot tell apart."""
    times = np.arange(1, 51) * 1e-300
    target = target_of(Series("V", times, VALUES))

    with pytest.raises(ParameterError, match=r"FMAX: .* is beyond 1e"):
        choose_grid(target, GridParams(), 100_000)


def test_too_much_work_leads_to_a_job():
    times = times_of(RNG, 20_000)
    target = target_of(Series("V", times, RNG.normal(size=20_000)), parameters=5)

    with pytest.raises(TooLargeError, match="/periodogram/async"):
        plan_search(target, Asked(Pdm(), GridParams(None, 100), 5), AT_ONCE)
    asked = Asked(LombScargle(), GridParams(None, 10), 5)
    assert isinstance(plan_search(target, asked, AT_ONCE), Grid)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "ID: 0 identifiers and 0 uploads"),
        ("ID=demo/a&ID=demo/b", "ID: 2 identifiers"),
        ("ID=demo", "ID: 'demo' is not the identifier"),
        ("ID=demo/a&UPLOAD=lc,param:lc", "ID: 1 identifiers and 1 uploads"),
        ("METHOD=fft", "METHOD: 'fft' is not one of ls, bls, pdm"),
        ("METHOD=pdm&NTERMS=2", "NTERMS: is for METHOD=ls"),
        ("DURATION=0.1", "DURATION: is for METHOD=bls"),
        ("METHOD=bls&DURATION=0", "DURATION: 0 d is not above zero"),
        ("METHOD=bls&DURATION=a", "DURATION: 'a' is not a number"),
        ("NTERMS=0", "NTERMS: 0 is not in 1 to 8"),
        ("NTERMS=9", "NTERMS: 9 is not in 1 to 8"),
        ("PEAKS=0", "PEAKS: 0 is not in 1 to 100"),
        ("PEAKS=2.5", "PEAKS: '2.5' is not an integer"),
        ("FMIN=2&FMAX=1", "FMIN: 2 /d is not below FMAX, 1 /d"),
        ("FMIN=1&FMAX=1", "FMIN: 1 /d is not below"),
        ("PMIN=2&PMAX=1", "FMIN: 1 /d is not below FMAX, 0.5 /d"),
        ("FMIN=0", "FMIN: 0 is not above zero"),
        ("PMIN=-1", "PMIN: -1 is not above zero"),
        ("FMIN=nan", "FMIN: 'nan' is not a number"),
        ("FMAX=inf", "FMAX: 'inf' is not a number"),
        ("PMIN=1e-320", "PMIN: is too small"),
        ("FMAX=1&PMIN=1", "PMIN: says the same as FMAX"),
        ("OVERSAMPLING=0.5", "OVERSAMPLING: 0.5 is not in 1 to 100"),
        ("WEIGHTS=some", "WEIGHTS: 'some' is not errors or equal"),
        ("OUTPUT=all", "OUTPUT: 'all' is not one of peaks, spectrum, plot"),
        ("OUTPUT=plot&RESPONSEFORMAT=csv", "RESPONSEFORMAT: a plot is not given as"),
        ("OUTPUT=peaks&RESPONSEFORMAT=png", "RESPONSEFORMAT: there is no format"),
        (
            "RESPONSEFORMAT=svg",
            "RESPONSEFORMAT: there is no format 'svg' of tables; it is for OUTPUT=plot",
        ),
        ("PERIOD=1", "PERIOD: is not for a periodogram"),
        ("EPOCH=1", "EPOCH: is not for a periodogram"),
        ("BIN=1", "BIN: is not for a periodogram"),
        ("TIMEFORMAT=iso", "TIMEFORMAT: iso gives no numbers"),
    ],
)
def test_parameters_that_are_wrong(text, problem):
    pairs = [tuple(pair.split("=", 1)) for pair in text.split("&") if pair]
    if pairs and "ID" not in dict(pairs):
        pairs.append(("ID", "demo/a"))

    with pytest.raises(ParameterError) as caught:
        PeriodogramParams.parse(Params(tuple(pairs)), None)

    assert str(caught.value).startswith(problem)


@pytest.mark.parametrize(
    "asked",
    [
        "TIME=58000 58100",
        "QUALITY=good",
        "TIMESCALE=TDB",
        "REFPOSITION=BARYCENTER",
        "TIMEFORMAT=mjd",
        "QUANTITY=flux",
    ],
)
def test_what_is_not_done_to_an_upload_is_refused(asked):
    pairs = (("UPLOAD", "lc,param:lc"), tuple(asked.split("=")))

    with pytest.raises(ParameterError, match="leave it out of an UPLOAD"):
        PeriodogramParams.parse(Params(pairs), None)


def columns_of(*names):
    return [Column(name, "double") for name in names]


@pytest.mark.parametrize(
    ("columns", "places", "magnitudes"),
    [
        (columns_of("hjd", "mag", "err"), (0, 1, 2), True),
        (columns_of("mag", "flux", "jd"), (2, 0, None), True),
        (columns_of("BJD_TDB", "Flux", "flux_err"), (0, 1, 2), False),
        (
            [
                Column("a", "float", ucd="stat.error;phot.mag;em.opt.V"),
                Column("b", "float", ucd="phot.mag;em.opt.V"),
                Column("c", "double", unit="d", ucd="time.epoch"),
            ],
            (2, 1, 0),
            True,
        ),
    ],
)
def test_columns_of_uploads_are_known(columns, places, magnitudes):
    found = find_columns(columns)

    assert (found.time, found.value, found.error) == places
    assert found.magnitudes is magnitudes


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        (columns_of("x", "mag"), "no column of time"),
        (columns_of("mjd", "z"), "no column of magnitudes or fluxes"),
        (
            [Column("time", "double", unit="s"), *columns_of("mag")],
            "time is in s; give times in days",
        ),
    ],
)
def test_an_upload_that_is_no_light_curve(columns, problem):
    with pytest.raises(UsageError, match=problem):
        find_columns(columns)
