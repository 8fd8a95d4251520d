import math
import sys
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lightcurves.derived.reference import NAMES, reference
from vo_lcc.lightcurves.derived import STATISTICS, Series, block, summarise

NOT_A_NUMBER = (math.nan, math.inf, -math.inf)
ULP = 2.0**-52


def packed(curves, errors=True) -> Series:
    """Light curves, each a list of (time, value, error, good)."""
    points = [point for curve in curves for point in curve]
    time, value, error, good = (
        np.array([point[i] for point in points], dtype=kind)
        for i, kind in enumerate((float, float, float, bool))
    )
    offsets = np.concatenate(([0], np.cumsum([len(curve) for curve in curves])))
    return Series(
        offsets.astype(np.int64), time, value, error if errors else None, good
    )


def statistics_of(*points) -> dict[str, float | None]:
    found = summarise(packed([points]), NAMES)
    return {n: None if math.isnan(v[0]) else float(v[0]) for n, v in found.items()}


def constant(n, value=15.1, error=0.1):
    return [(float(i), value, error, True) for i in range(n)]


# multiples of 1/64 have no rounding of their own: equal values are equal, whatever sums
numbers = st.integers(-2000, 2000).map(lambda i: i / 64)
values = st.one_of(numbers, numbers, st.sampled_from(NOT_A_NUMBER))
errors = st.one_of(
    st.integers(1, 500).map(lambda i: i / 256),
    st.sampled_from((*NOT_A_NUMBER, 0.0, -0.5)),
)
points = st.tuples(numbers.map(lambda t: 59000 + t), values, errors, st.booleans())
light_curves = st.lists(points, max_size=40).map(
    lambda ps: sorted(ps, key=lambda p: p[0])
)


@settings(deadline=None, max_examples=150)
@given(st.lists(light_curves, max_size=12))
def test_statistics_are_those_of_the_definitions(curves):
    found = summarise(packed(curves), NAMES)

    for place, curve in enumerate(curves):
        for name, expected in reference(curve).items():
            value = found[name][place]
            if expected is None:
                assert math.isnan(value), (name, value, curve)
            else:
                assert value == pytest.approx(expected, rel=1e-9, abs=1e-9), name


def test_every_statistic_has_a_reference():
    assert [statistic.name for statistic in STATISTICS] == list(NAMES)


@pytest.mark.parametrize("offset", [0.0, 15.0, 1e6])
def test_large_light_curves_lose_no_digits(offset):
    rng = np.random.default_rng(7)
    time = np.sort(rng.uniform(50000, 60000, 30_000))
    value = offset + rng.normal(0, 0.01, len(time))
    error = rng.uniform(0.005, 0.02, len(time))
    curve = list(zip(time, value, error, [True] * len(time), strict=True))

    found = summarise(packed([curve]), NAMES)

    for name, expected in reference(curve).items():
        # what the values themselves have lost is not for us to find again
        allowed = max(1e-12, 1e3 * offset * ULP / 0.01)
        assert found[name][0] == pytest.approx(expected, rel=allowed, abs=1e-12), name


@pytest.mark.parametrize("n", [2, 3, 7, 100])
def test_equal_values_have_no_scatter_and_no_shape(n):
    found = statistics_of(*constant(n, 0.1))

    zeros = ("std", "amplitude", "mad", "iqr", "range_90", "beyond_1std", "slope")
    assert {name: found[name] for name in zeros} == dict.fromkeys(zeros, 0.0)
    assert (found["median"], found["mean"], found["weighted_mean"]) == (0.1, 0.1, 0.1)
    assert (found["stetson_j"], found["reduced_chi2"]) == (0.0, 0.0)
    none = ("skewness", "kurtosis", "stetson_k", "eta", "eta_e")
    assert {name: found[name] for name in none} == dict.fromkeys(none)


def test_one_point_has_a_level_and_no_scatter():
    found = statistics_of((59000.0, 15.5, 0.1, True))

    known = {name: value for name, value in found.items() if value is not None}
    assert known == {
        **dict.fromkeys(("median", "mean", "weighted_mean"), 15.5),
        **dict.fromkeys(("amplitude", "mad", "iqr", "range_90", "span"), 0.0),
        "weighted_mean_err": pytest.approx(0.1),
        "n_good": 1.0,
    }


