"""Reading a table whole, and what must hold of every table that is read."""

import io
import math
from typing import Any

from vo_lcc.parsers.table import ReadLimits, ReadTable
from vo_lcc.tables import Column, arrow_schema

SMALL = ReadLimits(rows=100, columns=10, cell_bytes=1000, table_bytes=100_000)


def rows_of(table: ReadTable) -> list[tuple[Any, ...]]:
    """The rows, after a look at the types and sizes of the batches."""
    rows: list[tuple[Any, ...]] = []
    for batch in table.batches:
        batch.validate(full=True)
        assert batch.schema == arrow_schema(table.columns)
        assert 0 < batch.num_rows <= 32_768
        rows += zip(*(array.to_pylist() for array in batch.columns), strict=True)
    return rows


def kinds_of(table: ReadTable) -> list[tuple[str, str | None]]:
    return [(column.datatype, column.arraysize) for column in table.columns]


def names_of(table: ReadTable) -> list[str]:
    return [column.name for column in table.columns]


def words_of(column: Column) -> dict[str, str]:
    return {k: v for k, v in column.words.items() if k not in ("datatype", "arraysize")}


def comparable(value: Any) -> Any:
    """NaN equal to NaN, and -0.0 not to 0.0."""
    if isinstance(value, (list, tuple)):
        return [comparable(element) for element in value]
    if isinstance(value, float):
        return "nan" if math.isnan(value) else (value, math.copysign(1, value))
    return value


class Counting(io.BytesIO):
    """A file that counts the bytes read from it."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data
