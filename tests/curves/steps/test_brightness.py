import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.curves.steps.making import SDSS, collection, curves, listed, run
from vo_lcc.curves.steps.brightness import (
    InQuantity,
    find_brightness,
    fluxes,
    magnitudes,
)
from vo_lcc.curves.steps.step import all_columns
from vo_lcc.errors import ParameterError
from vo_lcc.lightcurves.columns import POINT_COLUMNS
from vo_lcc.tables import Column, PhotCal

TO_FLUX, TO_MAG = InQuantity("flux"), InQuantity("mag")
FLUX = Column("flux", "float", unit="mJy", ucd="phot.flux.density")
FLUX_ERR = Column("flux_err", "float", unit="mJy", ucd="stat.error;phot.flux.density")
COUNTS = replace(FLUX, unit="electron.s**-1", ucd="phot.count")
G_AB = PhotCal("g", zero_point=3631.0)


def of_fluxes(**said):
    return collection(points=("obs_time", FLUX, FLUX_ERR, "flags"), **said)


def test_the_flux_of_a_magnitude_is_that_of_the_zero_point_of_its_passband():
    given_ = curves(
        collection(),
        {"obs_time": [1.0, 2.0], "mag": [0.0, 20.0], "mag_err": [0.1, None]},
        {"obs_time": [1.0], "mag": [2.5], "mag_err": [0.1]},
        keys=[{"passband": "g"}, {"passband": "r"}],
    )

    flux = run(TO_FLUX, given_)

    (zero, faint), (red,) = listed(flux, "flux")
    assert (zero, red) == pytest.approx((3631.0, 300.0))
    assert faint == pytest.approx(3.631e-5)
    (error, none), _ = listed(flux, "flux_err")
    assert error == pytest.approx(3631 * 0.1 * 0.4 * math.log(10), rel=1e-6)
    assert none is None


def test_columns_of_flux_say_what_they_are():
    mag = replace(POINT_COLUMNS["mag"], ucd="phot.mag;em.opt.V", annotation=G_AB)
    error = replace(POINT_COLUMNS["mag_err"], ucd="stat.error;phot.mag;em.opt.V")
    of = collection(points=("obs_time", mag, error, "flags"), passbands=(G_AB,))

    _, flux, flux_err, flags = TO_FLUX.columns(of.point_columns, of)

    assert (flux.name, flux.unit, flux.datatype) == ("flux", "Jy", "double")
    assert flux.ucd == "phot.flux.density;em.opt.V"
    assert flux.annotation == G_AB
    assert (flux_err.name, flux_err.unit) == ("flux_err", "Jy")
    assert flux_err.ucd == "stat.error;phot.flux.density;em.opt.V"
    assert flux_err.annotation is None
    assert flags == of.point_columns[-1]


def test_an_asinh_magnitude_has_a_flux_even_where_it_is_not_above_zero():
    """Magnitudes of flux zero in SDSS g and r: Table 21 of Stoughton et al. 2002,
    AJ 123, 485 (b = 0.9e-10 and 1.2e-10)."""
    soft = (
        PhotCal("g", zero_point=3631.0, softening=0.9e-10),
        PhotCal("r", zero_point=3631.0, softening=1.2e-10),
    )
    given_ = curves(
        collection(passbands=soft),
        {"obs_time": [1.0], "mag": [25.11]},
        {"obs_time": [1.0], "mag": [24.80]},
        keys=[{"passband": "g"}, {"passband": "r"}],
    )

    for (flux,), b in zip(
        listed(run(TO_FLUX, given_), "flux"), (0.9e-10, 1.2e-10), strict=True
    ):
        assert abs(flux) < 3631 * 2 * b * 0.01


@given(
    st.floats(-5, 27),
    st.floats(1e-3, 1),
    st.floats(1, 1e4),
    st.one_of(st.just(math.nan), st.floats(1e-12, 1e-8)),
)
def test_there_and_back_is_the_same_magnitude_and_error(mag, error, zero, softening):
    arrays = np.array([zero]), np.array([softening])

    flux, slope = fluxes(np.array([mag]), *arrays)
    back, back_slope = magnitudes(flux, *arrays)

    assert back[0] == pytest.approx(mag, abs=1e-6)
    assert (slope * back_slope)[0] * error == pytest.approx(error, rel=1e-5)


