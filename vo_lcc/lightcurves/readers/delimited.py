"""Delimited text to rows of text: comma, tab or blank separated lines.

A line is a row; a quoted field holds no line break. Every line that cannot be
read as a row is reported with its number; the others come out as Arrow batches of
strings, each row with its file, line and text for what later steps may reject.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv as pacsv

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.model import Files, SourceName
from vo_lcc.lightcurves.readers.sources import Source
from vo_lcc.lightcurves.rejects import FILE, LINE, TEXT, Rejects

DELIMITERS = {"comma": ",", "tab": "\t", "blank": " ", "semicolon": ";", "bar": "|"}
BLOCK = 1 << 22  # bytes read at a time; no line is longer
BOM = b"\xef\xbb\xbf"
NEWLINE, QUOTE = ord("\n"), ord('"')

Wanted = Mapping[str, SourceName]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the text is written. Blanks run together; only the others can quote."""

    delimiter: str = ","
    header: bool = True
    comment: str = "#"

    @property
    def blanks(self) -> bool:
        """True when fields are separated by any number of blanks and tabs."""
        return self.delimiter == " "


@dataclass(frozen=True, slots=True)
class Lines:
    """Some whole lines of a file: `fields` has the blanks run together.

    `numbers` counts the file's lines from 1. Line i is `text[starts[i]:ends[i]]`,
    with its newline.
    """

    text: bytes
    fields: bytes
    numbers: np.ndarray[Any, np.dtype[np.int64]]


def dialect_of(files: Files) -> Dialect:
    """The dialect that a collection file declares."""
    return Dialect(DELIMITERS[files.delimiter or "comma"], files.header, files.comment)


def read_text(
    source: Source, wanted: Wanted, dialect: Dialect, rejects: Rejects
) -> Iterator[pa.RecordBatch]:
    """The wanted columns of a file as strings, trimmed of nothing, in bounded memory.

    `wanted` gives the source (name or number from 1) of each column that comes out.
    Raises UsageError when the header lacks a wanted column.
    """
    indices: dict[str, int] | None = None
    n_columns = 0
    for block in _blocks(source):
        lines = _clean(block, source.name, dialect, rejects)
        if indices is None and len(lines.numbers):
            if dialect.header:
                names, lines = _take_header(lines, dialect)
                n_columns = len(names)
                indices = {
                    role: _find(source.name, names, name)
                    for role, name in wanted.items()
                }
            else:
                indices = {role: int(name) - 1 for role, name in wanted.items()}
                n_columns = max(_usual_width(lines, dialect), max(indices.values()) + 1)
        if indices is not None and len(lines.numbers):
            yield _parse(lines, source.name, indices, n_columns, dialect, rejects)


def _blocks(source: Source) -> Iterator[tuple[int, bytes]]:
    """Blocks of whole lines, each with the number of its first line."""
    number, rest = 1, b""
    while chunk := source.stream.read(BLOCK):
        text = rest + chunk
        if number == 1:
            text = text.removeprefix(BOM)
        cut = text.rfind(b"\n") + 1
        block, rest = _unix(text[:cut]), text[cut:]
        if len(rest) > BLOCK:
            line = number + block.count(b"\n")
            raise UsageError(
                f"{source.name}, line {line}: this line is longer than {BLOCK} bytes;"
                " is the file delimited text?"
            )
        if block:
            yield number, block
            number += block.count(b"\n")
    if rest:
        yield number, _unix(rest.rstrip(b"\r") + b"\n")


def _unix(text: bytes) -> bytes:
    if b"\r" in text:
        return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return text


def _clean(
    block: tuple[int, bytes], name: str, dialect: Dialect, rejects: Rejects
) -> Lines:
    """The lines that can be parsed; empty ones and comments are left out."""
    first, text = block
    fields = _run_together(text) if dialect.blanks else text
    raw, buf = (np.frombuffer(b, np.uint8) for b in (text, fields))
    lengths, spans = _lengths(raw), _lengths(buf)
    starts = np.cumsum(spans) - spans
    keep = (spans > 1) & (buf[starts] != ord(dialect.comment))
    numbers = np.arange(first, first + len(lengths))
    for reason, bad in _bad_lines(text, raw, lengths, dialect):
        offsets = np.cumsum(lengths)
        for i in np.flatnonzero(bad & keep):
            line = text[offsets[i] - lengths[i] : offsets[i]]
            rejects.reject_line(name, int(numbers[i]), reason, line)
        keep &= ~bad
    if keep.all():
        return Lines(text, fields, numbers)
    return Lines(
        raw[np.repeat(keep, lengths)].tobytes(),
        buf[np.repeat(keep, spans)].tobytes(),
        numbers[keep],
    )


def _run_together(text: bytes) -> bytes:
    """Every run of blanks and tabs as one blank, none at either end of a line."""
    if b"\t" in text or b"  " in text:
        text = re.sub(rb"[ \t]+", b" ", text)
    return text.replace(b"\n ", b"\n").replace(b" \n", b"\n").removeprefix(b" ")


