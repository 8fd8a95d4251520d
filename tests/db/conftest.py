"""A database to read from, one expression at a time."""

import pytest

from vo_lcc.db import Database


@pytest.fixture
def value(session_db: Database):
    """One value of one expression."""

    def fetch(sql: str, *params: object) -> object:
        return session_db.fetch(f"SELECT {sql}", params)[0][0]

    return fetch
