"""An append is taken back: the light curves are as they were before it.

What it added goes, what it replaced comes back from the history, and the summaries of
light curves that it changed are computed anew.
"""

from collections.abc import Iterator
from functools import partial

import pyarrow as pa

from vo_lcc.db import Load, quote_name, quote_text
from vo_lcc.lightcurves.appends import statements
from vo_lcc.lightcurves.appends.pieces import Pieces, put_together
from vo_lcc.lightcurves.appends.reading import (
    ranges,
    read_pieces,
    select_pieces,
    while_reading,
)
from vo_lcc.lightcurves.appends.statements import Append
from vo_lcc.lightcurves.loading.summaries import statistics_of
from vo_lcc.lightcurves.model import CollectionFile
from vo_lcc.lightcurves.releases.counting import columns_of
from vo_lcc.lightcurves.releases.names import storage_schema
from vo_lcc.lightcurves.releases.records import Draft

TABLES = ("lightcurves", "objects")


def undo_append(load: Load, file: CollectionFile, release: Draft) -> None:
    """Take what a published append added out of the live storage again.

    The storage is then that of the release before it that is published; what appends
    between the two added, which are withdrawn, goes as well.
    """
    before = _before(load, release)
    stored = columns_of(load, release.schema, "objects")
    work = storage_schema(release.collection, release.release)
    append = Append(file, release.schema, work, release.release, stored)
    load.execute(f"CREATE SCHEMA {quote_name(work)}")
    for statement in (
        *statements.work_tables(append),
        *_touched(append, before),
        *_go_back(load, append, before),
        *_without_summaries(append),
    ):
        load.execute(statement)
    _sum_up(load, append)
    load.execute(statements.add_summaries(append))
    load.execute(f"DROP SCHEMA {quote_name(work)} CASCADE")


def _before(load: Load, release: Draft) -> int:
    """The release that the storage goes back to."""
    found = load.query(
        "SELECT max(release) AS release FROM vo_lcc.releases"  # noqa: S608 (quoted)
        f" WHERE collection = {quote_text(release.collection)}"
        f" AND base = {release.base} AND state = 'published'"
        f" AND release < {release.release}"
    )
    before: int = found["release"][0].as_py()
    return before


def _touched(append: Append, before: int) -> Iterator[str]:
    """The light curves that are to change, and those of objects that are to go."""
    live, history = append.table("lightcurves"), append.table("lightcurves_history")
    yield f"""
CREATE UNLOGGED TABLE {append.work("touched")} AS
SELECT object_id, passband FROM {live} WHERE added > {before} UNION
SELECT object_id, passband FROM {history} WHERE {_comes_back(before)}"""  # noqa: S608
    yield f"ANALYZE {append.work('touched')}"


def _go_back(load: Load, append: Append, before: int) -> Iterator[str]:
    """Rows that are newer go, those that they replaced come back."""
    for name in TABLES:
        table, history = append.table(name), append.table(f"{name}_history")
        columns = sorted(columns_of(load, append.live, name))
        listed = ", ".join(map(quote_name, columns))
        yield f"DELETE FROM {table} WHERE added > {before}"  # noqa: S608 (quoted)
        yield (
            f"INSERT INTO {table} ({listed}) SELECT {listed} FROM {history}"  # noqa: S608
            f" WHERE {_comes_back(before)}"
        )
        yield f"DELETE FROM {history} WHERE removed > {before}"  # noqa: S608 (quoted)


def _comes_back(before: int) -> str:
    return f"added <= {before} AND removed > {before}"


def _without_summaries(append: Append) -> Iterator[str]:
    yield f"""
DELETE FROM {append.table("summaries")} AS s USING {append.work("touched")} AS t
WHERE (s.object_id, s.passband) = (t.object_id, t.passband)"""  # noqa: S608 (quoted)


def _sum_up(load: Load, append: Append) -> None:
    """Compute anew what is known of the light curves that changed and are there."""
    live = f"{append.table('lightcurves')} AS l"
    touched = f"(SELECT object_id, passband FROM {append.work('touched')})"  # noqa: S608
    those = f"{live} WHERE (l.object_id, l.passband) IN {touched}"
    columns = select_pieces(append.file, "l")
    summaries = while_reading(
        partial(read_pieces, load, append.file),
        [
            f"SELECT {columns} FROM {those} AND l.object_id {among}"  # noqa: S608
            for among in ranges(load, f"SELECT object_id, n_points FROM {those}")  # noqa: S608
        ],
        partial(_summaries, append.file),
    )
    for rows in summaries:
        load.ingest(append.staged, "changed", rows)


def _summaries(file: CollectionFile, pieces: Pieces) -> pa.RecordBatch:
    return statistics_of(file, put_together(pieces).curves)
