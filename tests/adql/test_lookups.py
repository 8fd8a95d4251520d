"""Circles around the position of a table, and identifiers made of other columns."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from cdshealpix.nested import vertices
from hypothesis import given, settings
from hypothesis import strategies as st

from vo_lcc.adql import compile_query
from vo_lcc.adql.regions.paths import read_path
from vo_lcc.db import Database
from vo_lcc.moc import widened
from vo_lcc.sky import cells_of
from vo_lcc.tables import Catalog, Column, Discs, Path, Position, Schema, Table

from .conftest import OBJECTS, TARGETS, Sky

COUNT = 3000
RADIUS = 1.5  # deg, of the largest circle

CURVES = Table(
    "sky",
    "curves",
    (
        Column("n", "int"),
        Column("s_ra", "double", unit="deg"),
        Column("s_dec", "double", unit="deg"),
        Column("s_region", "char", "*", xtype="adql:REGION"),
        Column("did", "char", "*"),
        Column("obs_id", "char", "*"),
    ),
    position=Position("s_ra", "s_dec", "hpx"),
    discs=(Discs("s_region", RADIUS),),
    paths=(
        Path("did", "?", ("star", "band")),
        Path("obs_id", "", ("star",)),
    ),
)
OTHERS = replace(CURVES, name="others", position=None, discs=())

SETUP = f"""
    CREATE TABLE sky.curves_data AS
    SELECT i AS n, ra AS s_ra, dec AS s_dec, {RADIUS} * (i % 10) / 9 AS radius,
           vo_lcc.healpix_index(29, ra, dec) AS hpx,
           'star / ' || i / 2 AS star, CASE WHEN i % 2 = 0 THEN 'g' ELSE 'r' END AS band
    FROM (SELECT i, (i * 137.507764 - 360 * floor(i * 137.507764 / 360))::float8 AS ra,
                 degrees(asin(2.0 * i / {COUNT} - 1)) AS dec
          FROM generate_series(0, {COUNT} - 1) AS i) AS p;
    CREATE INDEX curves_star ON sky.curves_data (star);
    CREATE INDEX curves_hpx ON sky.curves_data (hpx);
    CREATE INDEX curves_point ON sky.curves_data USING spgist (point(s_ra, s_dec));
    ANALYZE sky.curves_data;
    CREATE VIEW sky.curves AS
    SELECT n, s_ra, s_dec, ARRAY[s_ra, s_dec, radius] AS s_region, hpx, star, band,
           'ivo://x/~?' || vo_lcc.quote_path(star) || '/' || band AS did,
           vo_lcc.quote_path(star) AS obs_id
    FROM sky.curves_data;
    CREATE VIEW sky.others AS SELECT * FROM sky.curves;
