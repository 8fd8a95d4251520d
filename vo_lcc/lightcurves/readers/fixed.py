"""Fixed-width text: columns at byte ranges, with or without a description of them.

A column is asked for by its bytes ("1-12"), or, where a byte-by-byte description tells,
by its name or number. Ranges of several columns in one make one text, such as "1-11"
for hours, minutes and seconds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.model import Files, SourceName
from vo_lcc.lightcurves.readers.byte_by_byte import (
    Described,
    described_tables,
    keywords,
)
from vo_lcc.lightcurves.readers.byte_ranges import Range, read_ranges
from vo_lcc.lightcurves.readers.reader import (
    Complain,
    Cut,
    Header,
    Look,
    Piece,
    Rows,
    Wanted,
    unheard,
)
from vo_lcc.lightcurves.readers.text import LOOKED_AT, blocks, first_lines
from vo_lcc.lightcurves.readers.text_heads import opening
from vo_lcc.lightcurves.readers.text_lines import count_lines, unix
from vo_lcc.lightcurves.readers.text_look import guess_columns

BLOCK = 1 << 22  # bytes parsed at a time; a field takes several times its own
LONGEST_HEAD = 1 << 20  # bytes of a description with its notes
MARK = b"Byte-by-byte Description of file"
README = "ReadMe"


@dataclass(frozen=True, slots=True)
class Layout:
    """What is known of a file before its rows: its columns, if they are described."""

    table: Described | None = None
    header: Header = field(default_factory=dict)

    def places(self, wanted: Wanted) -> dict[SourceName, Range]:
        """Where the wanted columns stand; those that are not there are left out."""
        found = {}
        for source in wanted:
            place = self._place(source)
            if place is None and isinstance(source, str):
                place = Range.of(source)
            if place is not None:
                found[source] = place
        if wanted and not found and self.table is None:
            raise UsageError(
                'give the columns of fixed-width text by their bytes ("1-12")'
            )
        return found

    def _place(self, source: SourceName) -> Range | None:
        if self.table is None:
            return None
        names = [column.name for column in self.table.columns]
        if isinstance(source, int):
            return self.table.ranges[source - 1] if source <= len(names) else None
        if names.count(source) > 1:
            raise UsageError(f"more than one column is called {source!r}")
        return self.table.ranges[names.index(source)] if source in names else None


class Fixed:
    """The reader of fixed-width text that nothing describes."""

    name = "fixed"
    cut: Cut = "lines"

    def knows(self, head: bytes, name: str) -> bool:
        """Never: where columns are cannot be seen."""
        return False

    def head(self, content: bytes, files: Files) -> int:
        """Where the rows begin: after comments and, with `header`, one line."""
        begun = opening(content, files.comment)
        return begun.end if files.header else begun.start

    def parts(self, path: Path, files: Files) -> int:
        """Not asked: it is not cut in parts."""
        return 1

    def companion(self, name: str) -> str | None:
        """None."""
        return None

    def layout(self, piece: Piece, head: bytes) -> Layout:
        """What is known of the columns."""
        return Layout()

    def read(
        self, piece: Piece, wanted: Wanted, files: Files, complain: Complain
    ) -> Iterator[Rows]:
        """The rows of whole lines; a column with odd values comes as texts."""
        head, text, first = self._open(piece, files)
        layout = self.layout(piece, head)
        places = layout.places(wanted)
        comment = files.comment.encode()
        for block in blocks(text, BLOCK):
            rows = read_ranges(block, first, places, wanted, comment, complain)
            if rows is not None:
                yield Rows(rows.columns, rows.lines, layout.header, "", rows.texts)
            first += block.count(b"\n")

    def look(self, piece: Piece, files: Files) -> Iterator[Look]:
        """The table as it is described; without that each line as a text."""
        head, text, first = self._open(piece, files)
        layout = self.layout(piece, head)
        text = first_lines(text, LOOKED_AT)
        declared = layout.table.columns if layout.table else ()
        names = [column.name for column in declared] or ["1-1024"]
        sources: list[SourceName] = list(range(1, len(declared) + 1)) or ["1-1024"]
        wanted = dict.fromkeys(sources, pa.string())
        places: Mapping[SourceName, Range] = layout.places(wanted)
        comment = files.comment.encode()
        rows = read_ranges(text, first, places, wanted, comment, unheard)
        empty = pa.array([], pa.string())
        texts = [rows.columns[source] if rows else empty for source in sources]
        columns, values = guess_columns(names, texts, declared)
        yield Look("", columns, layout.header, values)

    def _open(self, piece: Piece, files: Files) -> tuple[bytes, bytes, int]:
        """The head, the rows, and the number of their first line."""
        if piece.head or piece.first_line > 1:
            return piece.head, unix(piece.content), piece.first_line
        end = self.head(piece.content, files)
        head = piece.content[:end]
        return head, unix(piece.content[end:]), 1 + count_lines(head)


class Mrt(Fixed):
    """The reader of machine-readable tables of the AAS: the description comes first."""

    name = "mrt"

    def knows(self, head: bytes, name: str) -> bool:
        """By its description, and rows that come after it."""
        return MARK in head and not name.endswith(README)

    def head(self, content: bytes, files: Files) -> int:
        """Where the rows begin: after the description and its notes."""
        at = content.find(MARK)
        if at < 0:
            raise UsageError("there is no byte-by-byte description in it")
        begin = content[:LONGEST_HEAD]
        lines = unix(begin).decode("utf-8", "replace").split("\n")
        return _offset(begin, next(described_tables(lines)).end)

    def layout(self, piece: Piece, head: bytes) -> Layout:
        """What the head describes; raises UsageError."""
        return _described_in(head, piece.file)


class Cds(Fixed):
    """The reader of tables of the CDS: a ReadMe beside the file describes it."""

    name = "cds"
    cut: Cut = "whole"

    def head(self, content: bytes, files: Files) -> int:
        """The rows begin at once."""
        return 0

    def companion(self, name: str) -> str | None:
        """The ReadMe."""
        return README

    def layout(self, piece: Piece, head: bytes) -> Layout:
        """What the ReadMe says of this file; raises UsageError."""
        if piece.companion is None:
            raise UsageError(f"there is no {README} beside it")
        return _described_in(piece.companion, piece.file, choose=True)


@lru_cache(maxsize=16)
def _described_in(text: bytes, file: str, choose: bool = False) -> Layout:
    lines = unix(text).decode("utf-8", "replace").split("\n")
    try:
        tables = list(described_tables(lines))
    except UsageError as error:
        raise UsageError(f"{README}: {error}" if choose else str(error)) from None
    name = file.rpartition("/")[2].removesuffix(".gz")
    for table in tables:
        if not choose or name in table.files:
            return Layout(table, keywords(lines))
    raise UsageError(f"no byte-by-byte description tells of {name}")


def _offset(content: bytes, line: int) -> int:
    """Where a line (from 0) starts."""
    lines = content.splitlines(keepends=True)
    return sum(map(len, lines[:line]))


FIXED, MRT, CDS = Fixed(), Mrt(), Cds()
