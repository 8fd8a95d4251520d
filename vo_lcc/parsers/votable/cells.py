"""What the cells of all serialisations have in common: nulls, and arrays of values."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.errors import UsageError
from vo_lcc.parsers.checks import shown
from vo_lcc.parsers.votable.fields import Field


class BadCellError(Exception):
    """A cell that is wrong: its index in the column (from 0) and what is wrong."""

    def __init__(self, index: int, problem: str) -> None:
        super().__init__(problem)
        self.index = index
        self.problem = problem

    def at(self, field: Field, before: int) -> UsageError:
        """The same as an error of the row, `before` of which came before the column."""
        row, name = before + self.index + 1, shown(field.column.name)
        return UsageError(f"row {row}, column {name}: {self.problem}")


def nulls_at(values: pa.Array, missing: pa.BooleanArray) -> pa.Array:
    """The values, null where `missing` is true.

    >>> nulls_at(pa.array([1, 2, None]), pa.array([True, False, None])).to_pylist()
    [None, 2, None]
    """
    if not pc.any(missing).as_py():
        return values
    return pc.if_else(missing.fill_null(False), pa.scalar(None, values.type), values)


def lists_of(values: pa.Array, counts: pa.Array, field: Field) -> pa.ListArray:
    """Values cut into lists of so many each; a null count is a null list.

    Raises BadCellError where the arraysize of the field does not allow a count.
    """
    check_counts(counts, field)
    offsets = np.zeros(len(counts) + 1, "i4")
    offsets[1:] = np.cumsum(counts.fill_null(0).to_numpy())
    mask = counts.is_null() if counts.null_count else None
    return pa.ListArray.from_arrays(
        pa.array(offsets), values, type=field.type, mask=mask
    )


def check_counts(counts: pa.Array, field: Field) -> None:
    """Raise BadCellError where the arraysize does not allow so many numbers."""
    for count in pc.unique(counts.drop_null()).to_pylist():
        whole, rest = divmod(count, field.parts)
        if rest or not field.shape.takes(whole):
            index = pc.index(counts, count).as_py()
            raise BadCellError(index, field.wrong_count(count))


def first_failing(cells: pa.Array, kind: pa.DataType) -> int:
    """The first cell that cannot be cast to a type; there is one."""
    start, end = 0, len(cells)
    while end - start > 1:
        middle = (start + end) // 2
        try:
            cells[start:middle].cast(kind)
            start = middle
        except pa.ArrowInvalid:
            end = middle
    return start
