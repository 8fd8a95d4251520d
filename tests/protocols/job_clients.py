"""Clients that create jobs, wait for them, abort and delete them, whatever breaks."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp
from lxml import etree

from tests.protocols.errands import (
    FINAL,
    FORMATS,
    GONE,
    KINDS,
    Errand,
    Wanted,
    fault_of,
    joined,
    long,
    numbers,
)
from tests.protocols.verdicts import Told, verdict

PATIENCE = 90.0  # seconds in which a question must be answered, restarts included
TIMEOUT = 45.0  # seconds for one answer, waiting included
END_PATIENCE = 300.0  # seconds in which a job must end
PAUSE = 0.3  # seconds before a question is asked again
WAITS = (1, 3, 10)
ENDED = (400, 403)  # how an order is refused that comes too late
HREF = "{http://www.w3.org/1999/xlink}href"


class Unanswered(Exception):  # noqa: N818 (it is told, not handled)
    """The server has not answered within all patience."""


@dataclass(frozen=True)
class Reply:
    """One answer, whole."""

    status: int
    headers: aiohttp.typedefs.CIMultiDictProxy[str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode(errors="replace")


@dataclass
class Clients:
    """Clients of one server, what they asked for, and what they saw amiss."""

    base: str
    seed: int = 0
    errands: list[Errand] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    count: int = 0
    patience: float = PATIENCE

    @property
    def jobs(self) -> str:
        """The URL of the job list."""
        return f"{self.base}/tap/async"

    def session(self) -> aiohttp.ClientSession:
        """What requests are sent by."""
        timeout = aiohttp.ClientTimeout(total=TIMEOUT)
        connector = aiohttp.TCPConnector(limit=0)
        return aiohttp.ClientSession(timeout=timeout, connector=connector)

    async def run(self, clients: int, until: Callable[[], bool]) -> None:
        """So many clients, each doing one thing after another, and who looks on.

        When `until` says so, they begin no more, and see the end of what they began.
        """
        async with self.session() as http:
            looking_on = asyncio.create_task(self._look_on(http, until))
            await asyncio.gather(
                *(self._live(http, number, until) for number in range(clients))
            )
            await looking_on

    async def _live(
        self, http: aiohttp.ClientSession, number: int, until: Callable[[], bool]
    ) -> None:
        rnd = random.Random(f"{self.seed}/{number}/{self.count}")
        ways = [way for way, weight in WAYS for _ in range(weight)]
        kinds = [kind for kind, weight in KINDS for _ in range(weight)]
        while not until():
            self.count += 1
            way, kind = rnd.choice(ways), rnd.choice(kinds)
            client = Client(self, http, rnd, f"{self.seed}-{self.count}")
            try:
                await way(client, kind(rnd))
            except Unanswered as error:
                self.problems.append(f"{way.__name__}: {error}")
            self.seen[way.__name__] += 1
            await asyncio.sleep(rnd.uniform(0, 0.3))

    async def _look_on(
        self, http: aiohttp.ClientSession, until: Callable[[], bool]
    ) -> None:
        """Look at the phases of whatever jobs there are."""
        rnd = random.Random(self.seed)
        client = Client(self, http, rnd, "")
        while not until():
            await asyncio.sleep(0.03)
            recent = [each for each in self.errands[-100:] if each.url]
            if recent:
                errand = rnd.choice(recent)
                reply = await client.ask("GET", f"{errand.url}/phase")
                phase = {200: reply.text, 404: GONE}.get(reply.status, "?")
                self.note(errand.see("another", phase))

    def note(self, problem: str | None) -> None:
        """Keep what is amiss, if anything is."""
        if problem is not None:
            self.problems.append(problem)


@dataclass(frozen=True)
class Client:
    """What one client does with one job; its requests are `run_id` in the log."""

    clients: Clients
    http: aiohttp.ClientSession
    rnd: random.Random
    run_id: str

    async def send(self, method: str, url: str, **options: object) -> Reply | None:
        """One request; None: it was not answered, or only that it may work later."""
        try:
            async with self.http.request(
                method, url, allow_redirects=False, **options
            ) as answer:
                reply = Reply(answer.status, answer.headers, await answer.read())
        except (OSError, TimeoutError, aiohttp.ClientError):
            self.clients.seen["(not answered)"] += 1
            await asyncio.sleep(PAUSE)
            return None
        if reply.status == 503:
            self.clients.seen["(503)"] += 1
            if "Retry-After" not in reply.headers:
                self.clients.note(f"{method} {url}: 503 without Retry-After")
            await asyncio.sleep(PAUSE)
            return None
        return reply

    async def ask(self, method: str, url: str, **options: object) -> Reply:
        """One request that may be repeated, until it is answered."""
        patience = self.clients.patience
        end = time.monotonic() + patience
        while time.monotonic() < end:
            reply = await self.send(method, url, **options)
            if reply is not None:
                return reply
        raise Unanswered(f"no answer to {method} {url} within {patience} s")

    async def create(
        self, wanted: Wanted, run: bool = True, bare: bool = False, **more: str
    ) -> Errand:
        """Create a job; with `bare`, the query and the upload come later."""
        errand = Errand(self.run_id, wanted, self.rnd.choice(tuple(FORMATS)))
        self.clients.errands.append(errand)
        form = self.form(errand, bare, more | ({"PHASE": "RUN"} if run else {}))
        if run:
            errand.sent.add("RUN")
        reply = await self.send("POST", self.clients.jobs, data=form)
        if reply is None:
            return errand  # it may have been created
        if reply.status == 303:
            errand.url = reply.headers["Location"]
            errand.granted |= errand.sent
        else:
            self.amiss(errand, f"created with {reply.status}: {reply.text[:300]}")
        return errand

    def form(
        self, errand: Errand, bare: bool = False, more: dict[str, str] | None = None
    ) -> aiohttp.FormData:
        """What a job is created by."""
        asked = {"RUNID": errand.run_id} | (more or {})
        upload = None if bare else errand.wanted.upload
        if not bare:
            query = {"LANG": "ADQL", "QUERY": errand.wanted.query}
            asked |= query | {"RESPONSEFORMAT": errand.form}
        if upload is not None:
            asked["UPLOAD"] = "mine,param:mine"
        form = aiohttp.FormData(asked)
        if upload is not None:
            kind = "application/x-votable+xml"
            form.add_field("mine", upload, filename="mine.vot", content_type=kind)
        return form

    async def order(self, errand: Errand, what: str) -> None:
        """RUN, ABORT or DELETE, until it is answered."""
        assert errand.url
        errand.sent.add(what)
        method, url = ("DELETE", errand.url), f"{errand.url}/phase"
        reply = (
            await self.ask(*method)
            if what == "DELETE"
            else await self.ask("POST", url, data={"PHASE": what})
        )
        # an earlier one that was not answered may have been heard: then the job is
        # gone (404), or has ended; what is to be run must have been in any case
        if reply.status == 303 or (reply.status in ENDED and what == "RUN"):
            errand.granted.add(what)
        elif reply.status not in (404, *ENDED):
            self.amiss(errand, f"{what} got {reply.status}: {reply.text[:300]}")

    async def look(self, errand: Errand, **query: str) -> Told:
        """The job as the server tells of it."""
        assert errand.url
        reply = await self.ask("GET", errand.url, params=query)
        if reply.status == 404:
            told = Told(GONE)
        elif reply.status == 200:
            told = parse_job(reply.body)
        else:
            raise Unanswered(f"{errand} got {reply.status}: {reply.text[:300]}")
        self.clients.note(errand.see(self.run_id, told.phase))
        return told

    async def see_end(self, errand: Errand) -> None:
        """Wait for the job to end, and look at what came of it."""
        end = time.monotonic() + END_PATIENCE
        told = await self.look(errand)
        while told.phase not in (*FINAL, GONE):
            if time.monotonic() > end:
                raise Unanswered(f"{errand} is {told.phase} after {END_PATIENCE} s")
            told = await self.look(errand, WAIT=str(self.rnd.choice(WAITS)))
        self.clients.problems += verdict(errand, told, time.time(), ended=False)
        if told.phase == "COMPLETED":
            await self.read_result(errand, told)

    async def read_result(self, errand: Errand, told: Told) -> None:
        """Read the result and compare it with what must come."""
        for url, media_type, size in told.results:
            reply = await self.ask("GET", url)
            if reply.status == 404 and errand.may_be_gone(time.time()):
                return
            length = reply.headers.get("Content-Length")
            stated = reply.headers.get("Content-Type"), length, length
            must = FORMATS[errand.form], str(size), str(len(reply.body))
            if reply.status != 200 or stated != must or media_type != must[0]:
                self.amiss(errand, f"its result: {reply.status} {stated}, not {must}")
                return
            problem = await asyncio.to_thread(
                fault_of, errand.wanted, errand.form, reply.body
            )
            if problem is not None:
                self.amiss(errand, f"its result has {problem}")
            etag = reply.headers.get("ETag")
            if errand.etag not in (None, etag):
                self.amiss(errand, "it has another result than before")
            errand.etag = etag

    def amiss(self, errand: Errand, what: str) -> None:
        """Note what must not be."""
        self.clients.problems.append(f"{errand}: {what}")


def parse_job(document: bytes) -> Told:
    """What a job document tells."""
    root = etree.fromstring(document)
    summary = root.find("{*}errorSummary")
    return Told(
        root.findtext("{*}phase") or "",
        tuple(
            (each.get(HREF), each.get("mime-type"), int(each.get("size")))
            for each in root.iterfind("{*}results/{*}result")
        ),
        None if summary is None else summary.findtext("{*}message"),
        summary is not None and summary.get("type") == "transient",
    )


async def runs(client: Client, wanted: Wanted) -> None:
    """Create a job that runs at once, and wait for it."""
    errand = await client.create(wanted)
    if errand.url:
        await client.see_end(errand)


async def leaves(client: Client, wanted: Wanted) -> None:
    """Create jobs that run at once, and never come back."""
    await client.create(wanted)


async def prepares(client: Client, wanted: Wanted) -> None:
    """Create a job bare, give it its parameters, then run it."""
    errand = await client.create(wanted, run=False, bare=True)
    if not errand.url:
        return
    url = f"{errand.url}/parameters"
    reply = await client.send("POST", url, data=client.form(errand))
    if reply is None:  # it may have been done, and must not be done twice
        await client.order(errand, "DELETE")
        return
    if reply.status != 303:
        client.amiss(errand, f"parameters got {reply.status}: {reply.text[:300]}")
    await client.order(errand, "RUN")
    await client.see_end(errand)


async def aborts(client: Client, wanted: Wanted) -> None:
    """Abort the job in the midst of it, perhaps."""
    errand = await client.create(client.rnd.choice((wanted, long(client.rnd))))
    if errand.url:
        await asyncio.sleep(client.rnd.uniform(0, 2))
        await client.order(errand, "ABORT")
        await client.see_end(errand)


async def deletes(client: Client, wanted: Wanted) -> None:
    """Delete the job, perhaps while it runs."""
    errand = await client.create(client.rnd.choice((wanted, long(client.rnd))))
    if errand.url:
        await asyncio.sleep(client.rnd.uniform(0, 2))
        await client.order(errand, "DELETE")
        client.clients.problems += verdict(
            errand, await client.look(errand), time.time(), ended=False
        )


async def limits(client: Client, wanted: Wanted) -> None:
    """Give the job a second, whatever it needs."""
    errand = await client.create(long(client.rnd), EXECUTIONDURATION="1")
    errand.duration = 1
    if errand.url:
        await client.see_end(errand)


async def forgets(client: Client, wanted: Wanted) -> None:
    """Have the job destroyed within seconds."""
    end = time.time() + client.rnd.uniform(0.5, 8)
    moment = datetime.fromtimestamp(end, UTC).isoformat()
    errand = await client.create(wanted, DESTRUCTION=moment)
    errand.destruction = end
    if errand.url:
        await client.see_end(errand)


async def idles(client: Client, wanted: Wanted) -> None:
    """Create a job and never run it, though its upload is there."""
    await client.create(client.rnd.choice((wanted, joined(client.rnd))), run=False)


async def breaks_off(client: Client, wanted: Wanted) -> None:
    """Send half of an upload, and leave."""
    upload = numbers(range(100_000))

    async def half() -> object:
        yield b"--x\r\n" + (
            b'Content-Disposition: form-data; name="mine"; filename="m.vot"\r\n\r\n'
        )
        yield upload[: client.rnd.randrange(len(upload))]
        raise OSError("left")

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    await client.send("POST", client.clients.jobs, data=half(), headers=headers)


WAYS: tuple[tuple[Callable[[Client, Wanted], Awaitable[None]], int], ...] = (
    (runs, 8),
    (leaves, 3),
    (prepares, 3),
    (aborts, 3),
    (deletes, 3),
    (limits, 1),
    (forgets, 2),
    (idles, 1),
    (breaks_off, 1),
)
