"""Tables that come with queries: positions to be matched, and ids of light curves.

Beside each, psql does the same in the database: it copies the rows that the server
makes of the file (as COPY BINARY, cells and all, so that it reads no file format) into
the same temporary table, indexes it, and copies out the rows of the same statement.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from statistics import mean, median
from typing import IO

import numpy as np
import psutil
from astropy.table import Table

from benchmarks.answers import SINK
from benchmarks.data import RandomStars, load
from benchmarks.machine import PSQL
from benchmarks.positions import nearby
from benchmarks.server import MAXREC, Server, cpu_seconds
from benchmarks.subject import Subject
from benchmarks.throughput import select_one
from benchmarks.upload_files import FILES, Poster, form
from vo_lcc.adql import compile_query
from vo_lcc.dali.files import UNKNOWN_TYPE, FilePart
from vo_lcc.dali.upload_tables import temp_table
from vo_lcc.dali.uploads import Upload, Uploaded, receive, with_uploads
from vo_lcc.db.catalog import load_catalog
from vo_lcc.db.session import PLANNER
from vo_lcc.parsers.table import ReadLimits
from vo_lcc.tap.query import position_pairs

NAME = "t"
FIFTY, CURVES, POINTS = "fifty", 20_000, 50
WANTED = 1_000  # light curves
NEAR = "DISTANCE(t.ra, t.dec, o.ra, o.dec) < 2/3600."
MATCH = (
    "SELECT t.id, o.object_id, DISTANCE(t.ra, t.dec, o.ra, o.dec) AS apart"
    f" FROM TAP_UPLOAD.t AS t JOIN bench.objects AS o ON {NEAR}"
)
ARRAYS = (
    "SELECT l.* FROM TAP_UPLOAD.t AS t"
    f" JOIN {FIFTY}.lightcurves AS l ON l.object_id = t.object_id"
)
ROWS = (
    "SELECT p.* FROM TAP_UPLOAD.t AS t"
    f" JOIN {FIFTY}.photometry AS p ON p.object_id = t.object_id"
)
MATCHED = (
    f"SELECT t.id, l.* FROM TAP_UPLOAD.t AS t JOIN {FIFTY}.objects AS o ON {NEAR}"
    f" JOIN {FIFTY}.lightcurves AS l ON l.object_id = o.object_id"
)
HEAD = (
    "| file | MB | ms | goal (ms) | psql (ms) | / psql | of it reading and loading (ms)"
    " | processor: server (ms) | PostgreSQL (ms) | rows |",
    "|---|---|---|---|---|---|---|---|---|---|",
)


@dataclass(frozen=True)
class Case:
    """A query over a table that is sent in each of these formats; milliseconds."""

    title: str
    query: str
    table: Callable[[Subject], Table]
    goals: Mapping[str, int]


CASES = (
    Case(
        '{:,} positions, all objects within 2"',
        MATCH,
        lambda subject: positions(subject, "bench", 1_000),
        dict.fromkeys(FILES, 100),
    ),
    Case(
        '{:,} positions, all objects within 2"',
        MATCH,
        lambda subject: positions(subject, "bench", 50_000),
        dict.fromkeys(FILES, 1000) | {"TABLEDATA": 2000},
    ),
    Case(
        f"{WANTED:,} light curves by id, a row of arrays each",
        ARRAYS,
        lambda subject: identifiers(),
        {"TABLEDATA": 500, "CSV": 500},
    ),
    Case(
        f"{WANTED:,} light curves by id, a row for each point",
        ROWS,
        lambda subject: identifiers(),
        {"TABLEDATA": 500, "CSV": 500},
    ),
    Case(
        f'{WANTED:,} light curves by position within 2", a row of arrays each',
        MATCHED,
        lambda subject: positions(subject, FIFTY, WANTED),
        {"TABLEDATA": 500, "BINARY2": 500},
    ),
)


def uploads(subject: Subject) -> Iterator[str]:
    """Every case in each of its formats."""
    load_fifty(subject)
    yield (
        f"One client, over HTTP; answers as BINARY2. Positions are matched with the"
        f" {subject.objects:,} objects of `bench`; light curves are of `{FIFTY}`, which"
        f" has {POINTS} points for each of {CURVES:,} objects. SELECT 1 over one"
        f" connection of the database: {1000 * select_one(subject):.2f} ms"
    )
    with subject.serving() as server, closing(Poster(server)) as poster:
        for case in CASES:
            yield from measured(subject, server, poster, case)


def load_fifty(subject: Subject) -> None:
    """The collection whose light curves are asked for; done once for a database."""
    known = f"SELECT 1 FROM pg_namespace WHERE nspname = '{FIFTY}'"
    if not subject.database.fetch(known):
        stars = RandomStars(CURVES, CURVES * POINTS, None)
        load(subject.database, FIFTY, stars)


def positions(subject: Subject, collection: str, count: int) -> Table:
    """Positions beside objects, which are all over the sky."""
    first = f"SELECT ra, dec FROM {collection}.objects ORDER BY object_id LIMIT {count}"
    ra, dec = np.array(subject.database.fetch(first)).T
    ra, dec = nearby((ra, dec))
    return Table({"id": np.arange(len(ra)), "ra": ra, "dec": dec})


def identifiers() -> Table:
    """Some of the objects that have light curves."""
    chosen = np.random.default_rng(46).choice(CURVES, WANTED, replace=False)
    return Table({"object_id": [f"b{number:07d}" for number in chosen]})


def measured(
    subject: Subject, server: Server, poster: Poster, case: Case
) -> Iterator[str]:
    """The table of one case."""
    table = case.table(subject)
    rounds = subject.effort.rounds * (1 if len(table) > WANTED else 4)
    title = case.title.format(len(table))
    yield f"\n{title}; medians of {rounds} alternating rounds\n"
    yield from HEAD
    watched = (server.process, subject.postgresql())
    for name, goal in case.goals.items():
        file = FILES[name](table)
        with tempfile.TemporaryDirectory(dir=subject.folder) as folder:
            script = Script(subject, Path(folder), case.query, file)
            if script.rows < len(table):
                raise RuntimeError(f"{script.rows} rows for {len(table)} of the table")
            taken = Taken(watched)
            for _ in range(rounds):
                taken.one_round(poster, form(case.query, file, NAME), script)
        size = f"{len(file) / 1e6:.2f}"
        yield f"| {name} | {size} | {taken.cells(goal)} | {script.rows:,} |"


@dataclass
class Taken:
    """What the rounds of one file took, in milliseconds.

    `watched` are the server and PostgreSQL, `processor` what each used for a request.
    """

    watched: Sequence[psutil.Process]
    ours: list[float] = field(default_factory=list)
    psql: list[float] = field(default_factory=list)
    upload: list[float] = field(default_factory=list)
    processor: list[tuple[float, ...]] = field(default_factory=list)

    def one_round(self, poster: Poster, body: bytes, script: "Script") -> None:
        """psql, then the request."""
        self.psql.append(milliseconds(script.run))
        phases: dict[str, float] = {}
        before = [cpu_seconds(each) for each in self.watched]
        self.ours.append(milliseconds(lambda: phases.update(poster.post(body))))
        after = [cpu_seconds(each) for each in self.watched]
        self.upload.append(phases["upload"])
        used = zip(before, after, strict=True)
        self.processor.append(tuple(1000 * (end - begin) for begin, end in used))

    def cells(self, goal: int) -> str:
        """Medians; means of processor times, which are counted in steps of 10 ms."""
        ours, psql = median(self.ours), median(self.psql)
        used = zip(*self.processor, strict=True)
        processor = " | ".join(f"{mean(each):.0f}" for each in used)
        return (
            f"{ours:.0f} | {goal} | {psql:.0f} | {ours / psql:.2f} |"
            f" {median(self.upload):.0f} | {processor}"
        )


class Script:
    """What psql does instead; `rows` is how many come of it."""

    def __init__(self, subject: Subject, folder: Path, query: str, file: bytes) -> None:
        part = FilePart("file", None, UNKNOWN_TYPE, len(file), BytesIO(file))
        uploaded = receive(Upload(NAME, part), ReadLimits(), position_pairs(query))
        catalog = with_uploads(load_catalog(subject.database), [uploaded])
        sql = compile_query(query, catalog, MAXREC).sql
        copy = folder / "rows"
        uploaded.copy.seek(0)
        copy.write_bytes(uploaded.copy.read())
        self._dsn = subject.dsn
        self._copying = loading(
            uploaded, copy, f"COPY ({sql}) TO STDOUT (FORMAT BINARY)"
        )
        counting = loading(uploaded, copy, f"SELECT count(*) FROM ({sql}) AS q")
        self.rows = int(self._psql(counting, subprocess.PIPE))

    def run(self) -> None:
        """Read the rows and throw them away."""
        with Path(SINK).open("wb") as sink:
            self._psql(self._copying, sink)

    def _psql(self, script: str, output: int | IO[bytes]) -> bytes:
        options = " ".join(f"-c {name}={value}" for name, value in PLANNER.items())
        return subprocess.run(
            [PSQL, "-X", "-q", "-t", "-v", "ON_ERROR_STOP=1", self._dsn],
            input=script.encode(),
            stdout=output,
            env={**os.environ, "PGOPTIONS": options},
            check=True,
        ).stdout


def loading(uploaded: Uploaded, copy: Path, statement: str) -> str:
    """A script that fills the table as the server does, then runs `statement`."""
    table = temp_table(uploaded)
    lines = [
        "BEGIN;",
        f"{table.create};",
        f"\\copy {NAME} from '{copy}' with (format binary)",
        *(f"{step.sql};" for step in table.steps),
        f"{statement};",
        "COMMIT;",
    ]
    return "\n".join(lines)


def milliseconds(call: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)
