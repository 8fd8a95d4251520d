"""What queries mean: the SQL they become, the rows and columns they give."""

from pathlib import Path

import pytest

from vo_lcc.adql import compile_query, parse_query, plan_query
from vo_lcc.adql import nodes as n
from vo_lcc.errors import QueryError
from vo_lcc.tables import Catalog, Column, Schema, Table, TimeFrame, arrow_schema

from .conftest import CATALOG, OBJECTS

CASES = Path(__file__).parent / "cases"


def queries():
    text = (CASES / "queries.sql").read_text(encoding="utf-8")
    return [q.strip() for q in text.split(";\n") if q.strip()]


def errors():
    lines = (CASES / "errors.txt").read_text(encoding="utf-8").splitlines()
    return [line.split(" -> ") for line in lines if not line.startswith("--")]


@pytest.mark.parametrize(("query", "message"), errors())
def test_an_error_says_what_is_wrong_and_where(query, message):
    with pytest.raises(QueryError) as caught:
        compile_query(query, CATALOG)

    assert message in str(caught.value)


def test_queries_become_the_sql_of_the_golden_file(request):
    seen = "".join(f"{q};\n{compile_query(q, CATALOG).sql};\n\n" for q in queries())

    path = CASES / "golden.sql"
    if request.config.getoption("--update-golden"):
        path.write_text(seen, encoding="utf-8")
    assert seen == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("query", queries())
def test_result_columns_travel_in_the_types_they_declare(sky, query):
    plan = compile_query(query, CATALOG, maxrec=3)

    with sky.db.load() as load:
        table = load.query(plan.sql)

    assert table.schema.types == arrow_schema(plan.columns).types
    assert table.schema.names == [c.name for c in plan.columns]
    assert table.num_rows <= 4


def columns(query: str) -> list[Column]:
    return list(compile_query(query, CATALOG).columns)


def test_a_column_keeps_what_the_catalog_says_of_it():
    [ra, period] = columns("SELECT ra, period AS p FROM sky.objects")

    assert ra == OBJECTS.columns[1]
    assert (period.name, period.unit, period.ucd) == ("p", "d", "src.var.period")


def test_metadata_passes_through_derived_and_common_tables_and_unions():
    [seen] = columns(
        "WITH w AS (SELECT period AS p FROM objects UNION SELECT period FROM objects)"
        " SELECT q.p FROM (SELECT * FROM w) AS q"
    )

    assert (seen.name, seen.unit, seen.ucd) == ("p", "d", "src.var.period")


INFERRED = {
    "COUNT(period)": ("count", "long", None, "meta.number"),
    "COUNT(*)": ("count", "long", None, "meta.number"),
    "AVG(g_median)": ("avg", "double", "mag", "stat.mean;phot.mag;em.opt.V"),
    "MIN(ra)": ("min", "double", "deg", "stat.min;pos.eq.ra"),
    "MAX(n_points)": ("max", "int", None, None),
    "SUM(n_points)": ("sum", "long", None, None),
    "SUM(g_median)": ("sum", "double", "mag", None),
    "MAX(ra) - MIN(dec)": ("col1", "double", "deg", None),
    "MAX(ra) * MIN(dec)": ("col1", "double", "deg**2", None),
    "MAX(n_points) / 2": ("col1", "long", None, None),
    "ABS(MIN(period))": ("abs", "double", "d", None),
    "SQRT(4)": ("sqrt", "double", None, None),
    "DISTANCE(0, 0, 1, 1)": ("distance", "double", "deg", None),
    "CAST(3.5 AS SMALLINT)": ("col1", "short", None, None),
    "NULL": ("col1", "char", None, None),
    "'é'": ("col1", "unicodeChar", None, None),
    "UPPER('é')": ("upper", "unicodeChar", None, None),
    "CAST('é' AS VARCHAR)": ("col1", "unicodeChar", None, None),
    "COALESCE('a', 'é')": ("coalesce", "unicodeChar", None, None),
    "COALESCE(MIN(period), 0)": ("coalesce", "double", "d", "stat.min;src.var.period"),
    "COALESCE(MIN(ra), MIN(period))": ("coalesce", "double", None, None),
    "COALESCE(MIN(hpx), 1.5)": ("coalesce", "double", None, None),
    "COALESCE(MIN(n_points), MIN(hpx))": ("coalesce", "long", None, None),
}


