"""Long, nested and HATS Parquet of the same points make the same collection."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import copied_database
from vo_lcc.lightcurves.ingest import ingest

HEAD = """\
name = "{name}"
title = "Stars of a survey"
description = "Stars for a test"
creator = "Nobody"
[time]
timescale = "TDB"
refposition = "BARYCENTER"
[passbands]
g = {{}}
r = {{}}
"""
LONG = """\
[objects]
files = "objects.parquet"
[objects.columns]
object_id = "objid"
ra = {}
dec = {}
[lightcurves]
files = "sources.parquet"
[lightcurves.columns]
object_id = "objid"
passband = "band"
obs_time = "mjd"
mag = {}
mag_err = "magerr"
flags = "catflags"
"""
NESTED = """\
[objects]
[objects.columns]
object_id = "objid"
ra = {}
dec = {}
[lightcurves]
files = "FILES"
layout = "nested"
[lightcurves.columns]
object_id = "objid"
passband = "lc.band"
obs_time = "lc.mjd"
mag = "lc.mag"
mag_err = "lc.magerr"
flags = "lc.catflags"
"""
OBJECTS, POINTS = 60, 40


@pytest.fixture(scope="module")
def database(cluster_url, template_db):
    yield from copied_database(cluster_url, template_db)


def objects() -> pa.Table:
    ids = np.arange(OBJECTS) + 1722207400009164
    ra, dec = np.linspace(0, 359, OBJECTS), np.linspace(-90, 90, OBJECTS)
    return pa.table({"objid": ids, "ra": ra, "dec": dec})


def points() -> pa.Table:
    rng = np.random.default_rng(11)
    rows = OBJECTS * POINTS
    missing = rng.random(rows) < 0.05
    return pa.table(
        {
            "objid": np.repeat(objects()["objid"].to_numpy(), POINTS),
            "band": pa.array(rng.choice(["g", "r"], rows)),
            "mjd": 59000 + 1000 * rng.random(rows),
            "mag": pa.array(rng.normal(17, 1, rows), pa.float32(), mask=missing),
            "magerr": pa.array(rng.random(rows), pa.float32()),
            "catflags": pa.array(rng.integers(0, 3, rows), pa.int16()),
        }
    )


def nested(kind: str) -> pa.Table:
    """An object a row: its points in a struct of lists, or a list of structs."""
    fields = points().select(["band", "mjd", "mag", "magerr", "catflags"])
    offsets = pa.array(np.arange(0, OBJECTS * POINTS + 1, POINTS), pa.int32())
    arrays = [column.combine_chunks() for column in fields.columns]
    if kind == "lists":
        lists = [pa.ListArray.from_arrays(offsets, array) for array in arrays]
        curves = pa.StructArray.from_arrays(lists, fields.column_names)
    else:
        structs = pa.StructArray.from_arrays(arrays, fields.column_names)
        curves = pa.ListArray.from_arrays(offsets, structs)
    return objects().append_column("lc", curves)


def load(database, folder, name, text):
    toml = folder / f"{name}.toml"
    toml.write_text(HEAD.format(name=name) + text)
    return ingest(database, toml, [folder])


def stored(database, name):
    return database.fetch(
        f"SELECT object_id, passband, obs_time, mag::float8, mag_err::float8, flags"
        f" FROM {name}.photometry ORDER BY object_id, obs_time"
    )


@pytest.fixture(scope="module")
def long(database, tmp_path_factory):
    folder = tmp_path_factory.mktemp("long")
    pq.write_table(objects(), folder / "objects.parquet")
    pq.write_table(points(), folder / "sources.parquet", row_group_size=500)
    report = load(database, folder, "long", LONG)
    assert report.losses.rejected == {}
    return stored(database, "long")


def test_long_parquet_comes_back_point_by_point(long):
    columns = points().sort_by([("objid", "ascending"), ("mjd", "ascending")])
    lists = [columns[name].to_pylist() for name in columns.column_names]
    lists[0] = [str(value) for value in lists[0]]
    assert long == [tuple(row) for row in zip(*lists, strict=True)]


@pytest.mark.parametrize("kind", ["lists", "structs"])
def test_nested_parquet_gives_the_same_points(database, tmp_path, long, kind):
    pq.write_table(nested(kind), tmp_path / "nested.parquet", row_group_size=25)
    text = NESTED.replace("FILES", "nested.parquet")
    report = load(database, tmp_path, f"nested_{kind}", text)
    assert (report.n_objects, report.n_points) == (OBJECTS, OBJECTS * POINTS)
    assert stored(database, f"nested_{kind}") == long


def test_a_hats_catalogue_gives_the_same_points(database, tmp_path, long):
    table = nested("lists")
    for pixel, rows in enumerate((table[:20], table[20:35], table[35:])):
        folder = tmp_path / "dataset" / f"Norder={pixel}" / "Dir=0"
        folder.mkdir(parents=True)
        pq.write_table(rows, folder / f"Npix={pixel}.parquet")
    pq.write_metadata(table.schema, tmp_path / "dataset" / "_common_metadata")
    text = NESTED.replace("FILES", "dataset/Norder=*/Dir=*/Npix=*.parquet")
    report = load(database, tmp_path, "hats", text)
    assert (report.n_objects, report.n_points) == (OBJECTS, OBJECTS * POINTS)
    assert stored(database, "hats") == long
