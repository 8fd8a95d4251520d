"""What a person or a program waits for: searches, links, pictures, periodograms.

One client on a kept-alive connection. Each request differs from those before, so that
what is kept of them does not help, but where a line says so.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import islice
from statistics import mean, median, quantiles
from urllib.parse import urlencode, urlsplit

from benchmarks.answers import server_sql, tap_path
from benchmarks.data import LONG_POINTS, RandomStars, load
from benchmarks.server import MAXREC, Server, cpu_seconds
from benchmarks.subject import Subject
from benchmarks.throughput import seeded_places, select_one
from vo_lcc.adql import compile_query
from vo_lcc.ssa.query import CATALOG

RADIUS = 0.5  # deg
IDS = 100
DID = "ivo://x-unregistered/~?bench/b{:07d}"
SPECTRA, SPECTRUM_POINTS = "spectra", 1_000
# so many that their step, a fifth of 1/span, gives 100,000 over a span of 2,000 d
LOW, HIGH = 0.01, 10.01
REQUESTS = 20  # for each round of the effort
TITLES = (
    "request",
    "p50 (ms)",
    "p95 (ms)",
    "goal (ms)",
    "kB",
    "the rows from PostgreSQL (ms)",
    "processor: server (ms)",
    "PostgreSQL (ms)",
)


@dataclass(frozen=True)
class Case:
    """Requests, by number, and what PostgreSQL is asked for instead.

    `form` is what is posted; where there is nothing the request is a GET.
    """

    title: str
    goal: float | None
    path: Callable[[int], str]
    sql: Callable[[int], str] | None = None
    form: Callable[[int], Sequence[tuple[str, str]]] | None = None


def services(subject: Subject) -> Iterator[str]:
    """Every service."""
    load_spectra(subject)
    count = REQUESTS * subject.effort.rounds
    yield (
        f"One client, {count} requests each in turn; the {subject.objects:,}"
        f" objects of `bench` have a light curve each. SELECT 1 over one connection of"
        f" the database: {1000 * select_one(subject):.2f} ms\n"
    )
    yield f"| {' | '.join(TITLES)} |"
    yield "|---" * len(TITLES) + "|"
    with subject.serving() as server, closing(Client(server)) as client:
        for case in cases(subject, count):
            yield measured(subject, server, client, case, count)


def load_spectra(subject: Subject) -> None:
    """The collection of which periods are looked for."""
    known = f"SELECT 1 FROM pg_namespace WHERE nspname = '{SPECTRA}'"
    if not subject.database.fetch(known):
        count = REQUESTS * subject.effort.rounds + 1
        stars = RandomStars(count, count * SPECTRUM_POINTS, None)
        load(subject.database, SPECTRA, stars)


def cases(subject: Subject, count: int) -> list[Case]:
    """All of them; number 0 warms up."""
    places = list(islice(seeded_places(), count + 1))
    return [*searches(subject, places), *links(subject), *pictures(subject), *periods()]


def searches(subject: Subject, places: Sequence[tuple[str, str]]) -> list[Case]:
    """Cones, by SSA (where SIZE is a diameter) and by a query of ObsCore."""

    def ssa(number: int) -> str:
        asked = {"POS": ",".join(places[number]), "SIZE": str(2 * RADIUS)}
        return f"/ssa?{urlencode(asked)}"

    def obscore(number: int) -> str:
        return cone("ivoa.obscore", "s_ra, s_dec", places[number])

    def rows_of_ssa(number: int) -> str:
        query = cone("vo_lcc.ts_ssa", "ra, dec", places[number])
        return compile_query(query, CATALOG, MAXREC).sql

    return [
        Case(f"/ssa, within {RADIUS} deg", 20, ssa, rows_of_ssa),
        Case(
            f"ivoa.obscore in TAP, within {RADIUS} deg",
            20,
            lambda number: tap_path(obscore(number), "votable/b2"),
            lambda number: server_sql(subject, obscore(number)),
        ),
    ]


def cone(table: str, position: str, place: tuple[str, str]) -> str:
    """A query for all rows around a place."""
    here = ", ".join(place)
    return f"SELECT * FROM {table} WHERE DISTANCE({position}, {here}) < {RADIUS}"


def links(subject: Subject) -> list[Case]:
    """Links of many light curves."""

    def ids(number: int) -> list[tuple[str, str]]:
        first = number * IDS % (subject.objects - IDS)
        return [("ID", DID.format(first + i)) for i in range(IDS)]

    path = "/datalink/links"
    return [Case(f"{path} of {IDS} IDs", 50, lambda number: path, None, ids)]


def pictures(subject: Subject) -> list[Case]:
    """Plots of all points of one light curve; TIME, which differs, holds them all."""
    sql = points_of("bench", subject.long_object)

    def plot(**asked: str) -> Callable[[int], str]:
        def path(number: int) -> str:
            words = urlencode({**asked, "TIME": f"50000/{70000 + number}"})
            return f"/plot/bench/{subject.long_object}?{words}"

        return path

    kept = plot(FORMAT="png")(0)
    title = f"/plot of {LONG_POINTS:,} points"
    return [
        Case(f"{title}, PNG", 150, plot(FORMAT="png"), lambda number: sql),
        Case(f"{title}, SVG", 150, plot(FORMAT="svg"), lambda number: sql),
        Case(f"{title}, PNG, the same again", 5, lambda number: kept),
        Case(f"{title}, thumbnail", None, plot(SIZE="thumbnail"), lambda number: sql),
    ]


def periods() -> list[Case]:
    """Searches for periods."""

    def path(number: int) -> str:
        asked = {"ID": f"{SPECTRA}/b{number:07d}", "FMIN": LOW, "FMAX": HIGH}
        return f"/periodogram/sync?{urlencode(asked)}"

    return [
        Case(
            f"Lomb-Scargle, {SPECTRUM_POINTS:,} points at 100,000 frequencies",
            100,
            path,
            lambda number: points_of(SPECTRA, f"b{number:07d}"),
        )
    ]


def points_of(collection: str, object_id: str) -> str:
    """The statement of the light curve of an object."""
    return f"SELECT * FROM {collection}.lightcurves WHERE object_id = '{object_id}'"


@dataclass
class Client:
    """Asks over one connection."""

    server: Server
    _connection: HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self._connection = HTTPConnection(urlsplit(self.server.base).netloc)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def ask(self, case: Case, number: int) -> tuple[float, int]:
        """Milliseconds to the last byte, and bytes; RuntimeError unless all is well."""
        path = case.path(number)
        begun = time.perf_counter()
        if case.form is None:
            self._connection.request("GET", path)
        else:
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            self._connection.request("POST", path, urlencode(case.form(number)), kind)
        response = self._connection.getresponse()
        answer = response.read()
        spent = 1000 * (time.perf_counter() - begun)
        if response.status != 200 or b'"ERROR"' in answer:
            raise RuntimeError(f"{path}: {response.status}: {answer[:1000]!r}")
        return spent, len(answer)


def measured(
    subject: Subject, server: Server, client: Client, case: Case, count: int
) -> str:
    """A line of the table."""
    client.ask(case, 0)
    watched = (server.process, subject.postgresql())
    before = [cpu_seconds(each) for each in watched]
    answers = [client.ask(case, number) for number in range(1, count + 1)]
    pairs = zip(watched, before, strict=True)
    used = [1000 * (cpu_seconds(each) - begun) / count for each, begun in pairs]
    times = [spent for spent, _ in answers]
    goal = "" if case.goal is None else f"{case.goal:g}"
    return (
        f"| {case.title} | {median(times):.1f} | {quantiles(times, n=20)[-1]:.1f} |"
        f" {goal} | {mean(size for _, size in answers) / 1000:.0f} |"
        f" {in_postgresql(subject, case, count)} | {used[0]:.1f} | {used[1]:.1f} |"
    )


def in_postgresql(subject: Subject, case: Case, count: int) -> str:
    """The median time in which psycopg2 gets the rows that the answer is made of."""
    if case.sql is None:
        return ""
    times = []
    for number in range(1, count + 1):
        sql = case.sql(number)
        begun = time.perf_counter()
        subject.database.fetch(sql)
        times.append(1000 * (time.perf_counter() - begun))
    return f"{median(times):.1f}"
