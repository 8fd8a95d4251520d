"""Delimited text of any kind: comma, tab, blank, semicolon or bar separated lines.

It reads what most surveys hand out: `text_heads` tells what is understood before the
first row. Every line that is no row is told of with its number.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pyarrow as pa

from vo_lcc.lightcurves.model import Files
from vo_lcc.lightcurves.readers.reader import (
    Complain,
    Cut,
    Look,
    Piece,
    Rows,
    Wanted,
    unheard,
)
from vo_lcc.lightcurves.readers.text_heads import (
    DELIMITERS,
    Dialect,
    Head,
    Opening,
    opening,
    read_head,
    refuse_numbers,
    ruled,
    split,
    without_names,
)
from vo_lcc.lightcurves.readers.text_lines import count_lines, is_text, unix
from vo_lcc.lightcurves.readers.text_look import guess_columns, with_units
from vo_lcc.lightcurves.readers.text_rows import read_lines, width_of

BLOCK = 1 << 24  # bytes parsed at a time
LOOKED_AT = 1000  # rows
TRIES = 20  # lines that may be damaged before one tells how the rows are written
NAMED = {sign: word for word, sign in DELIMITERS.items()}


class Text:
    """The reader of delimited text."""

    name = "text"
    cut: Cut = "lines"

    def knows(self, head: bytes, name: str) -> bool:
        """Whatever looks like text; it is asked last."""
        return is_text(head)

    def head(self, content: bytes, files: Files) -> int:
        """Where the rows begin: after the comments, and the names if they follow."""
        dialect = Dialect.of(files)
        begun = opening(content, dialect.comment)
        head = self.read_head(begun.comments, begun.line, dialect)
        return _rows_begin(content, begun, head)

    def parts(self, path: object, files: Files) -> int:
        """Not asked: it is cut between lines."""
        return 1

    def companion(self, name: str) -> str | None:
        """None."""
        return None

    def read_head(
        self,
        comments: bytes,
        line: bytes,
        dialect: Dialect,
        is_names: bool | None = None,
    ) -> Head:
        """What stands before the rows; see `text_heads.read_head`."""
        return read_head(comments, line, dialect, is_names)

    def read(
        self, piece: Piece, wanted: Wanted, files: Files, complain: Complain
    ) -> Iterator[Rows]:
        """The rows of whole lines; a column with odd values comes as texts.

        Raises UsageError where numbers stand in the place of the names, and where
        several columns have a name that is wanted.
        """
        opened = self._open(piece, Dialect.of(files))
        asked = tuple(wanted.items())
        if opened.head.numbers != "none":
            by_number = any(isinstance(source, int) for source in wanted)
            refuse_numbers(opened.head, by_number)
        first = opened.first
        for block in blocks(opened.text, BLOCK):
            rows = read_lines(block, first, opened.head, asked, complain)
            if rows is not None:
                yield replace(
                    rows, header=opened.head.keywords, names=opened.head.names
                )
            first += block.count(b"\n")

    def look(self, piece: Piece, files: Files) -> Iterator[Look]:
        """The one table of the file, and the keys that tell how to read it."""
        opened = self._open(piece, Dialect.of(files))
        head, text, first = opened.head, opened.text, opened.first
        if head.numbers != "none":
            head, text = without_names(head), unix(opened.line) + text
        text = first_lines(text, LOOKED_AT + TRIES)
        head = replace(head, width=width_of(text, head))
        asked = tuple((i + 1, pa.string()) for i in range(head.width))
        rows = read_lines(text, first, head, asked, unheard) if text else None
        names = head.names or tuple(str(i) for i, _ in asked)
        none = pa.array([], pa.string())
        texts = [
            rows.columns[i].slice(0, LOOKED_AT) if rows else none for i, _ in asked
        ]
        columns, values = guess_columns(names, texts, head.declared)
        if head.takes_line and opened.units and not head.declared:
            columns = with_units(
                columns, split(opened.units.decode("utf-8", "replace"), head.delimiter)
            )
        yield Look("", columns, head.keywords, values, options=_options(head))

    def _open(self, piece: Piece, dialect: Dialect) -> "Opened":
        if piece.head or piece.first_line > 1:
            begun = opening(piece.head, dialect.comment)
            text, first = unix(piece.content), piece.first_line
            head = self._head_of(begun, text, dialect, bool(begun.line))
            units, _ = ruled(piece.head, begun.end)
            return Opened(head, text, first, begun.line, units)
        begun = opening(piece.content, dialect.comment)
        head = self.read_head(begun.comments, begun.line, dialect)
        end = _rows_begin(piece.content, begun, head)
        units, _ = ruled(piece.content, begun.end)
        text, first = unix(piece.content[end:]), 1 + count_lines(piece.content[:end])
        if not head.takes_line:
            head = self._head_of(begun, text, dialect, False)
        return Opened(head, text, first, begun.line, units)

    def _head_of(
        self, begun: Opening, text: bytes, dialect: Dialect, is_names: bool
    ) -> Head:
        """The head by its names or, without a line of them, as two rows agree."""
        if is_names:
            return self.read_head(begun.comments, begun.line, dialect, True)
        heads: list[Head] = []
        for line in first_lines(text, TRIES).splitlines() or [b""]:
            head = self.read_head(begun.comments, line, dialect, False)
            if head in heads:
                return head
            heads.append(head)
        return heads[0]


@dataclass(frozen=True, slots=True)
class Opened:
    """A piece: its head, its rows, the number of the first; names, units as lines."""

    head: Head
    text: bytes
    first: int
    line: bytes
    units: bytes


def _rows_begin(content: bytes, begun: Opening, head: Head) -> int:
    if not head.takes_line:
        return begun.start
    return begun.end if head.declared else ruled(content, begun.end)[1]


def blocks(text: bytes, size: int) -> Iterator[bytes]:
    """Whole lines, about `size` bytes at a time."""
    at = 0
    while at < len(text):
        if len(text) - at <= size:
            end = len(text)
        else:
            end = text.find(b"\n", at + size) + 1 or len(text)
        yield text[at:end]
        at = end


def first_lines(text: bytes, count: int) -> bytes:
    r"""At most so many lines.

    >>> first_lines(b"a\nb\nc\n", 2)
    b'a\nb\n'
    """
    end = 0
    for _ in range(count):
        end = text.find(b"\n", end) + 1
        if not end:
            return text
    return text[:end]


def _options(head: Head) -> dict[str, str | bool]:
    """The keys of the collection file by which the text is read."""
    options: dict[str, str | bool] = {}
    if head.delimiter in NAMED and not head.declared:
        options["delimiter"] = NAMED[head.delimiter]
    return options if head.names else options | {"header": False}


TEXT = Text()
