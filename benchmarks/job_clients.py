"""Many clients of jobs at once, in a process of their own.

`python -m benchmarks.job_clients BASE run 50` runs fifty jobs at once and prints the
seconds until every result was read; `queue 1000` only creates as many, to be run;
`wait 1000` creates jobs that are not to be run and waits for each. That one says
"waiting" once all do. At the end of its input it aborts a job and prints how many
still waited till then, and the seconds until the one that waited for this job knew.
"""

import argparse
import asyncio
import re
import sys
import time
from collections.abc import Awaitable, Callable

import aiohttp

QUERY = "SELECT TOP 1 object_id, {number} AS n FROM bench.objects"
PHASE = re.compile(r"<uws:phase>(\w+)</uws:phase>")
RUN = {"PHASE": "RUN"}
AT_ONCE = 50  # who creates jobs that are not run at once
SETTLE_SECONDS = 8.0  # for all requests to arrive and to be waited for


class Jobs:
    """The jobs of a server."""

    def __init__(self, base: str, session: aiohttp.ClientSession) -> None:
        self._url = f"{base}/tap/async"
        self._session = session
        self._creating = asyncio.Semaphore(AT_ONCE)

    async def create(self, number: int, **more: str) -> str:
        """The URL of a new job."""
        query = QUERY.format(number=number)
        asked = {"LANG": "ADQL", "QUERY": query, **more}
        async with self._session.post(
            self._url, data=asked, allow_redirects=False
        ) as response:
            await response.read()
            if response.status != 303:
                raise RuntimeError(f"{response.status}: {await response.text()}")
            return response.headers["Location"]

    async def created(self, count: int, **more: str) -> list[str]:
        """So many of them, fifty at a time."""

        async def one(number: int) -> str:
            async with self._creating:
                return await self.create(number, **more)

        return await asyncio.gather(*map(one, range(count)))

    async def phase(self, url: str) -> str:
        """The next phase of a job, once it has changed."""
        async with self._session.get(url, params={"WAIT": "-1"}) as response:
            found = PHASE.search(await response.text())
            return found[1] if found else f"status {response.status}"

    async def abort(self, url: str) -> None:
        """End a job."""
        async with self._session.post(f"{url}/phase", data={"PHASE": "ABORT"}):
            pass

    async def run(self, number: int) -> None:
        """Create a job, wait for it and read its result."""
        url = await self.create(number, **RUN)
        phase = await self.phase(url)
        while phase in ("QUEUED", "EXECUTING"):
            phase = await self.phase(url)
        async with self._session.get(f"{url}/results/result") as response:
            if phase != "COMPLETED" or b"<STREAM" not in await response.read():
                raise RuntimeError(f"job {url}: {phase}, {response.status}")


async def run(jobs: Jobs, count: int) -> None:
    """All at once, to their results."""
    start = time.perf_counter()
    await asyncio.gather(*map(jobs.run, range(count)))
    print(time.perf_counter() - start)


async def queue(jobs: Jobs, count: int) -> None:
    """Created to be run, whoever may do that."""
    start = time.perf_counter()
    await jobs.created(count, **RUN)
    print(time.perf_counter() - start)


async def wait(jobs: Jobs, count: int) -> None:
    """One client waits for each job."""
    urls = await jobs.created(count)
    waiting = [asyncio.create_task(jobs.phase(url)) for url in urls]
    await asyncio.sleep(SETTLE_SECONDS)
    print("waiting", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    left = sum(not each.done() for each in waiting)
    start = time.perf_counter()
    await jobs.abort(urls[0])
    phase = await waiting[0]
    if phase != "ABORTED":
        raise RuntimeError(f"the job is {phase}")
    print(left, time.perf_counter() - start)
    for each in waiting:
        each.cancel()


WORK: dict[str, Callable[[Jobs, int], Awaitable[None]]] = {
    "run": run,
    "queue": queue,
    "wait": wait,
}


async def main(base: str, work: str, count: int) -> None:
    """Do `work` with so many jobs."""
    timeout = aiohttp.ClientTimeout(total=None)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        await WORK[work](Jobs(base, session), count)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base")
    parser.add_argument("work", choices=WORK)
    parser.add_argument("count", type=int)
    options = parser.parse_args()
    asyncio.run(main(options.base, options.work, options.count))
