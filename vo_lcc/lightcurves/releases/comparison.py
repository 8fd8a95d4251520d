"""The statements that compare two releases, into three temporary tables.

`diff_objects`, `diff_curves` and `diff_points` have a row for each object, light curve
and point that differs.
"""

from collections.abc import Iterable, Iterator, Sequence

from vo_lcc.db import quote_name, quote_text
from vo_lcc.lightcurves.columns import KEYS

# What follows from the points, or from when they came, is no difference of its own.
NOT_COMPARED = frozenset({"release", "segment", "t_min", "t_max", "n_points"})

ALL = """
SELECT 'object' AS kind, what, object_id, passband, obs_time,
  array_to_string(columns, ' ') AS columns FROM diff_objects
UNION ALL SELECT 'light curve', what, object_id, passband, obs_time,
  array_to_string(columns, ' ') FROM diff_curves
UNION ALL SELECT 'point', what, object_id, passband, obs_time,
  array_to_string(columns, ' ') FROM diff_points
ORDER BY 1, 3, 4, 5, 2"""


def statements(
    before: str, after: str, columns: Sequence[tuple[str, str]]
) -> Iterator[str]:
    """Compare the views in two schemas in the given columns, as (table, column)."""
    old, new = quote_name(before), quote_name(after)
    of = {
        table: [name for t, name in columns if t == table]
        for table in ("objects", "lightcurves", "photometry")
    }
    yield _objects(old, new, [c for c in of["objects"] if c != "object_id"])
    compared = [c for c in of["lightcurves"] if c not in NOT_COMPARED and c not in KEYS]
    yield _differing_curves(old, new, compared)
    yield "ANALYZE diff_candidates"
    yield _curves(old, new)
    points = [c for c in of["photometry"] if c != "release" and c not in KEYS]
    for number, (here, there) in enumerate(((old, new), (new, old))):
        yield _points_of_one(number, here, there, points)
    yield _points([c for c in points if c != "obs_time"])


def _objects(old: str, new: str, columns: Sequence[str]) -> str:
    return f"""
CREATE TEMP TABLE diff_objects ON COMMIT DROP AS
SELECT {_what("a.object_id", "b.object_id")} AS what,
  coalesce(a.object_id, b.object_id) AS object_id, NULL::text AS passband,
  NULL::float8 AS obs_time,
  CASE WHEN a.object_id IS NOT NULL AND b.object_id IS NOT NULL
    THEN {_changed(columns)} ELSE '{{}}' END AS columns
FROM {old}.objects AS a FULL JOIN {new}.objects AS b ON a.object_id = b.object_id
WHERE a.object_id IS NULL OR b.object_id IS NULL OR {_differ(columns)}"""  # noqa: S608


def _differing_curves(old: str, new: str, columns: Sequence[str]) -> str:
    """The light curves with a segment that is not in both."""
    same = " AND ".join(f"a.{key} = b.{key}" for key in (*KEYS, "segment"))
    return f"""
CREATE TEMP TABLE diff_candidates ON COMMIT DROP AS
SELECT DISTINCT coalesce(a.object_id, b.object_id) AS object_id,
  coalesce(a.passband, b.passband) AS passband
FROM {old}.lightcurves AS a FULL JOIN {new}.lightcurves AS b ON {same}
WHERE a.segment IS NULL OR b.segment IS NULL OR {_differ(columns)}"""  # noqa: S608


def _curves(old: str, new: str) -> str:
    """Light curves that differ; in what, their points tell."""
    there = " AND ".join(f"l.{key} = c.{key}" for key in KEYS)
    found_old, found_new = (
        f"EXISTS (SELECT FROM {schema}.lightcurves AS l WHERE {there})"
        for schema in (old, new)
    )
    return f"""
CREATE TEMP TABLE diff_curves ON COMMIT DROP AS
SELECT what, object_id, passband, NULL::float8 AS obs_time, '{{}}'::text[] AS columns
FROM (
  SELECT c.*, CASE WHEN NOT {found_old} THEN 'added' WHEN NOT {found_new} THEN 'removed'
    ELSE 'changed' END AS what
  FROM diff_candidates AS c) AS c"""  # noqa: S608


def _points_of_one(number: int, here: str, there: str, columns: Sequence[str]) -> str:
    """The points of one release that are not in the other, as often as there."""
    listed = ", ".join(map(quote_name, (*KEYS, *columns)))
    order = ", ".join(map(quote_name, columns))
    mine, theirs = (
        f"SELECT {listed} FROM {schema}.photometry JOIN diff_candidates"  # noqa: S608
        " USING (object_id, passband)"
        for schema in (here, there)
    )
    return f"""
CREATE TEMP TABLE diff_points_{number} ON COMMIT DROP AS
SELECT *, row_number() OVER (
  PARTITION BY object_id, passband, obs_time ORDER BY {order}) AS ordinal
FROM ({mine} EXCEPT ALL {theirs}) AS p"""  # noqa: S608


def _points(columns: Sequence[str]) -> str:
    keys = (*KEYS, "obs_time", "ordinal")
    same = " AND ".join(f"a.{key} = b.{key}" for key in keys)
    return f"""
CREATE TEMP TABLE diff_points ON COMMIT DROP AS
SELECT {_what("a.object_id", "b.object_id")} AS what,
  coalesce(a.object_id, b.object_id) AS object_id,
  coalesce(a.passband, b.passband) AS passband,
  coalesce(a.obs_time, b.obs_time) AS obs_time,
  CASE WHEN a.object_id IS NOT NULL AND b.object_id IS NOT NULL
    THEN {_changed(columns)} ELSE '{{}}' END AS columns
FROM diff_points_0 AS a FULL JOIN diff_points_1 AS b ON {same}"""  # noqa: S608


def _what(before: str, after: str) -> str:
    return (
        f"CASE WHEN {before} IS NULL THEN 'added' WHEN {after} IS NULL THEN 'removed'"
        " ELSE 'changed' END"
    )


def _differ(columns: Sequence[str]) -> str:
    """Whether any of the columns differs; without any, none does."""
    pairs = (f"a.{name} IS DISTINCT FROM b.{name}" for name in map(quote_name, columns))
    return f"({' OR '.join(pairs) or 'false'})"


def _changed(columns: Iterable[str]) -> str:
    """The names of the columns that differ, as an array."""
    cases = (
        f"CASE WHEN a.{quote_name(name)} IS DISTINCT FROM b.{quote_name(name)}"
        f" THEN {quote_text(name)} END"
        for name in columns
    )
    return f"array_remove(ARRAY[{', '.join(cases)}]::text[], NULL)"
