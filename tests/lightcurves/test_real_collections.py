"""The collections of configs/ from the real files, which stand beside the checkout."""

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

from tests.tap.running import rows_of_examples
from vo_lcc.db import Database
from vo_lcc.lightcurves.collection import load_collections
from vo_lcc.lightcurves.ingest import LoadReport, ingest

CONFIGS = Path(__file__).parents[2] / "configs" / "collections"


def load(db: Database, shared: Path, name: str, tmp: Path, *files: str) -> LoadReport:
    paths = [shared / "data" / file for file in files]
    return ingest(db, CONFIGS / f"{name}.toml", paths)


@pytest.fixture
def stripe82(stripe82_load) -> LoadReport:
    return stripe82_load


@pytest.fixture(scope="module")
def asas3(session_db, shared, tmp_path_factory) -> LoadReport:
    folder = tmp_path_factory.mktemp("asas3")
    names = ("asas3_acvs/objects.csv", "asas3_acvs/lightcurves.csv.gz")
    return load(session_db, shared, "asas3", folder, *names)


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_stripe82_counts_equal_those_of_the_files(session_db, shared, stripe82):
    listed = read_csv(shared / "data" / "stripe82_rrlyrae" / "objects.csv")
    columns = ", ".join(f"{band}_n_points" for band in "ugriz")

    rows = session_db.fetch(f"SELECT object_id, {columns} FROM stripe82.objects")

    assert {row[0]: row[1:] for row in rows} == {
        star["id"]: tuple(int(star[f"n_{band}"]) for band in "ugriz") for star in listed
    }
    assert (stripe82.n_objects, stripe82.n_lightcurves) == (483, 5 * 483)
    assert stripe82.n_points + stripe82.losses.missing == 5 * 28_449
    assert stripe82.losses.rejected == {}
    assert stripe82.losses.skipped == ("table1.tar.gz/table1/0README",)


def test_stripe82_has_no_sentinel_among_its_magnitudes(session_db, stripe82):
    ((low, high, no_magnitude),) = session_db.fetch(
        "SELECT min(mag), max(mag), count(*) - count(mag) FROM stripe82.photometry"
    )

    assert 12 < low < high < 30
    assert stripe82.losses.nulled == {"mag is not within 0 to 40": no_magnitude}


def test_stripe82_positions_are_those_published(session_db, shared, stripe82):
    listed = read_csv(shared / "data" / "stripe82_rrlyrae" / "objects.csv")

    rows = session_db.fetch("SELECT object_id, ra, dec FROM stripe82.objects")

    assert {i: (ra, dec) for i, ra, dec in rows} == {
        star["id"]: (
            float(star["ra"]) + (360.0 if float(star["ra"]) < 0 else 0.0),
            float(star["dec"]),
        )
        for star in listed
    }


def test_stripe82_periods_fold_into_clean_curves(session_db, stripe82):
    """Neighbours in phase differ much less than neighbours in time."""
    rows = session_db.fetch(
        "SELECT period, epoch, obs_time, mag FROM stripe82.objects"
        " JOIN stripe82.lightcurves USING (object_id) WHERE passband = 'g'"
    )

    clean = 0
    for period, epoch, times, mags in rows:
        mag = np.array(mags, float)
        phase = (np.array(times) - epoch) / period % 1
        order = np.argsort(phase)[~np.isnan(mag[np.argsort(phase)])]
        by_time = np.median(np.abs(np.diff(mag[~np.isnan(mag)])))
        clean += np.median(np.abs(np.diff(mag[order]))) < 0.4 * by_time

    assert clean > 0.9 * len(rows)


def test_stripe82_says_what_its_source_says(session_db, stripe82):
    collection = load_collections(session_db)["stripe82"]

    assert (collection.time_frame.timescale, collection.time_frame.refposition) == (
        *("UNKNOWN", "UNKNOWN"),
    )
    assert {band.magnitude_system for band in collection.passbands} == {"AB"}
    assert (collection.period_column, collection.epoch_column) == ("period", "epoch")


def test_stripe82_has_examples_that_find_stars(session_db, stripe82):
    found = rows_of_examples(session_db, "stripe82")

    assert "stripe82-query-1" in found
    assert all(found.values())


def test_asas3_counts_equal_those_of_the_files(session_db, shared, asas3):
    listed = read_csv(shared / "data" / "asas3_acvs" / "objects.csv")

    rows = session_db.fetch('SELECT object_id, "V_n_points", class FROM asas3.objects')

    assert (asas3.n_objects, asas3.n_points) == (1_988, 898_211)
    assert asas3.losses.rejected == {}
    assert {row[0]: row[1:] for row in rows} == {
        star["source_id"]: (int(star["n_points"]), star["var_class"]) for star in listed
    }


def test_asas3_values_equal_those_of_the_file(session_db, shared, asas3):
    path = shared / "data" / "asas3_acvs" / "lightcurves.csv.gz"
    with gzip.open(path, "rt") as stream:
        next(stream)
        written = np.loadtxt(stream, delimiter=",", max_rows=20_000)

    ids = [str(int(i)) for i in np.unique(written[:, 0])[:-1]]
    rows = session_db.fetch(
        "SELECT object_id::int, obs_time, mag, mag_err FROM asas3.photometry"
        " WHERE object_id = ANY(%s) ORDER BY 1, 2",
        (ids,),
    )

    expected = written[np.isin(written[:, 0], np.array(ids, float))]
    seen = np.array(rows)
    assert np.array_equal(seen[:, :2], expected[:, :2])  # times to the last digit
    assert np.array_equal(
        seen[:, 2:].astype(np.float32), expected[:, 2:].astype(np.float32)
    )