@pytest.mark.parametrize(("item", "expected"), INFERRED.items(), ids=INFERRED)
def test_expressions_have_sensible_types(item, expected):
    [seen] = columns(f"SELECT {item} FROM sky.objects")

    assert (seen.name, seen.datatype, seen.unit, seen.ucd) == expected


def test_geometries_are_double_arrays_with_an_xtype():
    seen = columns(
        "SELECT POINT(ra, dec), CIRCLE(ra, dec, 1), BOX(ra, dec, 1, 1) FROM sky.objects"
    )

    assert [(c.datatype, c.arraysize, c.xtype) for c in seen] == [
        ("double", "2", "point"),
        ("double", "3", "circle"),
        ("double", "*", "polygon"),
    ]


def test_names_of_a_result_are_unique():
    seen = columns(
        "SELECT ra, RA, o.ra AS Ra, ra AS ra_2, COUNT(*), COUNT(*)"
        " FROM objects o GROUP BY ra"
    )

    names = [c.name.lower() for c in seen]
    assert len(set(names)) == len(names)


def test_names_keep_to_case_as_they_are_quoted(sky):
    [[seen]] = sky.rows(
        'SELECT TOP 1 q."B" FROM (SELECT 1 AS "b", 2 AS "B" FROM sky.objects) AS q'
    )

    assert seen == 2


def test_an_alias_longer_than_postgresql_keeps_still_works(sky):
    long = "a" * 100
    inner = f"SELECT 1 AS {long}x, 2 AS {long}y FROM objects"
    query = f"SELECT TOP 1 q.{long}x FROM ({inner}) AS q"

    assert sky.rows(query) == [(1,)]
    assert columns(query)[0].name == long + "x"


def test_maxrec_gives_one_row_more_and_top_still_holds(sky):
    sql = [
        compile_query(q, CATALOG, maxrec=10).sql
        for q in (
            "SELECT ra FROM sky.objects",
            "SELECT TOP 3 ra FROM sky.objects",
            "SELECT TOP 99 ra FROM sky.objects",
            "SELECT ra FROM sky.objects UNION SELECT dec FROM sky.objects",
            "WITH w AS (SELECT ra FROM objects) SELECT ra FROM w",
            "SELECT TOP 0 ra FROM sky.objects",
        )
    ]

    assert [len(sky.db.fetch(s)) for s in sql] == [11, 3, 11, 11, 11, 0]


def test_joins_give_the_rows_of_sql(sky):
    inner = sky.rows("SELECT COUNT(*) FROM objects JOIN lightcurves USING (object_id)")
    left = sky.rows(
        "SELECT COUNT(*) FROM objects LEFT JOIN lightcurves USING (object_id)"
    )
    natural = sky.rows(
        "SELECT COUNT(*) FROM objects AS o NATURAL JOIN"
        " (SELECT object_id FROM sky.lightcurves) AS l"
    )

    assert (inner, left, natural) == ([(200,)], [(20_100,)], [(200,)])


def test_joins_may_stand_inside_joins_with_or_without_parentheses(sky):
    nested = "FROM objects LEFT JOIN lightcurves AS a JOIN lightcurves AS b"
    conditions = "ON a.object_id = b.object_id ON objects.object_id = a.object_id"
    count = "SELECT COUNT(*), COUNT(a.passband)"
    bare = sky.rows(f"{count} {nested} {conditions}")
    first, second = conditions.split(" ON ")
    grouped = nested.replace("JOIN lightcurves AS a", "JOIN (lightcurves AS a")
    marked = sky.rows(f"{count} {grouped} {first}) ON {second}")

    assert bare == marked
    assert bare[0][0] - bare[0][1] == 19_900  # objects without a light curve are kept


def test_an_outer_join_on_no_columns_keeps_its_rows(sky):
    source = "(SELECT lon AS x FROM targets) AS a NATURAL {} JOIN"
    none = "(SELECT lat AS y FROM targets WHERE 1 = 0) AS b"

    def count(kind):
        return sky.rows(f"SELECT COUNT(*) FROM {source.format(kind)} {none}")

    assert (count("LEFT"), count("RIGHT"), count("INNER")) == ([(14,)], [(0,)], [(0,)])


