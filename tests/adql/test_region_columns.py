"""Columns that hold regions and MOCs: values, indexes, tests (ObsCore s_region)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest

from vo_lcc.adql import compile_query
from vo_lcc.db import Database
from vo_lcc.errors import QueryError
from vo_lcc.moc import parse_moc
from vo_lcc.tables import Catalog, Column, Coverage, Schema, Table

from .conftest import CURVES, OBJECTS, TARGETS, Sky

COUNT = 300

FIELDS = Table(
    "sky",
    "fields",
    (
        Column("field", "int"),
        Column("s_ra", "double", unit="deg"),
        Column("s_dec", "double", unit="deg"),
        Column("s_region", "char", "*", xtype="adql:REGION"),
        Column("disc", "double", "3", unit="deg", xtype="circle"),
        Column("frame", "double", "*", unit="deg", xtype="polygon"),
        Column("coverage", "char", "*", xtype="moc"),
        Column("stcs", "char", "*"),
        Column("moc_text", "char", "*"),
    ),
    coverages=(Coverage("s_region", "cover"), Coverage("coverage", "coverage")),
)
CATALOG = Catalog((Schema("sky", (OBJECTS, TARGETS, CURVES, FIELDS)),))

# Discs of 1 degree in odd rows, boxes of 1 degree in even ones.
SETUP = f"""
    CREATE TABLE sky.fields AS
    SELECT i AS field, ra AS s_ra, dec AS s_dec, region AS s_region,
           ARRAY[ra, dec, 1] AS disc,
           ARRAY[ra - 1, dec - 1, ra + 1, dec - 1, ra + 1, dec + 1, ra - 1, dec + 1]
               AS frame,
           vo_lcc.moc(region, 7) AS coverage, vo_lcc.moc(region, 8) AS cover,
           vo_lcc.region_text(region) AS stcs,
           vo_lcc.moc_text(vo_lcc.moc(region, 6)) AS moc_text
    FROM (SELECT i, ra, dec,
                 CASE WHEN i % 2 = 1 THEN ARRAY[ra, dec, 1]
                      ELSE ARRAY[ra - 1, dec - 1, ra + 1, dec - 1,
                                 ra + 1, dec + 1, ra - 1, dec + 1] END AS region
          FROM (SELECT i,
                       (i * 137.507764 - 360 * floor(i * 137.507764 / 360))::float8
                           AS ra,
                       degrees(asin(1.9 * i / {COUNT} - 0.95)) AS dec
                FROM generate_series(0, {COUNT} - 1) AS i) AS p) AS q;
    CREATE INDEX fields_cover ON sky.fields USING gist (cover);
    CREATE INDEX fields_coverage ON sky.fields USING gist (coverage);
    ANALYZE sky.fields;
