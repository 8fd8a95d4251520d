"""Those who read while a release is published, and whom it must not hold up."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
import pytest

from vo_lcc.db import Database
from vo_lcc.db.catalog import catalog_version
from vo_lcc.errors import TransientError
from vo_lcc.lightcurves.checks import read_collection_file
from vo_lcc.lightcurves.collection import load_collections
from vo_lcc.lightcurves.progress import Silent
from vo_lcc.lightcurves.releases import patience
from vo_lcc.lightcurves.releases.describing import publish_file
from vo_lcc.lightcurves.releases.patience import change
from vo_lcc.lightcurves.releases.withdrawing import withdraw
from vo_lcc.lightcurves.remake import remake_views

from ..conftest import HEAD, LONG
from .conftest import POINTS, reload, worded

# The objects, the points and the words of one release, in one statement. As those of
# the services it checks that the catalog is the one that it was made for: PostgreSQL
# looks for each of its tables in turn, and a release may come between.
READ = """
SELECT (SELECT g_mean FROM stars.objects WHERE object_id = 'a'),
  (SELECT avg(mag) FROM stars.photometry WHERE object_id = 'a'),
  (SELECT mag[1] FROM stars.lightcurves WHERE object_id = 'a')
WHERE vo_lcc.expect_catalog(%s)"""

STALE = "VL001"

ASIDE = "SELECT count(*) FROM pg_namespace WHERE starts_with(nspname, '_was_')"


class Stages(Silent):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        self.told.append(name)


@contextmanager
def reading(db: Database, sql: str) -> Iterator[Callable[[], list[Any]]]:
    """A stream of this query that goes on as long as the block; gives its rows."""
    conn = psycopg2.connect(db.url)
    try:
        with conn.cursor("stream") as cur:
            cur.execute(sql)
            first = cur.fetchmany(1)
            yield lambda: first + cur.fetchall()
    finally:
        conn.close()


@contextmanager
def threads(*calls: Callable[[], None]) -> Iterator[list[BaseException]]:
    """Each call again and again beside the block; what went wrong."""
    stop, wrong = threading.Event(), []

    def go_on(call: Callable[[], None]) -> None:
        try:
            while not stop.is_set():
                call()
        except BaseException as error:
            wrong.append(error)

    started = [threading.Thread(target=go_on, args=(call,)) for call in calls]
    for thread in started:
        thread.start()
    try:
        yield wrong
    finally:
        stop.set()
        for thread in started:
            thread.join()


def test_readers_see_one_release_or_the_other(db, stars):
    seen: set[tuple[float, ...]] = set()

    def read() -> None:
        try:
            seen.update(db.fetch(READ, (int(catalog_version(db)),)))
        except psycopg2.DatabaseError as error:
            if error.pgcode != STALE:
                raise

    with threads(*[read] * 3) as wrong:
        for mag in (13, 14, 15):
            reload(db, stars, f"id,band,t,m,e\na,g,1,{mag},.1\n")
        withdraw(db, "stars", "4")

    assert wrong == []
    assert seen <= {(11.5, 11.5, 12), *((mag, mag, mag) for mag in (13, 14, 15))}
    assert len(seen) > 2


def test_a_long_stream_holds_up_neither_publication_nor_query(db, stars):
    slowest = [0.0]

    def timed() -> None:
        since = time.monotonic()
        db.fetch("SELECT count(*) FROM ivoa.obscore")
        slowest[0] = max(slowest[0], time.monotonic() - since)

    streams = "SELECT * FROM ivoa.obscore", "SELECT * FROM stars.photometry"
    with (
        reading(db, streams[0]),
        reading(db, streams[1]) as rows,
        threads(timed) as wrong,
    ):
        reload(db, stars, POINTS.replace(",12,", ",13,"))
        assert db.fetch("SELECT max(mag) FROM stars.photometry") == [(13,)]
        assert db.fetch(ASIDE) == [(2,)]
        assert max(mag for *_, mag, _ in rows()) == 12

    assert wrong == []
    assert slowest[0] < 1
    withdraw(db, "stars", "2")
    assert db.fetch(ASIDE) == [(0,)]


def test_a_publication_waits_for_what_ssa_finds_and_says_so(db, stars, monkeypatch):
    monkeypatch.setattr(patience, "PAUSES", (0.05,))
    stages = Stages()

    with (
        reading(db, "SELECT * FROM vo_lcc.ts_ssa"),
        pytest.raises(TransientError, match="publish stars 2 waited 0 s for a query"),
    ):
        change(db, "publish stars 2", remake_views, stages, 0.5)

    assert stages.told == ["publish stars 2: waits for a long query to end"]


def test_new_words_leave_running_queries_alone(db, stars):
    with reading(db, "SELECT * FROM stars.photometry, generate_series(1, 1000)"):
        path = stars.write("stars.toml", worded(HEAD + LONG, title="Better"))
        publish_file(db, *read_collection_file(path))

    assert load_collections(db)["stars"].title == "Better"
