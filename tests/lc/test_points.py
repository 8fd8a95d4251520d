import math

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from vo_lcc.lc import points

times = st.lists(st.floats(0, 1e5), max_size=5)


@st.composite
def light_curves(draw):
    """Segments of two passbands, some of whose magnitudes are null as a whole."""
    rows = []
    for _ in range(draw(st.integers(0, 5))):
        obs_time = draw(times)
        mag = draw(
            st.none()
            | st.lists(
                st.none() | st.floats(5, 20),
                min_size=len(obs_time),
                max_size=len(obs_time),
            )
        )
        rows.append((draw(st.sampled_from("VI")), obs_time, mag))
    return rows


def table(rows):
    passbands, obs_times, mags = zip(*rows, strict=True) if rows else ([], [], [])
    arrays = pa.list_(pa.float64())
    return pa.table(
        {
            "passband": pa.array(passbands, pa.string()),
            "obs_time": pa.array(obs_times, arrays),
            "mag": pa.array(mags, arrays),
        }
    )


@given(light_curves())
def test_every_point_comes_out_once_and_in_place(rows):
    seen = points.explode(table(rows), ["obs_time", "mag"])
    expected = [
        {"passband": band, "obs_time": time, "mag": mag}
        for band, obs_times, mags in rows
        for time, mag in zip(
            obs_times, [None] * len(obs_times) if mags is None else mags, strict=True
        )
    ]

    assert seen.to_pylist() == expected


@given(light_curves(), st.floats(0, 1e5), st.floats(0, 1e5))
def test_a_time_interval_holds_both_its_ends(rows, low, high):
    every = points.explode(table(rows), ["obs_time", "mag"])
    seen = points.within(every, low, high).column("obs_time").to_pylist()

    assert seen == [t for t in every.column("obs_time").to_pylist() if low <= t <= high]


@given(light_curves())
def test_points_of_a_passband_are_in_the_order_of_time(rows):
    every = points.explode(table(rows), ["obs_time", "mag"])
    seen = points.of_passband(every, "V").column("obs_time").to_pylist()

    assert seen == sorted(t for band, ts, _ in rows if band == "V" for t in ts)


def test_an_open_interval_keeps_everything():
    every = points.explode(table([("V", [1.0, 2.0], None)]), ["obs_time", "mag"])

    assert points.within(every, -math.inf, math.inf).num_rows == 2
