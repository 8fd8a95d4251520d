"""The first rows of a text as whoever describes it wants to see them."""

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from vo_lcc.lightcurves.readers.text_rows import cast_texts
from vo_lcc.parsers.text.inferring import Kind
from vo_lcc.tables import Column, arrow_type


def guess_columns(
    names: Sequence[str], texts: Sequence[pa.Array], declared: Sequence[Column] = ()
) -> tuple[tuple[Column, ...], pa.RecordBatch]:
    """Columns with the narrowest datatype that all their texts have, and the values.

    What is declared of a column stays, but its datatype if the texts are none.

    >>> found, rows = guess_columns(["t", "m"], [pa.array(["1.5"]), pa.array([">14"])])
    >>> [(column.name, column.datatype) for column in found], rows.to_pylist()
    ([('t', 'double'), ('m', 'char')], [{'t': 1.5, 'm': '>14'}])
    """
    said = {column.name: column for column in declared}
    found = [
        _declared(said[name], array) if name in said else _guessed(name, array)
        for name, array in zip(names, texts, strict=True)
    ]
    columns = tuple(column for column, _ in found)
    return columns, pa.RecordBatch.from_arrays([v for _, v in found], list(names))


def with_units(columns: tuple[Column, ...], units: Sequence[str]) -> tuple[Column, ...]:
    """The same columns, with the units that a line tells, if it has one for each."""
    if len(units) != len(columns):
        return columns
    pairs = zip(columns, units, strict=True)
    return tuple(replace(column, unit=unit or None) for column, unit in pairs)


def _guessed(name: str, texts: pa.Array) -> tuple[Column, pa.Array]:
    kind = Kind()
    kind.see(texts)
    values = kind.parse(texts)
    if values is None or values.type == pa.string():
        return Column(name, kind.datatype, "*"), texts
    return Column(name, kind.datatype), values


def _declared(column: Column, texts: pa.Array) -> tuple[Column, pa.Array]:
    if column.is_text or column.is_array:
        return column, texts
    values = cast_texts(texts, arrow_type(column))
    if values.type == pa.string():
        return replace(column, datatype="char", arraysize="*"), texts
    return column, values
