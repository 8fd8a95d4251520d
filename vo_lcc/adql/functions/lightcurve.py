"""The functions of light curves: of array columns, to a number or to another array.

Arguments come in one order: times, values, errors, then numbers. A value that is
missing stays missing: functions to arrays keep the place of every element.
"""

# ruff: noqa: S608 (templates of our own; what users write comes in by the renderer)

from collections.abc import Mapping
from types import MappingProxyType

from vo_lcc.adql.functions.curve_sql import (
    FULL,
    MEASURED,
    MEDIAN,
    PAIR,
    WEIGHTED,
    Parameters,
    Result,
    curve_function,
    in_two_passes,
    of_pairs,
    of_residuals,
    of_steps,
    of_values,
    standardised,
)
from vo_lcc.adql.functions.function import Function

VALUES = (("values", "a"),)
TIMES = (("times", "a"),)
MEASUREMENTS = (("values", "a"), ("errors", "a"))
SERIES = (("times", "a"), ("values", "a"))
# a whole number as one of 32 bits; beyond them nothing is found anyway
PLACE = "least(greatest({}, -2000000000), 2000000000)::int"
STETSON_PAIR = "sign(d) * sign(p) * sqrt(abs(d)) * sqrt(abs(p))"

Row = tuple[Parameters, Result, str, str]

