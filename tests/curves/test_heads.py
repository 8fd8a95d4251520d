"""What light curves say of themselves reaches their readers."""

import io

import pytest
from astropy.table import Table

from tests.curves.steps import making
from tests.formats.documents import batch_of, spooled
from vo_lcc.curves.heads import BandHeads
from vo_lcc.tables import Observatory

POINT = {"obs_time": 58000.25, "mag": 15.0, "mag_err": 0.1, "flags": 0}


def head_of(observatory):
    of = making.collection(observatory=observatory)
    values = dict.fromkeys(column.name for column in of.object_columns)
    passband = of.passbands[0].passband
    return BandHeads(of, of.point_columns).head(
        {**values, "object_id": "a", "ra": 10.0, "dec": 20.0}, passband
    )


def test_astropy_finds_the_observatory_of_topocentric_times():
    head = head_of(Observatory(-70.5, 0.0, 2400.0))
    point = {column.name: POINT[column.name] for column in head.columns}
    written = spooled([(head, [batch_of(head.columns, [tuple(point.values())])])])

    read = Table.read(io.BytesIO(written), hdu=1, astropy_native=True)

    lon, lat, height = read["obs_time"].location.geodetic
    assert (lon.deg, lat.deg) == pytest.approx((-70.5, 0.0))
    assert height.to_value("m") == pytest.approx(2400.0)


def test_an_observatory_that_is_not_known_is_left_out():
    names = {param.column.name for param in head_of(None).params}

    assert not any(name.startswith("obs_") for name in names)
