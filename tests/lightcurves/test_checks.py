"""What the words of a collection file may not say, beside what test_model has."""

import pytest

from vo_lcc.errors import ConfigError
from vo_lcc.lightcurves.checks import parse_collection, problems_of

GOOD = """\
name = "stars"
title = "Some stars"
description = "Stars for a test"
creator = "Nobody"
[time]
timescale = "TDB"
refposition = "BARYCENTER"
[passbands]
V = { magnitude_system = "Vega" }
R = { filter_identifier = "Generic/Cousins.R" }
[objects]
[objects.columns]
object_id = { header = "OBJECT" }
ra = { header = "RA", form = "sexagesimal" }
dec = { header = "DEC", form = "sexagesimal" }
period = { source = "logP", form = "log10" }
[lightcurves]
files = "*.dat"
upper_limits = 2
duplicates = "best"
[lightcurves.columns]
object_id = { header = "OBJECT" }
passband = { source = "filter", map = { "1" = "V", "2" = "R" } }
obs_time = { source = "date", form = "iso" }
mag = { source = "m", limit = ">", limit_source = "lim" }
mag_err = "e"
flags = { source = "q", datatype = "short", bits = { 1 = "bad", 2 = "upper limit" } }
qid = { datatype = "int", form = "hex" }
[derived]
statistics = ["median"]
"""
CASES = [
    ('"stars"', '"stars_dr2"', "line 1: name: 'stars_dr2' looks like a release (_dr2)"),
    ('"stars"', '"stars_dr1_2"', "looks like a release (_dr1_2)"),
    ("qid = {", "release = {", "release: this name is taken by a computed column"),
    ("period = {", "added = {", "added: this name is taken by a computed column"),
    ("period = {", "V_n_points = {", "V_n_points: this name is taken by a computed"),
    (
        'magnitude_system = "Vega"',
        "zero_point = 3600",
        "line 9: passbands.V.zero_point: needs magnitude_system",
    ),
    ("Generic/Cousins.R", "Cousins.R", "the nearest known are Generic/Cousins.R"),
    ("Generic/Cousins.R", "generic/cousins.r", "is spelled 'Generic/Cousins.R'"),
    (
        '"Generic/Cousins.R"',
        '"Generic/Cousins.R", effective_wavelength = 0.65',
        "0.65 m is far from the 6.35796e-07 m of Generic/Cousins.R",
    ),
    (
        'header = "RA"',
        'header = "RA", source = "ra"',
        "line 14: objects.columns.ra: source and header exclude each other",
    ),
    (
        'mag_err = "e"',
        'mag_err = "m"',
        "lightcurves.columns.mag_err: the column 'm' is mag already",
    ),
    (
        'source = "m", limit = ">", limit_source = "lim"',
        "value = 12.5",
        "lightcurves.columns.mag.value: is measured; it is not the same for all",
    ),
    (
        'datatype = "int", form',
        'datatype = "char", form',
        "'hex' gives short or int or",
    ),
    ('header = "DEC", form = "sexagesimal"', 'form = "hours"', "'hours' is for right"),
    ('source = "date", form = "iso"', 'form = "hours"', "form: 'hours' is for angles"),
    (
        '"logP", form = "log10"',
        '"logP", form = "iso"',
        "'iso' is for obs_time and epoch",
    ),
    ('"2" = "R"', '"2" = "I"', "map.2: 'I' is no passband; there are V, R"),
    ('"2" = "R"', '"2" = 2', "map.2: must be a text, in quotes"),
    ('{ 1 = "bad"', '{ 3 = "bad"', "bits.3: is not one bit: 1, 2, 4, 8"),
    ('{ 1 = "bad"', '{ 32768 = "bad"', "bits.32768: is a bit that short has not"),
    ('{ 1 = "bad"', '{ 1 = ""', "bits.1: needs words that say what it means"),
    (
        'bits = { 1 = "bad", 2 = "upper limit" }',
        "map = { G = 0, X = 99999 }",
        "flags.map.X: does not fit short",
    ),
    ("upper_limits = 2\n", "", "mag.limit: needs upper_limits, the bit of the flags"),
    (
        'mag_err = "e"',
        'mag_err = { limit = ">" }',
        "is for mag (or flux) of light curves",
    ),
    ('mag_err = "e"\n', "", "lightcurves.duplicates: 'best' needs the uncertainties"),
    (
        'files = "*.dat"',
        'files = "*.dat"\nreader = "cvs"',
        "line 19: lightcurves.reader: no reader is called 'cvs'; known:",
    ),
    ("[objects]", "[objects]\nradius = 2", "a column ra is needed, for objects.radius"),
    (
        '["median"]',
        '["medain"]',
        "derived.statistics: unknown statistic 'medain'; did you mean 'median'?",
    ),
    ("[derived]", "[releases]\nkeep = -1\n[derived]", "releases.keep: input should be"),
    ("[derived]", "[limits]\nrejected = 2\n[derived]", "limits.rejected: input should"),
]


def parse(folder, text):
    path = folder / "stars.toml"
    path.write_text(text)
    return parse_collection(path)


def test_all_that_can_be_said_is_taken(tmp_path):
    assert parse(tmp_path, GOOD).lightcurves.upper_limits == 2
    assert problems_of(GOOD) == []


@pytest.mark.parametrize(("right", "wrong", "said"), CASES)
def test_what_cannot_be_is_told_with_its_line_and_key(tmp_path, right, wrong, said):
    assert GOOD.count(right) == 1
    with pytest.raises(ConfigError) as caught:
        parse(tmp_path, GOOD.replace(right, wrong))

    assert said in str(caught.value)


def test_all_mistakes_are_told_at_once(tmp_path):
    text = GOOD
    for right, wrong, _ in (CASES[0], CASES[16], CASES[24]):
        text = text.replace(right, wrong)
    with pytest.raises(ConfigError) as caught:
        parse(tmp_path, text)

    assert len(str(caught.value).splitlines()) == 3