NUMBERS: Mapping[str, Row] = MappingProxyType(
    {
        "LC_NPOINTS": (
            VALUES,
            Result("int"),
            "(SELECT CASE WHEN a IS NOT NULL THEN (SELECT count(*) FROM (SELECT"
            f" unnest(a)::float8 AS v) AS u WHERE {FULL}) END FROM (SELECT"
            " {0} AS a OFFSET 0) AS s)",
            "How many values there are, without the holes",
        ),
        "LC_MIN": (
            VALUES,
            Result(of="values", instant=True),
            of_values("min(v)"),
            "The smallest value",
        ),
        "LC_MAX": (
            VALUES,
            Result(of="values", instant=True),
            of_values("max(v)"),
            "The largest value",
        ),
        "LC_MEAN": (
            VALUES,
            Result(of="values", instant=True),
            of_values("avg(v)"),
            "The unweighted mean",
        ),
        "LC_MEDIAN": (
            VALUES,
            Result(of="values", instant=True),
            of_values(MEDIAN),
            "The median",
        ),
        "LC_PERCENTILE": (
            (*VALUES, ("p", "n")),
            Result(of="values"),
            # p / 100 of the smallest would be no double
            "(SELECT percentile_cont(CASE WHEN p > 1e-9 THEN p / 100 ELSE 0 END)"
            " WITHIN GROUP (ORDER BY v) FROM (SELECT unnest(a)::float8 AS v, p FROM"
            " (SELECT {0} AS a, ({1})::float8 AS p OFFSET 0) AS s) AS u"
            f" WHERE {FULL} AND p BETWEEN 0 AND 100 GROUP BY p)",
            "The value below which p percent of the values lie (p from 0 to 100;"
            " linear between neighbours)",
        ),
        "LC_STD": (
            VALUES,
            Result(of="values"),
            of_values("stddev_samp(v)"),
            "The sample standard deviation (n - 1); NULL for fewer than 2 values",
        ),
        "LC_AMPLITUDE": (
            VALUES,
            Result(of="values"),
            of_values("max(v) - min(v)"),
            "The largest minus the smallest value",
        ),
        "LC_MAD": (
            VALUES,
            Result(of="values"),
            in_two_passes(MEDIAN, MEDIAN.replace("BY v", "BY abs(v - m)")),
            "The median absolute deviation from the median, not scaled (times 1.4826"
            " it is the standard deviation of normal noise)",
        ),
        "LC_SKEW": (
            VALUES,
            Result(),
            standardised("CASE WHEN count(*) > 2 THEN sum(z * z * z) / count(*) END"),
            "The skewness m3 / m2^1.5 of the central moments; NULL for fewer than 3"
            " values or where all are equal",
        ),
        "LC_KURTOSIS": (
            VALUES,
            Result(),
            standardised(
                "CASE WHEN count(*) > 3 THEN sum((z * z) * (z * z)) / count(*) - 3 END"
            ),
            "The excess kurtosis m4 / m2^2 - 3 of the central moments (0 for normal"
            " noise); NULL for fewer than 4 values or where all are equal",
        ),
        "LC_WMEAN": (
            MEASUREMENTS,
            Result(of="values"),
            of_pairs(WEIGHTED, "ve", MEASURED),
            "The mean weighted by 1 / error^2",
        ),
        "LC_CHI2": (
            MEASUREMENTS,
            Result(),
            of_residuals("sum(d * d)"),
            "The sum of ((value - weighted mean) / error)^2, not reduced: divide it"
            " by the number of points less 1",
        ),
        "LC_STETSON_J": (
            MEASUREMENTS,
            Result(),
            of_residuals(
                "CASE WHEN count(*) > 1 THEN sqrt(count(*) / (count(*) - 1)::float8)"
                f" * (sum({STETSON_PAIR}) / (count(*) - 1)) END"
            ),
            "Stetson's J (1996PASP..108..851S) with each point paired with the next,"
            " all weights 1: the mean of sgn(P) sqrt|P|, where P is the product of"
            " the pair's sqrt(n / (n - 1)) (value - weighted mean) / error; NULL for"
            " fewer than 2 points",
        ),
        "LC_STETSON_K": (
            MEASUREMENTS,
            Result(),
            of_residuals(
                "CASE WHEN count(*) > 1 AND sum(d * d) > 0 THEN avg(abs(d)) /"
                " sqrt(sum(d * d) / count(*)) END"
            ),
            "Stetson's K (1996PASP..108..851S): the mean of |d| over the root mean"
            " square of d = (value - weighted mean) / error; 0.798 for normal noise,"
            " 0.9 for a sine",
        ),
        "LC_VON_NEUMANN": (
            VALUES,
            Result(),
            of_steps(
                "CASE WHEN regr_sxx(v, v) > 1e-180 THEN coalesce(sum((v - p) * (v -"
                " p)) FILTER (WHERE abs(v - p) > 1e-100), 0) / regr_sxx(v, v) END"
            ),
            "Von Neumann's eta: the mean square difference of neighbours over the"
            " sample variance (2 for noise, small for slow variation); NULL where all"
            " are equal",
        ),
        "LC_SPAN": (
            TIMES,
            Result(of="times"),
            of_values("max(v) - min(v)"),
            "The last minus the first time",
        ),
        "LC_CADENCE": (
            TIMES,
            Result(of="times"),
            of_steps(MEDIAN.replace("BY v", "BY v - p")),
            "The median step from one time to the next; NULL for fewer than 2",
        ),
        "LC_SLOPE": (
            SERIES,
            Result(of="values", per="times"),
            of_pairs("regr_slope(v, t)"),
            "The slope of the straight line that fits best (least squares, unweighted)",
        ),
        "LC_VALUE_AT": (
            (*SERIES, ("t", "n")),
            Result(of="values"),
            "(SELECT vo_lcc.between_points(max(ARRAY[t, v]) FILTER (WHERE t <= x),"
            " min(ARRAY[t, v]) FILTER (WHERE t >= x), x) FROM (SELECT"
            " unnest(a)::float8 AS t, unnest(b)::float8 AS v, x FROM (SELECT {0} AS a,"
            " {1} AS b, ({2})::float8 AS x OFFSET 0) AS s) AS u"
            f" WHERE {PAIR} GROUP BY x)",
            "The value at time t, linear between the points before and after; NULL"
            " outside",
        ),
        "LC_ELEMENT": (
            (*VALUES, ("n", "i")),
            Result("same", of="values", instant=True),
            "(SELECT a[CASE WHEN n < 0 THEN cardinality(a) + 1 + n ELSE n END] FROM"
            f" (SELECT {{0}} AS a, {PLACE.format('{1}')} AS n OFFSET 0) AS s)",
            "The nth value; 1 is the first, -1 the last; NULL beyond",
        ),
    }
)

