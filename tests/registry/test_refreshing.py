"""Records as they are stored: anew where they say something else, deleted, dated."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from tests.conftest import copied_database
from tests.registry.collections import (
    FULL,
    OFFERED,
    PLAIN,
    PUBLISHER,
    catalog_of,
    site_of,
)
from vo_lcc.dali.capability import Publisher
from vo_lcc.db import Database
from vo_lcc.errors import LockedError, StaleError, TransientError
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.registry import refreshing
from vo_lcc.registry.refreshing import Memory, Refreshed, refresh_records
from vo_lcc.registry.regtap.storing import SCHEMAS, stored_in
from vo_lcc.registry.store import CHANGING, OURS, Stored, Wanted, list_records

STARS = "ivo://example.org/stars"
SODA = "ivo://example.org/~"


@pytest.fixture(scope="module")
def records_db(cluster_url: str, template_db: str) -> Iterator[Database]:
    yield from copied_database(cluster_url, template_db)


@pytest.fixture
def db(records_db: Database) -> Database:
    """A database without records, which takes less time than a new one."""
    tables = {"vo_lcc.records", *(".".join(stored_in(name)) for name in SCHEMAS)}
    records_db.fetch(f"TRUNCATE {', '.join(tables)}")
    return records_db


def refresh(
    db: Database,
    *collections: Collection,
    publisher: Publisher = PUBLISHER,
    memory: Memory | None = None,
) -> Refreshed:
    """Refresh as a process does that has just read what is published."""
    ((version,),) = db.fetch("SELECT version::text FROM vo_lcc.catalog_version")
    catalog = replace(catalog_of(*collections), version=version)
    site = site_of(*collections, publisher=publisher)
    return refresh_records(db, site, catalog, OFFERED, memory)


def stored(db: Database) -> dict[str, Stored]:
    return {r.identifier: r for r in list_records(db, Wanted(), 1000)}


def make_old(db: Database) -> None:
    """All that is stored is of a day before."""
    db.fetch(
        "UPDATE vo_lcc.records SET created = created - interval '1 day',"
        " datestamp = datestamp - interval '1 day'"
    )


def younger(db: Database) -> set[str]:
    """The records that changed since they were made old."""
    limit = datetime.now(UTC) - timedelta(hours=1)
    return {i for i, record in stored(db).items() if record.datestamp > limit}


def in_tables(db: Database) -> set[str]:
    return {ivoid for (ivoid,) in db.fetch("SELECT ivoid FROM rr.resource")}


def test_all_records_are_stored_with_their_dates(db: Database) -> None:
    refresh(db, FULL)
    records = stored(db)

    assert len(records) == 6
    for record in records.values():
        element = etree.fromstring(record.record)
        assert record.registry == OURS
        assert record.datestamp.microsecond == 0
        assert record.datestamp <= datetime.now(UTC)
        assert f"{record.datestamp.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" == (
            element.get("updated")
        )
    assert in_tables(db) == set(records)


def test_nothing_is_stored_again_that_says_the_same(db: Database) -> None:
    refresh(db, FULL)
    make_old(db)

    assert refresh(db, FULL) == Refreshed()
    assert younger(db) == set()


def test_a_new_collection_changes_its_record_and_that_of_its_services(
    db: Database,
) -> None:
    refresh(db, FULL)
    make_old(db)
    refresh(db, FULL, replace(PLAIN, name="more", title="More stars"))

    assert younger(db) == {"ivo://example.org/more", SODA}


def test_new_words_change_one_record_which_keeps_when_it_was_created(
    db: Database,
) -> None:
    refresh(db, FULL)
    make_old(db)
    before = stored(db)[STARS]
    refresh(db, replace(FULL, description="New words."))
    after = stored(db)[STARS]

    assert younger(db) == {STARS}
    assert after.created == before.created
    assert after.datestamp > before.datestamp
    assert "New words." in after.record
    told = "SELECT res_description FROM rr.resource WHERE ivoid = %s"
    assert "New words." in db.fetch(told, (STARS,))[0][0]


def test_a_collection_that_is_withdrawn_is_deleted_and_stays(db: Database) -> None:
    refresh(db, FULL)
    make_old(db)
    refresh(db)
    record = stored(db)[STARS]

    assert record.status == "deleted"
    assert younger(db) == {STARS, SODA}
    assert STARS not in in_tables(db)
    make_old(db)
    assert refresh(db) == Refreshed()


def test_a_collection_that_comes_back_is_active_again(db: Database) -> None:
    refresh(db, FULL)
    first = stored(db)[STARS]
    refresh(db)
    refresh(db, FULL)
    again = stored(db)[STARS]

    assert (again.status, again.created) == ("active", first.created)
    assert STARS in in_tables(db)


def test_another_authority_deletes_the_records_of_the_one_before(db: Database) -> None:
    refresh(db, FULL)
    refresh(db, FULL, publisher=replace(PUBLISHER, authority="other.example"))
    records = stored(db)

    old = {i for i, record in records.items() if record.status == "deleted"}
    assert old == {i for i in records if i.startswith("ivo://example.org")}
    assert len(records) == 12
    assert in_tables(db) == set(records) - old


def test_nothing_is_left_of_a_time_without_an_authority(db: Database) -> None:
    refresh(db, FULL, publisher=Publisher())
    refresh(db, publisher=Publisher())
    assert stored(db)["ivo://x-unregistered/stars"].status == "deleted"
    refreshed = refresh(db, FULL)

    assert len(refreshed.dropped) == 6
    assert len(stored(db)) == 6
    assert in_tables(db) == set(stored(db))
    assert refresh(db, FULL) == Refreshed()


def test_datestamps_never_go_back_even_when_the_clock_does(db: Database) -> None:
    refresh(db, FULL)
    ahead = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    db.fetch("UPDATE vo_lcc.records SET datestamp = %s", (ahead,))
    refresh(db, replace(FULL, title="Another title"))

    assert stored(db)[STARS].datestamp == ahead


def test_records_of_an_old_catalog_are_not_stored(db: Database) -> None:
    refresh(db, FULL)
    catalog = replace(catalog_of(PLAIN), version="0 of another time")

    with pytest.raises(StaleError):
        refresh_records(db, site_of(PLAIN), catalog, OFFERED)
    assert "rights" in stored(db)[STARS].record


def test_a_record_that_a_peer_has_given_as_its_own_is_ours_again(db: Database) -> None:
    refresh(db, FULL)
    db.fetch(
        "UPDATE vo_lcc.records SET registry = 'https://peer.example/oai'"
        " WHERE ivoid = %s",
        (STARS,),
    )
    refresh(db, FULL)

    assert STARS in stored(db)


def test_what_was_built_before_is_not_built_again(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory, built = Memory(), []
    digest_of = refreshing.digest_of

    def noting(element: etree._Element) -> str:
        built.append(element.findtext("identifier"))
        return digest_of(element)

    many = [replace(PLAIN, name=f"stars{i}") for i in range(20)]
    refresh(db, *many, memory=memory)
    monkeypatch.setattr(refreshing, "digest_of", noting)
    refresh(db, *many[1:], replace(many[0], title="New"), memory=memory)

    assert {i for i in built if "stars" in i} == {"ivo://example.org/stars0"}


def test_a_server_that_stops_stores_nothing_more(db: Database) -> None:
    memory = Memory()
    memory.stop.set()

    with pytest.raises(TransientError):
        refresh(db, FULL, memory=memory)
    assert stored(db) == {}


def test_processes_that_refresh_at_once_store_each_record_once(
    db: Database,
) -> None:
    many = [replace(PLAIN, name=f"stars{i}") for i in range(150)]

    def run(database: Database) -> Refreshed:
        with closing(database):
            return refresh(database, *many)

    with ThreadPoolExecutor(3) as threads:
        done = list(threads.map(run, [Database(db.url) for _ in range(3)]))

    changed = [ivoid for each in done for ivoid in each.changed]
    assert sorted(changed) == sorted(stored(db))
    assert len(in_tables(db)) == len(changed) == 155
    assert refresh(db, *many) == Refreshed()


def test_a_refresh_waits_for_who_reads_what_changed(db: Database) -> None:
    """A harvester is told the time; what changes afterwards is dated later."""
    done: list[str] = []

    def run() -> None:
        refresh(db, FULL)
        done.append("refreshed")

    with db.transaction() as cur:
        cur.execute("SELECT pg_advisory_xact_lock_shared(%s)", (CHANGING,))
        thread = threading.Thread(target=run)
        thread.start()
        time.sleep(0.3)
        done.append("read")
    thread.join()

    assert done == ["read", "refreshed"]


def test_nobody_is_waited_for_without_end(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refreshing, "PATIENCE", 0.1)
    with db.transaction() as cur:
        cur.execute("SELECT pg_advisory_xact_lock(%s)", (CHANGING,))
        with pytest.raises(LockedError):
            refresh(db, PLAIN)

    assert refresh(db, PLAIN).changed


def test_many_records_are_stored_in_several_transactions(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refreshing, "AT_ONCE", 4)
    refresh(db, FULL, replace(PLAIN, name="more"))

    assert len(stored(db)) == 7
    assert len(in_tables(db)) == 7
