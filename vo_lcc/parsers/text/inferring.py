"""What the texts of a delimited column are: truth values, integers, numbers or text.

A column has the narrowest kind that all its cells have, so all of them are seen
before the first is converted. A cell without anything is null, of any kind.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

LEADING_ZERO = r"^[+-]?0([0-9]+$|[xX])"
DIGITS = r"^[+-]?[0-9]+$"
INFINITE = r"(?i)^[+-]?inf(inity)?$"

PROBE = 64
"""Cells tried first: Arrow goes on to the last one after it has failed."""

BEYOND_LONG = 2.0**63

Parse = Callable[[pa.Array], pa.Array | None]


def parse_booleans(texts: pa.Array) -> pa.Array | None:
    """`true` and `false` in any case; None where there is anything else.

    >>> parse_booleans(pa.array(["True", None, "false"])).to_pylist()
    [True, None, False]
    """
    if (pc.min(pc.binary_length(texts)).as_py() or 4) < len("true"):
        return None
    return _cast(texts, pa.bool_())


def parse_longs(texts: pa.Array) -> pa.Array | None:
    """Integers of 64 bits; None where there is anything else.

    With a leading zero it is no integer ("007" is a name), and neither is "-0".
    """
    found = _cast(texts, pa.int64())
    if found is None or _any(_starting_with_zero(texts), texts, LEADING_ZERO):
        return None
    is_zero = pc.equal(found, 0)
    return None if _any(is_zero, texts, "^-") else found


def parse_doubles(texts: pa.Array) -> pa.Array | None:
    """Numbers, NaN and infinities; None where a cell would lose what it says.

    Such are integers beyond 64 bits or with a leading zero, and numbers like 1e400.

    >>> parse_doubles(pa.array(["1.5", "-1e3", "+Inf", "nan"])).to_pylist()
    [1.5, -1000.0, inf, nan]
    >>> [parse_doubles(pa.array(["1.5", text])) for text in ("007", "1e400")]
    [None, None]
    """
    found = _cast(texts, pa.float64())
    if found is None or _any(_starting_with_zero(texts), texts, LEADING_ZERO):
        return None
    large = pc.greater_equal(pc.abs(found), BEYOND_LONG)
    if _any(large, texts, DIGITS):
        return None
    infinite = pc.is_inf(found)
    return found if _all(infinite, texts, INFINITE) else None


def _cast(texts: pa.Array, kind: pa.DataType) -> pa.Array | None:
    try:
        pc.cast(texts.slice(0, PROBE), kind)
        return pc.cast(texts, kind)
    except pa.ArrowInvalid:
        return None


def _any(where: pa.Array, texts: pa.Array, pattern: str) -> bool:
    """Whether any of the texts chosen matches; seldom are any chosen."""
    chosen = _chosen(where, texts)
    return bool(pc.any(pc.match_substring_regex(chosen, pattern)).as_py())


def _all(where: pa.Array, texts: pa.Array, pattern: str) -> bool:
    """Whether all of the texts chosen match."""
    chosen = _chosen(where, texts)
    return pc.all(pc.match_substring_regex(chosen, pattern)).as_py() is not False


def _chosen(where: pa.Array, texts: pa.Array) -> pa.Array:
    return pc.utf8_trim_whitespace(texts.filter(where))


def _starting_with_zero(texts: pa.Array) -> pa.Array:
    """Which texts start with 0 and a digit or x, after a sign or not."""
    _, bounds, data = texts.buffers()
    count = len(texts)
    starts = np.frombuffer(bounds, "i4")[texts.offset : texts.offset + count + 1]
    lengths = np.diff(starts)
    if data is None:
        return pa.array(np.zeros(count, bool))
    padded = np.frombuffer(data, "u1")
    last = max(len(padded) - 1, 0)
    first = padded[np.minimum(starts[:-1], last)]
    signed = (first == ord("+")) | (first == ord("-"))
    at = starts[:-1] + signed
    zero = padded[np.minimum(at, last)] == ord("0")
    after = padded[np.minimum(at + 1, last)]
    digit = (after >= ord("0")) & (after <= ord("9"))
    digit |= (after | 0x20) == ord("x")
    return pa.array(zero & digit & (lengths > 1))


LADDER: tuple[tuple[str, Parse], ...] = (
    ("boolean", parse_booleans),
    ("long", parse_longs),
    ("double", parse_doubles),
)
"""Kinds from the narrowest; what is none of them is text."""

BOOLEAN, LONG, DOUBLE, TEXT = range(4)


@dataclass(slots=True)
class Kind:
    """What a column is, as far as it was seen: a place on the ladder."""

    place: int = BOOLEAN
    seen: bool = False
    ascii: bool = True

    def see(self, texts: pa.Array) -> None:
        """Count one more batch."""
        self.ascii = self.ascii and bool(pc.all(pc.string_is_ascii(texts)).as_py())
        cells = filled(texts) if self.place < TEXT else texts
        if self.place == TEXT or cells.null_count == len(cells):
            return
        while self.place < TEXT and LADDER[self.place][1](cells) is None:
            is_widened = self.place == BOOLEAN and self.seen
            self.place = TEXT if is_widened else self.place + 1
        self.seen = True

    @property
    def datatype(self) -> str:
        """The datatype of a VOTable; text beyond ASCII is unicodeChar."""
        if not self.seen or self.place == TEXT:
            return "char" if self.ascii else "unicodeChar"
        return LADDER[self.place][0]

    def parse(self, texts: pa.Array) -> pa.Array | None:
        """The cells of one batch; None where they are not of this kind."""
        if not self.seen or self.place == TEXT:
            return texts
        return LADDER[self.place][1](filled(texts))


def filled(texts: pa.Array) -> pa.Array:
    """Texts as numbers may be written: without outer blanks, null where empty.

    >>> filled(pa.array([" 1", "", "2 "])).to_pylist()
    ['1', None, '2']
    """
    lengths = pc.binary_length(texts)
    data = texts.buffers()[2]
    blank = data is not None and (np.frombuffer(data, "u1") <= ord(" ")).any()
    if blank:
        texts = pc.utf8_trim_whitespace(texts)
        lengths = pc.binary_length(texts)
    if pc.min(lengths).as_py() == 0:
        texts = pc.if_else(pc.equal(lengths, 0), None, texts)
    return texts
