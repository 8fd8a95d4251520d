"""The tables that come with a query: from the request itself, or from elsewhere."""

from collections.abc import Sequence

from vo_lcc.dali.context import Context
from vo_lcc.dali.params import Params
from vo_lcc.dali.upload_parts import part_of
from vo_lcc.dali.uploads import Upload, Uploaded, receive
from vo_lcc.errors import TooLargeError
from vo_lcc.parsers.table import ReadLimits
from vo_lcc.tap.params import TapParams
from vo_lcc.tap.query import position_pairs


async def receive_uploads(
    context: Context, asked: TapParams, params: Params
) -> tuple[Uploaded, ...]:
    """The tables of a query, all read, from `params` or from elsewhere.

    Raises UsageError where one is missing, wrong or too large.
    """
    if not asked.uploads:
        return ()
    left = context.limits.upload_size
    found = []
    for param in asked.uploads:
        upload = Upload(
            param.name, await part_of(param, params, context.limits.fetching)
        )
        left -= upload.part.size
        if left < 0:
            size = context.limits.upload_size
            raise TooLargeError(f"the uploads are larger than {size} bytes together")
        found.append(upload)
    return await read_all(context, found, asked.query)


async def read_all(
    context: Context, uploads: Sequence[Upload], query: str
) -> tuple[Uploaded, ...]:
    """The tables, one after the other: unpacked they have one limit together."""
    used = await context.compute(position_pairs, query)
    left = context.limits.upload_unpacked
    found = []
    for upload in uploads:
        limits = ReadLimits(context.limits.upload_rows, table_bytes=left)
        found.append(await context.read(receive, upload, limits, used))
        left = max(left - found[-1].size, 0)
    return tuple(found)
