"""The way of an astronomer in Python: search, links, cut-out, time series."""

import astropy.units as u
import numpy as np
import pytest
import pyvo
from astropy.coordinates import SkyCoord
from astropy.timeseries import TimeSeries

HERE = SkyCoord(180, 0, unit="deg")


@pytest.fixture(scope="module")
def links(server):
    """The links of the g light curve of demo-0007, found by its position."""
    found = pyvo.dal.SSAService(f"{server}/ssa").search(pos=HERE, diameter=0.1 * u.deg)
    (row,) = (row for row in found if row["passband"] == "g")
    return row.getdatalink()


def test_from_a_position_to_a_time_series(links, demo_db, tmp_path):
    cut_out = links.get_first_proc()
    reply = cut_out.process(
        TIME=(59090 * u.d, 59200 * u.d),
        TIMESCALE="UTC",
        QUANTITY="flux",
        RESPONSEFORMAT="fits",
    )
    (tmp_path / "curve.fits").write_bytes(reply.read())
    series = TimeSeries.read(
        tmp_path / "curve.fits",
        format="fits",
        time_column="obs_time",
        astropy_native=True,
    )
    expected = demo_db.fetch(
        "SELECT obs_time, mag FROM demo.photometry WHERE object_id = 'demo-0007'"
        " AND passband = 'g' AND obs_time BETWEEN 59090.0008 AND 59200.0008"
        " ORDER BY obs_time"
    )

    np.testing.assert_allclose(
        (series.time.tdb.mjd - [t for t, _ in expected]) * 86400, 0, atol=1e-4
    )
    np.testing.assert_allclose(
        series["flux"].to_value("Jy"),
        [3631 * 10 ** (-0.4 * m) for _, m in expected],
        rtol=1e-6,
    )
