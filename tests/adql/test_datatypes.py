"""Columns of every VOTable datatype pass through ADQL as they are."""

import math
from collections.abc import AsyncIterator

import pyarrow as pa
import pytest

from tests.db.copy_values import connected, copy_blocks, decode_all
from tests.formats.edges import every_kind, table_of
from vo_lcc.adql import compile_query
from vo_lcc.adql.postgres.words import column_type
from vo_lcc.adql.values.kinds import KIND_NAMES, kind_of
from vo_lcc.db import Database
from vo_lcc.db.copy_binary import CopyDecoder
from vo_lcc.db.copy_encode import HEADER, TRAILER, CopyEncoder
from vo_lcc.errors import QueryError
from vo_lcc.tables import Catalog, Column, Schema, Table, arrow_schema

COLUMNS, CELLS = every_kind()
CATALOG = Catalog((Schema("pg_temp", (Table("pg_temp", "t", COLUMNS),)),))

OTHERS = (
    Column("z", "floatComplex"),
    Column("w", "doubleComplex"),
    Column("zz", "doubleComplex", "*"),
    Column("b", "bit"),
    Column("truth", "boolean"),
    Column("bits", "bit", "8"),
    Column("x", "double"),
)
FEW = Catalog((Schema("s", (Table("s", "t", OTHERS),)),))


def test_every_datatype_is_of_a_kind():
    assert {kind_of(column) for column in COLUMNS} <= KIND_NAMES.keys()


@pytest.mark.db
async def test_rows_of_every_datatype_come_back(session_db: Database):
    _, batches = table_of(COLUMNS, CELLS)
    encoder = CopyEncoder(arrow_schema(COLUMNS))

    async def blocks() -> AsyncIterator[bytes]:
        yield HEADER
        for batch in batches:
            yield encoder.encode(batch)
        yield TRAILER

    plan = compile_query("SELECT * FROM pg_temp.t", CATALOG)
    declared = ", ".join(f"{c.name} {column_type(c)}" for c in COLUMNS)
    async with connected(session_db.url) as connection:
        await connection.execute(f"CREATE TEMPORARY TABLE t ({declared})")
        await connection.copy_to_table("t", source=blocks(), format="binary")
        found = await copy_blocks(connection, plan.sql)

    assert [(c.datatype, c.arraysize) for c in plan.columns] == [
        (c.datatype, c.arraysize) for c in COLUMNS
    ]
    seen = decode_all(CopyDecoder(arrow_schema(plan.columns)), *found)
    wanted = pa.Table.from_batches(batches)
    for name in wanted.column_names:
        assert comparable(seen[name].to_pylist()) == comparable(
            wanted[name].to_pylist()
        ), name


def comparable(value: object) -> object:
    if isinstance(value, list):
        return [comparable(element) for element in value]
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else (value, math.copysign(1, value))
    return value


@pytest.mark.parametrize(
    "query",
    [
        "SELECT z, zz FROM s.t WHERE z IS NOT NULL AND zz IS NULL",
        "SELECT COUNT(z) FROM s.t",
        "SELECT x FROM s.t WHERE b = 'true' AND truth = 'f' AND bits IS NULL",
        "SELECT COALESCE(b, truth) FROM s.t",
    ],
)
def test_such_values_can_be_selected_and_looked_for(query: str):
    assert compile_query(query, FEW).columns


def test_what_holds_complex_numbers_of_both_lengths_is_double():
    plan = compile_query("SELECT COALESCE(z, w), COALESCE(NULL, z) FROM s.t", FEW)

    assert [c.datatype for c in plan.columns] == ["doubleComplex", "floatComplex"]
    assert "::float8[]" in plan.sql


NUMBER = "a complex number"
ARRAY = "an array of complex numbers"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("x FROM s.t WHERE z = w", f"{NUMBER} cannot be compared with {NUMBER}"),
        ("x FROM s.t WHERE z > 1", f"{NUMBER} cannot be compared with a number"),
        ("x FROM s.t WHERE zz = zz", f"{ARRAY} cannot be compared with {ARRAY}"),
        ("x FROM s.t WHERE z IN (SELECT w FROM s.t)", f"IN cannot compare {NUMBER}"),
        ("x FROM s.t ORDER BY z", f"{NUMBER} has no order"),
        ("z FROM s.t ORDER BY 1", f"{NUMBER} has no order"),
        ("z + 1 FROM s.t", f"arithmetic needs numbers, this is {NUMBER}"),
        ("MAX(z) FROM s.t", f"MAX cannot be taken of {NUMBER}"),
        ("SUM(z) FROM s.t", f"SUM needs numbers, this is {NUMBER}"),
        ("ABS(z) FROM s.t", f"cannot be given {NUMBER}"),
        ("CAST(z AS VARCHAR) FROM s.t", f"{NUMBER} cannot be CAST to VARCHAR"),
        ("COALESCE(z, zz) FROM s.t", f"{NUMBER} and {ARRAY} cannot be values"),
        ("x FROM s.t WHERE bits = 'true'", "an array of truth values"),
        ("b + 1 FROM s.t", "arithmetic needs numbers, this is true or false"),
    ],
)
def test_what_cannot_be_done_with_them_is_told(query: str, told: str):
    with pytest.raises(QueryError, match=told):
        compile_query(f"SELECT {query}", FEW)
