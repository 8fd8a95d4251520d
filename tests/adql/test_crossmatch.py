"""Which side of a crossmatch drives: the smaller; the larger is never read whole."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from vo_lcc.adql import compile_query
from vo_lcc.db import Database
from vo_lcc.tables import Catalog, Column, Position, Schema, Table

from .conftest import healpix
from .test_regions import separation

COLUMNS = (
    Column("object_id", "char", "*"),
    Column("ra", "double", unit="deg"),
    Column("dec", "double", unit="deg"),
    Column("hpx", "long"),
)
NAMES = ("large", "small")
CATALOG = Catalog(
    (
        Schema(
            "pairs",
            tuple(Table("pairs", n, COLUMNS, position=Position()) for n in NAMES),
        ),
    )
)
LARGE, STEP = 100_000, 1_000  # every thousandth of `large` has a partner in `small`
ARCSEC = 1 / 3600


@dataclass(frozen=True)
class Pairs:
    """Two tables of positions, a large and a small one."""

    db: Database

    def plan(self, query: str) -> dict[str, Any]:
        sql = compile_query(query, CATALOG).sql
        [(found,)] = self.db.fetch(f"EXPLAIN (FORMAT JSON) {sql}")
        plan: dict[str, Any] = (
            found if not isinstance(found, str) else json.loads(found)
        )[0]["Plan"]
        return plan

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.db.fetch(compile_query(query, CATALOG).sql)


@pytest.fixture(scope="module")
def pairs(session_db: Database) -> Iterator[Pairs]:
    """Positions evenly on the sky; those of `small` are 1 arcsec north of theirs."""
    numbers = np.arange(LARGE)
    ra, dec = even_positions(LARGE)
    with session_db.transaction() as cur:
        cur.execute("CREATE SCHEMA pairs")
        for name in NAMES:
            cur.execute(
                f"CREATE TABLE pairs.{name} (object_id text PRIMARY KEY,"
                " ra float8, dec float8, hpx bigint)"
            )
    with session_db.load() as load:
        load.ingest("pairs", "large", table("l", numbers, ra, dec))
        some = numbers[::STEP]
        load.ingest("pairs", "small", table("s", some, ra[some], dec[some] + ARCSEC))
    with session_db.transaction() as cur:
        for name in NAMES:
            cur.execute(f"CREATE INDEX ON pairs.{name} (hpx)")
            cur.execute(f"CREATE INDEX ON pairs.{name} USING spgist (point(ra, dec))")
            cur.execute(f"ANALYZE pairs.{name}")
    yield Pairs(session_db)
    with session_db.transaction() as cur:
        cur.execute("DROP SCHEMA pairs CASCADE")


def even_positions(count: int) -> tuple[np.ndarray, np.ndarray]:
    """A spiral from pole to pole."""
    numbers = np.arange(count)
    dec = np.degrees(np.arcsin(1 - (2 * numbers + 1) / count))
    return numbers * 137.50776405003785 % 360, dec


def table(prefix: str, numbers: Any, ra: Any, dec: Any) -> pa.Table:
    ids = [f"{prefix}{i}" for i in numbers]
    return pa.table(
        {"object_id": ids, "ra": ra, "dec": dec, "hpx": healpix(ra, dec)},
    )


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def drivers_and_probes(plan: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Tables on the outer side of nested loops, and indexes on the inner side."""
    drivers, probes = set(), set()
    for node in nodes(plan):
        if node["Node Type"] == "Nested Loop":
            outer, inner = node["Plans"]
            drivers |= {
                x["Relation Name"] for x in nodes(outer) if "Relation Name" in x
            }
            probes |= {x["Index Name"] for x in nodes(inner) if "Index Name" in x}
    return drivers, probes


def read_whole(plan: dict[str, Any]) -> set[str]:
    return {
        x["Relation Name"]
        for x in nodes(plan)
        if x["Node Type"] in ("Seq Scan", "Index Only Scan") and "Relation Name" in x
    }


