"""The BINARY and BINARY2 serialisations of VOTable.

Rows whose cells all have one width are one numpy array of records. Otherwise a row
is a chain of pieces: such records, and the bytes of cells that vary in length,
whose count ends the record before them; Arrow joins the pieces of all rows at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pybase64 import b64encode

from vo_lcc.formats import arrays
from vo_lcc.tables import Batch, Column

Field = tuple[str, str] | tuple[str, str, tuple[int, ...]]

Widths = tuple[int | None, ...]
"""The bytes of a cell of each varying column of a batch, None where they differ."""


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
        return b64encode(head) + b64encode(body[:whole])

    def finish(self) -> bytes:
        """The base64 of what is left, padded."""
        rest, self._rest = self._rest, b""
        return b64encode(rest)


@dataclass(frozen=True, slots=True)
class Varying:
    """Cells whose length varies: values and bytes of each, and all the bytes."""

    counts: np.ndarray
    sizes: np.ndarray
    data: np.ndarray

    @property
    def width(self) -> int | None:
        """The bytes of each cell where they all have as many, else None."""
        if len(self.sizes) and self.sizes.min() == self.sizes.max():
            return int(self.sizes[0])
        return None


@dataclass(frozen=True, slots=True)
class Record:
    """Cells of fixed width that stand side by side, and the varying one after them."""

    dtype: np.dtype[np.void]
    tail: int | None = None  # the column whose count ends the record


class RowLayout:
    """Where each cell of a row goes; the bytes of a batch by `encode`.

    Texts (or lists) that have one length in all rows of a batch are cells of fixed
    width there, so most batches are one record array.
    """

    def __init__(self, columns: Sequence[Column], flags: bool) -> None:
        self._columns = tuple(columns)
        self._flags = flags
        self._varying = [
            index
            for index, column in enumerate(columns)
            if arrays.fixed_size(column) is None
        ]
        self._widths: Widths = ()
        self._records = self._records_of(()) if not self._varying else []

    def encode(self, batch: Batch) -> memoryview:
        """All rows of the batch, one after the other."""
        varying = {
            index: varying_cells(batch.column(index), self._columns[index])
            for index in self._varying
        }
        widths = tuple(cells.width for cells in varying.values())
        if widths != self._widths:
            self._widths, self._records = widths, self._records_of(widths)
        pieces: list[np.ndarray | Varying] = []
        for record in self._records:
            pieces.append(self._filled(record, batch, varying))
            if record.tail is not None:
                pieces.append(varying[record.tail])
        return _joined(pieces)

    def _filled(
        self, record: Record, batch: Batch, varying: Mapping[int, Varying]
    ) -> np.ndarray:
        cells = np.empty(batch.num_rows, record.dtype)
        for name in record.dtype.names or ():
            kind, _, index = name.partition(" ")
            if kind == "flags":
                cells[name] = arrays.as_cells(null_flags(batch))
            elif kind == "count":
                cells[name] = varying[int(index)].counts
            elif kind == "bytes":
                cells[name] = varying[int(index)].data.view(record.dtype[name])
            else:
                cells[name] = self._fixed(int(index), batch)
        return cells

    def _fixed(self, index: int, batch: Batch) -> np.ndarray:
        column, array = self._columns[index], batch.column(index)
        size = arrays.fixed_size(column)
        assert size is not None
        if column.is_text:
            return arrays.as_cells(arrays.fixed_text(array, size, column))
        if column.is_list:
            numbers = arrays.fixed_lists(array, size, column)
        else:
            null = None if self._flags else arrays.null_of(column)
            numbers = arrays.stored_numbers(array, column.datatype, null)
        if column.datatype == "bit":
            return arrays.as_cells(arrays.packed_bits(numbers.reshape(-1, size)))
        return numbers

    def _records_of(self, widths: Widths) -> list[Record]:
        """The records of rows whose varying cells have these widths in bytes."""
        fields: list[Field] = []
        records = []
        if self._flags and self._columns:
            fields.append(("flags", f"V{(len(self._columns) + 7) // 8}"))
        for index, column in enumerate(self._columns):
            if index not in self._varying:
                fields.append(_fixed_field(index, column))
                continue
            fields.append((f"count {index}", ">i4"))
            width = widths[self._varying.index(index)]
            if width is None:
                records.append(Record(np.dtype(fields), tail=index))
                fields = []
            elif width:
                fields.append((f"bytes {index}", f"V{width}"))
        return [*records, Record(np.dtype(fields))] if fields else records


def varying_cells(array: pa.Array, column: Column) -> Varying:
    """Texts, or lists of numbers, of any length, as they are stored."""
    if column.is_text:
        counts, data = arrays.text_bytes(array, column.datatype)
        width = 2 if column.datatype == "unicodeChar" else 1
        return Varying(counts, counts * width, data)
    counts = arrays.item_counts(array, column)
    null = arrays.null_of(column)
    numbers = arrays.stored_numbers(array.flatten(), column.datatype, null)
    if column.datatype == "bit":
        packed = arrays.packed_lists(numbers, counts)
        return Varying(counts, arrays.packed_size(counts), packed)
    data = numbers.astype(arrays.STORAGE[column.datatype], copy=False)
    width = arrays.parts(column) * data.itemsize
    return Varying(counts, counts * width, data.view("u1"))


def _fixed_field(index: int, column: Column) -> Field:
    name, size = f"fixed {index}", arrays.fixed_size(column)
    assert size is not None
    if column.is_text:
        return name, f"V{2 * size if column.datatype == 'unicodeChar' else size}"
    if column.datatype == "bit":
        return name, f"V{(size + 7) // 8}"
    storage = arrays.STORAGE[column.datatype]
    return (name, storage, (size,)) if column.is_list else (name, storage)


def null_flags(batch: Batch) -> np.ndarray:
    """The null flags of BINARY2 (VOTable 1.4, 5.4): a bit for each column, MSB first.

    >>> null_flags(pa.record_batch({"a": [1, None], "b": [None, None]}))
    array([[ 64],
           [192]], dtype=uint8)
    """
    flags = np.zeros((batch.num_rows, (batch.num_columns + 7) // 8), "u1")
    for index, array in enumerate(batch.columns):
        if array.null_count:
            missing = array.is_null().to_numpy(zero_copy_only=False)
            flags[:, index // 8] |= missing.view("u1") << (7 - index % 8)
    return flags


def _joined(pieces: Sequence[np.ndarray | Varying]) -> memoryview:
    """The pieces of each row side by side; one array of records is so already."""
    if len(pieces) == 1 and isinstance(pieces[0], np.ndarray):
        return pieces[0].view("u1").data
    columns = [_as_binary(piece) for piece in pieces]
    rows = pc.binary_join_element_wise(*columns, pa.scalar(b"", pa.large_binary()))
    data = rows.buffers()[2]
    return memoryview(data if data is not None else b"")


def _as_binary(piece: np.ndarray | Varying) -> pa.Array:
    if isinstance(piece, Varying):
        return arrays.binary_array(piece.sizes, piece.data)
    return arrays.binary_array(np.full(len(piece), piece.itemsize), piece)
