"""Many clients at once, few of them polite; what they saw, and what they left behind.

`python -m tests.protocols.crowd` is part of `make soak`; a small crowd is part of
`make test`. An answer that ended well must be whole: its rows are counted. Clients
also leave midway, read slowly, send half a request, and ask what cannot be answered.
"""

import argparse
import asyncio
import random
import re
import socket
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import aiohttp

from benchmarks.server import LOG, Server, offers_processes, serving
from tests.protocols.leftovers import ROOM, leftovers, settled
from vo_lcc.db import Database, migrate
from vo_lcc.db.embedded import EmbeddedServer
from vo_lcc.lightcurves.demo import ingest_demo

PATIENCE = 120.0  # seconds for one answer, a crowd's tail included
SLOW = 0.1  # seconds that a slow client sleeps after each piece, for 2 s at most
SLOW_PIECES = 20
PIECE = 65536
SOME_ROWS, MANY_ROWS = 5, 100_000
SOME = f"SELECT TOP {SOME_ROWS} object_id, ra, dec FROM demo.objects"
MANY = (
    f"SELECT TOP {MANY_ROWS} object_id, passband, obs_time, mag, mag_err, flags"
    " FROM demo.photometry"
)
ENDLESS = "SELECT p.object_id, p.mag FROM demo.photometry AS p, demo.photometry AS q"
SILENT = "SELECT COUNT(*) AS n FROM demo.photometry AS p, demo.photometry AS q"
BAD = (
    "SELECT object_id FROM demo.nowhere",
    "SELECT TOP 3 FROM",
    "SELECT nowhere FROM demo.objects",
    "SELECT object_id, COUNT(*) FROM demo.objects",
)
BUSY = (429, 503)
MARKS = {"csv": b"\n", "tsv": b"\n", "votable/td": b"<TR>"}
ROWS_OF_FITS = re.compile(rb"XTENSION= 'BINTABLE'.*?NAXIS2  = +(\d+)", re.DOTALL)
WHOLE = ("csv", "tsv", "votable/td", "fits")
VOTABLES = ("votable", "votable/td", "votable/b", "votable/b2")
ENDS = dict.fromkeys(VOTABLES, b"</VOTABLE>")


@dataclass
class Tally:
    """An answer as it comes: its rows are counted, its start and end are kept."""

    form: str
    head: bytes = b""
    tail: bytes = b""
    marks: int = 0
    size: int = 0

    def feed(self, piece: bytes) -> None:
        """The next piece; a mark may lie across two of them."""
        mark = MARKS.get(self.form, b"\n")
        self.marks += (self.tail[1 - len(mark) :] * (len(mark) > 1) + piece).count(mark)
        self.head = (self.head + piece)[:20_000] if self.size < 20_000 else self.head
        self.tail = (self.tail + piece)[-200:]
        self.size += len(piece)

    def rows(self) -> int:
        """How many rows there were."""
        if self.form == "fits":
            found = ROWS_OF_FITS.search(self.head)
            return int(found[1]) if found else -1
        header = self.form in ("csv", "tsv")
        return self.marks - header

    def is_ended(self) -> bool:
        """Does it end as such a document must?"""
        if self.form == "fits":
            return self.size % 2880 == 0
        return self.tail.rstrip().endswith(ENDS.get(self.form, b""))


@dataclass
class Crowd:
    """Clients of one server, and what they saw: `problems` ought to be empty."""

    base: str
    seed: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    async def run(self, clients: int, seconds: float) -> None:
        """So many clients for so long, each doing one thing after another."""
        end = time.monotonic() + seconds
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(timeout=timeout, connector=connector) as http:
            await asyncio.gather(
                *(self._live(http, number, end) for number in range(clients))
            )

    async def _live(self, http: aiohttp.ClientSession, number: int, end: float) -> None:
        rnd = random.Random(f"{self.seed}/{number}")
        doings = [each for each, weight in DOINGS for _ in range(weight)]
        while time.monotonic() < end:
            doing = rnd.choice(doings)
            try:
                told = await doing(Client(self, http, rnd))
            except (OSError, TimeoutError, aiohttp.ClientError) as error:
                told = "failed"
                self.problems.append(
                    f"{doing.__name__}: {type(error).__name__} {error}"
                )
            self.seen[f"{doing.__name__}: {told}"] += 1


