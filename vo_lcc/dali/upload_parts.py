"""The bytes of a table that comes with a request: in it, or at a URL it names."""

import re

from vo_lcc.dali.fetch import FetchLimits, fetch
from vo_lcc.dali.files import FilePart
from vo_lcc.dali.params import Params, shown
from vo_lcc.dali.upload_params import UploadParam
from vo_lcc.errors import ParameterError, UsageError

FORM = "multipart/form-data, by curl -F part=@file"
# What curl sends of `-d t=@stars.csv` and `-F t=stars.csv`: a name, and no line end.
FILE_NAME = re.compile(
    r"@[^\n\t,;|]+"
    r"|[^\n\t,;|]+\.(?:csv|tsv|txt|dat|ecsv|vot|votable|xml|fits?|parquet|xlsx?)(?:\.gz)?",
    re.IGNORECASE,
)
LONGEST_NAME = 255


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
