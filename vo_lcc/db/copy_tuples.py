"""One tuple of COPY BINARY after the other: slow and exact, quick where tuples are few.

A tuple is an int16 number of fields, then for each an int32 length (-1 for null)
and that many bytes, all big-endian.
"""

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NoReturn

import numpy as np
import pyarrow as pa

Block = bytes | bytearray | memoryview
Place = tuple[int, int]  # where the bytes of a field begin, and their number

_int16 = struct.Struct(">h").unpack_from
_int32 = struct.Struct(">i").unpack_from
_array_head = struct.Struct(">iiI").unpack_from

MAX_DIMENSIONS = 6  # of an array, in PostgreSQL


@dataclass(frozen=True, slots=True)
class Scalar:
    """How PostgreSQL sends a value: bytes, letter of `struct`, NumPy type, type oid."""

    width: int
    letter: str
    dtype: np.dtype[Any]
    oid: int


SCALARS: Mapping[pa.DataType, Scalar] = MappingProxyType(
    {
        pa.bool_(): Scalar(1, "?", np.dtype("u1"), 16),
        pa.int16(): Scalar(2, "h", np.dtype(">i2"), 21),
        pa.int32(): Scalar(4, "i", np.dtype(">i4"), 23),
        pa.int64(): Scalar(8, "q", np.dtype(">i8"), 20),
        pa.float32(): Scalar(4, "f", np.dtype(">f4"), 700),
        pa.float64(): Scalar(8, "d", np.dtype(">f8"), 701),
    }
)


@dataclass(frozen=True, slots=True)
class Field:
    """One column: `scalar` is None for text, else of the value or the elements."""

    index: int
    name: str
    type: pa.DataType
    scalar: Scalar | None
    is_list: bool

    @property
    def width(self) -> int | None:
        """Bytes of a value that is not null, or None where values differ in length."""
        return None if self.is_list or self.scalar is None else self.scalar.width

    def fail(self, what: str) -> NoReturn:
        """Raise ValueError about this column."""
        raise ValueError(f'column {self.index + 1} "{self.name}" ({self.type}): {what}')


Reader = Callable[[Block, int, int], Any]  # of block, begin, length: the value


@dataclass(frozen=True, slots=True)
class Run:
    """Values of known `widths`, each behind its length, and perhaps one that differs.

    `cells` unpacks lengths and values in turn, of which those of known width end
    before `stop`; the last is the length of the value that `read` reads.
    """

    cells: struct.Struct
    widths: tuple[int, ...]
    stop: int
    read: Reader | None


def read_fields(schema: pa.Schema, text_lists: bool = False) -> tuple[Field, ...]:
    """The fields of `schema`; raises ValueError for a type that is not understood.

    Lists of texts are only if `text_lists` says so: they are written, never read.
    """
    return tuple(_field(i, column, text_lists) for i, column in enumerate(schema))


def _field(index: int, column: pa.Field, text_lists: bool) -> Field:
    is_list = pa.types.is_list(column.type)
    kind = column.type.value_type if is_list else column.type
    scalar = SCALARS.get(kind)
    field = Field(index, column.name, column.type, scalar, is_list)
    if scalar is None and (kind != pa.string() or (is_list and not text_lists)):
        field.fail("COPY BINARY of this type is not understood")
    return field


