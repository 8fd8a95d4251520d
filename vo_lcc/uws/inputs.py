"""What a job was given, as its service reads a request."""

from vo_lcc.dali.files import FilePart
from vo_lcc.dali.params import Params
from vo_lcc.uws.run import Run


async def params_of(run: Run) -> Params:
    """The parameters of a job and the files that came with them."""
    files = {
        each.name: FilePart(
            each.name,
            each.filename,
            each.media_type,
            each.size,
            await run.attachment(each.name),
        )
        for each in run.job.attachments
    }
    return Params(run.job.parameters, files)
