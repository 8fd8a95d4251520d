"""Who keeps the stored records fresh in a process that serves.

At the start, whenever the context has seen another catalog, and before the registry
answers. What fails is logged and tried again; nobody else notices.
"""

import asyncio
import logging
import math
import time
from contextlib import suppress

from aiohttp import web

from vo_lcc.dali.context import Context
from vo_lcc.errors import StaleError, VOError
from vo_lcc.registry.records import Offered
from vo_lcc.registry.refreshing import Memory, refresh_records
from vo_lcc.voresource.names import BASE_URL

logger = logging.getLogger(__name__)

SOON, LATER = 1.0, 300.0  # seconds until what failed is tried again, at first and last
PAUSE = 0.5  # seconds in which what failed is not tried again, whoever asks


class Refresher:
    """Refreshes the records of one process. Belongs to its event loop."""

    def __init__(self, context: Context, offered: Offered) -> None:
        self._context = context
        self._offered = offered
        self._memory = Memory()
        self._version: str | None = None  # of the catalog that the records are about
        self._failed = -math.inf  # when the last attempt did (monotonic seconds)
        self._turn = asyncio.Lock()
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._attempts: set[asyncio.Task[bool]] = set()

    def start(self) -> None:
        """Refresh now, and whenever the context sees another catalog."""
        self._wanted.set()
        self._context.watchers.append(self._wanted.set)
        self._task = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Stop; what is being stored is stored first."""
        self._memory.stop.set()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._attempts:
            await asyncio.wait(self._attempts)

    async def fresh(self, request: web.Request | None = None) -> bool:
        """Wait until the records are about what is published; False where that fails.

        They are then about what was published before. Who does not wait to the end
        leaves the refresh as it is: it has a thread, and its turn until it is done.
        Soon after a failure nothing is tried, however many ask.
        """
        if time.monotonic() - self._failed < PAUSE:
            return False
        attempt = asyncio.create_task(self._attempt())
        self._attempts.add(attempt)
        attempt.add_done_callback(self._attempts.discard)
        return await asyncio.shield(attempt)

    async def _attempt(self) -> bool:
        """Refresh if there is another catalog; False, and told, where that fails."""
        try:
            await self._refresh()
        except StaleError:
            return False  # another catalog was seen, or will be
        except VOError as error:
            logger.warning("the records of the registry are not refreshed: %s", error)
        except Exception:
            logger.exception("the records of the registry are not refreshed")
        else:
            return True
        self._failed = time.monotonic()
        return False

    async def _refresh(self) -> None:
        published = await self._context.published()
        if published.catalog.version == self._version:
            return
        async with self._turn:
            published = await self._context.published()
            if published.catalog.version == self._version:
                return
            await self._context.run(
                refresh_records,
                self._context.site_at(BASE_URL, published),
                published.catalog,
                self._offered,
                self._memory,
            )
            self._version = published.catalog.version

    async def _keep(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            pause = SOON
            while not await self.fresh():
                await asyncio.sleep(pause)
                pause = min(2 * pause, LATER)
