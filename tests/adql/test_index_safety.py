"""An index only saves time: answers are those of the same table without one."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vo_lcc.adql import compile_query
from vo_lcc.db import Database
from vo_lcc.errors import QueryError
from vo_lcc.tables import Catalog, Column, Coverage, Schema, Table

from .conftest import OBJECTS, TARGETS, Sky
from .test_regions import once

FEW = "(SELECT * FROM sky.objects WHERE n_points < 2) AS o"
FIELDS = Table(
    "sky",
    "covered",
    (Column("field", "int"), Column("moc", "char", "*", xtype="moc")),
    coverages=(Coverage("moc", "moc"),),
)
CURVES = Table(
    "sky",
    "curves_of_numbers",
    tuple(Column(x, "double", "*") for x in ("times", "mags")),
)
HERE = Catalog((Schema("sky", (OBJECTS, TARGETS, FIELDS, CURVES)),))
BARE = Catalog(
    (
        Schema(
            "sky",
            (
                replace(OBJECTS, position=None),
                TARGETS,
                replace(FIELDS, coverages=()),
                CURVES,
            ),
        ),
    )
)
SETUP = """
    INSERT INTO sky.targets VALUES
        ('no radius', 10, 20, NULL, NULL), ('nan radius', 10, 20, 'NaN', NULL),
        ('infinite radius', 10, 20, 'Infinity', NULL), ('huge', 10, 20, 1e12, NULL),
        ('beyond the sky', 10, 20, 200, NULL), ('less than none', 10, 20, -1, NULL);
    CREATE TABLE sky.covered AS SELECT i AS field, moc FROM
        unnest(ARRAY['{}', '{[0,99]}', NULL,
        '{[288230376151711744,576460752303423487]}', '{[0,0],[9,9]}'
        ]::int8multirange[]) WITH ORDINALITY AS m (moc, i);
    CREATE INDEX covered_moc ON sky.covered USING gist (moc);
    CREATE TABLE sky.curves_of_numbers AS
        SELECT ARRAY[1, 2, 3]::float8[] AS times, ARRAY[5, 6, 7]::float8[] AS mags;
"""
AFTER = """
    DROP TABLE sky.covered, sky.curves_of_numbers;
    DELETE FROM sky.targets WHERE name IN ('no radius', 'nan radius', 'huge',
        'infinite radius', 'beyond the sky', 'less than none');
