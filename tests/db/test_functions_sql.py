"""The functions of 0008_functions.sql, against the UDF catalogue's own examples,
astropy and arithmetic of our own. The light-curve templates have a file of their own.
"""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from .expressions import any_float, few

# Words --------------------------------------------------------------------------------

PHRASE = "shown that a primordial"
WORDS = [
    ("Miller and Urey have", "miller", 1),
    (PHRASE, "show", 0),  # 1 or 0, says the catalogue: Snowball keeps them apart
    (PHRASE, "soup", 0),
    (PHRASE, "shown primordial", 1),
    (PHRASE, "shown soup", 0),
    (PHRASE, "primordial SHOWN", 1),
    (PHRASE, "that", 1),  # no word is too common
    ("Variable stars in M31/NGC224", "variability ngc224", 1),
    ("RR-Lyrae <b>stars</b>", "lyrae star", 1),
    ("M31", "M3", 0),
    ("Étoiles variables", "étoiles", 1),
    (PHRASE, " -!", 1),
    (None, "", None),
    (PHRASE, None, None),
    (None, "soup", None),
]


@pytest.mark.parametrize(("haystack", "needle", "found"), WORDS)
def test_words_are_found_in_any_order_and_form(value, haystack, needle, found):
    assert value("vo_lcc.hasword(%s, %s)", haystack, needle) == found


def test_a_long_text_with_many_words_is_searched(value):
    text = "first " + " ".join(f"w{i}é" for i in range(200_000))

    assert value("vo_lcc.hasword(%s, 'FIRST')", text) == 1


MATCHES = [
    ("abcabc", "ab%", 1),
    ("ABcabc", "ab__bc", 1),
    ("abcabc", "%BC", 1),
    ("abcabc", "ABCABC", 1),
    ("abcabc", "abcab", 0),
    ("ÉTOILE", "étoile", 1),
    ("a%c", "a\\%c", 0),
    ("a\\bc", "a\\%C", 1),
    ("a", "a\\", 0),
    ("abc", None, None),
    (None, "a%", None),
]


@pytest.mark.parametrize(("text", "pattern", "matches"), MATCHES)
def test_patterns_match_whatever_the_case(value, text, pattern, matches):
    assert value("vo_lcc.nocasematch(%s, %s)", text, pattern) == matches


HASHLISTS = [
    ("red#green#blue", "red", 1),
    ("Red#green#blue", "red", 1),
    ("red#green#blue", "BLUE", 1),
    ("red#green#blue", "re", 0),
    ("red#green#blue", "red#green", 0),
    ("red#green#blue", "#", 0),
    ("red", "red", 1),
    ("", "red", 0),
    ("red", None, None),
    (None, "red", None),
]


@pytest.mark.parametrize(("hashlist", "item", "found"), HASHLISTS)
def test_a_hashlist_has_its_words(value, hashlist, item, found):
    assert value("vo_lcc.hashlist_has(%s, %s)", hashlist, item) == found


SEXAGESIMAL = [
    ("hms", "3:34:45.4", 53.6891667),
    ("hms", "3h34m45.4s", 53.6891667),
    ("hms", "3H34M45.4S", 53.6891667),
    ("hms", "033445.4", 53.6891667),
    ("hms", " 03 34 45.4 ", 53.6891667),
    ("hms", "24:00:00", 360),
    ("hms", "24:00:00.1", None),
    ("hms", "3d34m45.4s", None),
    ("dms", "42:9:6.768", 42.15188),
    ("dms", "42d9m6.768s", 42.15188),
    ("dms", "42D9M6.768S", 42.15188),
    ("dms", "420906.768", 42.15188),
    ("dms", "-00:15:00", -0.25),
    ("dms", "+00:15:00", 0.25),
    ("dms", "-0d15m0s", -0.25),
    ("dms", "+0d15m0s", 0.25),
    ("dms", "-000015", -15 / 3600),
    ("dms", "12:59:60.0", 13),
    ("dms", "12:60:00", None),
    ("dms", "12:00:61", None),
    ("dms", "12:00", None),
    ("dms", "12:00 00", None),
    ("dms", "42h9m6s", None),
    ("dms", "12.5", None),
    ("dms", "", None),
    ("dms", None, None),
]


@pytest.mark.parametrize(("form", "text", "degrees"), SEXAGESIMAL)
def test_sexagesimal_texts_give_degrees_or_nothing(value, form, text, degrees):
    seen = value(f"vo_lcc.{form}_to_degrees(%s::text)", text)

    assert seen == pytest.approx(degrees, abs=1e-7)


# Statistics ---------------------------------------------------------------------------


def histogram(session_db, values, lower, upper, nbins):
    return session_db.fetch(
        "SELECT vo_lcc.histogram_counts(sum(vo_lcc.histogram_term(v, %s::float8,"
        " %s::float8, %s)), %s) FROM unnest(%s::float8[]) AS u(v)",
        (lower, upper, nbins, nbins, values),
    )[0][0]


def test_every_value_counts_in_its_bin(session_db):
    values = [None, math.nan, -math.inf, -1, 0, 0.5, 1, 9.99, 10, 10.1, math.inf]

    assert histogram(session_db, values, 0, 10, 5) == [4, 3, 0, 0, 0, 2, 2]


