"""What a registry waits for that harvests this one by OAI-PMH.

Ten thousand records, each as large as that of the collection `bench`, are taken by
ListRecords in every format, through all resumption tokens.
"""

import gzip
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from statistics import median
from urllib.parse import urlencode, urlsplit

from benchmarks.server import Server, cpu_seconds
from benchmarks.subject import Subject
from vo_lcc.registry.store import OURS

RECORDS = 10_000
GOAL = 10  # s
TOKEN = re.compile(rb"<resumptionToken[^>]*>([^<]*)<")
COLLECTION = "bench"
PREFIX = "ivo://x-unregistered/copy"
# the format, and the content coding that the client accepts
HARVESTS = (
    ("ListRecords", "ivo_vor", "identity"),
    ("ListRecords", "ivo_vor", "gzip"),
    ("ListRecords", "oai_dc", "identity"),
    ("ListIdentifiers", "ivo_vor", "identity"),
)
TITLES = (
    "harvest",
    "s",
    "goal (s)",
    "answers",
    "MB",
    "processor: server (s)",
    "PostgreSQL (s)",
)

COPIES = f"""
INSERT INTO vo_lcc.records
SELECT lower(identifier), identifier, registry, status, created,
    datestamp + make_interval(secs => i / 100), digest,
    replace(record, original, identifier)
FROM (
    SELECT '{PREFIX}' || i AS identifier, identifier AS original, i, registry, status,
        created, datestamp, digest, record
    FROM vo_lcc.records, generate_series(1, %s) AS i
    WHERE registry = %s AND ivoid = %s
) AS copies
"""
REMOVAL = f"DELETE FROM vo_lcc.records WHERE ivoid LIKE '{PREFIX}%%'"


@dataclass(frozen=True)
class Taken:
    """One harvest: seconds, answers, and bytes as they were sent."""

    seconds: float
    answers: int
    size: int


def harvests(subject: Subject) -> Iterator[str]:
    """Every format."""
    with subject.serving() as server:
        with closing(HTTPConnection(urlsplit(server.base).netloc)) as connection:
            get(connection, {"verb": "Identify"}, "identity")  # records are made
        subject.database.fetch(
            COPIES, (RECORDS, OURS, f"ivo://x-unregistered/{COLLECTION}")
        )
        try:
            yield from measured(subject, server)
        finally:
            subject.database.fetch(REMOVAL)


def measured(subject: Subject, server: Server) -> Iterator[str]:
    """A table, with a line for each harvest."""
    subject.database.fetch("ANALYZE vo_lcc.records")
    yield (
        f"One client on a kept-alive connection takes {RECORDS:,} records and a few,"
        f" {subject.effort.rounds} times each; the medians.\n"
    )
    yield f"| {' | '.join(TITLES)} |"
    yield "|---" * len(TITLES) + "|"
    watched = (server.process, subject.postgresql())
    for verb, prefix, coding in HARVESTS:
        before = [cpu_seconds(each) for each in watched]
        rounds = [
            harvest(server, verb, prefix, coding) for _ in range(subject.effort.rounds)
        ]
        pairs = zip(watched, before, strict=True)
        used = [(cpu_seconds(p) - begun) / len(rounds) for p, begun in pairs]
        title = f"{verb} {prefix}" + (f", {coding}" if coding != "identity" else "")
        yield (
            f"| {title} | {median(each.seconds for each in rounds):.2f} | {GOAL} |"
            f" {rounds[0].answers} | {rounds[0].size / 1e6:.1f} | {used[0]:.2f} |"
            f" {used[1]:.2f} |"
        )


def harvest(server: Server, verb: str, prefix: str, coding: str) -> Taken:
    """Take all records; RuntimeError unless there are as many as there should be."""
    asked = {"verb": verb, "metadataPrefix": prefix}
    answers = size = records = 0
    begun = time.perf_counter()
    with closing(HTTPConnection(urlsplit(server.base).netloc)) as connection:
        while True:
            body, sent = get(connection, asked, coding)
            answers, size = answers + 1, size + sent
            records += body.count(b"<header")
            token = TOKEN.search(body)
            if token is None or not token[1]:
                break
            asked = {"verb": verb, "resumptionToken": token[1].decode()}
    seconds = time.perf_counter() - begun
    if records <= RECORDS:
        raise RuntimeError(f"{records} records instead of more than {RECORDS}")
    return Taken(seconds, answers, size)


def get(
    connection: HTTPConnection, asked: Mapping[str, str], coding: str
) -> tuple[bytes, int]:
    """The answer to a request, and how many bytes were sent."""
    headers = {"Accept-Encoding": coding}
    connection.request("GET", f"/oai?{urlencode(asked)}", headers=headers)
    response = connection.getresponse()
    body = response.read()
    if response.status != 200 or b"<error" in body:
        raise RuntimeError(f"{asked}: {response.status}: {body[:1000]!r}")
    return gzip.decompress(body) if coding == "gzip" else body, len(body)
