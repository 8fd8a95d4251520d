import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.curves.steps.making import collection, curves, listed, run
from vo_lcc.curves.steps.cuts import (
    Cut,
    hull,
    inside,
    own_intervals,
    time_range,
    wanted_interval,
)
from vo_lcc.curves.steps.quality import Quality
from vo_lcc.tables import TimeFrame

INF = math.inf
SECOND = 1 / 86400


def test_points_at_both_ends_are_inside():
    given_ = curves(collection(), {"obs_time": [1.0, 2.0, 3.0, 4.0]})

    assert listed(run(Cut(((2.0, 3.0),)), given_), "obs_time") == [[2.0, 3.0]]


def test_several_intervals_are_joined_and_light_curves_stay_apart():
    given_ = curves(
        collection(),
        {"obs_time": [1.0, 2.0, 5.0]},
        {"obs_time": [2.0]},
        {"obs_time": []},
    )

    cut = run(Cut(((1.0, 1.0), (1.0, 1.5), (4.0, INF))), given_)

    assert listed(cut, "obs_time") == [[1.0, 5.0], [], []]


def test_points_without_a_time_are_in_no_interval():
    given_ = curves(collection(), {"obs_time": [None, 2.0]})

    assert listed(run(Cut(((-INF, INF),)), given_), "obs_time") == [[2.0]]


ends = st.floats(0, 10)


@given(
    st.lists(st.tuples(ends, ends).map(sorted).map(tuple), min_size=1),
    st.lists(ends),
)
def test_a_point_comes_when_it_is_in_any_interval(intervals, times):
    found = inside(np.array(times), intervals).tolist()

    assert found == [any(a <= t <= b for a, b in intervals) for t in times]


@pytest.mark.parametrize(
    ("frame", "seconds"),
    [
        (TimeFrame("UTC", "TOPOCENTER"), 0),
        (TimeFrame("TAI", "TOPOCENTER"), 37),
        (TimeFrame("TT", "GEOCENTER"), 69.184),
        (TimeFrame("GPS", "GEOCENTER"), 18),
        (TimeFrame("TDB", "BARYCENTER"), 69.184),
        (TimeFrame("UNKNOWN", "UNKNOWN"), 0),
        (TimeFrame("UT", "GEOCENTER"), 0),
    ],
)
def test_ends_are_utc_and_go_to_the_scale_of_the_light_curve(frame, seconds):
    ((low, high),) = own_intervals([(58000.0, INF)], frame)

    assert (low - 58000) / SECOND == pytest.approx(seconds, abs=0.002)
    assert high == INF


def test_ends_go_to_the_origin_of_the_light_curve():
    frame = TimeFrame("UNKNOWN", "BARYCENTER", 2457000.0)

    assert own_intervals([(-INF, 58000.0)], frame) == ((-INF, 1000.5),)


@pytest.mark.parametrize("mjd", [0.0, 30000.0, 99999.0, 1e9, -1e300])
def test_ends_where_there_is_no_utc_are_taken_as_well_as_can_be(mjd):
    ((low, _),) = own_intervals([(mjd, INF)], TimeFrame("TDB", "BARYCENTER"))

    assert abs(low - mjd) < 70 * SECOND


@given(
    st.floats(30000, 70000), st.floats(0, 1e4), st.sampled_from(["TT", "TDB", "TCB"])
)
def test_intervals_keep_their_order(low, length, scale):
    ((first, last),) = own_intervals([(low, low + length)], TimeFrame(scale))

    assert first <= last


def test_the_hull_of_all_cuts_is_what_must_be_read():
    steps = (Quality(), Cut(((1.0, 2.0), (5.0, 6.0))))

    assert wanted_interval(steps, TimeFrame()) == (1.0, 6.0)
    assert wanted_interval((), TimeFrame()) == (-INF, INF)
    assert hull([]) == (-INF, INF)


def test_a_range_ends_where_the_collection_or_the_request_ends():
    frame = TimeFrame("UNKNOWN", "UNKNOWN", 0.0)
    of = collection(frame, t_min=2450000.5, t_max=2450010.5)

    assert time_range(of, ()) == (2450000.5, 2450010.5)
    assert time_range(of, ((50005.0, INF),)) == (2450005.5, 2450010.5)
    assert time_range(of, ((60000.0, INF),)) is None
    assert time_range(collection(frame), ()) is None
