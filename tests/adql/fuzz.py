"""Looks for queries that end in anything but a plan or a QueryError.

    python -m tests.adql.fuzz --minutes 60 --database embedded

Each query is parsed, compiled, written and parsed again; with a database its SQL is
explained and run on a few rows. Inputs that reach something new are kept in
`fuzz_corpus/queries.txt`, which a test replays.
"""

import argparse
import json
import random
import re
import sys
import tempfile
import time
import traceback
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import psycopg2

from tests.conftest import create_database, drop_database, with_database
from vo_lcc.adql import compile_query, parse_query
from vo_lcc.adql.syntax.parse import parse_tree
from vo_lcc.adql.syntax.write import write_query
from vo_lcc.db import Database, migrate
from vo_lcc.db.embedded import EmbeddedServer
from vo_lcc.errors import QueryError

from .fuzz_inputs import CATALOG, PIECE, SETUP, Maker, mutate

HERE = Path(__file__).parent
CORPUS = HERE / "fuzz_corpus" / "queries.txt"
SHARED = HERE.parents[2] / "shared" / "validators" / "adql"
MOST_KEPT = 300
SLOW = 5.0  # seconds of a processor
# PostgreSQL's classes of what our SQL must never be: wrong names, types, syntax; its
# own limits; internal errors.
OURS = ("42", "54", "XX", "0A", "2F", "P0")
WORD = re.compile(r"`[^`]*`|'[^']*'|\"[^\"]*\"|\d+")


class FindingError(Exception):
    """Something that should not be: a short name, and what was seen."""

    def __init__(self, name: str, seen: str) -> None:
        super().__init__(f"{name}: {seen}")
        self.name = name


def check(query: str, database: Any = None) -> frozenset[str]:
    """What a query reaches; raises FindingError where that should not be."""
    start = time.thread_time()
    sql = None
    try:
        reached, sql = compiled(query)
    except QueryError as error:
        reached = frozenset(shape(text) for text, *_ in error.problems)
        lines = query.removeprefix("\ufeff").split("\n")
        for text, line, column in error.problems:
            if not 1 <= column <= len(lines[line - 1]) + 1:
                raise FindingError("a wrong place", f"{line}:{column} {text}") from None
    except FindingError:
        raise
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(frame.filename).name}:{frame.name}"
        raise FindingError(f"{type(error).__name__} in {where}", str(error)) from error
    if time.thread_time() - start > SLOW:
        raise FindingError("slow", f"{time.thread_time() - start:.1f} s")
    if database is not None and sql is not None:
        run(sql, database)
    return reached


def compiled(query: str) -> tuple[frozenset[str], str]:
    """The nodes a query that compiles reaches, and its SQL."""
    parse_query(query)
    tree = parse_tree(query)
    text = write_query(tree)
    if parse_tree(text) != tree:
        raise FindingError("writing", text)
    sql = compile_query(query, CATALOG, 10).sql
    if compile_query(text, CATALOG, 10).sql != sql:
        raise FindingError("meaning", text)
    return frozenset(nodes(tree)), sql


def run(sql: str, database: Any) -> None:
    """Explain the SQL, then run it; rows may be bad, the statement may not."""
    for prefix in ("EXPLAIN ", ""):
        try:
            with database.cursor() as cur:
                cur.execute(prefix + sql)
        except psycopg2.Error as error:
            code, text = error.pgcode or "XX", str(error).partition("\n")[0]
            if code.startswith(OURS):
                raise FindingError(f"{code} {shape(text)}", f"{text}\n{sql}") from None
            database.seen[f"{code} {shape(text)[:60]}"] += 1
            return


def shape(text: str) -> str:
    """A message without the words of one query."""
    return WORD.sub("_", text)


def nodes(tree: Any) -> Iterator[str]:
    """The kinds of nodes, each with that of its parent; functions by name."""
    stack = [(tree, "")]
    while stack:
        node, parent = stack.pop()
        if isinstance(node, tuple):
            stack += [(each, parent) for each in node]
        elif is_dataclass(node):
            kind = type(node).__name__ + getattr(node, "name", "")[:20] * (
                type(node).__name__ in ("Call", "Window", "Aggregate")
            )
            yield f"{parent}/{kind}"
            stack += [
                (getattr(node, f.name), type(node).__name__) for f in fields(node)
            ]


def seeds() -> list[str]:
    """Queries to begin with: those of the tests, of the corpus, of others."""
    found = []
    for path in (HERE / "cases").glob("queries*.sql"):
        text = path.read_text(encoding="utf-8")
        found += [q.strip() for q in text.split(";\n") if q.strip()]
    errors = (HERE / "cases" / "errors.txt").read_text(encoding="utf-8")
    found += [line.partition(" -> ")[0] for line in errors.splitlines()]
    for path in sorted(SHARED.glob("*.jsonl")):
        lines = path.read_text(encoding="utf-8").splitlines()
        found += [json.loads(line)["query"] for line in lines]
    return [*found, *kept()]


def kept() -> list[str]:
    """The queries of the corpus."""
    if not CORPUS.is_file():
        return []
    return [json.loads(q) for q in CORPUS.read_text(encoding="utf-8").splitlines()]


