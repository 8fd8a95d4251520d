"""The statements that make one release: tables, summaries, indexes.

`objects` and `lightcurves` have object_id in every key, so that both can be
distributed by it. Points come in by COPY into `points_in`; the database sorts
and aggregates them.
"""

from collections.abc import Iterable, Iterator

from vo_lcc.db import quote_name, quote_text
from vo_lcc.lightcurves.columns import (
    HPX,
    POINT_COLUMNS,
    calibrations,
    object_columns,
    point_columns,
)
from vo_lcc.lightcurves.model import CollectionFile
from vo_lcc.tables import Column

SQL_TYPES = {
    "short": "smallint",
    "int": "integer",
    "long": "bigint",
    "float": "real",
    "double": "double precision",
    "char": "text",
    "unicodeChar": "text",
}
OBJECTS_IN, POINTS_IN, SUMMARIES_IN = "objects_in", "points_in", "summaries_in"
ORDINAL = Column("ordinal", "long")
SETTINGS = "SELECT set_config('work_mem', '128MB', true), set_config('maintenance_work_mem', '256MB', true)"  # noqa: E501
AGGREGATES = {
    "median": "percentile_cont(0.5) WITHIN GROUP (ORDER BY {mag})",
    "mean": "avg({mag})",
    "std": "stddev_samp({mag})",
    "amplitude": "max({mag}) - min({mag})",
}


def objects_in_columns(file: CollectionFile) -> tuple[Column, ...]:
    """The columns of the table that objects are copied into."""
    return (*object_columns(file), HPX)


def points_in_columns(file: CollectionFile) -> tuple[Column, ...]:
    """The columns of the table that points are copied into.

    `ordinal` keeps points of one time in the order of the input.
    """
    keys = (POINT_COLUMNS["object_id"], POINT_COLUMNS["passband"])
    return (*keys, *point_columns(file), ORDINAL)


def before_copy(file: CollectionFile, schema: str) -> Iterator[str]:
    """The release's schema and the tables that the input is copied into."""
    yield f"CREATE SCHEMA {quote_name(schema)}"
    yield _create(schema, OBJECTS_IN, objects_in_columns(file))
    yield _create(schema, POINTS_IN, points_in_columns(file))


def after_copy(file: CollectionFile, schema: str) -> Iterator[str]:
    """The release's tables, made from what was copied."""
    release = quote_name(schema)
    yield f"ANALYZE {release}.{POINTS_IN}"
    yield _make_lightcurves(file, release)
    yield _make_summaries(file, release)
    yield _make_objects(file, release)
    for table in (OBJECTS_IN, POINTS_IN, SUMMARIES_IN):
        yield f"DROP TABLE {release}.{table}"
    yield f"ALTER TABLE {release}.objects ADD PRIMARY KEY (object_id)"
    yield f"CREATE INDEX ON {release}.objects (hpx)"
    yield f"CREATE INDEX ON {release}.objects USING spgist (point(ra, dec))"
    yield (
        f"ALTER TABLE {release}.lightcurves"
        " ADD PRIMARY KEY (object_id, passband, segment)"
    )
    yield f"ANALYZE {release}.objects"
    yield f"ANALYZE {release}.lightcurves"


def find_unicode(schema: str, table: str, columns: Iterable[str]) -> str:
    """A query with one row: for each column of texts, does it go beyond ASCII?"""
    asked = (
        f"coalesce(bool_or(octet_length({c}::text) <> char_length({c}::text)), false)"
        f" AS {c}"
        for c in map(quote_name, columns)
    )
    return f"SELECT {', '.join(asked)} FROM {quote_name(schema)}.{quote_name(table)}"  # noqa: S608 (quoted)


def _create(schema: str, table: str, columns: Iterable[Column]) -> str:
    """The tables are dropped in the same transaction, so they need no log."""
    listed = ", ".join(f"{quote_name(c.name)} {SQL_TYPES[c.datatype]}" for c in columns)
    return f"CREATE UNLOGGED TABLE {quote_name(schema)}.{quote_name(table)} ({listed})"


def _make_lightcurves(file: CollectionFile, release: str) -> str:
    arrays = ",\n  ".join(
        f"array_agg({name} ORDER BY obs_time, ordinal) AS {name}"
        for name in (quote_name(c.name) for c in point_columns(file))
    )
    return f"""
CREATE TABLE {release}.lightcurves AS
SELECT object_id, passband, 0 AS segment,
  {arrays},
  min(obs_time) AS t_min, max(obs_time) AS t_max, count(*)::integer AS n_points
FROM {release}.{POINTS_IN}
GROUP BY object_id, passband"""  # noqa: S608 (quoted)


def _make_summaries(file: CollectionFile, release: str) -> str:
    columns = {c.name: c for c in point_columns(file)}
    # a point without flags has nothing against it
    good = "coalesce(flags, 0) = 0" if "flags" in columns else "true"
    kind = SQL_TYPES[columns["mag"].datatype]
    mag = "mag::double precision"
    aggregates = ",\n  ".join(
        f"{_fitted(_filtered(text.format(mag=mag), good), kind)} AS {name}"
        for name, text in AGGREGATES.items()
    )
    return f"""
CREATE UNLOGGED TABLE {release}.{SUMMARIES_IN} AS
SELECT object_id, passband, count(*)::integer AS n_points,
  min(obs_time) AS t_min, max(obs_time) AS t_max,
  {aggregates}
FROM {release}.{POINTS_IN}
GROUP BY object_id, passband"""  # noqa: S608 (quoted)


def _filtered(aggregate: str, good: str) -> str:
    """Each aggregate of an expression, taken over good points only."""
    parts = aggregate.split(" - ")
    return " - ".join(f"{part} FILTER (WHERE {good})" for part in parts)


def _fitted(value: str, kind: str) -> str:
    """A double as `kind`; for PostgreSQL a real too small to hold is an error."""
    if kind == "real":
        value = f"CASE WHEN abs({value}) < 1e-37 THEN 0 ELSE {value} END"
    return f"({value})::{kind}"


def _make_objects(file: CollectionFile, release: str) -> str:
    own = [quote_name(c.name) for c in object_columns(file)]
    summaries = []
    for calibration in calibrations(file):
        band, test = calibration.passband, quote_text(calibration.passband)
        for suffix in ("n_points", *AGGREGATES):
            value = f"max({suffix}) FILTER (WHERE passband = {test})"
            summaries.append((quote_name(f"{band}_{suffix}"), value, suffix))
    pivot = ",\n    ".join(f"{value} AS {name}" for name, value, _ in summaries)
    listed = ",\n  ".join(
        f"coalesce(s.{name}, 0) AS {name}" if suffix == "n_points" else f"s.{name}"
        for name, _, suffix in summaries
    )
    return f"""
CREATE TABLE {release}.objects AS
SELECT {", ".join(own[:3])}, hpx{"".join(f", {name}" for name in own[3:])},
  coalesce(s.n_points, 0) AS n_points, s.t_min, s.t_max,
  {listed}
FROM {release}.{OBJECTS_IN} LEFT JOIN (
  SELECT object_id, sum(n_points)::integer AS n_points, min(t_min) AS t_min,
    max(t_max) AS t_max,
    {pivot}
  FROM {release}.{SUMMARIES_IN} GROUP BY object_id
) AS s USING (object_id)
ORDER BY hpx, object_id"""  # noqa: S608 (quoted)
