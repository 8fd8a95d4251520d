"""A process that is killed amidst an append or a compaction has done no harm."""

import subprocess
import sys
import time

import psycopg2

APPEND = """
import sys
from pathlib import Path
from vo_lcc.db import Database
from vo_lcc.lightcurves.appends.appending import append
append(Database(sys.argv[1]), sys.argv[2], [Path(sys.argv[3])])
"""
COMPACT = """
import sys
from vo_lcc.db import Database
from vo_lcc.lightcurves.appends import compaction
compaction.AT_ONCE = 1
compaction.compact(Database(sys.argv[1]), sys.argv[2])
"""
SECONDS = 60
WAITS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND wait_event_type = 'Lock' AND query ~ %s"
)


def kill_at(nights, locked: str, statement: str, code: str, *args: object) -> None:
    """Kill a process while it waits with a statement for rows that are locked here."""
    blocking = psycopg2.connect(nights.database.url)
    try:
        with blocking.cursor() as cursor:
            cursor.execute(locked.replace("stars", nights.name))
        command = [sys.executable, "-c", code, nights.database.url, nights.name]
        process = subprocess.Popen([*command, *map(str, args)])
        try:
            end = time.monotonic() + SECONDS
            while nights.database.fetch(WAITS, (statement,)) == [(0,)]:
                assert process.poll() is None
                assert time.monotonic() < end
                time.sleep(0.01)
        finally:
            process.kill()
            process.wait()
    finally:
        blocking.close()


def test_an_append_that_was_killed_is_not_seen_and_goes_on(stars):
    before = stars.shown()
    (path,) = stars.files("", "a,g,5,1,1,0,x\nb,r,5,1,1,0,x\n")[1:]
    lock = "SELECT FROM stars_r1.objects WHERE object_id = 'b' FOR UPDATE"

    kill_at(stars, lock, "UPDATE .*objects", APPEND, path)

    assert stars.shown() == before
    done = stars.append_files([path])
    assert done.merged.n_points == 2
    assert stars.shown("1") == before
    assert stars.fetch("SELECT sum(n_points) FROM stars.objects") == [(7,)]
    assert stars.fetch("SELECT sum(n_points) FROM stars.lightcurves") == [(7,)]


def test_a_compaction_that_was_killed_goes_on(stars):
    many = [f"{name},{band},9,1,1,0,x\n" for name in "ab" for band in "gr"]
    stars.append("", "".join(many))
    stars.withdraw("1")
    seen = stars.shown()["photometry"]
    pieces = "SELECT count(*) FROM stars_r1.lightcurves"
    lock = "SELECT FROM stars_r1.lightcurves WHERE object_id = 'b' FOR UPDATE"
    ((before,),) = stars.fetch(pieces)

    kill_at(stars, lock, "DELETE FROM .*lightcurves", COMPACT)

    assert stars.shown()["photometry"] == seen
    stars.compact()
    assert stars.shown()["photometry"] == seen
    assert stars.fetch(pieces) == [(before - 3,)]
