"""From what was loaded in units to the tables of a release.

Light curves whose points came in several units are put together, objects get their
statistics, and all of it its indexes.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from vo_lcc.db import Database, quote_name, quote_text
from vo_lcc.db.rows_in import Cursor
from vo_lcc.lightcurves.columns import (
    KEYS,
    brightness,
    calibrations,
    object_columns,
    point_columns,
    statistics,
)
from vo_lcc.lightcurves.derived import Kind
from vo_lcc.lightcurves.derived.columns import statistic_column
from vo_lcc.lightcurves.loading.matching import group_positions
from vo_lcc.lightcurves.loading.packed import TIME, Packed, joined, pack
from vo_lcc.lightcurves.loading.rejects import Losses
from vo_lcc.lightcurves.loading.staging import (
    LIGHTCURVES,
    OBJECTS_IN,
    PLACE,
    SQL_TYPES,
    STATS,
    copy_rows,
    store_unit,
    wait_for_reading,
)
from vo_lcc.lightcurves.loading.summaries import statistics_of
from vo_lcc.lightcurves.model import CollectionFile
from vo_lcc.lightcurves.progress import Progress
from vo_lcc.lightcurves.releases.records import Draft
from vo_lcc.lightcurves.summaries import READER
from vo_lcc.tables import PhotCal

AT_ONCE = 1 << 19  # points that are put together at once
REWRITTEN = 0.05  # of the light curves: if more come in parts, the table is made anew
MERGING = "merging"
ORPHANS, MERGED = AFTERWARDS = (-2, -3)  # units of what is left out when all are there
SETTINGS = "SELECT set_config('work_mem', '128MB', true), set_config('maintenance_work_mem', '256MB', true)"  # noqa: E501


def unite_positions(database: Database, file: CollectionFile, schema: str) -> None:
    """Objects that stand within the radius of each other become one, the first."""
    if file.objects.radius is None or file.objects.files is not None:
        return
    table = f"{quote_name(schema)}.{OBJECTS_IN}"
    rows = database.fetch(f"SELECT object_id, ra, dec FROM {table} ORDER BY {PLACE}")  # noqa: S608
    if not rows:
        return
    ids, ra, dec = zip(*rows, strict=True)
    owner = group_positions(np.array(ra), np.array(dec), file.objects.radius)
    renamed = [(ids[i], ids[j]) for i, j in enumerate(owner.tolist()) if i != j]
    if not renamed:
        return
    with database.transaction() as cur:
        cur.execute(
            "CREATE TEMPORARY TABLE renamed (old text, new text) ON COMMIT DROP"
        )
        pairs = pa.table(
            dict(zip(("old", "new"), zip(*renamed, strict=True), strict=True))
        )
        for batch in pairs.to_batches():
            copy_rows(cur, "pg_temp", "renamed", batch)
        for name in (LIGHTCURVES, STATS):
            cur.execute(
                f"UPDATE {quote_name(schema)}.{name} SET object_id = new"  # noqa: S608
                " FROM renamed WHERE object_id = old"
            )
        cur.execute(f"DELETE FROM {table} USING renamed WHERE object_id = old")  # noqa: S608


def drop_orphans(database: Database, file: CollectionFile, draft: Draft) -> None:
    """Light curves of what is no object go; their points are stored as rejected."""
    if file.objects.files is not None:
        return
    staged = quote_name(draft.staging or draft.schema)
    known = f"SELECT FROM {staged}.{OBJECTS_IN} o WHERE o.object_id = l.object_id"
    if draft.staging is not None:
        known += (
            " UNION ALL SELECT FROM "
            f"{quote_name(draft.schema)}.objects o WHERE o.object_id = l.object_id"
        )
    points = 0
    with database.transaction() as cur:
        for name in (STATS, LIGHTCURVES):
            cur.execute(
                f"WITH gone AS (DELETE FROM {staged}.{name} l WHERE NOT EXISTS"  # noqa: S608
                f" ({known}) RETURNING n_points)"
                " SELECT coalesce(sum(n_points), 0) FROM gone"
            )
            points = int(cur.fetchone()[0])  # type: ignore[index]
        if points:
            lost = Losses(rejected={"object_id is not among the objects": points})
            store_unit(cur, (draft.collection, draft.release, ORPHANS), 0, 0, lost)


def merge_parts(
    database: Database, file: CollectionFile, draft: Draft, progress: Progress
) -> None:
    """Light curves that came in several units become one row each.

    The duplicates left out are stored. It can be done again: what is merged has one
    row.
    """
    schema = draft.staging or draft.schema
    staged = quote_name(schema)
    duplicates = 0
    with database.transaction() as cur:
        wait_for_reading(cur)
        several, n_rows, n_points = _find_several(cur, staged)
        if not several:
            return
        progress.stage("light curves in several parts", n_points, " points")
        anew = several > n_rows * REWRITTEN
        target = _prepare(cur, staged, anew)
        with database.load() as reading:
            rows = reading.stream(_parts_of(file, staged))
            for packed, count in _merged(file, rows):
                _store(cur, file, draft, target, packed)
                duplicates += count
                progress.advance(packed.n_points)
                del packed
        if anew:
            cur.execute(f"DROP TABLE {staged}.{LIGHTCURVES}")
            cur.execute(f"ALTER TABLE {staged}.{target} RENAME TO {LIGHTCURVES}")
        lost = Losses(duplicates=duplicates)
        store_unit(cur, (draft.collection, draft.release, MERGED), 0, 0, lost)


def _find_several(cur: Cursor, staged: str) -> tuple[int, int, int]:
    """How many light curves came in parts, how many rows there are, their points."""
    cur.execute(
        f"CREATE TEMPORARY TABLE {MERGING} ON COMMIT DROP AS"  # noqa: S608 (quoted)
        f" SELECT object_id, passband, sum(n_points)::bigint AS n_points, count(*) AS n"
        f" FROM {staged}.{STATS} GROUP BY object_id, passband HAVING count(*) > 1"
    )
    cur.execute(
        f"SELECT coalesce(sum(n), 0), (SELECT count(*) FROM {staged}.{STATS}),"  # noqa: S608
        f" coalesce(sum(n_points), 0) FROM {MERGING}"
    )
    return tuple(map(int, cur.fetchone()))  # type: ignore[return-value, arg-type]


def _prepare(cur: Cursor, staged: str, anew: bool) -> str:
    """Take the parts away; the table that whole light curves go to."""
    target = "lightcurves_anew" if anew else LIGHTCURVES
    in_parts = f"SELECT FROM {MERGING} m WHERE m.object_id = l.object_id AND m.passband = l.passband"  # noqa: E501
    if anew:
        table = f"{staged}.{target}"
        cur.execute(f"CREATE TABLE {table} (LIKE {staged}.{LIGHTCURVES} INCLUDING ALL)")
        cur.execute(
            f"INSERT INTO {table} SELECT * FROM {staged}.{LIGHTCURVES} l"  # noqa: S608
            f" WHERE NOT EXISTS ({in_parts})"
        )
    for name in (STATS,) if anew else (STATS, LIGHTCURVES):
        cur.execute(f"DELETE FROM {staged}.{name} l WHERE EXISTS ({in_parts})")  # noqa: S608
    return target


def _parts_of(file: CollectionFile, staged: str) -> str:
    """The parts, those of a light curve one after another, as they came."""
    names = ["object_id", "passband", *(c.name for c in point_columns(file))]
    listed = ", ".join(f"l.{quote_name(name)}" for name in [*names, "added", PLACE])
    return (
        f"SELECT {listed} FROM {staged}.{LIGHTCURVES} AS l JOIN ("  # noqa: S608
        f" SELECT object_id, passband FROM {staged}.{STATS}"
        " GROUP BY object_id, passband HAVING count(*) > 1"
        f") AS several USING (object_id, passband)"
        f" ORDER BY object_id, passband, {PLACE}"
    )


def _merged(
    file: CollectionFile, rows: pa.RecordBatchReader
) -> Iterator[tuple[Packed, int]]:
    """Whole light curves, some at a time."""
    waiting: list[pa.RecordBatch] = []
    n_points = 0
    for batch in rows:
        start = _start_of_last(batch)
        ends = bool(start) or not (waiting and _key(waiting[-1], -1) == _key(batch, 0))
        if n_points >= AT_ONCE and ends:
            waiting.append(batch.slice(0, start))
            yield _put_together(file, waiting)
            batch, n_points = batch.slice(start), 0
        waiting.append(batch)
        n_points += len(batch[TIME].flatten())
    if waiting:
        yield _put_together(file, waiting)


def _key(rows: pa.RecordBatch, at: int) -> tuple[str, ...]:
    """Which light curve a row is part of."""
    return tuple(rows[name][at].as_py() for name in KEYS)


def _start_of_last(rows: pa.RecordBatch) -> int:
    """The first row of the light curve of which the last row is part."""
    last = int(rows.num_rows) - 1
    while last > 0 and _key(rows, last - 1) == _key(rows, -1):
        last -= 1
    return max(last, 0)


def _put_together(
    file: CollectionFile, parts: list[pa.RecordBatch]
) -> tuple[Packed, int]:
    """Light curves of which these are all parts; the list is emptied."""
    names = [c.name for c in point_columns(file)]
    rows = pa.concat_batches(parts)
    parts.clear()
    points = joined([Packed.from_batch(rows.select([*KEYS, *names]))])
    del rows  # a light curve may be as long as memory allows
    return pack(points, names, file.lightcurves.duplicates)


def _store(
    cur: Cursor, file: CollectionFile, draft: Draft, target: str, packed: Packed
) -> None:
    schema = draft.staging or draft.schema
    added = pa.array(np.full(len(packed), draft.release, np.int32))
    copy_rows(cur, schema, target, packed.to_batch().append_column("added", added))
    copy_rows(cur, schema, STATS, statistics_of(file, packed))


def finish_statements(file: CollectionFile, schema: str, release: int) -> Iterator[str]:
    """The tables of a full release, with their indexes."""
    staged = quote_name(schema)
    yield SETTINGS
    yield _objects(file, staged, release)
    yield _summaries(file, staged)
    for name in (OBJECTS_IN, STATS):
        yield f"DROP TABLE {staged}.{name}"
    yield f"ALTER TABLE {staged}.{LIGHTCURVES} DROP COLUMN {PLACE}"
    yield f"ALTER TABLE {staged}.objects ALTER COLUMN added SET NOT NULL"
    yield f"ALTER TABLE {staged}.objects ADD PRIMARY KEY (object_id)"
    yield f"ALTER TABLE {staged}.summaries ADD PRIMARY KEY (object_id, passband)"
    for name in ("objects", "summaries"):
        yield f"CREATE INDEX ON {staged}.{name} (hpx)"
        yield f"CREATE INDEX ON {staged}.{name} USING spgist (point(ra, dec))"
    yield (
        f"ALTER TABLE {staged}.{LIGHTCURVES}"
        " ADD PRIMARY KEY (object_id, passband, segment)"
    )
    for name in ("objects", "summaries", LIGHTCURVES):
        yield f"ANALYZE {staged}.{name}"
    yield f"GRANT SELECT ON {staged}.summaries TO {READER}"


def staged_statements(schema: str) -> Iterator[str]:
    """What an append brings, ready to be merged."""
    staged = quote_name(schema)
    yield f"DROP TABLE {staged}.{STATS}"
    yield f"ALTER TABLE {staged}.{LIGHTCURVES} DROP COLUMN {PLACE}"
    yield f"ALTER TABLE {staged}.{OBJECTS_IN} DROP COLUMN {PLACE}"
    yield f"ALTER TABLE {staged}.{LIGHTCURVES} ADD PRIMARY KEY (object_id, passband)"
    yield f"ANALYZE {staged}.{LIGHTCURVES}"
    yield f"ANALYZE {staged}.{OBJECTS_IN}"


def _objects(file: CollectionFile, staged: str, release: int) -> str:
    """Each object with the statistics of its light curve in each passband."""
    own = [f"o.{quote_name(c.name)}" for c in object_columns(file)]
    bands = [calibration.passband for calibration in calibrations(file)]
    listed = [text for i, band in enumerate(bands) for text in _of_band(file, i, band)]
    joins = "".join(
        f"\nLEFT JOIN {staged}.{STATS} AS s{i}"
        f" ON s{i}.object_id = o.object_id AND s{i}.passband = {quote_text(band)}"
        for i, band in enumerate(bands)
    )
    each = range(len(bands))
    count = " + ".join(f"coalesce(s{i}.n_points, 0)" for i in each)
    first = ", ".join(f"s{i}.t_min" for i in each)
    last = ", ".join(f"s{i}.t_max" for i in each)
    return f"""
