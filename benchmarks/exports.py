"""Exports of a collection in each form, beside COPY of its light curves."""

import shutil
import time
from collections.abc import Iterator
from statistics import median

from benchmarks.answers import copy_seconds
from benchmarks.commands import run_command, settings
from benchmarks.subject import Subject
from vo_lcc.lightcurves.exports.export import FORMS, export_source
from vo_lcc.lightcurves.exports.source import find_source

NAME = "curves"
COPIED = f"SELECT * FROM {NAME}.lightcurves"
HEAD = (
    "| form | s | points/s | COPY BINARY (s) | / COPY | bytes/point | peak (MB) |",
    "|---" * 7 + "|",
)


def exports(subject: Subject) -> Iterator[str]:
    """Every form."""
    ((objects, points),) = subject.database.fetch(
        f"SELECT count(*), sum(n_points) FROM {NAME}.objects"
    )
    yield (
        f"{objects:,} objects with {points:,} points (`{NAME}`); COPY is that of its"
        " table of light curves, to nowhere, unsorted. Time is of the export alone; the"
        " peak is the PSS of the whole command, most of which is what it imports.\n"
    )
    yield from HEAD
    for form in FORMS:
        yield measured(subject, form, int(points))


def measured(subject: Subject, form: str, points: int) -> str:
    """A line of the table."""
    seconds, copies, size = [], [], 0
    for _ in range(subject.effort.rounds):
        copies.append(copy_seconds(subject, COPIED, "FORMAT BINARY"))
        taken, size = export_once(subject, form)
        seconds.append(taken)
    peak = command_peak(subject, form)
    took, copy = median(seconds), median(copies)
    return (
        f"| {form} | {took:.2f} | {points / took:,.0f} | {copy:.2f} | {took / copy:.2f}"
        f" | {size / points:.1f} | {peak / 1e6:.0f} |"
    )


def export_once(subject: Subject, form: str) -> tuple[float, int]:
    """Seconds of an export, and its bytes."""
    target = subject.folder / "export"
    source = find_source(subject.database, NAME)
    start = time.perf_counter()
    report = export_source(subject.database, source, form, target)
    taken = time.perf_counter() - start
    shutil.rmtree(target)
    return taken, report.size


def command_peak(subject: Subject, form: str) -> int:
    """The most memory that `vo-lcc export` takes."""
    target = subject.folder / "export"
    options = ("--format", form, "--output", target)
    run = run_command("export", NAME, *options, **settings(subject.dsn))
    shutil.rmtree(target)
    return run.peak
