"""What is written as VOTable, by us and by others, is read back as it was."""

import io
import math
import re
import warnings
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io.votable import from_table, parse
from astropy.table import MaskedColumn, Table
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.formats.documents import batch_of, document
from tests.formats.edges import KINDS, every_kind, table_of
from tests.formats.limits import NULLS, size_of
from tests.formats.test_round_trip import values_of
from tests.parsers.tables import comparable, rows_of
from tests.parsers.votables import by_parser, cells, field, read, tabledata
from vo_lcc.errors import UsageError
from vo_lcc.heads import TableHead
from vo_lcc.tables import Column

TD, B, B2 = SERIALIZATIONS = ("votable/td", "votable/b", "votable/b2")
FORBIDDEN = "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"

SHARED = Path(__file__).parents[2] / ".." / "shared" / "data"


def kept(name: str, column: Column, value: Any) -> Any:
    """What our writers leave of a value: see docs/formats.md."""
    if column.is_text:
        return kept_text(name, column, value)
    if value is None:
        return kept_null(name, column)
    if isinstance(value, list):
        found = [kept_element(column, element) for element in value]
        return None if name == TD and not found else found
    return None if name == B and value == NULLS.get(column.datatype, ()) else value


def kept_text(name: str, column: Column, value: str | None) -> str | None:
    if name != B2 and not value:
        return None if name == TD else ""
    if value is None:
        return None
    text = re.sub(r"[^\x00-\x7f]", "?", value) if column.datatype == "char" else value
    return re.sub(FORBIDDEN, "?", text) if name == TD else text


def kept_null(name: str, column: Column) -> Any:
    if name == B2:
        return None
    if column.is_complex and not column.is_array:
        return [math.nan, math.nan]
    if column.is_array:
        size = size_of(column)
        if name == TD and (column.datatype == "bit" or not size):
            return None
        return [kept_element(column, None)] * size
    if name == B and column.datatype in ("float", "double"):
        return math.nan
    return False if name == B and column.datatype == "bit" else None


def kept_element(column: Column, value: Any) -> Any:
    if value is None and column.datatype == "bit":
        return False
    if value is None and column.datatype in FLOATS:
        return math.nan
    return None if value == NULLS.get(column.datatype, ()) else value


FLOATS = ("float", "double", "floatComplex", "doubleComplex")


def check(name: str, columns: Any, rows: list[tuple[Any, ...]], data: bytes) -> None:
    table = read(data)
    assert table.columns == tuple(columns)
    expected = [
        tuple(kept(name, c, value) for c, value in zip(columns, row, strict=True))
        for row in rows
    ]
    seen = rows_of(table)
    assert len(seen) == len(rows)
    for index, column in enumerate(columns):
        found = [row[index] for row in seen]
        assert comparable(found) == comparable([row[index] for row in expected]), column


@pytest.mark.parametrize("name", SERIALIZATIONS)
def test_every_kind_of_column_is_read_back(name: str) -> None:
    columns, cells = every_kind()
    head, batches = table_of(columns, cells)
    data = document(name, [(head, batches)])

    check(name, columns, list(zip(*cells, strict=True)), data)


@st.composite
def columns_and_rows(draw: st.DrawFn) -> tuple[list[Column], list[tuple[Any, ...]]]:
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=9))
    columns = [Column(f"c{i}", *kind) for i, kind in enumerate(kinds)]
    row = st.tuples(*(st.none() | values_of(column) for column in columns))
    return columns, draw(st.lists(row, max_size=8))


@pytest.mark.parametrize("name", SERIALIZATIONS)
@settings(max_examples=150, deadline=None)
@given(table=columns_and_rows(), plain=st.booleans())
def test_any_table_is_read_back(
    name: str, table: tuple[list[Column], list[tuple[Any, ...]]], plain: bool
) -> None:
    columns, rows = table
    batches = [batch_of(columns, rows)]
    data = document(name, [(TableHead(tuple(columns), "t"), batches)])
    if not plain:
        data = by_parser(data.decode()).encode()

    check(name, columns, rows, data)


