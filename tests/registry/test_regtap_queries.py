"""Queries of the Registry: those of the standard, those of TOPCAT, and indexes."""

from collections.abc import Iterator

import pytest

from tests.conftest import copied_database
from tests.registry.regtap_records import CONE, FOREIGN, REGISTRY_ID, SIA, TAP, ask
from vo_lcc.adql import compile_query
from vo_lcc.db import Database
from vo_lcc.db.catalog import load_catalog
from vo_lcc.db.regtap_schema import REGTAP
from vo_lcc.registry.regtap import store_resources
from vo_lcc.tables import Catalog

SCS_URL = "http://dc.example.org/stars/scs.xml?"


@pytest.fixture(scope="module")
def rr(cluster_url: str, template_db: str) -> Iterator[Database]:
    """A database with the records of others; only read it."""
    for database in copied_database(cluster_url, template_db):
        with database.load() as load:
            assert store_resources(load, FOREIGN) == []
        yield database


# The queries of RegTAP 1.2, section 10, and of its appendices; what each finds here.
QUERIES = {
    "TAP services": (
        "SELECT ivoid, access_url FROM rr.capability NATURAL JOIN rr.interface"
        " WHERE standard_id LIKE 'ivo://ivoa.net/std/tap%' AND intf_role='std'"
        " AND authenticated_only=0",
        {(TAP, "http://dc.example.org/tap"), (CONE, "http://dc.example.org/tap")},
    ),
    "image services by word": (
        "SELECT ivoid FROM rr.capability NATURAL JOIN rr.resource"
        " NATURAL JOIN rr.interface NATURAL JOIN rr.res_subject"
        " WHERE standard_id LIKE 'ivo://ivoa.net/std/sia%' AND intf_role='std'"
        " AND (res_subject ILIKE '%spiral%' OR 1=ivo_hasword(res_description, 'spiral')"
        " OR 1=ivo_hasword(res_title, 'image'))",
        {(SIA,)},
    ),
    "wavebands": (
        "SELECT ivoid FROM rr.resource WHERE 1=ivo_hashlist_has(waveband, 'Infrared')",
        {(CONE,)},
    ),
    "columns": (
        "SELECT ivoid, access_url FROM rr.capability NATURAL JOIN rr.table_column"
        " NATURAL JOIN rr.interface WHERE standard_id LIKE"
        " 'ivo://ivoa.net/std/conesearch%' AND intf_role='std' AND ucd='pos.eq.ra'",
        {(CONE, SCS_URL)},
    ),
    "an authority": (
        "SELECT ivoid FROM rr.resource WHERE ivoid LIKE 'ivo://org.example.dc%'",
        {(CONE,), (TAP,)},
    ),
    "a publisher by name": (
        "SELECT ivoid FROM rr.res_role WHERE 1=ivo_nocasematch(role_name, '%EXAMPLE%')"
        " AND base_role='publisher'",
        {(CONE,)},
    ),
    "not a publisher": (
        "SELECT ivoid FROM rr.res_role WHERE 0=ivo_nocasematch(role_name, '%EXAMPLE%')"
        " AND base_role='publisher'",
        {(SIA,)},
    ),
    "a publisher by identifier": (
        "SELECT ivoid FROM rr.res_role WHERE role_ivoid='ivo://org.example.dc/org'"
        " AND base_role='publisher'",
        {(CONE,)},
    ),
    "records of a registry": (
        "SELECT ivoid FROM rr.resource RIGHT OUTER JOIN ("
        " SELECT 'ivo://' || detail_value || '%' AS pat FROM rr.res_detail"
        " WHERE detail_xpath='/managedAuthority' AND ivoid='ivo://x.example/registry')"
        " AS authpatterns ON 1=ivo_nocasematch(resource.ivoid, authpatterns.pat)",
        {(REGISTRY_ID,), (None,)},
    ),
    "RegTAP services": (
        "SELECT access_url FROM rr.interface NATURAL JOIN rr.capability"
        " NATURAL JOIN rr.res_detail WHERE standard_id LIKE 'ivo://ivoa.net/std/tap%'"
        " AND intf_role='std' AND detail_xpath='/capability/dataModel/@ivo-id'"
        " AND 1=ivo_nocasematch(detail_value, 'ivo://ivoa.net/std/regtap#1.%')"
        " AND authenticated_only=0",
        {("http://dc.example.org/tap",)},
    ),
    "tables by word": (
        "SELECT ivoid, name, column_description FROM rr.capability"
        " NATURAL JOIN rr.interface NATURAL JOIN rr.table_column NATURAL JOIN"
        " rr.res_table WHERE standard_id LIKE 'ivo://ivoa.net/std/tap%'"
        " AND intf_role='std' AND 1=ivo_hasword(table_description, 'quasar')"
        " AND ucd LIKE 'pos.eq%'",
        {(CONE, "raj2000", "Right ascension")},
    ),
    "who to call": (
        "SELECT DISTINCT base_role, role_name, email FROM rr.res_role NATURAL JOIN"
        f" rr.interface WHERE access_url='{SCS_URL}' AND base_role='contact'",
        {("contact", "Data Center Team", "team@dc.example.org")},
    ),
    "capabilities of what it is served by": (
        "SELECT b.ivoid, standard_id FROM rr.relationship AS a JOIN rr.capability AS b"
        " ON (a.related_id=b.ivoid) WHERE relationship_type='isservedby'"
        f" AND a.ivoid='{CONE}'",
        {(TAP, "ivo://ivoa.net/std/tap")},
    ),
    "space, time and energy": (
        "SELECT ivoid FROM rr.stc_spatial NATURAL JOIN rr.stc_spectral NATURAL JOIN"
        " rr.stc_temporal WHERE 1=CONTAINS(MOC('7/320'), coverage)"
        " AND 1=ivo_interval_overlaps(time_start, time_end, 50100, 50200)"
        " AND 3.97e-19 BETWEEN spectral_start AND spectral_end",
        {(CONE,)},
    ),
    "lists of texts": (
        "WITH candidates AS (SELECT ivoid FROM rr.res_subject"
        " WHERE res_subject='proper-motions')"
        " SELECT ivoid, ivo_string_agg(COALESCE(standard_id, ''), '<>') AS ids"
        " FROM rr.capability NATURAL JOIN rr.interface NATURAL JOIN candidates"
        " GROUP BY ivoid",
        {(CONE, "ivo://ivoa.net/std/conesearch<>ivo://ivoa.net/std/tap#aux<>")},
    ),
    "nothing is an empty text": (
        "SELECT ivo_string_agg(standard_id, '+') FROM rr.capability WHERE ivoid='x'",
        {("",)},
    ),
    "the tables of TAP services": (
        "SELECT resid, svcid, table_name, table_title FROM rr.tap_table",
        {
            (CONE, TAP, "Stars.Main", None),
            (TAP, TAP, "ivoa.obscore", "Observations"),
        },
    ),
    "tables of a data model": (
        "SELECT resid FROM rr.tap_table"
        " WHERE table_utype LIKE 'ivo://ivoa.net/std/epntap#table-2.%'",
        {(CONE,)},
    ),
    "texts beyond ASCII": (
        "SELECT ivoid FROM rr.res_role WHERE role_name='Reylé, C.'",
        {(CONE,)},
    ),
    "timestamps have 19 characters": (
        f"SELECT created, updated FROM rr.resource WHERE ivoid='{CONE}'",
        {("2010-11-03T10:13:00", "2013-03-05T16:19:33")},
    ),
    "a MOC as text": ("SELECT coverage FROM rr.stc_spatial", {("5/20 6/1-3",)}),
}


