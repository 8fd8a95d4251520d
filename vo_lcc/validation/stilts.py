"""STILTS, when it is installed: run within limits, and what it says read."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vo_lcc.validation.findings import UnfitError, legible

MOST_READ = 5_000_000  # bytes of what it says
# Short runs: not worth the time of the second compiler.
JAVA = ("-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC")
REPORT = re.compile(r"^([EWIFS])-((?:[A-Z]{3}-)?[A-Z0-9]{4})-(\w+) (.*)$")
MORE = re.compile(r"\((\d+) more\)")
TOTALS = re.compile(r"^Totals: .*$", re.MULTILINE)
VOTLINT = re.compile(r"^(ERROR|WARNING|INFO)(?: \(([^)]*)\))?: (.*)$")
VERSION = re.compile(r"STILTS version (\d+(?:\.\d+)*)")


@dataclass(frozen=True, slots=True)
class Message:
    """One line of a report: the level E, W, F, the code without it, the text."""

    level: str
    code: str
    text: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Stilts:
    """A program that is STILTS, and its version; `seconds` is what a run may take."""

    program: str
    version: str
    java: tuple[str, ...] = ()
    seconds: float = 600.0

    def run(self, *words: str) -> str:
        """What a task prints; raises UnfitError when it takes too long."""
        return ran((self.program, *self.java, *words), self.seconds)


def find_stilts(program: str | None = None, seconds: float = 600.0) -> Stilts | None:
    """STILTS as it is installed; None when it is not, or is something else."""
    path = shutil.which(program or "stilts")
    if path is None:
        return None
    for java in (JAVA, ()):  # a script of one's own may not take -J
        try:
            found = VERSION.search(ran((path, *java, "-version"), 60.0))
        except UnfitError:
            return None
        if found:
            return Stilts(path, found[1], java, seconds)
    return None


def ran(command: Sequence[str], seconds: float) -> str:
    """What a command prints; it and what it started end within the time given."""
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(  # noqa: S603 - words of ours, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise UnfitError(f"{command[0]}: {error.strerror}") from error
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise UnfitError(f"{' '.join(command)[:80]}: over {seconds:g} s") from error
        finally:
            stop(process)
        said.seek(0)
        return said.read(MOST_READ).decode("utf-8", "replace")


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End a process that leads a session, and all of its session."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def read_report(said: str) -> list[Message]:
    """The messages of taplint or datalinklint that are faults, alike ones together.

    >>> read_report("E-CAP-XVAL-1 bad\\nI-CAP-OK00-1 fine\\nE-CAP-XVAL-x (2 more)")
    [Message(level='E', code='CAP-XVAL', text='bad', times=1), \
Message(level='E', code='CAP-XVAL', text='', times=2)]
    """
    found = []
    for line in said.splitlines():
        match = REPORT.match(line)
        if match is None or match[1] not in "EWF":
            continue
        more = MORE.fullmatch(match[4]) if match[3] == "x" else None
        text, times = ("", int(more[1])) if more else (legible(match[4]), 1)
        found.append(Message(match[1], match[2], text, times))
    return found


def totals(said: str) -> str:
    """The line of totals, which both lints end with; "" when they did not end well."""
    found = TOTALS.search(said)
    return found[0].removeprefix("Totals: ") if found else ""


def information(said: str) -> "Counter[str]":
    """How often each code of mere information was given."""
    return Counter(
        match[2]
        for match in map(REPORT.match, said.splitlines())
        if match and match[1] == "I"
    )


def read_votlint(said: str) -> list[Message]:
    """The errors and warnings of votlint.

    >>> read_votlint("WARNING (l.1, c.1): not namespaced")
    [Message(level='W', code='votlint', text='l.1, c.1: not namespaced', times=1)]
    """
    found = []
    for line in said.splitlines():
        match = VOTLINT.match(line)
        if match and match[1] != "INFO":
            where = f"{match[2]}: " if match[2] else ""
            text = legible(where + match[3])
            found.append(Message(match[1][0], "votlint", text))
        elif line.startswith("Error: "):
            found.append(Message("E", "votlint", legible(line)))
    return found


def file_for(folder: Path, name: str, body: bytes) -> Path:
    """A file of a folder with a document of a server, under a name of ours."""
    path = folder / re.sub(r"[^A-Za-z0-9.-]+", "_", name)
    path.write_bytes(body)
    return path
