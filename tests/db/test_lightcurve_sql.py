"""The SQL of the light-curve functions, against formulas in plain Python."""

import itertools
import math
import statistics
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vo_lcc.adql.functions.lightcurve import LIGHTCURVE
from vo_lcc.db import Database

TEMPLATES = {name: function.forms[0].sql for name, function in LIGHTCURVE.items()}
LETTERS = {name: function.forms[0].takes for name, function in LIGHTCURVE.items()}
few = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
magnitude = st.floats(5, 25).map(lambda x: round(x, 3))
curve = st.lists(magnitude, min_size=4, max_size=30)
hole = st.sampled_from([None, math.nan, math.inf, -math.inf])
anything = st.lists(st.none() | st.floats(width=64), max_size=8)
NUMBERS = [n for n in TEMPLATES if LETTERS[n] == "a"]


@pytest.fixture
def lc(session_db: Database):
    """What a function gives for these arguments."""

    def call(name: str, *arguments: Any) -> Any:
        sql = TEMPLATES[f"LC_{name}"].format(*map(literal, arguments))
        return session_db.fetch(f"SELECT {sql}")[0][0]

    return call


def literal(x: Any) -> str:
    """A value in SQL: arrays of doubles, doubles, or SQL as it is."""
    if isinstance(x, list):
        return "ARRAY[" + ", ".join(map(literal, x)) + "]::float8[]"
    if isinstance(x, float):
        return f"'{x!r}'::float8"
    return "NULL" if x is None else str(x)


def mean(values):
    return statistics.fmean(values)


def moment(values, power):
    return mean([(v - mean(values)) ** power for v in values])


def wmean(values, errors):
    weights = [1 / e**2 for e in errors]
    return sum(v * w for v, w in zip(values, weights, strict=True)) / sum(weights)


def residuals(values, errors):
    m = wmean(values, errors)
    return [(v - m) / e for v, e in zip(values, errors, strict=True)]


def mad(values):
    m = statistics.median(values)
    return statistics.median([abs(v - m) for v in values])


def eta(values):
    steps = [(b - a) ** 2 for a, b in itertools.pairwise(values)]
    return sum(steps) / (moment(values, 2) * len(values))


FORMULAS = {
    "NPOINTS": len,
    "MIN": min,
    "MAX": max,
    "MEAN": mean,
    "MEDIAN": statistics.median,
    "STD": statistics.stdev,
    "AMPLITUDE": lambda v: max(v) - min(v),
    "SPAN": lambda v: max(v) - min(v),
    "MAD": mad,
    "SKEW": lambda v: moment(v, 3) / moment(v, 2) ** 1.5,
    "KURTOSIS": lambda v: moment(v, 4) / moment(v, 2) ** 2 - 3,
    "VON_NEUMANN": eta,
    "CADENCE": lambda v: statistics.median([b - a for a, b in itertools.pairwise(v)]),
}
ORDERED = ("VON_NEUMANN", "CADENCE")
UNMOVED = {"MIN", "MAX", "MEAN", "MEDIAN"}


def test_every_function_of_one_array_has_a_formula():
    assert {f"LC_{name}" for name in FORMULAS} == set(NUMBERS)


@pytest.mark.parametrize("name", FORMULAS)
@few
@given(curve, st.data())
def test_statistics_equal_their_formulas_whatever_the_holes(lc, name, values, data):
    if statistics.pstdev(values) < 1e-3:
        values = [*values, values[0] + 1]
    with_holes = list(values)
    for place in data.draw(st.lists(st.integers(0, len(values)), max_size=3)):
        with_holes.insert(place, data.draw(hole))

    assert lc(name, with_holes) == pytest.approx(FORMULAS[name](values), abs=1e-7)


@pytest.mark.parametrize("name", [name for name in FORMULAS if name not in ORDERED])
@few
@given(curve, st.randoms(use_true_random=False))
def test_the_order_of_points_does_not_matter(lc, name, values, random):
    mixed = random.sample(values, len(values))

    assert lc(name, mixed) == pytest.approx(lc(name, values), abs=1e-7)


