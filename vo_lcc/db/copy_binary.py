"""COPY BINARY of PostgreSQL becomes Arrow, whole columns at a time.

The format is that of COPY TO ... (FORMAT binary) in PostgreSQL's reference. Tuples
have no index: where the next begins is known only from the lengths of all fields
before it. `CopyDecoder` guesses where all tuples of a block begin, reads the length
words there all at once, and takes the guess for true when every tuple so read ends
where the next begins; else it walks from tuple to tuple.
"""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from vo_lcc.db.copy_arrays import Bytes, Mask, Places, gather
from vo_lcc.db.copy_parts import (
    Found,
    Known,
    Part,
    UnexpectedNullError,
    check_lengths,
    known_bytes,
    make_parts,
    read_equal,
    read_fixed,
    read_last,
)
from vo_lcc.db.copy_tuples import (
    Block,
    Place,
    TupleReader,
    is_trailer,
    tuple_end,
)

SIGNATURE = b"PGCOPY\n\377\r\n\0"
HEADER_BYTES = 19  # and those of the header extension
SMALL_BLOCK = 2048  # bytes; Python objects are quicker than arrays up to here
LONG_TUPLE = 4096  # bytes; walking is quicker than looking for beginnings from here
SAMPLE = 64  # tuples that tell which columns have nulls
FEW = 4  # tuples that tell how long they are
MAX_BLOCK = 2**31 - 2**20  # bytes; offsets within a block are int32
MARGIN = 32  # bytes of a head that may be read beyond an array


