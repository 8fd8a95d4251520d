"""describe: a draft of the collection file for files that are there."""

import sys
from pathlib import Path

from vo_lcc.cli.options import Arguments, Command, option
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.describing.describe import describe


def run_describe(options: Arguments) -> int:
    """Look at files and write a draft of the collection file."""
    text = describe(options.files, options.name)
    if options.output is None:
        sys.stdout.write(text)
        return 0
    try:
        with options.output.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise UsageError(
            f"{options.output}: there already; give another --output"
        ) from None
    except OSError as error:
        raise UsageError(
            f"{options.output}: cannot be written: {error.strerror}"
        ) from error
    print(
        f"{options.output}: written; vo-lcc check {options.output} tells what is amiss"
    )
    return 0


DESCRIBE = Command(
    "describe",
    run_describe,
    "Look at light curves and draft the collection file that describes them.",
    (
        option(
            "files",
            type=Path,
            nargs="+",
            metavar="FILE",
            help="objects and light curves; files, archives or folders",
        ),
        option("--name", help="of the collection; default: that of the first file"),
        option(
            "--output",
            type=Path,
            metavar="FILE",
            help="where to write the draft (default: it is printed)",
        ),
    ),
)