@pytest.mark.parametrize("name", FORMULAS)
@few
@given(curve, st.integers(-20, 20))
def test_a_shift_moves_means_and_leaves_spreads(lc, name, values, shift):
    if statistics.pstdev(values) < 1e-2:
        values = [*values, values[0] + 1]
    moved = lc(name, [v + shift for v in values])

    expected = lc(name, values) + (shift if name in UNMOVED else 0)
    assert moved == pytest.approx(expected, abs=1e-6)


measured = st.lists(
    st.tuples(magnitude, st.floats(0.001, 0.5)), min_size=2, max_size=20
).filter(lambda pairs: len({v for v, _ in pairs}) > 1)


@few
@given(measured, st.data())
def test_weighted_statistics_equal_their_formulas(lc, pairs, data):
    values, errors = map(list, zip(*pairs, strict=True))
    n, d = len(values), residuals(values, errors)
    holed = list(pairs)
    bad = data.draw(
        st.sampled_from([(None, 0.1), (9.0, None), (9.0, 0.0), (9.0, -1.0)])
    )
    holed.insert(data.draw(st.integers(0, n)), bad)
    given_values, given_errors = map(list, zip(*holed, strict=True))
    scaled = [x * math.sqrt(n / (n - 1)) for x in d]
    products = [a * b for a, b in itertools.pairwise(scaled)]
    expected = {
        "WMEAN": wmean(values, errors),
        "CHI2": sum(x * x for x in d),
        "STETSON_J": mean([math.copysign(math.sqrt(abs(p)), p) for p in products]),
        "STETSON_K": mean([abs(x) for x in d]) / math.sqrt(mean([x * x for x in d])),
    }

    seen = {name: lc(name, given_values, given_errors) for name in expected}

    assert seen == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_a_sine_has_its_stetson_k_and_a_correlated_j(lc):
    values = [15 + 0.5 * math.sin(2 * math.pi * i / 100) for i in range(100)]
    errors = [0.1] * 100

    assert lc("STETSON_K", values, errors) == pytest.approx(0.9, abs=0.001)
    assert lc("STETSON_J", values, errors) > 2
    assert lc("STETSON_J", values[::2] + values[1::2], errors) > 0
    assert lc("STETSON_J", [15.0, 16.0] * 50, errors) < -4


@few
@given(curve, st.floats(0, 100))
def test_a_percentile_is_linear_between_neighbours(lc, values, p):
    ordered = sorted(values)
    place = p / 100 * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    expected = ordered[low] + (place - low) * (ordered[high] - ordered[low])

    assert lc("PERCENTILE", values, p) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("p", [-0.1, 100.1, math.nan, math.inf, None])
def test_there_is_no_percentile_beyond_all_values(lc, p):
    assert lc("PERCENTILE", [1.0, 2.0], p) is None


def test_a_line_has_its_slope(lc):
    times = [58000.0, 58001.0, 58003.0, None, 58005.0]
    values = [15.0, 15.5, 16.5, 99.0, 17.5]

    assert lc("SLOPE", times, values) == pytest.approx(0.5)
    assert lc("SLOPE", [1.0, 1.0], [2.0, 3.0]) is None


AT = [
    (1.0, 10.0),
    (2.0, 15.0),
    (3.0, 20.0),
    (5.0, 20.0),
    (7.0, 10.0),
    (0.9, None),
    (7.1, None),
    (None, None),
    (math.nan, None),
]


@pytest.mark.parametrize(("time", "expected"), AT)
def test_a_value_at_a_time_lies_between_its_neighbours(lc, time, expected):
    times = [3.0, 1.0, 2.0, 5.0, None, 6.0, 7.0]  # in any order, with holes
    values = [20.0, 10.0, None, 20.0, 99.0, math.nan, 10.0]

    assert lc("VALUE_AT", times, values, time) == expected


def test_points_of_one_time_count_by_half(lc):
    assert lc("VALUE_AT", [1.0, 2.0, 2.0, 3.0], [0.0, 4.0, 8.0, 9.0], 2.0) == 6


