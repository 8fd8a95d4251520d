"""The database of a command: the configured one, else an embedded server."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vo_lcc.cli.options import DEFAULT_DATA
from vo_lcc.config import Config
from vo_lcc.db import Database
from vo_lcc.db.embedded import EmbeddedServer
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.upgrade import upgrade


@contextmanager
def opened(config: Config, exclusive: bool = False) -> Iterator[Database]:
    """The migrated database; a new one is made where there is none."""
    if config.database.url is not None:
        yield from _migrated(config.database.url)
        return
    if is_new(config):
        print(f"making a new database in {data_of(config)}", file=sys.stderr)
    with EmbeddedServer(data_of(config), exclusive) as server:
        yield from _migrated(server.url)


@contextmanager
def opened_existing(config: Config) -> Iterator[Database]:
    """The migrated database; raises UsageError where there is none."""
    if is_new(config):
        raise UsageError(
            f"there is no database in {data_of(config)}; name its folder by --data"
        )
    with opened(config) as database:
        yield database


def data_of(config: Config) -> Path:
    """The folder of the embedded server."""
    return (config.database.data or DEFAULT_DATA).absolute()


def is_new(config: Config) -> bool:
    """Would an embedded server start with a new, empty database?"""
    return config.database.url is None and not (data_of(config) / "pgdata").exists()


def _migrated(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        upgrade(database)
        yield database
    finally:
        database.close()
