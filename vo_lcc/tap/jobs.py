"""Queries as jobs (TAP 1.1, section 2.2): what a worker does with one."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from vo_lcc.adql import SelectPlan
from vo_lcc.dali.context import Context
from vo_lcc.dali.descriptors import links_of
from vo_lcc.dali.faults import VOTABLE, votable_text
from vo_lcc.dali.provenance import (
    collections_calibrations,
    collections_infos,
    origin_head,
)
from vo_lcc.dali.record import Record
from vo_lcc.dali.run import Batches, ResultTable, Status, batches_of, pieces_of
from vo_lcc.dali.upload_tables import temp_table
from vo_lcc.dali.uploads import Uploaded
from vo_lcc.db import Statement, Streams
from vo_lcc.db.pools import BULK, BULK_BYTES, INTERACTIVE
from vo_lcc.heads import DocumentHead, Info, TableHead
from vo_lcc.lightcurves.obscore import settings_of
from vo_lcc.tap.params import TapParams, table_format
from vo_lcc.tap.planning import PROTOCOL, planned
from vo_lcc.tap.tables import receive_uploads
from vo_lcc.uws.inputs import params_of
from vo_lcc.uws.job import ErrorSummary, Job
from vo_lcc.uws.run import Run
from vo_lcc.uws.service import JobService

NAME, PATH = "tap", "/tap/async"
LESS = "ask for less, or allow the job a longer execution duration"


@dataclass(frozen=True, slots=True)
class QueryJobs:
    """Runs queries that are jobs, over streams that are for jobs only."""

    context: Context
    streams: Streams

    async def run(self, run: Run) -> None:
        """Run one query into the result `result`, in the format that was asked for."""
        context = self.context
        params = await params_of(run)
        try:
            form = table_format(params)
            asked = TapParams.parse(params, context.limits)
            if sum(part.size for part in params.files.values()) >= BULK_BYTES:
                await run.begin(BULK)
            uploaded = await receive_uploads(context, asked, params)
        finally:
            params.close()
        select = await planned(context, asked, Record(), uploaded)
        rows = await self._rows(run, select, uploaded)
        collections = await context.collections()
        photcals = collections_calibrations(collections, select.tables, select.columns)
        told = TableHead(select.columns, calibrations=photcals)
        table = ResultTable(told, rows, select.maxrec)
        status = Status()
        document = await self._head(run.job, asked, select)
        pieces = pieces_of(form, document, [table], context.encoders, status)
        filename = f"result.{form.extension.lstrip('.')}"
        async with aclosing(telling(run, status, pieces)) as counted:
            await run.save("result", form.media_type, filename, counted)

    async def _rows(
        self, run: Run, select: SelectPlan, uploaded: tuple[Uploaded, ...]
    ) -> Batches:
        if not select.maxrec:
            await run.begin(INTERACTIVE)
            return batches_of(())

        def spent(phase: str, seconds: float) -> None:
            run.tell(**{f"{phase}_seconds": round(seconds, 4)})

        tables = tuple(map(temp_table, uploaded))
        authority = self.context.publisher.authority
        statement = Statement(
            select.sql,
            LESS,
            sized=run.begin,
            spent=spent,
            tables=tables,
            settings=settings_of(select.tables, run.job.base_url, authority),
        )
        return self.streams.run(statement, select.columns)

    async def _head(
        self, job: Job, asked: TapParams, select: SelectPlan
    ) -> DocumentHead:
        """Where the rows come from, and the URL that asks for the same."""
        url = f"{job.base_url}{PATH}?{urlencode(job.parameters)}"
        origin = collections_infos(await self.context.collections(), select.tables)
        query = Info("query", asked.query)
        head = origin_head(self.context.publisher, PROTOCOL, url, query, *origin)
        return replace(head, services=links_of(job.base_url, select.columns))


async def telling(
    run: Run, status: Status, pieces: AsyncGenerator[bytes, None]
) -> AsyncGenerator[bytes, None]:
    """The pieces, and to the job how many rows have passed."""
    async with aclosing(pieces):
        async for piece in pieces:
            run.tell(rows=status.rows)
            yield piece
    run.tell(rows=status.rows, status=status.word)


def error_document(error: ErrorSummary) -> tuple[str, str]:
    """What is found at `/error`: a VOTable, and its media type (TAP 1.1, 3.3)."""
    return votable_text(error.message), VOTABLE


TAP_JOBS = JobService(NAME, PATH, error_document)
"""The jobs of TAP, as clients see them."""
