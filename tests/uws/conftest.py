"""Workers to test with."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import copied_database
from tests.uws.jobs import SETTINGS, new_job
from vo_lcc.db import Database
from vo_lcc.uws import store
from vo_lcc.uws.disk import DiskStorage
from vo_lcc.uws.job import FINAL, Job, Phase
from vo_lcc.uws.run import Run
from vo_lcc.uws.settings import JobSettings
from vo_lcc.uws.watch import JobWatch
from vo_lcc.uws.worker import Worker

Service = Callable[[Run], Awaitable[None]]


@dataclass
class House:
    """A database, storage and what hears of changes; workers on demand."""

    db: Database
    storage: DiskStorage
    watch: JobWatch

    @asynccontextmanager
    async def worker(
        self, service: Service, settings: JobSettings = SETTINGS, name: str = "w"
    ) -> AsyncIterator[Worker]:
        runners = {"tap": service}
        worker = Worker(self.db, self.watch, self.storage, runners, settings, name)
        await worker.start()
        try:
            yield worker
        finally:
            await worker.stop()

    async def call(self, function: Callable[..., Any], *args: Any) -> Any:
        return await asyncio.to_thread(function, self.db, *args)

    async def create(self, **changes: object) -> str:
        new = new_job(**({"run": True} | changes))
        await self.call(store.create_job, new, SETTINGS)
        return new.job_id

    async def job(self, job_id: str) -> Job:
        return await self.call(store.get_job, "tap", job_id)

    async def reach(self, job_id: str, *phases: Phase, seconds: float = 10) -> Job:
        """The job once it is in one of these phases, or in a final one."""
        with self.watch.watching(job_id) as changed:
            async with asyncio.timeout(seconds):
                while True:
                    changed.clear()
                    job = await self.job(job_id)
                    if job.phase in (phases or FINAL):
                        return job
                    await changed.wait()


@pytest.fixture(scope="module")
def module_db(cluster_url: str, template_db: str) -> Iterator[Database]:
    yield from copied_database(cluster_url, template_db)


@pytest.fixture
def db(module_db: Database) -> Database:
    """A migrated database without jobs; emptying it is quicker than a new one."""
    module_db.fetch("TRUNCATE uws.jobs, uws.trash")
    return module_db


@pytest.fixture
async def house(db: Database, tmp_path: Path) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        storage = DiskStorage(tmp_path / "files")
        stack.push_async_callback(storage.close)
        watch = JobWatch(db.url)
        await watch.start()
        stack.push_async_callback(watch.close)
        yield House(db, storage, watch)
