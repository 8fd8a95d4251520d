"""Two tables, as the database shows them: objects, and photometry, a row a point."""

import pyarrow as pa

from vo_lcc.formats.fits import FitsSpooler
from vo_lcc.heads import TableHead
from vo_lcc.lightcurves.columns import HPX
from vo_lcc.lightcurves.exports.chunks import Chunk
from vo_lcc.lightcurves.exports.definition import Layout, write_definition
from vo_lcc.lightcurves.exports.folder import Folder
from vo_lcc.lightcurves.exports.points import points_of
from vo_lcc.lightcurves.exports.source import Source
from vo_lcc.lightcurves.exports.tables import ParquetTable, plain

NAMES = ("objects", "photometry")


def heads_of(source: Source) -> tuple[TableHead, TableHead]:
    """What is said of the two tables."""
    objects, photometry = source.objects, source.photometry
    return (
        TableHead(objects.columns, objects.name, objects.description),
        TableHead(
            (HPX, *photometry.columns),
            photometry.name,
            photometry.description,
            calibrations=source.calibrations,
        ),
    )


class PointRows:
    """Chunks as rows of points, in the columns of photometry after that of the cell."""

    def __init__(self, source: Source) -> None:
        self._columns = source.curve_columns[1:]
        self._names = [HPX.name, *(c.name for c in source.photometry.columns)]

    def rows(self, chunk: Chunk) -> pa.Table:
        """The points of a chunk; their keys are dictionaries."""
        points = points_of(chunk, self._columns)
        found = {
            "hpx": chunk.objects["hpx"].take(pa.array(points.objects)),
            "object_id": points.of_objects(chunk.objects["object_id"]),
            "passband": points.passbands,
            **points.columns,
        }
        return pa.table({name: found[name] for name in self._names})


class ParquetWriter:
    """objects.parquet and photometry.parquet."""

    def __init__(self, folder: Folder, source: Source) -> None:
        self._rows = PointRows(source)
        self._objects, self._points = (
            ParquetTable(folder.open(f"{name}.parquet"), source.head, head)
            for name, head in zip(NAMES, heads_of(source), strict=True)
        )
        layout = Layout("objects.parquet", "photometry.parquet")
        write_definition(folder, source, layout)

    def write(self, chunk: Chunk) -> None:
        """Some objects and their points."""
        self._objects.write(pa.Table.from_batches([chunk.objects]))
        self._points.write(self._rows.rows(chunk))

    def finish(self) -> None:
        """Close both files."""
        self._objects.close()
        self._points.close()


class FitsWriter:
    """objects.fits and photometry.fits, each with one binary table.

    Rows wait in temporary files (in TMPDIR) until it is known how many there are.
    """

    def __init__(self, folder: Folder, source: Source) -> None:
        self._rows = PointRows(source)
        self._files = [folder.open(f"{name}.fits") for name in NAMES]
        self._tables = FitsSpooler(), FitsSpooler()
        for table, head in zip(self._tables, heads_of(source), strict=True):
            table.head(source.head)
            table.table(head)
        write_definition(folder, source, Layout("objects.fits", "photometry.fits"))

    def write(self, chunk: Chunk) -> None:
        """Some objects and their points."""
        objects, points = self._tables
        objects.rows(chunk.objects)
        for batch in self._rows.rows(chunk).to_batches():
            columns = [plain(column) for column in batch.columns]
            points.rows(pa.record_batch(columns, names=batch.schema.names))

    def finish(self) -> None:
        """Write both files."""
        for table, file in zip(self._tables, self._files, strict=True):
            with table:
                table.finish()
                for piece in table.chunks():
                    file.write(piece)
            file.close()
