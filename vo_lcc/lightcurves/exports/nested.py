"""One row for each object, its points in one column: a structure of lists.

This is what nested-pandas and LSDB take for a nested column. They read single lists
of a structure of lists by themselves, which of a list of structures they cannot.
"""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vo_lcc.heads import TableHead
from vo_lcc.lightcurves.columns import HPX, POINT_COLUMNS
from vo_lcc.lightcurves.exports.chunks import Chunk
from vo_lcc.lightcurves.exports.definition import Layout, write_definition
from vo_lcc.lightcurves.exports.folder import Folder, HashedFile
from vo_lcc.lightcurves.exports.points import points_of
from vo_lcc.lightcurves.exports.source import Source
from vo_lcc.lightcurves.exports.tables import ParquetTable
from vo_lcc.tables import Column

NESTED = "lightcurve"
FILE = "lightcurves.parquet"


class NestedRows:
    """Chunks as rows of objects; `cell` is what their HEALPix index is called."""

    def __init__(self, source: Source, cell: str = HPX.name) -> None:
        self._cell = cell
        self._points = source.curve_columns[1:]
        self._document = source.head
        self.nested = nested_name(source)
        inner = (POINT_COLUMNS["passband"], *source.point_columns)
        columns = (
            *(renamed(c, HPX.name, cell) for c in source.objects.columns),
            *(_inside(self.nested, column) for column in inner),
        )
        self._head = TableHead(
            columns,
            source.lightcurves.name,
            f"{source.objects.description}; {self.nested}: the points of each",
            calibrations=source.calibrations,
        )

    def table(
        self, file: HashedFile, footers: list[pq.FileMetaData] | None = None
    ) -> ParquetTable:
        """A file for such rows."""
        return ParquetTable(file, self._document, self._head, self.nested, footers)

    def rows(self, chunk: Chunk) -> pa.Table:
        """The objects of a chunk; those without points have empty lists."""
        points = points_of(chunk, self._points)
        count = chunk.objects.num_rows
        counts = np.bincount(points.objects, minlength=count)
        offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32())
        lists = {
            name: pa.ListArray.from_arrays(offsets, values)
            for name, values in {"passband": points.passbands, **points.columns}.items()
        }
        curves = pa.StructArray.from_arrays(list(lists.values()), list(lists))
        objects = {
            self._cell if name == HPX.name else name: chunk.objects[name]
            for name in chunk.objects.schema.names
        }
        return pa.table({**objects, self.nested: curves})


class NestedWriter:
    """lightcurves.parquet."""

    def __init__(self, folder: Folder, source: Source) -> None:
        self._rows = NestedRows(source)
        self._table = self._rows.table(folder.open(FILE))
        layout = Layout(None, FILE, f"{self._rows.nested}.", "nested")
        write_definition(folder, source, layout)

    def write(self, chunk: Chunk) -> None:
        """Some objects and their points."""
        self._table.write(self._rows.rows(chunk))

    def finish(self) -> None:
        """Close the file."""
        self._table.close()


def nested_name(source: Source) -> str:
    """A name for the nested column that no column of the objects has."""
    taken = {column.name for column in source.objects.columns}
    name = NESTED
    while name in taken:
        name += "_"
    return name


def renamed(column: Column, name: str, new: str) -> Column:
    """The column, under a new name if this is its name."""
    return replace(column, name=new) if column.name == name else column


def _inside(nested: str, column: Column) -> Column:
    """A column of points as a list in the nested column."""
    size = column.arraysize if column.is_text else "*"
    return replace(column, name=f"{nested}.{column.name}", arraysize=size)
