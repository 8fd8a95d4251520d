"""The loop that feeds a VOTable to the parser and gives its rows."""

import tempfile
from collections.abc import Iterator, Mapping
from typing import BinaryIO, cast

from vo_lcc.errors import UsageError
from vo_lcc.parsers.gzipped import Source
from vo_lcc.parsers.table import ReadLimits
from vo_lcc.parsers.votable.binary import BinaryRows
from vo_lcc.parsers.votable.document import Document
from vo_lcc.parsers.votable.fields import Field
from vo_lcc.parsers.votable.outline import PIECE, Outline
from vo_lcc.parsers.votable.plain import ROW_END, NotPlainError
from vo_lcc.parsers.votable.stream import Stream
from vo_lcc.parsers.votable.tabledata import TableDataRows
from vo_lcc.parsers.votable.xml import XMLFeed
from vo_lcc.tables import Batch

UTF_8 = (None, "utf-8", "utf8")
ASCII_BASED = ("us-ascii", "iso-8859-1", "iso-8859-15", "latin-1", "windows-1252")
"""Declared encodings in which rows may be read without the parser."""

IN_MEMORY = 8 * 2**20
"""Bytes of a FITS serialisation that stay in memory."""

TABLE_START, TABLE_END = b"TABLEDATA>", b"</TABLEDATA"


class TableReader:
    """Reads table number `wanted` of a document.

    `fits` is the file that its FITS serialisation goes to; None where it has another.
    """

    def __init__(self, source: Source, wanted: int, limits: ReadLimits) -> None:
        self._source = source
        self._limits = limits
        self._document = Document(wanted, limits, self)
        self._outline = Outline(self._document)
        self._feed = XMLFeed(self._outline)
        self._rows: TableDataRows | BinaryRows | None = None
        self._stream: Stream | None = None
        self._kind = ""
        self._unfed = b""
        self._between_rows = False  # the parser is, and has seen all that was read
        self._over = False
        self.fits: BinaryIO | None = None

    def read_fields(self) -> tuple[Field, ...]:
        """What is said of the columns: all before the data is read."""
        while not self._document.fields and not self._over:
            self._step()
        return self._document.fields

    @property
    def nrows(self) -> int | None:
        """The number of rows that the TABLE is said to have."""
        return self._document.nrows

    def batches(self) -> Iterator[Batch]:
        """The rows; raises UsageError where the document is wrong."""
        while True:
            if self._rows is not None:
                yield from self._rows.batches()
            if self._over:
                break
            self._step()
        if isinstance(self._rows, BinaryRows):
            self._rows.finish()
        if self._kind not in ("", "TABLEDATA") and self._stream is None:
            raise UsageError(f"the {self._kind} has no STREAM")

    def _step(self) -> None:
        """Read one piece of the document, or see that it has ended."""
        piece = self._source.read(PIECE)
        data = self._unfed + piece
        while data and not (piece and self._waits(data)):
            data = self._take(data)
        self._unfed = data
        if not piece:
            self._feed.close()
            self._document.close()
            self._over = True

    def _waits(self, data: bytes) -> bool:
        """Whether what follows these bytes should be there before they are taken."""
        return self._between_rows and len(data) < PIECE and not self._next_end(data)

    def _take(self, data: bytes) -> bytes:
        """Take in bytes; those that are left may begin with rows, or are none."""
        end = self._next_end(data)
        if self._between_rows and self._take_plain(data[:end]):
            return data[end:]
        before = self._feed.fed
        self._feed.feed(data[:end])
        tag = before + data.rfind(b"<", 0, end)
        rows = self._rows
        self._between_rows = isinstance(rows, TableDataRows) and rows.mark == tag
        if self._between_rows:
            return data[end:]
        self._feed.feed(data[end:])
        return b""

    def _next_end(self, data: bytes) -> int:
        """Where rows may begin: after the start of TABLEDATA, or the last whole row."""
        if self._rows is None:
            return (
                data.find(TABLE_START) + len(TABLE_START) if TABLE_START in data else 0
            )
        stop = data.find(TABLE_END)
        end = data.rfind(ROW_END, 0, stop if stop >= 0 else len(data))
        return end + len(ROW_END) if end >= 0 else 0

    def _take_plain(self, data: bytes) -> bool:
        """Read rows without the parser, which sees as many lines of blanks instead."""
        if not data or not self._is_utf8(data):
            return False
        assert isinstance(self._rows, TableDataRows)
        try:
            self._rows.take_plain(data)
        except NotPlainError:
            return False
        last = len(data) - data.rfind(b"\n") - 1
        self._feed.feed(b"\n" * data.count(b"\n") + b" " * last)
        return True

    def _is_utf8(self, data: bytes) -> bool:
        encoding = self._feed.encoding
        return encoding in UTF_8 or (encoding in ASCII_BASED and data.isascii())

    def data(self, kind: str, attributes: Mapping[str, str]) -> None:
        """The data start, in this serialisation."""
        self._kind = kind
        fields = self._document.fields
        if kind == "TABLEDATA":
            rows = TableDataRows(fields, self._limits, self._feed, self._end_rows)
            self._rows = rows
            self._feed.listen(rows)
        elif kind == "FITS":
            if attributes.get("extnum", "1").strip() != "1":
                raise UsageError("of a FITS serialisation only extnum=1 is read")
            made = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (kept)
            self.fits = cast(BinaryIO, made)
        else:
            self._rows = BinaryRows(fields, self._limits, flags=kind == "BINARY2")

    def _end_rows(self, name: str) -> None:
        self._feed.listen(self._outline)
        self._outline.end(name)

    def stream(self, attributes: Mapping[str, str]) -> None:
        """The STREAM of the data starts."""
        if self._stream is not None:
            raise UsageError(f"the {self._kind} has more than one STREAM")
        self._stream = Stream(attributes, self._push, self._feed)

    def _push(self, data: bytes) -> None:
        if isinstance(self._rows, BinaryRows):
            self._rows.push(data)
        elif self.fits is not None:
            self.fits.write(data)

    def text(self, text: str) -> None:
        """A piece of the STREAM."""
        assert self._stream is not None
        self._stream.text(text)

    def end_stream(self) -> None:
        """The STREAM has ended."""
        assert self._stream is not None
        self._stream.end()
