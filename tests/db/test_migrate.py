from dataclasses import replace

import psycopg2
import pytest

from vo_lcc.db import Database, migrate
from vo_lcc.db.catalog import load_catalog
from vo_lcc.db.migrate import migrations
from vo_lcc.db.tap_schema import TAP_SCHEMA
from vo_lcc.errors import FatalError
from vo_lcc.tables import ARROW_TYPES


def test_migrations_are_numbered_without_gaps():
    assert [m.number for m in migrations()] == list(
        range(1, len(list(migrations())) + 1)
    )


def test_migrating_again_applies_nothing(db: Database):
    assert migrate(db) == []


def test_an_edited_migration_is_refused(db: Database):
    db.fetch("UPDATE vo_lcc.migrations SET digest = 'other' WHERE number = 1")

    with pytest.raises(FatalError, match="edited after"):
        migrate(db)


def test_tap_schema_describes_itself(db: Database):
    (schema,) = [s for s in load_catalog(db).schemas if s.name == "tap_schema"]

    assert {t.name: t for t in schema.tables} == {t.name: t for t in TAP_SCHEMA.tables}


def test_tap_schema_columns_are_those_of_the_database(db: Database):
    found = db.fetch(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'tap_schema' ORDER BY table_name, ordinal_position"
    )
    types = {"int": "integer", "char": "text", "unicodeChar": "text"}

    said = [
        (t.name, c.name, types[c.datatype])
        for t in sorted(TAP_SCHEMA.tables, key=lambda t: t.name)
        for c in t.columns
    ]
    assert found == said
    assert set(types) - {"char", "unicodeChar"} <= set(ARROW_TYPES)


def test_the_reader_reads_tap_schema_and_not_the_server_tables(db: Database):
    with db.transaction() as cur:
        cur.execute("SET LOCAL ROLE vo_lcc_reader")
        cur.execute(
            "SELECT count(*) FROM tap_schema.tables WHERE schema_name = 'tap_schema'"
        )
        assert cur.fetchall() == [(len(TAP_SCHEMA.tables),)]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM vo_lcc.migrations",
        "CREATE TABLE public.x (a int)",
        "DELETE FROM tap_schema.tables",
    ],
)
def test_the_reader_may_do_nothing_else(db: Database, statement: str):
    with db.transaction() as cur:
        cur.execute("SET LOCAL ROLE vo_lcc_reader")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cur.execute(statement)


def test_a_digest_follows_the_text():
    first = next(iter(migrations()))

    assert replace(first, sql=first.sql + " ").digest != first.digest
