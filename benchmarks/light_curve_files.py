"""Files of generated light curves, as an archive would hand them over.

Each light curve has `POINTS` points at random times between MJD 58000 and 60000, to
a microday and in order; magnitudes around 15 to a millimagnitude, uncertainties to a
tenth of that (both 32-bit), and flags (16-bit) that are 0 but for one point in a
hundred. The stars lie evenly over the sky and are in no order. The same number of
stars is the same files, whenever and wherever they are made.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from vo_lcc.formats.fits import FitsSpooler
from vo_lcc.heads import DocumentHead, TableHead
from vo_lcc.tables import Column

POINTS = 100
BATCH = 5_000  # stars that are made at once

HEAD = """\
name = "{name}"
title = "Random stars"
description = "What the benchmark loads: {stars} stars with {points} points each"
creator = "vo_lcc"
[time]
timescale = "TDB"
refposition = "BARYCENTER"
[passbands.g]
magnitude_system = "AB"
[objects]
files = "stars.{kind}"
columns = {{ object_id = {{}}, ra = {{}}, dec = {{}} }}
[lightcurves]
files = "{pattern}"
"""
COLUMNS = """\
[lightcurves.columns]
object_id = {}
obs_time = {}
mag = {}
mag_err = {}
flags = { datatype = "short" }
"""


def identifiers(start: int, stop: int) -> pa.Array:
    """What stars of these numbers are called."""
    return pa.array([f"star-{number:08d}" for number in range(start, stop)])


def stars(count: int) -> pa.Table:
    """Where the stars are."""
    rng = np.random.default_rng(42)
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, count)))
    return pa.table(
        {
            "object_id": identifiers(0, count),
            "ra": np.round(rng.uniform(0, 360, count), 6),
            "dec": np.round(dec, 6),
        }
    )


def points(count: int) -> Iterator[pa.Table]:
    """The points of all stars, some stars at a time."""
    rng = np.random.default_rng(43)
    for start in range(0, count, BATCH):
        names = identifiers(start, min(start + BATCH, count))
        time = np.sort(rng.uniform(58000, 60000, (len(names), POINTS)), axis=1)
        size = time.size
        number = np.repeat(np.arange(len(names), dtype=np.int32), POINTS)
        yield pa.table(
            {
                "object_id": pa.DictionaryArray.from_arrays(number, names),
                "obs_time": np.round(time, 6).ravel(),
                "mag": np.round(rng.normal(15, 1, size), 3).astype(np.float32),
                "mag_err": np.round(rng.uniform(0, 0.1, size), 4).astype(np.float32),
                "flags": (rng.random(size) < 0.01).astype(np.int16),
            }
        )


def write_parquet(folder: Path, count: int) -> None:
    """All points in one Parquet file."""
    pq.write_table(stars(count), folder / "stars.parquet")
    with ExitStack() as stack:
        writer: pq.ParquetWriter | None = None
        for table in points(count):
            if writer is None:
                path = folder / "points.parquet"
                writer = stack.enter_context(pq.ParquetWriter(path, table.schema))
            writer.write_table(table)


def write_csv(folder: Path, count: int) -> None:
    """All points in one CSV file."""
    csv.write_csv(stars(count), folder / "stars.csv")
    with (folder / "points.csv").open("wb") as file:
        for number, table in enumerate(points(count)):
            plain = table.set_column(0, "object_id", table["object_id"].cast("string"))
            csv.write_csv(plain, file, csv.WriteOptions(include_header=number == 0))


def write_fits(folder: Path, count: int) -> None:
    """All points in one FITS file."""
    csv.write_csv(stars(count), folder / "stars.csv")
    columns = (Column("object_id", "char", "*"), *MEASURED)
    with FitsSpooler() as spooler:
        start_fits(spooler, columns)
        for table in points(count):
            plain = table.set_column(0, "object_id", table["object_id"].cast("string"))
            for batch in plain.combine_chunks().to_batches():
                spooler.rows(batch)
        finish_fits(spooler, folder / "points.fits")


def write_csv_files(folder: Path, count: int) -> None:
    """A CSV file for each star."""
    csv.write_csv(stars(count), folder / "stars.csv")
    for name, curve in curves(count):
        csv.write_csv(curve, folder / f"lc_{name}.csv")


def write_fits_files(folder: Path, count: int) -> None:
    """A FITS file for each star."""
    csv.write_csv(stars(count), folder / "stars.csv")
    for name, curve in curves(count):
        with FitsSpooler() as spooler:
            start_fits(spooler, MEASURED)
            spooler.rows(curve.combine_chunks().to_batches()[0])
            finish_fits(spooler, folder / f"lc_{name}.fits")


def curves(count: int) -> Iterator[tuple[str, pa.Table]]:
    """The points of each star, without its name, and the name."""
    for table in points(count):
        names = table["object_id"].cast("string").to_pylist()[::POINTS]
        measured = table.drop_columns("object_id")
        for number, name in enumerate(names):
            yield name, measured.slice(number * POINTS, POINTS)


MEASURED = (
    Column("obs_time", "double"),
    Column("mag", "float"),
    Column("mag_err", "float"),
    Column("flags", "short"),
)


def start_fits(spooler: FitsSpooler, columns: tuple[Column, ...]) -> None:
    """One table of these columns."""
    spooler.head(DocumentHead())
    spooler.table(TableHead(columns, "points"))


def finish_fits(spooler: FitsSpooler, path: Path) -> None:
    """Write the file."""
    spooler.finish()
    with path.open("wb") as file:
        for piece in spooler.chunks():
            file.write(piece)


def write_definition(folder: Path, name: str, count: int, pattern: str) -> Path:
    """The collection file, for light curves in files of this pattern."""
    kind = "parquet" if pattern.endswith("parquet") else "csv"
    text = HEAD.format(
        name=name, stars=count, points=POINTS, kind=kind, pattern=pattern
    )
    columns = COLUMNS.replace("object_id = {}\n", "") if "{" in pattern else COLUMNS
    path = folder / "collection.toml"
    path.write_text(text + columns, encoding="utf-8")
    return path
