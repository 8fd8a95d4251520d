"""STILTS and pyarrow read what astropy reads, but for the ways they show nulls."""

import io
import math
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pytest
from astropy.io.votable import parse
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.documents import batch_of, document
from tests.formats.edges import (
    every_kind,
    is_strings,
    is_varying_complex,
    table_of,
)
from tests.formats.limits import NULLS, held
from tests.formats.reading import value_of
from tests.formats.test_round_trip import TEXT, VALUES, comparable
from vo_lcc.heads import TableHead
from vo_lcc.tables import COMPLEX, Column, arrow_schema

STILTS_FORMATS = ("votable/td", "votable/b", "votable/b2", "fits", "csv")


def as_stilts_shows(format_name: str, column: Column, value: Any) -> Any:
    """Values that STILTS does not tell apart made one.

    It knows no missing elements of arrays of booleans and integers, no difference
    between an empty array and none, NaN and null, empty text and null.
    """
    if column.is_text:
        return (value or "").strip(" ")  # which astropy drops in TABLEDATA
    if column.is_complex and not column.is_array and None in value:
        return None  # as astropy shows it
    if isinstance(value, list):
        missing = MISSING.get(column.datatype)
        if format_name == "fits" and column.datatype == "unsignedByte":
            missing = NULLS["short"]
        return [missing if v is None else v for v in value] or None
    if format_name == "fits" and column.datatype == "boolean":
        return bool(value)  # astropy shows a missing one as false
    return None if isinstance(value, float) and math.isnan(value) else value


def as_stilts_declares(column: Column) -> Column:
    """Complex numbers are arrays of their parts."""
    if not column.is_complex:
        return column
    size = f"2x{column.arraysize}" if column.arraysize else "2"
    return replace(column, datatype=column.datatype[: -len("Complex")], arraysize=size)


MISSING: dict[str, Any] = {"boolean": False, "bit": False, **NULLS}


def is_layered(column: Column) -> bool:
    """Whether STILTS writes a column with `arraysize="2x*"`."""
    size = column.arraysize or ""
    return is_varying_complex(column) or (size.endswith("*") and "x" in size)


def columns_for(
    format_name: str, layered: bool
) -> tuple[tuple[Column, ...], list[list[Any]]]:
    """Every kind of column that STILTS can read in a format, and astropy afterwards."""
    columns, cells = every_kind(
        lambda c: not is_strings(c) and is_layered(c) is layered
    )
    readable = [
        (column, values)
        for column, values in zip(columns, cells, strict=True)
        if not (format_name.startswith("votable/b") and is_single_bit(column))
        and not (format_name != "votable/td" and is_varying_complex(column))
        and not (format_name == "csv" and column.is_list)
    ]
    if format_name == "csv":  # whose text STILTS would write as char
        readable = [(c, [ascii_of(v) for v in values]) for c, values in readable]
    return tuple(c for c, _ in readable), [values for _, values in readable]


def is_single_bit(column: Column) -> bool:
    return column.datatype == "bit" and not column.is_array


def ascii_of(value: Any) -> Any:
    return value.encode("ascii", "replace").decode() if type(value) is str else value


@pytest.mark.validator
@pytest.mark.parametrize(
    ("layered", "read", "again"),
    [
        (False, STILTS_FORMATS, "votable-binary2-inline"),
        (True, STILTS_FORMATS[:-1], "votable-tabledata"),  # all that astropy can read
    ],
)
def test_stilts_reads_every_kind_of_column_in_every_format(
    stilts, tmp_path, layered, read, again
):
    written = {name: columns_for(name, layered) for name in read}
    asked = [f"nin={len(written)}"]
    for number, (name, table) in enumerate(written.items(), 1):
        path = tmp_path / f"{number}"
        path.write_bytes(document(name, [table_of(*table)]))
        kind = name.partition("/")[0]
        asked += [f"in{number}={path}", f"ifmt{number}={kind}"]
        asked += [f"icmd{number}=clearparams *"]
    out = tmp_path / "out.vot"

    done = stilts("tmultin", *asked, f"out={out}", f"ofmt={again}")

    assert done.returncode == 0, done.stderr
    tables = list(parse(out).iter_tables())
    for (name, (columns, cells)), table in zip(written.items(), tables, strict=True):
        for index, column in enumerate(columns):
            field = table.array.dtype.names[index]
            pairs = zip(table.array.data[field], table.array.mask[field], strict=True)
            declared = as_stilts_declares(column)
            seen = [value_of(cell, mask, declared) for cell, mask in pairs]
            expected = held(name, column, cells[index])
            assert [
                comparable(as_stilts_shows(name, column, value)) for value in seen
            ] == [
                comparable(as_stilts_shows(name, column, value)) for value in expected
            ], (name, column)


PLAIN = [datatype for datatype in VALUES if datatype not in {"bit", *COMPLEX}]


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_pyarrow_reads_the_csv(data):
    datatypes = data.draw(st.lists(st.sampled_from([*PLAIN, "char"]), min_size=2))
    columns = [
        Column(f"c{i}", datatype, "*" if datatype == "char" else None)
        for i, datatype in enumerate(datatypes)
    ]
    row = [st.none() | (TEXT if c.is_text else finite(c)) for c in columns]
    rows = data.draw(st.lists(st.tuples(*row), min_size=1, max_size=6))

    written = document("csv", [(TableHead(tuple(columns)), [batch_of(columns, rows)])])
    seen = pa.csv.read_csv(
        io.BytesIO(written),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            column_types=arrow_schema(columns),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )

    assert [c.name for c in columns] == seen.column_names
    found = list(zip(*(column.to_pylist() for column in seen), strict=True))
    assert comparable(found) == comparable(rows)


def finite(column: Column) -> st.SearchStrategy[Any]:
    """Values without infinities: pyarrow does not know `+Inf` (only `inf`)."""
    values = VALUES[column.datatype]
    return values.filter(lambda v: not (isinstance(v, float) and math.isinf(v)))
