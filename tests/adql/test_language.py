"""What ADQL 2.1 leaves to services, and what goes beyond it, on a real database."""

import pytest

from vo_lcc.adql import compile_query, parse_query
from vo_lcc.adql import nodes as n
from vo_lcc.errors import QueryError

from .conftest import CATALOG

VALUES = {
    "6 & 3": 2,
    "6 | 3": 7,
    "6 ^ 3": 5,
    "~0": -1,
    "~ -1": 0,
    "1 | 2 + 4": 7,
    "0xFF": 255,
    "0x7fffffffffffffff": 2**63 - 1,
    "-0x10": -16,
    "n_points & 1": 0,
    "IN_UNIT(radius, 'arcmin')": 60.0,
    "IN_UNIT(radius * radius, 'arcmin**2')": 3600.0,
    "IN_UNIT(DISTANCE(0, 0, 0, 1), 'arcsec')": 3600.0,
    "IN_UNIT(\"size\" / radius, 'arcsec/deg')": 0.0,
    "IN_UNIT(NULL, 'deg')": None,
    "CASE WHEN IN_UNIT(radius, 'mas') > 3e6 THEN 'wide' ELSE 'small' END": "wide",
}


@pytest.mark.parametrize(("value", "expected"), VALUES.items(), ids=VALUES)
def test_extensions_have_their_values(sky, value, expected):
    [(seen,)] = sky.rows(
        f"SELECT {value} FROM sky.objects, sky.targets"
        " WHERE name = 'north' AND object_id = 'o0'"
    )

    if isinstance(expected, float):
        assert seen == pytest.approx(expected, rel=1e-14)
    else:
        assert seen == expected


UNITS = {
    "radius * 2": None,
    "3600 * radius": None,
    "-1 * radius": "deg",
    "(lon + 180) * radius": "deg**2",
    "(1 + 2) * radius": None,
    "radius * 1.0 / lon": None,
    "PI() * radius": "deg",
    "radius + 1": "deg",
    "radius - lon": "deg",
    "radius / lon": None,
    "radius * lon": "deg**2",
    '"size" / radius': "arcsec.deg**-1",
    "SQRT(radius * radius)": "deg",
    "POWER(radius, 2)": "deg**2",
    "POWER(radius, n_points)": None,
    "radius * n_points": None,
    'radius + "size"': None,
    "DEGREES(1)": "deg",
    "ASIN(1)": "rad",
    "SIN(1)": None,
    "IN_UNIT(radius, 'arcsec')": "arcsec",
    "g_median / period": "mag.d**-1",
    "1 / period": "d**-1",
    "COALESCE(radius, 0)": "deg",
    "SUM(radius) OVER ()": "deg",
    "SUM(radius) / COUNT(*)": "deg",
    "COUNT(radius)": None,
    "SUM(radius) OVER () / ROW_NUMBER() OVER (ORDER BY lon)": "deg",
    "LAG(period) OVER (ORDER BY ra)": "d",
    "CAST(radius AS REAL)": "deg",
    "-radius": "deg",
    "5": None,
}


@pytest.mark.parametrize(("value", "unit"), UNITS.items(), ids=UNITS)
def test_units_follow_through_expressions(value, unit):
    plan = compile_query(f"SELECT {value} AS x FROM sky.objects, sky.targets", CATALOG)

    assert plan.columns[0].unit == unit


LENGTHS = {
    "CAST(name AS CHAR)": "1",
    "CAST(name AS CHAR(3))": "3",
    "CAST(lon AS VARCHAR(3))": "3*",
    "CAST(name AS VARCHAR)": "*",
    "CAST('\u00e9t\u00e9' AS CHAR(3))": "*",
    "CAST(name AS CHAR(3)) || 'x'": "*",
    "COALESCE(CAST(name AS CHAR(3)), 'other')": "*",
}


@pytest.mark.parametrize(("value", "arraysize"), LENGTHS.items(), ids=LENGTHS)
def test_text_that_was_cast_has_the_length_of_its_type(value, arraysize):
    plan = compile_query(f"SELECT {value} AS x FROM sky.targets", CATALOG)

    assert plan.columns[0].arraysize == arraysize


