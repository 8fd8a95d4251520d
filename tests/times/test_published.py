"""Times moved between places, against numbers that others have published."""

import numpy as np
import pytest

from vo_lcc.tables import Observatory, TimeFrame
from vo_lcc.times import convert
from vo_lcc.times.moments import Moments
from vo_lcc.times.places import Sky, delay, normals
from vo_lcc.times.scales import utc_to_tt

MS = 1e-3 / 86400


def sky(ra, dec, observatory=None):
    return Sky(normals(np.array([ra]), np.array([dec])), np.array([0]), observatory)


@pytest.mark.parametrize(
    ("seen", "published"),
    [(0.0, 0.00505211), (1e-5, 0.00506211), (2e-5, 0.00507211)],
)
def test_barycentric_times_of_tau_ceti_are_those_published(seen, published):
    """Kanodia & Wright (2018, RNAAS 2, 4), test_JDUTC_BJDTDB of their barycorrpy.

    Seen from Cerro Tololo at JD 2458000 and after (UTC); they give BJD (TDB) to 0.9
    ms, agree with the IDL code of Eastman, Siverd & Gaudi (2010, PASP 122, 935), and
    take the position and motion of HIP 8102 from Hipparcos (J1991.25). Their parallax,
    which curves the wave front, is worth up to 0.3 ms here.
    """
    years = (2458000 - 2448349.0625) / 365.25
    dec = -15.9395557246 + 0.85416 * years / 3600
    ra = 26.0213645867 - 1.72105 * years / 3600 / np.cos(np.radians(-15.9395557))
    tololo = Observatory(-70.806789, -30.169283, 2241.9)

    found = convert(
        np.array([seen]),
        TimeFrame("UTC", "TOPOCENTER", 2458000.0),
        TimeFrame("TDB", "BARYCENTER", 2458000.0),
        sky(ra, dec, tololo),
    )

    assert abs(found[0] - published) < MS


@pytest.mark.parametrize(
    ("place", "published"),
    [("BARYCENTER", 460.58538779827836), ("HELIOCENTER", 461.43037870502235)],
)
def test_light_travel_times_from_la_palma_are_those_of_astropy(place, published):
    """The numbers in astropy/time/tests/test_corrs.py, which agree to 20 microseconds
    with another implementation on SLALIB; astropy takes the Sun where it was when the
    light was seen, 0.02 ms away at most."""
    palma = Observatory(342.12, 28.758333333333333, 2327)
    utc = Moments(np.array([56325.0]), np.array([23 / 24]))
    star = sky(15 * (8 + 8 / 60 + 8 / 3600), 32.0, palma)

    tt = utc_to_tt(utc)
    found = delay("TOPOCENTER", tt, star) - delay(place, tt, star)

    assert abs(found[0] - published) < 5e-6


@pytest.mark.parametrize(
    ("mjd", "ra", "dec", "seconds"),
    [
        (51480.0, (21, 8, 25.0), (-67, -22, 0), -59.0),
        (51480.0, (2, 56, 33.4), (0, 26, 55), 474.1),
        (48681.13606, (12, 56, 27.4), (42, 10, 17), 350.9),
        (51604.43509, (14, 28, 36.7), (-20, -42, -11), 243.7),
    ],
)
def test_heliocentric_corrections_are_those_of_slalib(mjd, ra, dec, seconds):
    """The table of helio_jd in the IDL Astronomy User's Library, in tenths of a second;
    its times are told without a scale, which makes no difference here."""
    ra, dec = (sum(v / 60**i for i, v in enumerate(one)) for one in (ra, dec))

    found = convert(
        np.array([mjd]),
        TimeFrame("TT", "GEOCENTER"),
        TimeFrame("TT", "HELIOCENTER"),
        sky(15 * ra, dec),
    )

    assert abs((found[0] - mjd) * 86400 - seconds) < 0.1
