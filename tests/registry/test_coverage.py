"""Coverage in records, against mocpy and against what light curves there are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mocpy import MOC

from vo_lcc.lightcurves.coverage.spacetime import spacetime_moc
from vo_lcc.tables import Column, PhotCal, TimeFrame
from vo_lcc.times import JD_ORIGIN
from vo_lcc.voresource.coverage import (
    LARGEST,
    SPANS,
    few,
    join,
    spatial,
    spectral,
    temporal,
    times_of,
    wavebands,
)

moments = st.floats(40_000, 70_000)
intervals = st.lists(
    st.tuples(moments, moments).map(sorted).map(tuple), min_size=1, max_size=15
)


def test_a_large_moc_becomes_coarser_and_covers_no_less() -> None:
    cells = np.arange(0, 12 * 4**8, 37, dtype=np.uint64)
    moc = MOC.from_healpix_cells(cells, 8, max_depth=8)
    shorter = spatial(str(moc.to_string(format="ascii")))
    coarse = MOC.from_string(shorter, format="ascii")

    assert len(shorter) <= LARGEST or coarse.max_order == 6
    assert coarse.max_order >= 6
    assert moc.difference(coarse).empty()


def test_a_moc_that_is_short_stays_as_fine_as_it_is() -> None:
    assert spatial("8/1 10/77") == "8/1 10/77"


def test_nothing_covers_nothing() -> None:
    assert spatial("") == ""
    assert temporal(TimeFrame(), None, None) == ()
    assert spectral([PhotCal("V")]) == ()
    assert wavebands([PhotCal("V")]) == ()


@given(intervals)
def test_every_time_is_covered_by_few_intervals(seasons: list) -> None:
    low, high = (np.array(ends) for ends in zip(*seasons, strict=True))
    cells = np.arange(len(low), dtype=np.int64) * 40_000
    moc = spacetime_moc(cells, 8, low, high, TimeFrame())
    found = temporal(TimeFrame(), float(low.min()), float(high.max()), moc)

    assert len(found) <= SPANS
    for first, last in seasons:
        assert any(a <= first and last <= b for a, b in found)


def test_seasons_that_lie_apart_are_told_apart() -> None:
    low, high = np.array([50_000.0, 58_000.0]), np.array([50_100.0, 58_100.0])
    moc = spacetime_moc(np.array([1, 50_000]), 8, low, high, TimeFrame())
    found = temporal(TimeFrame(), 50_000.0, 58_100.0, moc)

    assert len(found) == 2
    assert found[0][0] == pytest.approx(50_000, abs=0.05)
    assert found[-1][1] == pytest.approx(58_100, abs=0.05)


def test_times_since_another_origin_become_mjd() -> None:
    frame = TimeFrame("TDB", "BARYCENTER", JD_ORIGIN)

    assert temporal(frame, 2451545.0, 2451546.0) == ((51544.48, 51545.52),)


def test_one_moment_is_an_interval() -> None:
    ((low, high),) = temporal(TimeFrame(), 55_000.0, 55_000.0)

    assert low < 55_000.0 < high


def test_words_that_are_no_moc_are_refused() -> None:
    with pytest.raises(ValueError, match="no part of a MOC"):
        list(times_of("t6/x"))


def test_the_example_of_the_standard() -> None:
    """VODataService 1.2, section 3.3: Johnson V, 480 to 730 nm."""
    ((low, high),) = spectral([PhotCal("V", None, None, None, 6.05e-7, 2.5e-7)])

    assert (low, high) == pytest.approx((2.72e-19, 4.14e-19), rel=2e-3)


WAVELENGTHS = {
    "Radio": 0.21,
    "Millimeter": 1e-3,
    "Infrared": 2.2e-6,
    "Optical": 5.5e-7,
    "UV": 2e-7,
    "EUV": 3e-8,
    "X-ray": 1e-9,
    "Gamma-ray": 1e-13,
}


@pytest.mark.parametrize(("term", "wavelength"), WAVELENGTHS.items(), ids=WAVELENGTHS)
def test_each_wavelength_has_its_waveband(term: str, wavelength: float) -> None:
    assert wavebands([PhotCal("x", effective_wavelength=wavelength)]) == (term,)


UCDS = {
    "em.radio.3-6GHz": "Radio",
    "em.mm.100-200GHz": "Millimeter",
    "em.IR.K": "Infrared",
    "em.opt.V": "Optical",
    "em.UV.200-300nm": "UV",
    "em.UV.10-50nm": "EUV",
    "em.X-ray.soft": "X-ray",
    "em.gamma": "Gamma-ray",
}


@pytest.mark.parametrize(("word", "term"), UCDS.items(), ids=UCDS)
def test_a_passband_of_unknown_wavelength_has_the_waveband_of_its_ucd(
    word: str, term: str
) -> None:
    band = PhotCal("x")
    columns = [
        Column("mag", "float", ucd=f"phot.mag;{word}", annotation=band),
        Column("j", "float", ucd="phot.mag;em.IR.J"),
        Column("other", "float", ucd="phot.mag;em.radio", annotation=PhotCal("y")),
        Column("x_mean", "float", ucd="phot.mag;stat.mean", annotation=band),
    ]

    assert wavebands([band], columns) == (term,)


def test_the_wavelength_of_a_passband_comes_before_its_ucd() -> None:
    band = PhotCal("x", effective_wavelength=2.2e-6)
    column = Column("mag", "float", ucd="phot.mag;em.opt", annotation=band)

    assert wavebands([band], [column]) == ("Infrared",)


@given(intervals, st.integers(1, 5))
def test_few_intervals_cover_what_many_do(many: list, most: int) -> None:
    joined = join(many)
    found = few(joined, most)

    assert len(found) <= most
    for low, high in joined:
        assert sum(a <= low and high <= b for a, b in found) == 1