"""


@dataclass(frozen=True)
class Both(Sky):
    """The database, asked with and without the indexes."""

    def both(self, query: str) -> tuple[list[tuple], list[tuple]]:
        answers = (self.db.fetch(compile_query(query, c).sql) for c in (HERE, BARE))
        with_index, without = (sorted(a, key=repr) for a in answers)
        return with_index, without


@pytest.fixture(scope="module")
def both(sky: Sky, session_db: Database) -> Iterator[Both]:
    with session_db.transaction() as cur:
        cur.execute(SETUP)
    yield Both(session_db, sky.ra, sky.dec)
    with session_db.transaction() as cur:
        cur.execute(AFTER)


QUERIES = {
    "a WITH of a WITH": "WITH a AS (SELECT ra, dec FROM objects), b AS (SELECT * FROM"
    " a) SELECT ra FROM b WHERE DISTANCE(ra, dec, 10, 20) < 1",
    "cells of a WITH": "WITH a AS (SELECT ra, dec FROM objects) SELECT"
    " ivo_healpix_index(5, ra, dec) FROM a WHERE DISTANCE(ra, dec, 10, 20) < 1",
    "a name that the index would have": 'SELECT "hpx of t1" FROM (SELECT ra, dec,'
    ' n_points AS "hpx of t1" FROM objects) AS q WHERE DISTANCE(ra, dec, 10, 20) < 1',
    "cells of groups": "SELECT ra, dec, ivo_healpix_index(5, ra, dec) FROM objects"
    " WHERE DISTANCE(ra, dec, 10, 20) < 1 GROUP BY ra, dec",
    "cells in HAVING": "SELECT ra FROM objects GROUP BY ra, dec"
    " HAVING ivo_healpix_index(5, ra, dec) = 4916",
    "a MOC of groups": "SELECT CASE WHEN 1 = CONTAINS(POINT(ra, dec), MOC('0/1')) THEN"
    " 1 END AS inside, COUNT(*) FROM objects GROUP BY ra, dec",
    "a query inside of groups": "SELECT ra, (SELECT COUNT(*) FROM targets WHERE"
    " DISTANCE(o.ra, o.dec, 10, 20) < 1) AS c FROM objects AS o GROUP BY ra, dec",
    "a radius beyond all": "SELECT name, COUNT(*) FROM targets JOIN objects ON"
    " DISTANCE(ra, dec, lon, lat) < 1e10 WHERE n_points = 1 GROUP BY name",
    "odd radii": f"SELECT name, COUNT(*) FROM targets JOIN {FEW} ON 1 ="
    " CONTAINS(POINT(ra, dec), CIRCLE(lon, lat, radius)) GROUP BY name",
    "odd limits": f"SELECT name, COUNT(*) FROM targets JOIN {FEW} ON"
    " DISTANCE(ra, dec, lon, lat) <= radius GROUP BY name",
    "a unit of a unit": "SELECT object_id FROM objects WHERE"
    " IN_UNIT(IN_UNIT(DISTANCE(ra, dec, 10, 20), 'arcsec'), 'deg') < 1",
    "a MOC in a position": "SELECT object_id FROM objects WHERE"
    " 1 = CONTAINS(MOC('0/1'), POINT(ra, dec))",
    "an empty MOC in another": "SELECT field FROM covered WHERE"
    " 1 = CONTAINS(moc, MOC('0/1'))",
    "what an empty MOC meets": "SELECT field FROM covered WHERE"
    " 1 = INTERSECTS(moc, MOC('0/1 0/5'))",
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_an_index_changes_no_answer(both, query):
    with_index, without = both.both(query)

    assert with_index == without


@pytest.mark.parametrize("within", ["MOC('29/0 9 11')", "MOC('28/0 2 5')", "o.moc"])
def test_a_moc_with_gaps_is_found_within_others_with_gaps(both, within):
    query = (
        "SELECT c.field FROM covered AS c, covered AS o"
        f" WHERE o.field = 5 AND 1 = CONTAINS(c.moc, {within})"
    )
    with both.db.transaction() as cur:
        cur.execute("SET LOCAL enable_seqscan = off")
        cur.execute(compile_query(query, HERE).sql)
        found = {field for (field,) in cur.fetchall()}

    assert found == {1, 5}


POINTS = st.sampled_from(
    ["POINT(ra, dec)", "POINT(lon, lat)", "POINT(10, 20)", "POINT(359.9, 0)"]
)
LIMITS = st.sampled_from(["radius", "0.3", "90", "0", "180", "n_points", "1e10"])
REGIONS = st.one_of(
    st.builds("CIRCLE({}, {})".format, POINTS, LIMITS.filter(lambda x: x[:2] != "1e")),
    st.sampled_from(["BOX(10, 20, 3, 2)", "MOC('0/1 3/500')", "MOC('0/')"]),
)
TESTS = st.one_of(
    st.builds(
        "{} {} {}({}, {})".format,
        st.sampled_from(["1", "0", "0.5", "2"]),
        st.sampled_from(["=", "<>", "<", ">", "<=", ">="]),
        st.sampled_from(["CONTAINS", "INTERSECTS"]),
        POINTS,
        REGIONS,
    ),
    st.builds(
        "{}DISTANCE({}, {}) {} {}".format,
        st.sampled_from(["", "-3600 * ", "2 * "]),
        POINTS,
        POINTS,
        st.sampled_from(["=", "<>", "<", ">", "<=", ">="]),
        st.one_of(LIMITS, st.sampled_from(["-7200", "-0.5"])),
    ),
    st.builds(
        "DISTANCE({}, {}) {}BETWEEN {} AND {}".format,
        POINTS,
        POINTS,
        st.sampled_from(["", "NOT "]),
        LIMITS,
        LIMITS,
    ),
    st.sampled_from(["n_points = 3", "lon IS NULL", "class = 'RRab'"]),
)
CONDITIONS = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.builds("NOT ({})".format, inner),
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
    ),
    max_leaves=5,
)
SHAPES = st.sampled_from(
    [
        "SELECT object_id, name FROM {} JOIN targets ON {}",
        "SELECT object_id, name FROM {}, targets WHERE {}",
        "SELECT object_id, name FROM targets LEFT JOIN {} ON {}",
        "SELECT object_id, name FROM {} RIGHT JOIN targets ON {}",
        "SELECT object_id, name FROM targets LEFT JOIN {} ON n_points = 1 WHERE {}",
        "SELECT name FROM targets WHERE EXISTS (SELECT 1 FROM {} WHERE {})",
        "SELECT name, (SELECT COUNT(*) FROM {} WHERE {}) AS n FROM targets",
    ]
)
SOURCES = st.sampled_from(
    [
        '(SELECT * FROM objects WHERE n_points = 1 AND "size" < 1) AS o',
        "(SELECT TOP 900 ra, dec, object_id, n_points, class FROM objects"
        " ORDER BY object_id) AS o",
        "(SELECT dec AS ra, ra AS dec, object_id, n_points, class FROM objects"
        ' WHERE "size" < 0.3) AS o',
        '(WITH w AS (SELECT * FROM objects WHERE "size" < 0.2) SELECT a.ra, b.dec,'
        " a.object_id, b.n_points, a.class FROM w AS a JOIN w AS b"
        " ON a.object_id = b.object_id) AS o",
        "(SELECT MIN(ra) AS ra, MIN(dec) AS dec, MIN(object_id) AS object_id, n_points,"
        " class FROM objects GROUP BY n_points, class) AS o",
    ]
)


@once
@given(SHAPES, SOURCES, CONDITIONS)
def test_no_condition_answers_otherwise_with_an_index(both, shape, source, condition):
    with_index, without = both.both(shape.format(source, condition))

    assert with_index == without


def test_a_random_place_in_a_light_curve_is_one_place(both):
    rows, _ = both.both(
        "SELECT LC_VALUE_AT(times, mags, 1 + 2 * RAND()),"
        " LC_PERCENTILE(mags, 100 * RAND()) FROM curves_of_numbers"
    )

    assert all(5 <= value <= 7 for value in rows[0])


LARGE = {
    "LC_ELEMENT(mags, 9000000000)": None,
    "LC_ELEMENT(mags, -9223372036854775807)": None,
    "LC_BIN(times, mags, 0, 9, 9000000000)": None,
    "ivo_healpix_index(CAST(LC_MAX(times) * 3e9 AS BIGINT), 10, 20)": None,
    "MOC(CAST(LC_MAX(times) * 3e9 AS BIGINT), CIRCLE(10, 20, 1))": None,
}


@pytest.mark.parametrize(("value", "expected"), LARGE.items(), ids=LARGE)
def test_a_number_beyond_32_bits_stops_no_query(both, value, expected):
    query = f"SELECT {value} AS r FROM curves_of_numbers"
    assert both.both(query)[0] == [(expected,)]


def test_a_full_join_by_chance_is_refused():
    query = "SELECT 1 FROM objects AS a FULL JOIN targets AS b ON a.ra + RAND() = b.lon"

    with pytest.raises(QueryError, match="FULL JOIN needs an equality"):
        compile_query(query, HERE)


@pytest.mark.parametrize(
    "value", ["MOC('0/1')", "REGION('Circle 1 2 3')", "CIRCLE(1, 2, 3)"]
)
def test_null_stands_beside_any_region(both, value):
    query = f"SELECT {value} AS r FROM targets UNION SELECT NULL FROM targets"
    rows, _ = both.both(query)

    assert len(rows) == 2
    assert both.both(f"SELECT COALESCE(NULL, {value}) AS r FROM covered")[0][0][0]


def test_a_polygon_of_six_thousand_corners_is_one(both):
    corners = [f"{i / 1000}, 1" for i in range(3000)]
    corners += [f"{3 - i / 1000}, -1" for i in range(3000)]
    inside = f"1 = CONTAINS(POINT(ra, dec), POLYGON({', '.join(corners)}))"
    [[count]] = both.rows(f"SELECT COUNT(*) FROM objects WHERE {inside}")

    rows = both.ra[abs(both.dec) < 1]
    assert ((rows > 0.001) & (rows < 2.999)).sum() <= count <= (rows < 3).sum()


@pytest.mark.parametrize(
    "condition",
    [
        "1e-200 * 1e-200 * DISTANCE(ra, dec, 1, 2) < 1",
        f"DISTANCE(ra, dec, 1, 2) < {' * '.join(['9000000000000000000'] * 20)}",
        "1e200 * 1e200 * DISTANCE(ra, dec, 1, 2) < 1",
    ],
)
def test_numbers_beyond_all_limits_compile(condition):
    assert compile_query(f"SELECT 1 FROM objects WHERE {condition}", HERE).sql


def test_what_doubles_when_it_is_nested_is_refused():
    deep = "CENTROID(CIRCLE(" * 40 + "POINT(1, 2)" + ", 1))" * 40

    with pytest.raises(QueryError, match="nested too deeply"):
        compile_query(f"SELECT {deep} AS c FROM objects", HERE)