ERRORS = {
    "IN_UNIT(radius, 'kg')": "'deg' cannot be converted to 'kg'",
    "IN_UNIT(radius, 'parsnips')": "'parsnips' is not a unit of VOUnits",
    "IN_UNIT(radius, 'arcsecond')": "is not a unit of VOUnits; write 'arcsec'",
    "IN_UNIT(radius / period, 'rad s-1')": "VOUnits; write 'rad.s**-1'",
    "IN_UNIT(n_points, 'deg')": "IN_UNIT needs a value whose unit is known",
    "IN_UNIT(5, 'deg')": "IN_UNIT needs a value whose unit is known",
    "IN_UNIT(radius, name)": "IN_UNIT needs a unit in quotes",
    "IN_UNIT(name, 'deg')": "cannot be given text, text",
    "radius & 1": "`&` needs whole numbers",
    "~radius": "`~` needs whole numbers",
    "name | 1": "arithmetic needs numbers",
    "0x8000000000000000": "beyond the range of 64 bits",
    "RANK()": "RANK needs OVER (...)",
    "ABS(1) OVER ()": "ABS cannot stand before OVER",
    "SUM(SUM(lon) OVER ()) OVER ()": "OVER cannot stand inside SUM",
    "COUNT(DISTINCT lon) OVER ()": "DISTINCT cannot stand in a window function",
    "SUM(lon) OVER (ROWS BETWEEN 1 FOLLOWING AND 1 PRECEDING)": "ends before it begins",
    "SUM(lon) OVER (ROWS UNBOUNDED FOLLOWING)": "ends before it begins",
    "SUM(lon) OVER (ORDER BY name RANGE 1 PRECEDING)": "needs ORDER BY one number",
    "SUM(lon) OVER (ROWS 1.5 PRECEDING)": "ROWS are counted in whole numbers",
    "REGION('CIRCLE GALACTIC 1 2 3')": "ivo_geom_transform('GALACTIC'",
    "REGION('CIRCLE ICRS 1 2')": "has not the numbers of a CIRCLE",
    "REGION('CIRCLE ICRS 1 95 1')": "the declination 95 is not between",
    "REGION('UNION ICRS (CIRCLE 1 2 3)')": "is no region that is read here",
    "MOC('6/99999999')": "there are no cells 99999999 of order 6",
    "MOC(30, CIRCLE(1, 2, 3))": "a MOC has orders from 0 to 29",
    "CAST(5 AS CIRCLE)": "a number cannot be CAST to CIRCLE",
}


@pytest.mark.parametrize(("value", "message"), ERRORS.items(), ids=ERRORS)
def test_what_cannot_be_is_refused_in_words(value, message):
    with pytest.raises(QueryError) as caught:
        compile_query(f"SELECT {value} FROM sky.targets, sky.objects", CATALOG)

    assert message in str(caught.value)


def test_windows_look_at_the_rows_beside_a_row(sky):
    rows = sky.rows(
        "SELECT object_id, ROW_NUMBER() OVER (PARTITION BY class ORDER BY ra),"
        " n_points - LAG(n_points, 1, 0) OVER (ORDER BY object_id),"
        " SUM(n_points) OVER (ORDER BY object_id ROWS BETWEEN 1 PRECEDING"
        " AND CURRENT ROW), COUNT(*) OVER () FROM sky.objects"
        " WHERE object_id IN ('o11', 'o12', 'o13') ORDER BY object_id"
    )

    assert [row[2:] for row in rows] == [(1, 1, 3), (1, 3, 3), (1, 5, 3)]
    assert sorted(row[1] for row in rows) == [1, 1, 2]


def test_a_window_in_a_range_of_values(sky):
    rows = sky.rows(
        "SELECT n_points, COUNT(*) OVER (ORDER BY n_points RANGE BETWEEN 1 PRECEDING"
        " AND 1 FOLLOWING) AS near FROM sky.objects"
        " WHERE object_id IN ('o11', 'o12', 'o15') ORDER BY n_points"
    )

    assert rows == [(1, 2), (2, 2), (5, 1)]


def test_windows_over_groups_see_the_groups(sky):
    rows = sky.rows(
        "SELECT n_points, RANK() OVER (ORDER BY COUNT(*) DESC, n_points) AS place"
        " FROM sky.objects WHERE n_points < 3 GROUP BY n_points ORDER BY 1"
    )

    assert rows == [(0, 1), (1, 2), (2, 3)]


def test_the_best_of_each_group_by_a_window_in_a_subquery(sky):
    rows = sky.rows(
        "SELECT q.n_points, q.object_id FROM (SELECT n_points, object_id, ROW_NUMBER()"
        " OVER (PARTITION BY n_points ORDER BY ra) AS place FROM objects"
        " WHERE object_id IN ('o20', 'o30', 'o21')) AS q WHERE q.place = 1 ORDER BY 1"
    )

    assert [n_points for n_points, _ in rows] == [0, 1]


@pytest.mark.parametrize("place", ["WHERE {} > 1", "GROUP BY {}", "HAVING {} > 1"])
def test_a_window_stands_in_select_and_order_by_only(place):
    clause = place.format("RANK() OVER (ORDER BY ra)")
    with pytest.raises(QueryError, match="put it into a subquery"):
        compile_query(f"SELECT COUNT(*) FROM sky.objects {clause}", CATALOG)


def test_the_words_of_windows_are_names_elsewhere():
    query = parse_query(
        "SELECT over, partition, range, t.row FROM t AS over WHERE following = 1"
    )

    assert [item.expr.parts[-1] for item in query.items] == [
        "over",
        "partition",
        "range",
        "row",
    ]


def test_bitwise_binds_less_than_sums_and_more_than_comparisons():
    query = parse_query("SELECT a FROM t WHERE a & 1 + 2 = 3")

    assert isinstance(query.where, n.Comparison)
    assert query.where.left.rest[0][0] == "&"
    assert isinstance(query.where.left.rest[0][1], n.Arithmetic)