"""


@dataclass(frozen=True)
class Fields(Sky):
    """The same database, with a table of fields."""

    def rows(self, query: str) -> list[tuple]:
        return self.db.fetch(compile_query(query, CATALOG).sql)

    def plan(self, query: str) -> str:
        sql = "EXPLAIN " + compile_query(query, CATALOG).sql
        return "\n".join(row[0] for row in self.db.fetch(sql))

    def fields(self, condition: str) -> list[int]:
        query = f"SELECT field FROM sky.fields WHERE {condition} ORDER BY field"
        return [row[0] for row in self.rows(query)]


@pytest.fixture(scope="module")
def fields(sky: Sky, session_db: Database) -> Iterator[Fields]:
    with session_db.transaction() as cur:
        cur.execute(SETUP)
    yield Fields(sky.db, sky.ra, sky.dec)
    with session_db.transaction() as cur:
        cur.execute("DROP TABLE sky.fields")


@pytest.mark.parametrize(
    ("indexed", "index"),
    [
        ("1 = CONTAINS(POINT(113.9, 7.7), s_region)", "fields_cover"),
        ("1 = INTERSECTS(s_region, CIRCLE(113.9, 7.7, 2))", "fields_cover"),
        ("1 = INTERSECTS(CIRCLE(113.9, 7.7, 2), s_region)", "fields_cover"),
        ("1 = CONTAINS(s_region, CIRCLE(113.9, 7.7, 4))", "fields_cover"),
        ("1 = CONTAINS(CIRCLE(113.9, 7.7, 0.01), s_region)", "fields_cover"),
        (
            "1 = INTERSECTS(s_region, POLYGON(113, 7, 115, 7, 115, 9, 113, 9))",
            "fields_cover",
        ),
        ("NOT 0 = INTERSECTS(s_region, BOX(113.9, 7.7, 2, 2))", "fields_cover"),
        ("1 = INTERSECTS(s_region, REGION('Circle ICRS 113.9 7.7 2'))", "fields_cover"),
        ("1 = INTERSECTS(s_region, MOC('5/1000-1500'))", "fields_cover"),
        ("1 = CONTAINS(POINT(113.9, 7.7), coverage)", "fields_coverage"),
        ("1 = INTERSECTS(coverage, MOC(8, CIRCLE(113.9, 7.7, 2)))", "fields_coverage"),
        ("1 = INTERSECTS(coverage, MOC('5/1000-1500'))", "fields_coverage"),
        ("1 = CONTAINS(coverage, MOC('3/0-200'))", "fields_coverage"),
        ("field < 0 OR 1 = CONTAINS(POINT(113.9, 7.7), s_region)", "fields_cover"),
    ],
)
def test_regions_are_found_by_the_index_of_their_cover(fields, indexed, index):
    plain = Catalog((Schema("sky", (replace(FIELDS, coverages=()),)),))
    query = f"SELECT field FROM sky.fields WHERE {indexed} ORDER BY field"

    scanned = [r[0] for r in fields.db.fetch(compile_query(query, plain).sql)]

    assert index in fields.plan(query) or "field < 0" in indexed
    assert fields.fields(indexed) == scanned
    assert scanned


def test_a_position_is_in_the_regions_that_hold_it(fields):
    found = fields.fields("1 = CONTAINS(POINT(113.9, 7.7), s_region)")
    discs = fields.fields("1 = CONTAINS(POINT(113.9, 7.7), disc)")
    near = fields.fields("DISTANCE(s_ra, s_dec, 113.9, 7.7) <= 1")
    frames = fields.fields("1 = CONTAINS(POINT(113.9, 7.7), frame)")

    assert discs == near
    assert found == sorted(
        [f for f in discs if f % 2 == 1] + [f for f in frames if f % 2 == 0]
    )


def test_objects_join_the_regions_that_hold_them(fields):
    query = (
        "SELECT o.object_id, f.field FROM sky.objects AS o JOIN sky.fields AS f"
        " ON 1 = CONTAINS(POINT(o.ra, o.dec), f.s_region) WHERE o.n_points >= 0"
        " AND DISTANCE(o.ra, o.dec, 113.9, 7.7) < 5"
    )
    slow = query.replace("f.s_region", "REGION(f.stcs)")

    assert "fields_cover" in fields.plan(query)
    assert sorted(fields.rows(query)) == sorted(fields.rows(slow))
    assert fields.rows(query)


def test_regions_keep_their_index_through_a_subquery(fields):
    query = (
        "SELECT q.field FROM (SELECT field, s_region AS r FROM sky.fields) AS q"
        " WHERE 1 = CONTAINS(POINT(113.9, 7.7), q.r)"
    )

    assert "fields_cover" in fields.plan(query)
    assert sorted(r[0] for r in fields.rows(query)) == fields.fields(
        "1 = CONTAINS(POINT(113.9, 7.7), s_region)"
    )


def test_positions_in_a_constant_moc_use_the_index_and_are_exact(fields):
    moc = "5/1000-1100,5000 7/90000"
    query = (
        "SELECT object_id FROM sky.objects"
        f" WHERE 1 = CONTAINS(POINT(ra, dec), MOC('{moc}'))"
    )
    hpx = np.array([r[0] for r in fields.db.fetch("SELECT hpx FROM sky.objects")])
    expected = sum(
        int(((low <= hpx) & (hpx <= high)).sum()) for low, high in parse_moc(moc)
    )

    assert "objects_hpx_idx" in fields.plan(query)
    assert len(fields.rows(query)) == expected > 100


def test_values_come_out_as_the_text_that_clients_read(fields):
    [row] = fields.rows(
        "SELECT s_region, coverage, MOC('6/1-3'), REGION('Circle ICRS 1 2 3'),"
        " CAST(stcs AS CIRCLE), CAST('1 2' AS POINT), disc,"
        " CASE WHEN field = 1 THEN disc ELSE frame END, CAST(disc AS VARCHAR),"
        " CAST(coverage AS VARCHAR), s_region || '!',"
        " COORD2(CENTROID(s_region)) - s_dec,"
        " AREA(s_region) - AREA(disc) FROM sky.fields WHERE field = 1"
    )

    assert row[0].startswith("Circle ICRS 137.507764 ")
    assert row[1] == row[9]
    assert row[2] == "6/1-3"
    assert row[3] == "Circle ICRS 1 2 3"
    assert row[4] == row[6]
    assert row[5] == [1.0, 2.0]
    assert row[7] == row[0]
    assert row[8].split()[2] == "1"
    assert row[10] == row[0] + "!"
    assert row[11:] == (0.0, 0.0)


def test_region_columns_have_their_xtypes_in_a_result(fields):
    plan = compile_query(
        "SELECT s_region, coverage, MOC(6, disc) AS m, REGION(stcs) AS r,"
        " COALESCE(disc, frame) AS either FROM sky.fields",
        CATALOG,
    )

    assert [c.xtype for c in plan.columns] == [
        "adql:REGION",
        "moc",
        "moc",
        "adql:REGION",
        "adql:REGION",
    ]


SAME = {
    "1 = INTERSECTS(MOC(7, s_region), coverage)": COUNT,
    "1 = CONTAINS(MOC(7, s_region), coverage)": COUNT,
    "1 = INTERSECTS(MOC(moc_text), s_region)": COUNT,
    "AREA(coverage) >= AREA(s_region)": COUNT,
    "1 = INTERSECTS(s_region, REGION(stcs))": COUNT,
    "1 = CONTAINS(POINT(s_ra, s_dec), coverage)": COUNT,
    "REGION(moc_text) IS NULL": COUNT,
    "MOC(stcs) IS NULL": COUNT,
}


@pytest.mark.parametrize(("condition", "count"), SAME.items(), ids=SAME)
def test_a_region_agrees_with_its_text_and_its_moc(fields, condition, count):
    assert len(fields.fields(condition)) == count


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("s_region = coverage", "cannot be compared"),
        ("s_region = 'Circle ICRS 1 2 3'", "cannot be compared"),
        ("1 = CONTAINS(s_ra, s_region)", "cannot be given"),
        ("1 = CONTAINS(stcs, s_region)", "cannot be given text"),
        ("MAX(coverage) > 1", "cannot"),
    ],
)
def test_regions_are_no_numbers_and_no_text(condition, message):
    with pytest.raises(QueryError, match=message):
        compile_query(f"SELECT field FROM sky.fields WHERE {condition}", CATALOG)