@dataclass(frozen=True)
class Client:
    """What one client does once."""

    crowd: Crowd
    http: aiohttp.ClientSession
    rnd: random.Random

    def url(self, query: str, form: str) -> str:
        """Where to ask; the text varies, so that plans are made anew at times."""
        query = query.replace(" FROM", " " * self.rnd.randrange(1, 9) + "FROM", 1)
        asked = {"LANG": "ADQL", "QUERY": query, "RESPONSEFORMAT": form}
        return f"{self.crowd.base}/tap/sync?{urlencode(asked)}"

    def amiss(self, what: str) -> str:
        """Note what must not be."""
        self.crowd.problems.append(what)
        return "amiss"

    async def counted(
        self, query: str, rows: int, pauses: int = 0, encoding: str = "identity"
    ) -> str:
        """Read an answer to its end and count its rows."""
        form = self.rnd.choice(WHOLE)
        tally = Tally(form)
        headers = {"Accept-Encoding": encoding}
        async with self.http.get(self.url(query, form), headers=headers) as answer:
            if answer.status in BUSY:
                await answer.read()
                asks_back = "Retry-After" in answer.headers
                return "busy" if asks_back else self.amiss("busy, no Retry-After")
            async for piece in answer.content.iter_chunked(PIECE):
                tally.feed(piece)
                await asyncio.sleep(SLOW * (pauses > 0))
                pauses -= 1
        if answer.status != 200:
            return self.amiss(
                f"status {answer.status} for {query}: {tally.head!r:.300}"
            )
        if tally.rows() != rows or not tally.is_ended():
            return self.amiss(
                f"{form}: {tally.rows()} of {rows} rows, ended {tally.tail[-30:]!r}"
            )
        return "whole"

    async def left(self, path: str, wait: float, rude: bool) -> str:
        """Send a request, read for a while at most, and leave, rudely by a reset."""
        parts = urlsplit(self.crowd.base)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            writer.write(path.encode("ascii"))
            try:
                async with asyncio.timeout(wait):
                    while await reader.read(PIECE):
                        pass
            except TimeoutError:
                return "left"
            except ConnectionError:
                return "closed by the server"
            return "ended by the server"
        finally:
            if rude:
                reset = struct.pack("ii", 1, 0)
                connection = writer.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            writer.close()

    def request(self, query: str, form: str) -> str:
        """A whole request as text."""
        parts = urlsplit(self.url(query, form))
        return (
            f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n"
        )


async def short_query(client: Client) -> str:
    return await client.counted(SOME, client.crowd.rows[SOME])


async def long_result(client: Client) -> str:
    return await client.counted(MANY, client.crowd.rows[MANY])


async def slow_reader(client: Client) -> str:
    return await client.counted(MANY, client.crowd.rows[MANY], SLOW_PIECES)


async def compressed(client: Client) -> str:
    encoding = client.rnd.choice(("gzip", "zstd, gzip;q=0.5", "br, *;q=0.1"))
    if "zstd" in encoding and not hasattr(aiohttp, "ZstdDecompressor"):
        encoding = "gzip"
    return await client.counted(MANY, client.crowd.rows[MANY], 0, encoding)


async def leaver(client: Client) -> str:
    """Go while rows come, or while none have come yet."""
    form = client.rnd.choice((*WHOLE, "votable/b2"))
    request = client.request(client.rnd.choice((ENDLESS, SILENT)), form)
    return await client.left(
        request, client.rnd.uniform(0, 1), client.rnd.random() < 0.5
    )


async def half_request(client: Client) -> str:
    request = client.request(SOME, "csv")
    half = request[: client.rnd.randrange(1, len(request) - 3)]
    return await client.left(half, client.rnd.uniform(0, 1), client.rnd.random() < 0.5)


