"""What every table that is read must keep to, whatever its format."""

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.errors import TooLargeError, UsageError
from vo_lcc.parsers.table import BATCH_ROWS, ReadLimits
from vo_lcc.tables import Batch

MOST_SHOWN = 60
"""Characters of a name that errors show."""


def check_count(count: int, limits: ReadLimits) -> None:
    """Raise TooLargeError for too many columns, UsageError for none."""
    if not count:
        raise UsageError("the table has no columns")
    if count > limits.columns:
        raise TooLargeError(
            f"the table has {count} columns, and at most {limits.columns} are taken;"
            " leave some out"
        )


def check_names(names: Iterable[str], limits: ReadLimits) -> None:
    """Raise UsageError unless there are few enough names, each once and not empty.

    >>> check_names(["ra", "dec", "ra"], ReadLimits())
    Traceback (most recent call last):
    vo_lcc.errors.UsageError: two columns are called 'ra'; rename one of them
    """
    counts = Counter(names)
    check_count(counts.total(), limits)
    for name, count in counts.items():
        if not name.strip():
            position = list(counts).index(name) + 1
            raise UsageError(f"column {position} has no name; give it one")
        if "\0" in name:
            raise UsageError(f"the name of column {shown(name)} holds NUL (U+0000)")
        if count > 1:
            raise UsageError(
                f"two columns are called {shown(name)}; rename one of them"
            )


def shown(name: str) -> str:
    """A name of the file as errors show it, however long it is.

    >>> shown("ra"), len(shown("x" * 10_000))
    ("'ra'", 63)
    """
    return repr(name if len(name) <= MOST_SHOWN else f"{name[:MOST_SHOWN]}…")


def checked(batches: Iterable[Batch], limits: ReadLimits) -> Iterator[Batch]:
    """The batches, in pieces of `BATCH_ROWS` at most, while they keep to the limits.

    Raises TooLargeError for too many rows or bytes, UsageError for text with NUL.
    """
    rows = size = 0
    for batch in batches:
        for array, field in zip(batch.columns, batch.schema, strict=True):
            _check_cells(array, field.name, rows, limits)
        rows += batch.num_rows
        size += batch.nbytes
        check_rows(rows, limits)
        check_size(size, limits)
        for start in range(0, batch.num_rows, BATCH_ROWS):
            yield batch.slice(start, BATCH_ROWS)


def check_rows(rows: int, limits: ReadLimits) -> None:
    """Raise TooLargeError for more rows than are taken."""
    if rows > limits.rows:
        raise TooLargeError(
            f"the table has more than {limits.rows} rows; send it in parts"
        )


def check_size(size: int, limits: ReadLimits) -> None:
    """Raise TooLargeError for more bytes of cells than are taken."""
    if size > limits.table_bytes:
        raise TooLargeError(
            f"the cells take more than {limits.table_bytes} bytes; send fewer columns,"
            " or the table in parts"
        )


def _check_cells(array: pa.Array, name: str, before: int, limits: ReadLimits) -> None:
    """Check the texts and lists of one column, `before` rows having come before."""
    if pa.types.is_string(array.type):
        sizes = pc.binary_length(array)
        _check_nul(array, name, before)
    elif pa.types.is_list(array.type):
        width = array.type.value_type.bit_width // 8 or 1
        sizes = pc.multiply(pc.list_value_length(array), width)
    else:
        return
    if (pc.max(sizes).as_py() or 0) > limits.cell_bytes:
        row = before + pc.index(pc.greater(sizes, limits.cell_bytes), True).as_py() + 1
        raise TooLargeError(
            f"row {row}, column {shown(name)}: the cell takes more than"
            f" {limits.cell_bytes} bytes"
        )


def _check_nul(array: pa.Array, name: str, before: int) -> None:
    data = array.buffers()[2]
    if data is None or (np.frombuffer(data, np.uint8) != 0).all():
        return
    found = pc.index(pc.match_substring(array, "\0"), True).as_py()
    if found >= 0:
        raise UsageError(
            f"row {before + found + 1}, column {shown(name)}: the text holds NUL"
            " (U+0000), which cannot be kept; remove it"
        )
