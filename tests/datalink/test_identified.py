"""Which columns of results identify light curves: known by origin, not by name."""

import pytest

from vo_lcc.adql import compile_query
from vo_lcc.dali.descriptors import links_of
from vo_lcc.lightcurves.identified import identified
from vo_lcc.tables import Catalog, Column, Schema, Table

OBJECT_ID = Column("object_id", "char", "*")
DID = Column("obs_publisher_did", "char", "*")
CLASS = Column("class", "char", "*")


def schema(name: str, table: str, *columns: Column) -> Schema:
    return Schema(name, (Table(name, table, columns),))


CATALOG = identified(
    Catalog(
        (
            schema("demo", "o", OBJECT_ID, CLASS),
            schema("other", "o", OBJECT_ID, DID),
            schema("ivoa", "obscore", DID, CLASS, OBJECT_ID),
            schema("notes", "o", OBJECT_ID, DID),
        )
    ),
    ["demo", "other"],
)


def of_result(query: str) -> list[str | None]:
    return [c.identifies for c in compile_query(query, CATALOG).columns]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT object_id, class FROM demo.o", ["demo", None]),
        ('SELECT object_id AS "my id" FROM demo.o', ["demo"]),
        ("SELECT class AS object_id FROM demo.o", [None]),
        ("SELECT * FROM ivoa.obscore", ["*", None, None]),
        ("SELECT * FROM other.o", ["other", None]),
        ("SELECT * FROM notes.o", [None, None]),
        ("SELECT x FROM (SELECT object_id AS x FROM demo.o) AS t", ["demo"]),
        ("WITH t AS (SELECT object_id FROM demo.o) SELECT * FROM t", ["demo"]),
        ("SELECT object_id, COUNT(*) FROM demo.o GROUP BY object_id", ["demo", None]),
        (
            "SELECT a.object_id, b.object_id FROM demo.o AS a, other.o AS b",
            ["demo", "other"],
        ),
        ("SELECT MIN(object_id) FROM demo.o", ["demo"]),
        ("SELECT UPPER(object_id) FROM demo.o", [None]),
        ("SELECT object_id || '' FROM demo.o", [None]),
        ("SELECT CAST(object_id AS VARCHAR) FROM demo.o", [None]),
        ("SELECT COALESCE(object_id, 'x') FROM demo.o", [None]),
        (
            "SELECT CASE WHEN class = 'M' THEN object_id ELSE class END FROM demo.o",
            [None],
        ),
        (
            "SELECT object_id FROM demo.o UNION SELECT object_id FROM demo.o",
            ["demo"],
        ),
        (
            "SELECT object_id FROM demo.o UNION SELECT object_id FROM other.o",
            [None],
        ),
        ("SELECT object_id FROM demo.o UNION SELECT 'x' FROM demo.o", [None]),
    ],
)
def test_a_column_identifies_what_its_origin_does(
    query: str, expected: list[str | None]
) -> None:
    assert of_result(query) == expected


def test_links_lead_from_dataset_identifiers_first() -> None:
    result = compile_query(
        "SELECT o.object_id AS b, i.obs_publisher_did AS a, o.object_id AS c"
        " FROM demo.o AS o, ivoa.obscore AS i",
        CATALOG,
    )
    services = links_of("http://x", result.columns)

    assert [(s.name, s.access_url, s.inputs[0].ref) for s in services] == [
        ("links", "http://x/datalink/links", "a"),
        ("links-demo", "http://x/datalink/demo/links", "b"),
    ]
