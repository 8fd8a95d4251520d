"""COPY BINARY of PostgreSQL becomes Arrow, whole columns at a time.

The format is that of COPY TO ... (FORMAT binary) in PostgreSQL's reference. Tuples
have no index: where the next begins is known only from the lengths of all fields
before it. `CopyDecoder` guesses where all tuples of a block begin, reads the length
words there all at once, and takes the guess for true when every tuple so read ends
where the next begins; else it walks from tuple to tuple.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from vo_lcc.db.copy_arrays import (
    Bytes,
    Mask,
    Places,
    build_equal_text,
    build_lists,
    build_text,
    build_values,
    gather,
)
from vo_lcc.db.copy_tuples import (
    Block,
    Field,
    TupleReader,
    is_trailer,
    read_fields,
    tuple_end,
)

SIGNATURE = b"PGCOPY\n\377\r\n\0"
HEADER_BYTES = 19  # and those of the header extension
SMALL_BLOCK = 1024  # bytes; Python objects are quicker than arrays up to here
LONG_TUPLE = 4096  # bytes; walking is quicker than looking for beginnings from here
MAX_BLOCK = 2**31 - 4096  # offsets within a block are int32
MARGIN = 32  # bytes of a head that may be read beyond an array


@dataclass(frozen=True, slots=True)
class Part:
    """Fields that are read as one record: all but the last have one width, no nulls.

    `last` is a field whose length differs, if any: its value is part of the record
    when it has a `width`, else it follows the record.
    """

    dtype: np.dtype[Any]
    first: bool
    fixed: tuple[Field, ...]
    last: Field | None


@dataclass(frozen=True, slots=True)
class Found:
    """A column: values read, or places and lengths of its bytes; which are null."""

    field: Field
    values: npt.NDArray[Any] | None = None
    begin: Places | None = None
    length: Places | None = None
    valid: Mask | None = None


class MisfitError(Exception):
    """Not all places are those of tuples, those of `keep` may be; where nulls are."""

    def __init__(self, keep: Mask | None = None, nulls: Iterable[int] = ()) -> None:
        super().__init__()
        self.keep = keep
        self.nulls = nulls


class CopyDecoder:
    """Turns blocks of whole tuples into record batches of `schema`.

    The types are those of `tables.arrow_type`; raises ValueError for others.
    What it sees of nulls in one block it expects of the next: use one for each
    statement, from one thread at a time.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._fields = read_fields(schema)
        self._reader = TupleReader(self._fields)
        self._has_lists = any(field.is_list for field in self._fields)
        self._nullable: set[int] = set()
        self._expect_nulls(())
        self._margin = MARGIN + 2 + sum(4 + (f.width or 0) for f in self._fields)

    def decode(self, block: Block) -> pa.RecordBatch:
        """The tuples of one block; file header and trailer may stand around them.

        Raises ValueError where the bytes are not whole tuples of the schema.
        """
        begin, end = _after_header(block), len(block)
        if end > MAX_BLOCK:
            raise ValueError(f"a block of {end} bytes; at most {MAX_BLOCK} can be read")
        if end - begin <= SMALL_BLOCK:
            arrays = self._reader.arrays(block, begin, end)
        else:
            arrays = self._decode_large(block, begin, end)
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)

    def _decode_large(self, block: Block, begin: int, end: int) -> list[pa.Array]:
        raw = np.frombuffer(block, np.uint8)
        size = tuple_end(self._reader.places(block, begin, end)) - begin
        count, rest = divmod(end - begin, size)
        if rest == 0 or (rest == 2 and is_trailer(block, end - 2, end)):
            try:
                return self._equal_tuples(raw, begin, size, count)
            except MisfitError:
                pass
        padded = np.zeros(end + self._margin, np.uint8)
        padded[:end] = raw
        if size < LONG_TUPLE:
            starts = self._guess(padded, begin, end)
            arrays = self._try(padded, starts, end)
            if arrays is not None:
                return arrays
        return self._arrays(padded, self._exact(block, begin, end), end)

    def _equal_tuples(
        self, raw: Bytes, begin: int, size: int, count: int
    ) -> list[pa.Array]:
        """The arrays if all tuples are like the first, else raises MisfitError."""
        found = []
        at = begin
        for part in self._parts:
            if at + part.dtype.itemsize > begin + size:
                raise MisfitError
            records = np.ndarray((count,), part.dtype, raw, at, (size,))
            at += part.dtype.itemsize
            found += _read_fixed(part, records, len(self._fields))
            if part.last is not None:
                column, length = _equal_last(part.last, records, raw, at)
                found.append(column)
                at += length
        return [_build(raw, column) for column in found]

    def _guess(self, raw: Bytes, begin: int, end: int) -> Places:
        """Where tuples may begin: places with the bytes that tuples have there."""
        back = max(-self._pattern[-1][0], 0)
        first, span = begin + back, max(end - begin - back, 0)
        marks = np.ones(span, np.bool_)
        for place, value in self._pattern:
            marks &= raw[first + place : first + place + span] == value
        if 0 not in self._nullable:  # its length is less than 2**24
            marks &= raw[first + 2 : first + 2 + span] == 0
        starts = np.flatnonzero(marks) + first
        if starts.size and starts[0] == begin:
            return starts
        return np.concatenate(([begin], starts))

    def _try(self, raw: Bytes, starts: Places, end: int) -> list[pa.Array] | None:
        """The arrays, if the tuples are among `starts`."""
        begin = starts[0]
        for _ in range(4 * len(self._fields) + 4):
            if not starts.size or starts[0] != begin:
                return None
            try:
                found, ends = self._read(raw, starts, end)
            except MisfitError as misfit:
                self._expect_nulls(misfit.nulls)
                starts = starts[misfit.keep]
                continue
            if _is_closed(raw, starts, ends, end):
                return [_build(raw, column) for column in found]
            chain = _follow(raw, starts, ends, end)
            if chain is None:
                return None
            starts = starts[chain]
        return None

    def _exact(self, block: Block, begin: int, end: int) -> Places:
        """Where tuples begin, by walking."""
        tuples = self._reader.walk(block, begin, end)
        starts = np.array([places[0][0] - 6 for places in tuples], np.int64)
        nulls = {i for places in tuples for i, p in enumerate(places) if p[1] < 0}
        self._expect_nulls(nulls)
        return starts

    def _arrays(self, raw: Bytes, starts: Places, end: int) -> list[pa.Array]:
        """The arrays of tuples that are known to begin at `starts`."""
        found, _ = self._read(raw, starts, end)
        return [_build(raw, column) for column in found]

    def _read(self, raw: Bytes, starts: Places, end: int) -> tuple[list[Found], Places]:
        """All columns of the tuples at `starts`, and where each tuple ends."""
        found = []
        at = starts
        for part in self._parts:
            inside = at <= end
            if not inside.all():
                raise MisfitError(inside)
            records = gather(raw, at, part.dtype)
            at = at + part.dtype.itemsize
            found += _read_fixed(part, records, len(self._fields))
            if part.last is not None:
                column, at = _read_last(part.last, records, at)
                found.append(column)
        return found, at

    def _expect_nulls(self, columns: Iterable[int]) -> None:
        self._nullable.update(columns)
        self._parts = list(_parts(self._fields, self._nullable))
        self._pattern = list(_pattern(self._fields, self._nullable))


