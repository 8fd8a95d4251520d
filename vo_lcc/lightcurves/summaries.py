"""What is known of each light curve without reading its points: a table of its own.

`<release>.summaries` has one row per object and passband, however many segments the
light curve has; `object_path` is null where it would be the `object_id` itself. The
views over all collections read it, and only it, so that PostgreSQL reaches its indexes
through their UNION ALL: it pushes the condition of a join into a branch only where that
is one table and nothing else.
"""

from collections.abc import Iterable, Iterator

from vo_lcc.db import Load, quote_name, quote_text

READER = "vo_lcc_reader"


PATH = "coalesce(object_path, object_id)"
"""The identifier of an object as a segment of a path, from the columns of summaries."""


def make_summaries(
    load: Load, schema: str, passbands: Iterable[str], has_class: bool
) -> None:
    """Make the summaries of a release, where there are none."""
    (found,) = load.query(
        f"SELECT to_regclass({quote_text(quote_name(schema) + '.summaries')})"
        " IS NOT NULL AS found"
    ).to_pylist()
    if not found["found"]:
        for statement in summary_statements(schema, passbands, has_class):
            load.execute(statement)


def summary_statements(
    schema: str, passbands: Iterable[str], has_class: bool
) -> Iterator[str]:
    """The statements that make the table from objects and light curves."""
    release = quote_name(schema)
    bands = list(passbands)
    yield f"""
CREATE TABLE {release}.summaries AS
SELECT o.object_id, l.passband,
  nullif(vo_lcc.quote_path(o.object_id), o.object_id) AS object_path,
  o.ra, o.dec, o.hpx, l.n_points, l.t_min, l.t_max, l.step_min, l.step_max,
  ({_of_band(bands, "median")})::double precision AS mag_median,
  ({_of_band(bands, "amplitude")})::double precision AS amplitude,
  {"o.class" if has_class else "NULL::text"} AS target_class
FROM ({_whole_curves(release)}
) AS l JOIN {release}.objects AS o USING (object_id)
ORDER BY o.hpx, o.object_id, l.passband"""  # noqa: S608 (quoted)
    yield f"ALTER TABLE {release}.summaries ADD PRIMARY KEY (object_id, passband)"
    yield f"CREATE INDEX ON {release}.summaries (hpx)"
    yield f"CREATE INDEX ON {release}.summaries USING spgist (point(ra, dec))"
    yield f"ANALYZE {release}.summaries"
    yield f"GRANT SELECT ON {release}.summaries TO {READER}"


def _whole_curves(release: str) -> str:
    """Light curves with their segments put together.

    A step is the time from one point to the next. It is not known where segments
    overlap in time, so then there is none.
    """
    return f"""
  SELECT object_id, passband, sum(n_points)::integer AS n_points,
    min(t_min) AS t_min, max(t_max) AS t_max,
    CASE WHEN bool_and(coalesce(gap >= 0, true)) THEN min(least(low, gap)) END
      AS step_min,
    CASE WHEN bool_and(coalesce(gap >= 0, true)) THEN max(greatest(high, gap)) END
      AS step_max
  FROM (
    SELECT object_id, passband, n_points, t_min, t_max, low, high,
      t_min - lag(t_max) OVER (PARTITION BY object_id, passband ORDER BY segment)
        AS gap
    FROM {release}.lightcurves CROSS JOIN LATERAL (
      SELECT min(later - earlier) AS low, max(later - earlier) AS high
      FROM unnest(obs_time[:n_points - 1], obs_time[2:]) AS step(earlier, later)
    ) AS steps
  ) AS segments
  GROUP BY object_id, passband"""  # noqa: S608 (quoted)


def _of_band(passbands: Iterable[str], suffix: str) -> str:
    """The column of the object's summary that is of the light curve's passband."""
    choices = (
        f"WHEN {quote_text(band)} THEN o.{quote_name(f'{band}_{suffix}')}"
        for band in passbands
    )
    return "CASE l.passband " + " ".join(choices) + " END"
