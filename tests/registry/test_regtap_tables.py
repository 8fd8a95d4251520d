"""Records in the tables of schema rr: stored, replaced, taken out, queried by ADQL."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.conftest import copied_database
from tests.registry.regtap_records import CADC, DACHS, FOREIGN, record
from vo_lcc.adql import compile_query
from vo_lcc.db import Database
from vo_lcc.db.catalog import load_catalog
from vo_lcc.db.regtap_schema import REGTAP
from vo_lcc.lightcurves.obscore import settings_of
from vo_lcc.registry.regtap import forget_resources, store_resources
from vo_lcc.registry.regtap.storing import SCHEMAS, stored_in
from vo_lcc.tables import Catalog
from vo_lcc.voresource.names import BASE_URL

CONE, TAP = "ivo://org.example.dc/stars/q/cone", "ivo://org.example.dc/tap"
SIA, REGISTRY = "ivo://archive.example.edu/siap/xmm-om", "ivo://x.example/registry"
SCS_URL = "http://dc.example.org/stars/scs.xml?"


@pytest.fixture(scope="module")
def rr(cluster_url: str, template_db: str) -> Iterator[Database]:
    """A database with the records of others; only read it."""
    for database in copied_database(cluster_url, template_db):
        with database.load() as load:
            assert store_resources(load, FOREIGN) == []
        yield database


@pytest.fixture(scope="module")
def changing(cluster_url: str, template_db: str) -> Iterator[Database]:
    yield from copied_database(cluster_url, template_db)


@pytest.fixture
def empty(changing: Database) -> Database:
    """A database without records, which takes less time than a new one."""
    names = ", ".join(".".join(stored_in(name)) for name in SCHEMAS)
    changing.fetch(f"TRUNCATE {names}")
    return changing


CATALOG = Catalog((REGTAP,))


def ask(database: Database, query: str, catalog: Catalog = CATALOG) -> list[tuple]:
    """The rows of an ADQL query."""
    return database.fetch(compile_query(query, catalog).sql.replace("%", "%%"))


def store(database: Database, *records: tuple[str, etree._Element]) -> list:
    with database.load() as load:
        return store_resources(load, records)


def counts(database: Database) -> dict[str, int]:
    return {
        name: database.fetch("SELECT count(*) FROM {}.{}".format(*stored_in(name)))[0][
            0
        ]
        for name in SCHEMAS
    }


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
        {(REGISTRY,), (None,)},
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


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_of_the_standard_finds_what_is_known(rr: Database, name: str):
    query, expected = QUERIES[name]

    seen = {tuple(None if c is None else c for c in row) for row in ask(rr, query)}

    assert seen == expected


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
    sql = compile_query(query, CATALOG).sql

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


# --- changes -------------------------------------------------------------------------


def test_a_record_that_is_stored_again_replaces_its_rows(empty: Database):
    store(empty, *FOREIGN)
    once = counts(empty)

    store(empty, *FOREIGN)

    assert counts(empty) == once
    assert all(once.values())


def test_of_records_with_one_identifier_the_last_counts(empty: Database):
    first = ("ivo://X/Y", record("<title>first</title>"))
    last = ("ivo://x/y", record("<title>last</title>"))

    store(empty, first, last)

    assert ask(empty, "SELECT ivoid, res_title FROM rr.resource") == [
        ("ivo://x/y", "last")
    ]


def test_nothing_is_left_of_a_resource_that_is_forgotten(empty: Database):
    store(empty, *FOREIGN)

    with empty.load() as load:
        forget_resources(load, [ivoid.upper() for ivoid, _ in FOREIGN])
        forget_resources(load, [])

    assert set(counts(empty).values()) == {0}


@pytest.mark.parametrize("status", ["deleted", "inactive", " Deleted "])
def test_deleted_and_inactive_records_are_in_no_table(empty: Database, status: str):
    store(empty, DACHS, CADC)

    store(empty, (DACHS[0], record("<title>gone</title>", f'status="{status}"')))

    assert ask(empty, "SELECT ivoid FROM rr.resource") == [(TAP,)]


def test_a_record_that_is_refused_leaves_the_others(empty: Database):
    refused = store(
        empty, ("http://no", record()), CADC, ("ivo://x/y", etree.Element("a"))
    )

    assert [each.ivoid for each in refused] == ["http://no", "ivo://x/y"]
    assert "no IVOA identifier" in refused[0].reason
    assert ask(empty, "SELECT ivoid FROM rr.resource") == [(TAP,)]


def test_values_too_large_for_an_index_are_no_matter(empty: Database):
    texts = "".join(chr(0xE0 + i % 60) for i in range(9000)), "star " * 400_000

    assert store(empty, (DACHS[0], _large(*texts))) == []
    assert ask(
        empty, "SELECT ivoid FROM rr.resource WHERE 1=ivo_hasword(res_title, 'star')"
    ) == [(CONE,)]


def _large(long: str, words: str) -> etree._Element:
    """A record in which every value and attribute is long."""
    told = etree.fromstring(etree.tostring(DACHS[1]))
    for element in told.iterdescendants(etree.Element):
        if not len(element):
            element.text = words if element.tag in ("description", "title") else long
        for name in element.attrib:
            element.set(name, long)
    return told


def test_urls_of_this_server_are_those_it_is_reached_by(empty: Database):
    store(
        empty,
        (
            "ivo://x/y",
            record(
                f"<content><referenceURL>{BASE_URL}/page</referenceURL></content>"
                f"<curation><creator><logo>{BASE_URL}/logo</logo></creator></curation>"
                f"<capability><interface><accessURL>{BASE_URL}/tap</accessURL>"
                f"<mirrorURL>{BASE_URL}/a</mirrorURL><mirrorURL>https://m.example/"
                f"</mirrorURL></interface></capability><accessURL>{BASE_URL}/d</accessURL>"
            ),
        ),
    )
    plan = compile_query(
        "SELECT reference_url, logo, access_url, mirror_url, detail_value"
        " FROM rr.resource NATURAL JOIN rr.res_role NATURAL JOIN rr.interface"
        " JOIN rr.res_detail USING (ivoid)",
        CATALOG,
    )

    with empty.transaction() as cur:
        for name, value in settings_of(plan.tables, "https://here.example/vo", None):
            cur.execute("SELECT set_config(%s, %s, true)", (name, value))
        cur.execute(plan.sql)
        [row] = cur.fetchall()

    assert row == (
        "https://here.example/vo/page",
        "https://here.example/vo/logo",
        "https://here.example/vo/tap",
        "https://here.example/vo/a#https://m.example/",
        "https://here.example/vo/d",
    )


def test_a_table_is_once_in_each_service_as_a_collection_describes_it(empty: Database):
    table = "<table><name>s.t</name><title>{}</title></table>"
    served = (
        '<capability standardID="ivo://ivoa.net/std/TAP#aux"/><content>'
        + "<relationship><relationshipType>IsServedBy</relationshipType>"
        '<relatedResource ivo-id="ivo://x/TAP"/></relationship>' * 2 + "</content>"
    )
    tap = '<capability standardID="ivo://ivoa.net/std/TAP"/>' * 2

    def tableset(title: str) -> str:
        return f"<tableset><schema>{table.format(title) * 2}</schema></tableset>"

    store(
        empty,
        ("ivo://x/b", record(served + tableset("b"))),
        ("ivo://x/a", record(served + tableset("a"))),
        ("ivo://x/tap", record(tap + tableset("tap"))),
        ("ivo://x/aside", record(tableset("aside"))),
        ("ivo://x/lost", record(served.replace("x/TAP", "x/none") + tableset("lost"))),
    )

    query = "SELECT resid, svcid, table_title FROM rr.tap_table"
    assert ask(empty, query) == [("ivo://x/a", "ivo://x/tap", "a")]


@given(
    st.text(
        st.characters(
            exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"
        )
    )
)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_text_is_kept_but_for_blanks_around_it(empty: Database, text: str):
    told = record("<title/>")
    told[0].text = text

    store(empty, ("ivo://x/y", told))

    [(kept,)] = ask(empty, "SELECT res_title FROM rr.resource")
    assert kept == (re.sub(" +", " ", text).strip(" ") or None)
