"""VOTable: every table of a document, with all that is said of it as keywords.

Cells are those of `parsers.votable`, arrays come as lists. What stands in PARAMs and
INFOs, those of the table, of its GROUPs and of all around it, are keywords, and so are
the name of the table (TABLE) and its description (DESCRIPTION).
"""

from collections.abc import Iterator
from typing import BinaryIO, cast

import numpy as np
import pyarrow as pa

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.model import Files
from vo_lcc.lightcurves.readers.columnar import (
    LOOK_ROWS,
    find_columns,
    fitted,
    notes_of,
    texts_of,
)
from vo_lcc.lightcurves.readers.opening import NO_LIMITS, naming, opened
from vo_lcc.lightcurves.readers.reader import (
    Complain,
    Look,
    Piece,
    Rows,
    Wanted,
    WholeFiles,
)
from vo_lcc.lightcurves.readers.votable_parts import document_of, in_bytes
from vo_lcc.lightcurves.readers.votable_tables import FoundTable, Survey, survey
from vo_lcc.parsers.table import ReadTable
from vo_lcc.parsers.votable import read_votable
from vo_lcc.tables import arrow_schema


class VOTableReader(WholeFiles):
    """VOTables of any serialisation; see `Reader`."""

    name = "votable"

    def knows(self, head: bytes, name: str) -> bool:
        """By its first element."""
        text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
        return text.startswith(b"<") and b"VOTABLE" in text

    def read(
        self, piece: Piece, wanted: Wanted, files: Files, complain: Complain
    ) -> Iterator[Rows]:
        """The rows of all tables, or of the one that `files` names."""
        with naming(piece.file), opened(piece) as packed:
            file = in_bytes(packed)
            found = survey(file)
            for number in _chosen(found, files.table):
                table = found.tables[number]
                yield from _rows(_read(file, found, number), found, table, wanted)

    def look(self, piece: Piece, files: Files) -> Iterator[Look]:
        """What each table has."""
        with naming(piece.file), opened(piece) as packed:
            file = in_bytes(packed)
            found = survey(file)
            for number in _chosen(found, files.table):
                table = found.tables[number]
                read = _read(file, found, number)
                rows = next(read.batches, None)
                if rows is None:
                    rows = pa.RecordBatch.from_pylist([], arrow_schema(read.columns))
                yield Look(
                    table.name,
                    read.columns,
                    table.keywords,
                    rows[:LOOK_ROWS],
                    found.frames(table),
                )


def _chosen(found: Survey, wanted: str | int | None) -> list[int]:
    """The places of the tables to read; raises UsageError where there is none."""
    numbers = [number for number, table in enumerate(found.tables) if table.rows]
    chosen = [
        number
        for place, number in enumerate(numbers, 1)
        if wanted in (None, place) or found.tables[number].name == wanted
    ]
    if not chosen:
        known = [found.tables[n].name or str(p) for p, n in enumerate(numbers, 1)]
        raise UsageError(
            f"there is no table {wanted!r}; the file has {', '.join(known)}"
        )
    return chosen


def _read(file: BinaryIO, found: Survey, number: int) -> ReadTable:
    return read_votable(cast(BinaryIO, document_of(file, found, number)), NO_LIMITS)


def _rows(
    read: ReadTable, found: Survey, table: FoundTable, wanted: Wanted
) -> Iterator[Rows]:
    """The wanted columns of all rows of a table."""
    places = find_columns([column.name for column in read.columns], wanted)
    units = {source: read.columns[at].unit for source, at in places.items()}
    first = 1
    for batch in read.batches:
        stored = {source: batch.column(at) for source, at in places.items()}
        columns = {s: fitted(values, wanted[s]) for s, values in stored.items()}
        notes = (*found.notes, *notes_of(stored, wanted, units))
        lines = np.arange(first, first + batch.num_rows)
        first += batch.num_rows
        yield Rows(columns, lines, table.keywords, table.name, texts_of(columns), notes)


VOTABLE = VOTableReader()
