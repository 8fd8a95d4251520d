"""What clients ask first: capabilities, tables, TAP_SCHEMA; small, and of 1,000 tables.

One client on a kept-alive connection. What is said in the first table is that of the
collections of `bench`; in the second there are 1,000 more tables of 50 columns, of
which nothing but the description is there.
"""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from urllib.parse import urlsplit

from benchmarks.answers import server_sql, tap_path
from benchmarks.server import Server
from benchmarks.services import TITLES, Case, Client, measured
from benchmarks.subject import Subject
from benchmarks.throughput import select_one
from vo_lcc.db.catalog import remove_schema, store_schema
from vo_lcc.tables import Column, Schema, Table

WIDE, TABLES, COLUMNS = "wide", 1_000, 50
REQUESTS = 40  # for each round of the effort
OF_COLUMNS = (
    "table_name, column_name, description, unit, ucd, utype, datatype, arraysize,"
    " xtype, principal, indexed, std"
)
# What TOPCAT sends when a service is opened, and when a table is looked at.
QUERIES = (
    ("how many columns", "SELECT COUNT(*) AS nrow FROM TAP_SCHEMA.columns"),
    ("all schemas", "SELECT schema_name, description, utype FROM TAP_SCHEMA.schemas"),
    (
        "all tables",
        "SELECT schema_name, table_name, table_type, description, utype"
        " FROM TAP_SCHEMA.tables",
    ),
    (
        "columns of a table",
        f"SELECT {OF_COLUMNS} FROM TAP_SCHEMA.columns WHERE table_name = '{{table}}'",
    ),
    ("all keys", "SELECT * FROM TAP_SCHEMA.keys"),
    ("all columns", f"SELECT {OF_COLUMNS} FROM TAP_SCHEMA.columns"),
    ("all columns, all that is said", "SELECT * FROM tap_schema.columns"),
)


def vosi(subject: Subject) -> Iterator[str]:
    """Both tables, and what the large documents cost once."""
    count = REQUESTS * subject.effort.rounds
    yield (
        f"One client, {count} requests each in turn. SELECT 1 over one connection of"
        f" the database: {1000 * select_one(subject):.2f} ms\n"
    )
    yield from table(subject, small(subject), count)
    yield f"\nWith {TABLES:,} tables of {COLUMNS} columns beside these:\n"
    with wide(subject):
        yield from table(subject, large(subject), max(2, count // 10))
        yield ""
        yield from made_once(subject)


def table(subject: Subject, cases: list[Case], count: int) -> Iterator[str]:
    """A line for each case."""
    yield f"| {' | '.join(TITLES)} |"
    yield "|---" * len(TITLES) + "|"
    with subject.serving() as server, closing(Client(server)) as client:
        client.ask(SETTLED, 0)
        for case in cases:
            yield measured(subject, server, client, case, count)


def small(subject: Subject) -> list[Case]:
    """Documents and queries where there are few tables; all should take no time."""
    documents = (
        "/capabilities",
        "/tap/capabilities",
        "/tap/capabilities?drafts=true",
        "/scs/bench/capabilities",
        "/tap/tables?detail=min",
        "/tap/tables/bench.objects",
        "/tap/tables",
        "/availability",
    )
    asked = [kept(path, 5) for path in documents]
    return asked + [query(subject, *each, "bench.objects", 10) for each in QUERIES]


def large(subject: Subject) -> list[Case]:
    """The same where there are many, as far as they grow; the goals are the issue's."""
    documents = [
        kept("/tap/tables?detail=min", 5),
        kept(f"/tap/tables/{WIDE}.t0500", 5),
        kept("/tap/tables", 100),
    ]
    goals = dict.fromkeys(("all tables", "all columns", QUERIES[-1][0]))
    return documents + [
        query(subject, title, text, f"{WIDE}.t0500", goals.get(title, 10))
        for title, text in QUERIES
    ]


SETTLED = Case("registry", None, lambda number: "/oai?verb=Identify")
"""What waits until the records are made that a new server makes of its tables."""


def kept(path: str, goal: float) -> Case:
    """The same document again and again."""
    return Case(path, goal, lambda number: path)


def query(
    subject: Subject, title: str, text: str, name: str, goal: float | None
) -> Case:
    """A query of TAP_SCHEMA, and its statement."""
    adql = text.format(table=name)
    return Case(
        f"TAP_SCHEMA: {title}",
        goal,
        lambda number: tap_path(adql, "votable/td"),
        lambda number: server_sql(subject, adql),
    )


@contextmanager
def wide(subject: Subject) -> Iterator[None]:
    """Many tables, told of and not there."""
    columns = tuple(
        Column(
            f"column_{number:02d}",
            "double",
            unit="mag",
            ucd="phot.mag;em.opt.V",
            description=f"A column of numbers, the one of number {number} of its table",
        )
        for number in range(COLUMNS)
    )
    tables = tuple(
        Table(WIDE, f"t{number:04d}", columns, f"The table of number {number}")
        for number in range(TABLES)
    )
    with subject.database.load() as load:
        store_schema(load, Schema(WIDE, tables, "Tables that are only described"))
    try:
        yield
    finally:
        with subject.database.load() as load:
            remove_schema(load, WIDE)


def made_once(subject: Subject) -> Iterator[str]:
    """The first answer of a server, compressed ones, and 304."""
    yield "| /tap/tables of all of them | ms | kB |"
    yield "|---|---|---|"
    with subject.serving() as server:
        tag = ""
        for title, headers in (
            ("the first time", {}),
            ("again", {}),
            ("gzip", {"Accept-Encoding": "gzip"}),
            ("zstd", {"Accept-Encoding": "zstd"}),
            ("known to the client: 304", {"If-None-Match": "tag"}),
        ):
            if "If-None-Match" in headers:
                headers = {"If-None-Match": tag}
            spent, size, tag = once(server, headers)
            yield f"| {title} | {spent:.1f} | {size / 1000:.1f} |"


def once(server: Server, headers: dict[str, str]) -> tuple[float, int, str]:
    """Milliseconds to the last byte, bytes, and the tag."""
    with closing(HTTPConnection(urlsplit(server.base).netloc)) as connection:
        connection.connect()
        begun = time.perf_counter()
        connection.request("GET", "/tap/tables", headers=headers)
        response = connection.getresponse()
        body = response.read()
        spent = 1000 * (time.perf_counter() - begun)
    return spent, len(body), response.headers["ETag"]