"""


def catalog_of(curves: Table, others: Table) -> Catalog:
    return Catalog((Schema("sky", (OBJECTS, TARGETS, curves, others)),))


CATALOG = catalog_of(CURVES, OTHERS)
PLAIN = catalog_of(
    replace(CURVES, position=None, discs=(), paths=()), replace(OTHERS, paths=())
)


@dataclass(frozen=True)
class Curves:
    """A database with a view of light curves."""

    db: Database

    def rows(self, query: str, catalog: Catalog = CATALOG) -> list[tuple]:
        return sorted(self.db.fetch(compile_query(query, catalog).sql))

    def plan(self, query: str) -> str:
        sql = compile_query(query, CATALOG).sql
        with self.db.transaction() as cur:
            # a table this small is read whole sooner than by two indexes
            cur.execute("SET LOCAL enable_seqscan = off")
            cur.execute("EXPLAIN " + sql)
            return "\n".join(row[0] for row in cur.fetchall())


@pytest.fixture(scope="module")
def curves(sky: Sky, session_db: Database) -> Iterator[Curves]:
    with session_db.transaction() as cur:
        cur.execute(SETUP)
    yield Curves(sky.db)
    with session_db.transaction() as cur:
        cur.execute("DROP TABLE sky.curves_data CASCADE")


HERE = "282.0, 8.3"  # 1.25 degrees from star 1709, whose circle is one of the largest
DISCS = [
    f"1 = CONTAINS(POINT({HERE}), s_region)",
    f"1 = CONTAINS(s_region, CIRCLE({HERE}, 4))",
    f"1 = INTERSECTS(s_region, CIRCLE({HERE}, 0.5))",
    f"1 = INTERSECTS(CIRCLE({HERE}, 2), s_region)",
    "1 = INTERSECTS(s_region, POLYGON(281.7, 8, 282.3, 8, 282.3, 8.5, 281.7, 8.5))",
    f"1 = INTERSECTS(BOX({HERE}, 0.5, 0.5), s_region)",
    "NOT 0 = INTERSECTS(s_region, REGION('Circle ICRS 359.9 89 2'))",
    f"n < 0 OR 1 = CONTAINS(POINT({HERE}), s_region)",
    "1 = CONTAINS(POINT(s_ra, s_dec), CIRCLE(0, 0, 3))",
]


@pytest.mark.parametrize("condition", DISCS)
def test_circles_are_found_by_the_index_of_the_position(curves, condition):
    query = f"SELECT n FROM sky.curves WHERE {condition}"

    found = curves.rows(query)

    assert found == curves.rows(query, PLAIN) != []
    if "OR" not in condition:
        assert "curves_hpx" in curves.plan(query)


def test_circles_are_joined_by_the_index_of_points(curves):
    query = (
        "SELECT n, o.object_id FROM sky.objects AS o JOIN sky.curves"
        " ON 1 = CONTAINS(POINT(o.ra, o.dec), s_region)"
        " WHERE DISTANCE(o.ra, o.dec, 282.0, 8.3) < 3"
    )

    assert curves.rows(query) == curves.rows(query, PLAIN) != []
    assert "curves_point" in curves.plan(query)


def test_circles_of_a_query_in_from_keep_their_index(curves):
    query = (
        "SELECT n FROM (SELECT n, s_ra AS a, s_dec AS d, s_region AS r FROM sky.curves)"
        " AS q WHERE 1 = INTERSECTS(r, CIRCLE(282.0, 8.3, 2))"
    )

    assert curves.rows(query) == curves.rows(query, PLAIN) != []
    assert "curves_hpx" in curves.plan(query)


def test_circles_that_reach_into_a_moc_are_found_by_index(curves):
    query = (
        "SELECT n FROM sky.curves WHERE 1 = INTERSECTS(s_region, MOC('5/6500-6505'))"
        " AND n BETWEEN 1200 AND 1500"
    )

    assert curves.rows(query) == curves.rows(query, PLAIN) != []
    assert "curves_hpx" in curves.plan(query)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 8), st.data(), st.floats(0, 3))
def test_a_widened_moc_has_all_that_is_near_it(order: int, data, radius: float):
    cell = data.draw(st.integers(0, 12 * 4**order - 1))
    shift = 2 * (29 - order)
    ranges = ((cell << shift, ((cell + 1) << shift) - 1),)
    lon, lat, *_ = vertices(np.array([cell], dtype=np.uint64), order)
    for corner in zip(lon[0].deg, lat[0].deg, strict=True):
        bearing = data.draw(st.floats(0, 360))
        there = SkyCoord(*corner, unit="deg").directional_offset_by(
            bearing * u.deg, radius * u.deg
        )
        found = cells_of(np.array([there.ra.deg]), np.array([there.dec.deg]))[0]
        wide = widened(ranges, radius)
        assert wide is not None
        assert any(low <= found <= high for low, high in wide)


PATHS = [
    ("did = 'ivo://x/~?star%20%2F%207/g'", 1),
    ("'ivo://x/~?star%20%2F%207/g' = did", 1),
    ("did = 'ivo://y/~?star%20%2F%207/g'", 0),
    ("did = 'ivo://x/~?star / 7/g'", 0),
    ("did = 'star%20%2F%207/g'", 0),
    ("did = 'ivo://x/~?star%207%00/g'", 0),
    ("did = 'ivo://x/~?%FF/g'", 0),
    ("did IN ('ivo://x/~?star%20%2F%207/g', 'x', 'ivo://x/~?star%20%2F%209/r')", 2),
    ("did IN ('x', '')", 0),
    ("obs_id = 'star%20%2F%207'", 2),
    ("obs_id = 'star%20%2F%207' AND did = 'ivo://x/~?star%20%2F%207/r'", 1),
    ("did = 'ivo://x/~?star%20%2F%207/g' OR obs_id = 'star%20%2F%208'", 3),
]


@pytest.mark.parametrize(("condition", "count"), PATHS)
def test_identifiers_are_found_by_the_index_of_their_parts(curves, condition, count):
    query = f"SELECT n FROM sky.curves WHERE {condition}"

    found = curves.rows(query)

    assert found == curves.rows(query, PLAIN)
    assert len(found) == count
    if count:
        assert "curves_star" in curves.plan(query)


@pytest.mark.parametrize(
    "condition",
    [
        "NOT did = 'ivo://x/~?star%20%2F%207/g'",
        "did <> 'ivo://x/~?star%20%2F%207/g'",
        "did NOT IN ('ivo://x/~?star%20%2F%207/g', 'x')",
        "NOT (did IN ('x') OR obs_id = 'star%20%2F%207')",
    ],
)
def test_what_is_not_asked_for_is_not_looked_up(curves, condition):
    query = f"SELECT n FROM sky.curves WHERE {condition}"

    assert curves.rows(query) == curves.rows(query, PLAIN)
    assert len(curves.rows(query)) >= COUNT - 2


@pytest.mark.parametrize(
    "source",
    [
        "sky.curves AS a JOIN sky.others AS b ON a.did = b.did",
        "sky.curves AS a JOIN sky.others AS b USING (did)",
        "(SELECT * FROM sky.curves) AS a JOIN sky.others AS b ON b.did = a.did",
    ],
)
def test_identifiers_are_joined_by_the_index_of_their_parts(curves, source):
    query = f"SELECT a.n, b.n FROM {source} WHERE a.obs_id = 'star%20%2F%207'"

    assert curves.rows(query) == [(14, 14), (15, 15)]
    assert "Seq Scan" not in curves.plan(query)


def test_identifiers_of_common_tables_keep_their_index(curves):
    query = (
        "WITH w AS (SELECT did AS id, n FROM sky.curves)"
        " SELECT n FROM w WHERE id = 'ivo://x/~?star%20%2F%207/g'"
    )

    assert curves.rows(query) == [(14,)]
    assert "curves_star" in curves.plan(query)


def test_parts_of_identifiers_are_no_columns_of_the_result(curves):
    plan = compile_query("SELECT * FROM (SELECT * FROM sky.curves) AS q", CATALOG)

    assert [c.name for c in plan.columns] == [c.name for c in CURVES.columns]


@given(st.text(max_size=40))
def test_any_text_is_read_as_an_identifier_or_as_none(text: str):
    parts = read_path(text, Path("did", "?", ("a", "b")))

    assert parts is None or len(parts) == 2
