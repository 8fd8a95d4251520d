"""Columns as text, spelled as DALI 1.1 section 3 and VOTable have it.

Numbers take the fewest digits that read back as the same number; NaN, +Inf
and -Inf; true and false; the elements of an array are separated by one blank.
A null stays null: each format has its own way to write it.
"""

from collections.abc import Callable, Iterable

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.formats import arrays
from vo_lcc.tables import ARROW_TYPES, Batch, Column

NUMBERS = frozenset(kind for kind in ARROW_TYPES.values() if kind != pa.bool_())

SPECIALS = np.array(["-Inf", "NaN", "+Inf"])
"""How numbers that are not finite are spelled, by their sign."""

MISSING = {
    "boolean": "?",
    "bit": "0",
    **dict.fromkeys(("float", "double", "floatComplex", "doubleComplex"), "NaN"),
}
"""What stands for a missing element of an array; for integers `arrays.null_of`."""

MOST_TEXT = 2**31 - 1
"""Bytes of text in one Arrow array."""


def column_text(array: pa.Array, column: Column) -> pa.Array:
    """The cells of one column as strings.

    >>> column_text(pa.array([1.0, None, -np.inf]), Column("x", "double")).to_pylist()
    ['1', None, '-Inf']
    >>> points = pa.array([[10.5, -3.0]])
    >>> column_text(points, Column("p", "double", "2")).to_pylist()
    ['10.5 -3']
    >>> complex_numbers = pa.array([[1.5, -1.0], None])
    >>> column_text(complex_numbers, Column("z", "floatComplex")).to_pylist()
    ['1.5 -1', 'NaN NaN']
    """
    if column.is_text:
        return array
    return list_text(array, column) if column.is_list else scalar_text(array, column)


def joinable(array: pa.Array, column: Column) -> pa.Array:
    """The cells of one column as `joined_rows` takes them: numbers, or text."""
    return array if is_number(array) else column_text(array, column)


def scalar_text(array: pa.Array, column: Column) -> pa.Array:
    """Numbers, booleans and bits, which are the digits 0 and 1.

    >>> scalar_text(pa.array([True, None]), Column("b", "bit")).to_pylist()
    ['1', None]
    """
    if is_number(array):
        return number_text(array)
    digits = array.cast(pa.int8()) if column.datatype == "bit" else array
    return digits.cast(pa.string())


def number_text(array: pa.Array, end: str = "") -> pa.Array:
    """Numbers as text, each with `end` after it; a null stays null.

    >>> number_text(pa.array([1.5, 2.0, None]), ";").to_pylist()
    ['1.5;', '2;', None]
    """
    if len(array) == 0:
        return pa.array([], pa.string())
    values = arrays.stored_numbers(array, "double")
    data, ends = _spelled(values, end.encode())
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(data)]
    if array.null_count:
        buffers[0] = array.is_valid().buffers()[1]
    text = pa.Array.from_buffers(pa.string(), len(array), buffers)
    return _with_specials(text, values, end)


def is_number(array: pa.Array) -> bool:
    """True for integers and floating-point numbers."""
    return array.type in NUMBERS


def _spelled(values: np.ndarray, end: bytes) -> tuple[bytes, np.ndarray]:
    """The shortest text of each value with `end` after it, and where each ends.

    What is not finite is spelled `null`. Raises ValueError for 2 GiB of text.
    """
    data = orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1] + b","
    if values.dtype.kind == "f" and (values == np.rint(values)).any():
        data = data.replace(b".0,", b",")
    ends = np.zeros(len(values) + 1, "i4")
    ends[1:] = (np.frombuffer(data, "u1") == ord(",")).nonzero()[0]
    ends[1:] += 1
    if end != b",":
        data = data.replace(b",", end)
        ends += np.arange(len(ends), dtype="i4") * (len(end) - 1)
    if len(data) > MOST_TEXT:
        raise ValueError(f"{len(values)} numbers are too many to be written at once")
    return data, ends


def _with_specials(text: pa.Array, values: np.ndarray, end: str) -> pa.Array:
    """The text of numbers, with NaN and the infinities spelled as VOTable has it."""
    if values.dtype.kind != "f" or (finite := np.isfinite(values)).all():
        return text
    special = ~finite
    if text.null_count:
        special &= text.is_valid().to_numpy(zero_copy_only=False)
    if not special.any():
        return text
    signs = np.nan_to_num(np.sign(values[special])).astype(int)
    names = [f"{name}{end}" for name in SPECIALS[signs + 1]]
    return pc.replace_with_mask(text, pa.array(special), pa.array(names))


def list_text(array: pa.Array, column: Column) -> pa.Array:
    """Arrays as their elements with blanks between.

    A missing element is written as the number that stands for it, and so is each
    element of a missing array where the arraysize is fixed, and each part of a missing
    complex number: VOTable has no empty cell for those. An array of bits stays
    missing: no bit stands for that.
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


def lines(
    batch: Batch,
    columns: Iterable[Column],
    cells: Callable[[pa.Array, Column], pa.Array],
    marks: tuple[str, str, str],
) -> bytes:
    """The rows of a batch: what stands before each, between its cells, and after it.

    `cells` makes the cells of a column as `joined_rows` takes them; a null is empty.

    >>> batch = pa.record_batch({"n": [1, None]})
    >>> lines(batch, [Column("n", "long")], joinable, ("<", "|", ">"))
    b'<1><>'
    """
    before, between, after = marks
    made = [cells(*pair) for pair in zip(batch.columns, columns, strict=True)]
    rows = joined_rows(made, between, after + before, "")
    return b"".join((before.encode(), rows, after.encode()))


def joined_rows(columns: list[pa.Array], cell: str, row: str, null: str) -> pa.Buffer:
    """The rows of these columns, with `cell` between cells and `row` between rows.

    The columns are text, or numbers, which are spelled here: a number and what
    stands after it are written at once.

    >>> text = joined_rows([pa.array([1, None]), pa.array(["a", "b"])], ",", ";", "-")
    >>> text.to_pybytes()
    b'1,a;-,b'
    """
    pieces: list[pa.Array | str] = []
    for column, end in zip(columns, [cell] * (len(columns) - 1) + [row], strict=True):
        if is_number(column):
            text = number_text(column, end)
            pieces.append(text.fill_null(null + end) if text.null_count else text)
        else:
            pieces += [column, end]
    rows = pc.binary_join_element_wise(
        *pieces, "", null_handling="replace", null_replacement=null
    )
    data = rows.buffers()[2]
    return data.slice(0, data.size - len(row.encode()))
