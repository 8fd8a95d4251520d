"""Jobs to test with."""

import secrets
from datetime import UTC, datetime, timedelta

from vo_lcc.uws.settings import JobSettings
from vo_lcc.uws.store import NewJob

SETTINGS = JobSettings()
LATER = timedelta(days=7)
ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


def new_id() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(16))


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
