"""One table of a VOTable as a document of its own, whose bytes stay in the file."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.readers.votable_tables import Survey
from vo_lcc.parsers.votable.outline import PIECE

Part = bytes | tuple[int, int]

UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
DECLARATION = re.compile(r"\A\ufeff?<\?xml[^>]*\?>")


class Slices:
    """Bytes, and pieces of a file, one after the other, as a file to be read."""

    def __init__(self, file: BinaryIO, parts: list[Part]) -> None:
        self._file = file
        self._parts = parts
        self._blocks = self._all()
        self._rest = b""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Begin again, at 0."""
        assert (offset, whence) == (0, 0)
        self._blocks, self._rest = self._all(), b""
        return 0

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, none at the end."""
        if not self._rest:
            self._rest = next(filter(None, self._blocks), b"")
        taken = self._rest[:size] if size >= 0 else self._rest
        self._rest = self._rest[len(taken) :]
        return taken

    def _all(self) -> Iterator[bytes]:
        for part in self._parts:
            if isinstance(part, bytes):
                yield part
                continue
            at, end = part
            while at < end:
                self._file.seek(at)
                block = self._file.read(min(PIECE, end - at))
                at += len(block)
                yield block


def document_of(file: BinaryIO, found: Survey, number: int) -> Slices:
    """A document of one table (from 0) only, its lines numbered as in the file.

    A table that refers to others comes with what those say of their columns.
    """
    table = found.tables[number]
    encoding = found.encoding or "utf-8"
    parts: list[Part] = [f'<?xml version="1.0" encoding="{encoding}"?>'.encode()]
    parts.append(b"<VOTABLE>")
    if table.refers:
        parts.append(b'<RESOURCE type="meta">')
        for other in found.tables[:number]:
            head = other.data if other.rows else other.end
            if head > other.start:
                parts += [(other.start, head), f"</{other.tag}>".encode()]
        parts.append(b"</RESOURCE>")
    else:
        parts.append(b"\n" * (table.line - 1))
    parts.append(b'<RESOURCE type="results">')
    parts.append((table.start, table.end))
    parts.append(f"</{table.tag}></RESOURCE></VOTABLE>".encode())
    return Slices(file, parts)


def in_bytes(file: BinaryIO) -> BinaryIO:
    """The document, from UTF-16 to UTF-8 where it is in that. Raises UsageError."""
    start = file.read(2)
    file.seek(0)
    if start not in UTF_16:
        return file
    try:
        little = start in (b"\xff\xfe", b"<\0")
        text = file.read().decode("utf-16-le" if little else "utf-16-be")
    except UnicodeDecodeError as error:
        raise UsageError(f"the document is no UTF-16: {error.reason}") from error
    return BytesIO(DECLARATION.sub("", text).lstrip("\ufeff").encode())