# What TOPCAT asks: its dialogues of services, and of TAP services and their tables.
TOPCAT = {
    "services": (
        "SELECT ivoid, base_role, role_name, email, intf_index, access_url,"
        " standard_id, cap_type, cap_description, std_version, res_subjects"
        " FROM rr.resource AS res NATURAL JOIN rr.interface NATURAL JOIN rr.capability"
        " NATURAL LEFT OUTER JOIN rr.res_role NATURAL LEFT OUTER JOIN"
        " (SELECT ivoid, ivo_string_agg(res_subject, ', ') AS res_subjects"
        " FROM rr.res_subject GROUP BY ivoid) AS sbj"
        " WHERE (base_role='contact' OR base_role='publisher' OR base_role IS NULL)"
        " AND standard_id IN ('ivo://ivoa.net/std/conesearch') AND intf_role='std'"
        " AND (1=ivo_nocasematch(short_name, '%STARS%')"
        " OR 1=ivo_hasword(res_title, 'motion')) AND base_role='contact'",
        {
            (
                CONE,
                "contact",
                "Data Center Team",
                "team@dc.example.org",
                1,
                SCS_URL,
                "ivo://ivoa.net/std/conesearch",
                "cs:conesearch",
                "Positions",
                "1.2bis",
                "proper-motions, Stars: Nearby",
            )
        },
    ),
    "TAP services": (
        "SELECT ivoid, access_url, ntable FROM ("
        " SELECT DISTINCT ivoid, short_name, res_title, res_description, access_url"
        " FROM rr.resource NATURAL JOIN rr.capability NATURAL JOIN rr.interface"
        " WHERE standard_id = 'ivo://ivoa.net/std/tap' AND intf_role = 'std') AS serv"
        " LEFT OUTER JOIN (SELECT access_url, COUNT(*) AS ntable FROM ("
        " SELECT DISTINCT table_name, access_url FROM rr.res_table"
        " NATURAL JOIN rr.capability NATURAL JOIN rr.interface"
        " WHERE standard_id LIKE 'ivo://ivoa.net/std/tap%') AS t GROUP BY access_url)"
        " AS n USING (access_url)",
        {(TAP, "http://dc.example.org/tap", 3)},
    ),
    "tables": (
        "SELECT table_name, ivoid FROM (SELECT table_name, table_description,"
        " access_url FROM rr.res_table NATURAL JOIN rr.capability NATURAL JOIN"
        " rr.interface WHERE standard_id LIKE 'ivo://ivoa.net/std/tap%'"
        " AND (1=ivo_hasWord(table_description, 'quasars'))) AS t JOIN ("
        " SELECT ivoid, access_url FROM rr.capability NATURAL JOIN rr.interface"
        " WHERE standard_id = 'ivo://ivoa.net/std/tap') AS s USING (access_url)",
        {("Stars.Main", TAP)},
    ),
}


