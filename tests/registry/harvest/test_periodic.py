"""The task that harvests in processes that serve, and lists of publishers."""

import asyncio
import logging
from dataclasses import replace

import pytest
from aiohttp import web

from tests.registry.harvest.peer import (
    LIMITS,
    SETTINGS,
    Peer,
    busy,
    leads,
    resource,
    until,
)
from vo_lcc.db import Database
from vo_lcc.registry.harvest import (
    Harvester,
    Harvesting,
    Settings,
    find_publishers,
    periodic,
)
from vo_lcc.registry.harvest.errors import HarvestError
from vo_lcc.registry.harvest.state import read_state, read_states
from vo_lcc.registry.harvest.turns import turn

HARVEST = """<capability xsi:type="vg:Harvest" standardID="ivo://ivoa.net/std/Registry">
<interface xsi:type="vg:OAIHTTP" role="std" version="1.0">
<accessURL use="base">{url}</accessURL></interface>
<interface xsi:type="vr:WebBrowser"><accessURL>http://x.example/</accessURL></interface>
</capability><full>false</full><managedAuthority>a.example</managedAuthority>"""


class Counted:
    """What a meter is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, dict[str, int]]] = []

    def harvested(self, url: str, outcome: str, records: dict[str, int]) -> None:
        self.told.append((url, outcome, records))


async def test_several_processes_harvest_a_peer_once(serve, database: Database):
    peer = Peer([resource("ivo://peer.example/a")])
    url = await serve(peer)
    meter = Counted()
    tasks = [Harvesting(database, [url], SETTINGS, meter) for _ in range(3)]
    for task in tasks:
        await task.start()

    await until(lambda: meter.told)
    await asyncio.sleep(1.2)  # the others have begun, too
    for task in tasks:
        await task.stop()

    words = {"taken": 1, "unchanged": 0, "deleted": 0, "refused": 0}
    assert meter.told == [(url, "complete", words)]
    assert len(peer.lists()) == 1


async def test_a_task_that_is_stopped_keeps_what_it_has_read(serve, database: Database):
    peer = Peer([resource(f"ivo://peer.example/{n}") for n in range(3)], page=1)
    asked = asyncio.Event()

    async def hang(request: web.Request) -> web.Response:
        if request.query.get("resumptionToken", "").startswith("2"):
            asked.set()
            await asyncio.sleep(30)
        return await Peer.answer(peer, request)

    peer.answer = hang
    url = await serve(peer)
    first = Harvesting(database, [url], SETTINGS)
    await first.start()
    await asyncio.wait_for(asked.wait(), 20)
    await asyncio.wait_for(first.stop(), 5)

    assert read_state(database, url).counts.taken == 2
    assert read_state(database, url).token is not None


async def test_what_fails_is_told_and_tried_again_later(
    serve, database: Database, caplog
):
    peer = Peer()
    peer.instead = [busy()] * 100
    url = await serve(peer)
    meter = Counted()
    task = Harvesting(database, [url], SETTINGS, meter)
    with caplog.at_level(logging.INFO, "vo_lcc"):
        await task.start()
        await until(lambda: meter.told)
        await task.stop()

    assert meter.told[0][1] == "failed"
    assert "harvest failed: it answers 503 (asked 3 times)" in caplog.text
    ((seconds,),) = database.fetch(
        "SELECT extract(epoch FROM due - now())::float FROM vo_lcc.harvests"
    )
    assert 250 < seconds < 330


async def test_peers_that_are_not_listed_any_more_are_given_up(
    serve, database: Database, caplog
):
    url = await serve(Peer([resource("ivo://peer.example/a")]))
    harvester = Harvester(database, SETTINGS)
    await harvester.harvest(url)
    harvester.close()
    task = Harvesting(database, [], SETTINGS)
    with caplog.at_level(logging.INFO, "vo_lcc"):
        await task.start()
        await until(lambda: "gave up a peer" in caplog.text)
        await task.stop()

    assert database.fetch("SELECT ivoid FROM rr.resource") == []
    assert read_states(database) == []


async def test_a_peer_that_is_being_harvested_is_given_up_later(
    database: Database, monkeypatch
):
    monkeypatch.setattr(periodic, "LONGEST", 0.1)
    read_state(database, "http://peer.example/oai")
    task = Harvesting(database, [], SETTINGS)
    with turn(database, "http://peer.example/oai"):
        await task.start()
        await asyncio.sleep(1.2)  # it has begun
        assert read_states(database) != []
    await until(lambda: not read_states(database))
    await task.stop()


@pytest.mark.parametrize("failures", range(8))
def test_pauses_grow_with_failures_up_to_the_interval(failures):
    pause = Settings(frozenset(), 3600).pause(failures)

    expected = [3600, 300, 600, 1200, 2400, 3600, 3600, 3600][failures]
    assert 0.95 * expected <= pause <= 1.05 * expected


async def test_publishers_are_found_at_a_registry_of_registries(serve):
    urls = [f"http://r{number}.example/oai?a=1&amp;b=2" for number in range(3)]
    records = [
        resource(
            f"ivo://r{number}.example/registry",
            f"Registry {number}",
            kind="vg:Registry",
            more=HARVEST.format(url=url),
        )
        for number, url in enumerate(urls)
    ]
    gone = resource(
        "ivo://gone.example/registry",
        status="deleted",
        kind="vg:Registry",
        more=HARVEST.format(url="http://gone.example/oai"),
    )
    peer = Peer([*records, gone, resource("ivo://r0.example/service")], page=2)

    found = await find_publishers(await serve(peer), LIMITS)

    assert [each.url for each in found] == [
        f"http://r{number}.example/oai?a=1&b=2" for number in range(3)
    ]
    assert (found[0].identifier, found[0].title) == (
        "ivo://r0.example/registry",
        "Registry 0",
    )
    assert peer.lists()[0]["set"] == "ivo_publishers"


@pytest.mark.parametrize("code", ["badArgument", "noRecordsMatch", "noSetHierarchy"])
async def test_publishers_are_found_where_there_is_no_set_of_them(serve, code):
    record = resource(
        "ivo://r.example/registry",
        kind="vg:Registry",
        more=HARVEST.format(url="http://r.example/oai"),
    )
    peer = Peer([record])
    refused = f'<error code="{code}">no such set</error>'
    peer.instead = [lambda _: peer.sent(refused)] * 2

    found = await find_publishers(await serve(peer), LIMITS)

    assert [each.url for each in found] == ["http://r.example/oai"]
    assert [each.get("set") for each in peer.lists()] == [
        "ivo_publishers",
        "ivoa_publishers",
        None,
    ]


async def test_a_peer_that_leads_on_is_followed(serve):
    peer = Peer([])
    peer.instead = [leads("/moved?verb=ListRecords"), lambda _: None]

    with pytest.raises(HarvestError, match="noRecordsMatch"):
        await find_publishers(await serve(peer), LIMITS)
    assert len(peer.asked) == 4  # once more where it leads, then for other sets


async def test_a_peer_never_leads_to_what_is_not_public(serve):
    peer = Peer([])
    url = await serve(peer)
    peer.instead = [leads(url.replace("127.0.0.1", "localhost"))] * 3

    with pytest.raises(HarvestError, match="asked 3 times"):
        await find_publishers(url, LIMITS)
    assert len(peer.asked) == 3  # by its own name alone


async def test_what_is_too_much_in_all_is_not_read(serve):
    peer = Peer([resource(f"ivo://peer.example/{n}") for n in range(30)], page=1)

    with pytest.raises(HarvestError, match="more than 9000 bytes"):
        await find_publishers(await serve(peer), replace(LIMITS, total=9000))
