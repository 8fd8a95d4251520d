"""Arrow becomes COPY BINARY of PostgreSQL, whole columns at a time.

The reverse of `copy_binary`. Tuples whose cells all have one width are one numpy
array of records. Else a tuple is a chain of pieces: such records, and between them
the bytes of cells that vary, each behind a record that ends with its length; Arrow
joins the pieces of all tuples at once.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.db.copy_arrays import HEAD, Mask, Places
from vo_lcc.db.copy_binary import SIGNATURE
from vo_lcc.db.copy_tuples import Field, read_fields

HEADER = SIGNATURE + bytes(8)
"""What stands before the first tuple: no flags, no extension."""

TRAILER = b"\xff\xff"
"""What stands after the last tuple."""

CHUNK_ROWS = 8192
CHUNK_BYTES = 2**20
"""Encoded at once: little enough to stay in the processor's cache."""

LENGTH = np.dtype(">i4")
TEXT_OID = 25
EMPTY_HEAD = 12  # bytes of an array without dimensions

Numbers = npt.NDArray[Any]
Cells = tuple[np.dtype[Any], Numbers | int]
"""What has one width in all tuples: its type, and the values."""


class CopyEncoder:
    """Turns record batches of `schema` into whole tuples of COPY BINARY.

    The types are those of `tables.arrow_type`; raises ValueError for others. Lists
    become arrays of one dimension, int16 for unsigned bytes as everywhere.

    >>> batch = pa.record_batch({"n": pa.array([7, None], pa.int16())})
    >>> CopyEncoder(batch.schema).encode(batch).hex(" ", 2)
    '0001 0000 0002 0007 0001 ffff ffff'
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._fields = read_fields(schema, text_lists=True)

    def encode(self, batch: pa.RecordBatch) -> bytes:
        """The tuples of a batch; neither `HEADER` nor `TRAILER`.

        Raises as `pieces` does.
        """
        return b"".join(self.pieces(batch))

    def pieces(self, batch: pa.RecordBatch) -> Iterator[memoryview]:
        """The same, some tuples at a time; all of the batch is checked first.

        Raises ValueError, naming the column, where the batch is of other types and
        where text holds NUL (U+0000), which PostgreSQL cannot keep.
        """
        if len(self._fields) != batch.num_columns:
            raise ValueError(
                f"a batch of {batch.num_columns} columns, not {len(self._fields)}"
            )
        for field, array in zip(self._fields, batch.columns, strict=True):
            _check(field, array)
        size = CHUNK_BYTES * batch.num_rows // max(batch.nbytes, 1)
        rows = max(1, min(size, CHUNK_ROWS))
        starts = range(0, batch.num_rows, rows)
        return (self._tuples(batch.slice(at, rows)) for at in starts)

    def _tuples(self, batch: pa.RecordBatch) -> memoryview:
        joined: list[pa.Array] = []
        cells: list[Cells] = [(np.dtype(">i2"), len(self._fields))]
        for field, array in zip(self._fields, batch.columns, strict=True):
            for piece in _pieces(field, array):
                if isinstance(piece, tuple):
                    cells.append(piece)
                else:
                    joined += [_as_binary(_records(cells, len(batch))), piece]
                    cells = []
        last = _records(cells, len(batch))
        if not joined:
            return last.view(np.uint8).data
        joined += [_as_binary(last)] if cells else []
        tuples = pc.binary_join_element_wise(
            *joined, _binary(b""), null_handling="replace", null_replacement=b""
        )
        return memoryview(tuples.buffers()[2])


def _check(field: Field, array: pa.Array) -> None:
    if array.type != field.type:
        field.fail(f"there are values of {array.type}")
    if field.scalar is not None:
        return
    if field.is_list:
        array = array.flatten()
    if (_used_bytes(array) == 0).any():
        found = pc.fill_null(pc.match_substring(array, "\0"), False).to_numpy(False)
        if found.any():
            field.fail(
                f"the text of row {found.argmax() + 1} of these holds NUL (U+0000),"
                " which PostgreSQL cannot keep; remove it"
            )


def _used_bytes(text: pa.Array) -> Numbers:
    """The bytes of all texts, and perhaps of some under nulls."""
    _, bounds, data = text.buffers()
    if data is None or not len(text):
        return np.empty(0, np.uint8)
    ends = np.frombuffer(bounds, np.int32)[[text.offset, text.offset + len(text)]]
    return np.frombuffer(data, np.uint8)[slice(*ends)]


def _pieces(field: Field, array: pa.Array) -> Iterator[Cells | pa.Array]:
    """The length of each cell, then its bytes."""
    if field.is_list:
        yield from _list_pieces(field, array)
    elif field.scalar is None:
        lengths = pc.fill_null(pc.binary_length(array), -1).to_numpy()
        yield LENGTH, lengths
        yield array.cast(pa.large_binary())
    elif array.null_count:
        valid = _valid(array)
        yield LENGTH, np.where(valid, field.scalar.width, -1)
        values = _values(array).astype(field.scalar.dtype)
        bounds = np.arange(len(array) + 1) * field.scalar.width
        yield _binary_array(bounds, values, valid)
    else:
        yield LENGTH, field.scalar.width
        yield field.scalar.dtype, _values(array)


def _list_pieces(field: Field, array: pa.Array) -> Iterator[Cells | pa.Array]:
    counts = pc.fill_null(pc.list_value_length(array), 0).to_numpy().astype(np.int64)
    offsets = np.append(0, np.cumsum(counts))
    elements = array.flatten()
    data, bounds = _elements(field, elements, offsets)
    sizes = np.diff(bounds)
    heads = np.empty(len(array), HEAD)
    heads["dimensions"] = counts > 0
    heads["nulls"] = _have_nulls(elements, offsets)
    heads["oid"] = TEXT_OID if field.scalar is None else field.scalar.oid
    heads["size"], heads["lower"] = counts, 1
    widths = np.where(counts > 0, HEAD.itemsize, EMPTY_HEAD)
    if (counts > 0).all():
        yield LENGTH, widths + sizes
        yield HEAD, heads
    else:
        valid = _valid(array)
        yield LENGTH, np.where(valid, widths + sizes, -1)
        yield _cut(heads, np.where(valid, widths, 0))
    yield _binary_array(bounds, data)


def _elements(
    field: Field, elements: pa.Array, offsets: Places
) -> tuple[Numbers, Places]:
    """The bytes of all elements, and where those of each list begin and end."""
    if field.scalar is None:
        return _text_elements(elements, offsets)
    dtype = np.dtype([("length", LENGTH), ("value", field.scalar.dtype)])
    records = np.empty(len(elements), dtype)
    records["length"] = field.scalar.width
    records["value"] = _values(elements)
    if not elements.null_count:
        return records, offsets * dtype.itemsize
    valid = _valid(elements)
    records["length"][~valid] = -1
    widths = np.where(valid, dtype.itemsize, LENGTH.itemsize)
    ends = np.append(0, np.cumsum(widths))
    return _shortened(records, widths), ends[offsets]


def _text_elements(elements: pa.Array, offsets: Places) -> tuple[Numbers, Places]:
    lengths = pc.fill_null(pc.binary_length(elements), -1).to_numpy().astype(LENGTH)
    heads = _as_binary(lengths)
    joined = pc.binary_join_element_wise(
        heads,
        elements.cast(pa.large_binary()),
        _binary(b""),
        null_handling="replace",
        null_replacement=b"",
    )
    _, bounds, data = joined.buffers()
    ends = np.frombuffer(bounds, np.int64)[: len(elements) + 1]
    content = b"" if data is None else data
    return np.frombuffer(content, np.uint8), ends[offsets]


def _have_nulls(elements: pa.Array, offsets: Places) -> Mask:
    """Which of the lists have a null among their elements."""
    if not elements.null_count:
        return np.zeros(len(offsets) - 1, bool)
    nulls = np.append(0, np.cumsum(~_valid(elements)))
    return np.asarray(nulls[offsets[1:]] > nulls[offsets[:-1]])


def _cut(records: Numbers, widths: Places) -> pa.Array:
    """The first bytes of each record."""
    return _binary_array(np.append(0, np.cumsum(widths)), _shortened(records, widths))


def _shortened(records: Numbers, widths: Places) -> Numbers:
    """The first bytes of each record, one after the other."""
    places = np.arange(records.itemsize)
    rows = records.view(np.uint8).reshape(len(records), -1)
    kept: Numbers = rows[places < widths[:, None]]
    return kept


def _records(cells: list[Cells], rows: int) -> Numbers:
    """Cells side by side."""
    records = np.empty(rows, [(f"cell{i}", cell[0]) for i, cell in enumerate(cells)])
    for i, (_, values) in enumerate(cells):
        records[f"cell{i}"] = values
    return records


def _values(array: pa.Array) -> Numbers:
    """Numbers (of booleans, 0 and 1), and whatever is under nulls."""
    if pa.types.is_boolean(array.type):
        array = array.cast(pa.uint8())
    data = array.buffers()[1]
    dtype = array.type.to_pandas_dtype()
    if data is None:
        return np.zeros(len(array), dtype)
    return np.frombuffer(data, dtype)[array.offset :][: len(array)]


def _valid(array: pa.Array) -> Mask:
    valid: Mask = array.is_valid().to_numpy(zero_copy_only=False)
    return valid


def _as_binary(records: Numbers) -> pa.Array:
    return _binary_array(np.arange(len(records) + 1) * records.itemsize, records)


def _binary_array(bounds: Places, data: Numbers, valid: Mask | None = None) -> pa.Array:
    """Byte strings between these bounds of `data`."""
    validity = None
    if valid is not None:
        validity = pa.py_buffer(np.packbits(valid, bitorder="little"))
    buffers = [validity, pa.py_buffer(bounds), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.large_binary(), len(bounds) - 1, buffers)


def _binary(value: bytes) -> pa.Scalar:
    return pa.scalar(value, pa.large_binary())
