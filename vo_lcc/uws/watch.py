"""Changes of jobs as they happen, for those who wait: notified, never polled."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from vo_lcc.db.listen import Listener

CHANNEL = "uws"


@dataclass(frozen=True, slots=True)
class Change:
    """A job's phase from now on, or DELETED; whether it `waits` for a worker."""

    job_id: str
    phase: str
    service: str
    waits: bool = False


Listening = Callable[[Change | None], None]


def parse_change(payload: str) -> Change:
    """What the trigger on uws.jobs tells.

    >>> parse_change("abcdefghijklmnop QUEUED tap waiting")
    Change(job_id='abcdefghijklmnop', phase='QUEUED', service='tap', waits=True)
    """
    job_id, phase, service, *waits = payload.split(" ")
    return Change(job_id, phase, service, bool(waits))


class JobWatch:
    """Hears of every job's changes over one connection. Belongs to one event loop.

    What waits for a job costs one event, and nothing while nothing happens.
    """

    def __init__(self, url: str) -> None:
        self._listener = Listener(url, CHANNEL, self._told, self._missed)
        self._events: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._calls: list[Listening] = []

    async def start(self) -> None:
        """Begin to listen; where the database is away, as soon as it comes."""
        await self._listener.start()

    async def close(self) -> None:
        """Stop listening."""
        await self._listener.close()

    @contextmanager
    def watching(self, job_id: str) -> Iterator[asyncio.Event]:
        """An event that each change of this job sets, and each time some may be missed.

        Clear it, look at the job, then wait for it: nothing comes in between unseen.
        """
        changed = asyncio.Event()
        self._events[job_id].add(changed)
        try:
            yield changed
        finally:
            self._events[job_id].discard(changed)
            if not self._events[job_id]:
                del self._events[job_id]

    @contextmanager
    def calling(self, call: Listening) -> Iterator[None]:
        """Call with each change of any job; with None when some may be missed."""
        self._calls.append(call)
        try:
            yield
        finally:
            self._calls.remove(call)

    def _told(self, payload: str) -> None:
        change = parse_change(payload)
        for event in self._events.get(change.job_id, ()):
            event.set()
        for call in list(self._calls):
            call(change)

    def wake(self) -> None:
        """Set the events of all jobs, so that whoever waits looks again."""
        for events in self._events.values():
            for event in events:
                event.set()

    def _missed(self) -> None:
        self.wake()
        for call in list(self._calls):
            call(None)