@pytest.mark.parametrize(
    ("n", "expected"),
    [(1, 5), (3, 7), (-1, 7), (-3, 5), (0, None), (4, None), (-4, None)],
)
def test_elements_count_from_either_end(lc, n, expected):
    assert lc("ELEMENT", [5.0, 6.0, 7.0], n) == expected


@few
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9),
    st.floats(0.01, 1e4),
    st.floats(-1e6, 1e6),
)
def test_phases_lie_within_one_turn(lc, times, period, epoch):
    phases = lc("FOLD", times, period, epoch)

    assert len(phases) == len(times)
    for phase, time in zip(phases, times, strict=True):
        assert 0 <= phase < 1
        turns = (time - epoch) / period - phase
        assert turns == pytest.approx(round(turns), abs=1e-6)


@pytest.mark.parametrize("period", [0.0, -1.0, None, math.nan, math.inf])
def test_without_a_period_there_are_no_phases(lc, period):
    assert lc("FOLD", [1.0, 2.0], period, 0.0) == [None, None]


def test_without_an_epoch_there_are_no_phases_and_holes_stay(lc):
    assert lc("FOLD", [1.0, 2.0], 1.0, None) == [None, None]
    assert lc("FOLD", [1.25, None, math.nan], 1.0, 0.0) == [0.25, None, None]
    assert lc("FOLD", [-1e-17], 1.0, 0.0) == [0]


def test_flagged_values_become_holes(lc):
    values, flags = [1.0, 2.0, 3.0, 4.0, 5.0], "ARRAY[0, 1, 2, 3, NULL]::int2[]"

    assert lc("WHERE", values, flags, 1) == [1, None, 3, None, None]
    assert lc("WHERE", values, flags, -1) == [1, None, None, None, None]
    assert lc("WHERE", values, flags, 0) == [1, 2, 3, 4, None]


def test_values_keep_their_type_where_they_are_chosen(session_db):
    sql = TEMPLATES["LC_WHERE"].format("ARRAY[1.5]::float4[]", "ARRAY[0]", "1")

    assert session_db.fetch(f"SELECT pg_typeof({sql})::text") == [("real[]",)]


def test_values_outside_a_time_become_holes(lc):
    times = [1.0, 2.0, 3.0, None, math.nan]

    assert lc("BETWEEN", times, [5.0] * 5, 2.0, 3.0) == [None, 5, 5, None, None]
    assert lc("BETWEEN", times, [5.0] * 5, -math.inf, math.inf)[:3] == [5, 5, 5]
    assert lc("BETWEEN", times, [5.0] * 5, None, 3.0) == [None] * 5


def test_outliers_are_clipped_by_the_median_deviation(lc):
    values = [1.0, 2.0, None, 3.0, 4.0, 50.0]  # median 3, MAD 1

    assert lc("CLIP", values, 3.0) == [1, 2, None, 3, 4, None]
    assert lc("CLIP", values, 1.0) == [None, 2, None, 3, 4, None]
    assert lc("CLIP", values, 100.0) == values
    assert lc("CLIP", [7.0, 7.0, 7.0, 8.0], 3.0) == [7, 7, 7, None]
    assert lc("CLIP", values, None) == [None] * 6


def test_magnitudes_become_fluxes(lc):
    seen = lc("FLUX", [0.0, 2.5, None, math.nan, 1e9], 3631.0)

    assert seen == [pytest.approx(3631), pytest.approx(363.1), None, None, None]
    assert lc("FLUX", [1.0], 0.0) == [None]


def test_bins_hold_the_mean_of_their_points(lc):
    times, values = [0.0, 0.1, 0.5, None, 0.99, 1.0], [1.0, 3.0, 5.0, 7.0, 9.0, 11.0]

    assert lc("BIN", times, values, 0.0, 1.0, 4) == [2, None, 5, 10]
    assert lc("BIN", times, values, 0.0, 0.4, 1) == [2]
    assert lc("BIN", [], [], 0.0, 1.0, 2) == [None, None]


