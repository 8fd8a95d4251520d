"""Jobs while everything breaks; then an account of every job and every file.

`python -m tests.protocols.chaos` is part of `make soak`; some seconds of it are part of
`make test`. Clients create jobs, wait for them, abort and delete them, while workers,
processes that serve, the whole server and the database are killed, frozen, stopped
and started again at random moments.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.protocols import accounts
from tests.protocols.disasters import Site, family_of, site, strike
from tests.protocols.job_clients import Clients

THREADS = 8  # of one process, that pools may still start
FILES = 16  # of one process, connections of pools included
MEMORY = 64 * 2**20  # bytes of one process, that allocators may keep


@dataclass
class Outcome:
    """What happened, how the jobs ended, and what was amiss."""

    happened: Counter[str]
    seen: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Held:
    """What the processes of a site hold, on average of each."""

    processes: int
    threads: float
    files: float
    pss: float


def held(site: Site) -> Held:
    """What server and workers hold now, PostgreSQL apart."""
    every = [psutil.Process(each.pid) for each in site.processes.values()]
    every += [child for each in site.processes.values() for child in family_of(each)]
    n = len(every)
    return Held(
        n,
        sum(each.num_threads() for each in every) / n,
        sum(each.num_fds() for each in every) / n,
        sum(each.memory_full_info().pss for each in every) / n,
    )


def growth(before: Held, place: Site) -> list[str]:
    """What grew more than it may, in words."""
    after = held(place)
    checks = (
        (after.processes != before.processes, "processes"),
        (after.threads > before.threads + THREADS, "threads"),
        (after.files > before.files + FILES, "files"),
        (after.pss > before.pss + MEMORY, "memory"),
    )
    return [f"{what} grew: {before}, {after}" for amiss, what in checks if amiss]


def tried(
    folder: Path,
    seconds: float,
    seed: int,
    clients: int = 12,
    workers: int = 1,
    lease: int = 3,
    gaps: float = 1.0,
    warm: float = 3.0,
) -> Outcome:
    """So many clients for so long, and a disaster every `gaps` seconds or so.

    It begins with `warm` seconds in which nothing breaks.
    """
    with site(folder, workers, lease) as place:
        outcome = Outcome(place.happened)
        crowd = Clients(place.base, seed)
        asyncio.run(calm(crowd, clients, warm))
        before = held(place)
        asyncio.run(stormy(place, crowd, clients, seconds, gaps))
        place.wait_until_ready()
        outcome.problems += accounts.wait_for_quiet(place.database)
        outcome.ends = asyncio.run(accounts.account_of_jobs(crowd))
        outcome.seen = crowd.seen
        outcome.problems += crowd.problems
        outcome.problems += [
            what
            for account, *args in (
                (accounts.account_of_list, crowd, place.database),
                (accounts.account_of_rows, place.database, crowd.errands),
                (accounts.account_of_files, place.database, place.storage),
                (accounts.account_of_database, place.database),
                (growth, before, place),
            )
            for what in accounts.confirmed(account, *args)
        ]
        outcome.problems += swept(place) + accounts.account_of_logs(place.logs)
    return outcome


async def calm(crowd: Clients, clients: int, seconds: float) -> None:
    """Fill the pools while nothing breaks."""
    end = time.monotonic() + seconds
    await crowd.run(clients, lambda: time.monotonic() > end)
    if crowd.problems:
        raise RuntimeError(f"amiss before anything broke: {crowd.problems[:5]}")


async def stormy(
    place: Site, crowd: Clients, clients: int, seconds: float, gaps: float
) -> None:
    """Clients at work while one disaster follows the other."""
    rnd = random.Random(crowd.seed)
    storm = asyncio.create_task(asyncio.to_thread(strike, place, rnd, seconds, gaps))
    crowding = asyncio.create_task(crowd.run(clients, storm.done))
    await storm
    while not crowding.done():  # what ended late is started again
        await asyncio.to_thread(place.revive)
        await asyncio.wait([crowding], timeout=1)
    await crowding


def swept(place: Site) -> list[str]:
    """Destroy all; a worker that starts anew must remove everything."""
    found = place.close()
    accounts.destroy_all(place.database)
    place.start("worker0")
    found += accounts.account_of_nothing(place.database, place.storage)
    return found + place.close()


def report(outcome: Outcome, title: str) -> bool:
    """Print what was seen; was anything amiss?"""
    print(title)
    for name, counts in (
        ("befell", outcome.happened),
        ("clients", outcome.seen),
        ("jobs", outcome.ends),
    ):
        print(f"  {name}: {sum(counts.values())}")
        for what, count in sorted(counts.items()):
            print(f"    {what}: {count}")
    for problem, count in Counter(outcome.problems).most_common(40):
        print(f"  PROBLEM ({count}): {problem}")
    print(f"  {len(outcome.problems)} problems")
    return bool(outcome.problems)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--lease", type=int, default=4)
    parser.add_argument("--gaps", type=float, default=3.0)
    parser.add_argument("--keep", type=Path, help="a folder for logs and files")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vo_lcc_chaos_") as name:
        folder = options.keep or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        outcome = tried(
            folder,
            options.seconds,
            options.seed,
            options.clients,
            options.workers,
            options.lease,
            options.gaps,
        )
    title = f"{options.seconds:g} s, seed {options.seed}, {options.clients} clients"
    return int(report(outcome, title))


if __name__ == "__main__":
    sys.exit(main())
