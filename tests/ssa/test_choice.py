import math
from datetime import UTC, datetime

import pytest

from vo_lcc.dali.capability import Limits
from vo_lcc.dali.params import Params
from vo_lcc.errors import ParameterError
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.ssa.choice import choose
from vo_lcc.ssa.params import SsaParams
from vo_lcc.ssa.ranges import Interval
from vo_lcc.tables import Column, PhotCal, SkyFrame, TimeFrame

G = PhotCal("g", "SLOAN/SDSS.g", 3631.0, "AB", 4.7e-7, 1.2e-7)
R = PhotCal("r", "SLOAN/SDSS.r", None, "AB", 6.2e-7, None)
WHITE = PhotCal("white")
MAG = Column("mag", "float", unit="mag", ucd="phot.mag")


def collection(name, *passbands, year=2020, measured=MAG):
    when = datetime(year, 6, 1, tzinfo=UTC)
    return Collection(
        name=name,
        title=name,
        description=name,
        creator=name,
        **dict.fromkeys(("bibcode", "rights", "source_url", "facility", "instrument")),
        passbands=passbands,
        time_frame=TimeFrame(),
        sky_frame=SkyFrame(),
        object_columns=(),
        point_columns=(measured,),
        release="1",
        published=when,
        first_published=when,
        coverage="",
        **dict.fromkeys(("n_objects", "n_lightcurves", "n_points"), 0),
        **dict.fromkeys(("t_min", "t_max", "example")),
        **dict.fromkeys(("period_column", "epoch_column", "class_column")),
    )


COLLECTIONS = {
    "sloan": collection("sloan", G, R),
    "dss1": collection("dss1", WHITE, year=2010),
    "ESO_DSS2": collection("ESO_DSS2", G, WHITE),
}


def chosen(among=COLLECTIONS, **given):
    params = SsaParams.parse(Params(tuple(given.items())), Limits())
    return choose(params, among, "example.org")


def bands(**given):
    return {name: set(c.passbands) for name, c in chosen(**given).items()}


def test_without_a_condition_everything_may_match():
    assert all(found.is_whole for found in chosen().values())
    assert list(chosen()) == list(COLLECTIONS)


@pytest.mark.parametrize(
    ("term", "names"),
    [
        ("dss", {"dss1", "ESO_DSS2"}),
        ("DSS1", {"dss1"}),
        ("dss1,sloan", {"dss1", "sloan"}),
        ("ivo://example.org/sloan", {"sloan"}),
        ("ivo://example.org/slo", set()),
        ("2MASS", set()),
    ],
)
def test_a_collection_is_found_by_a_part_of_its_name(term, names):
    assert set(chosen(COLLECTION=term)) == names


@pytest.mark.parametrize(
    ("item", "found"),
    [
        ("g", {"sloan": {"g"}, "ESO_DSS2": {"g"}}),
        ("SLOAN/SDSS.r", {"sloan": {"r"}}),
        ("white,r", {"sloan": {"r"}, "dss1": {"white"}, "ESO_DSS2": {"white"}}),
        ("5.29e-7", {"sloan": {"g"}, "ESO_DSS2": {"g"}}),
        ("5.31e-7", {}),
        ("5.5e-7/", {"sloan": {"r"}}),
        ("/4.2e-7", {"sloan": {"g"}, "ESO_DSS2": {"g"}}),
        ("6.2e-7", {"sloan": {"r"}}),
        ("7e-7/6e-7", {"sloan": {"r"}}),
        ("Optical", {"sloan": {"g", "r"}, "ESO_DSS2": {"g"}}),
        ("X-ray", {}),
    ],
)
def test_a_band_is_a_name_or_a_range_that_overlaps(item, found):
    assert bands(BAND=item) == found


@pytest.mark.parametrize("item", ["/", "ALL", "radio,all"])
def test_an_infinite_band_accepts_what_has_no_known_wavelength(item):
    assert all(found.is_whole for found in chosen(BAND=item).values())


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        (
            "Z",
            "no passband 'Z' here; there is: SLOAN/SDSS.g, SLOAN/SDSS.r, g, r, white",
        ),
        ("G", "no passband 'G' here"),
        ("nan", "'nan' is not a number"),
        ("-1/1", "a wavelength is negative"),
        ("/-1", "a wavelength is negative"),
        ("1e-7/2e-7/3e-7", "is not a range"),
        ("1e-7/x", "'x' is not a number"),
    ],
)
def test_a_band_that_cannot_be_read_or_is_unknown_is_an_error(item, problem):
    with pytest.raises(ParameterError, match=f"BAND: .*{problem}|BAND: {problem}"):
        chosen(BAND=item)


def test_all_bands_together_match_where_one_of_them_does():
    found = chosen(BAND="g")["sloan"]

    assert found.together
    assert found.ranges == (Interval(pytest.approx(4.1e-7), pytest.approx(5.3e-7)),)


@pytest.mark.parametrize(
    ("power", "found"),
    [
        ("0", {"sloan": {"g", "r"}, "dss1": {"white"}, "ESO_DSS2": {"g", "white"}}),
        ("3.9", {"sloan": {"g"}, "ESO_DSS2": {"g"}}),
        ("2000", {}),
    ],
)
def test_the_resolving_power_is_that_of_the_passband(power, found):
    assert bands(SPECRP=power) == found
    assert power == "0" or not any(c.together for c in chosen(SPECRP=power).values())


@pytest.mark.parametrize("level", ["any", "Normalized", "relative"])
def test_magnitudes_are_calibrated_relative_to_each_other_at_least(level):
    assert bands(FLUXCALIB=level) == bands()


def test_they_are_absolute_where_the_flux_of_magnitude_0_is_known():
    assert bands(FLUXCALIB="absolute") == {"sloan": {"g"}, "ESO_DSS2": {"g"}}
    assert not chosen(FLUXCALIB="absolute")["sloan"].together


@pytest.mark.parametrize(
    ("unit", "is_absolute"),
    [("mJy", True), ("W/m**2", True), ("electron/s", False), (None, False)],
)
def test_fluxes_are_absolute_where_their_unit_is_one_of_flux(unit, is_absolute):
    flux = Column("flux", "float", unit=unit, ucd="phot.flux")
    fluxes = {"k2": collection("k2", G, WHITE, measured=flux)}

    assert bool(chosen(fluxes, FLUXCALIB="absolute")) is is_absolute
    assert set(chosen(fluxes, FLUXCALIB="relative")) == {"k2"}


@pytest.mark.parametrize(
    ("when", "names"),
    [
        ("2010", {"dss1"}),
        ("2015/", {"sloan", "ESO_DSS2"}),
        ("2020-06-01", {"sloan", "ESO_DSS2"}),
        ("2020-06-02/", set()),
        ("/2009", set()),
        ("2021/2009", {"sloan", "dss1", "ESO_DSS2"}),
    ],
)
def test_modified_is_when_it_was_published(when, names):
    assert set(chosen(MTIME=when)) == names


def test_no_light_curve_has_an_identifier_of_its_creator():
    assert chosen(CREATORDID="ivo://nrao.edu/vla#1998s2/4992a") == {}


def test_a_range_open_on_both_sides_is_infinite():
    assert Interval(-math.inf, math.inf).is_infinite
