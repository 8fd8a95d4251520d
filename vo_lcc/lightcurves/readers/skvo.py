"""The upload tree of SKVO: a CSV of points, and one of one row that describes them.

`X_data.csv` belongs to `X_meta.csv` beside it, `X_data_id.csv` to `X_meta_id.csv`; the
row of the latter gives the keywords, such as `target.target`. The documented tables
and those that the code writes differ by some columns, and the documentation has a
header that lacks its first letter.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.model import Files
from vo_lcc.lightcurves.readers.opening import naming
from vo_lcc.lightcurves.readers.reader import (
    Complain,
    Header,
    Look,
    Piece,
    Rows,
    Wanted,
    WholeFiles,
)
from vo_lcc.lightcurves.readers.text import TEXT

DATA = re.compile(r"(?<![^_])data(?=(?:_(?!data\b)[^_.]*)?\.csv\Z)")
START = re.compile(rb"(?:\xef\xbb\xbf)?\"?ts\.timestamp\b")
TYPOS = {"arget.target": "target.target"}
MOST = 1 << 20
COMMAS = Files(delimiter="comma", columns={})


class Skvo(WholeFiles):
    """Reads what was made for the uploader of SKVO."""

    name = "skvo"

    def knows(self, head: bytes, name: str) -> bool:
        """By the name of the first column."""
        return START.match(head) is not None

    def companion(self, name: str) -> str | None:
        """The file with the description.

        >>> SKVO.companion("bet_Lyr_20171204_data.csv"), SKVO.companion("x_data_id.csv")
        ('bet_Lyr_20171204_meta.csv', 'x_meta_id.csv')
        """
        return DATA.sub("meta", name) if DATA.search(name) else None

    def read(
        self, piece: Piece, wanted: Wanted, files: Files, complain: Complain
    ) -> Iterator[Rows]:
        """The points, with what their description says."""
        header = self._header(piece)
        for rows in TEXT.read(piece, wanted, COMMAS, complain):
            yield replace(rows, header=header)

    def look(self, piece: Piece, files: Files) -> Iterator[Look]:
        """The columns of the points."""
        header = self._header(piece)
        for found in TEXT.look(piece, COMMAS):
            yield replace(found, header=header)

    def _header(self, piece: Piece) -> Header:
        beside = self.companion(piece.file.rpartition("/")[2])
        with naming(piece.file):
            if piece.companion is None:
                wanted = beside or "a file whose name ends with _meta.csv"
                raise UsageError(f"its description is not beside it: {wanted}")
        with naming(str(beside)):
            return read_description(piece.companion)


def read_description(content: bytes) -> Header:
    """The names and values of a CSV of one row; raises UsageError for another.

    >>> dict(read_description(b"arget.target,access.access\\nbet_Lyr,open\\n"))
    {'target.target': 'bet_Lyr', 'access.access': 'open'}
    """
    try:
        text = content[:MOST].decode("utf-8-sig")
        rows = [row for row in csv.reader(StringIO(text), strict=True) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"this is not CSV in UTF-8: {error}") from None
    if len(rows) != 2:
        raise UsageError(f"a description is one row, and here are {len(rows) - 1}")
    names, values = rows
    if len(names) != len(values):
        raise UsageError(f"{len(values)} values, and there are {len(names)} names")
    said = zip((name.strip() for name in names), values, strict=True)
    return {TYPOS.get(name, name): value for name, value in said if value}


SKVO = Skvo()