@pytest.mark.parametrize("name", TOPCAT)
def test_a_query_of_topcat_finds_what_is_known(rr: Database, name: str):
    query, expected = TOPCAT[name]

    assert set(ask(rr, query)) == expected


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_of_the_standard_finds_what_is_known(rr: Database, name: str):
    query, expected = QUERIES[name]

    assert set(ask(rr, query)) == expected


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("1=CONTAINS(MOC(8, POINT({inside})), coverage)", True),
        ("1=CONTAINS(MOC(8, POINT({outside})), coverage)", False),
        ("1=CONTAINS(POINT({inside}), coverage)", True),
        ("1=CONTAINS(POINT({outside}), coverage)", False),
        ("1=CONTAINS(CIRCLE({inside}, 0.05), coverage)", True),
        ("1=CONTAINS(CIRCLE({inside}, 20), coverage)", False),
        ("1=CONTAINS(MOC(9, CIRCLE({inside}, 0.05)), coverage)", True),
        ("1=CONTAINS(coverage, CIRCLE({inside}, 20))", True),
        ("1=CONTAINS(coverage, MOC('0/0-11'))", True),
        ("1=INTERSECTS(coverage, MOC(6, CIRCLE({inside}, 20)))", True),
        ("1=INTERSECTS(coverage, CIRCLE({outside}, 20))", False),
        ("1=CONTAINS(MOC('6/1-3'), coverage)", True),
        ("1=CONTAINS(MOC('6/1-3 7/0'), coverage)", False),
        ("1=INTERSECTS(coverage, MOC('6/1-3 7/0'))", True),
        ("1=CONTAINS(MOC('6/'), coverage)", True),
    ],
)
def test_coverage_is_compared_with_every_kind_of_region(rr, condition, found):
    [(inside,)] = rr.fetch(
        "SELECT vo_lcc.healpix_center(6, lower(coverage) >> 46) FROM rr.stc_spatial"
    )
    places = {"inside": f"{inside[0]}, {inside[1]}", "outside": "200, -40"}
    query = f"SELECT ivoid FROM rr.stc_spatial WHERE {condition.format(**places)}"

    assert ask(rr, query) == ([(CONE,)] if found else [])


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ivoid FROM rr.resource WHERE 1=ivo_hasword(res_description, 'star')",
        "SELECT ivoid FROM rr.res_table WHERE 1=ivo_hasword(table_description, 'star')",
        "SELECT name FROM rr.table_column WHERE ivo_hasword(column_description, 'a')=1",
        "SELECT ivoid FROM rr.table_column WHERE ucd LIKE 'phot.mag%'",
        "SELECT ivoid FROM rr.capability WHERE standard_id LIKE 'ivo://ivoa.net/std/%'",
        "SELECT ivoid FROM rr.res_subject WHERE res_subject IN ('a', 'b')",
        "SELECT ivoid FROM rr.stc_spatial WHERE 1=CONTAINS(MOC('6/1'), coverage)",
        "SELECT ivoid FROM rr.stc_spatial WHERE 1=INTERSECTS(coverage, MOC('6/1'))",
    ],
)
def test_an_index_answers(rr: Database, query: str):
    sql = compile_query(query, Catalog((REGTAP,))).sql

    with rr.transaction() as cur:
        cur.execute("SET LOCAL enable_seqscan = off")
        cur.execute(f"EXPLAIN {sql}")
        plan = "\n".join(row[0] for row in cur.fetchall())

    assert "Seq Scan" not in plan


def test_tap_schema_says_what_the_standard_asks(rr: Database):
    catalog = load_catalog(rr)
    found = ask(
        rr,
        "SELECT schema_name, utype FROM tap_schema.schemas WHERE schema_name = 'rr'",
        catalog,
    )
    units = ask(
        rr,
        "SELECT column_name, unit FROM tap_schema.columns WHERE unit IS NOT NULL"
        " AND table_name LIKE 'rr.%'",
        catalog,
    )
    others = ask(
        rr,
        "SELECT column_name FROM tap_schema.columns WHERE table_name LIKE 'rr.%'"
        " AND (std <> 1 OR std IS NULL OR ucd IS NOT NULL)",
        catalog,
    )
    times = {"time_start": "d", "time_end": "d"}
    energies = {"spectral_start": "J", "spectral_end": "J"}

    assert found == [("rr", "ivo://ivoa.net/std/regtap#1.2")]
    assert dict(units) == {"region_of_regard": "deg"} | times | energies
    assert others == []


def test_the_database_has_every_column_that_is_described(rr: Database):
    for table in REGTAP.tables:
        rows = rr.fetch(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = 'rr' AND table_name = %s ORDER BY ordinal_position",
            (table.name,),
        )
        assert [name for (name,) in rows] == [c.name for c in table.columns]
