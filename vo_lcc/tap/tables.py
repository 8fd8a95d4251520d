"""The tables that come with a query: from the request itself, or from elsewhere."""

import re
from collections.abc import Sequence

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

FORM = "multipart/form-data, by curl -F part=@file"
# What curl sends of `-d t=@stars.csv` and `-F t=stars.csv`: a name, and no line end.
FILE_NAME = re.compile(
    r"@[^\n\t,;|]+"
    r"|[^\n\t,;|]+\.(?:csv|tsv|txt|dat|ecsv|vot|votable|xml|fits?|parquet|xlsx?)(?:\.gz)?",
    re.IGNORECASE,
)
LONGEST_NAME = 255


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


async def part_of(param: UploadParam, params: Params, limits: FetchLimits) -> FilePart:
    """The bytes of one upload; raises UsageError where they are not to be had."""
    if param.part is None:
        try:
            return await fetch(param.uri, limits)
        except UsageError as error:
            raise UsageError(f"UPLOAD {param.name}: {error}") from error
    found = params.file(param.part)
    if found is None:
        has = ", ".join(shown(name) for name in params.files)
        hint = f"it has {has}" if has else f"send it with the form: {FORM}"
        problem = f"the request has no file part named {shown(param.part)}; {hint}"
        raise ParameterError("UPLOAD", problem)
    check_is_table(found)
    return found


def check_is_table(part: FilePart) -> None:
    """Refuse a plain field that holds the name of a file: `curl -d t=@stars.csv`."""
    if part.filename is not None or part.size > LONGEST_NAME:
        return
    text = part.file.read().decode("utf-8", "replace")
    part.file.seek(0)
    if FILE_NAME.fullmatch(text):
        problem = f"the part {part.name!r} is the text {shown(text)}, not that file"
        raise ParameterError("UPLOAD", f"{problem}; send the file itself: {FORM}")
