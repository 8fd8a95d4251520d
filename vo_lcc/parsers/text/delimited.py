"""CSV, TSV and other delimited text with a line of names, ECSV among them.

The file is read twice, block by block: first to see what its columns are (a column of
integers may go on with text in its last row), then for the values. So memory is
bounded, and a kind is never guessed from the first rows. Nothing at all is null, two
quotes are empty text; a number may have blanks around it. Comments are lines starting
with `#` before the line of names; empty lines are skipped.
"""

import io
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from vo_lcc.errors import TooLargeError, UsageError
from vo_lcc.parsers.checks import check_names, check_rows, checked, shown
from vo_lcc.parsers.table import ReadLimits, ReadTable
from vo_lcc.parsers.text import ecsv
from vo_lcc.parsers.text.dialect import Dialect, read_dialect
from vo_lcc.parsers.text.inferring import Kind, Parse
from vo_lcc.parsers.text.lines import Blanks, Rows
from vo_lcc.tables import Batch, Column

BLOCK = 2**22
"""Bytes parsed at a time, and those of the longest row."""

EMPTY = "Empty CSV file"
WRONG_COUNT = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")


def read_delimited(
    file: BinaryIO, limits: ReadLimits, separator: str | None = None
) -> ReadTable:
    """Read delimited text; `separator` None: the one in its line of names.

    >>> file = io.BytesIO(b"# mine\\nid,ra,n\\n007,10.5,1\\nb,-3,\\n")
    >>> table = read_delimited(file, ReadLimits())
    >>> [(column.name, column.datatype) for column in table.columns]
    [('id', 'char'), ('ra', 'double'), ('n', 'long')]
    >>> next(table.batches).to_pylist()[0]
    {'id': '007', 'ra': 10.5, 'n': 1}

    Raises UsageError, with its line, for what is wrong, TooLargeError over a limit.
    """
    dialect = read_dialect(file, separator)
    check_names(dialect.names, limits)
    declared = _declared(dialect)
    kinds = [Kind() for _ in dialect.names]
    rows = 0
    for batch in _texts(file, dialect):
        rows += batch.num_rows
        check_rows(rows, limits)
        for kind, texts in zip(kinds, batch.columns, strict=True):
            kind.see(texts)
    columns = tuple(
        declared.get(name) or _inferred(name, kind)
        for name, kind in zip(dialect.names, kinds, strict=True)
    )
    parses = [
        ecsv.parser_of(column) if column.name in declared else kind.parse
        for column, kind in zip(columns, kinds, strict=True)
    ]
    return ReadTable(columns, checked(_batches(file, dialect, columns, parses), limits))


def _inferred(name: str, kind: Kind) -> Column:
    datatype = kind.datatype
    return Column(name, datatype, "*" if "har" in datatype else None)


def _declared(dialect: Dialect) -> dict[str, Column]:
    """What ECSV declares, if it is that. Raises UsageError for other names."""
    if not ecsv.is_ecsv(dialect.comments):
        return {}
    columns = ecsv.read_columns(dialect.comments)
    if tuple(columns) != dialect.names:
        different = next(
            (name for name in dialect.names if name not in columns), dialect.names[0]
        )
        raise UsageError(
            f"line {dialect.line - 1}: the column names are not those that the head of"
            f" the ECSV declares, in their order (see {shown(different)})"
        )
    return columns


def _batches(
    file: BinaryIO,
    dialect: Dialect,
    columns: Sequence[Column],
    parses: Sequence[Parse],
) -> Iterator[Batch]:
    """The values of the columns."""
    rows = 0
    for batch in _texts(file, dialect):
        arrays = []
        for texts, column, parse in zip(batch.columns, columns, parses, strict=True):
            found = parse(texts)
            if found is None:
                at = _first_wrong(texts, parse)
                line = _line_of(file, dialect, rows + at + 1)
                raise UsageError(
                    f"line {line}: {shown(texts[at].as_py())} is not of the datatype"
                    f" {column.datatype}, which column {shown(column.name)} has"
                )
            arrays.append(found)
        rows += batch.num_rows
        yield pa.record_batch(arrays, names=list(dialect.names))


def _first_wrong(texts: pa.Array, parse: Parse) -> int:
    """The place of the first text that cannot be parsed."""
    for place in range(len(texts)):
        if parse(texts.slice(place, 1)) is None:
            return place
    return 0


def _texts(file: BinaryIO, dialect: Dialect) -> Iterator[Batch]:
    """The rows as texts, null where there is nothing at all."""
    rows = _open(file, dialect)
    strings = dict.fromkeys(dialect.names, pa.string())
    try:
        reader = csv.open_csv(
            rows,
            csv.ReadOptions(
                use_threads=False,
                block_size=BLOCK,
                column_names=dialect.names,
            ),
            csv.ParseOptions(
                delimiter=dialect.separator,
                quote_char='"' if dialect.quotes else False,
                newlines_in_values=dialect.quotes,
            ),
            csv.ConvertOptions(
                check_utf8=False,  # `rows` did
                column_types=strings,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
        for batch in reader:
            yield _trimmed(batch) if dialect.loose else batch
    except pa.ArrowInvalid as error:
        if str(error) == EMPTY:
            return
        raise _explained(str(error), file, dialect, rows) from error


def _trimmed(batch: Batch) -> Batch:
    arrays = [pc.utf8_trim_whitespace(texts) for texts in batch.columns]
    return pa.record_batch(arrays, schema=batch.schema)


def _explained(
    problem: str, file: BinaryIO, dialect: Dialect, rows: Rows
) -> UsageError:
    """What pyarrow found wrong, with the line."""
    if found := WRONG_COUNT.search(problem):
        row, expected, seen = map(int, found.groups())
        line = _line_of(file, dialect, row)
        return UsageError(
            f"line {line}: {seen} fields, and there are {expected} column names;"
            " put text that holds the separator in quotes"
        )
    if "straddling" in problem:
        return TooLargeError(
            f"before line {rows.line}: a row is longer than {BLOCK} bytes;"
            " is a quote not closed?"
        )
    return UsageError(f"this cannot be read as delimited text: {problem}")


def _line_of(file: BinaryIO, dialect: Dialect, row: int) -> int:
    """The line (from 1) where a row (from 1) starts."""
    rows = io.BufferedReader(_open(file, dialect))
    text = io.TextIOWrapper(rows, encoding="utf-8", newline=None)
    seen, start, is_open = 0, dialect.line, False
    for number, line in enumerate(text, dialect.line):
        if not is_open:
            start = number
            seen += bool(line.strip("\n"))
        if seen == row:
            return start
        is_open ^= dialect.quotes and bool(line.count('"') % 2)
    return start


def _open(file: BinaryIO, dialect: Dialect) -> Rows:
    return (Blanks if dialect.separator == " " else Rows)(file, dialect)
