"""What peers answer that they should not, and harvests that are cut short."""

import asyncio
import os
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from tests.commands import FORKS, command, run
from tests.registry.harvest.peer import (
    LIMITS,
    SETTINGS,
    Peer,
    as_usual,
    busy,
    found,
    leads,
    resource,
    says,
)
from vo_lcc.errors import LockedError
from vo_lcc.registry.harvest import Harvester, answers
from vo_lcc.registry.harvest.errors import HarvestError
from vo_lcc.registry.harvest.state import read_state
from vo_lcc.registry.harvest.turns import turn

OAI = "http://www.openarchives.org/OAI/2.0/"


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


async def test_a_list_without_records_is_not_read_for_ever(peer, serve, harvester):
    peer.listrecords = lambda asked: (
        f"<ListRecords><resumptionToken>{len(peer.asked)}</resumptionToken>"
        "</ListRecords>"
    )

    report = await harvester.harvest(await serve(peer))

    assert "on and on with no records" in report.error
    assert len(peer.lists()) < 30


async def test_a_peer_of_another_age_is_harvested_again(peer, serve, harvester):
    peer.now = "0001-01-01T00:00:00Z"
    peer.records.append(resource("ivo://peer.example/new", datestamp=peer.now))
    url = await serve(peer)

    reports = [await harvester.harvest(url) for _ in range(2)]

    assert [each.error for each in reports] == [None, None]
    since = {each["from"] for each in peer.lists() if "from" in each}
    assert since == {"1899-12-31T23:00:00Z"}


def test_an_answer_takes_little_memory_and_time(monkeypatch):
    monkeypatch.setattr(answers, "NODES", 1000)
    with pytest.raises(HarvestError, match="1000 tags"):
        answers.parse_answer(b"<a>" + b"<b c=''/>" * 501, "ListRecords")

    names = " ".join(f'xmlns:n{i}="u{i}"' for i in range(900))
    broken = f'<OAI-PMH xmlns="{OAI}"><ListRecords {names}><record><x></record>'
    with pytest.raises(HarvestError, match="cannot be put right"):
        answers.parse_answer(
            f"{broken}</ListRecords></OAI-PMH>".encode(), "ListRecords"
        )


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
