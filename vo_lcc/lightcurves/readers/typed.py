"""Values of Python, as JSON and SQLite give them, to columns."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from vo_lcc.lightcurves.readers.reader import Header
from vo_lcc.tables import Batch, Column, arrow_schema

SCALARS = (str, int, float, bool)
DATATYPES: Mapping[str, set[type]] = {
    "boolean": {bool},
    "long": {int},
    "double": {int, float},
}
NO_SUCH_VALUE = (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError)


def typed(values: Sequence[Any], wanted: pa.DataType) -> pa.Array:
    """The values in the wanted type; as texts where one of them cannot be in it.

    >>> typed([1, None, 2.5], pa.float64()).to_pylist()
    [1.0, None, 2.5]
    >>> typed([1, ">14.2"], pa.float64()).to_pylist()
    ['1', '>14.2']
    """
    try:
        return pa.array(values, wanted)
    except NO_SUCH_VALUE:
        return pa.array([spelled(value) for value in values], pa.string())


def spelled(value: Any) -> str | None:
    """A value as text.

    >>> spelled(0.1), spelled(b"\\xff"), spelled(None)
    ('0.1', "b'\\\\xff'", None)
    """
    return value if value is None or isinstance(value, str) else str(value)


def header_of(*tables: Mapping[str, Any]) -> Header:
    """The values of all that can stand in a header; the first of each name counts."""
    found: dict[str, str | int | float | bool] = {}
    for key, value in (item for table in tables for item in table.items()):
        if isinstance(value, SCALARS):
            found.setdefault(key, value)
    return found


def joined(rows: Iterable[Iterable[Any]]) -> pa.BinaryArray:
    """Rows as a report shows them.

    >>> joined([(1, None, "G")]).to_pylist()
    [b'1,,G']
    """
    lines = (",".join(spelled(value) or "" for value in row) for row in rows)
    return pa.array([line.encode(errors="replace") for line in lines], pa.binary())


def guessed(values: Mapping[str, Sequence[Any]]) -> tuple[tuple[Column, ...], Batch]:
    """Columns by name, with the datatypes that their values have, and the rows."""
    columns = tuple(_column(name, cells) for name, cells in values.items())
    fields = zip(values.values(), arrow_schema(columns).types, strict=True)
    arrays = [typed(cells, datatype) for cells, datatype in fields]
    return columns, pa.record_batch(arrays, names=list(values))


def _column(name: str, cells: Sequence[Any]) -> Column:
    kinds = {type(cell) for cell in cells} - {type(None)}
    for datatype, known in DATATYPES.items():
        if kinds and kinds <= known:
            return Column(name, datatype)
    return Column(name, "char", "*")
