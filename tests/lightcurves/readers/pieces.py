"""Pieces of files as the loader gives them to readers, and what comes out."""

import gzip
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from vo_lcc.lightcurves.model import Files
from vo_lcc.lightcurves.readers.reader import Header, Look, Piece, Reader

SHARED = Path(__file__).parents[4] / "shared" / "data"
ANY = Files(columns={})


@dataclass
class Read:
    """All that a reader gave of one piece."""

    columns: dict[str | int, list[Any]] = field(default_factory=dict)
    types: dict[str | int, set[str]] = field(default_factory=dict)
    header: Header = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    complaints: list[tuple[int, str, bytes]] = field(default_factory=list)


def unpacked(path: Path, companion: Path | None = None) -> Piece:
    """A whole file, gzip taken off."""
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    beside = companion.read_bytes() if companion else None
    return Piece(path.name, content, companion=beside)


def read(
    reader: Reader, piece: Piece, wanted: dict[str | int, Any], files: Files = ANY
) -> Read:
    """Read the wanted columns of a piece."""
    found = Read()

    def complain(line: int, reason: str, text: bytes) -> None:
        found.complaints.append((line, reason, text))

    types = {
        name: pa.type_for_alias(kind) if isinstance(kind, str) else kind
        for name, kind in wanted.items()
    }
    for rows in reader.read(piece, types, files, complain):
        for name, array in rows.columns.items():
            assert len(array) == len(rows.lines)
            found.columns.setdefault(name, []).extend(array.to_pylist())
            found.types.setdefault(name, set()).add(str(array.type))
        found.lines += rows.lines.tolist()
        found.header = rows.header
        found.tables.append(rows.table)
        if rows.texts is not None:
            found.texts += rows.texts().to_pylist()
    return found


def look(reader: Reader, piece: Piece, files: Files = ANY) -> list[Look]:
    """Look at a piece."""
    return list(reader.look(piece, files))
