"""Parquet files of our own making: columns that say what they are, groups of rows."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from vo_lcc.formats.columnar import described, described_schema
from vo_lcc.formats.parquet import LENGTH_KEY, SCHEMA_KEY, SHOWN_NULL
from vo_lcc.heads import DocumentHead, TableHead
from vo_lcc.lightcurves.exports.folder import HashedFile
from vo_lcc.tables import Column

GROUP_BYTES = 16 * 2**20
"""Bytes in memory of the rows that make a row group; the last one may be smaller."""

ELEMENT = ".list.element"
"""What Parquet writes behind the name of a list for that of its elements."""


class ParquetTable:
    """Writes one Parquet file, a row group at a time.

    Numbers are split into streams of bytes, what repeats stands in dictionaries, and
    both are compressed by Zstandard. The footer has the metadata of the VOParquet
    note, as in the answers of the services. Columns called `nested`.name are the lists
    of a structure, which comes last.
    """

    def __init__(
        self,
        file: HashedFile,
        document: DocumentHead,
        head: TableHead,
        nested: str = "",
        footers: list[pq.FileMetaData] | None = None,
    ) -> None:
        self._file = file
        self._document, self._head = document, head
        self._nested = f"{nested}."
        self._schema = nested_schema(head.columns, nested)
        self._footers = footers
        self._longest = {c.name: 1 for c in head.columns if c.is_text}
        self._writer: pq.ParquetWriter | None = None
        self._kept: list[pa.Table] = []
        self._bytes = 0

    def write(self, table: pa.Table) -> None:
        """Some rows; texts may be dictionaries."""
        self._kept.append(table)
        self._bytes += table.nbytes
        if self._bytes >= GROUP_BYTES:
            self._write_group()

    def close(self) -> pa.Schema:
        """The rest and the footer; the schema of the file with all its metadata."""
        self._write_group()
        writer = self._opened(self._schema)
        told = self._told()
        whole = self._schema.with_metadata(told)
        encoded = base64.b64encode(whole.serialize().to_pybytes()).decode()
        writer.add_key_value_metadata({**told, SCHEMA_KEY: encoded})
        writer.close()
        self._file.close()
        return whole

    def _opened(self, schema: pa.Schema) -> pq.ParquetWriter:
        """Open the file with the types in which rows come: dictionaries are texts."""
        if self._writer is None:
            columns = self._head.columns
            self._writer = pq.ParquetWriter(
                self._file,
                schema,
                compression="zstd",
                store_schema=False,  # it is written at the end, when all is known
                use_dictionary=self._paths(c for c in columns if not is_real(c)),
                use_byte_stream_split=self._paths(c for c in columns if is_real(c)),
                metadata_collector=self._footers,
            )
        return self._writer

    def _paths(self, columns: Iterator[Column]) -> list[str]:
        """The columns by the names that Parquet has for them."""
        return [
            c.name + ELEMENT if c.name.startswith(self._nested) else c.name
            for c in columns
        ]

    def _write_group(self) -> None:
        if not self._kept:
            return
        group = pa.concat_tables(self._kept).unify_dictionaries().combine_chunks()
        self._kept, self._bytes = [], 0
        for name, longest in self._longest.items():
            column, _, field = name.partition(".")
            texts = group.column(name if name in group.column_names else column)
            for chunk in texts.chunks:
                inner = chunk if name in group.column_names else chunk.field(field)
                longest = max(longest, longest_text(inner))
            self._longest[name] = longest
        self._opened(group.schema).write_table(group, max(group.num_rows, 1))

    def _told(self) -> dict[str, str]:
        """The keys of VOParquet, and the lengths of texts that astropy asks for."""
        columns = tuple(
            replace(c, arraysize=self._arraysize(c)) for c in self._head.columns
        )
        head = replace(self._head, columns=columns)
        lengths = {LENGTH_KEY + name: str(n) for name, n in self._longest.items()}
        return {**described(self._document, head), **lengths}

    def _arraysize(self, column: Column) -> str | None:
        if not column.is_text:
            return column.arraysize
        is_list = column.name.startswith(self._nested)
        return f"{self._longest[column.name]}{'x*' if is_list else '*'}"


def nested_schema(columns: Sequence[Column], nested: str) -> pa.Schema:
    """The Arrow schema of these columns, those of the structure in it.

    >>> columns = [Column("id", "long"), Column("curve.mag", "float", "*")]
    >>> nested_schema(columns, "curve").field("curve").type
    StructType(struct<mag: list<item: float>>)
    """
    fields = list(described_schema(columns))
    inner = [f for f in fields if f.name.startswith(f"{nested}.")]
    plain = [f for f in fields if not f.name.startswith(f"{nested}.")]
    if not inner:
        return pa.schema(plain)
    lists = [
        field.with_name(field.name.removeprefix(f"{nested}.")).with_type(
            field.type if pa.types.is_list(field.type) else pa.list_(field.type)
        )
        for field in inner
    ]
    return pa.schema([*plain, pa.field(nested, pa.struct(lists))])


def is_real(column: Column) -> bool:
    """Whether the values, or elements of arrays, are floating-point numbers."""
    return column.datatype in ("float", "double")


def longest_text(texts: pa.Array) -> int:
    """The bytes of the longest text, in dictionaries and lists too.

    >>> longest_text(pa.array([["é"], ["ab", "abc"]])), longest_text(pa.array(["a"]))
    (3, 1)
    """
    if pa.types.is_list(texts.type):
        return longest_text(texts.values)
    shown = SHOWN_NULL if texts.null_count else 1
    if pa.types.is_dictionary(texts.type):
        texts = texts.dictionary
    return max(shown, pc.max(pc.binary_length(texts)).as_py() or 0)


def plain(array: pa.Array) -> pa.Array:
    """The array with its texts plain, if it is a dictionary."""
    is_dictionary = pa.types.is_dictionary(array.type)
    return array.cast(array.type.value_type) if is_dictionary else array