@pytest.mark.parametrize(
    "bad",
    [(0.0, math.nan, 0.1, True), (0.0, 15.0, 0.1, False), (0.0, math.inf, 0.1, True)],
)
def test_a_light_curve_without_good_points_has_none(bad):
    found = statistics_of(bad, bad)

    assert {n for n, v in found.items() if v is not None} == {"n_good"}
    assert found["n_good"] == 0


def test_no_light_curves_have_no_statistics():
    assert {len(v) for v in summarise(packed([]), NAMES).values()} == {0}


def test_points_at_one_time_have_no_slope():
    found = statistics_of(*((59000.0, x, 0.1, True) for x in (15.0, 15.5, 14.0)))

    assert found["slope"] is found["eta_e"] is None
    assert (found["span"], found["cadence"], found["largest_gap"]) == (0.0, 0.0, 0.0)
    assert found["eta"] is not None


@pytest.mark.parametrize("error", [0.0, -0.1, math.nan, math.inf])
def test_a_point_without_an_error_has_no_weight(error):
    good = [(0.0, 15.0, 0.1, True), (1.0, 15.2, 0.1, True)]
    found = statistics_of(*good, (2.0, 99.0, error, True))

    assert found["weighted_mean"] == pytest.approx(15.1)
    assert found["n_good"] == 3
    assert found["median"] == pytest.approx(15.2)


def test_without_errors_there_are_no_weighted_statistics():
    found = summarise(packed([constant(5)], errors=False), NAMES)

    weighted = {s.name for s in STATISTICS if s.weighted}
    assert {n for n in NAMES if np.isnan(found[n][0])} >= weighted
    assert found["mean"][0] == 15.1


def test_noise_and_sines_have_the_indices_of_the_papers():
    rng = np.random.default_rng(3)
    n = 20_000
    time = np.arange(n, dtype=float)
    noise = rng.normal(15, 0.1, n)
    sine = 15 + np.sin(2 * np.pi * time / 997)
    curves = [
        [(t, v, 0.1, True) for t, v in zip(time, value, strict=True)]
        for value in (noise, sine)
    ]

    found = summarise(packed(curves), NAMES)

    assert found["stetson_k"] == pytest.approx([math.sqrt(2 / math.pi), 0.9], abs=0.005)
    assert found["stetson_j"] == pytest.approx([0, 10 * 2 / math.pi], abs=0.02)
    assert found["eta"] == pytest.approx([2, 0], abs=0.03)
    assert found["eta_e"] == pytest.approx(found["eta"])
    assert found["beyond_1std"] == pytest.approx([0.3173, 0.5], abs=0.01)
    assert found["kurtosis"] == pytest.approx([0, -1.5], abs=0.1)
    assert found["mad"][0] * 1.4826 == pytest.approx(found["std"][0], rel=0.02)


def test_nothing_is_left_that_a_column_cannot_hold():
    tiny = [(0.0, 1.0, 1e-160, True), (1.0, 2.0, 1e-160, True)]
    near = [(0.0, 1.0, 0.1, True), (1e-300, 2.0, 0.1, True), (9e9, 1.0, 0.1, True)]

    found = summarise(packed([tiny, near]), NAMES)

    assert all((np.isnan(v) | (np.abs(v) < 3.5e38)).all() for v in found.values())
    assert np.isnan(found["reduced_chi2"][0])
    assert np.isnan(found["eta_e"][1])


@settings(deadline=None, max_examples=30)
@given(st.lists(light_curves, max_size=30), st.integers(1, 50), st.integers(1, 60))
def test_statistics_do_not_depend_on_what_is_computed_together(curves, size, at_once):
    whole = summarise(packed(curves), NAMES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(block, "SIZE", size)
        patch.setattr(sys.modules[summarise.__module__], "AT_ONCE", at_once)
        parts = summarise(packed(curves), NAMES)

    for name in NAMES:
        np.testing.assert_allclose(parts[name], whole[name], rtol=1e-12, atol=1e-12)


def test_memory_is_bounded_however_many_and_long_the_light_curves_are():
    lengths = np.tile([1, 2, 3, 100_000], 5)
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    time = np.arange(offsets[-1], dtype=float)
    series = Series(offsets, time, time % 7, time % 5 + 1, time % 11 > 0)
    tracemalloc.start()
    try:
        found = summarise(series, NAMES)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 150e6
    assert np.isfinite(found["eta_e"][3::4]).all()
