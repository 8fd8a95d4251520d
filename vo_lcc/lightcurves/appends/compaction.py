"""Pieces of light curves become whole again, beside those who read them.

Each append leaves a piece of every light curve that got points. Here the pieces that no
published release keeps apart are put together, some light curves in a transaction: who
reads sees either the pieces or the whole. It goes through the table as it lies on disk,
and what was freed is given to what follows, so that the table hardly grows meanwhile.

It may be stopped at any moment, and begun again.
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from vo_lcc.db import Database, Load, quote_name, quote_text
from vo_lcc.errors import NotFoundError
from vo_lcc.lightcurves.appends.pieces import Pieces, put_together
from vo_lcc.lightcurves.appends.reading import read_pieces, select_pieces
from vo_lcc.lightcurves.appends.squeezing import (
    n_pages,
    renew_indexes,
    shorten,
    squeeze,
)
from vo_lcc.lightcurves.appends.statements import GROWING
from vo_lcc.lightcurves.model import CollectionFile
from vo_lcc.lightcurves.progress import Progress, Silent
from vo_lcc.lightcurves.releases.patience import change
from vo_lcc.lightcurves.releases.publishing import parse_definition
from vo_lcc.lightcurves.releases.sweeping import sweep

VACUUMS = 12  # so often, on the way through a table
AT_ONCE = 400_000  # points that are put together in a transaction, about
LONG = 450  # points; where they have more, no array of a light curve is in its row
TABLES = (
    *("objects", "lightcurves", "summaries"),
    *("objects_history", "lightcurves_history"),
)


@dataclass(frozen=True, slots=True)
class Compacted:
    """What a compaction did: how many pieces fewer, the bytes on disk before, after."""

    collection: str
    n_pieces: int
    bytes_before: int
    bytes_after: int


@dataclass(frozen=True, slots=True)
class Storage:
    """Light curves, and the published releases that share them."""

    file: CollectionFile
    schema: str
    releases: tuple[int, ...]

    @property
    def table(self) -> str:
        """The light curves, as SQL."""
        return f"{quote_name(self.schema)}.lightcurves"

    def group_sql(self) -> str:
        """A number for each piece `l`, the same where they may be put together."""
        if self.file.releases.column:
            return "l.added"
        ends = ", ".join(str(release + 1) for release in self.releases)
        return f"width_bucket(l.added, ARRAY[{ends}])"

    def grouped(self, pieces: Pieces) -> Pieces:
        """The pieces, in these groups."""
        if self.file.releases.column:
            return replace(pieces, group=pieces.added)
        groups = np.searchsorted(self.releases, pieces.added, "left")
        return replace(pieces, group=groups.astype(np.int64))


@dataclass(frozen=True, slots=True)
class Window:
    """Pages of a table, from `first` to before `end`."""

    first: int
    end: int


def compact(
    database: Database, name: str, progress: Progress | None = None
) -> Compacted:
    """Put together what no published release of a collection keeps apart.

    What only withdrawn releases need is deleted first. Raises NotFoundError for a
    collection that is not published, TransientError as `publish` does.
    """
    progress = progress or Silent()
    schemas = _schemas(database, name)
    if not schemas:
        raise NotFoundError(f"no collection {name!r} is published")
    before = _size(database, schemas)
    sweep(database, name, progress)
    n_pieces = sum(_compact(database, name, schema, progress) for schema in schemas)
    for schema in schemas:
        for table in GROWING:
            squeeze(database, schema, table)
        for table in TABLES:
            database.alone(f"VACUUM (ANALYZE) {quote_name(schema)}.{table}")
            renew_indexes(database, schema, table)
    return Compacted(name, n_pieces, before, _size(database, schemas))


def _schemas(database: Database, name: str) -> list[str]:
    """Where the published releases have their light curves."""
    rows = database.fetch(
        "SELECT DISTINCT schema_name FROM vo_lcc.releases"
        " WHERE collection = %s AND state = 'published' ORDER BY 1",
        (name,),
    )
    return [schema for (schema,) in rows]


def _size(database: Database, schemas: list[str]) -> int:
    names = [f"{quote_name(schema)}.{table}" for schema in schemas for table in TABLES]
    rows = database.fetch(
        "SELECT coalesce(sum(pg_total_relation_size(to_regclass(name))), 0)::bigint"
        " FROM unnest(%s) AS name",
        (names,),
    )
    return int(rows[0][0])


def _compact(database: Database, name: str, schema: str, progress: Progress) -> int:
    """All pages of a table that it has now; how many pieces fewer there are."""
    table = f"{quote_name(schema)}.lightcurves"
    if not change(
        database,
        f"compact {name}",
        partial(_is_in_pieces, name=name, schema=schema),
        Silent(),
    ):
        return 0
    n_points, n_curves = _extent(database, schema)
    if n_points > LONG * n_curves:
        database.alone(f"ALTER TABLE {table} SET (toast_tuple_target = 128)")
    before = n_pages(database, table)
    progress.stage(f"compact {name}", before, " pages")
    size = max(1, AT_ONCE * before // max(n_points, 1))
    fewer = vacuumed = 0
    for first in range(0, before, size):
        window = Window(first, min(first + size, before))
        fewer += _write_anew(database, name, schema, window)
        progress.advance(window.end - first)
        if fewer and (window.end - vacuumed) * VACUUMS >= before:
            database.alone(f"VACUUM (TRUNCATE false) {table}")
            vacuumed = window.end
    progress.stage(f"compact {name}: free what is not used")
    shorten(database, schema, "lightcurves", size)
    return fewer


def _extent(database: Database, schema: str) -> tuple[int, int]:
    """How many points there are, and light curves."""
    rows = database.fetch(
        "SELECT coalesce(sum(n_points), 0)::bigint, count(*)"  # noqa: S608 (quoted)
        f" FROM {quote_name(schema)}.summaries"
    )
    n_points, n_curves = rows[0]
    return int(n_points), int(n_curves)


def _is_in_pieces(load: Load, name: str, schema: str) -> bool:
    """Whether there is anything to do."""
    storage = _find_storage(load, name, schema)
    if storage is None:
        return False
    return bool(load.query(f"{_several(storage)} LIMIT 1").num_rows)


def _write_anew(database: Database, name: str, schema: str, window: Window) -> int:
    """Light curves with pieces in these pages, in one transaction."""
    make = partial(_merge, name=name, schema=schema, window=window)
    return change(database, f"compact {name}", make, Silent())


def _merge(load: Load, name: str, schema: str, window: Window) -> int:
    """How many pieces fewer there are."""
    storage = _find_storage(load, name, schema)
    if storage is None:
        return 0
    select = _select(storage, window)
    pieces = storage.grouped(read_pieces(load, storage.file, select))
    if not len(pieces):
        return 0
    whole = _whole(pieces)
    load.execute(_delete(storage, pieces))
    load.ingest(storage.schema, "lightcurves", whole.to_batch())
    return len(pieces) - len(whole)


def _find_storage(load: Load, name: str, schema: str) -> Storage | None:
    """The light curves in a schema, while a release of them is published."""
    rows = load.query(
        "SELECT release, definition FROM vo_lcc.releases WHERE state = 'published'"  # noqa: S608
        f" AND collection = {quote_text(name)} AND schema_name = {quote_text(schema)}"
        " ORDER BY release"
    ).to_pylist()
    if not rows:
        return None
    file = parse_definition(rows[-1]["definition"])
    return Storage(file, schema, tuple(row["release"] for row in rows))


def _select(storage: Storage, window: Window) -> str:
    """The pieces of light curves of which one is in the window."""
    among = f"""WHERE (l.object_id, l.passband) IN (
    SELECT w.object_id, w.passband FROM {storage.table} AS w
    WHERE w.ctid >= '({window.first},0)' AND w.ctid < '({window.end},0)')"""  # noqa: S608
    return f"""
