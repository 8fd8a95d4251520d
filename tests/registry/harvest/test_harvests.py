"""Harvests of a peer over HTTP into a database: what is read, and what is gone."""

from dataclasses import replace

import pytest

from tests.registry.harvest.peer import (
    IVOIDS,
    deleted,
    found,
    resource,
    status,
)
from vo_lcc.registry.harvest.state import read_state


async def test_all_records_are_read_and_can_be_found(peer, serve, database, harvester):
    report = await harvester.harvest(await serve(peer))

    assert report.error is None
    assert (report.counts.taken, report.counts.pages) == (7, 3)
    assert status(database) == dict.fromkeys(IVOIDS, "active")
    assert found(database) == dict.fromkeys(IVOIDS, "A service")
    first = peer.lists()[0]
    assert first["metadataPrefix"] == "ivo_vor"
    assert first["set"] == "ivo_managed"
    assert "from" not in first
    assert set(peer.lists()[1]) == {"verb", "resumptionToken"}


async def test_a_peer_without_sets_is_asked_for_all(peer, serve, harvester):
    peer.sets = False

    report = await harvester.harvest(await serve(peer))

    assert report.counts.taken == 7
    assert "set" not in peer.lists()[0]


async def test_the_next_harvest_asks_for_what_is_new(peer, serve, database, harvester):
    url = await serve(peer)
    await harvester.harvest(url)
    peer.asked.clear()
    peer.records[2] = resource(IVOIDS[2], "Renamed", "2026-01-01T00:00:00Z")

    report = await harvester.harvest(url)

    assert peer.lists()[0]["from"] == "2025-12-31T23:00:00Z"  # an hour before its clock
    assert (report.is_full, report.counts.taken) == (False, 1)
    assert found(database)[IVOIDS[2]] == "Renamed"
    assert len(found(database)) == 7


async def test_the_granularity_is_that_of_the_peer(peer, serve, harvester):
    peer.granularity = "YYYY-MM-DD"
    url = await serve(peer)
    await harvester.harvest(url)
    peer.asked.clear()

    report = await harvester.harvest(url)

    assert peer.lists()[0]["from"] == "2025-12-31"
    assert report.error is None  # noRecordsMatch is no error


async def test_what_is_the_same_is_not_stored_again(peer, serve, database, harvester):
    url = await serve(peer)
    await harvester.harvest(url)
    peer.records = [replace(r, datestamp="2026-01-01T00:00:00Z") for r in peer.records]

    report = await harvester.harvest(url)

    assert (report.counts.taken, report.counts.unchanged) == (0, 7)


@pytest.mark.parametrize(
    "gone",
    [
        deleted(resource(IVOIDS[1]), "2026-01-01T00:00:00Z"),
        resource(IVOIDS[1], datestamp="2026-01-01T00:00:00Z", status="deleted"),
        resource(IVOIDS[1], datestamp="2026-01-01T00:00:00Z", status="inactive"),
        replace(resource(IVOIDS[1], datestamp="2026-01-01T00:00:00Z"), deleted=True),
    ],
    ids=["header", "status deleted", "inactive", "header above an active record"],
)
async def test_a_deleted_record_leaves_the_tables_and_is_kept(
    peer, serve, database, harvester, gone
):
    url = await serve(peer)
    await harvester.harvest(url)
    peer.records[1] = gone

    report = await harvester.harvest(url)

    assert report.counts.deleted == 1
    assert status(database)[IVOIDS[1]] == "deleted"
    assert IVOIDS[1] not in found(database)
    again = await harvester.harvest(url)
    assert (again.counts.deleted, again.counts.unchanged) == (0, 1)


async def test_what_vanished_is_found_by_a_harvest_of_all(
    peer, serve, database, harvester
):
    url = await serve(peer)
    await harvester.harvest(url)
    del peer.records[4]
    assert (await harvester.harvest(url)).counts.vanished == 0

    report = await harvester.harvest(url, full=True)

    assert report.counts.vanished == 1
    assert status(database)[IVOIDS[4]] == "deleted"
    assert len(found(database)) == 6


@pytest.mark.parametrize(
    ("deleted_record", "days", "full"),
    [("no", 8, True), ("transient", 8, True), ("persistent", 8, False)],
)
async def test_all_is_read_from_time_to_time(
    peer, serve, database, harvester, deleted_record, days, full
):
    peer.deleted_record = deleted_record
    url = await serve(peer)
    await harvester.harvest(url)
    database.fetch(
        "UPDATE vo_lcc.harvests SET full_at = now() - make_interval(days => %s)",
        (days,),
    )

    assert (await harvester.harvest(url)).is_full == full


async def test_another_identity_is_read_anew(peer, serve, database, harvester):
    url = await serve(peer)
    await harvester.harvest(url)
    peer.identity = "ivo://other.example/registry"
    peer.authorities = ("other.example",)
    peer.records = [resource("ivo://other.example/a")]

    report = await harvester.harvest(url)

    assert report.is_full
    assert set(found(database)) == {"ivo://other.example/a"}
    assert set(status(database)) == {"ivo://other.example/a"}


async def test_a_registry_that_lists_nothing_loses_nothing(
    peer, serve, database, harvester
):
    url = await serve(peer)
    await harvester.harvest(url)
    peer.records = []

    report = await harvester.harvest(url, full=True)

    assert "lists no records" in report.error
    assert len(found(database)) == 7


async def test_the_clock_of_the_peer_may_be_ahead(peer, serve, database, harvester):
    peer.now = "2199-01-01T00:00:00Z"
    url = await serve(peer)

    await harvester.harvest(url)

    assert read_state(database, url).since.year < 2199


async def test_a_peer_is_given_up_with_all_its_records(
    peer, serve, database, harvester
):
    url = await serve(peer)
    await harvester.harvest(url)

    assert await harvester.forget(url) == 7
    assert found(database) == status(database) == {}
