"""The cells of TABLEDATA become Arrow columns (VOTable 1.5, 5.1 and 6).

A column at a time, by Arrow, whose numbers are spelled almost as those of VOTable:
what it does not take is put right and tried again, and only then is the cell looked
for that is wrong. An empty cell is null, and so is one that says what VALUES null says.
"""

import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.parsers.checks import shown
from vo_lcc.parsers.votable.cells import (
    BadCellError,
    first_failing,
    lists_of,
    nulls_at,
)
from vo_lcc.parsers.votable.fields import Field
from vo_lcc.tables import ARROW_TYPES

BLANKS = " \t\r\n"

NUMBERS = frozenset(ARROW_TYPES.values()) - {pa.bool_()}

SPECIALS = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)

BOOLEANS = pa.array(["t", "1", "true", "f", "0", "false", "?"])
TRUTHS = pa.array([True, True, True, False, False, False, None])


def read_cells(cells: pa.StringArray, field: Field) -> pa.Array:
    """The values of one column; raises BadCellError for the first that is wrong.

    >>> from vo_lcc.parsers.votable.fields import read_field
    >>> field = read_field({"name": "n", "datatype": "short"}, 1, None, "-9")
    >>> read_cells(pa.array(["0x1F", "", " +5", "-9"]), field).to_pylist()
    [31, None, 5, None]
    """
    cells = nulls_at(cells, pc.equal(cells, ""))
    if field.is_text:
        return _texts(cells, field)
    if field.column.datatype == "bit":
        return _bits(cells, field)
    if not field.is_list:
        return _scalars(cells, field)
    cells = _trimmed(cells)
    words = pc.ascii_split_whitespace(cells)
    counts = pc.list_value_length(words)
    try:
        values = _scalars(words.flatten(), field)
    except BadCellError as error:
        ends = np.cumsum(counts.fill_null(0).to_numpy())
        row = int(np.searchsorted(ends, error.index, "right"))
        raise BadCellError(row, error.problem) from None
    return lists_of(values, counts, field)


def _scalars(cells: pa.StringArray, field: Field) -> pa.Array:
    datatype = field.column.datatype
    read = READERS.get(datatype)
    if read is not None:
        return read(cells)
    values = _numbers(cells, field)
    if datatype == "unsignedByte":
        _check(cells, pc.or_(pc.less(values, 0), pc.greater(values, 255)), datatype)
    elif pa.types.is_floating(values.type):
        _check_specials(cells, values, datatype)
    null = null_value(field)
    return values if null is None else nulls_at(values, is_null_value(values, null))


def _numbers(cells: pa.StringArray, field: Field) -> pa.Array:
    kind = field.value_type
    try:
        return cells.cast(kind)
    except pa.ArrowInvalid:
        cells = _put_right(cells)
    if field.null is not None and field.parts == 1:
        cells = nulls_at(cells, pc.equal(cells, field.null.strip()))
    try:
        return cells.cast(kind)
    except pa.ArrowInvalid:
        bad = first_failing(cells, kind)
        raise _no_value(cells, bad, field.column.datatype) from None


def _put_right(cells: pa.StringArray) -> pa.StringArray:
    """Numbers without blanks around them, and without a plus sign."""
    return pc.replace_substring_regex(_trimmed(cells), r"^\+([0-9])", r"\1")


def _trimmed(cells: pa.StringArray) -> pa.StringArray:
    cells = pc.ascii_trim(cells, BLANKS)
    return nulls_at(cells, pc.equal(cells, ""))


def _check_specials(cells: pa.StringArray, values: pa.Array, datatype: str) -> None:
    """Raise BadCellError for numbers that are too large, read as infinite."""
    odd = pc.invert(pc.is_finite(values)).fill_null(False)
    if not pc.any(odd).as_py():
        return
    for text in pc.unique(cells.filter(odd)).to_pylist():
        if not SPECIALS.fullmatch(text.strip(BLANKS)):
            raise _no_value(cells, pc.index(cells, text).as_py(), datatype)


def _booleans(cells: pa.StringArray) -> pa.Array:
    found = pc.index_in(pc.ascii_lower(_trimmed(cells)), BOOLEANS)
    _check(_trimmed(cells), pc.is_null(found), "boolean")
    return TRUTHS.take(found)


READERS: dict[str, Callable[[pa.StringArray], pa.Array]] = {"boolean": _booleans}


def _check(cells: pa.StringArray, wrong: pa.BooleanArray, datatype: str) -> None:
    bad = pc.index(pc.and_(wrong, pc.is_valid(cells)), True).as_py()
    if bad >= 0:
        raise _no_value(cells, bad, datatype)


def _no_value(cells: pa.StringArray, index: int, datatype: str) -> BadCellError:
    text = shown(cells[index].as_py())
    return BadCellError(index, f"{text} is no value of datatype {datatype}")


def _bits(cells: pa.StringArray, field: Field) -> pa.Array:
    """Arrays of the digits 0 and 1, blanks among them or not."""
    cells = pc.replace_substring_regex(cells, f"[{BLANKS}]+", "")
    cells = nulls_at(cells, pc.equal(cells, ""))
    _check(cells, pc.invert(pc.match_substring_regex(cells, "^[01]*$")), "bit")
    counts = pc.binary_length(cells)
    digits = "".join(cells.drop_null().to_pylist()).encode()
    values = pa.array(np.frombuffer(digits, "u1") == ord("1"))
    if field.is_list:
        return lists_of(values, counts, field)
    bad = pc.index(pc.greater(counts, 1), True).as_py()
    if bad >= 0:
        raise BadCellError(bad, field.wrong_count(counts[bad].as_py()))
    places = np.cumsum(counts.fill_null(0).to_numpy()) - 1
    return values.take(pa.array(places, mask=cells.is_null().to_numpy(False)))


def _texts(cells: pa.StringArray, field: Field) -> pa.Array:
    if field.null:
        cells = nulls_at(cells, pc.equal(cells, field.null))
    most = field.shape.most if field.shape.size is None else field.shape.size
    if most is None:
        return cells
    long = pc.greater(pc.binary_length(cells), most).fill_null(False)
    width = 2 if field.column.datatype == "unicodeChar" else 4
    encoding = "utf-16-be" if width == 2 else "utf-32-be"
    for index in np.flatnonzero(long.to_numpy(zero_copy_only=False)):
        count = len(cells[int(index)].as_py().encode(encoding)) // width
        if count > most:
            raise BadCellError(int(index), field.wrong_count(count))
    return cells


def null_value(field: Field) -> pa.Scalar | None:
    """The number that stands for null, None where there is no such number."""
    if field.null is None or field.value_type not in NUMBERS or field.parts > 1:
        return None
    text = _put_right(pa.array([field.null]))
    try:
        return text.cast(field.value_type)[0]
    except pa.ArrowInvalid:
        return None


def is_null_value(values: pa.Array, null: pa.Scalar) -> pa.BooleanArray:
    """Which values are the number that stands for null; NaN is equal to NaN."""
    if pa.types.is_floating(values.type) and np.isnan(null.as_py() or 0.0):
        return pc.is_nan(values)
    return pc.equal(values, null)
