"""Load a collection and publish it: files in, a published release out."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from vo_lcc.db import Database
from vo_lcc.lightcurves.checks import read_collection_file
from vo_lcc.lightcurves.loading.load import LoadReport, build
from vo_lcc.lightcurves.progress import Progress, Silent
from vo_lcc.lightcurves.releases.publishing import publish


def ingest(
    database: Database,
    toml_path: Path,
    files: Sequence[Path],
    progress: Progress | None = None,
    workers: int | None = None,
) -> LoadReport:
    """Load the collection of a TOML file from `files` and publish it.

    What is published already changes nothing. Raises ConfigError for the TOML,
    UsageError for files that cannot be read.
    """
    progress = progress or Silent()
    file, text = read_collection_file(toml_path)
    report = build(database, file, text, files, progress, workers)
    if not report.published:
        publish(database, file.name, progress)
    return replace(report, published=True)
