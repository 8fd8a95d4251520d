import os
import signal
import threading

import pytest
from adbc_driver_manager import Error as DriverError

from vo_lcc.db import Database
from vo_lcc.errors import TransientError

SLOW = "CREATE TABLE loaded.t AS SELECT 1 AS a FROM pg_sleep(10)"


def later(action, *args):
    """Do something from another thread, in a moment."""
    timer = threading.Timer(0.3, action, args)
    timer.start()
    return timer


def tables(db: Database) -> list[tuple[str]]:
    return db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'loaded'")


def fill(db: Database, *statements: str) -> None:
    with db.load() as load:
        load.execute("CREATE SCHEMA loaded")
        load.execute("CREATE TABLE loaded.first (a int)")
        for statement in statements:
            load.execute(statement)


def test_an_interrupt_during_a_statement_stays_one_and_undoes_all(db: Database):
    later(os.kill, os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        fill(db, SLOW)

    assert tables(db) == []


def test_losing_the_database_during_a_load_is_a_transient_error(db: Database):
    later(
        db.fetch,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE query LIKE %s AND pid <> pg_backend_pid()",
        (f"%{SLOW}%",),
    )

    with pytest.raises(TransientError):
        fill(db, SLOW)

    assert tables(db) == []


def test_a_database_that_is_away_is_a_transient_error(tmp_path):
    with pytest.raises(TransientError):
        fill(Database(f"postgresql://nobody@/nothing?host={tmp_path}"))


def test_an_error_undoes_all_and_is_raised(db: Database):
    with pytest.raises(DriverError, match="nothing"):
        fill(db, "SELECT nothing")

    assert tables(db) == []


FULL = "DO $$ BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = 'disk_full'; END $$"


def test_a_full_disk_is_a_transient_error(db: Database):
    with pytest.raises(TransientError, match="the disk of the database is full"):
        db.fetch(FULL)
    with (
        pytest.raises(TransientError, match="the disk of the database is full"),
        db.load() as load,
    ):
        load.execute(FULL)
