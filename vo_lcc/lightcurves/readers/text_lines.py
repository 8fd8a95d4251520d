"""Whole lines of text: their ends, their numbers, and those that are no rows.

A line ends with a newline, a carriage return, or both; it is a row, and a quoted field
holds no line break.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from vo_lcc.lightcurves.readers.reader import Complain

BOM = b"\xef\xbb\xbf"
LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)")
CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f\v\x1a"))
NEWLINE, QUOTE = ord("\n"), ord('"')
QUOTE_OPEN = "quote without end"

Mask = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lines:
    """Some whole lines: `fields` is what is parsed, `text` what a report shows.

    They differ where blanks were run together. `numbers` counts the lines of the file
    from 1.
    """

    text: bytes
    fields: bytes
    numbers: Integers

    def take(self, kept: Mask) -> "Lines":
        """The lines where `kept` is true."""
        if kept.all():
            return self
        text = _kept_bytes(self.text, kept)
        same = self.fields is self.text
        fields = text if same else _kept_bytes(self.fields, kept)
        return Lines(text, fields, self.numbers[kept])


def unix(text: bytes) -> bytes:
    r"""The same lines, each with a newline at its end.

    >>> unix(b"a\r\nb\rc")
    b'a\nb\nc\n'
    """
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return text if text.endswith(b"\n") or not text else text + b"\n"


def count_lines(text: bytes) -> int:
    r"""How many line ends there are.

    >>> count_lines(b"a\r\nb\rc\n")
    3
    """
    ends = text.count(b"\n")
    return ends + text.count(b"\r") - text.count(b"\r\n") if b"\r" in text else ends


def is_text(head: bytes) -> bool:
    r"""Whether these bytes look like text: hardly any control characters.

    >>> is_text(b"a,b\n1,\xff\0"), is_text(b"\x89HDF\r\n\x1a\n\0\0\0\0\0")
    (True, False)
    """
    strange = len(head) - len(head.translate(None, CONTROL))
    return strange * 5 <= len(head)


def run_together(text: bytes) -> bytes:
    r"""Every run of blanks and tabs as one blank, none at either end of a line.

    >>> run_together(b"  a \t b\n c  \n")
    b'a b\nc\n'
    """
    if b"\t" in text:
        text = text.replace(b"\t", b" ")
    while b"  " in text:
        text = text.replace(b"  ", b" ")
    return text.replace(b"\n ", b"\n").replace(b" \n", b"\n").removeprefix(b" ")


def line_texts(text: bytes) -> pa.BinaryArray:
    """Each line, with its newline, as a value that points into `text`."""
    lengths = _lengths(text)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    buffers = [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(text)]
    return pa.Array.from_buffers(pa.binary(), len(lengths), buffers)


def is_clean(text: bytes, comment: bytes) -> bool:
    """No comment, no NUL, no quote, and all UTF-8; empty lines are not looked for."""
    if comment in text and (text.startswith(comment) or b"\n" + comment in text):
        return False
    return b"\0" not in text and b'"' not in text and _is_utf8(text)


def clean(
    lines: Lines, comment: bytes, quoting: str | None, complain: Complain
) -> Lines:
    """The lines that can be parsed; empty ones and comments are left out.

    The others are told of. `quoting` is the delimiter where fields may be quoted.
    """
    buf = np.frombuffer(lines.fields, np.uint8)
    spans = _lengths(lines.fields)
    keep = (spans > 1) & (buf[np.cumsum(spans) - spans] != comment[0])
    for reason, bad in _bad_lines(lines.text, quoting):
        report(lines, bad & keep, reason, complain)
        keep &= ~bad
    return lines.take(keep)


def report(lines: Lines, bad: Mask, reason: str, complain: Complain) -> None:
    """Tell of each line where `bad` is true."""
    found = np.flatnonzero(bad)
    if len(found):
        texts = line_texts(lines.text)
        for i in found:
            complain(int(lines.numbers[i]), reason, texts[i].as_py())


def open_quotes(fields: bytes, delimiter: str, among: Mask) -> Mask:
    """Which of the lines have a quote that opens a field and does not end."""
    texts = line_texts(fields)
    bad = np.zeros(len(texts), bool)
    for i in np.flatnonzero(among):
        line = texts[i].as_py()[:-1].decode("utf-8", "replace")
        try:
            list(csv.reader([line], delimiter=delimiter, strict=True))
        except csv.Error as error:
            bad[i] = "unexpected end" in str(error)
    return bad


def quoted(fields: bytes) -> Mask:
    """Which lines have a quote."""
    return _counts(fields, QUOTE) > 0


def usual_width(fields: bytes, delimiter: str) -> int:
    """The number of fields that most lines have."""
    return int(np.bincount(_counts(fields, ord(delimiter))).argmax()) + 1


def _bad_lines(text: bytes, quoting: str | None) -> Iterator[tuple[str, Mask]]:
    """Reasons why lines cannot be parsed, and which lines."""
    if b"\0" in text:
        yield "NUL byte in the line", _counts(text, 0) > 0
    if not _is_utf8(text):
        yield "not UTF-8", _not_utf8(text)
    if quoting and b'"' in text:
        odd = _counts(text, QUOTE) % 2 == 1
        yield QUOTE_OPEN, open_quotes(text, quoting, odd)


def _is_utf8(text: bytes) -> bool:
    if text.isascii():
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _not_utf8(text: bytes) -> Mask:
    texts = line_texts(text)
    bad = np.zeros(len(texts), bool)
    high = np.frombuffer(text, np.uint8) >= 0x80
    for i in np.flatnonzero(np.add.reduceat(high, line_starts(text))):
        bad[i] = not _is_utf8(texts[i].as_py())
    return bad


def _counts(text: bytes, byte: int) -> Integers:
    """How often a byte is in each line."""
    found = np.frombuffer(text, np.uint8) == byte
    counts: Integers = np.add.reduceat(found, line_starts(text), dtype=np.int64)
    return counts


def line_starts(text: bytes) -> Integers:
    """Where each line begins."""
    lengths = _lengths(text)
    starts: Integers = np.cumsum(lengths) - lengths
    return starts


def _lengths(text: bytes) -> Integers:
    """The length of each line in bytes, its newline included."""
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == NEWLINE)
    return np.diff(ends, prepend=-1)


def _kept_bytes(text: bytes, kept: Mask) -> bytes:
    return np.frombuffer(text, np.uint8)[np.repeat(kept, _lengths(text))].tobytes()
