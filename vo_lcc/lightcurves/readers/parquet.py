"""Parquet: long tables, and light curves in lists as nested-pandas and HATS have them.

The lists of a struct, and the fields of a list of structs, are columns of their own:
`lightcurve.time` is the field `time` of the column `lightcurve`. Of a file only the
wanted columns are read, some rows of one row group at a time; repeated texts stay in
their dictionary.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.model import Files
from vo_lcc.lightcurves.readers.columnar import (
    LOOK_ROWS,
    find_columns,
    fitted,
    is_list,
    notes_of,
    texts_of,
)
from vo_lcc.lightcurves.readers.opening import naming, opened
from vo_lcc.lightcurves.readers.reader import (
    Complain,
    Cut,
    Header,
    Look,
    Piece,
    Rows,
    Wanted,
)
from vo_lcc.tables import Column

MAGIC = b"PAR1"
OPTIONS = {"pre_buffer": False, "buffer_size": 2**20}
BATCH = 65_536
"""Values of one column that are read at once, about: points, not light curves."""

DAMAGE = (pa.ArrowException, OSError, UnicodeDecodeError)
DATATYPES = {
    "bool": "boolean",
    "uint8": "unsignedByte",
    **dict.fromkeys(("int8", "int16"), "short"),
    **dict.fromkeys(("uint16", "int32"), "int"),
    **dict.fromkeys(("uint32", "int64", "uint64"), "long"),
    **dict.fromkeys(("halffloat", "float"), "float"),
    "double": "double",
}
"""Datatypes of VOTable, by types of Arrow; all else is text."""

WORDS = ("unit", "ucd", "utype", "xtype", "description")
"""What the metadata of a field may say of it."""


class ParquetReader:
    """Parquet files, of which the row groups are the parts; see `Reader`."""

    name = "parquet"
    cut: Cut = "parts"

    def knows(self, head: bytes, name: str) -> bool:
        """By how it starts."""
        return head.startswith(MAGIC)

    def head(self, content: bytes, files: Files) -> int:
        """Not asked."""
        return 0

    def parts(self, path: Path, files: Files) -> int:
        """How many row groups the file has."""
        piece = Piece(path.name, path=path)
        with naming(path.name), opened(piece) as file, explained():
            return int(pq.ParquetFile(file, **OPTIONS).num_row_groups)

    def companion(self, name: str) -> str | None:
        """None."""
        return None

    def read(
        self, piece: Piece, wanted: Wanted, files: Files, complain: Complain
    ) -> Iterator[Rows]:
        """The rows of one row group, or of all of a file that is held."""
        with naming(piece.file), opened(piece) as file:
            table = ParquetTable(file)
            is_part = piece.path is not None
            groups = [piece.part] if is_part else range(table.groups)
            for group in groups:
                yield from table.read(group, wanted)

    def look(self, piece: Piece, files: Files) -> Iterator[Look]:
        """The columns and the first rows."""
        with naming(piece.file), opened(piece) as file:
            yield ParquetTable(file).look()


@dataclass(frozen=True, slots=True)
class Leaf:
    """A column, or a field of one that has lists: its name, its type."""

    name: str
    column: str
    inner: str | None
    type: pa.DataType
    metadata: dict[bytes, bytes]

    def holds(self, path: str) -> bool:
        """Is what Parquet stores under this path a part of it?"""
        rest = path.removeprefix(self.column)
        if rest == path or rest[:1] not in ("", "."):
            return False
        return self.inner is None or self.inner in rest.split(".")

    def of(self, batch: pa.RecordBatch) -> pa.Array:
        """Its values in rows that were read."""
        values = batch.column(self.column)
        return values if self.inner is None else inner_lists(values, self.inner)


class ParquetTable:
    """A Parquet file that is open."""

    def __init__(self, file: BinaryIO) -> None:
        with explained():
            self._source = pq.ParquetFile(file, **OPTIONS)
            schema = self._source.schema_arrow
            self._leaves = [leaf for field in schema for leaf in leaves_of(field)]
            self._file = file
        self._header = header_of(schema.metadata or {})

    @property
    def groups(self) -> int:
        """How many row groups there are."""
        return int(self._source.num_row_groups)

    def read(self, group: int, wanted: Wanted) -> Iterator[Rows]:
        """The wanted columns of one row group."""
        names = [leaf.name for leaf in self._leaves]
        found = {
            source: self._leaves[at]
            for source, at in find_columns(names, wanted).items()
        }
        metadata = self._source.metadata
        before = sum(metadata.row_group(i).num_rows for i in range(group))
        first = before + 1
        for batch in self._batches(group, list(found.values())):
            read = {source: leaf.of(batch) for source, leaf in found.items()}
            units = {source: _word(leaf, "unit") for source, leaf in found.items()}
            columns = {s: fitted(values, wanted[s]) for s, values in read.items()}
            notes = notes_of(read, wanted, units)
            lines = np.arange(first, first + batch.num_rows)
            first += batch.num_rows
            yield Rows(columns, lines, self._header, "", texts_of(columns), notes)
        if not found:
            count = metadata.row_group(group).num_rows
            yield Rows({}, np.arange(first, first + count), self._header)

    def look(self) -> Look:
        """The columns and the first rows."""
        rows = next(self._batches(0, self._leaves), None) if self.groups else None
        if rows is None:
            values = [pa.array([], leaf.type) for leaf in self._leaves]
        else:
            values = [leaf.of(rows[:LOOK_ROWS]) for leaf in self._leaves]
        columns = tuple(column_of(leaf) for leaf in self._leaves)
        names = [leaf.name for leaf in self._leaves]
        batch = pa.RecordBatch.from_arrays(values, names=names)
        return Look("", columns, self._header, batch)

    def _batches(self, group: int, leaves: Sequence[Leaf]) -> Iterator[pa.RecordBatch]:
        if not leaves:
            return
        with explained():
            columns, texts = self._stored(leaves)
            source = pq.ParquetFile(self._file, read_dictionary=texts, **OPTIONS)
            size = self._batch_size(group)
            found = source.iter_batches(size, [group], columns, use_threads=False)
            while (batch := next(found, None)) is not None:
                yield batch

    def _stored(self, leaves: Sequence[Leaf]) -> tuple[list[str], list[str]]:
        """The stored columns of these, and which of them are in no list."""
        schema = self._source.schema
        paths = [schema.column(i).path for i in range(len(schema))]
        columns = [path for path in paths if any(leaf.holds(path) for leaf in leaves)]
        texts = [leaf.column for leaf in leaves if leaf.column in columns]
        return columns, texts

    def _batch_size(self, group: int) -> int:
        """Rows to read at once: fewer where a row is a long list."""
        told = self._source.metadata.row_group(group)
        values = [told.column(i).num_values for i in range(told.num_columns)]
        longest = int(max(values, default=1))
        return max(1, BATCH * int(told.num_rows) // max(longest, 1))


def leaves_of(field: pa.Field) -> Iterator[Leaf]:
    """The columns that a field is: one, or those within its lists.

    >>> kind = pa.list_(pa.struct({"t": pa.float64(), "mag": pa.float32()}))
    >>> [leaf.name for leaf in leaves_of(pa.field("lc", kind))]
    ['lc.t', 'lc.mag']
    """
    inner = None
    if pa.types.is_struct(field.type):
        inner = [(part, part.type) for part in field.type]
    elif is_list(field.type) and pa.types.is_struct(field.type.value_type):
        inner = [(part, pa.list_(part.type)) for part in field.type.value_type]
    if inner is None:
        yield Leaf(field.name, field.name, None, field.type, field.metadata or {})
        return
    for part, kind in inner:
        name = f"{field.name}.{part.name}"
        yield Leaf(name, field.name, part.name, kind, part.metadata or {})


def inner_lists(values: pa.Array, name: str) -> pa.Array:
    """The field `name` of structs, or as lists of those in lists.

    >>> curves = pa.array([[{"t": 1}, {"t": 2}], None, []])
    >>> inner_lists(curves, "t").to_pylist()
    [[1, 2], None, []]
    """
    if pa.types.is_struct(values.type):
        return pc.struct_field(values, name)
    lists = values.cast(pa.list_(values.type.value_type))
    if lists.offset:
        lists = pa.concat_arrays([lists])
    inner = pc.struct_field(lists.values, name)
    mask = lists.is_null() if lists.null_count else None
    return pa.ListArray.from_arrays(lists.offsets, inner, mask=mask)


def column_of(leaf: Leaf) -> Column:
    """What is known of a column, in the words of VOTable."""
    kind = leaf.type
    in_lists = is_list(kind)
    value = kind.value_type if in_lists else kind
    if pa.types.is_dictionary(value):
        value = value.value_type
    datatype = DATATYPES.get(str(value), "char")
    arraysize = "*" if in_lists or datatype == "char" else None
    unit, ucd, utype, xtype, description = (_word(leaf, word) for word in WORDS)
    return Column(leaf.name, datatype, arraysize, unit, ucd, utype, xtype, description)


def _word(leaf: Leaf, word: str) -> str | None:
    found = leaf.metadata.get(word.encode())
    return found.decode("utf-8", "replace") if found is not None else None


def header_of(metadata: dict[bytes, bytes]) -> Header:
    """What a file says of itself, but for the schemas of programs."""
    return {
        key.decode("utf-8", "replace"): value.decode("utf-8", "replace")
        for key, value in metadata.items()
        if key not in (b"ARROW:schema", b"pandas")
    }


@contextmanager
def explained() -> Iterator[None]:
    """What pyarrow finds wrong, as UsageError."""
    try:
        yield
    except DAMAGE as error:
        problem = (str(error) or type(error).__name__).splitlines()[0]
        raise UsageError(f"the Parquet file cannot be read: {problem[:200]}") from error


PARQUET = ParquetReader()