def _after_header(block: Block) -> int:
    if bytes(block[: len(SIGNATURE)]) != SIGNATURE:
        return 0
    extension = int.from_bytes(block[15:19], "big")
    if len(block) < HEADER_BYTES + extension:
        raise ValueError("the file header of COPY BINARY is cut off")
    return HEADER_BYTES + extension


def _pattern(fields: Sequence[Field], nullable: set[int]) -> Iterator[tuple[int, int]]:
    """Bytes known of every tuple, by their place from its beginning; lowest last."""
    first, last = fields[0], fields[-1]
    yield 1, len(fields) & 0xFF
    if first.width is not None and first.index not in nullable:
        yield 5, first.width
    if last.width is not None and last.index not in nullable:
        yield -1 - last.width, last.width


def _parts(fields: Iterable[Field], nullable: set[int]) -> Iterator[Part]:
    """Parts that end at each field whose length differs."""
    names: list[tuple[str, Any]] = [("count", ">i2")]
    fixed: list[Field] = []
    for field in fields:
        names.append((f"length{field.index}", ">i4"))
        if field.width is not None and field.scalar is not None:
            names.append((f"value{field.index}", field.scalar.dtype))
            if field.index not in nullable:
                fixed.append(field)
                continue
        yield Part(np.dtype(names), names[0][0] == "count", tuple(fixed), field)
        names, fixed = [], []
    if names:
        yield Part(np.dtype(names), names[0][0] == "count", tuple(fixed), None)


