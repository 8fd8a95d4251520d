"""A database to read from: one expression at a time, or as streams."""

from collections.abc import AsyncIterator

import pytest

from tests.db.statements import LIMITS
from vo_lcc.db import Database, Streams


@pytest.fixture
async def streams(db: Database) -> AsyncIterator[Streams]:
    """Two places for short statements and two for long ones."""
    streams = Streams(db.url, LIMITS)
    yield streams
    await streams.close()


@pytest.fixture
def value(session_db: Database):
    """One value of one expression."""

    def fetch(sql: str, *params: object) -> object:
        return session_db.fetch(f"SELECT {sql}", params)[0][0]

    return fetch
