"""From files to a published collection: `vo-lcc ingest --publish`, start to end."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.commands import run_command, settings
from benchmarks.light_curve_files import (
    POINTS,
    write_csv,
    write_csv_files,
    write_definition,
    write_fits,
    write_fits_files,
    write_parquet,
)
from benchmarks.subject import Subject

WHOLE = 1_000_000  # objects of `bench` in a whole run
MOST_MEMORY, MOST_BYTES = 1000, 24  # goals: MB of all processes, bytes of a point
HEAD = (
    "| files | light curves | s | points/s | goal | files/s | goal | peak (MB) |"
    " goal | bytes/point | goal |",
    "|---" * 11 + "|",
)


@dataclass(frozen=True)
class Case:
    """Files of one kind: how they are made, and what is hoped for."""

    name: str
    title: str
    write: Callable[[Path, int], None]
    pattern: str
    stars: int
    points_goal: int | None = None
    files_goal: int | None = None


CASES = (
    Case("l_pq", "one Parquet", write_parquet, "points.parquet", 100_000, 1_000_000),
    Case("l_csv", "one CSV", write_csv, "points.csv", 100_000, 500_000),
    Case("l_fits", "one FITS", write_fits, "points.fits", 50_000, 300_000),
    Case(
        "l_fitses",
        "FITS each",
        write_fits_files,
        "lc_{object_id}.fits",
        10_000,
        300_000,
    ),
    Case(
        *("l_csvs", "CSV each", write_csv_files, "lc_{object_id}.csv", 100_000),
        files_goal=2_000,
    ),
)


def loading(subject: Subject) -> Iterator[str]:
    """Every kind of file."""
    yield (
        f"light curves of {POINTS} points: 64-bit time, 32-bit magnitude and error,"
        " 16-bit flags; time from the start of the command until the collection can be"
        " queried; memory (PSS) of the command and its workers, PostgreSQL apart; size"
        " of the table of light curves with its index\n"
    )
    yield from HEAD
    for case in CASES:
        yield measured(subject, case)


def measured(subject: Subject, case: Case) -> str:
    """A line of the table."""
    stars = max(100, case.stars * subject.objects // WHOLE)
    folder = subject.folder / case.name
    folder.mkdir()
    case.write(folder, stars)
    toml = write_definition(folder, case.name, stars, case.pattern)
    run = run_command("ingest", toml, folder, "--publish", **settings(subject.dsn))
    n_files = sum(1 for _ in folder.iterdir()) - 1
    files_a_second = round(n_files / run.seconds) if "{" in case.pattern else None
    shutil.rmtree(folder)
    points = stars * POINTS
    size = bytes_on_disk(subject, case.name, points)
    return (
        f"| {case.title} | {stars:,} | {run.seconds:.1f} |"
        f" {points / run.seconds:,.0f} | {shown(case.points_goal)} |"
        f" {shown(files_a_second)} | {shown(case.files_goal)} |"
        f" {run.peak / 1e6:.0f} | {MOST_MEMORY} | {size / points:.1f} | {MOST_BYTES} |"
    )


def shown(goal: int | None) -> str:
    """A number, or nothing."""
    return "" if goal is None else f"{goal:,}"


def bytes_on_disk(subject: Subject, name: str, points: int) -> int:
    """What the light curves take, once all of them are there."""
    query = f"SELECT sum(n_points) FROM {name}.lightcurves"
    ((found,),) = subject.database.fetch(query)
    if found != points:
        raise RuntimeError(f"{name}: {found} points of {points} were loaded")
    size = f"SELECT pg_total_relation_size('{name}_r1.lightcurves')"
    return int(subject.database.fetch(size)[0][0])