def _read_fixed(part: Part, records: npt.NDArray[Any], number: int) -> list[Found]:
    """The columns of a part without nulls, all lengths and the number checked."""
    if part.first:
        _keep(records["count"] == number)
    found = []
    keep: Mask | None = None
    for field in part.fixed:
        lengths = records[f"length{field.index}"]
        fits = lengths == field.width
        if not fits.all():
            nulls = lengths == -1
            keep = fits | nulls if keep is None else keep & (fits | nulls)
            if (nulls & keep).any():
                raise MisfitError(keep, [field.index])
        found.append(Found(field, records[f"value{field.index}"]))
    if keep is not None:
        raise MisfitError(keep)
    return found


def _equal_last(
    field: Field, records: npt.NDArray[Any], raw: Bytes, at: int
) -> tuple[Found, int]:
    """The last column of a part when all its lengths are one, and that length."""
    lengths = records[f"length{field.index}"]
    length = int(lengths[0])
    if length < 0 or field.is_list or (lengths != length).any():
        raise MisfitError
    if field.width is None:
        size = records.strides
        texts = np.ndarray(records.shape, f"V{length}", raw, at, size)
        return Found(field, texts), length
    if length != field.width:
        raise MisfitError
    return Found(field, records[f"value{field.index}"]), 0


def _read_last(
    field: Field, records: npt.NDArray[Any], at: Places
) -> tuple[Found, Places]:
    """The last column of a part, and where the next part begins."""
    length = records[f"length{field.index}"].astype(np.int64)
    there = length >= 0 if field.width is None else length == field.width
    valid = None if there.all() else there
    if valid is not None:
        _keep(valid | (length == -1))
        length = np.maximum(length, 0)
    if field.width is None:
        return Found(field, None, at, length, valid), at + length
    if valid is not None:
        at = at - field.width + length
    return Found(field, records[f"value{field.index}"], valid=valid), at


def _keep(fits: Mask) -> None:
    if not fits.all():
        raise MisfitError(fits)


def _is_closed(raw: Bytes, starts: Places, ends: Places, end: int) -> bool:
    """Whether each tuple ends where the next begins, and the last at the end."""
    last = int(ends[-1])
    return (
        last == end or (last == end - 2 and raw[last] == raw[last + 1] == 255)
    ) and (np.array_equal(ends[:-1], starts[1:]))


def _follow(raw: Bytes, starts: Places, ends: Places, end: int) -> list[int] | None:
    """Which of `starts` lead from the first to the end of the block, or None."""
    index = {start: i for i, start in enumerate(starts.tolist())}
    following = ends.tolist()
    chain, i = [0], 0
    while (at := following[i]) in index:
        i = index[at]
        chain.append(i)
    closed = at == end or (at == end - 2 and raw[at] == raw[at + 1] == 255)
    return chain if closed else None


def _build(raw: Bytes, column: Found) -> pa.Array:
    field = column.field
    if column.values is not None:
        build_all = build_equal_text if field.width is None else build_values
        return build_all(field, column.values, column.valid)
    assert column.begin is not None and column.length is not None  # noqa: PT018
    build = build_lists if field.is_list else build_text
    return build(field, raw, column.begin, column.length, column.valid)
