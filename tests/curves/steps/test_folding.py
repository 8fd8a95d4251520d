import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.curves.steps.making import collection, curves, listed, run
from vo_lcc.curves.steps.folding import Fold, order_by, phases_of
from vo_lcc.curves.steps.frames import InFrame
from vo_lcc.curves.steps.step import apply_all
from vo_lcc.errors import ParameterError
from vo_lcc.tables import TimeFrame

JD = TimeFrame("TDB", "BARYCENTER", 0.0)


def test_points_come_by_phase_which_stands_after_the_time():
    given_ = curves(
        collection(),
        {"obs_time": [10.0, 10.5, 11.9, 12.1], "mag": [1.0, 2.0, 3.0, 4.0]},
        {"obs_time": [12.0, 13.0]},
    )

    folded = run(Fold(2.0, 10.5), given_)

    assert [c.name for c in folded.columns][:3] == ["obs_time", "phase", "mag"]
    assert listed(folded, "mag")[0] == [2.0, 3.0, 1.0, 4.0]
    assert listed(folded, "phase") == [
        pytest.approx([0.0, 0.7, 0.75, 0.8]),
        [0.25, 0.75],
    ]


@given(
    st.floats(1e-6, 1e4),
    st.floats(-1e5, 3e6),
    st.lists(st.lists(st.floats(0, 3e6), max_size=8), min_size=1, max_size=4),
)
@settings(deadline=None)
def test_phases_are_in_the_period_and_never_move_backwards(period, epoch, times):
    given_ = curves(collection(), *({"obs_time": sorted(one)} for one in times))

    for phases in listed(run(Fold(period, epoch), given_), "phase"):
        assert all(0 <= phase < 1 for phase in phases)
        assert phases == sorted(phases)


def test_a_moment_before_the_epoch_is_phase_zero():
    assert phases_of(np.array([-1e-20]), np.array([1.0]), np.array([0.0])) == [0.0]


def test_without_an_epoch_phase_zero_is_that_of_the_object_or_mjd_zero():
    given_ = curves(
        collection(JD),
        {"obs_time": [2458000.75]},
        {"obs_time": [2458000.75]},
        keys=[{"epoch": 2458000.5}, {}],
    )

    assert listed(run(Fold(1.0), given_), "phase") == [[0.25], [0.25]]
    assert listed(run(Fold(0.5, 2458000.25), given_), "phase") == [[0.0], [0.0]]


def test_an_epoch_is_taken_in_the_frame_of_the_times_as_returned():
    given_ = curves(
        collection(JD), {"obs_time": [2458000.75]}, keys=[{"epoch": 2.458e6}]
    )

    folded = apply_all([InFrame(time_origin=2400000.5), Fold(1.0)], given_)

    assert listed(folded, "phase") == [[0.75]]


def test_each_object_has_its_own_period():
    given_ = curves(
        collection(),
        {"obs_time": [1.0]},
        {"obs_time": [1.0]},
        keys=[{"period": 4.0}, {"period": 10.0}],
    )

    assert listed(run(Fold(None), given_), "phase") == [[0.25], [pytest.approx(0.1)]]


@pytest.mark.parametrize("period", [None, 0.0, -1.0])
def test_an_object_without_a_period_is_left_unfolded_among_others(period):
    given_ = curves(
        collection(),
        {"obs_time": [1.0, 2.0, 3.0]},
        {"obs_time": [1.0, 4.0]},
        keys=[{"period": period}, {"period": 4.0}],
    )

    folded = run(Fold(None), given_)

    assert listed(folded, "phase") == [[None, None, None], [0.0, 0.25]]
    assert listed(folded, "obs_time") == [[1.0, 2.0, 3.0], [4.0, 1.0]]
    with pytest.raises(ParameterError, match="object 'o0' has no period; give one"):
        Fold(None, alone=True).apply(given_)


def test_a_collection_without_periods_is_told_before_any_point_is_read():
    of = collection(period_column=None)

    with pytest.raises(ParameterError, match="made has no periods; give one in days"):
        Fold(None).columns(of.point_columns, of)


def test_the_column_says_period_and_epoch():
    of = collection(epoch_column=None)

    phase = Fold(0.55).columns(of.point_columns, of)[1]

    assert phase.ucd == "time.phase"
    assert phase.description == "Phase, from 0 to 1: period 0.55 d, phase 0 at MJD 0"


@pytest.mark.parametrize("count", [5, 70_000])
def test_order_is_by_light_curve_then_value_then_as_it_was(count):
    rng = np.random.default_rng(1)
    parents = np.sort(rng.integers(0, count, 3 * count))
    values = rng.integers(0, 3, 3 * count) / 4

    assert order_by(values, parents).tolist() == np.lexsort((values, parents)).tolist()
