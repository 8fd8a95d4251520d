"""Parquet: one group of rows after the other, some rows of it at a time.

What a group takes in memory is worked out from the headers of its pages before any
page is unpacked. Texts with a dictionary stay in it until their sum is known: a few
bytes can stand for any number of long texts.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from operator import index
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from vo_lcc.errors import TooLargeError, UsageError
from vo_lcc.parsers.checks import check_count, check_rows, checked, shown
from vo_lcc.parsers.parquet.columnar import converted, read_columns
from vo_lcc.parsers.parquet.pages import DELTA_BYTE_ARRAY, Pages
from vo_lcc.parsers.parquet.thrift import Compact
from vo_lcc.parsers.table import BATCH_ROWS, ReadLimits, ReadTable
from vo_lcc.tables import Batch, Column

MAGIC, ENCRYPTED = b"PAR1", b"PARE"

MOST_FOOTER = 4 * 2**20
MOST_WORD = 8 * 2**20
MOST_ITEMS = 100_000
"""Bytes of the footer and of a text in it, and the items of a list in it."""

OPTIONS: Mapping[str, Any] = {
    "pre_buffer": False,
    "buffer_size": 2**20,
    "thrift_string_size_limit": MOST_WORD,
    "thrift_container_size_limit": MOST_ITEMS,
}

MOST_GROUP = 256 * 2**20
"""Bytes that a group of rows may take in memory."""

BLOCK = 8 * 2**20
"""Bytes of a batch, about."""

MOST_WIDTH = 64
"""Bytes of the widest value of fixed length: a decimal has 32 at most."""


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A column as Parquet stores it: `varies` where a row can take any size."""

    name: str
    varies: bool
    nested: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the footer says that the pages of a column start, and their bytes."""

    data: int
    dictionary: int
    size: int

    @property
    def start(self) -> int:
        """The first page."""
        return min(self.data, self.dictionary) if self.dictionary else self.data


@dataclass(frozen=True, slots=True)
class _Group:
    """A group of rows, as the footer tells of it."""

    rows: int
    chunks: tuple[_Place, ...]


def read_parquet(file: BinaryIO, limits: ReadLimits) -> ReadTable:
    """Read a Parquet file.

    Raises UsageError for what is wrong or of a type that cannot be kept, TooLargeError
    over a limit.
    """
    groups = _groups(_footer(file))
    with _explained():
        metadata = pq.ParquetFile(file, **OPTIONS).metadata
        check_rows(max(metadata.num_rows, sum(group.rows for group in groups)), limits)
        check_count(metadata.num_columns, limits)
        leaves = _leaves(metadata)
        in_dictionary = _in_dictionary(groups, leaves)
        source = pq.ParquetFile(file, read_dictionary=in_dictionary, **OPTIONS)
        columns = read_columns(source.schema_arrow, limits)
    batches = _batches(source, Pages(file), groups, columns, leaves)
    return ReadTable(columns, checked(batches, limits))


def _footer(file: BinaryIO) -> bytes:
    """The footer. Raises UsageError where it is none, TooLargeError for a long one."""
    size = file.seek(0, 2)
    file.seek(max(size - 8, 0))
    end = file.read(8)
    if end[4:] == ENCRYPTED:
        raise UsageError("the Parquet file is encrypted")
    if size < 12 or end[4:] != MAGIC:
        raise UsageError("the Parquet file is cut short: it does not end with PAR1")
    (length,) = struct.unpack("<I", end[:4])
    if length > size - 12:
        raise UsageError(
            "the Parquet file is damaged: its footer is longer than itself"
        )
    if length > MOST_FOOTER:
        raise TooLargeError(
            f"the footer of the Parquet file takes {length} bytes, and at most"
            f" {MOST_FOOTER} are taken"
        )
    file.seek(size - 8 - length)
    footer = file.read(length)
    file.seek(0)
    return footer


def _groups(footer: bytes) -> list[_Group]:
    """The groups of rows (parquet.thrift, FileMetaData). Raises UsageError."""
    try:
        said = Compact(footer).struct()
        return [
            _Group(
                rows=max(index(group[3]), 0),
                chunks=tuple(
                    _Place(index(meta[9]), index(meta.get(11) or 0), index(meta[7]))
                    for meta in (column[3] for column in group[1])
                ),
            )
            for group in said[4]
        ]
    except (IndexError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise UsageError(
            "the Parquet file is damaged: its footer makes no sense"
        ) from (error)


def _leaves(metadata: pq.FileMetaData) -> list[_Leaf]:
    """The stored columns. Raises UsageError for values that are too wide."""
    leaves = []
    for i in range(metadata.num_columns):
        stored = metadata.schema.column(i)
        name = stored.path.split(".")[0]
        if (
            stored.physical_type == "FIXED_LEN_BYTE_ARRAY"
            and stored.length > MOST_WIDTH
        ):
            raise UsageError(
                f"column {shown(name)}: values of {stored.length} bytes are not taken"
            )
        nested = stored.max_repetition_level > 0
        varies = nested or stored.physical_type == "BYTE_ARRAY"
        leaves.append(_Leaf(name, varies, nested))
    return leaves


def _in_dictionary(groups: Sequence[_Group], leaves: Sequence[_Leaf]) -> list[str]:
    """The columns of texts that have a dictionary."""
    return [
        leaf.name
        for i, leaf in enumerate(leaves)
        if leaf.varies
        and not leaf.nested
        and any(
            group.chunks[i : i + 1] and group.chunks[i].dictionary for group in groups
        )
    ]


def _batches(
    source: pq.ParquetFile,
    pages: Pages,
    groups: Sequence[_Group],
    columns: Sequence[Column],
    leaves: Sequence[_Leaf],
) -> Iterator[Batch]:
    """The rows of all groups."""
    names = [column.name for column in columns]
    for number, group in enumerate(groups):
        step = _step(group, pages, leaves)
        with _explained():
            found = source.iter_batches(step, row_groups=[number], use_threads=False)
            for batch in found:
                for part in _parts(batch):
                    arrays = [
                        converted(array, column)
                        for array, column in zip(part.columns, columns, strict=True)
                    ]
                    yield pa.record_batch(arrays, names=names)


def _step(group: _Group, pages: Pages, leaves: Sequence[_Leaf]) -> int:
    """How many rows of a group to read at a time. Raises TooLargeError."""
    if len(group.chunks) != len(leaves):
        raise UsageError("the Parquet file is damaged: a row group lacks columns")
    memory = width = 0
    for place, leaf in zip(group.chunks, leaves, strict=True):
        chunk = pages.chunk(place.start, place.size)
        if leaf.varies and DELTA_BYTE_ARRAY in chunk.encodings:
            raise UsageError(
                f"column {shown(leaf.name)}: the encoding DELTA_BYTE_ARRAY is not"
                " taken; write the Parquet file with PLAIN or dictionaries"
            )
        taken = chunk.size if leaf.varies else chunk.largest + chunk.dictionary
        taken += chunk.values * 8 if leaf.nested else 0
        memory += taken
        width += taken // max(group.rows, 1) if leaf.varies else 8
    if memory > MOST_GROUP:
        raise TooLargeError(
            f"a row group of the Parquet file takes {memory} bytes of memory, and at"
            f" most {MOST_GROUP} are taken; write it with smaller row groups"
        )
    return max(1, min(BATCH_ROWS, BLOCK // max(width, 1)))


def _parts(batch: Batch) -> Iterator[Batch]:
    """The batch in parts of which each has few bytes once texts leave dictionaries."""
    taken = np.zeros(batch.num_rows, "i8")
    for array in batch.columns:
        if pa.types.is_dictionary(array.type):
            lengths = pc.binary_length(array.dictionary).take(array.indices)
            taken += pc.fill_null(lengths, 0).to_numpy(zero_copy_only=False)
    if not taken.any():
        yield batch
        return
    ends = np.cumsum(taken) // BLOCK
    bounds = [0, *(np.flatnonzero(np.diff(ends)) + 1), batch.num_rows]
    for start, end in pairwise(bounds):
        yield batch.slice(start, end - start)


@contextmanager
def _explained() -> Iterator[None]:
    """What pyarrow finds wrong, as UsageError."""
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError, MemoryError) as error:
        problem = (str(error) or type(error).__name__).splitlines()[0]
        raise UsageError(f"the Parquet file cannot be read: {problem[:200]}") from error
