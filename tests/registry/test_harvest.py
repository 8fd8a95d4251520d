"""Harvests of a peer over HTTP into a database, whatever the peer does."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.commands import FORKS, command, run
from tests.conftest import copied_database
from tests.registry.harvested_peer import (
    Peer,
    Record,
    as_usual,
    busy,
    deleted,
    leads,
    resource,
    says,
    until,
)
from vo_lcc.db import Database
from vo_lcc.db.locks import Lock
from vo_lcc.errors import LockedError
from vo_lcc.registry.harvest import Harvester, HarvestLimits, Settings
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
from vo_lcc.registry.harvest.state import read_state
from vo_lcc.registry.harvest.turns import turn
from vo_lcc.registry.regtap import forget_resources

LIMITS = HarvestLimits(attempts=3, pause=0.001, patience=5)
SETTINGS = Settings(frozenset({"ours.example"}), 3600, LIMITS)
IVOIDS = [f"ivo://peer.example/r{number}" for number in range(7)]

Start = Callable[[Peer], "asyncio.Future[str]"]


@pytest.fixture
def peer() -> Peer:
    return Peer([resource(ivoid) for ivoid in IVOIDS], page=3)


@pytest.fixture
async def serve(aiohttp_server) -> Start:
    """Starts a peer; the URL of its OAI."""

    async def start(peer: Peer) -> str:
        app = web.Application()
        app.router.add_get("/oai", peer.answer)
        server = await aiohttp_server(app)
        return str(server.make_url("/oai"))

    return start


@pytest.fixture
async def start_app() -> AsyncIterator[Callable[[Any], "asyncio.Future[str]"]]:
    """Serves what is asked by one function, which ends when its client leaves."""
    servers = []

    async def start(answer: Any) -> str:
        app = web.Application()
        app.router.add_get("/oai", answer)
        servers.append(TestServer(app, handler_cancellation=True))
        await servers[-1].start_server()
        return str(servers[-1].make_url("/oai"))

    yield start
    for server in servers:
        await server.close()


@pytest.fixture(scope="module")
def records_db(cluster_url: str, template_db: str):
    yield from copied_database(cluster_url, template_db)


@pytest.fixture
def database(records_db: Database) -> Database:
    """A database without records, which takes less time than a new one."""
    ivoids = [row[0] for row in records_db.fetch("SELECT ivoid FROM rr.resource")]
    with records_db.load() as load:
        forget_resources(load, ivoids)
        for table in ("records", "harvests", "harvest_seen"):
            load.execute(f"DELETE FROM vo_lcc.{table}")
    return records_db


@pytest.fixture
async def harvester(database: Database) -> AsyncIterator[Harvester]:
    harvester = Harvester(database, SETTINGS)
    yield harvester
    harvester.close()


def status(database: Database) -> dict[str, str]:
    """The records that are kept."""
    return dict(database.fetch("SELECT ivoid, status FROM vo_lcc.records"))


def found(database: Database) -> dict[str, str]:
    """What RegTAP shows: titles by ivoid."""
    return dict(database.fetch("SELECT ivoid, res_title FROM rr.resource"))


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
        STANDS_IN: 1,
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
    url, waits = await serve(peer), "SELECT 1 FROM pg_locks WHERE NOT granted"
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


async def test_a_busy_peer_is_asked_again(peer, serve, harvester):
    peer.instead = [busy("0"), busy(), as_usual, as_usual, busy("0"), as_usual]

    report = await harvester.harvest(await serve(peer))

    assert report.error is None
    assert report.counts.taken == 7


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (busy("7200"), "it asks to come again in 7200 s"),
        (lambda _: web.Response(status=404), "it answers 404"),
        (leads("ftp://peer.example/"), "only http:// and https://"),
        (says("<html/>"), "it does not answer in OAI-PMH 2.0"),
        (says("so what"), "its answer is not well-formed XML"),
        (says('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "has a DOCTYPE"),
        (says("<?x ?><!-- a --> <!DOCTYPE a><a/>"), "has a DOCTYPE"),
        (says('<!DOCTYPE a [<!ENTITY b "c">]><a/>'.encode("utf-16")), "well-formed"),
        (says(b"x" * 3_000_000), "an answer is larger than 2000000 bytes"),
    ],
)
async def test_what_no_peer_should_answer_is_told(peer, serve, database, answer, told):
    peer.instead = [answer]
    limits = replace(LIMITS, answer=2_000_000)
    harvester = Harvester(database, replace(SETTINGS, limits=limits))
    url = await serve(peer)

    report = await harvester.harvest(url)

    assert told in report.error
    state = read_state(database, url)
    assert (state.failures, state.error) == (1, report.error)
    harvester.close()


async def test_a_file_named_by_an_entity_is_never_read(
    peer, serve, database, harvester, tmp_path
):
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    bomb = (
        f'<!DOCTYPE x [<!ENTITY s SYSTEM "file://{secret}">]>'
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
        "<responseDate>2026-01-01T00:00:00Z</responseDate><error>&s;</error></OAI-PMH>"
    )
    peer.instead = [says(bomb)]

    report = await harvester.harvest(await serve(peer))

    assert "DOCTYPE" in report.error
    assert "hunter2" not in report.error


def hangs_at_third(peer: Peer, waiting: asyncio.Event) -> Any:
    """Answers like `peer`, but for the third list, for which it is waited once."""

    async def answer(request: web.Request) -> web.Response:
        if len(peer.lists()) == 2 and not waiting.is_set():
            waiting.set()
            await asyncio.sleep(60)
        return await peer.answer(request)

    return answer


async def test_a_harvest_that_was_cancelled_goes_on(peer, database, start_app):
    waiting = asyncio.Event()
    url = await start_app(hangs_at_third(peer, waiting))
    first = Harvester(database, SETTINGS)
    task = asyncio.create_task(first.harvest(url))
    await asyncio.wait_for(waiting.wait(), 20)
    task.cancel()
    await asyncio.wait([task])
    first.close()
    assert len(found(database)) == 6
    token = read_state(database, url).token
    peer.asked.clear()

    second = Harvester(database, SETTINGS)
    report = await second.harvest(url)
    second.close()

    assert report.resumed
    assert peer.lists() == [{"verb": "ListRecords", "resumptionToken": token}]
    assert (report.counts.taken, report.counts.vanished) == (7, 0)
    assert len(found(database)) == 7


async def test_a_command_that_was_killed_goes_on(peer, database, tmp_path, start_app):
    waiting = asyncio.Event()
    url = await start_app(hangs_at_third(peer, waiting))
    settings = {
        "VO_LCC_DATABASE_URL": database.url,
        "VO_LCC_REGISTRY_PEERS": url,
        "VO_LCC_PUBLISHER_AUTHORITY": "ours.example",
    }
    streams = (tmp_path / "out", tmp_path / "err")
    process = FORKS.Process(
        target=command,
        args=(["harvest"], {**os.environ, **settings}, tmp_path, *streams),
    )
    process.start()
    await asyncio.wait_for(waiting.wait(), 60)
    process.kill()
    await asyncio.to_thread(process.join)
    assert len(found(database)) == 6

    said = await asyncio.to_thread(
        run, "harvest", env={**os.environ, **settings}, cwd=tmp_path
    )

    assert said.returncode == 0, said.stderr
    assert "going on where the last harvest was cut short" in said.stdout
    assert "7 records taken, 0 unchanged, 0 deleted, 0 vanished" in said.stdout
    assert len(found(database)) == 7


async def test_a_token_that_the_peer_forgot_begins_again(
    peer, serve, database, harvester
):
    peer.tokens_lost = 1

    report = await harvester.harvest(await serve(peer))

    assert report.error is None
    assert (report.counts.taken, report.counts.unchanged) == (4, 3)
    assert len(found(database)) == 7


async def test_a_peer_that_forgets_every_token_is_given_up(peer, serve, harvester):
    peer.tokens_lost = 100

    report = await harvester.harvest(await serve(peer))

    assert "badResumptionToken: I forgot" in report.error


async def test_a_token_that_leads_nowhere_is_no_loop(peer, serve, harvester):
    peer.listrecords = lambda asked: (
        "<ListRecords>"
        + peer.records[0].text
        + "<resumptionToken>again</resumptionToken></ListRecords>"
    )

    report = await harvester.harvest(await serve(peer))

    assert "the same resumption token again" in report.error


async def test_a_harvest_that_takes_too_long_is_put_off(peer, serve, database):
    limits = replace(LIMITS, longest=0.0001)
    harvester = Harvester(database, replace(SETTINGS, limits=limits))

    report = await harvester.harvest(await serve(peer))
    harvester.close()

    assert "not complete after 0.0001 s" in report.error


async def test_a_peer_is_harvested_by_one_process_at_a_time(
    peer, serve, database, harvester
):
    url = await serve(peer)
    with turn(database, url), pytest.raises(LockedError):
        await harvester.harvest(url)

    assert (await harvester.harvest(url)).error is None


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
