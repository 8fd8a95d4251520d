"""A crowd of clients leaves nothing behind; and what it looks for would be found."""

import asyncio
import http.client
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from aiohttp import web

from benchmarks.server import COMMAND, serving
from tests.protocols.crowd import MANY, SILENT, SOME, Crowd, tried
from tests.protocols.leftovers import ROOM, leftovers, settled, take

SEEN = {
    "short_query: whole",
    "long_result: whole",
    "slow_reader: whole",
    "compressed: whole",
    "leaver: left",
    "half_request: left",
    "bad_query: refused",
    "only_head: a head",
}
# the server, but for one thing: statements are neither cancelled nor cut off
LEAKING = (
    COMMAND[0],
    "-c",
    "from vo_lcc.db.session import Session\n"
    "async def stay(self): pass\n"
    "Session.cancel, Session.close = lambda self, reason: False, stay\n"
    "from vo_lcc.cli import main\n"
    "main(['serve'])",
)
END_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'active'"
    " AND datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("crowd")


@pytest.mark.slow
@pytest.mark.alone
def test_a_crowd_gets_whole_answers_and_leaves_nothing_behind(demo_db, folder):
    with serving(demo_db.url, folder, more=ROOM) as server:
        crowd = tried(server, demo_db, folder, clients=30, seconds=6)

    assert crowd.problems == []
    assert set(crowd.seen) >= SEEN


@pytest.mark.slow
def test_a_statement_that_is_left_behind_is_found(demo_db, folder):
    with serving(demo_db.url, folder, command=LEAKING) as server:
        before = take(server, demo_db, folder)
        leave(server.base, SILENT)
        after = settled(server, demo_db, folder, patience=1)
        demo_db.fetch(END_OTHERS)

    assert any("COUNT(*)" in words for words in leftovers(before, after))


def leave(base, query):
    """Ask, and go after half a second."""
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=0.5)
    asked = urlencode({"LANG": "ADQL", "QUERY": query})
    connection.request("GET", f"/tap/sync?{asked}")
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()


async def test_a_short_answer_that_ended_well_is_found():
    async def answer(request):
        return web.Response(text="object_id,ra,dec\na,1,2\n")

    app = web.Application()
    app.add_routes([web.get("/tap/sync", answer)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    crowd = Crowd(f"http://{host}:{port}", rows={SOME: 5, MANY: 100})
    async with asyncio.timeout(20):
        await crowd.run(clients=8, seconds=1)
    await runner.cleanup()

    assert any(problem.startswith("csv: 1 of 5 rows") for problem in crowd.problems)
