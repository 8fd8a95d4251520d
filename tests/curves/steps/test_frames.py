import numpy as np
import pytest

from tests.curves.steps.making import collection, curves, listed, many, run
from vo_lcc.curves.heads import BandHeads
from vo_lcc.curves.steps.cuts import Cut
from vo_lcc.curves.steps.frames import InFrame, IsoTimes, frame_of, key_columns_in
from vo_lcc.curves.steps.step import all_columns, apply_all
from vo_lcc.errors import ParameterError, UsageError
from vo_lcc.lightcurves.columns import OBJECT_COLUMNS
from vo_lcc.tables import Observatory, TimeFrame
from vo_lcc.times import convert
from vo_lcc.times.places import Sky, normals

PARANAL = Observatory(-70.4045, -24.6268, 2648.0)
HERE = TimeFrame("UTC", "TOPOCENTER")
THERE = TimeFrame("TDB", "BARYCENTER")
TO_THERE = InFrame("TDB", "BARYCENTER")
KEYS = tuple(OBJECT_COLUMNS.values())


def test_each_point_is_converted_for_the_position_of_its_object():
    of = collection(HERE, observatory=PARANAL)
    given = curves(
        of,
        {"obs_time": [58000.0, 58100.0]},
        {"obs_time": []},
        {"obs_time": [58000.0]},
        keys=[{"ra": 10.0, "dec": 20.0}, {}, {"ra": 200.0, "dec": -70.0}],
    )

    moved = run(TO_THERE, given)

    sky = Sky(
        normals(np.array([10.0, 200.0]), np.array([20.0, -70.0])),
        np.array([0, 0, 1]),
        PARANAL,
    )
    one, two, three = convert(np.array([58000.0, 58100.0, 58000.0]), HERE, THERE, sky)
    assert listed(moved, "obs_time") == [[one, two], [], [three]]
    assert abs(one - three) * 86400 > 100


def test_the_column_of_times_says_its_new_frame():
    of = collection(HERE, observatory=PARANAL)

    time = run(TO_THERE, curves(of, {"obs_time": [58000.0]})).columns[0]

    assert frame_of(time) == THERE
    assert time.description == "Time of the observation (MJD, TDB, BARYCENTER)"


def test_epochs_go_with_the_times():
    of = collection(HERE, observatory=PARANAL)
    given = curves(
        of, {"obs_time": [58000.0]}, {"obs_time": []}, keys=[{"epoch": 58000.0}]
    )

    moved = run(InFrame("TDB", "BARYCENTER", 0.0), given)

    (time,), _ = listed(moved, "obs_time")
    assert moved.keys.column("epoch").to_pylist() == [time, None]
    epoch = key_columns_in(KEYS, moved.columns)[-1]
    assert epoch.annotation == TimeFrame("TDB", "BARYCENTER", 0.0)
    assert epoch.description == (
        "Time of phase zero (JD, TDB, BARYCENTER), converted from: Time of phase zero,"
        " in the time frame of the light curves"
    )


def test_the_head_of_a_table_has_the_epoch_in_the_frame_of_its_times():
    of = collection(HERE, observatory=PARANAL)
    given = curves(of, {"obs_time": [58000.0]}, keys=[{"epoch": 58000.0}])

    moved = run(TO_THERE, given)

    (values,) = moved.keys.to_pylist()
    head = BandHeads(of, moved.columns).head(values, "g")
    (epoch,) = [p for p in head.params if p.column.name == "epoch"]
    assert epoch.column.annotation == head.columns[0].annotation == THERE
    assert [epoch.value] == listed(moved, "obs_time")[0]


def test_keys_say_what_they_said_where_times_stay():
    of = collection(HERE)
    keys = tuple(c if c.name != "epoch" else frame_column(c, HERE) for c in KEYS)

    assert key_columns_in(keys, of.point_columns) == keys


def frame_column(column, frame):
    return type(column)(column.name, column.datatype, annotation=frame)


def test_what_times_are_already_needs_nothing_and_changes_nothing():
    nothing_known = collection(TimeFrame("UNKNOWN", "UNKNOWN", 0.0))
    given = curves(nothing_known, {"obs_time": [2458000.5]}, keys=[{"ra": None}])

    assert run(InFrame(time_origin=0.0), given) == given
    there = curves(collection(THERE), {"obs_time": [20000.0]}, keys=[{"ra": None}])
    assert run(TO_THERE, there) == there


def test_the_origin_moves_without_a_scale():
    of = collection(TimeFrame("UNKNOWN", "UNKNOWN", 2457000.0))
    given = curves(of, {"obs_time": [1000.5, None]}, keys=[{"epoch": 1.5}])

    moved = run(InFrame(time_origin=2400000.5), given)

    assert listed(moved, "obs_time") == [[58000.0, None]]
    assert moved.keys.column("epoch").to_pylist() == [57001.0]


