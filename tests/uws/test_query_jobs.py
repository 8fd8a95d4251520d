"""Queries as jobs: what becomes of their rows."""

from contextlib import aclosing
from dataclasses import replace

from tests.uws.conftest import House
from tests.uws.jobs import SETTINGS
from vo_lcc.dali.run import Status
from vo_lcc.tap.jobs import telling
from vo_lcc.uws.job import INTERACTIVE, Phase
from vo_lcc.uws.run import Run


async def test_rows_are_let_go_as_soon_as_their_result_is_too_large(house: House):
    seen = []

    async def endless():
        try:
            while True:
                yield bytes(1000)
        finally:
            seen.append("let go")

    async def too_large(run: Run) -> None:
        await run.begin(INTERACTIVE)
        try:
            async with aclosing(telling(run, Status(), endless())) as pieces:
                await run.save("result", "text/csv", "result.csv", pieces)
        finally:
            seen.append("refused")

    async with house.worker(too_large, replace(SETTINGS, result_size=10_000)):
        job = await house.reach(await house.create())

    assert job.phase == Phase.ERROR
    assert seen == ["let go", "refused"]