async def bad_query(client: Client) -> str:
    query = client.rnd.choice(BAD)
    async with client.http.get(client.url(query, "csv")) as answer:
        text = await answer.text()
    if answer.status in BUSY:
        return "busy"
    if answer.status == 400 and 'value="ERROR"' in text:
        return "refused"
    return client.amiss(f"status {answer.status} for {query}: {text[:300]}")


async def only_head(client: Client) -> str:
    query, form = client.rnd.choice((SOME, ENDLESS)), client.rnd.choice(WHOLE[:3])
    async with client.http.head(client.url(query, form)) as answer:
        body = await answer.read()
    if answer.status in BUSY:
        return "busy"
    if answer.status == 200 and not body:
        return "a head"
    return client.amiss(f"HEAD: status {answer.status}, {len(body)} bytes")


DOINGS: tuple[tuple[Callable[[Client], Awaitable[str]], int], ...] = (
    (short_query, 8),
    (long_result, 3),
    (slow_reader, 1),
    (compressed, 2),
    (leaver, 5),
    (half_request, 2),
    (bad_query, 3),
    (only_head, 2),
)


def expected_rows(database: Database) -> dict[str, int]:
    """What the queries must give, by PostgreSQL itself."""
    ((objects,),) = database.fetch("SELECT count(*) FROM demo.objects")
    ((points,),) = database.fetch("SELECT count(*) FROM demo.photometry")
    return {SOME: min(SOME_ROWS, objects), MANY: min(MANY_ROWS, points)}


def tried(
    server: Server,
    database: Database,
    folder: Path,
    clients: int,
    seconds: float,
    seed: int = 0,
) -> Crowd:
    """A crowd's time with a server; its problems hold what was left behind.

    A first, short crowd fills the pools; the state after it is what the server must
    come back to.
    """
    rows = expected_rows(database)
    first = Crowd(server.base, seed + 1, rows)
    asyncio.run(first.run(clients, min(3.0, seconds / 4)))
    before = settled(server, database, folder)
    crowd = Crowd(server.base, seed, rows)
    asyncio.run(crowd.run(clients, seconds))
    after = settled(server, database, folder)
    crowd.problems += first.problems + leftovers(before, after) + faults_logged(folder)
    return crowd


def faults_logged(folder: Path) -> list[str]:
    """What went wrong inside the server and no client was told."""
    log = (folder / LOG).read_text(encoding="utf-8", errors="replace")
    start = log.find("Traceback")
    return (
        [f"in the log: {log[max(0, start - 500) : start + 3000]}"] if start >= 0 else []
    )


@contextmanager
def demo(folder: Path) -> Iterator[Database]:
    """A database of the demo collection."""
    folder.chmod(0o755)
    with EmbeddedServer(folder / "data") as embedded:
        database = Database(embedded.url)
        try:
            migrate(database)
            ingest_demo(database)
            yield database
        finally:
            database.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    several = [("--processes", "2")] if offers_processes() else []
    failed = False
    with tempfile.TemporaryDirectory(prefix="vo_lcc_crowd_") as name:
        folder = Path(name)
        with demo(folder) as database:
            for arguments in ((), *several):
                with serving(database.url, folder, *arguments, more=ROOM) as server:
                    failed |= report(
                        tried(
                            server,
                            database,
                            folder,
                            options.clients,
                            options.seconds,
                            options.seed,
                        ),
                        " ".join(arguments) or "one process",
                    )
    return int(failed)


def report(crowd: Crowd, title: str) -> bool:
    """Print what was seen; was anything amiss?"""
    print(f"{title}: {sum(crowd.seen.values())} requests")
    for what, count in sorted(crowd.seen.items()):
        print(f"  {what}: {count}")
    for problem, count in Counter(crowd.problems).most_common(20):
        print(f"  PROBLEM ({count}): {problem}")
    return bool(crowd.problems)


if __name__ == "__main__":
    sys.exit(main())
