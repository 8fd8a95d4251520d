"""Parquet, with the metadata of the VOParquet note 1.0.

Rows wait until they are worth a row group, a few mebibytes, so the file streams in
bounded memory. The footer closes the file, so all that is only known then can stand
in it: whether the table is whole, and how long its texts are (`arraysize="7*"`),
without which astropy cannot open a table of texts.
"""

import base64
import io
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from vo_lcc.formats.columnar import conformed, described, described_schema
from vo_lcc.formats.ipc import drained
from vo_lcc.heads import DocumentHead, TableHead
from vo_lcc.tables import Batch

GROUP_ROWS = 131_072
GROUP_BYTES = 2 * 2**20
"""A row group ends with the batch that reaches either."""

OPTIONS: Mapping[str, object] = {
    "compression": "snappy",
    # a column with few values shrinks; one with many is given up at once
    "use_dictionary": True,
    "dictionary_pagesize_limit": 16_384,
    "store_schema": False,  # it is written at the end, when all of it is known
}

SCHEMA_KEY = "ARROW:schema"
LENGTH_KEY = "table::len::"
"""Before the name of a column: where astropy looks for the length of its texts."""

SHOWN_NULL = len("None")
"""Characters in which astropy shows a null text."""


class ParquetWriter:
    """Writes one table as a Parquet file.

    >>> from vo_lcc.tables import Column
    >>> writer = ParquetWriter()
    >>> pieces = [writer.table(TableHead((Column("name", "char", "*"),)))]
    >>> pieces.append(writer.rows(pa.record_batch({"name": ["RR Lyr", None]})))
    >>> pieces.append(writer.tail("OVERFLOW"))
    >>> pq.read_table(io.BytesIO(b"".join(pieces)))["name"].to_pylist()
    ['RR Lyr', None]
    >>> pieces[0]
    b'PAR1'
    """

    reports_errors = False
    several_tables = False

    def __init__(self) -> None:
        self._sink = io.BytesIO()
        self._document = DocumentHead()
        self._table = TableHead(())
        self._schema = pa.schema([])
        self._file: pq.ParquetWriter | None = None
        self._kept: list[Batch] = []
        self._kept_rows = 0
        self._kept_bytes = 0
        self._longest: dict[int, int] = {}

    def head(self, document: DocumentHead) -> bytes:
        """Nothing yet: what is said of the document stands in the footer."""
        self._document = document
        return b""

    def table(self, table: TableHead) -> bytes:
        """The mark with which every Parquet file begins."""
        self._table = table
        self._schema = described_schema(table.columns)
        self._longest = {i: 1 for i, c in enumerate(table.columns) if c.is_text}
        self._file = pq.ParquetWriter(self._sink, self._schema, **OPTIONS)
        return drained(self._sink)

    def rows(self, batch: Batch) -> bytes:
        """Nothing, or a row group with the rows that waited."""
        self._kept.append(conformed(batch, self._schema))
        self._kept_rows += batch.num_rows
        self._kept_bytes += batch.nbytes
        if self._kept_rows < GROUP_ROWS and self._kept_bytes < GROUP_BYTES:
            return b""
        self._write_group()
        return drained(self._sink)

    def tail(self, status: str = "OK", message: str = "") -> bytes:
        """The last row group and the footer."""
        start = self.table(TableHead(())) if self._file is None else b""
        assert self._file is not None
        self._write_group()
        self._file.add_key_value_metadata(self._footer(status, message))
        self._file.close()
        return start + drained(self._sink)

    def _write_group(self) -> None:
        assert self._file is not None
        if not self._kept_rows:
            return
        group = whole_arrays(pa.Table.from_batches(self._kept, self._schema))
        self._kept, self._kept_rows, self._kept_bytes = [], 0, 0
        for position, longest in self._longest.items():
            here = longest_text(group.column(position))
            self._longest[position] = max(longest, here)
        self._file.write_table(group, GROUP_ROWS)

    def _footer(self, status: str, message: str) -> dict[str, str]:
        """The keys of VOParquet, astropy's lengths, and the schema with both."""
        columns = list(self._table.columns)
        lengths = {}
        for position, longest in self._longest.items():
            column = columns[position]
            lengths[LENGTH_KEY + column.name] = str(longest)
            if column.arraysize == "*":
                columns[position] = replace(column, arraysize=f"{longest}*")
        table = replace(self._table, columns=tuple(columns))
        told = {**described(self._document, table, status, message), **lengths}
        schema = self._schema.with_metadata(told).serialize().to_pybytes()
        return {**told, SCHEMA_KEY: base64.b64encode(schema).decode()}


def longest_text(texts: pa.ChunkedArray) -> int:
    """The bytes of the longest text (no less than its characters).

    >>> longest_text(pa.chunked_array([["é", "ab", None]]))
    4
    """
    longest = pc.max(pc.binary_length(texts)).as_py() or 0
    return max(longest, SHOWN_NULL) if texts.null_count else longest


def whole_arrays(table: pa.Table) -> pa.Table:
    """The table with each missing array of fixed size as one of missing elements.

    Few readers of Parquet take a null where every array has the same size; astropy
    loses the table.
    """
    for position, column in enumerate(table.columns):
        if column.null_count and pa.types.is_fixed_size_list(column.type):
            filled = pa.chunked_array(map(without_nulls, column.chunks), column.type)
            table = table.set_column(position, table.field(position), filled)
    return table


def without_nulls(array: pa.FixedSizeListArray) -> pa.FixedSizeListArray:
    """Arrays of one size, with missing elements instead of missing arrays.

    >>> without_nulls(pa.array([[1, 2], None], pa.list_(pa.int8(), 2))).to_pylist()
    [[1, 2], [None, None]]
    """
    size = array.type.list_size
    missing = np.repeat(array.is_null().to_numpy(zero_copy_only=False), size)
    elements = np.arange(array.offset * size, (array.offset + len(array)) * size)
    taken = array.values.take(pa.array(elements, mask=missing))
    return pa.FixedSizeListArray.from_arrays(taken, type=array.type)
