"""VOTable 1.1 to 1.5, in every serialisation that stands within the document.

The document is parsed piece by piece, and rows are given as they come: what is held
at any time is one piece (a mebibyte), the rows in it, and what of a row is not there
yet. A FITS serialisation waits in a temporary file.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from vo_lcc.errors import UsageError
from vo_lcc.parsers.checks import checked
from vo_lcc.parsers.fits import read_fits
from vo_lcc.parsers.gzipped import unzipped
from vo_lcc.parsers.table import ReadLimits, ReadTable
from vo_lcc.parsers.votable.outline import find_table
from vo_lcc.parsers.votable.reader import TableReader
from vo_lcc.tables import Batch, Column

Columns = tuple[Column, ...]


def read_votable(file: BinaryIO, limits: ReadLimits) -> ReadTable:
    """Read the table that a VOTable is about; the file may be compressed by gzip.

    It is the first TABLE with DATA in a RESOURCE of type "results"; see `find_table`
    for documents without. Names are taken as they are: two may differ in case only.
    Of annotations, columns keep COOSYS and TIMESYS.

    Raises UsageError where the document is wrong, with its place; TooLargeError for
    what is over a limit; of the rows when their batch is asked for.
    """
    source = unzipped(file, limits)
    wanted = find_table(source)
    source.seek(0)
    reader = TableReader(source, wanted, limits)
    columns = tuple(field.column for field in reader.read_fields())
    batches = reader.batches()
    if reader.fits is not None:
        columns, batches = _read_fits(batches, columns, reader.fits, limits)
    return ReadTable(columns, checked(_counted(batches, reader.nrows), limits))


def _read_fits(
    batches: Iterator[Batch], columns: Columns, file: BinaryIO, limits: ReadLimits
) -> tuple[Columns, Iterator[Batch]]:
    """What a FITS serialisation holds; it goes to the file as batches are asked for."""
    try:
        for _ in batches:
            pass  # there are none
        table = read_fits(file, limits)
        columns = _described(table.columns, columns)
    except UsageError:
        file.close()
        raise
    return columns, _renamed(table.batches, columns, file)


def _described(found: Columns, said: Columns) -> Columns:
    """The columns of a FITS table with what the FIELDs say of them."""
    if len(found) != len(said):
        raise UsageError(
            f"the TABLE has {len(said)} FIELDs, but its FITS table has {len(found)}"
            " columns"
        )
    return tuple(
        replace(
            column,
            name=field.name,
            annotation=field.annotation or column.annotation,
            unit=field.unit or column.unit,
            ucd=field.ucd or column.ucd,
            utype=field.utype or column.utype,
            xtype=field.xtype or column.xtype,
            description=field.description or column.description,
        )
        for column, field in zip(found, said, strict=True)
    )


def _renamed(
    batches: Iterator[Batch], columns: Columns, file: BinaryIO
) -> Iterator[Batch]:
    """The batches of a file with the names of these columns; then it is closed."""
    with file:
        for batch in batches:
            yield batch.rename_columns([column.name for column in columns])


def _counted(batches: Iterator[Batch], nrows: int | None) -> Iterator[Batch]:
    """The batches; raises UsageError where they have not the rows that are told."""
    count = 0
    for batch in batches:
        count += batch.num_rows
        yield batch
    if nrows not in (None, count):
        raise UsageError(
            f"the TABLE has nrows={nrows}, but {count} rows; it is not whole, or the"
            " number is wrong"
        )