class CopyDecoder:
    """Turns blocks of whole tuples into record batches of `schema`.

    The types are those of `tables.arrow_type`; raises ValueError for others.
    What it sees of nulls in one block it expects of the next: use one for each
    statement, from one thread at a time.

    >>> decoder = CopyDecoder(pa.schema([("n", pa.int16())]))
    >>> block = bytes.fromhex("0001 00000002 0007 0001 ffffffff ffff")
    >>> decoder.decode(block).to_pylist()
    [{'n': 7}, {'n': None}]
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._reader = TupleReader(schema)
        self._fields = self._reader.fields
        self._has_lists = any(field.is_list for field in self._fields)
        self._nullable: set[int] = set()
        self._margin = MARGIN + 2 + sum(4 + (f.width or 0) for f in self._fields)
        self._sample = SAMPLE
        self._parts: list[Part] = []  # made when first needed, as is what is known
        self._known: list[Known] = []

    def decode(self, block: Block) -> pa.RecordBatch:
        """The tuples of one block; file header and trailer may stand around them.

        Raises ValueError where the bytes are not whole tuples of the schema.
        """
        begin, end = _after_header(block), len(block)
        if end > MAX_BLOCK:
            raise ValueError(f"a block of {end} bytes; at most {MAX_BLOCK} can be read")
        if end - begin <= SMALL_BLOCK:
            return self._reader.batch(block, begin, end)
        arrays = self._decode_large(block, begin, end)
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)

    def _decode_large(self, block: Block, begin: int, end: int) -> list[pa.Array]:
        if not self._parts:
            self._expect_nulls(())
        raw = np.frombuffer(block, np.uint8)
        size = tuple_end(self._reader.places(block, begin, end)) - begin
        count, rest = divmod(end - begin, size)
        found = None
        if rest == 0 or (rest == 2 and is_trailer(block, end - 2, end)):
            found = self._read_equal(raw, begin, size, count)
        if found is None:
            raw = _padded(raw, self._margin)
            if self._are_short(block, begin, end):
                found = self._read_likely(raw, begin, end)
            if found is None:
                found = self._read_exact(raw, block, begin, end)
        return [column.build(raw) for column in found]

    def _are_short(self, block: Block, begin: int, end: int) -> bool:
        """Whether looking for tuples is quicker than walking, going by the first.

        Those of the first block also tell which columns have nulls.
        """
        first = self._reader.walk(block, begin, end, self._sample)
        if self._sample > FEW:
            self._expect_nulls(_nulls(first))
            self._sample = FEW
        return tuple_end(first[-1]) - begin < LONG_TUPLE * len(first)

    def _read_equal(
        self, raw: Bytes, begin: int, size: int, count: int
    ) -> list[Found] | None:
        """All columns if `count` tuples are like the first, of `size` bytes."""
        found: list[Found] = []
        at = begin
        try:
            for part in self._parts:
                if at + part.dtype.itemsize > begin + size or self._has_lists:
                    return None
                records = np.ndarray((count,), part.dtype, raw, at, (size,))
                at += part.dtype.itemsize
                if check_lengths(part, records) is not None:
                    return None
                found += read_fixed(part, records)
                if part.last is not None:
                    last = read_equal(part.last, records, raw, at)
                    if last is None:
                        return None
                    found.append(last[0])
                    at += last[1]
        except UnexpectedNullError:
            return None
        return found

    def _read_likely(self, raw: Bytes, begin: int, end: int) -> list[Found] | None:
        """All columns if the tuples are among the places that look like tuples."""
        stops = [end - 2, end] if is_trailer(raw.data, end - 2, end) else [end]
        starts = self._guess(raw, begin, end)
        while starts.size and starts[0] == begin:
            try:
                starts, found, ends = self._read(raw, starts, end)
            except UnexpectedNullError as null:
                self._expect_nulls([null.column])
                starts = self._guess(raw, begin, end)
                continue
            if starts.size and ends[-1] in stops and (ends[:-1] == starts[1:]).all():
                return found
            starts = _linked(starts, ends, stops)
        return None

    def _read_exact(
        self, raw: Bytes, block: Block, begin: int, end: int
    ) -> list[Found]:
        """All columns of the tuples that walking finds."""
        tuples = self._reader.walk(block, begin, end)
        starts = np.array([places[0][0] - 6 for places in tuples], np.int64)
        self._expect_nulls(_nulls(tuples))
        return self._read(raw, starts, end)[1]

    def _guess(self, raw: Bytes, begin: int, end: int) -> Places:
        """Where tuples may begin: `begin`, and places with the bytes known of them."""
        back = max(-min(known.place for known in self._known), 0)
        first, span = begin + back, max(end - begin - back, 0)
        marks = np.ones(span, np.bool_)
        for known in self._known:
            fits = raw[first + known.place :][:span] == known.value
            if known.null is not None:
                fits |= raw[first + known.null :][:span] == 0xFF
            marks &= fits
        starts = np.flatnonzero(marks) + first
        return starts if back == 0 and marks[0] else np.append(begin, starts)

    def _read(
        self, raw: Bytes, starts: Places, end: int
    ) -> tuple[Places, list[Found], Places]:
        """Those of `starts` that may be tuples, their columns and their ends.

        Raises UnexpectedNullError for a null where none is expected.
        """
        found: list[Found] = []
        at = starts
        for part in self._parts:
            if len(at) and at.max() > end:
                starts, at, found = _select(at <= end, starts, at, found)
            records = gather(raw, at, part.dtype)
            fits = check_lengths(part, records)
            if fits is not None:
                starts, at, found = _select(fits, starts, at, found)
                records = gather(raw, at, part.dtype)
            at = at + part.dtype.itemsize
            found += read_fixed(part, records)
            if part.last is not None:
                column, at = read_last(part.last, records, at)
                found.append(column)
        return starts, found, at

    def _expect_nulls(self, columns: Iterable[int]) -> None:
        self._nullable.update(columns)
        self._parts = make_parts(self._fields, self._nullable)
        self._known = list(known_bytes(self._fields, self._nullable))


def _after_header(block: Block) -> int:
    """Where the tuples begin."""
    if bytes(block[: len(SIGNATURE)]) != SIGNATURE:
        return 0
    extension = int.from_bytes(block[15:19], "big")
    if len(block) < HEADER_BYTES + extension:
        raise ValueError("the file header of COPY BINARY is cut off")
    return HEADER_BYTES + extension


def _nulls(tuples: list[list[Place]]) -> Iterable[int]:
    """The columns that are null in any of these tuples."""
    return (i for places in tuples for i, (_, n) in enumerate(places) if n < 0)


def _padded(raw: Bytes, margin: int) -> Bytes:
    """A copy with zeros behind it, so that records may be read at its very end."""
    longer = np.empty(raw.size + margin, np.uint8)
    longer[: raw.size] = raw
    longer[raw.size :] = 0
    return longer


def _linked(starts: Places, ends: Places, stops: list[int]) -> Places:
    """Fewer of `starts`: those that end where another begins, or the first's chain."""
    linked = np.isin(ends, starts) | np.isin(ends, stops)
    if not linked.all():
        return starts[linked]
    following = dict(zip(starts.tolist(), ends.tolist(), strict=True))
    chain = [int(starts[0])]
    while (at := following[chain[-1]]) in following:
        chain.append(at)
    return np.array(chain if len(chain) < len(starts) else [], np.int64)


def _select(
    keep: Mask, starts: Places, at: Places, found: list[Found]
) -> tuple[Places, Places, list[Found]]:
    return starts[keep], at[keep], [column.select(keep) for column in found]
