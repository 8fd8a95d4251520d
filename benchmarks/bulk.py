"""Light curves by the thousand: what SODA sends, beside COPY of the same rows.

Ids come as a table (UPLOAD), as from a search, or as parameters of their own.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from statistics import mean, median
from urllib.parse import urlencode, urlsplit

import numpy as np

from benchmarks.answers import Answer, copy_seconds
from benchmarks.data import RandomStars, load
from benchmarks.server import Server, cpu_seconds
from benchmarks.subject import Subject
from benchmarks.upload_files import MULTIPART, multipart

NAME = "many"
POINTS = 200  # of each light curve
SHARE = 0.02  # of the objects of `bench`: so many objects; half of them are asked for
PATH = "/soda/sync"
PIECE = 2**20  # bytes read at a time
FIRST = 200  # ms, the goal for the first byte
MOST = {"VO_LCC_LIMITS_OBJECTS": "1000000"}
HEAD = (
    "| layout | form | ids by | s | goal (s) | first byte (ms) | goal (ms) | MB |"
    " COPY BINARY (s) | / COPY | processor: server (s) | PostgreSQL (s) |",
    "|---" * 12 + "|",
)


@dataclass(frozen=True)
class Case:
    """What is asked for, how, and the seconds it may take (None: nobody said)."""

    layout: str
    form: str
    goal: float | None
    ids: str = "UPLOAD"


CASES = (
    Case("arrays", "votable", 2),
    Case("arrays", "votable", 2, "ID"),
    Case("arrays", "votable/td", None),
    Case("arrays", "fits", 2),
    Case("arrays", "parquet", 2),
    Case("long", "votable", None),
    Case("long", "csv", None),
    Case("bands", "votable", None),
    Case("zip", "fits", 10),
    Case("zip", "csv", 10),
    Case("zip", "votable", None),
)


def bulk(subject: Subject) -> Iterator[str]:
    """Every layout and form."""
    objects = load_many(subject)
    wanted = chosen(objects)
    rounds = max(1, subject.effort.rounds // 2 + 1)
    yield (
        f"{len(wanted):,} of {objects:,} light curves x {POINTS} points, in one request"
        f" to {PATH}, in any order; medians of {rounds} alternating rounds. COPY is"
        f" that of the same rows of arrays, joined by their ids.\n"
    )
    yield from HEAD
    sql = copied(subject, wanted)
    with subject.serving(**MOST) as server, closing(Client(server, wanted)) as client:
        for case in CASES:
            yield measured(subject, server, client, sql, case, rounds)


def load_many(subject: Subject) -> int:
    """The collection that is asked for, and how many objects it has."""
    count = max(200, round(SHARE * subject.objects))
    known = f"SELECT 1 FROM pg_namespace WHERE nspname = '{NAME}'"
    if not subject.database.fetch(known):
        stars = RandomStars(count, count * POINTS, None)
        load(subject.database, NAME, stars)
    return count


def chosen(count: int) -> list[str]:
    """Half of the objects, in no order."""
    numbers = np.random.default_rng(47).choice(count, count // 2, replace=False)
    return [f"b{number:07d}" for number in numbers]


def copied(subject: Subject, wanted: list[str]) -> str:
    """The statement of the same rows, without what finds them."""
    database = subject.database
    database.fetch("CREATE TABLE IF NOT EXISTS public.wanted (object_id text)")
    database.fetch("TRUNCATE public.wanted")
    database.fetch("INSERT INTO public.wanted SELECT unnest(%s)", (wanted,))
    database.fetch("ANALYZE public.wanted")
    return (
        f"SELECT l.* FROM public.wanted AS w JOIN {NAME}.lightcurves AS l"
        " ON l.object_id = w.object_id"
    )


class Client:
    """Asks for the light curves of `wanted`, over one connection."""

    def __init__(self, server: Server, wanted: Sequence[str]) -> None:
        self._connection = HTTPConnection(urlsplit(server.base).netloc)
        self._wanted = wanted

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def body(self, case: Case) -> tuple[bytes, str]:
        """What is posted, and its media type."""
        asked = {"COLLECTION": NAME, "LAYOUT": case.layout, "FORMAT": case.form}
        if case.ids == "UPLOAD":
            file = "\n".join(["object_id", *self._wanted, ""]).encode()
            return multipart({**asked, "UPLOAD": "ids,param:file"}, file), MULTIPART
        pairs = [*asked.items(), *(("ID", name) for name in self._wanted)]
        return urlencode(pairs).encode(), "application/x-www-form-urlencoded"

    def ask(self, case: Case) -> Answer:
        """Read an answer and throw it away; RuntimeError unless all is well."""
        body, media_type = self.body(case)
        size, last = 0, b""
        begun = time.perf_counter()
        self._connection.request("POST", PATH, body, {"Content-Type": media_type})
        response = self._connection.getresponse()
        first = time.perf_counter() - begun
        while piece := response.read(PIECE):
            size, last = size + len(piece), piece
        seconds = time.perf_counter() - begun
        if response.status != 200 or b'"ERROR"' in last[-1000:]:
            raise RuntimeError(f"{case}: {response.status}: {last[-1000:]!r}")
        return Answer(response.status, seconds, first, size, "")


def measured(
    subject: Subject, server: Server, client: Client, sql: str, case: Case, rounds: int
) -> str:
    """A line of the table."""
    watched = (server.process, subject.postgresql())
    answers: list[Answer] = []
    copies: list[float] = []
    used: list[list[float]] = []
    for _ in range(rounds):
        copies.append(copy_seconds(subject, sql, "FORMAT BINARY"))
        before = [cpu_seconds(each) for each in watched]
        answers.append(client.ask(case))
        pairs = zip(watched, before, strict=True)
        used.append([cpu_seconds(each) - begun for each, begun in pairs])
    seconds, copy = median(x.seconds for x in answers), median(copies)
    processor = " | ".join(f"{mean(x):.2f}" for x in zip(*used, strict=True))
    goal = "" if case.goal is None else f"{case.goal:g}"
    return (
        f"| {case.layout} | {case.form} | {case.ids} | {seconds:.2f} | {goal} |"
        f" {1000 * median(x.first for x in answers):.0f} | {FIRST} |"
        f" {answers[0].size / 1e6:.0f} | {copy:.2f} | {seconds / copy:.2f} |"
        f" {processor} |"
    )
