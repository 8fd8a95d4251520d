"""Searches in threads of their own: a few at once, and ended with who wants them."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

from vo_lcc.periodograms.methods.method import Check

T = TypeVar("T")


class StoppedError(Exception):
    """Ends a computation that nobody waits for any more."""


async def computed(executor: Executor, work: Callable[[Check], T]) -> T:
    """What `work` gives, which runs in a thread and calls its argument now and then.

    Cancellation ends it at the next of these calls, or before it has begun.
    """
    stop = threading.Event()

    def check() -> None:
        if stop.is_set():
            raise StoppedError

    loop = asyncio.get_running_loop()
    try:
        return await loop.run_in_executor(executor, work, check)
    finally:
        stop.set()