WITH several AS MATERIALIZED ({_several(storage, among)})
SELECT {select_pieces(storage.file, "l")} FROM {storage.table} AS l JOIN several AS s
  ON (s.object_id, s.passband) = (l.object_id, l.passband)
  AND s.together = {storage.group_sql()}"""  # noqa: S608 (quoted)


def _several(storage: Storage, among: str = "") -> str:
    """The light curves of which several pieces belong together."""
    return f"""
SELECT l.object_id, l.passband, {storage.group_sql()} AS together
FROM {storage.table} AS l {among}
GROUP BY 1, 2, 3 HAVING count(*) > 1"""  # noqa: S608 (quoted)


def _whole(pieces: Pieces) -> Pieces:
    """Each with the lowest number of its pieces, and the latest of their releases."""
    whole = put_together(pieces)
    first = whole.pieces[whole.firsts[:-1]]
    added = np.maximum.reduceat(pieces.added[whole.pieces], whole.firsts[:-1])
    return Pieces(whole.curves, pieces.number[first], added, pieces.group[first])


def _delete(storage: Storage, pieces: Pieces) -> str:
    """The statement by which the pieces go."""
    keys = ", ".join(
        f"ARRAY[{', '.join(map(quote_text, names.to_pylist()))}]"
        for names in (pieces.rows.object_id, pieces.rows.passband)
    )
    numbers = ", ".join(map(str, pieces.number.tolist()))
    return f"""
DELETE FROM {storage.table} AS l
USING unnest({keys}, ARRAY[{numbers}]) AS p(object_id, passband, segment)
WHERE (l.object_id, l.passband, l.segment) = (p.object_id, p.passband, p.segment)"""  # noqa: S608