NEAR = "DISTANCE(s.ra, s.dec, l.ra, l.dec) < 2/3600."
SAME = "DISTANCE(POINT(l.ra, l.dec), POINT(s.ra, s.dec)) < 2/3600."
CIRCLE = "1=CONTAINS(POINT(s.ra, s.dec), CIRCLE(l.ra, l.dec, 2/3600.))"
SMALL_FIRST = {
    "100 x 100,000": f"pairs.small AS s JOIN pairs.large AS l ON {NEAR}",
    "100,000 x 100": f"pairs.large AS l JOIN pairs.small AS s ON {NEAR}",
    "100 x 100,000, the other way": f"pairs.small AS s JOIN pairs.large AS l ON {SAME}",
    "100,000 x 100, the other way": f"pairs.large AS l JOIN pairs.small AS s ON {SAME}",
    "a circle around the larger": f"pairs.large AS l JOIN pairs.small AS s ON {CIRCLE}",
    "in WHERE": f"pairs.large AS l, pairs.small AS s WHERE {NEAR}",
    "in WHERE, the other way": f"pairs.small AS s, pairs.large AS l WHERE {SAME}",
    "a larger half": f"pairs.large l JOIN pairs.small s ON {NEAR} WHERE l.dec < 90",
    "a selection": f"(SELECT * FROM pairs.large) l JOIN pairs.small s ON {NEAR}",
    "left join": f"pairs.small AS s LEFT JOIN pairs.large AS l ON {NEAR}",
    "right join": f"pairs.large AS l RIGHT JOIN pairs.small AS s ON {SAME}",
    "or": f"pairs.small s JOIN pairs.large l ON {NEAR} OR s.object_id = l.object_id",
    "exists": (
        f"pairs.small AS s WHERE EXISTS (SELECT 1 FROM pairs.large AS l WHERE {NEAR})"
    ),
    "exists, the other way": (
        f"pairs.small AS s WHERE EXISTS (SELECT 1 FROM pairs.large AS l WHERE {SAME})"
    ),
}


@pytest.mark.parametrize("tables", SMALL_FIRST.values(), ids=SMALL_FIRST)
def test_the_smaller_table_drives_and_the_larger_is_probed(pairs, tables):
    query = f"SELECT s.object_id FROM {tables}"
    plan = pairs.plan(query)
    drivers, probes = drivers_and_probes(plan)

    assert drivers == {"small"}
    assert "large_point_idx" in probes
    assert read_whole(plan) == {"small"}
    assert sorted(pairs.rows(query)) == sorted(
        (f"s{i}",) for i in range(0, LARGE, STEP)
    )


FEW_OF_LARGE = {
    "one of the larger": "l.object_id = 'l42000'",
    "a cone of the larger": "1=CONTAINS(POINT(l.ra, l.dec), CIRCLE({ra}, {dec}, 0.01))",
}


@pytest.mark.parametrize("condition", FEW_OF_LARGE.values(), ids=FEW_OF_LARGE)
def test_few_rows_of_the_larger_table_are_found_by_their_own_index(pairs, condition):
    [(ra, dec)] = pairs.rows("SELECT ra, dec FROM large WHERE object_id = 'l42000'")
    query = (
        "SELECT l.object_id, s.object_id AS other FROM pairs.large AS l"
        f" JOIN pairs.small AS s ON {NEAR} WHERE {condition.format(ra=ra, dec=dec)}"
    )

    assert "large" not in read_whole(pairs.plan(query))
    assert pairs.rows(query) == [("l42000", "s42000")]


@pytest.mark.parametrize("order", ["a.dec <= b.dec", "b.dec <= a.dec"])
def test_a_self_join_in_a_cone_reads_the_cone_and_probes_for_each(pairs, order):
    query = (
        "SELECT a.object_id, b.object_id AS other FROM pairs.large AS a"
        " JOIN pairs.large AS b ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.8"
        f" WHERE DISTANCE(a.ra, a.dec, 100, 20) < 1 AND {order}"
    )
    plan = pairs.plan(query)
    _, probes = drivers_and_probes(plan)

    assert read_whole(plan) == set()
    assert {"large_hpx_idx", "large_point_idx"} <= {
        x.get("Index Name") for x in nodes(plan)
    }
    assert "large_point_idx" in probes
    ra, dec = even_positions(LARGE)
    cone = np.flatnonzero(separation(ra, dec, 100, 20) < 1)
    near = separation(ra[cone][:, None], dec[cone][:, None], ra, dec) < 0.8
    up = dec >= dec[cone][:, None]
    expected = near & (up if order.startswith("a") else ~up | (dec == dec[cone, None]))
    assert len(pairs.rows(query)) == expected.sum() > len(cone)


def test_a_left_join_keeps_what_has_no_partner(pairs):
    query = (
        "SELECT COUNT(*), COUNT(s.object_id) FROM pairs.large AS l"
        f" LEFT JOIN pairs.small AS s ON {NEAR} WHERE l.dec > 60"
    )
    plan = pairs.plan(query)

    assert "small_point_idx" in drivers_and_probes(plan)[1]
    [(all_rows, partners)] = pairs.rows(query)
    [(north,)] = pairs.rows("SELECT COUNT(*) FROM pairs.small WHERE dec > 60")
    assert (all_rows, partners) == (6699, north)


