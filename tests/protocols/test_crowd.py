"""Thirty clients at once for some seconds leave nothing behind."""

from pathlib import Path

import pytest

from benchmarks.server import COMMAND, serving
from tests.protocols.crowd import tried

# the server, but for one thing: statements are not cancelled
LEAKING = (
    COMMAND[0],
    "-c",
    "from vo_lcc.db.session import Session\n"
    "Session.cancel = lambda self, reason: None\n"
    "from vo_lcc.cli import main\n"
    "main(['serve'])",
)
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


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("crowd")


@pytest.mark.slow
def test_a_crowd_leaves_nothing_behind_and_gets_whole_answers(demo_db, folder):
    with serving(demo_db.url, folder) as server:
        crowd = tried(server, demo_db, folder, clients=30, seconds=6)

    assert crowd.problems == []
    assert set(crowd.seen) >= SEEN
