"""Records in the tables of schema rr: stored, replaced, taken out."""

import logging
import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.conftest import copied_database
from tests.registry.regtap_records import CADC, CONE, DACHS, FOREIGN, TAP, ask, record
from vo_lcc.adql import compile_query
from vo_lcc.db import Database
from vo_lcc.db.regtap_schema import REGTAP
from vo_lcc.lightcurves.obscore import settings_of
from vo_lcc.registry.regtap import forget_resources, store_resources
from vo_lcc.registry.regtap.storing import SCHEMAS, stored_in
from vo_lcc.tables import Catalog
from vo_lcc.voresource.names import BASE_URL


@pytest.fixture(scope="module")
def changing(cluster_url: str, template_db: str) -> Iterator[Database]:
    yield from copied_database(cluster_url, template_db)


@pytest.fixture
def empty(changing: Database) -> Database:
    """A database without records, which takes less time than a new one."""
    names = ", ".join(".".join(stored_in(name)) for name in SCHEMAS)
    changing.fetch(f"TRUNCATE {names}")
    return changing


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


def test_a_record_that_is_stored_again_replaces_its_rows(empty: Database):
    store(empty, *FOREIGN)
    once = counts(empty)

    store(empty, *FOREIGN)

    assert counts(empty) == once
    assert all(once.values())


def test_rows_that_are_left_out_are_told_in_one_line(
    empty: Database, caplog: pytest.LogCaptureFixture
):
    odd = record("<curation><date>last week</date></curation>")
    with caplog.at_level(logging.INFO, "vo_lcc"):
        store(empty, *((f"ivo://x.example/{number}", odd) for number in range(3)))

    assert caplog.messages == ["rows left out of 3 records: {'res_date': 3}"]


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
        Catalog((REGTAP,)),
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