def shortest(query: str, name: str, look: Callable[[str], object]) -> str:
    """A shorter query in which `look` finds the same, in twenty seconds at most."""
    pieces, size = PIECE.findall(query), 16
    end = time.monotonic() + 20
    while size:
        at = 0
        while at < len(pieces) and time.monotonic() < end:
            shorter = pieces[:at] + pieces[at + size :]
            try:
                look("".join(shorter))
            except FindingError as finding:
                if finding.name == name:
                    pieces = shorter
                    continue
            at += size
        size //= 2
    return "".join(pieces)


class Fuzzer:
    """One run: what was reached, kept and found."""

    def __init__(self, seed: int, database: Any) -> None:
        self.rnd = random.Random(seed)
        self.database = database
        self.inputs: Counter[str] = Counter()
        self.reached: set[str] = set()
        self.found: dict[str, str] = {}
        self.seeds = seeds()
        self.kept: dict[str, frozenset[str]] = {}
        for query in kept():
            self.kept[query] = self.outcome(query)
            self.reached |= self.kept[query]

    def outcome(self, query: str) -> frozenset[str]:
        """What a query reaches; a finding is reported once."""
        try:
            return check(query, self.database)
        except FindingError as finding:
            self.inputs["findings"] += 1
            if finding.name not in self.found:
                self.found[finding.name] = query
                short = shortest(query, finding.name, lambda q: check(q, self.database))
                self.found[finding.name] = short
                print(f"FOUND {finding}\n  in {short!r}", flush=True)
            return frozenset()

    def step(self) -> None:
        """One query, kept if it reaches something new."""
        kind = self.rnd.choice(["made", "made", "mutant", "mutant of made"])
        query = Maker(self.rnd).query(self.rnd.randint(1, 3))
        if kind == "mutant":
            query = mutate(self.rnd, self.seeds)
        elif kind == "mutant of made":
            query = mutate(self.rnd, [query])
        reached = self.outcome(query)
        good = any("/" in each for each in reached)
        self.inputs[f"{kind}, {'compiled' if good else 'refused'}"] += 1
        if reached - self.reached and len(query) < 500:
            self.reached |= reached
            self.seeds.append(query)
            if kind != "mutant":  # which may hold what others wrote
                self.kept[query] = reached

    def best(self) -> list[str]:
        """The queries that together reach the most."""
        left, chosen = dict(self.kept), []
        while left and len(chosen) < MOST_KEPT:
            query = max(left, key=lambda q: (len(left[q]), -len(q)))
            new = left.pop(query)
            chosen.append(query)
            left = {q: rest for q, r in left.items() if (rest := r - new)}
        return chosen

    def report(self) -> str:
        """Numbers of inputs and findings."""
        counts = ", ".join(f"{n} {kind}" for kind, n in sorted(self.inputs.items()))
        return (
            f"{sum(self.inputs.values())} inputs ({counts});"
            f" {len(self.reached)} things reached; {len(self.found)} findings"
        )


class Connection:
    """A connection that comes back after it was lost, and what it saw of bad rows."""

    def __init__(self, url: str) -> None:
        self.url, self.seen = url, Counter[str]()
        self.connect()

    def connect(self) -> None:
        self.conn = psycopg2.connect(self.url)
        self.conn.autocommit = True
        with self.conn.cursor() as cur:
            cur.execute("SET statement_timeout = '2s'; SET work_mem = '16MB'")

    def cursor(self) -> Any:
        if self.conn.closed:
            self.connect()
        return self.conn.cursor()


@contextmanager
def database_of(where: str | None) -> Iterator[Connection | None]:
    """A new database with the tables of the fuzzer: on a server, or an embedded one."""
    if where is None:
        yield None
    elif where == "embedded":
        with tempfile.TemporaryDirectory(prefix="vo_lcc_fuzz_") as folder:
            Path(folder).chmod(0o755)
            with EmbeddedServer(Path(folder)) as server, database_of(server.url) as c:
                yield c
    else:
        name = f"vo_lcc_fuzz_{uuid.uuid4().hex[:8]}"
        create_database(where, name)
        try:
            database = Database(with_database(where, name))
            migrate(database)
            with database.transaction() as cur:
                cur.execute(SETUP)
            database.close()
            yield Connection(with_database(where, name))
        finally:
            drop_database(where, name)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--database", help="the URL of a server, or `embedded`")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--keep", action="store_true", help="rewrite the corpus")
    options = parser.parse_args()
    seed = (
        random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    )
    print(f"seed {seed}", flush=True)
    with database_of(options.database) as database:
        fuzzer = Fuzzer(seed, database)
        end = time.monotonic() + 60 * options.minutes
        told = time.monotonic() + 300
        while time.monotonic() < end:
            fuzzer.step()
            if time.monotonic() > told:
                print(fuzzer.report(), flush=True)
                told += 300
        print(fuzzer.report())
        if database is not None:
            print("rows or limits:", dict(database.seen.most_common(40)))
    if options.keep:
        CORPUS.parent.mkdir(exist_ok=True)
        lines = sorted(json.dumps(q) for q in fuzzer.best())
        CORPUS.write_text("".join(f"{q}\n" for q in lines), encoding="utf-8")
    return 1 if fuzzer.found else 0


if __name__ == "__main__":
    sys.exit(main())
