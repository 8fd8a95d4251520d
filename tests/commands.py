"""`vo-lcc` with any arguments, each time in a process of its own.

Importing what a command needs takes seconds. One process does it, once; the others
are forked from it, each with the environment, the folder and the streams it is given.
"""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from vo_lcc.cli import main

SECONDS = 120
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])


def run(
    *args: object, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; raises TimeoutExpired when that takes too long."""
    words = [str(arg) for arg in args]
    environment = dict(os.environ if env is None else env)
    with tempfile.TemporaryDirectory(prefix="vo_lcc_command_") as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        process = FORKS.Process(
            target=command, args=(words, environment, cwd or Path.cwd(), out, err)
        )
        process.start()
        process.join(SECONDS)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(words, SECONDS, err.read_bytes())
        return subprocess.CompletedProcess(
            words, process.exitcode, out.read_text(), err.read_text()
        )


def command(
    words: list[str], environment: dict[str, str], cwd: Path, out: Path, err: Path
) -> None:
    """What the process does: the same as `python -m vo_lcc` there."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    for path, stream in ((out, sys.__stdout__), (err, sys.__stderr__)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), stream.fileno())
    sys.exit(main(words))
