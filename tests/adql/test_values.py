"""Expressions have the values that docs/adql.md tells, on a real database."""

import math

import pytest

MATHEMATICS = {
    "7 / 2": 3,
    "7 / 2.": 3.5,
    "-7 % 4": -3,
    "1 / 0": None,
    "n_points / (n_points - n_points)": None,
    "ra / 0": None,
    "1e300 / 1e-300": None,
    "1e-300 / 1e300": 0.0,
    "2147483647 + 1": 2147483648,
    "SQRT(-1)": None,
    "LOG(0)": None,
    "LOG(2.718281828459045)": 1.0,
    "LOG10(1000)": 3.0,
    "EXP(10000)": None,
    "EXP(-10000)": 0.0,
    "POWER(-8, 1./3)": None,
    "POWER(0, -1)": None,
    "POWER(-2, 3)": -8.0,
    "POWER(10, 400)": None,
    "POWER(10, -400)": 0.0,
    "ASIN(2)": None,
    "COT(0)": None,
    "MOD(7, 0)": None,
    "MOD(7.5, 2)": 1.5,
    "MOD(-7, 4)": -3.0,
    "MOD(2455197.123456789, 1) - 0.123456789": 0.0,
    "ROUND(2455197.1234567891, 9) - 2455197.123456789": 0.0,
    "TRUNCATE(9007199254740991, 0) - 9007199254740990": 1.0,
    "ROUND(2.5)": 3.0,
    "ROUND(-2.5)": -3.0,
    "ROUND(1234.567, -2)": 1200.0,
    "ROUND(1234.567, 2)": 1234.57,
    "TRUNCATE(1299.9, -2)": 1200.0,
    "TRUNCATE(-1.99, 1)": -1.9,
    "CEILING(-1.5)": -1.0,
    "FLOOR(-1.5)": -2.0,
    "ABS(-3)": 3.0,
    "ATAN2(1, 1) * 4 - PI()": 0.0,
    "DEGREES(PI())": 180.0,
    "'a' || 'b' 'c'": "abc",
    "NULL || 'a'": None,
    "COALESCE(NULL, NULL)": None,
    "NULLIF(NULL, NULL)": None,
    "CASE WHEN 1 = 1 THEN NULL ELSE NULL END": None,
    "1 + COALESCE(NULL, NULL)": None,
    "2 * NULL": None,
    "MOD(NULL, 3)": None,
    "ROUND(2.5, NULL)": None,
    "COORD1(NULL)": None,
    "CENTROID(NULL)": None,
    "AREA(NULL)": None,
    "CONTAINS(NULL, CIRCLE(1, 2, 3))": None,
    "CONTAINS(POINT(1, 2), NULL)": None,
    "CONTAINS(BOX(1, 2, 3, 4), NULL)": None,
    "INTERSECTS(NULL, NULL)": None,
    "DISTANCE(NULL, POINT(1, 2))": None,
    "CIRCLE(NULL, 2)": None,
    "BOX(NULL, 2, 2)": None,
    "CAST(observed AS VARCHAR) || '!'": "2020-01-02T03:04:05.678!",
    "observed || '!'": "2020-01-02T03:04:05.678!",
    "COALESCE(16777217, CAST(1 AS REAL))": 16777217,
    "CASE WHEN 1 = 1 THEN 16777217 ELSE CAST(1 AS REAL) END": 16777217,
    "NULL + NULL": None,
    "UPPER('abc') || LOWER('DEF')": "ABCdef",
    "COALESCE(NULL, NULL, 3)": 3,
    "CAST('12' AS INTEGER)": 12,
    "CAST('abc' AS CHAR(2))": "ab",
    "CASE 3 WHEN 2 THEN 'x' WHEN 3 THEN 'y' END": "y",
    "1 - 2 - 3": -4,
    "2 * 3 + 4 * 5": 26,
    "8 / 4 / 2": 1,
    "-(-3)": 3,
    "- -3": 3,
}


@pytest.mark.parametrize(("value", "expected"), MATHEMATICS.items(), ids=MATHEMATICS)
def test_values_are_right_or_null(sky, value, expected):
    [(seen,)] = sky.rows(
        f"SELECT TOP 1 {value} FROM sky.objects, sky.targets WHERE name = 'north'"
    )

    if isinstance(expected, float) and seen is not None:
        assert seen == pytest.approx(expected, abs=1e-12)
    else:
        assert seen == expected


def test_not_a_number_passes_through_functions(sky):
    for function in ("SQRT", "EXP", "LOG", "ABS", "SIN", "ROUND", "FLOOR"):
        [(seen,)] = sky.rows(
            f"SELECT {function}(period) FROM sky.objects WHERE object_id = 'o1'"
        )
        assert seen is None or math.isnan(seen)
