"""The BINARY and BINARY2 serialisations of VOTable.

A row is a chain of pieces: records of fixed width, made as one numpy structured
array, and the bytes of cells that vary in length, whose count ends the record
before them. Arrow joins the pieces of all rows at once.
"""

from binascii import b2a_base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.formats import arrays
from vo_lcc.tables import Batch, Column

Field = tuple[str, str] | tuple[str, str, tuple[int, ...]]


class BinaryRows:
    """Rows of a table as BINARY or (with null flags) BINARY2, in base64.

    >>> rows = BinaryRows([Column("n", "short"), Column("s", "char", "*")], flags=True)
    >>> batch = pa.record_batch({"n": pa.array([7], pa.int16()), "s": ["ab"]})
    >>> rows.open() + rows.rows(batch) + rows.close()
    b'<BINARY2><STREAM encoding="base64">\\nAAAHAAAAAmFi\\n</STREAM></BINARY2>'
    """

    def __init__(self, columns: Sequence[Column], flags: bool) -> None:
        self._tag = "BINARY2" if flags else "BINARY"
        self._layout = RowLayout(columns, flags)
        self._base64 = Base64()

    def open(self) -> bytes:
        """The start tags."""
        return f'<{self._tag}><STREAM encoding="base64">\n'.encode()

    def rows(self, batch: Batch) -> bytes:
        """One line of base64."""
        encoded = [
            self._base64.encode(self._layout.encode(chunk))
            for chunk in arrays.chunks(batch)
        ]
        return b"".join([*encoded, b"\n"]) if encoded else b""

    def close(self) -> bytes:
        """The end of the base64 and the end tags."""
        rest = self._base64.finish()
        return rest + (b"\n" if rest else b"") + f"</STREAM></{self._tag}>".encode()


class Base64:
    """Base64 of a stream: what does not fill three bytes waits for the next piece."""

    def __init__(self) -> None:
        self._rest = b""

    def encode(self, data: memoryview) -> bytes:
        """The base64 of all whole groups of three bytes so far."""
        first = -len(self._rest) % 3
        head, body = self._rest + bytes(data[:first]), data[first:]
        if len(head) % 3:
            self._rest = head
            return b""
        whole = len(body) - len(body) % 3
        self._rest = bytes(body[whole:])
        return b2a_base64(head, newline=False) + b2a_base64(body[:whole], newline=False)

    def finish(self) -> bytes:
        """The base64 of what is left, padded."""
        rest, self._rest = self._rest, b""
        return b2a_base64(rest, newline=False)


@dataclass(slots=True)
class Record:
    """Cells of fixed width that stand side by side, and the text or list after them."""

    fields: list[Field] = field(default_factory=list)
    tail: int | None = None  # the column of varying length whose count ends the record


class RowLayout:
    """Where each cell of a row goes; the bytes of a batch by `encode`."""

    def __init__(self, columns: Sequence[Column], flags: bool) -> None:
        self._columns = tuple(columns)
        self._flags = flags
        self._records = list(_records(self._columns, flags))

    def encode(self, batch: Batch) -> memoryview:
        """All rows of the batch, one after the other."""
        pieces: list[pa.Array] = []
        for record in self._records:
            cells = np.empty(batch.num_rows, np.dtype(record.fields))
            tail = self._fill(cells, record, batch)
            pieces += [_as_binary(cells)] if cells.itemsize else []
            pieces += [tail] if tail is not None else []
        return _joined(pieces)

    def _fill(self, cells: np.ndarray, record: Record, batch: Batch) -> pa.Array | None:
        tail = None
        for name in cells.dtype.names or ():
            if name == "flags":
                cells[name] = null_flags(batch)
            elif int(name) == record.tail:
                counts, tail = self._varying(int(name), batch)
                cells[name] = counts
            else:
                cells[name] = self._fixed(int(name), batch)
        return tail

    def _fixed(self, index: int, batch: Batch) -> np.ndarray:
        column, array = self._columns[index], batch.column(index)
        size = arrays.fixed_size(column)
        assert size is not None
        if column.is_text:
            return arrays.fixed_text(array, size, column)
        if column.is_array:
            cells = arrays.fixed_lists(array, size, column)
            return arrays.packed_bits(cells) if column.datatype == "bit" else cells
        null = None if self._flags else arrays.null_of(column)
        values = arrays.stored_numbers(array, column.datatype, null)
        return values << 7 if column.datatype == "bit" else values

    def _varying(self, index: int, batch: Batch) -> tuple[np.ndarray, pa.Array]:
        column, array = self._columns[index], batch.column(index)
        if column.is_text:
            counts, data = arrays.text_bytes(array, column.datatype)
            width = 2 if column.datatype == "unicodeChar" else 1
        else:
            null = arrays.null_of(column)
            counts = arrays.list_lengths(array)
            if column.datatype == "bit":
                return counts, _packed(counts, array)
            data = arrays.stored_numbers(array.flatten(), column.datatype, null)
            data = data.astype(arrays.STORAGE[column.datatype], copy=False)
            width = data.itemsize
        return counts, arrays.binary_array(counts * width, data)


def _packed(counts: np.ndarray, array: pa.Array) -> pa.Array:
    bits = arrays.stored_numbers(array.flatten(), "bit")
    data = arrays.packed_lists(bits, counts)
    return arrays.binary_array(arrays.packed_size(counts), data)


def _records(columns: Sequence[Column], flags: bool) -> Iterator[Record]:
    record = Record([("flags", "u1", ((len(columns) + 7) // 8,))] if flags else [])
    for index, column in enumerate(columns):
        record.fields.append(_field(str(index), column))
        if arrays.fixed_size(column) is None:
            record.tail = index
            yield record
            record = Record()
    if record.fields:
        yield record


def _field(name: str, column: Column) -> Field:
    size = arrays.fixed_size(column)
    if size is None:
        return name, ">i4"
    if column.is_text:
        return name, "u1", (2 * size if column.datatype == "unicodeChar" else size,)
    storage = arrays.STORAGE[column.datatype]
    if column.datatype == "bit" and column.is_array:
        return name, storage, (-(-size // 8),)
    return (name, storage, (size,)) if column.is_array else (name, storage)


def null_flags(batch: Batch) -> np.ndarray:
    """The null flags of BINARY2 (VOTable 1.4, 5.4): a bit for each column, MSB first.

    >>> null_flags(pa.record_batch({"a": [1, None], "b": [None, None]}))
    array([[ 64],
           [192]], dtype=uint8)
    """
    nulls = np.zeros((batch.num_rows, batch.num_columns), bool)
    for index, array in enumerate(batch.columns):
        if array.null_count:
            nulls[:, index] = array.is_null().to_numpy(zero_copy_only=False)
    return np.packbits(nulls, axis=1)


def _as_binary(cells: np.ndarray) -> pa.Array:
    buffers = [None, pa.py_buffer(cells)]
    kind = pa.binary(cells.itemsize)
    return pa.Array.from_buffers(kind, len(cells), buffers).cast(pa.large_binary())


def _joined(pieces: list[pa.Array]) -> memoryview:
    if not pieces:
        return memoryview(b"")
    nothing = pa.scalar(b"", pa.large_binary())
    rows = pc.binary_join_element_wise(*pieces, nothing)
    data = rows.buffers()[2]
    return memoryview(data) if data is not None else memoryview(b"")