@given(st.floats(10, 22), st.one_of(st.just(math.nan), st.floats(1e-11, 1e-9)))
def test_the_slope_is_that_of_the_flux(mag, softening):
    steps = np.array([mag - 1e-4, mag, mag + 1e-4])
    zero = np.full(3, 3631.0)

    flux, slope = fluxes(steps, zero, np.full(3, softening))

    assert slope[1] == pytest.approx((flux[2] - flux[0]) / 2e-4, rel=1e-4)


def test_missing_magnitudes_have_no_flux_and_limits_keep_their_flags():
    of = collection(upper_limits=2)
    given_ = curves(of, {"obs_time": [1.0, 2.0], "mag": [None, 20.0], "flags": [4, 2]})

    flux = run(TO_FLUX, given_)

    assert listed(flux, "flux")[0][0] is None
    assert listed(flux, "flux")[0][1] == pytest.approx(3.631e-5)
    assert listed(flux, "flags") == [[4, 2]]


def test_passbands_without_a_zero_point_are_named():
    bands = (*SDSS, PhotCal("clear"), PhotCal("i"))
    of = collection(passbands=bands)

    with pytest.raises(ParameterError, match="no zero point is known of clear, i in m"):
        all_columns([TO_FLUX], of.point_columns, of)


def test_passbands_that_nobody_asks_for_need_no_zero_point():
    of = collection(passbands=(*SDSS, PhotCal("clear")))

    assert all_columns([TO_FLUX], of.point_columns, of, ("g", "r"))
    assert listed(
        TO_FLUX.apply(curves(of, {"obs_time": [1.0], "mag": [0.0]})), "flux"
    ) == [[3631.0]]
    red = curves(of, {"obs_time": [1.0]}, keys=[{"passband": "clear"}])
    with pytest.raises(ParameterError, match="of clear in made"):
        TO_FLUX.apply(red)


def test_an_object_without_points_needs_no_passband():
    given_ = curves(collection(), {"obs_time": []}, keys=[{"passband": None}])

    assert listed(run(TO_FLUX, given_), "flux") == [[]]


def test_fluxes_become_magnitudes_where_they_are_above_zero():
    given_ = curves(
        of_fluxes(passbands=(G_AB,)),
        {
            "obs_time": [1.0, 2.0, 3.0],
            "flux": [3631e3, 0.0, -1.0],
            "flux_err": [3631.0] * 3,
        },
    )

    mag = run(TO_MAG, given_)

    ((zero, none, negative),) = listed(mag, "mag")
    assert zero == pytest.approx(0.0, abs=1e-6)
    assert none is None
    assert negative is None
    assert listed(mag, "mag_err")[0][0] == pytest.approx(1.0857e-3, rel=1e-4)


def test_fluxes_stay_as_they_are_in_their_own_unit():
    of = of_fluxes(passbands=(PhotCal("g"),))
    given_ = curves(of, {"obs_time": [1.0], "flux": [2.5]})

    assert run(TO_FLUX, given_) == given_


def test_counts_have_no_magnitude():
    of = collection(points=("obs_time", COUNTS))

    with pytest.raises(ParameterError, match=r"are in electron\.s\*\*-1, not Jy"):
        TO_MAG.columns(of.point_columns, of)


def test_of_a_collection_with_both_the_other_goes():
    of = collection(
        points=("obs_time", "mag", FLUX, FLUX_ERR), passbands=(PhotCal("g"),)
    )
    given_ = curves(of, {"obs_time": [1.0], "mag": [15.0], "flux": [2.5]})

    assert [c.name for c in run(TO_FLUX, given_).columns] == [
        "obs_time",
        "flux",
        "flux_err",
    ]
    assert [c.name for c in run(TO_MAG, given_).columns] == ["obs_time", "mag"]


def test_a_column_called_mag_may_hold_fluxes():
    odd = replace(FLUX, name="mag", ucd="phot.flux.density;em.opt.V")
    of = collection(points=("obs_time", odd), passbands=(G_AB,))

    assert find_brightness(of.point_columns).quantity == "flux"
    assert find_brightness(TO_MAG.columns(of.point_columns, of)).value.ucd == (
        "phot.mag;em.opt.V"
    )
