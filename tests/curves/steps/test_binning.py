import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.curves.steps.making import collection, curves, listed, run
from vo_lcc.curves.steps.binning import Bin, means
from vo_lcc.curves.steps.brightness import InQuantity
from vo_lcc.curves.steps.folding import Fold
from vo_lcc.curves.steps.step import all_columns, apply_all
from vo_lcc.errors import ParameterError
from vo_lcc.tables import TimeFrame

INF = math.inf
NAMES = ["obs_time", "mag", "mag_err", "n_binned"]


def test_a_bin_has_the_weighted_mean_of_its_points():
    given_ = curves(
        collection(),
        {
            "obs_time": [10.0, 10.4, 11.2, 12.5],
            "mag": [1.0, 3.0, 5.0, 7.0],
            "mag_err": [1.0, 0.5, 0.25, None],
        },
    )

    binned = run(Bin(1.0), given_)

    assert [c.name for c in binned.columns] == NAMES
    assert listed(binned, "obs_time") == [pytest.approx([10.2, 11.2, 12.5])]
    assert listed(binned, "mag") == [pytest.approx([(1 + 3 * 4) / 5, 5.0, 7.0])]
    assert listed(binned, "mag_err") == [[pytest.approx(1 / math.sqrt(5)), 0.25, None]]
    assert listed(binned, "n_binned") == [[2, 1, 1]]


@pytest.mark.parametrize(
    "errors", [[0.1, None, 0.1], [0.1, 0.0, 0.1], [-1.0, 0.1, 0.1]]
)
def test_where_an_error_is_missing_the_mean_is_plain(errors):
    given_ = curves(
        collection(), {"obs_time": [1.0] * 3, "mag": [1.0, 2.0, 6.0], "mag_err": errors}
    )

    binned = run(Bin(1.0), given_)

    assert listed(binned, "mag") == [[3.0]]
    spread = math.sqrt((4 + 1 + 9) / 2)
    assert listed(binned, "mag_err") == [[pytest.approx(spread / math.sqrt(3))]]


def test_a_collection_without_errors_gets_them_from_the_spread():
    given_ = curves(
        collection(points=("obs_time", "mag")),
        {"obs_time": [1.0, 1.1], "mag": [1.0, 3.0]},
    )

    binned = run(Bin(1.0), given_)

    assert [c.name for c in binned.columns] == NAMES
    assert listed(binned, "mag_err") == [[pytest.approx(1.0)]]
    error = binned.find_column("mag_err")
    assert (error.unit, error.ucd) == ("mag", "stat.error;phot.mag")


def test_limits_bad_points_and_missing_magnitudes_are_in_no_mean():
    given_ = curves(
        collection(upper_limits=2),
        {
            "obs_time": [1.0, 1.1, 1.2, 1.3, 2.5],
            "mag": [1.0, 9.0, None, 3.0, 5.0],
            "mag_err": [1.0, 1.0, 1.0, 1.0, 1.0],
            "flags": [0, 2, 0, None, 1],
        },
    )

    binned = run(Bin(1.0), given_)

    assert listed(binned, "mag") == [[2.0]]
    assert listed(binned, "n_binned") == [[2]]


def test_bins_never_hold_points_of_two_light_curves():
    given_ = curves(
        collection(),
        {"obs_time": [1.0], "mag": [1.0]},
        {"obs_time": []},
        {"obs_time": [1.0, 1.1], "mag": [3.0, 5.0]},
    )

    assert listed(run(Bin(1.0), given_), "mag") == [[1.0], [], [4.0]]


def test_bins_begin_at_whole_multiples_since_mjd_zero_in_any_frame():
    of = collection(TimeFrame("TDB", "BARYCENTER", 0.0))
    given_ = curves(of, {"obs_time": [2458000.4, 2458000.6], "mag": [1.0, 2.0]})

    assert listed(run(Bin(1.0), given_), "n_binned") == [[1, 1]]  # midnight between


