"""The first rows of a text as whoever describes it wants to see them."""

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from vo_lcc.parsers.text.inferring import Kind
from vo_lcc.tables import Column


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
    columns, values = [], []
    for name, array in zip(names, texts, strict=True):
        kind = Kind()
        kind.see(array)
        parsed = kind.parse(array)
        column = _column(name, kind.datatype)
        if name in said:
            widened = said[name].is_text or not column.is_text
            known = said[name] if widened else replace(said[name], datatype="char")
            column = replace(known, arraysize=column.arraysize)
        columns.append(column)
        values.append(array if parsed is None else parsed)
    return tuple(columns), pa.RecordBatch.from_arrays(values, list(names))


def _column(name: str, datatype: str) -> Column:
    is_text = datatype in ("char", "unicodeChar")
    return Column(name, datatype, "*" if is_text else None)
