"""What an operator should know of a database before it serves."""

import psycopg2
from psycopg2.extensions import parse_dsn

from vo_lcc.db.connect import Database

# Each: a query that gives true when all is well, and what to say otherwise.
CHECKS = (
    (
        "SELECT has_parameter_privilege(current_user, 'temp_file_limit', 'SET')",
        "the owner may not set temp_file_limit: a query can fill the disk. As a"
        " superuser: GRANT SET ON PARAMETER temp_file_limit TO the owner",
    ),
    (
        "SELECT NOT rolsuper FROM pg_roles WHERE rolname = 'vo_lcc_reader'",
        "the role vo_lcc_reader is a superuser: it must only read",
    ),
    (
        "SELECT NOT has_schema_privilege('vo_lcc_reader', 'public', 'CREATE')",
        "the role vo_lcc_reader may create tables in the schema public:"
        " REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    ),
    (
        "SELECT has_database_privilege('vo_lcc_reader', current_database(), 'TEMP')",
        "the role vo_lcc_reader may have no temporary tables, so no tables can be"
        " uploaded: GRANT TEMPORARY ON DATABASE to it, as the owner of the database",
    ),
    (
        "SELECT pg_encoding_to_char(encoding) = 'UTF8' FROM pg_database"
        " WHERE datname = current_database()",
        "the database is not encoded in UTF8: some text cannot be stored",
    ),
    (
        "SELECT setting::int >= 16384 FROM pg_settings WHERE name = 'shared_buffers'",
        "shared_buffers is below 128 MB: queries will be slow",
    ),
)


def check_database(database: Database) -> list[str]:
    """Warnings about the database, none when all is well."""
    return [text for sql, text in CHECKS if not database.fetch(sql)[0][0]]


def check_url(url: str) -> str:
    """`url`, if PostgreSQL's own library reads it; raises ValueError."""
    try:
        parse_dsn(url)
    except psycopg2.ProgrammingError:  # its text repeats the password
        message = "must be like postgresql://owner@host/database"
        raise ValueError(message) from None
    return url