@pytest.mark.parametrize(
    ("frame", "step", "message"),
    [
        (
            TimeFrame("UNKNOWN", "GEOCENTER"),
            InFrame("TDB"),
            r"TIMESCALE: the times of made \(MJD, time scale unknown, GEOCENTER\)"
            " cannot be converted: the source does not say in which time scale the"
            " times are; leave it out to have them as they are",
        ),
        (
            TimeFrame("UNKNOWN", "GEOCENTER"),
            InFrame(refposition="BARYCENTER"),
            "REFPOSITION: .* does not say in which time scale",
        ),
        (
            TimeFrame("TT", "UNKNOWN"),
            InFrame(refposition="BARYCENTER"),
            "REFPOSITION: .* does not say for which place the times are",
        ),
        (
            HERE,
            TO_THERE,
            "REFPOSITION: .* does not tell the place of its observatory",
        ),
        (
            TimeFrame("TT", "EMBARYCENTER"),
            InFrame(refposition="BARYCENTER"),
            "REFPOSITION: .* for the EMBARYCENTER, which is not converted",
        ),
        (
            TimeFrame("UT", "TOPOCENTER"),
            InFrame("TT"),
            "TIMESCALE: .* the times are in UT, which is not converted",
        ),
    ],
)
def test_what_is_not_known_is_never_guessed(frame, step, message):
    of = collection(frame)

    with pytest.raises(UsageError, match=message):
        step.columns(of.point_columns, of)


def test_an_object_without_a_position_is_named():
    of = collection(TimeFrame("TT", "GEOCENTER"))
    given = curves(
        of, {"obs_time": [5.8e4]}, {"obs_time": [5.8e4]}, keys=[{}, {"dec": None}]
    )

    with pytest.raises(ParameterError, match="object 'o1' has no position"):
        InFrame(refposition="BARYCENTER").apply(given)


def test_dates_without_utc_are_refused_before_any_point_is_read():
    of = collection(
        TimeFrame("UTC", "GEOCENTER", 0.0), t_min=2433000.0, t_max=2450000.0
    )

    with pytest.raises(
        ParameterError,
        match=r"a time is at MJD 32999\.5; this conversion is known from",
    ):
        InFrame("TT").columns(of.point_columns, of)
    later = InFrame("TT", intervals=((40000.0, np.inf),))
    assert later.columns(of.point_columns, of) != of.point_columns


def test_dates_of_points_and_epochs_are_looked_at_too():
    of = collection(TimeFrame("UTC", "GEOCENTER"))

    with pytest.raises(ParameterError, match="TIMESCALE: a time is at MJD 30000;"):
        InFrame("TT").apply(curves(of, {"obs_time": [58000.0, 30000.0]}))
    with pytest.raises(ParameterError, match="the epoch of 'o0' is at MJD 1000000;"):
        InFrame("TT").apply(curves(of, {"obs_time": [58000.0]}, keys=[{"epoch": 1e6}]))
    old = collection(TimeFrame("TT", "GEOCENTER"))
    with pytest.raises(ParameterError, match="REFPOSITION: a time is at MJD 1000;"):
        InFrame(None, "BARYCENTER").apply(curves(old, {"obs_time": [1000.0]}))


def test_a_null_time_stays_null():
    of = collection(HERE, observatory=PARANAL)

    moved = run(TO_THERE, curves(of, {"obs_time": [None, 58000.0]}))

    assert listed(moved, "obs_time")[0][0] is None


@pytest.mark.parametrize(("scale", "xtype"), [("UTC", "timestamp"), ("TT", None)])
def test_iso_times_are_text_of_the_type_that_dali_has_for_utc(scale, xtype):
    of = collection(TimeFrame(scale, "GEOCENTER", 0.0))
    given = curves(of, {"obs_time": [2458000.75, None]}, keys=[{"epoch": 2458000.75}])
    steps = (InFrame(time_origin=2400000.5), IsoTimes())

    written = apply_all(steps, given)

    time = written.columns[0]
    assert (time.datatype, time.arraysize, time.unit, time.xtype) == (
        *("char", "*", None),
        xtype,
    )
    assert time.description == f"Time of the observation (ISO 8601, {scale}, GEOCENTER)"
    assert listed(written, "obs_time") == [["2017-09-04T06:00:00.000000", None]]
    assert written.keys.column("epoch").to_pylist() == [58000.25]
    assert written.columns == all_columns(steps, of.point_columns, of)


@pytest.mark.parametrize("time", [-3e6, 3e6, 1e300])
def test_times_that_no_date_tells_are_refused(time):
    of = collection(TimeFrame())

    with pytest.raises(ParameterError, match="TIMEFORMAT: a time is at MJD"):
        IsoTimes().apply(curves(of, {"obs_time": [58000.0, time]}))


@pytest.mark.parametrize(
    ("mjd", "text"),
    [
        (-678575.0, "0001-01-01T00:00:00.000000"),
        (2973483.5, "9999-12-31T12:00:00.000000"),
    ],
)
def test_first_and_last_dates_are_told(mjd, text):
    of = collection(TimeFrame("UTC", "GEOCENTER"))

    written = run(IsoTimes(), curves(of, {"obs_time": [mjd]}))

    assert listed(written, "obs_time") == [[text]]


def test_no_light_curves_are_no_trouble():
    of = collection(HERE, observatory=PARANAL)

    empty = many(of, 1, 3).only(np.array([False]))

    for step in (TO_THERE, InFrame(time_origin=0.0), Cut(((1.0, 2.0),))):
        assert len(run(step, empty)) == 0