@pytest.mark.parametrize(
    "bins", [(1.0, 0.0, 4), (0.0, 1.0, 0), (0.0, math.inf, 4), (0.0, 1.0, 2**31 - 1)]
)
def test_what_are_no_bins_give_no_array(lc, bins):
    assert lc("BIN", [0.5], [1.0], *bins) is None


def test_functions_can_be_put_into_each_other(session_db):
    good = TEMPLATES["LC_WHERE"].format("m", "f", "1")
    phase = TEMPLATES["LC_FOLD"].format("t", "2", "0")
    mean_curve = TEMPLATES["LC_BIN"].format(phase, good, "0", "1", "2")
    spread = TEMPLATES["LC_STD"].format(good)

    rows = session_db.fetch(
        f"SELECT {mean_curve}, {spread} FROM (VALUES (ARRAY[0, 1, 2, 3],"
        " ARRAY[5, 6, 7, 100], ARRAY[0, 0, 0, 1])) AS v (t, m, f)"
    )

    assert rows == [([6, 6], 1)]


def test_columns_may_have_the_names_that_the_templates_use(session_db):
    mean_of = TEMPLATES["LC_PERCENTILE"].format('u."v"', 'u."p"')
    at = TEMPLATES["LC_VALUE_AT"].format('u."t"', 'u."v"', 'u."p"')

    assert session_db.fetch(
        f"SELECT {mean_of}, {at} FROM (VALUES (ARRAY[0, 50], ARRAY[1, 3], 25))"
        " AS u (t, v, p)"
    ) == [(1.5, 2)]


def test_rows_can_be_grouped_and_ordered_by_a_statistic(session_db):
    median = TEMPLATES["LC_MEDIAN"].format("s.m")

    assert session_db.fetch(
        f"SELECT {median}, count(*) FROM (VALUES (ARRAY[3, 1]), (ARRAY[2]), (ARRAY[5]))"
        f" AS s (m) GROUP BY {median} ORDER BY {median} DESC"
    ) == [(5, 1), (2, 2)]


FEW_POINTS = {
    "NPOINTS": (0, 1),
    "STD": (None, None),
    "SKEW": (None, None),
    "KURTOSIS": (None, None),
    "CADENCE": (None, None),
    "VON_NEUMANN": (None, None),
    "AMPLITUDE": (None, 0),
    "SPAN": (None, 0),
    "MAD": (None, 0),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_no_points_and_one_point_have_what_is_defined(lc, name):
    none, one = FEW_POINTS.get(name, (None, 7))

    assert lc(name, []) == none
    assert lc(name, [None, math.nan]) == none
    assert lc(name, "NULL::float8[]") is None
    assert lc(name, [7.0, None]) == one


@pytest.mark.parametrize("name", ["STETSON_J", "STETSON_K"])
def test_stetsons_indices_need_two_points(lc, name):
    assert lc(name, [7.0], [0.1]) is None


def test_arrays_of_different_lengths_are_paired_as_far_as_they_go(lc):
    assert lc("WMEAN", [1.0, 2.0, 9.0], [1.0, 1.0]) == 1.5
    assert lc("CHI2", [1.0, 3.0], [1.0, 1.0, 1.0]) == 2
    assert lc("WHERE", [1.0, 2.0], "ARRAY[0]", 1) == [1, None]


arguments = {
    "a": anything,
    "n": st.none() | st.floats(width=64),
    "i": st.sampled_from([None, -1, 0, 3, 2**31 - 1]),
    "f": st.just("ARRAY[0, 1, NULL, -1]"),
}


@pytest.mark.parametrize("name", TEMPLATES)
@few
@given(st.data())
def test_no_light_curve_stops_a_query(lc, name, data):
    given = [data.draw(arguments[letter]) for letter in LETTERS[name]]

    seen = lc(name.removeprefix("LC_"), *given)

    if isinstance(seen, float) and name != "LC_ELEMENT":
        assert math.isfinite(seen)
