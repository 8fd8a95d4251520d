"""Files that are compressed with gzip, as if they were not."""

import zlib
from typing import BinaryIO, Protocol

from isal import igzip
from isal.igzip_lib import IsalError

from vo_lcc.errors import TooLargeError, UsageError
from vo_lcc.parsers.table import ReadLimits

PLENTY = 64 * 2**20
RATIO = 100
"""A gzip file may unpack to `PLENTY` bytes and `RATIO` times its own: no table is so
alike in all rows that it takes less, and what is packed to do harm takes far less."""

MAGIC = b"\x1f\x8b"


class Source(Protocol):
    """What is read from its start to its end, more than once."""

    def seek(self, offset: int, /) -> object:
        """Begin again, at 0."""
        ...

    def read(self, size: int, /) -> bytes:
        """The next bytes, none at the end."""
        ...


class Unzipped:
    """Reads a gzip file from its start, as often as one likes.

    Raises TooLargeError beyond `limit` bytes or what its own size allows, UsageError
    where it is damaged.
    """

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self._file = file
        self._limit = min(limit, PLENTY + RATIO * file.seek(0, 2))
        self.seek(0)

    def seek(self, offset: int, /) -> None:
        """Begin again, at 0."""
        assert offset == 0
        self._file.seek(0)
        self._unzipped = igzip.GzipFile(fileobj=self._file, mode="rb")
        self._size = 0

    def read(self, size: int, /) -> bytes:
        """The next bytes, none at the end."""
        try:
            data: bytes = self._unzipped.read(size)
        except (EOFError, OSError, zlib.error, IsalError) as error:  # type: ignore[misc]
            raise UsageError(
                f"the gzip file is damaged or cut short: {error}"
            ) from None
        self._size += len(data)
        if self._size > self._limit:
            raise TooLargeError(
                f"unpacked, the file has more than {self._limit} bytes; send parts"
            )
        return data


def unzipped(file: BinaryIO, limits: ReadLimits) -> Source:
    """The file from its start, unpacked where it is gzip."""
    file.seek(0)
    magic = file.read(len(MAGIC))
    file.seek(0)
    return Unzipped(file, limits.table_bytes) if magic == MAGIC else file