class TupleReader:
    """Walks over tuples field by field. Raises ValueError where they are malformed."""

    def __init__(self, schema: pa.Schema) -> None:
        self.fields = fields = read_fields(schema)
        self._schema = schema
        self._row_type = pa.struct(list(schema))
        self._widths = [field.width for field in fields]
        self._values = [_value_reader(field) for field in fields]
        self._count = len(fields).to_bytes(2, "big")
        self._runs = list(_runs(fields))

    def places(self, block: Block, at: int, end: int) -> list[Place]:
        """Where each field of the tuple at `at` is; null has the length -1."""
        if at + 2 > end:
            raise ValueError(f"COPY BINARY is cut off at byte {at}")
        (count,) = _int16(block, at)
        if count != len(self._widths):
            raise ValueError(
                f"a tuple at byte {at} has {count} fields, not {len(self._widths)}"
            )
        at += 2
        found: list[Place] = []
        for width in self._widths:
            if at + 4 > end:
                self.fields[len(found)].fail(f"cut off at byte {at}")
            (length,) = _int32(block, at)
            at += 4
            if length != width and length != -1 and (width is not None or length < 0):
                declared = "any" if width is None else width
                self.fields[len(found)].fail(
                    f"{length} bytes where {declared} are declared, at byte {at}"
                )
            found.append((at, length))
            at += length if length > 0 else 0
        if at > end:
            self.fields[-1].fail(f"a tuple is cut off at byte {end}")
        return found

    def walk(
        self, block: Block, at: int, end: int, most: int | None = None
    ) -> list[list[Place]]:
        """The places of all tuples, or the first few; the trailer may follow them."""
        found: list[list[Place]] = []
        while at != end and len(found) != most and not is_trailer(block, at, end):
            found.append(self.places(block, at, end))
            at = tuple_end(found[-1])
        return found

    def batch(self, block: Block, at: int, end: int) -> pa.RecordBatch:
        """All tuples, by way of Python objects."""
        rows = []
        while at != end and not is_trailer(block, at, end):
            row, at = self._usual_row(block, at, end) or self._row(block, at, end)
            rows.append(tuple(row))
        batch = pa.RecordBatch.from_struct_array(pa.array(rows, self._row_type))
        metadata = self._schema.metadata
        return batch.replace_schema_metadata(metadata) if metadata else batch

    def _row(self, block: Block, at: int, end: int) -> tuple[list[Any], int]:
        """The values of one tuple, and where the next begins."""
        places = self.places(block, at, end)
        row = [
            None if length < 0 else read(block, begin, length)
            for read, (begin, length) in zip(self._values, places, strict=True)
        ]
        return row, tuple_end(places)

    def _usual_row(
        self, block: Block, at: int, end: int
    ) -> tuple[list[Any], int] | None:
        """The same for a tuple without nulls, else None."""
        if block[at : at + 2] != self._count:
            return None
        at += 2
        row: list[Any] = []
        for run in self._runs:
            if at + run.cells.size > end:
                return None
            cells = run.cells.unpack_from(block, at)
            at += run.cells.size
            if cells[0 : run.stop : 2] != run.widths:
                return None
            row += cells[1::2]
            if run.read is not None:
                length = cells[-1]
                if not 0 <= length <= end - at:
                    return None
                row.append(run.read(block, at, length))
                at += length
        return row, at


def is_trailer(block: Block, at: int, end: int) -> bool:
    """Whether the stream ends here: a number of fields of -1 and nothing more."""
    return at + 2 == end and block[at] == 0xFF and block[at + 1] == 0xFF


def tuple_end(places: list[Place]) -> int:
    """Where the next tuple begins."""
    begin, length = places[-1]
    return begin + max(length, 0)


def _runs(fields: Iterable[Field]) -> Iterator[Run]:
    """The fields of a tuple without nulls."""
    letters, widths = ">", []
    for field in fields:
        letters += "i"
        if field.width is not None and field.scalar is not None:
            letters += field.scalar.letter
            widths.append(field.width)
            continue
        cells = struct.Struct(letters)
        yield Run(cells, tuple(widths), 2 * len(widths), _value_reader(field))
        letters, widths = ">", []
    if widths:
        yield Run(struct.Struct(letters), tuple(widths), 2 * len(widths), None)


def _value_reader(field: Field) -> Reader:
    if field.scalar is None:
        return lambda block, begin, length: bytes(block[begin : begin + length])
    if field.is_list:
        return lambda block, begin, length: _elements(field, block, begin, length)
    unpack = struct.Struct(">" + field.scalar.letter).unpack_from
    return lambda block, begin, length: unpack(block, begin)[0]


def _elements(field: Field, block: Block, begin: int, length: int) -> list[Any]:
    assert field.scalar is not None
    unpack = struct.Struct(">" + field.scalar.letter).unpack_from
    at, count = array_head(field, block, begin, length)
    places = element_places(field, block, at, begin + length, count)
    return [None if at < 0 else unpack(block, at)[0] for at in places]


def array_head(field: Field, block: Block, begin: int, length: int) -> Place:
    """Where the elements of an array begin, and their number in all dimensions."""
    if length < 12:
        field.fail(f"an array of {length} bytes at byte {begin}")
    dimensions, _, oid = _array_head(block, begin)
    if field.scalar is None or oid != field.scalar.oid:
        field.fail(f"an array of elements of type oid {oid} at byte {begin}")
    if not (0 <= dimensions <= MAX_DIMENSIONS and length >= 12 + 8 * dimensions):
        field.fail(f"an array of {dimensions} dimensions at byte {begin}")
    count = 1 if dimensions else 0
    for at in range(begin + 12, begin + 12 + 8 * dimensions, 8):
        count *= _int32(block, at)[0]
    if not 0 <= 4 * count <= length:
        field.fail(f"an array of {count} elements in {length} bytes at byte {begin}")
    return begin + 12 + 8 * dimensions, count


def element_places(
    field: Field, block: Block, at: int, end: int, count: int
) -> list[int]:
    """Where each of `count` elements is, -1 for a null; they must end at `end`."""
    assert field.scalar is not None
    width = field.scalar.width
    found = []
    for _ in range(count):
        length = _int32(block, at)[0] if at + 4 <= end else None
        at += 4
        if length == width:
            found.append(at)
            at += width
        elif length == -1:
            found.append(-1)
        else:
            field.fail(f"an element is malformed or cut off at byte {at - 4}")
    if at != end:
        field.fail(f"the elements of an array do not end where it ends, at byte {end}")
    return found
