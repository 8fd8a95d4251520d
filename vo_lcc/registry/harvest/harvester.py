"""The harvest of one peer, from Identify to the last answer."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from vo_lcc.db import Database
from vo_lcc.errors import VOError
from vo_lcc.registry.harvest.answers import Answer, parse_answer, told
from vo_lcc.registry.harvest.client import HarvestLimits, PeerClient
from vo_lcc.registry.harvest.errors import HarvestError, OAIError
from vo_lcc.registry.harvest.judging import Rules, judge_all
from vo_lcc.registry.harvest.peer import Peer, read_peer, set_names
from vo_lcc.registry.harvest.state import Counts, State, note_failure, read_state
from vo_lcc.registry.harvest.storing import (
    begin,
    begin_again,
    finish,
    forget_peer,
    store_page,
)
from vo_lcc.registry.harvest.turns import turn

MANAGED = "ivo_managed"
RESTARTS = 2  # of one harvest whose token the peer does not know any more
SET_PAGES = 20
EMPTY_PAGES = 20  # answers one after another that list nothing and promise more
FIRST_PAUSE = 300.0  # seconds after a failure; they double, up to the interval


@dataclass(frozen=True, slots=True)
class Report:
    """What a harvest did; `error` says why it is not complete.

    `withheld` are authorities that the peer says it manages and others have, with
    whose they are; `resumed` tells whether it went on with one that was cut short.
    """

    url: str
    title: str = ""
    is_full: bool = True
    resumed: bool = False
    counts: Counts = field(default_factory=Counts)
    withheld: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0
    error: str | None = None


class Meter(Protocol):
    """Who counts harvests."""

    def harvested(self, url: str, outcome: str, records: Mapping[str, int]) -> None:
        """A harvest has ended, "complete" or "failed"; with what became of records."""
        ...


@dataclass(frozen=True, slots=True)
class Settings:
    """`ours` are the authorities of this server, in lower case; `interval` (s) is that
    of harvests."""

    ours: frozenset[str]
    interval: float
    limits: HarvestLimits = field(default_factory=HarvestLimits)

    def pause(self, failures: int) -> float:
        """Seconds until a peer is due that has failed so often since it was complete.

        Not exactly, so that servers that began together do not ask together.
        """
        seconds = self.interval
        if failures:
            seconds = min(seconds, FIRST_PAUSE * 2 ** min(failures - 1, 20))
        return seconds * random.uniform(0.95, 1.05)  # noqa: S311


class Harvester:
    """Harvests peers into a database. Belongs to one event loop.

    Whatever it does in the database is done by one thread, one after another.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._thread = ThreadPoolExecutor(1, "harvest")

    def close(self) -> None:
        """Let the thread end; it finishes the transaction that it is in."""
        self._thread.shutdown()

    async def harvest(
        self, url: str, *, full: bool = False, only_due: bool = False
    ) -> Report | None:
        """Read what is new at a peer, or all of it; None: it is not due.

        What goes wrong with the peer is told by the report. Raises LockedError where
        another process harvests it now.
        """
        async with self._turn(url):
            state = await self.call(read_state, url)
            if only_due and state.due > datetime.now(UTC):
                return None
            began = time.monotonic()
            run = _Run(self, self._settings, state)
            error: str | None = None
            limits = self._settings.limits
            try:
                async with (
                    asyncio.timeout(limits.longest),
                    PeerClient(url, limits) as client,
                ):
                    await run.to_the_end(client, full)
            except TimeoutError:
                error = f"not complete after {limits.longest:g} s; goes on next time"
            except VOError as problem:
                error = told(str(problem))
            if error is not None:
                pause = self._settings.pause(state.failures + 1)
                await self.call(note_failure, url, error, pause)
            return run.report(time.monotonic() - began, error)

    async def forget(self, url: str) -> int:
        """Give up all records of a peer; how many. Raises LockedError."""
        async with self._turn(url):
            return int(await self.call(forget_peer, url))

    async def postpone(self, url: str, error: str) -> None:
        """Try a peer another time."""
        pause = self._settings.pause(1)
        await self.call(note_failure, url, error, pause)

    async def call(self, function: Callable[..., Any], *args: Any) -> Any:
        """`function` in the thread, with the database as first word."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, function, self._database, *args)

    async def parse(self, data: bytes, verb: str) -> Answer:
        """An answer, parsed in a thread."""
        return await asyncio.to_thread(parse_answer, data, verb)

    @asynccontextmanager
    async def _turn(self, url: str) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        holding = turn(self._database, url)
        await loop.run_in_executor(self._thread, holding.__enter__)
        try:
            yield
        finally:
            # Behind what the thread still does; also when this task is cancelled.
            await loop.run_in_executor(self._thread, holding.__exit__, None, None, None)


class _Run:
    """One harvest while it lasts."""

    def __init__(self, harvester: Harvester, settings: Settings, state: State) -> None:
        self._harvester = harvester
        self._settings = settings
        self._state = state
        self._title = state.title or ""
        self._withheld: tuple[tuple[str, str], ...] = ()
        self._began = False
        self._resumed = False
        self._empty = 0

    def report(self, seconds: float, error: str | None) -> Report:
        """What was done so far."""
        return Report(
            self._state.url,
            self._title,
            self._state.is_full,
            self._resumed,
            self._state.counts if self._began else Counts(),
            self._withheld,
            seconds,
            error,
        )

    async def to_the_end(self, client: PeerClient, full: bool) -> None:
        """Read answer after answer, each stored before the next is asked for."""
        call, settings = self._harvester.call, self._settings
        answer = await self._harvester.parse(await client.ask("Identify"), "Identify")
        peer = read_peer(answer)
        begun = await call(begin, peer, self._state, settings.ours, full)
        self._state, self._withheld = begun.state, begun.withheld
        self._title, self._began = peer.title, True
        self._resumed = self._state.token is not None
        rules = Rules(self._state.url, begun.authorities, settings.limits.record)
        restarts = 0
        while True:
            try:
                more = await self._page(client, peer, rules)
            except OAIError as error:
                if "badResumptionToken" not in error.codes or restarts == RESTARTS:
                    raise
                restarts += 1
                self._state = await call(begin_again, self._state)
                more = True
            if not more:
                break
        self._state = await call(finish, self._state, settings.pause(0))

    async def _page(self, client: PeerClient, peer: Peer, rules: Rules) -> bool:
        """Read and store one answer; is there another?"""
        state, limits = self._state, self._settings.limits
        if state.counts.read > limits.records:
            raise HarvestError(f"it lists more than {limits.records} records")
        try:
            arguments = await self._arguments(client, peer)
            data = await client.ask("ListRecords", **arguments)
            answer = await self._harvester.parse(data, "ListRecords")
        except OAIError as error:
            if error.codes != {"noRecordsMatch"}:
                raise
            answer = Answer(error.when, None)
        if answer.token is not None and answer.token == state.token:
            raise HarvestError("it gives the same resumption token again")
        self._empty = 0 if answer.records or answer.unreadable else self._empty + 1
        if answer.token is not None and self._empty > EMPTY_PAGES:
            raise HarvestError("its list goes on and on with no records in it")
        verdicts = await asyncio.to_thread(judge_all, answer, rules)
        self._state = await self._harvester.call(
            store_page, state, verdicts, answer.when, answer.token
        )
        return answer.token is not None

    async def _arguments(self, client: PeerClient, peer: Peer) -> dict[str, str]:
        state = self._state
        if state.token is not None:
            return {"resumptionToken": state.token}
        arguments = {"metadataPrefix": "ivo_vor"}
        if await self._has_set(client):
            arguments["set"] = MANAGED
        if state.asked_since is not None:
            arguments["from"] = peer.from_time(state.asked_since)
        return arguments

    async def _has_set(self, client: PeerClient) -> bool:
        """Does the peer have the set of what it manages itself?"""
        arguments: dict[str, str] = {}
        for _ in range(SET_PAGES):
            try:
                data = await client.ask("ListSets", **arguments)
                answer = await self._harvester.parse(data, "ListSets")
            except OAIError as error:
                if "noSetHierarchy" in error.codes:
                    return False
                raise
            if MANAGED in set_names(answer):
                return True
            if answer.token is None:
                return False
            arguments = {"resumptionToken": answer.token}
        raise HarvestError("its list of sets has no end")
