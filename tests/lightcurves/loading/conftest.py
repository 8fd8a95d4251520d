"""A second database beside `db`."""

from collections.abc import Iterator

import pytest

from tests.conftest import copied_database
from vo_lcc.db import Database


@pytest.fixture
def db_copy(cluster_url: str, template_db: str) -> Iterator[Database]:
    """Another fresh database."""
    yield from copied_database(cluster_url, template_db)
