"""Files of typed columns for tests: those of the shared samples, and made ones."""

import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import strategies as st

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.model import Files
from vo_lcc.lightcurves.readers.reader import Piece, Reader, Rows

DATA = Path(__file__).parents[3] / ".." / "shared" / "data"
ANY = Files(columns={})
DOUBLE, FLOAT, TEXT, INT = pa.float64(), pa.float32(), pa.string(), pa.int32()

needs_samples = pytest.mark.skipif(
    not DATA.is_dir(), reason="the shared samples are not beside the checkout"
)


def samples(*patterns: str) -> list[Path]:
    """The shared files of these names, none where they are absent."""
    return sorted(p for pattern in patterns for p in DATA.glob(pattern) if p.is_file())


def piece_of(path: Path) -> Piece:
    """A file as it comes to a reader: unpacked."""
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    return Piece(path.name, content)


def complain(line: int, problem: str, text: bytes) -> None:
    """No file here has rows that are none."""
    raise AssertionError(f"{line}: {problem}")


def read(reader: Reader, piece: Piece, wanted, files: Files = ANY) -> list[Rows]:
    """All that a reader gives of a file."""
    return list(reader.read(piece, wanted, files, complain))


def column(rows: list[Rows], source) -> list:
    """The values of one column of all rows."""
    return [v for part in rows for v in part.columns[source].to_pylist()]


def same(found, expected) -> bool:
    """Equal numbers, None and NaN being the same."""
    numbers = np.array([np.nan if v is None else v for v in found], float)
    return np.array_equal(numbers, np.asarray(expected, float), equal_nan=True)


def damaged(content: bytes, changes: list[tuple[float, int]]) -> bytes:
    """The content with some bytes changed, each at a share of its length."""
    found = bytearray(content)
    for share, byte in changes:
        found[int(share * (len(found) - 1))] = byte
    return bytes(found)


def survives(reader: Reader, content: bytes, wanted) -> bool:
    """Whether damage ends in rows or in a UsageError that names the file."""
    try:
        read(reader, Piece("x", content), wanted)
        list(reader.look(Piece("x", content), ANY))
    except UsageError as error:
        return str(error).startswith("x: ")
    return True


CHANGES = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8
)