def _lengths(buf: Any) -> Any:
    """The length of each line in bytes, its newline included."""
    return np.diff(np.flatnonzero(buf == NEWLINE), prepend=-1)


def _bad_lines(
    text: bytes, raw: Any, lengths: Any, dialect: Dialect
) -> Iterator[tuple[str, Any]]:
    """Reasons why lines cannot be parsed, and which lines."""
    starts = np.cumsum(lengths) - lengths
    if b"\0" in text:
        yield "NUL byte in the line", np.add.reduceat(raw == 0, starts) > 0
    if not text.isascii():
        yield "not UTF-8", _not_utf8(text, raw, starts, lengths)
    if not dialect.blanks and b'"' in text:
        yield "quote without end", np.add.reduceat(raw == QUOTE, starts) % 2 == 1


def _not_utf8(text: bytes, raw: Any, starts: Any, lengths: Any) -> Any:
    bad = np.zeros(len(starts), bool)
    for i in np.flatnonzero(np.add.reduceat(raw >= 0x80, starts)):
        try:
            text[starts[i] : starts[i] + lengths[i]].decode()
        except UnicodeDecodeError:
            bad[i] = True
    return bad


def _take_header(lines: Lines, dialect: Dialect) -> tuple[list[str], Lines]:
    """The names in the first line, and the lines after it."""
    line, _, fields = lines.fields.partition(b"\n")
    (names,) = csv.reader(
        [line.decode()],
        delimiter=dialect.delimiter,
        quoting=csv.QUOTE_NONE if dialect.blanks else csv.QUOTE_MINIMAL,
    )
    text = lines.text[lines.text.index(b"\n") + 1 :]
    return [name.strip() for name in names], Lines(text, fields, lines.numbers[1:])


def _find(file: str, names: list[str], wanted: SourceName) -> int:
    """The place of a wanted column in the header."""
    if isinstance(wanted, int):
        return wanted - 1
    if names.count(wanted) != 1:
        how = "no column" if wanted not in names else "more than one column"
        raise UsageError(f"{file}: {how} {wanted!r}; it has {', '.join(names)}")
    return names.index(wanted)


def _usual_width(lines: Lines, dialect: Dialect) -> int:
    """The number of fields that most lines have."""
    buf = np.frombuffer(lines.fields, np.uint8)
    spans = _lengths(buf)
    delimiters = np.add.reduceat(
        buf == ord(dialect.delimiter), np.cumsum(spans) - spans, dtype=np.int64
    )
    return int(np.bincount(delimiters).argmax()) + 1


def _parse(
    lines: Lines,
    file: str,
    indices: dict[str, int],
    n_columns: int,
    dialect: Dialect,
    rejects: Rejects,
) -> pa.RecordBatch:
    """The lines as a batch; those of another width are reported."""
    ragged: list[pacsv.InvalidRow] = []

    def note(row: pacsv.InvalidRow) -> str:
        ragged.append(row)
        return "skip"

    wanted = sorted(set(indices.values()))
    if wanted[-1] >= n_columns:
        raise UsageError(f"{file}: no column {wanted[-1] + 1}; it has {n_columns}")
    table = pacsv.read_csv(
        pa.BufferReader(lines.fields),
        pacsv.ReadOptions(
            use_threads=False,
            block_size=len(lines.fields) + 1,
            column_names=[str(i) for i in range(n_columns)],
        ),
        pacsv.ParseOptions(
            delimiter=dialect.delimiter,
            quote_char=False if dialect.blanks else '"',
            invalid_row_handler=note,
        ),
        pacsv.ConvertOptions(
            include_columns=[str(i) for i in wanted],
            column_types={str(i): pa.string() for i in wanted},
            check_utf8=False,
        ),
    )
    kept = np.ones(len(lines.numbers), bool)
    texts = _texts(lines.text)
    for row in ragged:
        i = row.number - 1
        kept[i] = False
        reason = "not the number of columns that the other rows have"
        rejects.reject_line(file, int(lines.numbers[i]), reason, texts[i].as_py())
    mask = pa.array(kept)
    columns = {
        FILE: pa.array([file]).take(pa.array(np.zeros(kept.sum(), np.int8))),
        LINE: pa.array(lines.numbers).filter(mask),
        TEXT: texts.filter(mask) if ragged else texts,
    }
    for role, index in indices.items():
        columns[role] = table.column(str(index)).combine_chunks()
    return pa.RecordBatch.from_pydict(columns)


def _texts(text: bytes) -> pa.BinaryArray:
    """Each line as a value that points into `text`; nothing is copied."""
    lengths = _lengths(np.frombuffer(text, np.uint8))
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    buffers = [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(text)]
    return pa.Array.from_buffers(pa.binary(), len(lengths), buffers)
