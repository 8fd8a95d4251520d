"""Columns as text, spelled as DALI 1.1 section 3 and VOTable have it.

Numbers take the shortest form that reads back as the same number; NaN, +Inf
and -Inf; true and false; the elements of an array are separated by one blank.
A null stays null: each format has its own way to write it.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.formats import arrays
from vo_lcc.tables import Column


def column_text(array: pa.Array, column: Column) -> pa.Array:
    """The cells of one column as strings.

    >>> column_text(pa.array([1.0, None, -np.inf]), Column("x", "double")).to_pylist()
    ['1', None, '-Inf']
    >>> points = pa.array([[10.5, -3.0]])
    >>> column_text(points, Column("p", "double", "2")).to_pylist()
    ['10.5 -3']
    """
    if column.is_text:
        return array
    return list_text(array, column) if column.is_array else scalar_text(array, column)


def scalar_text(array: pa.Array, column: Column) -> pa.Array:
    """Numbers, booleans and bits, which are the digits 0 and 1.

    >>> scalar_text(pa.array([True, None]), Column("b", "bit")).to_pylist()
    ['1', None]
    """
    return number_text(array.cast(pa.int8()) if column.datatype == "bit" else array)


def number_text(array: pa.Array) -> pa.Array:
    """Numbers and booleans as text."""
    text = array.cast(pa.string())
    if not pa.types.is_floating(array.type):
        return text
    if np.isfinite(arrays.stored_numbers(array.drop_null(), "double")).all():
        return text
    for spelled, special in (("NaN", "nan"), ("+Inf", "inf"), ("-Inf", "-inf")):
        text = pc.if_else(pc.equal(text, special), spelled, text)
    return text


MISSING = {"boolean": "?", "bit": "0", "float": "NaN", "double": "NaN"}


def list_text(array: pa.Array, column: Column) -> pa.Array:
    """Arrays as their elements with blanks between.

    A missing element is written as the number that stands for it, and so is each
    element of a missing array where the arraysize is fixed: VOTable has no empty
    cell for those. An array of bits stays missing: no bit stands for that.
    """
    missing = MISSING.get(column.datatype, str(arrays.null_of(column)))
    elements = scalar_text(array.flatten(), column).fill_null(missing)
    offsets = np.concatenate(([0], np.cumsum(arrays.list_lengths(array))))
    mask = array.is_null() if array.null_count else None
    lists = pa.LargeListArray.from_arrays(pa.array(offsets), elements, mask=mask)
    text = pc.binary_join(lists, " ")
    size = arrays.fixed_size(column)
    if size is None or column.datatype == "bit":
        return text
    return text.fill_null(" ".join([missing] * size))


def joined_rows(columns: list[pa.Array], cell: str, row: str, null: str) -> pa.Buffer:
    """The rows of these columns, with `cell` between cells and `row` between rows.

    >>> text = joined_rows([pa.array(["1", None]), pa.array(["a", "b"])], ",", ";", "-")
    >>> text.to_pybytes()
    b'1,a;-,b'
    """
    if len(columns) == 1:
        rows = columns[0].fill_null(null)
    else:
        rows = pc.binary_join_element_wise(
            *columns, cell, null_handling="replace", null_replacement=null
        )
    everything = pa.LargeListArray.from_arrays(pa.array([0, len(rows)]), rows)
    return pc.binary_join(everything, row)[0].as_buffer()