ARRAYS: Mapping[str, Row] = MappingProxyType(
    {
        "LC_FOLD": (
            (*TIMES, ("period", "n"), ("epoch", "n")),
            Result(array=True),
            # a phase of -1e-17 would be rounded to 1
            "(SELECT array_agg(x - floor(x)) FROM (SELECT CASE WHEN abs(t) < 1e100"
            " AND abs(e) < 1e100 AND p BETWEEN 1e-30 AND 1e30 THEN CASE WHEN abs(t -"
            " e) > 1e-16 * p THEN (t - e) / p ELSE 0 END END AS x FROM (SELECT"
            " unnest({0})::float8 AS t, ({1})::float8 AS p, ({2})::float8 AS e) AS u"
            " OFFSET 0) AS w)",
            "The phase of each time, from 0 to less than 1, 0 at the epoch",
        ),
        "LC_WHERE": (
            (*VALUES, ("flags", "f"), ("mask", "i")),
            Result("same", array=True, of="values", instant=True),
            "(SELECT array_agg(CASE WHEN f & k = 0 THEN v END) FROM (SELECT"
            " v, CASE WHEN abs(f) < 9e18 THEN f::int8 END AS f, k FROM"
            " (SELECT unnest({0}) AS v, unnest({1}) AS f, ({2})::int8 AS k) AS w)"
            " AS u)",
            "The values whose flags have none of the bits of the mask, the others"
            " NULL (-1 is a mask of all bits)",
        ),
        "LC_BETWEEN": (
            (*SERIES, ("t_min", "n"), ("t_max", "n")),
            Result("same", array=True, of="values", instant=True),
            "(SELECT array_agg(CASE WHEN t BETWEEN b AND e AND t < 'NaN' THEN v END)"
            " FROM (SELECT unnest({0})::float8 AS t, unnest({1}) AS v, ({2})::float8"
            " AS b, ({3})::float8 AS e) AS u)",
            "The values whose time is from t_min to t_max, the others NULL",
        ),
        "LC_CLIP": (
            (*VALUES, ("n_sigma", "n")),
            Result("same", array=True, of="values", instant=True),
            "(SELECT array_agg(CASE WHEN abs(v - m[1]) <= m[2] THEN v END) FROM"
            " (SELECT unnest(a) AS v, m FROM (SELECT a, (SELECT ARRAY[max(m), CASE"
            " WHEN max(k) BETWEEN 0 AND 1e9 THEN greatest(1e-90, max(k)) * 1.4826 *"
            " greatest(1e-90, percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(v -"
            " m))) END] FROM (SELECT unnest(a)::float8 AS v, m, k FROM (SELECT a, k,"
            f" (SELECT {MEDIAN} FROM (SELECT unnest(a)::float8 AS v) AS u WHERE"
            f" {FULL}) AS m OFFSET 0) AS w) AS x WHERE {FULL}) AS m FROM (SELECT"
            " {0} AS a, ({1})::float8 AS k OFFSET 0) AS s OFFSET 0) AS y) AS z)",
            "The values no farther from the median than n_sigma times 1.4826 LC_MAD,"
            " the others NULL",
        ),
        "LC_FLUX": (
            (("magnitudes", "a"), ("zero_point", "n")),
            Result(array=True, of="zero_point"),
            "(SELECT array_agg(CASE WHEN v BETWEEN -700 AND 700 AND z BETWEEN 1e-20"
            " AND 1e20 THEN z * 10 ^ (-0.4 * v) END) FROM (SELECT unnest({0})::float8"
            " AS v, ({1})::float8 AS z) AS u)",
            "The flux of each magnitude: zero_point 10^(-0.4 magnitude), zero_point"
            " being the flux of magnitude 0",
        ),
        "LC_BIN": (
            (*SERIES, ("lower", "n"), ("upper", "n"), ("nbins", "i")),
            Result(array=True, of="values"),
            "(SELECT array_agg(mean) FROM (SELECT avg(q.v) AS mean FROM (SELECT {0}"
            " AS t, {1} AS v, ({2})::float8 AS l, ({3})::float8 AS h,"
            f" {PLACE.format('{4}')} AS n"
            " OFFSET 0) AS s, LATERAL (SELECT vo_lcc.bin(t, l, h, n) AS b, v FROM"
            " (SELECT unnest(s.t)::float8 AS t, unnest(s.v)::float8 AS v) AS u WHERE"
            f" {PAIR} UNION ALL SELECT generate_series(1, CASE WHEN vo_lcc.bin(l, l,"
            " h, n) = 1 THEN n END), NULL) AS q (b, v) WHERE s.t IS NOT NULL AND s.v"
            " IS NOT NULL AND b BETWEEN 1 AND n GROUP BY b ORDER BY b) AS x)",
            "The mean value in each of nbins equal bins of time from lower to upper;"
            " NULL where a bin is empty. With LC_FOLD as times, a mean light curve by"
            " phase",
        ),
    }
)

LIGHTCURVE: Mapping[str, Function] = MappingProxyType(
    {name: curve_function(name, *row) for name, row in {**NUMBERS, **ARRAYS}.items()}
)
