"""Lines of fields to columns: typed at once where all is well, text by text if not.

A block without anything odd is parsed straight to the wanted types. Of any other the
lines that are no rows are told of, and a column with a value of another kind stays
text, as it is written, for who casts it row by row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.model import SourceName
from vo_lcc.lightcurves.readers.reader import Complain, Rows
from vo_lcc.lightcurves.readers.text_heads import Head
from vo_lcc.lightcurves.readers.text_lines import (
    QUOTE_OPEN,
    Integers,
    Lines,
    clean,
    is_clean,
    line_texts,
    open_quotes,
    quoted,
    report,
    run_together,
    usual_width,
)

BLOCK = 1 << 30  # more than a block of lines has: it is parsed in one piece
RAGGED = "not the number of columns that the other rows have"
TEXT = pa.string()
TYPED = frozenset(
    str(kind)
    for kind in (
        *(pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8()),
        *(pa.float32(), pa.float64(), pa.bool_(), TEXT),
    )
)

Asked = tuple[tuple[SourceName, pa.DataType], ...]
Options = tuple[csv.ReadOptions, csv.ParseOptions, csv.ConvertOptions]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Which fields of a line are wanted, as what, and how pyarrow is told so."""

    delimiter: str
    width: int
    places: Mapping[SourceName, int]
    kinds: Mapping[int, pa.DataType]
    options: Options


@lru_cache(maxsize=256)
def plan_columns(head: Head, width: int, wanted: Asked) -> Plan:
    """Where the wanted columns are; those that are not there are left out.

    Raises UsageError for a name that several columns have.
    """
    places: dict[SourceName, int] = {}
    kinds: dict[int, pa.DataType] = {}
    for source, kind in wanted:
        at = _place(head.names, source)
        if at is not None and at < width:
            places[source] = at
            fits = str(kind) in TYPED and kinds.get(at, kind) == kind
            kinds[at] = kind if fits else TEXT
    return Plan(head.delimiter, width, places, kinds, _options(head, width, kinds))


def read_lines(
    text: bytes, first: int, head: Head, wanted: Asked, complain: Complain
) -> Rows | None:
    """The rows among whole lines that end with newlines; None without any.

    `first` is the number of the first line in the file. Without names the rows have as
    many fields as most lines. Raises UsageError for a name that several columns have.
    """
    fields = run_together(text) if head.blanks else text
    plan = plan_columns(head, head.width, wanted)
    if is_clean(fields, head.comment):
        count = text.count(b"\n")
        batch = _typed(fields, count, plan)
        if batch is not None:
            numbers = np.arange(first, first + count)
            return _rows(batch, plan, numbers, text)
    lines = Lines(text, fields, np.arange(first, first + text.count(b"\n")))
    quoting = None if head.blanks else head.delimiter
    lines = clean(lines, head.comment, quoting, complain)
    if not len(lines.numbers):
        return None
    if not head.names:
        plan = plan_columns(head, usual_width(lines.fields, head.delimiter), wanted)
    batch = _typed(lines.fields, len(lines.numbers), plan)
    if batch is None:
        lines, batch = _as_texts(lines, plan, complain)
    return _rows(batch, plan, lines.numbers, lines.text)


def width_of(text: bytes, head: Head) -> int:
    """How many fields the rows have: as many as names or, without, as most lines."""
    if head.names or not text:
        return head.width
    fields = run_together(text) if head.blanks else text
    return usual_width(fields, head.delimiter)


def _place(names: tuple[str, ...], source: SourceName) -> int | None:
    if isinstance(source, int):
        return source - 1
    if names.count(source) > 1:
        raise UsageError(
            f"more than one column is called {source!r}; give its number:"
            f" the columns are {', '.join(names)}"
        )
    return names.index(source) if source in names else None


def _options(head: Head, width: int, kinds: Mapping[int, pa.DataType]) -> Options:
    names = [str(i) for i in range(width)]
    return (
        csv.ReadOptions(use_threads=False, block_size=BLOCK, column_names=names),
        csv.ParseOptions(
            delimiter=head.delimiter, quote_char=False if head.blanks else '"'
        ),
        csv.ConvertOptions(
            include_columns=[str(i) for i in kinds] or names[:1],
            column_types={str(i): kind for i, kind in kinds.items()},
            null_values=[""],
            check_utf8=False,
        ),
    )


def _typed(fields: bytes, count: int, plan: Plan) -> pa.RecordBatch | None:
    """All lines as rows of the wanted types; None if any is not."""
    try:
        reader = csv.open_csv(pa.BufferReader(fields), *plan.options)
        batch = reader.read_next_batch()
    except (pa.ArrowInvalid, StopIteration):
        return None
    return batch if batch.num_rows == count else None


def _as_texts(
    lines: Lines, plan: Plan, complain: Complain
) -> tuple[Lines, pa.RecordBatch]:
    """The lines that have the right width, each column typed if all of it can be."""
    table, ragged = _text_table(lines.fields, plan)
    if table.num_rows + len(ragged) != len(lines.numbers):
        bad = open_quotes(lines.fields, plan.delimiter, quoted(lines.fields))
        report(lines, bad, QUOTE_OPEN, complain)
        lines = lines.take(~bad)
        table, ragged = _text_table(lines.fields, plan)
    bad = np.zeros(len(lines.numbers), bool)
    bad[ragged] = True
    report(lines, bad, RAGGED, complain)
    columns = {
        str(i): cast_texts(table.column(str(i)).combine_chunks(), kind)
        for i, kind in plan.kinds.items()
    }
    return lines.take(~bad), pa.RecordBatch.from_pydict(columns)


def _text_table(fields: bytes, plan: Plan) -> tuple[pa.Table, list[int]]:
    """The lines of the right width as texts, and which lines are not."""
    ragged: list[int] = []

    def note(row: csv.InvalidRow) -> str:
        ragged.append(row.number - 1)
        return "skip"

    read, parse, convert = plan.options
    texts = {str(i): TEXT for i in range(plan.width)}
    table = csv.read_csv(
        pa.BufferReader(fields),
        read,
        csv.ParseOptions(
            delimiter=parse.delimiter,
            quote_char=parse.quote_char,
            invalid_row_handler=note,
        ),
        csv.ConvertOptions(
            include_columns=convert.include_columns,
            column_types=texts,
            check_utf8=False,
        ),
    )
    return table, ragged


def cast_texts(texts: pa.Array, kind: pa.DataType) -> pa.Array:
    """Texts as values of a type, empty ones NULL; the texts if any cannot be.

    >>> cast_texts(pa.array(["1.5", " "]), pa.float64()).to_pylist()
    [1.5, None]
    >>> cast_texts(pa.array(["1.5", ">14.2"]), pa.float64()).to_pylist()
    ['1.5', '>14.2']
    """
    if kind == TEXT:
        return texts
    trimmed = pc.ascii_trim_whitespace(texts)
    filled = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, TEXT), trimmed)
    try:
        return filled.cast(kind)
    except pa.ArrowInvalid:
        return texts


def _rows(batch: pa.RecordBatch, plan: Plan, numbers: Integers, text: bytes) -> Rows:
    columns = {
        source: batch.column(str(place)) for source, place in plan.places.items()
    }
    return Rows(columns, numbers, texts=partial(line_texts, text))
