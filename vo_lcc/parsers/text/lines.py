"""The rows of delimited text as a file of their own: UTF-8 without NUL."""

import codecs
import io
import re
from typing import BinaryIO

from vo_lcc.errors import UsageError
from vo_lcc.parsers.text.dialect import Dialect, not_utf8

BLANKS = re.compile(rb'("[^"\n]*")|[ \t]+')
MOST_READ = 2**20


class Rows(io.RawIOBase):
    """The bytes after the line of names; `line` is the number of the last one read.

    Reading raises UsageError for what is not UTF-8 text. Closing leaves the file open.
    """

    def __init__(self, file: BinaryIO, dialect: Dialect) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.line = dialect.line
        file.seek(dialect.start)

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer as far as the file goes."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size`."""
        data = self._file.read(size if size >= 0 else MOST_READ)
        self._check(data)
        return data

    def _check(self, data: bytes) -> None:
        try:
            self._decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            bad = error.object[: error.start]
            raise not_utf8(self.line + bad.count(b"\n")) from error
        if b"\0" in data:
            line = self.line + data[: data.index(b"\0")].count(b"\n")
            raise UsageError(f"line {line}: this is not text, but holds NUL (U+0000)")
        self.line += data.count(b"\n")


class Blanks(Rows):
    """The same with one blank between fields, and none at either end of a line."""

    def __init__(self, file: BinaryIO, dialect: Dialect) -> None:
        super().__init__(file, dialect)
        self._ready = self._rest = b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size`."""
        size = size if size >= 0 else MOST_READ
        while not self._ready:
            data = super().read(MOST_READ)
            if not data:
                self._ready, self._rest = squeezed(self._rest), b""
                break
            lines, end, rest = (self._rest + data).rpartition(b"\n")
            self._ready, self._rest = squeezed(lines + end), rest
            if len(rest) > MOST_READ:
                raise UsageError(f"line {self.line} is longer than {MOST_READ} bytes")
        data, self._ready = self._ready[:size], self._ready[size:]
        return data


def squeezed(lines: bytes) -> bytes:
    """Whole lines with their blanks run together, but for those in quotes.

    >>> squeezed(b'  1 \\t 2\\n"a  b" 3 \\n')
    b'1 2\\n"a  b" 3\\n'
    """
    lines = BLANKS.sub(lambda found: found[1] or b" ", lines)
    lines = re.sub(rb"(?m)^ ", b"", lines)
    return re.sub(rb"(?m) (?=\r?$)", b"", lines)
