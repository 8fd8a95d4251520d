"""The command `vo-lcc`."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from vo_lcc import __version__
from vo_lcc.cli import appends, exports, releases
from vo_lcc.cli.access import PASSWORD
from vo_lcc.cli.describing import DESCRIBE
from vo_lcc.cli.harvesting import HARVEST
from vo_lcc.cli.jobs import JOBS
from vo_lcc.cli.loading import CHECK, INGEST, MIGRATE, REJECTS
from vo_lcc.cli.options import Arguments
from vo_lcc.cli.queries import ADQL
from vo_lcc.cli.serving import DEMO, SERVE, WORKER
from vo_lcc.cli.validating import VALIDATE
from vo_lcc.errors import VOError
from vo_lcc.logs import set_up_logs

COMMANDS = (
    DEMO,
    SERVE,
    WORKER,
    DESCRIBE,
    INGEST,
    REJECTS,
    *appends.COMMANDS,
    MIGRATE,
    CHECK,
    *releases.COMMANDS,
    *exports.COMMANDS,
    ADQL,
    JOBS,
    VALIDATE,
    HARVEST,
    PASSWORD,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, 1 on an error, 2 on wrong usage."""
    options = parser().parse_args(arguments)
    set_up_logs("text", "info" if options.verbose else "warning")
    run: Callable[[Arguments], int] = options.run
    try:
        status = run(options)
        sys.stdout.flush()
        return status
    except VOError as error:
        print(f"vo-lcc: {error}{reason_of(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # head or less has seen enough; nothing more to flush
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def reason_of(error: VOError) -> str:
    """Why the database cannot be reached, which clients of a server are not told."""
    if not error.transient or error.__cause__ is None:
        return ""
    return f" ({' '.join(str(error.__cause__).split())})"


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = argparse.ArgumentParser(
        prog="vo-lcc", description="Publish light curves to the Virtual Observatory."
    )
    top.add_argument("--version", action="version", version=f"vo_lcc {__version__}")
    top.add_argument("--verbose", action="store_true", help="say more in the log")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(commands)
    return top
