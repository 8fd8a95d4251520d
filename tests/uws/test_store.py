"""What users and operators do with jobs."""

import secrets
from datetime import UTC, datetime, timedelta

from vo_lcc.db import Database
from vo_lcc.uws import store
from vo_lcc.uws.job import Phase
from vo_lcc.uws.settings import JobSettings
from vo_lcc.uws.store import NewJob

SETTINGS = JobSettings()
LATER = timedelta(days=7)


def new_id() -> str:
    return "".join(
        secrets.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(16)
    )


def new_job(**changes: object) -> NewJob:
    values: dict = {
        "job_id": new_id(),
        "service": "tap",
        "base_url": "http://localhost",
        "owner": None,
        "client": "192.0.2.1",
        "destruction": datetime.now(UTC) + LATER,
        "execution_duration": 3600,
    }
    return NewJob(**(values | changes))


def test_a_job_is_read_as_it_was_written(db: Database):
    new = new_job(parameters=(("LANG", "ADQL"), ("Query", "a\0\ud800\n")), run_id="r")
    made = store.create_job(db, new, SETTINGS)
    assert made == store.get_job(db, "tap", new.job_id)
    assert made.parameters == new.parameters
    assert (made.phase, made.run_id) == (Phase.PENDING, "r")
    assert made.destruction == new.destruction
    assert made.creation_time.tzinfo is UTC
