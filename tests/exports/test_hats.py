"""LSDB opens our catalogues, and finds in them what the database has.

Dask and LSDB take seconds to import, so all that needs them is in this file.
"""

from collections.abc import Iterator
from pathlib import Path

import dask
import hats.io.skymap
import lsdb
import nested_pandas
import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from hats.io.validation import is_valid_catalog

from tests.exports.conftest import Exported
from vo_lcc.db import Database

pytestmark = pytest.mark.filterwarnings("ignore")  # what other people warn of


@pytest.fixture(scope="module")
def demo_hats(
    demo_db: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The demo as a catalogue of some tiles, and Dask without threads of its own."""
    folder = tmp_path_factory.mktemp("hats")
    Exported(demo_db, folder).export("demo", "hats", rows=120)
    with dask.config.set(num_workers=1):
        yield folder / "hats"


def computed(catalog: lsdb.Catalog) -> nested_pandas.NestedFrame:
    return catalog.compute(progress_bar=False)


def test_the_catalogue_is_valid(demo_hats: Path):
    assert is_valid_catalog(demo_hats, strict=True)


def test_it_says_how_many_objects_there_are_and_where(demo_hats: Path):
    catalog = lsdb.open_catalog(demo_hats)
    orders = {pixel.order for pixel in catalog.get_healpix_pixels()}

    assert len(catalog) == 5000
    assert len(orders) > 1
    skymap = hats.io.skymap.read_skymap(catalog.hc_structure, None)
    assert skymap.sum() == 5000


def test_a_cone_has_the_objects_of_the_database_with_their_light_curves(
    demo_db: Database, demo_hats: Path
):
    catalog = lsdb.open_catalog(demo_hats)

    found = computed(catalog.cone_search(ra=10, dec=10, radius_arcsec=5 * 3600))

    rows = demo_db.fetch("SELECT object_id, n_points, ra, dec FROM demo.objects")
    places = SkyCoord([row[2:] for row in rows], unit="deg")
    near = places.separation(SkyCoord(10, 10, unit="deg")) < 5 * u.deg
    expected = {
        row[0]: row[1] for row, is_near in zip(rows, near, strict=True) if is_near
    }
    assert len(expected) > 3
    assert dict(zip(found["object_id"], found["n_points"], strict=True)) == expected
    for _, row in found.iterrows():
        points = demo_db.fetch(
            "SELECT passband, obs_time, mag::float8, mag_err::float8, flags"
            " FROM demo.photometry WHERE object_id = %s ORDER BY 1, 2",
            (row["object_id"],),
        )
        curve = row["lightcurve"]
        assert list(curve["passband"]) == [p[0] for p in points]
        for i, name in enumerate(("obs_time", "mag", "mag_err", "flags"), start=1):
            wanted = np.array([p[i] for p in points], dtype=float)
            values = curve[name].to_numpy(dtype=float, na_value=np.nan)
            np.testing.assert_array_equal(values, wanted)


def test_a_statistic_of_all_light_curves_is_that_of_the_database(
    demo_db: Database, demo_hats: Path
):
    columns = ["object_id", "lightcurve.mag", "lightcurve.passband", "lightcurve.flags"]
    catalog = lsdb.open_catalog(demo_hats, columns=columns)

    def median(row: dict[str, np.ndarray]) -> dict[str, float]:
        band, flags = (row[f"lightcurve.{name}"] for name in ("passband", "flags"))
        good = (np.asarray(band) == "g") & (np.asarray(flags) == 0)
        mag = np.asarray(row["lightcurve.mag"], dtype=float)[good]
        return {"g_median": float(np.median(mag)) if len(mag) else np.nan}

    found = computed(
        catalog.map_rows(
            median,
            columns=columns[1:],
            meta={"g_median": float},
            append_columns=True,
        )
    )

    expected = dict(demo_db.fetch("SELECT object_id, g_median FROM demo.objects"))
    wanted = np.array([expected[name] for name in found["object_id"]], dtype=float)
    np.testing.assert_allclose(found["g_median"], wanted, rtol=1e-6)


def test_nested_pandas_reads_the_nested_form(odd: Exported):
    odd.export("odd", "nested")

    frame = nested_pandas.read_parquet(odd.folder / "nested" / "lightcurves.parquet")

    assert frame.nested_columns == ["lightcurve_"]
    counts = dict(zip(frame["object_id"], frame["lightcurve_"].map(len), strict=True))
    assert counts["it's"] == 5
    assert counts["no points"] == 0
