import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from vo_lcc.periodograms.computing import computed


async def test_a_search_that_nobody_waits_for_leaves_its_thread():
    begun, ended = threading.Event(), threading.Event()

    def endless(check):
        begun.set()
        try:
            while True:
                check()
                time.sleep(0.001)
        finally:
            ended.set()

    with ThreadPoolExecutor(1) as executor:
        task = asyncio.create_task(computed(executor, endless))
        await asyncio.to_thread(begun.wait, 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        assert await asyncio.to_thread(ended.wait, 5)
        assert await computed(executor, lambda check: 7) == 7


async def test_a_search_that_waits_for_a_thread_is_forgotten_with_its_client():
    release, ran = threading.Event(), []
    with ThreadPoolExecutor(1) as executor:
        first = asyncio.create_task(computed(executor, lambda check: release.wait(5)))
        second = asyncio.create_task(computed(executor, lambda check: ran.append(1)))
        await asyncio.sleep(0.01)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        release.set()
        assert await first

    assert ran == []


async def test_what_goes_wrong_in_a_search_is_told():
    def wrong(check):
        raise ValueError("as it happens")

    with ThreadPoolExecutor(1) as executor, pytest.raises(ValueError, match="happens"):
        await computed(executor, wrong)