def test_a_column_whose_name_differs_in_case_only_keeps_it():
    source = '(SELECT ra AS "x", dec AS "X" FROM objects) AS q'

    assert [c.name for c in columns(f'SELECT q."X" FROM {source}')] == ["X"]
    assert [c.name for c in columns("SELECT RA FROM objects")] == ["ra"]


def test_a_join_in_parentheses_can_have_a_name(sky):
    rows = sky.rows(
        "SELECT x.name, x.also, y.lon FROM (targets AS a JOIN"
        " (SELECT lat, name AS also FROM targets) AS b USING (lat)) AS x"
        " JOIN targets AS y ON x.name = y.name WHERE x.lat < -89"
    )

    assert rows == [("south", "south", 0)]


def test_a_star_over_using_shows_the_joined_column_once_and_first():
    seen = [
        c.name
        for c in columns(
            "SELECT * FROM sky.targets JOIN"
            " (SELECT lat, 1 AS x FROM targets) AS q USING (lat)"
        )
    ]

    assert seen == ["lat", "name", "lon", "radius", "observed", "x"]


def test_an_inner_query_sees_the_tables_around_it(sky):
    query = (
        "SELECT object_id FROM objects WHERE n_points = 3 AND EXISTS"
        " (SELECT 1 FROM lightcurves AS l WHERE l.object_id = objects.object_id)"
    )

    assert sky.ids(query) == list(range(3, 100, 10))


def test_set_operations_have_their_precedence(sky):
    rows = sky.rows(
        "SELECT DISTINCT n_points FROM objects WHERE n_points = 1 UNION"
        " SELECT n_points FROM objects WHERE n_points < 4 INTERSECT"
        " SELECT n_points FROM objects WHERE n_points > 2 ORDER BY 1 DESC"
    )

    assert rows == [(3,), (1,)]


def test_a_union_is_ordered_by_the_column_that_is_named(sky):
    rows = sky.rows(
        "SELECT lon AS a, lon AS b FROM sky.targets WHERE 1 = 0 UNION"
        " SELECT lon, lat FROM sky.targets WHERE name IN ('ten', 'near pole', 'south')"
        " ORDER BY b"
    )

    assert rows == [(0, -90), (10, 20), (123, 89.8)]


def test_an_order_by_a_real_quotient_is_not_that_of_a_whole_one(sky):
    real = sky.rows(
        "SELECT q.n, q.n / 4 FROM (SELECT DISTINCT n_points AS n FROM objects) AS q"
        " WHERE q.n < 4 ORDER BY q.n / 4.0"
    )

    assert [n for n, _ in real] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT NULL AS x FROM targets UNION SELECT lon FROM targets WHERE lon = 123",
        "SELECT lon AS x FROM targets WHERE lon = 123 UNION SELECT NULL FROM targets",
        "SELECT NULL AS x FROM targets UNION SELECT NULL FROM targets"
        " UNION SELECT lon FROM targets WHERE lon = 123",
    ],
)
def test_null_stands_beside_any_type_in_a_union(sky, query):
    [seen] = columns(query)

    assert (seen.datatype, seen.unit) == ("double", "deg")
    assert set(sky.rows(query)) == {(None,), (123,)}


def test_a_union_of_nothing_but_null_is_text(sky):
    query = "SELECT NULL AS x FROM targets UNION SELECT NULL FROM targets"

    assert columns(query)[0].datatype == "char"
    assert sky.rows(query) == [(None,)]


def test_a_union_keeps_the_digits_of_whole_numbers_beside_reals(sky):
    rows = sky.rows(
        "SELECT 16777217 AS x FROM targets UNION SELECT g_median FROM objects"
        " ORDER BY x DESC"
    )

    assert rows[0] == (16777217,)


def test_arrays_of_reals_and_doubles_are_one_column():
    arrays = [Column("a", "float", "*"), Column("b", "double", "*")]
    catalog = Catalog((Schema("s", (Table("s", "c", tuple(arrays)),)),))

    plan = compile_query("SELECT COALESCE(a, b) AS x FROM c", catalog)

    assert 'COALESCE(t1."a"::float8[], t1."b")::float8[]' in plan.sql
    assert (plan.columns[0].datatype, plan.columns[0].arraysize) == ("double", "*")


