"""Rows behind a head that tells all about them, down to a line that says LIGHTCURVE."""

import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.model import Files, SourceName
from vo_lcc.lightcurves.readers.opening import naming
from vo_lcc.lightcurves.readers.reader import (
    Complain,
    Cut,
    Header,
    Look,
    Piece,
    Rows,
    Wanted,
)
from vo_lcc.lightcurves.readers.text_heads import Head
from vo_lcc.lightcurves.readers.text_lines import count_lines, unix
from vo_lcc.lightcurves.readers.text_look import guess_columns
from vo_lcc.lightcurves.readers.text_rows import cast_texts, read_lines
from vo_lcc.tables import Column

ROWS_FOLLOW = re.compile(rb"(?m)^[^\w\n]{0,2}LIGHTCURVE *\r?(?:\n|\Z)")
FIELD_WITH_QUOTE = rb'[^%b\n]*"[^%b\n]*'
TEXT = pa.string()
LOOK_ROWS = 100

FILTER = "filter"
"""A column that is not in the file: the name that its head has for the filter."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a head tells: columns (char where it does not say), keywords, filters.

    `filters` has the names of the filters by the values of the column `filter_column`.
    """

    delimiter: str
    comment: str
    columns: tuple[Column, ...]
    header: Header
    frames: Mapping[str, object] = field(default_factory=dict)
    filters: Mapping[str, str] = field(default_factory=dict)
    filter_column: str = ""

    @property
    def head(self) -> Head:
        """The same in the words of the reader of text."""
        names = tuple(column.name for column in self.columns)
        return Head(
            delimiter=self.delimiter,
            blanks=False,
            names=names,
            width=len(names),
            takes_line=False,
            comment=self.comment.encode(),
        )


class Headed:
    """A reader of such files; they are cut between lines."""

    name: str
    cut: Cut = "lines"

    @abstractmethod
    def knows(self, head: bytes, name: str) -> bool:
        """Is this file of the format?"""

    @abstractmethod
    def told(self, head: bytes) -> Told:
        """What the head says; raises UsageError."""

    def head(self, content: bytes, files: Files) -> int:
        """Where the rows begin; raises UsageError."""
        found = ROWS_FOLLOW.search(content)
        if found is None:
            raise UsageError("no line of the head says that rows follow: LIGHTCURVE")
        return found.end()

    def parts(self, path: Path, files: Files) -> int:
        """One."""
        return 1

    def companion(self, name: str) -> str | None:
        """None."""
        return None

    def read(
        self, piece: Piece, wanted: Wanted, files: Files, complain: Complain
    ) -> Iterator[Rows]:
        """The rows, their values typed where all of a column are."""
        with naming(piece.file):
            piece = self._parted(piece, files)
            told = self.told(piece.head)
            asked = _without_filter(wanted, told)
            text = _in_quotes(unix(piece.content), told.delimiter.encode())
            asked_for = tuple(asked.items())
            rows = read_lines(text, piece.first_line, told.head, asked_for, complain)
        if rows is not None:
            columns = {
                source: _numbers(values, asked[source])
                for source, values in rows.columns.items()
            }
            if asked is not wanted and told.filter_column in columns:
                names = _named(columns[told.filter_column], told.filters)
                columns |= {FILTER: names}
            shown = {source: columns[source] for source in wanted if source in columns}
            yield replace(rows, columns=shown, header=told.header)

    def look(self, piece: Piece, files: Files) -> Iterator[Look]:
        """The columns, those that the head gives no datatype by their first values."""
        piece = self._parted(piece, files)
        with naming(piece.file):
            told = self.told(piece.head)
        first = replace(piece, content=b"\n".join(_lines(piece.content)))
        wanted: dict[SourceName, pa.DataType] = {c.name: TEXT for c in told.columns}
        found = list(self.read(first, wanted, files, lambda *_: None))
        rows = found[0].columns if found else {n: pa.array([], TEXT) for n in wanted}
        names = [column.name for column in told.columns]
        guessed, values = guess_columns(names, [rows[name] for name in names])
        columns = tuple(map(_known, told.columns, guessed))
        arrays = [
            rows[column.name] if column.is_text else array
            for column, array in zip(columns, values.columns, strict=True)
        ]
        batch = pa.record_batch(arrays, names=names)
        yield Look("", columns, told.header, batch, told.frames)

    def _parted(self, piece: Piece, files: Files) -> Piece:
        """The piece with its head apart, as it comes where a file is cut."""
        if piece.head:
            return piece
        with naming(piece.file):
            at = self.head(piece.content, files)
        head, content = piece.content[:at], piece.content[at:]
        first = piece.first_line + count_lines(head)
        return replace(piece, head=head, content=content, first_line=first)


def _lines(content: bytes) -> list[bytes]:
    lines = (found[0] for found in re.finditer(rb"[^\r\n]+", content))
    return [*islice(lines, LOOK_ROWS), b""]


def _in_quotes(text: bytes, delimiter: bytes) -> bytes:
    r"""Fields that hold a quote as CSV has them: in these files a quote is a letter.

    >>> _in_quotes(b'1,5" star\n2,x\n', b",")
    b'1,"5"" star"\n2,x\n'
    """
    if b'"' not in text:
        return text
    sign = re.escape(delimiter)
    return re.sub(
        FIELD_WITH_QUOTE % (sign, sign),
        lambda found: b'"' + found[0].replace(b'"', b'""') + b'"',
        text,
    )


def _numbers(values: pa.Array, wanted: pa.DataType) -> pa.Array:
    """Texts as numbers where those that are none are `nan`: no integer can be that."""
    if wanted == TEXT or values.type != TEXT:
        return values
    is_nan = pc.equal(pc.ascii_lower(pc.ascii_trim_whitespace(values)), "nan")
    return cast_texts(pc.if_else(is_nan, pa.scalar(None, TEXT), values), wanted)


def _without_filter(wanted: Wanted, told: Told) -> Wanted:
    """The columns with that of the filters in the place of their names."""
    there = {column.name for column in told.columns}
    if FILTER not in wanted or FILTER in there or told.filter_column not in there:
        return wanted
    return {**wanted, told.filter_column: wanted.get(told.filter_column, TEXT)}


def _named(values: pa.Array, names: Mapping[str, str]) -> pa.Array:
    """The names of filters, the value where there is none."""
    texts = values.cast(TEXT).to_pylist()
    return pa.array([names.get(text, text) for text in texts], TEXT)


def _known(told: Column, guessed: Column) -> Column:
    """The column as the head has it, with the datatype of its values if it has none."""
    if told.arraysize or not (told.is_text or guessed.is_text):
        return told
    return replace(told, datatype=guessed.datatype, arraysize=guessed.arraysize)