def test_a_third_table_is_probed_as_the_second_is(pairs):
    query = (
        f"SELECT c.object_id FROM pairs.small AS s JOIN pairs.large AS l ON {NEAR}"
        " JOIN pairs.large AS c ON DISTANCE(l.ra, l.dec, c.ra, c.dec) < 1/3600."
    )

    assert read_whole(pairs.plan(query)) == {"small"}
    assert len(pairs.rows(query)) == LARGE // STEP


# --- the boxes ------------------------------------------------------------------------

HOLDS = """
    SELECT bool_and(coalesce(point(lon, lat) <@ vo_lcc.box_around(%(lon)s, %(lat)s,
               %(radius)s), false) OR coalesce(point(lon, lat) <@ vo_lcc.box_beyond(
               %(lon)s, %(lat)s, %(radius)s), false))
    FROM unnest(%(lons)s::float8[], %(lats)s::float8[]) AS p(lon, lat)
"""
boxes = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def floats(low, high):
    """Numbers that PostgreSQL can divide: 5e-324 / 360 is an underflow there."""
    return st.floats(low, high, allow_subnormal=False)


@boxes
@given(
    st.one_of(st.sampled_from([0.0, 360.0, 1e-9, 359.9999999]), floats(-400, 800)),
    st.one_of(st.sampled_from([0.0, 90.0, -89.9, 89.89]), floats(-90, 90)),
    st.one_of(st.sampled_from([0.0, 1e-9, 180.0]), floats(0, 2), floats(0, 180)),
)
@example(0.0, 0.0, 0.0)
@example(359.99, 85.0, 4.89)
def test_the_boxes_hold_every_position_within_the_radius(session_db, lon, lat, radius):
    lons, lats = cap(lon, lat, radius)
    names = {"lon": lon, "lat": lat, "radius": radius}

    [(held,)] = session_db.fetch(
        HOLDS, {**names, "lons": lons.tolist(), "lats": lats.tolist()}
    )

    assert held


def cap(lon: float, lat: float, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Positions on circles around a centre, longitudes from 0 to 360."""
    a, b = np.radians(lon), np.radians(lat)
    centre = np.array([np.cos(b) * np.cos(a), np.cos(b) * np.sin(a), np.sin(b)])
    east = np.array([-np.sin(a), np.cos(a), 0])
    north = np.cross(centre, east)
    bearing = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    around = np.outer(np.sin(bearing), east) + np.outer(np.cos(bearing), north)
    rings = [
        np.cos(r) * centre + np.sin(r) * around
        for r in np.radians([0, radius / 2, radius])
    ]
    x, y, z = np.concatenate(rings).T
    return np.degrees(np.arctan2(y, x)) % 360, np.degrees(np.arctan2(z, np.hypot(x, y)))


ODD = [
    None,
    math.nan,
    math.inf,
    -math.inf,
    1e300,
    -1e300,
    1e-310,
    -1.0,
    0.0,
    90.0,
    95.0,
]


def test_numbers_that_are_no_cap_have_no_box_and_raise_nothing(session_db):
    rows = session_db.fetch(
        "SELECT lon, lat, radius, vo_lcc.box_around(lon, lat, radius) IS NOT NULL,"
        " vo_lcc.box_beyond(lon, lat, radius) IS NOT NULL"
        " FROM unnest(%(x)s::float8[]) AS lon, unnest(%(x)s::float8[]) AS lat,"
        " unnest(%(x)s::float8[]) AS radius",
        {"x": ODD},
    )

    assert len(rows) == len(ODD) ** 3
    for lon, lat, radius, around, beyond in rows:
        good = (
            None not in (lon, lat, radius)
            and abs(lon) < 1e9
            and abs(lat) <= 90
            and not radius < 0
        )
        assert around == good, (lon, lat, radius)
        assert not beyond or around


def test_only_boxes_across_longitude_zero_go_beyond_it(session_db):
    beyond = session_db.fetch(
        "SELECT lon, vo_lcc.box_beyond(lon, 60, 0.1) FROM"
        " unnest(ARRAY[0, 0.19, 0.21, 180, 359.79, 359.81, 360]::float8[]) lon"
    )

    assert [lon for lon, box in beyond if box is not None] == [0, 0.19, 359.81, 360]