CREATE TABLE {staged}.objects AS
SELECT {", ".join(own[:3])}, o.hpx{"".join(f", {name}" for name in own[3:])},
  {count} AS n_points, least({first}) AS t_min, greatest({last}) AS t_max,
  {", ".join(listed)}, {release} AS added
FROM {staged}.{OBJECTS_IN} AS o{joins}
ORDER BY o.hpx, o.object_id"""  # noqa: S608 (quoted)


def _of_band(file: CollectionFile, place: int, band: str) -> Iterator[str]:
    """The columns of objects that tell of one passband."""
    bright = brightness(file)
    counted = f"coalesce(s{place}.n_points, 0)"
    yield f"{counted} AS {quote_name(f'{band}_n_points')}"
    for statistic in statistics(file):
        column = statistic_column(statistic, bright, PhotCal(band), None)
        kind = SQL_TYPES[column.datatype]
        value = fitted(f"s{place}.{quote_name(statistic.name)}", kind)
        if statistic.kind is Kind.COUNT:
            value = f"coalesce({value}, 0)"
        yield f"{value} AS {quote_name(column.name)}"


def fitted(value: str, kind: str) -> str:
    """A double as `kind`; for PostgreSQL a real too small to hold is an error."""
    if kind == "real":
        value = f"CASE WHEN abs({value}) < 1e-37 THEN 0 ELSE {value} END"
    return f"({value})::{kind}"


def _summaries(file: CollectionFile, staged: str) -> str:
    """See `lightcurves.summaries`, which makes them where there are none."""
    has_class = "class" in file.objects.columns
    return f"""
CREATE TABLE {staged}.summaries AS
SELECT o.object_id, s.passband,
  nullif(vo_lcc.quote_path(o.object_id), o.object_id) AS object_path,
  o.ra, o.dec, o.hpx, s.n_points, s.t_min, s.t_max, s.step_min, s.step_max,
  s.median AS mag_median, s.amplitude,
  {"o.class" if has_class else "NULL::text"} AS target_class
FROM {staged}.{STATS} AS s JOIN {staged}.{OBJECTS_IN} AS o USING (object_id)
ORDER BY o.hpx, o.object_id, s.passband"""  # noqa: S608 (quoted)