CHARACTERS = (
    *("a", "1", " ", "\n", "\r\n", "\r", "\t", "é", "\x0b", "\ufffe", ">", "]]>", "<"),
    *("&lt;", "&#65;", "&#x1F600;", "&#0;", "&#55296;", "&#xFFFE;", "&lt", "&no;", "&"),
    *("<!-- x -->", "<!--", "-->", "<![CDATA[", "]]>", "<?x?>", "<TD/>", "</TR>"),
)
TEXTS = st.lists(st.sampled_from(CHARACTERS), max_size=2).map("".join)
BLANKS = st.sampled_from(
    ["", "", "", "", " ", "\n", "\r\n", "x", "<!-- x -->", "<TD/>"]
)
CELLS = st.sampled_from(["<TD>{}</TD>"] * 9 + ["<TD/>", '<TD a="1">{}</TD>', "<td>{}"])


@st.composite
def line(draw: st.DrawFn) -> str:
    """A row, most of the time a good one."""
    number, text = draw(CELLS).format("1"), draw(CELLS).format(draw(TEXTS))
    pieces = ["<TR>", number, text, "</TR>"]
    kept = [piece for piece in pieces if draw(st.integers(0, 40))]
    return "".join(draw(BLANKS) + piece for piece in kept) + draw(BLANKS)


def test_text_is_the_same_with_the_parser_and_without() -> None:
    seen = set()
    for first in CHARACTERS:
        for second in ("", *CHARACTERS):
            document = cells(field("char", "*"), "x", first + second)
            plain = outcome(document)
            parsed = outcome(document.replace("<TABLEDATA>", "<TABLEDATA >"))
            assert plain == parsed, (first, second)
            seen.add(str(plain))
    assert len(seen) > 100


@settings(max_examples=400, deadline=None)
@given(st.lists(line(), max_size=3).map("".join))
def test_rows_are_the_same_with_the_parser_and_without(lines: str) -> None:
    fields = field("int") + field("char", "*").replace('"x"', '"y"')
    document = tabledata(fields).replace("</TABLEDATA>", f"{lines}</TABLEDATA>")

    plain = outcome(document)

    assert plain == outcome(document.replace("<TABLEDATA>", "<TABLEDATA >", 1))


def outcome(document: str) -> Any:
    """The rows, or that there is an error."""
    try:
        return rows_of(read(document.encode(errors="surrogatepass")))
    except UsageError:
        return "an error"


ASTROPY_KINDS: dict[str, st.SearchStrategy[Any]] = {
    "?": st.booleans(),
    "u1": st.integers(0, 255),
    "i2": st.integers(-(2**15), 2**15 - 1),
    "i4": st.integers(-(2**31), 2**31 - 1),
    "i8": st.integers(-(2**63), 2**63 - 1),
    "f4": st.floats(width=32, allow_nan=False),
    "f8": st.floats(allow_nan=False),
    "c8": st.complex_numbers(allow_nan=False, width=64),
    "c16": st.complex_numbers(allow_nan=False),
    "U6": st.text("aé☉ b", min_size=1, max_size=6),
}


@st.composite
def astropy_table(draw: st.DrawFn) -> tuple[Table, list[list[Any]]]:
    kinds = draw(st.lists(st.sampled_from([*ASTROPY_KINDS]), min_size=1, max_size=5))
    size = draw(st.integers(1, 6))
    values, columns = [], []
    for kind in kinds:
        cells = draw(st.lists(ASTROPY_KINDS[kind], min_size=size, max_size=size))
        mask = draw(st.lists(st.booleans(), min_size=size, max_size=size))
        mask = mask if kind in ("i2", "i4", "i8") else [False] * size
        columns.append(MaskedColumn(np.array(cells, kind), mask=mask))
        values.append([None if m else c for c, m in zip(cells, mask, strict=True)])
    names = [f"c{i}" for i in range(len(kinds))]
    return Table(columns, names=names), values


@pytest.mark.parametrize("serialization", ["tabledata", "binary", "binary2"])
@settings(max_examples=60, deadline=None)
@given(made=astropy_table())
def test_tables_of_astropy_are_read(
    serialization: str, made: tuple[Table, list[list[Any]]]
) -> None:
    table, values = made
    if serialization == "binary":  # astropy does not write nulls there
        assume(not any(None in column for column in values))
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from_table(table).to_xml(file, tabledata_format=serialization)

    seen = list(zip(*rows_of(read(file.getvalue())), strict=True))

    parts = [[as_parts(value) for value in column] for column in values]
    assert comparable([list(column) for column in seen]) == comparable(parts)


