"""What the pages of a Parquet file say of themselves, read before any is unpacked.

The footer tells how large columns are, but nothing that unpacks them believes it: the
header of each page does count. So memory is bounded by what stands there: the size of
a page when unpacked, the number of its values, and how they are encoded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from vo_lcc.errors import TooLargeError, UsageError
from vo_lcc.parsers.parquet.thrift import Compact, Struct

MOST_PAGES = 100_000
"""Pages of one file."""

HEADER = 4096
MOST_HEADER = 2**20
"""Bytes of a page header: at first, and at most (it may hold statistics)."""

MOST_HEADERS = 16 * 2**20
"""Bytes of all of them, counted each time that one is read: a few seconds."""

DATA, INDEX, DICTIONARY, DATA_V2 = range(4)
"""Kinds of pages (parquet.thrift, PageType)."""

DELTA_BYTE_ARRAY = 7
"""An encoding whose texts share their beginnings, so few bytes may make any many."""


@dataclass(slots=True)
class Chunk:
    """What the pages of a column hold when unpacked, in one group of rows.

    `size` are the bytes of all, `largest` those of the largest data page.
    """

    size: int = 0
    largest: int = 0
    dictionary: int = 0
    values: int = 0
    encodings: frozenset[int] = frozenset()


class Pages:
    """The page headers of an open file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = MOST_PAGES
        self._bytes_left = MOST_HEADERS

    def chunk(self, start: int, size: int) -> Chunk:
        """The chunk of a column in these bytes. Raises UsageError, TooLargeError."""
        found = Chunk()
        for header in self._headers(start, start + size):
            kind, unpacked = header.get(1), header.get(2, -1)
            found.size += unpacked
            if kind == DICTIONARY:
                found.dictionary = max(found.dictionary, unpacked)
            elif kind in (DATA, DATA_V2):
                said = header.get(5) if kind == DATA else header.get(8)
                said = said if isinstance(said, dict) else {}
                found.largest = max(found.largest, unpacked)
                count, encoding = said.get(1), said.get(2 if kind == DATA else 4)
                if not isinstance(count, int) or not isinstance(encoding, int):
                    raise _wrong(start)
                found.values += max(count, 0)
                found.encodings |= {encoding}
        return found

    def _headers(self, place: int, end: int) -> Iterator[Struct]:
        if not 0 <= place <= end:
            raise _wrong(place)
        while place < end:
            self._left -= 1
            if self._left < 0:
                raise TooLargeError(
                    f"the Parquet file has more than {MOST_PAGES} pages; write it with"
                    " larger ones"
                )
            header, length = self._header(place)
            packed, unpacked = header.get(3), header.get(2)
            if not isinstance(packed, int) or not isinstance(unpacked, int):
                raise _wrong(place)
            if packed < 0 or unpacked < 0:
                raise _wrong(place)
            yield header
            place += length + packed

    def _header(self, place: int) -> tuple[Struct, int]:
        for size in (HEADER, MOST_HEADER):
            self._file.seek(place)
            reader = Compact(self._file.read(size))
            try:
                return reader.struct(), reader.place
            except IndexError:
                continue
            except ValueError as error:
                raise _wrong(place) from error
            finally:
                self._count(reader.place)
        raise _wrong(place)

    def _count(self, size: int) -> None:
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise TooLargeError(
                "the headers of the pages of the Parquet file take more than"
                f" {MOST_HEADERS} bytes; write it with larger pages, without statistics"
            )


def _wrong(place: int) -> UsageError:
    return UsageError(f"the Parquet file is damaged: no page starts at byte {place}")