def test_folded_points_are_binned_in_phase():
    fold = Fold(2.0, 0.0)
    given_ = curves(
        collection(),
        {"obs_time": [0.1, 2.3, 3.0, 4.2], "mag": [1.0, 3.0, 7.0, 5.0]},
    )

    binned = apply_all([fold, Bin(0.5, fold)], given_)

    assert [c.name for c in binned.columns] == ["obs_time", "phase", *NAMES[1:]]
    assert listed(binned, "phase") == [pytest.approx([0.1, 0.5])]
    assert listed(binned, "mag") == [[3.0, 7.0]]
    assert listed(binned, "n_binned") == [[3, 1]]


def test_objects_left_unfolded_are_binned_in_time():
    fold = Fold(None)
    given_ = curves(
        collection(),
        {"obs_time": [0.1, 0.2, 5.0], "mag": [1.0, 3.0, 7.0]},
        {"obs_time": [0.1, 4.2], "mag": [1.0, 3.0]},
        keys=[{}, {"period": 2.0}],
    )

    binned = apply_all([fold, Bin(1.0, fold)], given_)

    assert listed(binned, "n_binned") == [[2, 1], [2]]
    assert listed(binned, "phase") == [[None, None], [pytest.approx(0.075)]]


def test_means_are_of_the_quantity_that_is_asked():
    given_ = curves(collection(), {"obs_time": [1.0, 1.1], "mag": [0.0, 5.0]})

    binned = apply_all([InQuantity("flux"), Bin(1.0)], given_)

    assert [c.name for c in binned.columns] == [
        "obs_time",
        "flux",
        "flux_err",
        "n_binned",
    ]
    assert listed(binned, "flux") == [[pytest.approx(3631 * 0.505)]]


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(10, 20)), min_size=1, max_size=30),
    st.floats(0.01, 50),
)
@settings(deadline=None)
def test_every_good_point_is_in_one_bin_and_no_mean_leaves_its_points(points, width):
    points.sort()
    times, mags = zip(*points, strict=True)
    given_ = curves(
        collection(points=("obs_time", "mag")), {"obs_time": times, "mag": mags}
    )

    binned = run(Bin(width), given_)

    assert sum(listed(binned, "n_binned")[0]) == len(points)
    numbers = np.floor(np.array(times) / width)
    assert binned.points.num_rows == len(set(numbers))
    assert min(mags) - 1e-5 <= min(listed(binned, "mag")[0])
    assert max(listed(binned, "mag")[0]) <= max(mags) + 1e-5
    assert listed(binned, "obs_time")[0] == sorted(listed(binned, "obs_time")[0])


@given(st.lists(st.floats(1e-3, 10), min_size=2, max_size=20), st.floats(-100, 100))
def test_weights_agree_with_those_of_numpy(errors, start):
    errors = np.array(errors)
    values = start + np.arange(len(errors))

    value, error, number = means(values, errors, np.array([0]))

    assert value[0] == pytest.approx(np.average(values, weights=errors**-2), abs=1e-9)
    assert error[0] == pytest.approx(np.sum(errors**-2) ** -0.5)
    assert number[0] == len(errors)


def test_bins_wider_than_the_span_are_refused_with_the_span():
    of = collection(t_min=58000.0, t_max=58100.0)

    with pytest.raises(ParameterError, match=r"BIN: 101 d is more than the 100 d that"):
        Bin(101.0).columns(of.point_columns, of)
    with pytest.raises(ParameterError, match=r"more than the 10 d that"):
        Bin(11.0, intervals=((58090.0, INF),)).columns(of.point_columns, of)
    assert Bin(100.0).columns(of.point_columns, of)


def test_bins_wider_than_the_period_are_refused():
    of = collection(t_min=58000.0, t_max=58000.2)
    fold = Fold(0.5)

    with pytest.raises(ParameterError, match=r"BIN: 0\.6 d is more than the period"):
        all_columns([fold, Bin(0.6, fold)], of.point_columns, of)
    assert all_columns([fold, Bin(0.5, fold)], of.point_columns, of)


def test_where_nothing_is_good_nothing_is_left():
    given_ = curves(collection(), {"obs_time": [1.0], "mag": [1.0], "flags": [1]})

    assert listed(run(Bin(1.0), given_), "mag") == [[]]