def test_a_union_is_described_by_its_left_side_but_has_a_unit_only_if_both_agree():
    ra, dec, period, mixed, zero = columns(
        "SELECT ra, dec, period, period, 0 FROM objects UNION"
        " SELECT dec, lat, 0, lat, period FROM objects, targets"
    )

    assert (ra.unit, ra.ucd) == ("deg", "pos.eq.ra;meta.main")
    assert (dec.unit, dec.ucd) == ("deg", "pos.eq.dec;meta.main")
    assert (period.unit, period.ucd) == ("d", "src.var.period")
    assert (mixed.unit, mixed.ucd) == (None, "src.var.period")
    assert (zero.unit, zero.ucd) == ("d", "src.var.period")


def test_a_union_can_be_ordered_by_an_expression(sky):
    rows = sky.rows(
        "SELECT name, lat FROM targets WHERE name = 'ten' UNION"
        " SELECT name, lat FROM targets WHERE name IN ('south', 'near pole')"
        " ORDER BY ABS(lat) DESC, UPPER(name) OFFSET 1"
    )

    assert [name for name, _ in rows] == ["near pole", "ten"]


def test_a_mean_keeps_the_frame_of_its_column():
    frame = TimeFrame("TCB", "BARYCENTER", 0.0)
    time = Column("t", "double", unit="d", ucd="time.epoch", annotation=frame)
    catalog = Catalog((Schema("s", (Table("s", "c", (time,)),)),))

    [mean, first] = compile_query("SELECT AVG(t), MIN(t) FROM c", catalog).columns

    assert mean.annotation == first.annotation == frame


def test_a_full_join_may_have_other_conditions_beside_an_equality(sky):
    rows = sky.rows(
        "SELECT COUNT(*) FROM targets a FULL JOIN targets b"
        " ON a.name = b.name AND a.lon < b.lon AND DISTANCE(1, 2, a.lon, b.lat) < 9"
    )

    assert rows == [(28,)]


def test_an_inner_query_may_use_what_the_outer_one_is_grouped_by(sky):
    rows = sky.rows(
        "SELECT class, (SELECT COUNT(*) FROM objects b WHERE b.class = a.class),"
        " (SELECT TOP 1 MAX(a.n_points) FROM targets)"
        " FROM objects a WHERE class IS NOT NULL GROUP BY class"
    )

    assert rows == [("RRab", 13_333, 9)]


def test_problems_of_a_parsed_tree_have_their_lines():
    text = "SELECT ra\nFROM sky.objects\n  WHERE foo = 1"

    with pytest.raises(QueryError) as caught:
        plan_query(parse_query(text), CATALOG, None, text)

    assert caught.value.problems[0][1:] == (3, 9)


def test_a_percent_sign_and_a_backslash_are_text(sky):
    rows = sky.rows(
        r"SELECT COUNT(*) FROM objects WHERE class LIKE '%R\%' OR class = '\'"
    )

    assert rows == [(0,)]


def test_a_tree_built_in_python_compiles_like_its_text():
    cone = n.call("CIRCLE", n.Literal(10.0), n.Literal(20.0), n.Literal(0.1))
    tree = n.Select(
        items=(n.SelectItem(n.Star()),),
        source=n.TableName(("sky", "objects")),
        where=n.Comparison(
            "=",
            n.Literal(1),
            n.call("CONTAINS", n.point(n.column("ra"), n.column("dec")), cone),
        ),
        top=7,
    )
    text = (
        "SELECT TOP 7 * FROM sky.objects"
        " WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(10., 20., 0.1))"
    )

    assert parse_query(text) == tree
    assert plan_query(tree, CATALOG, 50) == compile_query(text, CATALOG, 50)


def test_line_and_column_count_from_one():
    with pytest.raises(QueryError) as caught:
        compile_query("SELECT ra\nFROM sky.objects\n  WHERE foo = 1", CATALOG)

    assert caught.value.problems[0][1:] == (3, 9)


def test_an_empty_catalog_has_no_tables():
    with pytest.raises(QueryError, match="no table"):
        compile_query("SELECT 1 FROM sky.objects", Catalog())
