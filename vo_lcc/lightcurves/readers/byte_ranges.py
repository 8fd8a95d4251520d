"""Columns that stand at the same bytes of every line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.model import SourceName
from vo_lcc.lightcurves.readers.reader import Complain, Rows, Wanted
from vo_lcc.lightcurves.readers.text_lines import (
    Lines,
    clean,
    is_clean,
    line_starts,
    line_texts,
)
from vo_lcc.lightcurves.readers.text_rows import cast_texts

RANGE = re.compile(r"(\d{1,6})(?: *- *(\d{1,6}))?\Z")
MOST_BYTES = 4096  # of a field


@dataclass(frozen=True, slots=True)
class Range:
    """The bytes of a field in its line, from 0, the last one not included.

    >>> Range.of("9-10"), Range.of("mag")
    (Range(start=8, stop=10), None)
    """

    start: int
    stop: int

    @classmethod
    def of(cls, text: str) -> "Range | None":
        """What is written as first and last byte from 1; None if it is no such text."""
        found = RANGE.match(text.strip())
        if found is None:
            return None
        first, last = int(found[1]), int(found[2] or found[1])
        if not 0 < first <= last < first + MOST_BYTES:
            raise UsageError(
                f"bytes {text}: the first is from 1, the last not before it, and not"
                f" more than {MOST_BYTES} after it"
            )
        return cls(first - 1, last)


def read_ranges(
    text: bytes,
    first: int,
    ranges: Mapping[SourceName, Range],
    wanted: Wanted,
    comment: bytes,
    complain: Complain,
) -> Rows | None:
    """The rows among whole lines that end with newlines; None without any.

    A line that ends before a field has none there. `first` is the number of the first
    line in the file.
    """
    lines = Lines(text, text, np.arange(first, first + text.count(b"\n")))
    if not is_clean(text, comment) or b"\n\n" in text or text.startswith(b"\n"):
        lines = clean(lines, comment, None, complain)
    if not len(lines.numbers):
        return None
    block = Block.of(lines.text)
    columns = {
        source: cast_texts(block.texts(place), wanted[source])
        for source, place in ranges.items()
    }
    return Rows(columns, lines.numbers, texts=partial(line_texts, lines.text))


@dataclass(frozen=True, slots=True)
class Block:
    """Lines as bytes, where each starts, and where its newline is."""

    buf: np.ndarray[tuple[int], np.dtype[np.uint8]]
    starts: np.ndarray[tuple[int], np.dtype[np.int64]]
    ends: np.ndarray[tuple[int], np.dtype[np.int64]]

    @classmethod
    def of(cls, text: bytes) -> "Block":
        """The lines of a text, each of which ends with a newline."""
        starts = line_starts(text)
        ends = np.append(starts[1:], len(text)) - 1
        return cls(np.frombuffer(text, np.uint8), starts, ends)

    def texts(self, field: Range) -> pa.Array:
        """The field of each line, without outer blanks."""
        at = self.starts[:, None] + np.arange(field.start, field.stop)
        inside = at < self.ends[:, None]
        found = np.where(inside, self.buf[np.where(inside, at, 0)], ord(" "))
        count, width = found.shape
        offsets = (np.arange(count + 1) * width).astype(np.int32)
        data = pa.py_buffer(found.astype(np.uint8).tobytes())
        buffers = [None, pa.py_buffer(offsets.tobytes()), data]
        whole = pa.Array.from_buffers(pa.binary(), count, buffers)
        return pc.ascii_trim_whitespace(_utf8(whole))


def _utf8(values: pa.BinaryArray) -> pa.StringArray:
    """Bytes as texts; a character that a field cuts through becomes a sign for it."""
    try:
        return values.cast(pa.string())
    except pa.ArrowInvalid:
        texts = [value.decode("utf-8", "replace") for value in values.to_pylist()]
        return pa.array(texts, pa.string())