@few
@given(
    st.lists(st.floats(-2, 3), min_size=1, max_size=60),
    st.integers(1, 300),
)
def test_a_histogram_equals_that_of_numpy(session_db, values, nbins):
    seen = histogram(session_db, values, 0, 1, nbins)

    places = np.array([v for v in values if 0 <= v <= 1])
    inner, edges = np.histogram(places, nbins, (0, 1))
    assert len(seen) == nbins + 2
    assert seen[0] == sum(v < 0 for v in values)
    assert seen[-1] == sum(v > 1 for v in values)
    if not np.isclose(places[:, None], edges, rtol=0, atol=1e-12).any():
        assert seen[1:-1] == inner.tolist()
    assert sum(seen) == len(values)


def test_ten_thousand_bins_are_the_most(session_db):
    seen = histogram(session_db, [0.0, 0.5, 0.99999], 0, 1, 10_000)

    assert [i for i, n in enumerate(seen) if n] == [1, 5001, 10_000]
    assert histogram(session_db, [0.5], 0, 1, 10_001) is None


@pytest.mark.parametrize(
    ("lower", "upper", "nbins"),
    [
        (1, 0, 5),
        (1, 1, 5),
        (math.nan, 1, 5),
        (0, math.inf, 5),
        (0, math.nan, 5),
        (0, 1, 0),
        (0, 1, -1),
        (None, 1, 5),
        (0, None, 5),
        (0, 1, None),
    ],
)
def test_no_bins_give_no_histogram(session_db, lower, upper, nbins):
    for values in ([None], [0.5], []):
        assert histogram(session_db, values, lower, upper, nbins) is None


def test_bins_that_change_within_a_group_stop_no_query(session_db):
    for sizes in ([2, 2**31 - 1], [2, 10_000]):
        seen = session_db.fetch(
            "SELECT vo_lcc.histogram_counts(sum(vo_lcc.histogram_term(0.1, 0, 1, n)),"
            " max(n)) FROM unnest(%s) AS u(n)",
            (sizes,),
        )[0][0]

        assert seen is None or sum(seen) == 2


def test_the_reader_may_call_the_functions(session_db):
    with session_db.transaction() as cur:
        cur.execute("SET LOCAL ROLE vo_lcc_reader")
        cur.execute(
            "SELECT vo_lcc.hasword('a star', 'stars'), vo_lcc.to_mjd('2020-01-01'),"
            " vo_lcc.rotate(ARRAY[1, 2], ARRAY[1, 0, 0, 0, 1, 0, 0, 0, 1])"
        )
        assert cur.fetchone() == (1, 58849, pytest.approx([1, 2]))


def test_a_million_values_are_counted(session_db):
    seen = session_db.fetch(
        "SELECT vo_lcc.histogram_counts(sum(vo_lcc.histogram_term(i % 1000, 0, 1000,"
        " 10)), 10) FROM generate_series(1, 1000000) AS i"
    )[0][0]

    assert seen == [0, *[100_000] * 10, 0]


def test_normal_numbers_have_their_mean_deviation_and_tails(session_db):
    sample = [
        x
        for (x,) in session_db.fetch(
            "SELECT vo_lcc.normal_random(10, 5) FROM generate_series(1, 40000)"
        )
    ]

    assert statistics.fmean(sample) == pytest.approx(10, abs=0.15)
    assert statistics.stdev(sample) == pytest.approx(5, rel=0.03)
    assert sum(abs(x - 10) > 15 for x in sample) == pytest.approx(108, abs=60)
    assert len(set(sample)) > 39_990


@few
@given(any_float, any_float)
def test_no_parameters_of_a_random_number_stop_a_query(value, mu, sigma):
    seen = value("vo_lcc.normal_random(%s::float8, %s::float8)", mu, sigma)

    assert seen is None or math.isfinite(seen)


INTERVALS = [
    ((-3, -2, 2, 3), 0),
    ((-2, 55.3, 2, 3), 1),
    ((2, 3, -2, 55.3), 1),
    ((-2, 55.3, 3, 2), 0),
    ((-2, 2, 2, 3), 1),
    ((2, 3, -2, 2), 1),
    ((3, 2, 2, 3), 0),
    ((-math.inf, math.inf, 2, 2), 1),
    ((1, 2, None, 3), None),
    ((1, math.nan, 2, 3), None),
]


@pytest.mark.parametrize(("bounds", "overlap"), INTERVALS)
def test_intervals_overlap_when_they_share_a_point(value, bounds, overlap):
    call = "vo_lcc.interval_overlaps(" + ", ".join(["%s::float8"] * 4) + ")"

    assert value(call, *bounds) == overlap


def test_intervals_of_large_whole_numbers_are_compared_exactly(value):
    call = "vo_lcc.interval_overlaps(" + ", ".join(["%s::int8"] * 4) + ")"

    assert value(call, 2**53 + 1, 2**53 + 2, 1, 2**53) == 0
    assert value(call, 2**53, 2**53 + 2, 1, 2**53) == 1
    assert value(call, 1, 2, None, 0) is None


@pytest.mark.parametrize(
    "function",
    ["vo_lcc.bin(%s, %s, %s, 5)", "vo_lcc.interval_overlaps(%s, %s, %s, 1::float8)"],
)
@few
@given(st.tuples(any_float, any_float, any_float))
def test_no_number_stops_a_query(value, function, arguments):
    seen = value(function.replace("%s", "%s::float8"), *arguments)

    assert seen is None or 0 <= seen <= 6