def as_parts(value: Any) -> Any:
    return [value.real, value.imag] if isinstance(value, complex) else value


MAGIC_NULLS = (
    "format=TABLEDATA,version=V11",
    "format=BINARY,inline=true,version=V12",
    "format=FITS,inline=true,version=V14",
)
"""Where STILTS declares the least integer to be null, though it may be a value."""

FLAGGED_NULLS = (
    "format=BINARY2,inline=true,version=V13",
    "format=TABLEDATA,version=V14",
)


@pytest.mark.parametrize("written", [*MAGIC_NULLS, *FLAGGED_NULLS])
def test_tables_of_stilts_are_read(stilts, tmp_path, written: str) -> None:
    kinds = {(kind, size) for kind in KINDS_OF_STILTS for size in (None, "3", "*")}
    kinds |= {("char", "*")}
    columns, cells = every_kind(lambda c: (c.datatype, c.arraysize) in kinds)
    source, target = tmp_path / "in.vot", tmp_path / "out.vot"
    source.write_bytes(document("votable/b2", [table_of(columns, cells)]))

    ran = stilts("tcopy", f"in={source}", f"out={target}", f"ofmt=votable({written})")

    assert ran.returncode == 0, ran.stderr
    table = read(target.read_bytes())
    described = [replace(c, arraysize=None, annotation=None) for c in table.columns]
    assert described == [replace(c, arraysize=None) for c in columns]
    seen = list(zip(*rows_of(table), strict=True))
    for column, values, found in zip(columns, cells, seen, strict=True):
        if column.arraysize is None:
            least = NULLS.get(column.datatype, ()) if written in MAGIC_NULLS else ()
            wanted = [None if value == least else value for value in values]
            assert nan_as_null(found) == nan_as_null(wanted), column


KINDS_OF_STILTS = ("boolean", "short", "int", "long", "float", "double")


def nan_as_null(values: Iterable[Any]) -> list[Any]:
    return [
        None if isinstance(value, float) and math.isnan(value) else value
        for value in values
    ]


def votables_of_others() -> list[Path]:
    names = [path for kind in ("xml", "vot") for path in SHARED.rglob(f"*.{kind}")]
    return [path for path in sorted(names) if b"<VOTABLE" in path.read_bytes()[:4000]]


REFUSED = {
    "regression.xml": "has a DOCTYPE",
    "errorstatus.xml": "QUERY_STATUS=ERROR",
    "test.photcal_error.xml": "QUERY_STATUS=ERROR: PhotCalID not found",
    "missingresource.xml": "holds no TABLE",
    "missingtable.xml": "holds no TABLE",
    "resource_groups.xml": "holds no TABLE",
    "missingcolumns.xml": "no columns",
    "names.xml": "nrows=18949, but 1 rows",
    "lightcurve_example_template.vot": "the base64 is cut short",
}
"""Documents that hold no table, or not all of it."""


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data are not beside")
def test_votables_of_others_are_read_as_astropy_reads_them() -> None:
    paths = votables_of_others()
    assert len(paths) > 40
    for path in paths:
        data = path.read_bytes()
        if path.name in REFUSED:
            with pytest.raises(UsageError, match=REFUSED[path.name]):
                rows_of(read(data))
        else:
            check_as_astropy(path, data)


def check_as_astropy(path: Path, data: bytes) -> None:
    table = read(data)
    seen = [np.array(cells, object) for cells in zip(*rows_of(table), strict=True)]
    data = data.replace(b"<TIMESYS refposition", b'<TIMESYS ID="t" refposition')
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first = parse(io.BytesIO(data)).get_first_table()
    assert [c.name for c in table.columns] == [f.name for f in first.fields], path
    for column, values, name in zip(
        table.columns, seen, first.array.dtype.names, strict=bool(seen)
    ):
        assert len(values) == len(first.array), path
        if column.datatype in ("float", "double") and column.arraysize is None:
            wanted = first.array[name].filled(math.nan).astype(float)
            found = np.array([math.nan if v is None else v for v in values], float)
            assert np.array_equal(found, wanted, equal_nan=True), (path, column)
