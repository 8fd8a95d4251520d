"""What a format cannot hold: the table of docs/formats.md, as data.

Each `Limit` says what becomes of a value in some formats; `held` is what a reader
finds there. The round-trip tests compare with that, so a loss that is not listed
here is a failure.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vo_lcc.tables import Column

TD, B, B2, CSV, TSV, ECSV, FITS, PARQUET, ARROW, JSON, HTML, TEXT = FORMATS = (
    "votable/td",
    "votable/b",
    "votable/b2",
    "csv",
    "tsv",
    "ecsv",
    "fits",
    "parquet",
    "arrow",
    "json",
    "html",
    "text",
)

NULLS = {"unsignedByte": 255, "short": -(2**15), "int": -(2**31), "long": -(2**63)}


SHOWN = {
    **dict.fromkeys(("boolean", "bit"), False),
    **dict.fromkeys(("float", "double", "floatComplex", "doubleComplex"), math.nan),
}
"""What astropy shows for an element that is missing in a list of ECSV."""

Change = Callable[[Column, Any], Any]


@dataclass(frozen=True, slots=True)
class Limit:
    formats: tuple[str, ...]
    what: str
    becomes: str
    change: Change
    where: Callable[[Column, list[Any]], bool] = lambda column, values: True
    alone: bool = False  # only in a table of one column


def replaced(pattern: str, by: str = "?", datatypes: str = "char unicodeChar"):
    def change(column: Column, value: Any) -> Any:
        if value is None or column.datatype not in datatypes.split():
            return value
        return re.sub(pattern, by, value)

    return change


def text_without_null(column: Column, value: Any) -> Any:
    return "" if column.is_text and value is None else value


def array_without_null(column: Column, value: Any) -> Any:
    if not column.is_array or value is not None:
        return value
    return [None] * size_of(column)


def null_elements(column: Column, value: Any) -> Any:
    return [None] * size_of(column) if column.is_list and value is None else value


def size_of(column: Column) -> int:
    """The elements of each array (two for a complex one), 0 where that varies."""
    size = column.arraysize or "1"
    if size.endswith("*"):
        return 0
    return (2 if column.is_complex else 1) * math.prod(map(int, size.split("x")))


def nan_is_null(column: Column, value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def elements(change: Change) -> Change:
    def change_elements(column: Column, value: Any) -> Any:
        if not column.is_list or value is None:
            return value
        return [change(column, element) for element in value]

    return change_elements


def least_is_null(column: Column, value: Any) -> Any:
    return None if value == NULLS.get(column.datatype, ()) else value


def scalars(change: Change) -> Change:
    return lambda column, value: value if column.is_list else change(column, value)


def null_is_least(column: Column, value: Any) -> Any:
    return NULLS.get(column.datatype) if value is None else value


def null_is_least_in_fits(column: Column, value: Any) -> Any:
    least = -(2**15) if column.datatype == "unsignedByte" else None
    return least if value is None and least else null_is_least(column, value)


def has_nulls(column: Column, values: list[Any]) -> bool:
    cells = [v if isinstance(v, list) else [v] for v in values]
    return column.datatype != "unsignedByte" and any(None in cell for cell in cells)


def in_heap(column: Column, values: list[Any]) -> bool:
    return size_of(column) == 0


def not_in_heap(column: Column, values: list[Any]) -> bool:
    return size_of(column) > 0


def null_is_false(column: Column, value: Any) -> Any:
    return False if column.datatype == "boolean" and value is None else value


def null_is_zero(column: Column, value: Any) -> Any:
    return False if column.datatype == "bit" and value is None else value


def complex_without_null(column: Column, value: Any) -> Any:
    is_null = column.is_complex and not column.is_array and value is None
    return [None, None] if is_null else value


def nan_is_null_complex(column: Column, value: Any) -> Any:
    if not column.is_complex or column.is_array or value is None:
        return value
    nans = [part for part in value if part is None or math.isnan(part)]
    return [None, None] if nans else value


LIMITS = (
    Limit(
        (TD, B, B2),
        "a character beyond ASCII in a column declared `char`",
        "`?` (declare the column `unicodeChar`)",
        replaced(r"[^\x00-\x7f]", datatypes="char"),
    ),
    Limit(
        (FITS,),
        "a character that is not printable ASCII",
        "`?`",
        replaced(r"[^\x20-\x7e]"),
    ),
    Limit(
        (FITS,),
        "blanks at the end of text",
        "dropped by readers: FITS pads with blanks",
        replaced(r" +\Z", ""),
    ),
    Limit(
        (TD, HTML),
        "a character that XML cannot hold (U+0001 to U+001F other than tab, line feed"
        " and carriage return; U+FFFE; U+FFFF)",
        "`?`",
        replaced("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"),
    ),
    Limit(
        (TD,),
        "blanks, tabs and line ends around text",
        "kept, but astropy drops them",
        replaced(r"\A[ \t\r\n]+|[ \t\r\n]+\Z", ""),
    ),
    Limit(
        (ECSV, TEXT),
        "a control character, or another that ends a line (U+0085, U+2028, U+2029)",
        "a blank",
        replaced("[\x00-\x1f\x7f\x85\u2028\u2029]", " "),
    ),
    Limit(
        (ECSV,),
        "blanks around text",
        "kept, but astropy drops them",
        lambda c, v: v.strip() if c.is_text and v else v,
    ),
    Limit(
        (ECSV,),
        "empty text",
        "null: ECSV writes both as two quotes",
        lambda c, v: (v or None) if c.is_text else v,
    ),
    Limit(
        (TSV,),
        "a tab, line feed or carriage return in text",
        "a blank",
        replaced("[\t\r\n]", " "),
    ),
    Limit(
        (TEXT,),
        "blanks at the end of text",
        "not told from those that fill the column",
        replaced(r" +\Z", ""),
    ),
    Limit(
        (TD, B, TSV, FITS, HTML, TEXT),
        "null text",
        "the same as empty text",
        text_without_null,
    ),
    Limit(
        (TD, B, B2, CSV, TSV, FITS, HTML, TEXT),
        "a missing element of an array of bits",
        "0",
        elements(null_is_zero),
    ),
    Limit(
        (B2,),
        "null text, and a null array of fixed arraysize",
        "kept, but astropy shows empty text and an array of missing elements",
        lambda c, v: (
            v
            if c.is_array and size_of(c) == 0
            else (array_without_null(c, text_without_null(c, v)))
        ),
    ),
    Limit(
        (CSV,),
        "null text in a table of one column",
        'empty text, written `""`: a blank line would be no row',
        text_without_null,
        alone=True,
    ),
    Limit(
        (TSV,),
        "a null or empty text in a table of one column",
        "a blank line, which some readers skip",
        lambda column, value: value,
        alone=True,
    ),
    Limit(
        (TD, B, CSV, TSV, FITS, HTML, TEXT),
        "a null array",
        "an empty array; where the arraysize is fixed, an array of missing elements"
        " (for bits an empty cell)",
        array_without_null,
    ),
    Limit(
        (B, FITS),
        "a null bit, and a null array of bits of fixed arraysize",
        "0, an array of 0",
        lambda c, v: elements(null_is_zero)(c, v) if c.is_array else null_is_zero(c, v),
    ),
    Limit(
        (PARQUET,),
        "a null array of fixed arraysize",
        "an array of missing elements",
        lambda c, v: v if size_of(c) == 0 else array_without_null(c, v),
    ),
    Limit(
        (ECSV,),
        "a null array, or complex number",
        "kept, but astropy shows an empty array or, where the arraysize is fixed, one"
        " of missing elements",
        null_elements,
    ),
    Limit(
        (ECSV,),
        "a missing element of an array of booleans, bits or floating-point numbers"
        " whose length varies",
        "kept, but astropy shows false or NaN",
        elements(lambda c, v: SHOWN.get(c.datatype) if v is None else v),
        in_heap,
    ),
    Limit(
        (TD, B, CSV, TSV, FITS, PARQUET, HTML, TEXT),
        "a null complex number",
        "NaN in both parts (in Parquet two missing parts)",
        complex_without_null,
    ),
    Limit(
        (TD, B, B2, FITS),
        "a complex number of which a part is NaN",
        "kept, but astropy shows a missing number, as it does for a null one",
        lambda c, v: nan_is_null_complex(c, complex_without_null(c, v)),
    ),
    Limit(
        (TD,),
        "an empty array of complex numbers",
        "kept, but astropy shows a missing array",
        lambda c, v: None if c.is_complex and v == [] else v,
    ),
    Limit(
        (B,),
        "the integer that stands for null (VALUES null): the least `short`, `int`,"
        " `long`; 255 of `unsignedByte`",
        "null",
        scalars(least_is_null),
    ),
    Limit(
        (TD, B, B2),
        "the integer that stands for null as an element of an array",
        "a missing element",
        elements(least_is_null),
    ),
    Limit(
        (CSV, TSV, HTML, TEXT),
        "a missing element of an array of integers",
        "the integer that stands for null in BINARY",
        elements(null_is_least),
    ),
    Limit(
        (FITS,),
        "a missing element of an array of integers whose length varies",
        "the least integer (of 16 bits for `unsignedByte`); a COMMENT says so",
        elements(null_is_least_in_fits),
        in_heap,
    ),
    Limit(
        (FITS,),
        "the least `short`, `int`, `long` (TNULL), in a column that has nulls",
        "null",
        lambda c, v: (
            elements(least_is_null)(c, v) if c.is_array else least_is_null(c, v)
        ),
        lambda c, values: not_in_heap(c, values) and has_nulls(c, values),
    ),
    Limit(
        (TD, B, B2, CSV, TSV, FITS, HTML, TEXT),
        "a missing element of an array of floating-point numbers, or part of a complex"
        " one",
        "NaN",
        elements(nan_is_null),
    ),
    Limit(
        (TD, B, B2, FITS),
        "NaN",
        "the same as null; TABLEDATA and BINARY2 tell them apart, astropy and TOPCAT"
        " show both as missing",
        nan_is_null,
    ),
    Limit(
        (FITS,),
        "a missing boolean",
        "the byte 0, which astropy reads as false (with a warning)",
        lambda c, v: (
            elements(null_is_false)(c, v) if c.is_array else null_is_false(c, v)
        ),
    ),
)


def held(
    format_name: str, column: Column, values: list[Any], alone: bool = False
) -> list[Any]:
    """What a reader of this format finds for the values of a column."""
    for limit in LIMITS:
        applies = format_name in limit.formats and (alone or not limit.alone)
        if applies and limit.where(column, values):
            values = [limit.change(column, value) for value in values]
    return values
