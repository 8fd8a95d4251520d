"""Harvests peers when they are due, in processes that serve."""

import asyncio
import logging
import random
from collections.abc import Sequence
from datetime import UTC, datetime

from vo_lcc.db import Database
from vo_lcc.errors import LockedError, VOError
from vo_lcc.registry.harvest.harvester import Harvester, Meter, Report, Settings
from vo_lcc.registry.harvest.state import read_state, read_states

logger = logging.getLogger(__name__)

SHORTEST, LONGEST = 5.0, 60.0  # seconds between two looks at what is due


class Harvesting:
    """Harvests `peers` (OAI URLs) when they are due. Belongs to one event loop.

    Every process may have one: they take turns. With no peers it only gives up the
    records of those that there were.
    """

    def __init__(
        self,
        database: Database,
        peers: Sequence[str],
        settings: Settings,
        meter: Meter | None = None,
    ) -> None:
        self._harvester = Harvester(database, settings)
        self._peers = tuple(peers)
        self._meter = meter

    async def start(self) -> None:
        """Begin to harvest."""
        self._task = asyncio.create_task(self._harvest_forever())

    async def stop(self) -> None:
        """Harvest no more; what has been read stays, and another goes on with it."""
        self._task.cancel()
        await asyncio.wait([self._task])
        await asyncio.to_thread(self._harvester.close)

    async def _harvest_forever(self) -> None:
        await asyncio.sleep(random.uniform(0.0, 1.0))  # noqa: S311
        while True:
            pause = LONGEST
            try:
                await forget_unlisted(self._harvester, self._peers)
                if not self._peers and not await self._harvester.call(read_states):
                    return
                for url in self._peers:
                    await self._harvest(url)
                pause = await self._next_due()
            except VOError as error:
                logger.warning("not harvested: %s", error)
            except Exception:
                logger.exception("harvesting failed")
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311

    async def _harvest(self, url: str) -> None:
        """Harvest one peer if it is due and nobody else does."""
        state = await self._harvester.call(read_state, url)
        if state.due > datetime.now(UTC):
            return
        try:
            report = await self._harvester.harvest(url, only_due=True)
        except LockedError:
            return
        except VOError:  # the database is away
            raise
        except Exception:
            logger.exception("harvest of %s failed", url)
            await self._harvester.postpone(url, "internal error; the log has it")
            report = Report(url, error="internal error")
        if report is not None:
            self._tell(report)

    def _tell(self, report: Report) -> None:
        outcome = "complete" if report.error is None else "failed"
        counts = report.counts
        if self._meter is not None:
            self._meter.harvested(report.url, outcome, counts.by_outcome())
        said = {
            "url": report.url,
            "taken": counts.taken,
            "deleted": counts.deleted + counts.vanished,
            "refused": counts.n_refused,
            "seconds": round(report.seconds, 3),
        }
        if report.error is None:
            logger.info("harvested", extra=said)
        else:
            logger.warning("harvest failed: %s", report.error, extra=said)

    async def _next_due(self) -> float:
        """Seconds until a peer is due, within bounds."""
        states = await self._harvester.call(read_states)
        now = datetime.now(UTC)
        due = [
            (each.due - now).total_seconds()
            for each in states
            if each.url in self._peers
        ]
        return min(max(min(due, default=LONGEST), SHORTEST), LONGEST)


async def forget_unlisted(
    harvester: Harvester, peers: Sequence[str]
) -> list[tuple[str, int]]:
    """Give up the records of peers that are not listed any more; whose, how many."""
    gone = []
    for state in await harvester.call(read_states):
        if state.url not in peers:
            try:
                number = await harvester.forget(state.url)
            except LockedError:
                continue
            logger.info("gave up a peer", extra={"url": state.url, "records": number})
            gone.append((state.url, number))
    return gone
