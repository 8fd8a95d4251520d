"""Which records are taken from a peer, and why others are not."""

import asyncio
from dataclasses import replace

import pytest

from tests.registry.harvest.peer import (
    IVOIDS,
    Peer,
    Record,
    found,
    resource,
    status,
    until,
)
from vo_lcc.db.locks import Lock
from vo_lcc.registry.harvest.judging import (
    FOREIGN,
    NO_HEADER,
    NO_IVOID,
    NO_RESOURCE,
    NO_STATUS,
    NO_TITLE,
    OTHER_IDENTIFIER,
    STANDS_IN,
    TOO_LARGE,
    UNREADABLE,
)


async def test_foreign_and_broken_records_are_refused_one_by_one(
    peer, serve, database, harvester
):
    good = resource("ivo://Peer.Example/Good")
    peer.records = [
        resource("ivo://ours.example/x"),
        resource("ivo://third.example/x"),
        resource("http://peer.example/x"),
        Record("ivo://peer.example/empty", xml="<x/>"),
        replace(resource("ivo://peer.example/a"), identifier="ivo://peer.example/b"),
        resource("ivo://peer.example/untitled", title=" "),
        resource("ivo://peer.example/odd", status="asleep"),
        resource("ivo://peer.example/us", more="<x>https://base-url.invalid/</x>"),
        resource(
            "ivo://peer.example/us2", more="<x>https://base-<!-- -->url.invalid/</x>"
        ),
        resource("ivo://peer.example/date", datestamp="yesterday"),
        resource("ivo://peer.example/large", more=f"<x>{'é' * 4_500_000}</x>"),
        resource("ivo://peer.example/broken", more="<x>"),
        resource("ivo://peer.example/control", more="<x>\x01</x>"),
        good,
    ]
    peer.page = 100

    report = await harvester.harvest(await serve(peer))

    assert report.error is None
    assert found(database) == {"ivo://peer.example/good": "A service"}
    refused = {reason: each.number for reason, each in report.counts.refused.items()}
    assert refused == {
        FOREIGN: 2,
        NO_IVOID: 1,
        NO_RESOURCE: 1,
        OTHER_IDENTIFIER: 1,
        NO_TITLE: 1,
        NO_STATUS: 1,
        STANDS_IN: 2,
        NO_HEADER: 1,
        TOO_LARGE: 1,
        UNREADABLE: 2,
    }
    assert report.counts.refused[FOREIGN].examples[0] == "ivo://ours.example/x"


async def test_nothing_vanishes_while_a_record_cannot_be_read(
    peer, serve, database, harvester
):
    url = await serve(peer)
    await harvester.harvest(url)
    peer.records[3] = resource(IVOIDS[3], more="<x>")

    report = await harvester.harvest(url, full=True)

    assert report.counts.vanished == 0
    assert len(found(database)) == 7


async def test_an_authority_is_that_of_one_peer(peer, serve, database, harvester):
    first = await serve(peer)
    await harvester.harvest(first)
    thief = Peer([resource(IVOIDS[0], "Stolen"), resource("ivo://thief.example/a")])
    thief.authorities = ("thief.example", "Peer.Example", "ours.example")

    report = await harvester.harvest(await serve(thief))

    assert report.counts.refused[FOREIGN].number == 1
    assert report.withheld == (
        ("ours.example", "this server"),
        ("peer.example", first),
    )
    assert found(database)[IVOIDS[0]] == "A service"


async def test_peers_that_begin_together_do_not_both_get_an_authority(
    peer, serve, database, harvester
):
    url = await serve(peer)
    waits = (
        "SELECT 1 FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database"
        " WHERE d.datname = current_database() AND NOT granted"
    )
    with database.load() as load:  # as another process does for another peer
        load.execute(f"SELECT pg_advisory_xact_lock({Lock.AUTHORITIES})")
        load.execute(
            "INSERT INTO vo_lcc.harvests (url, authorities)"
            " VALUES ('http://first.example/oai', ARRAY['peer.example'])"
        )
        harvest = asyncio.create_task(harvester.harvest(url))
        await until(lambda: harvest.done() or database.fetch(waits))

    report = await harvest

    assert "peer.example, which is that of http://first.example/oai" in report.error
    assert found(database) == {}


async def test_records_of_an_authority_that_has_moved_leave(
    peer, serve, database, harvester
):
    peer.authorities = ("peer.example", "moving.example")
    peer.records.append(resource("ivo://moving.example/a"))
    url = await serve(peer)
    await harvester.harvest(url)
    assert "ivo://moving.example/a" in found(database)
    peer.authorities = ("peer.example",)

    await harvester.harvest(url)

    assert "ivo://moving.example/a" not in found(database)
    assert "ivo://moving.example/a" not in status(database)


@pytest.mark.parametrize(
    ("authorities", "told"),
    [
        (("ours.example",), "ours.example, which is that of this server"),
        ((), "says of no authority that it manages it"),
    ],
)
async def test_a_peer_without_authorities_of_its_own_is_told_so(
    peer, serve, harvester, authorities, told
):
    peer.authorities = authorities

    report = await harvester.harvest(await serve(peer))

    assert told in report.error
