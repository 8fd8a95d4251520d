"""What a reader is: one file format to columns of values, whatever they mean.

A reader knows nothing of collections. It is given a piece of a file and which columns
are wanted, and gives rows of them; `loading` makes objects and points of these. It runs
no code from the data and opens nothing but what it is given.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from vo_lcc.lightcurves.model import Files, SourceName
from vo_lcc.tables import Column

Header = Mapping[str, str | int | float | bool]
"""Keywords and their values: cards, PARAMs, `# key = value`; names as in the file."""

Wanted = Mapping[SourceName, pa.DataType]
"""The columns that are wanted, by name or by number from 1, and the type of each."""

Complain = Callable[[int, str, bytes], None]
"""Told of what is no row: its line (or row) from 1, what is wrong, its text."""

Cut = Literal["lines", "parts", "whole"]
"""How a file may be read by several at once: cut between lines, in numbered parts
(groups of rows) that the reader counts, or not at all."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What is read at once: a whole file, or a piece of a long one.

    `file` is its name in reports, such as archive.tar.gz/star.dat. The bytes are in
    `content`, unpacked; a file that is read in `parts`, or too long to be held, is at
    `path` instead (one that is packed and can be held is in `content`, all its parts).
    `told` is what the name says (object_id, passband). The lines of a long text come
    with its `head`, what stands before the first row, and the number of their first
    line in the file. `companion` is the content of the file that belongs to this one,
    if the reader asks for one.
    """

    file: str
    content: bytes = b""
    path: Path | None = None
    told: Mapping[str, str] = field(default_factory=dict)
    head: bytes = b""
    first_line: int = 1
    part: int = 0
    companion: bytes | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of one table of a file.

    `columns` has what was wanted and is there, under the names by which it was wanted:
    values of the wanted type, or texts of any spelling (pa.string()) where that is
    what the file has; lists of such values where a row is a light curve. `lines` are
    the numbers of the rows in the file from 1 (of its lines, if it is text), `texts`
    what a report shows of them (made only when it is asked for). `table` is the name
    of the table, "" without one; `notes` what a person should know of it, such as
    that its times are too coarse. `names` are those of all its columns, for messages.
    """

    columns: Mapping[SourceName, pa.Array]
    lines: npt.NDArray[np.int64]
    header: Header = field(default_factory=dict)
    table: str = ""
    texts: Callable[[], pa.BinaryArray] | None = None
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """What one table of a file has, for who writes its description.

    `columns` as the file tells of them (text readers guess the datatype from the
    rows); `rows` are the first ones, under the same names. `frames` has what the file
    says of its time system and the like, in words of its own; `options` are the keys of
    `Files` that reading it needs, such as delimiter or header.
    """

    table: str
    columns: tuple[Column, ...]
    header: Header
    rows: pa.RecordBatch
    frames: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, str | bool] = field(default_factory=dict)


class Reader(Protocol):
    """One format of files. Raises UsageError for a file that is damaged or another."""

    name: str
    """Its name in collection files."""

    cut: Cut
    """How files of this format may be cut."""

    def knows(self, head: bytes, name: str) -> bool:
        """Is this file of the format? `head` is its first 64 kB at most, unpacked."""
        ...

    def head(self, content: bytes, files: Files) -> int:
        """Where the rows begin in what starts a file (bytes); used if cut by lines."""
        ...

    def parts(self, path: Path, files: Files) -> int:
        """How many parts the file has; used if cut in parts."""
        ...

    def companion(self, name: str) -> str | None:
        """The base name of the file that belongs to this one, or None."""
        ...

    def read(
        self, piece: Piece, wanted: Wanted, files: Files, complain: Complain
    ) -> Iterator[Rows]:
        """The rows of a piece, in the order of the file, in bounded memory.

        A column that is wanted and not in the file is left out of `Rows.columns`;
        whether that is an error, others know.
        """
        ...

    def look(self, piece: Piece, files: Files) -> Iterator[Look]:
        """What is in the file: each of its tables."""
        ...


class WholeFiles:
    """What a reader of whole files need not say."""

    cut: Cut = "whole"

    def head(self, content: bytes, files: Files) -> int:
        """Not asked."""
        return 0

    def parts(self, path: Path, files: Files) -> int:
        """One."""
        return 1

    def companion(self, name: str) -> str | None:
        """None."""
        return None


def unheard(line: int, reason: str, text: bytes) -> None:
    """A `Complain` for who only looks: a load tells of lines that are no rows."""
