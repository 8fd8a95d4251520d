"""JSON lines: an object a line, its keys the columns (exports of BigQuery)."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.model import Files
from vo_lcc.lightcurves.readers.reader import (
    Complain,
    Cut,
    Look,
    Piece,
    Rows,
    Wanted,
)
from vo_lcc.lightcurves.readers.typed import guessed, typed

BATCH = 8192
LOOK_ROWS = 100
STARTS = (b'{"', b"{ ")

Line = tuple[int, dict[str, Any], bytes]
"""The number of a line, the object in it, its text."""


class JsonLines:
    """Reads JSON lines, whose rows are cut between lines."""

    name = "json-lines"
    cut: Cut = "lines"

    def knows(self, head: bytes, name: str) -> bool:
        """By a first line that is a JSON object."""
        first = head.lstrip().partition(b"\n")[0]
        return first.startswith(STARTS) and isinstance(_object(first), dict)

    def head(self, content: bytes, files: Files) -> int:
        """There is none."""
        return 0

    def parts(self, path: Path, files: Files) -> int:
        """One."""
        return 1

    def companion(self, name: str) -> str | None:
        """None."""
        return None

    def read(
        self, piece: Piece, wanted: Wanted, files: Files, complain: Complain
    ) -> Iterator[Rows]:
        """The objects; what is none is told. A key that is missing is no value."""
        lines = _lines(piece, complain)
        while block := list(islice(lines, BATCH)):
            objects = [found for _, found, _ in block]
            yield Rows(
                columns={
                    source: typed([found.get(source) for found in objects], datatype)
                    for source, datatype in wanted.items()
                    if isinstance(source, str)
                    and any(source in found for found in objects)
                },
                lines=np.array([number for number, _, _ in block], np.int64),
                texts=lambda block=block: pa.array(  # type: ignore[misc]
                    [text for _, _, text in block], pa.binary()
                ),
            )

    def look(self, piece: Piece, files: Files) -> Iterator[Look]:
        """The keys of the first objects."""
        lines = _lines(piece, lambda *_: None)
        objects = [found for _, found, _ in islice(lines, LOOK_ROWS)]
        names = dict.fromkeys(name for found in objects for name in found)
        values = {name: [found.get(name) for found in objects] for name in names}
        if not values:
            raise UsageError(f"{piece.file}: there is no JSON object in the first line")
        columns, batch = guessed(values)
        yield Look("", columns, {}, batch)


def _lines(piece: Piece, complain: Complain) -> Iterator[Line]:
    for number, line in enumerate(piece.content.splitlines(), piece.first_line):
        found = _object(line)
        if isinstance(found, dict):
            yield number, found, line
        elif line.strip():
            complain(number, "not a JSON object", line)


def _object(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


JSON_LINES = JsonLines()
