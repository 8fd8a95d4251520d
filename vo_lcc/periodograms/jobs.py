"""Periodograms as jobs: what a worker does with one."""

from collections.abc import AsyncGenerator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

from vo_lcc.adql import SelectPlan
from vo_lcc.dali.context import Context
from vo_lcc.dali.faults import VOTABLE, votable_text
from vo_lcc.dali.params import Params
from vo_lcc.dali.provenance import cut, origin_head, query_of
from vo_lcc.dali.run import Batches, pieces_of
from vo_lcc.db import Statement, Streams, TempTable
from vo_lcc.periodograms.computing import computed
from vo_lcc.periodograms.handlers import NO_STANDARD
from vo_lcc.periodograms.output import extension_of, table_of
from vo_lcc.periodograms.params import PEAKS, PICTURES, SPECTRUM, PeriodogramParams
from vo_lcc.periodograms.picture import draw_periodogram
from vo_lcc.periodograms.search import (
    AS_A_JOB,
    AT_ONCE,
    Periodogram,
    plan_search,
    search,
)
from vo_lcc.periodograms.sources import Reader, Source
from vo_lcc.uws.inputs import params_of
from vo_lcc.uws.job import BULK, INTERACTIVE, ErrorSummary
from vo_lcc.uws.run import Run
from vo_lcc.uws.service import JobService

NAME, PATH = "periodogram", "/periodogram/async"
LESS = "ask for less, or allow the job a longer execution duration"
PICTURE_RESULTS = {"plot": PICTURES["png"], "plot_svg": PICTURES["svg"]}


@dataclass(frozen=True, slots=True)
class PeriodogramJobs:
    """Runs searches for periods that are jobs, in threads for those of each size."""

    context: Context
    streams: Streams
    executors: Mapping[str, Executor]

    async def run(self, run: Run) -> None:
        """Write the results `peaks`, `spectrum`, `plot` (PNG) and `plot_svg`."""
        context = self.context
        params = await params_of(run)
        try:
            asked = PeriodogramParams.parse(params, context.publisher.authority)
            reader = Reader(
                context,
                self.rows,
                await context.catalog(),
                await context.collections(),
            )
            source = await reader.read(asked, params)
        finally:
            params.close()
        grid = plan_search(source.target, asked.asked, AS_A_JOB)
        work = asked.asked.method.work(len(source.target), grid)
        kind = BULK if work > AT_ONCE.work else INTERACTIVE
        await run.begin(kind)
        run.tell(points=len(source.target), frequencies=grid.count)
        found = await computed(
            self.executors[kind], partial(search, source.target, grid, asked.asked)
        )
        await self._save(run, asked, params, source, found)

    async def _save(
        self,
        run: Run,
        asked: PeriodogramParams,
        params: Params,
        source: Source,
        found: Periodogram,
    ) -> None:
        context, fmt = self.context, asked.format
        url = cut(f"{run.job.base_url}{PATH}?{query_of(params)}")
        head = origin_head(context.publisher, NO_STANDARD, url, *source.infos)
        for name in (PEAKS, SPECTRUM):
            table = table_of(name, source, found)
            pieces = pieces_of(fmt, head, [table], context.encoders)
            filename = f"{name}.{fmt.extension.lstrip('.')}"
            await run.save(name, fmt.media_type, filename, pieces)
        for name, media_type in PICTURE_RESULTS.items():
            picture = await context.compute(draw_periodogram, source, found, media_type)
            filename = f"periodogram.{extension_of(media_type)}"
            await run.save(name, media_type, filename, whole(picture))

    def rows(self, plan: SelectPlan, tables: tuple[TempTable, ...] = ()) -> Batches:
        """Runs a plan for a job."""
        return self.streams.run(Statement(plan.sql, LESS, tables=tables), plan.columns)


async def whole(document: bytes) -> AsyncGenerator[bytes, None]:
    """A document in one piece."""
    yield document


def error_document(error: ErrorSummary) -> tuple[str, str]:
    """What is found at `/error`: a VOTable, and its media type."""
    return votable_text(error.message), VOTABLE


PERIODOGRAM_JOBS = JobService(
    NAME, PATH, error_document, frozenset({"UPLOAD", "BAND", "TIME", "DURATION"})
)
"""The jobs of periodograms, as clients see them."""
