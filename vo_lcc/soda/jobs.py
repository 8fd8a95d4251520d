"""SODA as jobs: what a worker does with one (SODA 1.0, section 2.2)."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from vo_lcc.adql import SelectPlan
from vo_lcc.curves.bundles import MEDIA_TYPE, Bundle
from vo_lcc.curves.layouts import ZIP
from vo_lcc.dali.context import Context
from vo_lcc.dali.params import Params
from vo_lcc.dali.provenance import cut, origin_head, query_of
from vo_lcc.dali.run import Batches, pieces_of
from vo_lcc.db import Statement, Streams, TempTable
from vo_lcc.db.pools import BULK, INTERACTIVE
from vo_lcc.soda.capability import ASYNC_ID
from vo_lcc.soda.extraction import Extracted, Extraction, tables_of
from vo_lcc.soda.handlers import FILENAME, parsed
from vo_lcc.soda.params import SodaParams
from vo_lcc.uws.inputs import params_of
from vo_lcc.uws.job import ErrorSummary
from vo_lcc.uws.run import Run
from vo_lcc.uws.service import JobService

NAME, PATH = "soda", "/soda/async"
LESS = "ask for less, or allow the job a longer execution duration"
MANY = 100
"""Objects from which on a job is a bulk one."""


@dataclass(frozen=True, slots=True)
class ExtractionJobs:
    """Runs extractions that are jobs, over streams that are for jobs only."""

    context: Context
    streams: Streams

    async def run(self, run: Run) -> None:
        """Write the light curves that were asked for into the result `result`.

        Where no point is left it holds tables without rows; where no light curve is,
        it is text that says so (SODA 1.0, section 5).
        """
        context = self.context
        params = await params_of(run)
        try:
            collections = await context.collections()
            asked = await parsed(params, context, list(collections))
            extraction = Extraction(
                context, self.rows, await context.catalog(), collections, asked
            )
            extracted = await extraction.extract(params)
            await run.begin(BULK if extracted.objects >= MANY else INTERACTIVE)
            await self._save(run, asked, extracted, params)
        finally:
            params.close()

    async def _save(
        self, run: Run, asked: SodaParams, extracted: Extracted, params: Params
    ) -> None:
        context = self.context
        if not extracted.parts:
            await run.save("result", "text/plain", f"{FILENAME}.txt", nothing_left())
            return
        url = cut(f"{run.job.base_url}{PATH}?{query_of(params)}")
        head = origin_head(context.publisher, ASYNC_ID, url, *extracted.infos)
        if asked.layout == ZIP:
            bundle = Bundle(
                asked.format, head, context.publisher.authority, extracted.faults
            )
            pieces = bundle.pieces(extracted.parts, context.compute)
            await run.save("result", MEDIA_TYPE, f"{FILENAME}.zip", pieces)
            return
        fmt = asked.format
        tables = tables_of(extracted, asked.layout, context)
        pieces = pieces_of(fmt, head, tables, context.encoders)
        name = f"{FILENAME}.{fmt.extension.lstrip('.')}"
        await run.save("result", fmt.media_type, name, pieces)

    def rows(self, plan: SelectPlan, tables: tuple[TempTable, ...] = ()) -> Batches:
        """Runs a plan for a job."""
        return self.streams.run(Statement(plan.sql, LESS, tables=tables), plan.columns)


async def nothing_left() -> AsyncGenerator[bytes, None]:
    """What a job gives where no light curve is left of what was asked for."""
    yield b"No data: no light curve is left of what was asked for.\n"


def error_document(error: ErrorSummary) -> tuple[str, str]:
    """What is found at `/error`: text, and its media type (SODA 1.0, section 5.2).

    The text begins with a word of SODA: whether it may succeed later is all that is
    known of a job that has failed.

    >>> error_document(ErrorSummary("no star 'a'"))[0]
    "Error: no star 'a'\\n"
    """
    word = "ServiceUnavailable" if error.transient else "Error"
    return f"{word}: {error.message}\n", "text/plain"


SODA_JOBS = JobService(
    NAME,
    PATH,
    error_document,
    frozenset(
        {"UPLOAD", "ID", "BAND", "TIME", "POS", "CIRCLE", "POLYGON", "COLLECTION"}
    ),
)
"""The jobs of SODA, as clients see them."""
