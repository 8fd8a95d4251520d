from pathlib import Path

import pytest
from astropy.io.votable.ucd import parse_ucd

from vo_lcc.errors import ConfigError
from vo_lcc.lightcurves.checks import parse_collection
from vo_lcc.lightcurves.known_passbands import KNOWN, bands_of, find_passband

TOML = """\
name = "stars"
title = "Some stars"
description = "Stars for a test"
creator = "Nobody"
time = {{ timescale = "UTC", refposition = "TOPOCENTER" }}
[passbands]
{band}
[objects]
files = "objects.csv"
columns = {{ object_id = "id", ra = 2, dec = 3 }}
[lightcurves]
files = "points.csv"
columns = {{ object_id = "id", obs_time = "t", mag = "m" }}
"""


def read(folder: Path, band: str):
    path = folder / "stars.toml"
    path.write_text(TOML.format(band=band))
    return parse_collection(path).passbands


def test_a_known_passband_is_named_by_its_identifier(tmp_path):
    bands = read(tmp_path, 'g = "Palomar/ZTF.g"')
    assert bands["g"].filter_identifier == "Palomar/ZTF.g"
    assert bands["g"].zero_point == 3631
    assert bands["g"].magnitude_system == "AB"
    assert bands["g"].ucd == "em.opt.B"
    assert bands["g"].bandwidth is None  # no source for it


def test_an_unknown_passband_is_told_with_the_nearest(tmp_path):
    with pytest.raises(ConfigError, match=r"line 7: passbands.g: 'ZTF.g' is not one"):
        read(tmp_path, 'g = "ZTF.g"')
    with pytest.raises(ConfigError, match=r"the nearest are Palomar/ZTF\.g"):
        read(tmp_path, 'g = "ZTF.g"')


def test_every_row_has_a_source_and_values_that_can_be():
    for row in KNOWN.values():
        assert row.source, row.name
        assert row.values.get("filter_identifier", row.name) == row.name
        parse_ucd(f"phot.mag;{row.values['ucd']}", check_controlled_vocabulary=True)
        wavelength = row.values.get("effective_wavelength", 1e-6)
        assert 3e-7 < wavelength < 3e-5, row.name
        assert row.values.get("bandwidth", 1e-8) < wavelength, row.name
        if "zero_point" in row.values:
            assert row.values["magnitude_system"] in ("AB", "Vega"), row.name


def test_a_zero_point_of_vega_is_not_that_of_ab():
    for row in KNOWN.values():
        system, flux = row.values.get("magnitude_system"), row.values.get("zero_point")
        if system == "AB" and flux is not None:
            # SDSS u and z are off by 0.04 and -0.02 mag
            assert flux == pytest.approx(3631, rel=0.04), row.name
        elif flux is not None:
            assert flux != 3631, row.name


@pytest.mark.parametrize(
    ("survey", "bands"),
    [
        ("SDSS", "u g r i z"),
        ("Pan-STARRS", "g r i z y"),
        ("ZTF", "g r i"),
        ("ASAS-SN", "V g"),
        ("2MASS", "J H Ks"),
        ("WISE", "W1 W2 W3 W4"),
        ("Gaia DR2", "G BP RP"),
        ("Gaia DR3", "G BP RP"),
        ("OGLE", "V I"),
        ("MACHO", "B R"),
        ("ATLAS", "c o"),
        ("LSST", "u g r i z y"),
        ("LCO", "gp rp ip zs"),
    ],
)
def test_the_common_surveys_are_there(survey, bands):
    assert set(bands.split()) == set(bands_of(survey))


def test_a_name_is_found_in_any_case_where_it_is_one_only():
    assert find_passband("palomar/ztf.G").name == "Palomar/ZTF.g"
    assert find_passband("nothing") is None
