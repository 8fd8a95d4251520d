"""The tables that come with a query: from the request itself, or from elsewhere."""

from vo_lcc.dali.context import Context
from vo_lcc.dali.fetch import FetchLimits, fetch
from vo_lcc.dali.files import FilePart
from vo_lcc.dali.params import Params, shown
from vo_lcc.dali.uploads import Upload, Uploaded, receive
from vo_lcc.errors import ParameterError, TooLargeError, UsageError
from vo_lcc.parsers.table import ReadLimits
from vo_lcc.tap.params import TapParams
from vo_lcc.tap.query import position_pairs
from vo_lcc.tap.upload_params import UploadParam


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
    used = await context.compute(position_pairs, asked.query)
    read = ReadLimits(context.limits.upload_rows)
    return tuple([await context.compute(receive, u, read, used) for u in found])


async def part_of(param: UploadParam, params: Params, limits: FetchLimits) -> FilePart:
    """The bytes of one upload; raises UsageError where they are not to be had."""
    if param.part is None:
        try:
            return await fetch(param.uri, limits)
        except UsageError as error:
            raise UsageError(f"UPLOAD {param.name}: {error}") from error
    found = params.file(param.part)
    if found is None:
        problem = f"the request has no file part named {shown(param.part)}"
        raise ParameterError("UPLOAD", problem)
    return found
