"""What a query finds: its rows in one file, or the objects it names for an export."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from vo_lcc import __version__
from vo_lcc.adql import SelectPlan, compile_query
from vo_lcc.db import Database, Statement, Streams, quote_name
from vo_lcc.db.catalog import load_catalog
from vo_lcc.db.pools import BULK
from vo_lcc.errors import UsageError
from vo_lcc.formats.fits import FitsSpooler
from vo_lcc.formats.parquet import ParquetWriter
from vo_lcc.heads import DocumentHead, Info, TableHead
from vo_lcc.lightcurves.exports.export import LIMITS
from vo_lcc.lightcurves.exports.folder import HashedFile, new_file
from vo_lcc.lightcurves.exports.source import Source, find_source
from vo_lcc.lightcurves.identified import identified
from vo_lcc.lightcurves.obscore import settings_of
from vo_lcc.lightcurves.progress import Progress, Silent
from vo_lcc.tables import Batch

ROW_FORMS = ("parquet", "fits")


@dataclass(frozen=True, slots=True)
class Site:
    """The server that rows of ObsCore tell of: its base URL, its IVOA authority."""

    base_url: str | None = None
    authority: str | None = None

    def settings(self, plan: SelectPlan) -> tuple[tuple[str, str], ...]:
        """What the statement sets; without a base URL there are no links."""
        told = settings_of(plan.tables, self.base_url or "", self.authority)
        return told if self.base_url else told[:1]


NOWHERE = Site()


@dataclass(frozen=True, slots=True)
class RowsReport:
    """What was exported of a query."""

    path: Path
    rows: int
    size: int
    sha256: str


def select_objects(database: Database, query: str, label: str | None = None) -> Source:
    """The objects that a query names by the column object_id of one collection.

    Raises QueryError, and UsageError where the query has no such column.
    """
    catalog = load_catalog(database)
    names = [name for (name,) in database.fetch("SELECT name FROM vo_lcc.collections")]
    plan = compile_query(query, identified(catalog, names))
    for column in plan.columns:
        name = column.identifies
        if name is not None and name in names:
            wanted = f"SELECT {quote_name(column.name)} FROM ({plan.sql}) AS found"  # noqa: S608
            source = find_source(database, name, label)
            return replace(source, selected=wanted, adql=query)
    raise UsageError(
        "--lightcurves needs a query that gives the column object_id of a collection,"
        " such as SELECT object_id FROM demo.objects WHERE n_points > 100"
    )


def export_rows(
    database: Database,
    query: str,
    form: str,
    target: Path,
    force: bool = False,
    progress: Progress | None = None,
    site: Site = NOWHERE,
) -> RowsReport:
    """Write the rows of a query into the file `target`; `form` is of ROW_FORMS.

    All rows are written: there is no limit but TOP. Raises QueryError, and UsageError
    where the file cannot be written.
    """
    plan = compile_query(query, load_catalog(database))
    progress = progress or Silent()
    progress.stage("rows", None, " rows")
    statement = Statement(plan.sql, pool=BULK, settings=site.settings(plan))
    with new_file(target, force) as file:
        head = TableHead(plan.columns)
        with _encoded(form, file, _document(query), head) as take:
            rows = asyncio.run(_read(database.url, plan, statement, take, progress))
    return RowsReport(target, rows, file.size, file.sha256)


def _document(query: str) -> DocumentHead:
    said = {"server_software": f"vo_lcc/{__version__}", "query": query}
    return DocumentHead(tuple(Info(*pair) for pair in said.items()))


async def _read(
    url: str,
    plan: SelectPlan,
    statement: Statement,
    take: Callable[[Batch], object],
    progress: Progress,
) -> int:
    """Have `take` write all rows; how many there are."""
    count = 0
    streams = Streams(url, LIMITS)
    try:
        async with aclosing(streams.run(statement, plan.columns)) as batches:
            async for batch in batches:
                await asyncio.to_thread(take, batch)
                count += batch.num_rows
                progress.advance(batch.num_rows)
    finally:
        await streams.close()
    return count


@contextmanager
def _encoded(
    form: str, file: HashedFile, document: DocumentHead, head: TableHead
) -> Iterator[Callable[[Batch], object]]:
    """Takes rows; at the end they are in the file."""
    if form == "fits":
        with FitsSpooler() as spooler:
            spooler.head(document)
            spooler.table(head)
            yield spooler.rows
            spooler.finish()
            for piece in spooler.chunks():
                file.write(piece)
        return
    writer = ParquetWriter()
    file.write(writer.head(document) + writer.table(head))
    yield lambda batch: file.write(writer.rows(batch))
    file.write(writer.tail())
