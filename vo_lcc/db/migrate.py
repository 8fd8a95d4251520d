"""Numbered SQL migrations: `sql/NNNN_name.sql`, each applied once, in order."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

import psycopg2
from psycopg2.extensions import cursor

from vo_lcc.db.catalog import store_schema
from vo_lcc.db.connect import Database
from vo_lcc.db.locks import Lock
from vo_lcc.db.regtap_schema import REGTAP
from vo_lcc.db.tap_schema import TAP_SCHEMA
from vo_lcc.errors import FatalError

MINIMUM_VERSION = 150000


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of SQL. `digest` tells when an applied file was edited."""

    number: int
    name: str
    sql: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations() -> Iterator[Migration]:
    """Every migration shipped, by number."""
    folder = files("vo_lcc.db").joinpath("sql")
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        number, _, name = file.name.removesuffix(".sql").partition("_")
        yield Migration(int(number), name, file.read_text(encoding="utf-8"))


def migrate(database: Database) -> list[str]:
    """Bring the database up to this version; the names of what was applied.

    All or nothing. Raises FatalError for a PostgreSQL that is too old, a missing
    privilege, or a migration edited after it was applied.
    """
    try:
        with database.transaction() as cur:
            _check_version(cur)
            cur.execute("SELECT pg_advisory_xact_lock(%s)", (Lock.MIGRATION,))
            applied = [m.name for m in migrations() if _apply(cur, m)]
    except psycopg2.errors.InsufficientPrivilege as error:
        raise FatalError(
            "the owner of the database lacks a privilege:"
            f" {error.diag.message_primary}. Let it create schemas and roles, or"
            " create the role vo_lcc_reader and grant it to the owner"
        ) from error
    if applied:
        with database.load() as load:
            for schema in (TAP_SCHEMA, REGTAP):
                store_schema(load, schema)
    return applied


def _check_version(cur: cursor) -> None:
    cur.execute("SELECT current_setting('server_version_num')::int")
    (version,) = cur.fetchone() or (0,)
    if version < MINIMUM_VERSION:
        raise FatalError(
            f"PostgreSQL {MINIMUM_VERSION // 10000} or newer is needed,"
            f" this is {version // 10000}"
        )
    cur.execute("CREATE SCHEMA IF NOT EXISTS vo_lcc")
    cur.execute(
        "CREATE TABLE IF NOT EXISTS vo_lcc.migrations (number int PRIMARY KEY,"
        " name text NOT NULL, digest text NOT NULL,"
        " applied timestamptz NOT NULL DEFAULT now())"
    )


def _apply(cur: cursor, migration: Migration) -> bool:
    cur.execute(
        "SELECT digest FROM vo_lcc.migrations WHERE number = %s", (migration.number,)
    )
    row = cur.fetchone()
    if row is not None:
        if row[0] != migration.digest:
            raise FatalError(
                f"migration {migration.number:04d}_{migration.name} was edited after"
                " it was applied to this database; add a new one instead"
            )
        return False
    cur.execute(migration.sql)
    cur.execute(
        "INSERT INTO vo_lcc.migrations (number, name, digest) VALUES (%s, %s, %s)",
        (migration.number, migration.name, migration.digest),
    )
    return True
