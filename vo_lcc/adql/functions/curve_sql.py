"""How a function of a light curve is written in SQL, and what it gives.

Each argument stands once, inside a SELECT without FROM, so that no name in it can be
taken for one of the template's own. A hole is an element that is NULL, NaN, infinite,
or beyond 1e100; an error is a hole unless it is between 1e-30 and 1e30. Pairs with a
hole are left out, as is what one array has more than the other. Arrays are unnested
in the select list, which costs half of what it does in FROM.
"""

# ruff: noqa: S608 (templates of our own; what users write comes in by the renderer)

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from vo_lcc.adql.functions.function import Form, Function, Gives
from vo_lcc.adql.problems import Problems
from vo_lcc.adql.values import units
from vo_lcc.adql.values.kinds import RANK
from vo_lcc.tables import Column

Parameters = tuple[tuple[str, str], ...]

DECLARED = {"a": "DOUBLE[]", "f": "BIGINT[]", "n": "DOUBLE", "i": "INTEGER"}

FULL = "abs(v) < 1e100"
PAIR = "abs(t) < 1e100 AND abs(v) < 1e100"
MEASURED = "abs(v) < 1e100 AND e BETWEEN 1e-30 AND 1e30"
MEDIAN = "percentile_cont(0.5) WITHIN GROUP (ORDER BY v)"
WEIGHTED = (
    "coalesce(sum(v / (e * e)) FILTER (WHERE abs(v) > 1e-100), 0) / sum(1 / (e * e))"
)
# (v - m) / e without the smallest, whose square would be no double
RESIDUAL = "CASE WHEN abs(v - m) > 1e-60 * e THEN (v - m) / e ELSE 0 END"


def of_values(result: str) -> str:
    """What an aggregate gives for the values `v` of an array."""
    return (
        f"(SELECT {result} FROM (SELECT unnest({{0}})::float8 AS v) AS u WHERE {FULL})"
    )


def of_pairs(result: str, names: str = "tv", valid: str = PAIR) -> str:
    """What an aggregate gives for two arrays, called by the letters of `names`."""
    one, other = names[0], names[1]
    return (
        f"(SELECT {result} FROM (SELECT unnest({{0}})::float8 AS {one},"
        f" unnest({{1}})::float8 AS {other}) AS u WHERE {valid})"
    )


def of_steps(result: str) -> str:
    """What an aggregate gives for the values `v`, each with the one before, `p`."""
    return (
        f"(SELECT {result} FROM (SELECT v, lag(v) OVER () AS p FROM (SELECT"
        f" unnest({{0}})::float8 AS v) AS u WHERE {FULL}) AS w)"
    )


def in_two_passes(first: str, result: str) -> str:
    """An aggregate of the values that needs another, `m`, of them before."""
    return (
        f"(SELECT {result} FROM (SELECT unnest(a)::float8 AS v, m FROM (SELECT a,"
        f" (SELECT {first} FROM (SELECT unnest(a)::float8 AS v) AS u WHERE {FULL}) AS"
        f" m FROM (SELECT {{0}} AS a OFFSET 0) AS s OFFSET 0) AS w) AS x WHERE {FULL})"
    )


def standardised(result: str) -> str:
    """An aggregate of the values less their mean, over their deviation (n): `z`."""
    return (
        f"(SELECT {result} FROM (SELECT CASE WHEN abs(v - m) > 1e-60 * s THEN (v - m)"
        " / s ELSE 0 END AS z FROM (SELECT unnest(a)::float8 AS v, m[1] AS m, m[2] AS"
        " s FROM (SELECT a, (SELECT ARRAY[avg(v), stddev_pop(v)] FROM (SELECT"
        f" unnest(a)::float8 AS v) AS u WHERE {FULL}) AS m FROM (SELECT {{0}} AS a"
        f" OFFSET 0) AS r OFFSET 0) AS w) AS x WHERE {FULL} AND s > 1e-90 OFFSET 0) AS"
        " y)"
    )


def of_residuals(result: str) -> str:
    """An aggregate of the residuals `d`, in errors, about the weighted mean.

    `p` is the residual of the point before.
    """
    return (
        f"(SELECT {result} FROM (SELECT d, lag(d) OVER () AS p FROM (SELECT {RESIDUAL}"
        " AS d FROM (SELECT unnest(a)::float8 AS v, unnest(b)::float8 AS e, m FROM"
        f" (SELECT a, b, (SELECT {WEIGHTED} FROM (SELECT unnest(a)::float8 AS v,"
        f" unnest(b)::float8 AS e) AS u WHERE {MEASURED}) AS m FROM (SELECT"
        " {0} AS a, {1} AS b OFFSET 0) AS s OFFSET 0) AS w) AS x WHERE"
        f" {MEASURED} OFFSET 0) AS y) AS z)"
    )


@dataclass(frozen=True, slots=True)
class Result:
    """What a function gives: its datatype, and which argument has its unit.

    `same` is the datatype of the first argument. With `of` the unit is that of this
    argument, with `per` divided by that of another. `instant` is for a value that is
    one of those given: it keeps their frame and calibration.
    """

    datatype: str = "double"
    array: bool = False
    of: str | None = None
    per: str | None = None
    instant: bool = False

    def gives(self, parameters: Parameters) -> Gives:
        """The column of a call with these parameters."""
        places = {name: i for i, (name, _) in enumerate(parameters)}

        def column(call: Any, columns: Sequence[Column], problems: Problems) -> Column:
            given = columns[0].datatype
            same = given if given in RANK else "double"
            found = Column(
                "",
                same if self.datatype == "same" else self.datatype,
                "*" if self.array else None,
                unit="" if self.of is None else columns[places[self.of]].unit,
            )
            if self.instant:
                return replace(found, annotation=columns[0].annotation)
            if self.per is not None:
                return replace(found, unit=quotient(found.unit, columns[0].unit))
            return found

        return column


def quotient(unit: str | None, by: str | None) -> str | None:
    """One unit divided by another, where both are known."""
    return units.product((("*", unit), ("/", by))) if unit and by else None


def curve_function(
    name: str, parameters: Parameters, result: Result, sql: str, doc: str
) -> Function:
    """A function of arrays, declared by the names of its parameters."""
    takes = "".join(letter for _, letter in parameters)
    words = ", ".join(f"{word} {DECLARED[letter]}" for word, letter in parameters)
    kind = {"int": "INTEGER", "same": "DOUBLE"}.get(result.datatype, "DOUBLE")
    gives = kind + ("[]" if result.array else "")
    declared = f"{name.lower()}({words}) -> {gives}"
    return Function((Form(takes, sql, declared),), result.gives(parameters), doc)
