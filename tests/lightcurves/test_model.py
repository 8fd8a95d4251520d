import json
from pathlib import Path

import pytest

from vo_lcc.errors import ConfigError
from vo_lcc.lightcurves.checks import parse_collection
from vo_lcc.lightcurves.toml_lines import find_line, key_lines

GOOD = """\
name = "stars"
title = "Some stars"
description = "Stars for a test"
creator = "Nobody"
[time]
timescale = "TDB"
refposition = "BARYCENTER"
[passbands]
V = { zero_point = 3600, magnitude_system = "Vega" }
[objects]
files = "objects.csv"
[objects.columns]
object_id = "id"
ra = {}
dec = {}
[lightcurves]
files = "points.csv"
[lightcurves.columns]
object_id = "id"
obs_time = "t"
mag = "m"
"""

# what to write in place of what, and what must be said of it
CASES = [
    (
        'title = "Some',
        'titel = "Some',
        "line 2: titel: unknown key; did you mean 'title'?",
    ),
    (
        "Some stars",
        "Some\\u0000stars",
        "line 2: title: the control character '\\x00' cannot be published",
    ),
    ("zero_point = 3600", 'zero_point = "x"', "line 9: passbands.V.zero_point: input"),
    ("zero_point = 3600", "zero_point = 0", "line 9: passbands.V.zero_point: input"),
    (
        "zero_point = 3600",
        "zeropoint = 1",
        "passbands.V.zeropoint: unknown key; did you",
    ),
    ("TDB", "TBD", "line 6: time.timescale: unknown term 'TBD'; did you mean TDB?"),
    ("BARYCENTER", "Brno", "line 7: time.refposition: unknown term 'Brno'"),
    ('"stars"', '"Stars"', "line 1: name: 'Stars' must be in lower case"),
    ('"stars"', '"tap_schema"', "line 1: name: 'tap_schema' is a schema of the server"),
    ('"stars"', '"pg_stars"', "line 1: name: 'pg_stars' is a schema of the server"),
    ('"stars"', '"tables"', "line 1: name: 'tables' is an address of the server"),
    ('"stars"', '"select"', "line 1: name: 'select' is a reserved word of ADQL"),
    ('"stars"', '"my stars"', "line 1: name: 'my stars' must be letters, digits"),
    ('"stars"', '"stars_r2"', "line 1: name: 'stars_r2' looks like a release"),
    ("V = {", '"V\'" = {', "line 9: passbands.V': \"V'\" must be letters"),
    (
        "ra = {}",
        "n_points = {}",
        "line 14: objects.columns.n_points: this name is taken",
    ),
    ("ra = {}", "", "objects.columns: a column ra is needed"),
    ('mag = "m"', "", "lightcurves.columns: a column mag or flux is needed"),
    ("dec = {}", "DEC = {}\ndec = {}", "objects.columns.DEC: twice"),
    ("dec = {}", "dec = {}\nteff = {}", "line 16: objects.columns.teff: datatype is"),
    ("ra = {}", "ra = {}\npriod = {}", "well-known column; did you mean 'period'?"),
    ("dec = {}", 'dec = {datatype = "float"}', "objects.columns.dec.datatype: must be"),
    ("dec = {}", 'dec = {unit = "rad"}', "objects.columns.dec.unit: is read in deg"),
    ('"m"', '{unit = "magn"}', "line 21: lightcurves.columns.mag.unit: 'magn' is not"),
    ('"m"', '{ucd = "phot.magn"}', "lightcurves.columns.mag.ucd: 'phot.magn' is not a"),
    (
        '"m"',
        "[1, 2]",
        'lightcurves.columns.mag: a list of columns needs layout = "wide"',
    ),
    ('"m"', "{valid = [9, 0]}", "lightcurves.columns.mag.valid: must be [lowest"),
    ('"m"', "{missing = true}", "lightcurves.columns.mag.missing: must be a number"),
    ('files = "points.csv"', 'files = "x"\nheader = false', "has numbered columns"),
    (
        'files = "points.csv"',
        'files = "x"\nlayout = "big"',
        "lightcurves.layout: input",
    ),
    (
        'object_id = "id"\nobs',
        "obs",
        "lightcurves.columns: a column object_id is needed",
    ),
    ("V = {", "g = {}\nV = {", "lightcurves.columns: a column passband is needed"),
    (
        "zero_point = 3600",
        "effective_wavelength = 5e-7, bandwidth = 1e-6",
        "line 9: passbands.V.bandwidth: must be less than twice the effective",
    ),
    ("zero_point = 3600", "softening = 0", "line 9: passbands.V.softening: input"),
    ("[time]", 'aperture = "5"\n[time]', "line 5: aperture: input"),
    (
        "[time]",
        'image_url = "ftp://example.org/{object_id}"\n[time]',
        "line 5: image_url: must be an address that begins with http",
    ),
    (
        "[time]",
        'image_url = "http://example.org/{id}"\n[time]',
        "line 5: image_url: must have {object_id} in it, once, and no other braces",
    ),
    (
        "[time]",
        "[observatory]\nlongitude = 10\nlatitude = 91\nheight = 0\n[time]",
        "line 7: observatory.latitude: input",
    ),
    (
        "[time]",
        "[observatory]\nlongitude = 10\nlatitude = 0\n[time]",
        "line 5: observatory.height: is needed",
    ),
    (
        'files = "points.csv"',
        'files = "x"\nupper_limits = 2',
        "lightcurves.upper_limits: says which bits of the flags; a column flags is",
    ),
    (
        'files = "points.csv"\n[lightcurves.columns]',
        'files = "x"\nupper_limits = 32768\n[lightcurves.columns]\n'
        'flags = {datatype = "short"}',
        "line 18: lightcurves.upper_limits: has bits that a column of datatype short",
    ),
    (
        'files = "objects.csv"',
        'files = "o"\naliases = ["hd"]',
        "line 12: objects.aliases: 'hd' is not one of the columns",
    ),
    (
        'files = "objects.csv"',
        'files = "o"\naliases = ["object_id"]',
        "line 12: objects.aliases: object_id is the name itself",
    ),
    (
        'files = "objects.csv"',
        'files = "o"\naliases = ["ra"]',
        "line 12: objects.aliases: ra holds no text",
    ),
    (
        "[time]",
        'creators = [{ name = "A" }, { nam = "B" }]\n[time]',
        "line 5: creators.1.nam: unknown key; did you mean 'name'?",
    ),
    (
        "[time]",
        'creators = [\n { name = "A", orcid = "0000-0002-1825-0098" }]\n[time]',
        "line 6: creators.0.orcid: '0000-0002-1825-0098' is mistyped: its last",
    ),
    (
        "[time]",
        'creators = [{ name = "A", orcid = "0000-0002" }]\n[time]',
        "line 5: creators.0.orcid: '0000-0002' is not an ORCID",
    ),
    (
        "[time]",
        'creators = [{name="A", orcid="https://orcid.org/0000-0002-1825-0097"}]\n[time]',
        "creators.0.orcid: is written '0000-0002-1825-0097', without the address",
    ),
    (
        "[time]",
        'creators = [{ name = "A" }, { name = "A" }]\n[time]',
        "line 5: creators.1.name: 'A' is there more than once",
    ),
    (
        "[time]",
        'subjects = [\n"stars",\n"Variable Stars"]\n[time]',
        "line 7: subjects.1: 'Variable Stars' is not a term of http://www.ivoa.net"
        "/rdf/uat; those are written like 'variable-stars'",
    ),
    (
        "[time]",
        'short_name = "much too long a name"\n[time]',
        "line 5: short_name: string should have at most 16 characters",
    ),
    (
        "[time]",
        'doi = "doi:10.5281/zenodo.1"\n[time]',
        "line 5: doi: is written '10.5281/zenodo.1', without what is before it",
    ),
    ("[time]", 'doi = "5281"\n[time]', "line 5: doi: '5281' is not a DOI, such as"),
    (
        "[time]",
        'rights_uri = "CC0-1.0"\n[time]',
        "line 5: rights_uri: 'CC0-1.0' is not the address of a licence, such as",
    ),
    (
        "[time]",
        '[[examples]]\nname = "A"\ndescription = "a"\n'
        'query = "SELECT rra\\nFROM stars.objects WHERE n_points > decc"\n[time]',
        "line 8: examples.0.query: in its line 2, column 37: no column `decc`",
    ),
    (
        "[time]",
        '[[examples]]\nname = "A"\ndescription = "a"\nquerry = "x"\n[time]',
        "line 8: examples.0.querry: unknown key; did you mean 'query'?",
    ),
    (
        'mag = "m"',
        'mag = "m"\n[[examples]]\nname = "A"\ndescription = "a"\n'
        'query = "SELECT ra FROM stars.objects"\n[[examples]]\nname = "B"\n'
        'description = "a"\nquery = "SELECT * FROM TAP_UPLOAD.t1"',
        "line 29: examples.1.query: in its line 1, column 15:",
    ),
]


def parse(tmp_path: Path, text: str):
    path = tmp_path / "stars.toml"
    path.write_text(text)
    return parse_collection(path)


def test_a_good_file_is_read(tmp_path):
    file = parse(tmp_path, GOOD)

    assert file.name == "stars"
    assert file.passbands["V"].zero_point == 3600


@pytest.mark.parametrize(("old", "new", "message"), CASES)
def test_a_wrong_file_is_told_by_file_line_and_key(tmp_path, old, new, message):
    assert old in GOOD

    with pytest.raises(ConfigError) as caught:
        parse(tmp_path, GOOD.replace(old, new, 1))

    assert "stars.toml, line " in str(caught.value)
    assert message in str(caught.value)


def test_every_problem_is_told_at_once(tmp_path):
    wrong = GOOD.replace("TDB", "x").replace("BARYCENTER", "y")

    with pytest.raises(ConfigError) as caught:
        parse(tmp_path, wrong)

    assert len(str(caught.value).splitlines()) == 2


def test_text_that_is_not_toml_is_told_with_its_line(tmp_path):
    with pytest.raises(ConfigError, match=r"stars\.toml: this is not TOML.*line 2"):
        parse(tmp_path, 'name = "x"\nname\n')


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigError, match="No such file"):
        parse_collection(tmp_path / "none.toml")


def test_the_collections_shipped_are_short_and_valid():
    folder = Path(__file__).parents[2] / "configs" / "collections"
    files = sorted(folder.glob("*.toml"))

    assert {"stripe82.toml", "asas3.toml"} <= {file.name for file in files}
    for file in files:
        assert parse_collection(file).name == file.stem
        assert len(file.read_text().splitlines()) <= 40


def test_the_collections_shipped_tell_the_registry_what_they_are_about():
    folder = Path(__file__).parents[2]
    path = folder.parent / "shared" / "validators" / "vocab" / "uat.json"
    if not path.exists():
        pytest.skip("the IVOA vocabularies in shared/ are not beside this checkout")
    terms = json.loads(path.read_text())["terms"]
    short_names = []
    demo = folder / "vo_lcc" / "lightcurves" / "demo.toml"
    for toml in (demo, *(folder / "configs" / "collections").glob("*.toml")):
        file = parse_collection(toml)
        assert file.subjects
        assert set(file.subjects) <= set(terms)
        assert not any("deprecated" in terms[subject] for subject in file.subjects)
        short_names.append(file.short_name)
    assert None not in short_names
    assert len(set(short_names)) == len(short_names)


def test_lines_are_found_in_any_toml():
    text = (
        'a.b = 1.5e3 # c = 1\nx = """\n[not]\n"""\ny = [[1, 2], [3,\n 4]]\n'
        '"q.r" = {s = {t = 1}, u = [ {v = 2},\n 3] }\n[t."u v".w]\n'
        "d = 1979-05-27 07:32:00.5Z\ne = 'x=1'\n[[arr]]\nn = 1\n[[arr]]\n"
    )

    lines = key_lines(text)

    assert lines["a", "b"] == 1
    assert lines["y",] == 5
    assert (lines["y", 0, 1], lines["y", 1, 0], lines["y", 1, 1]) == (5, 5, 6)
    assert (lines["q.r", "u", 0, "v"], lines["q.r", "u", 1]) == (7, 8)
    assert lines["t", "u v", "w", "e"] == 11
    assert (lines["arr", 0, "n"], lines["arr", 1]) == (13, 14)
    assert ("not",) not in lines
    assert find_line(lines, ("t", "u v", "w", "z")) == 9


def test_the_example_of_the_documentation_is_valid(tmp_path):
    page = Path(__file__).parents[2] / "docs" / "collections.md"
    example = page.read_text().split("```toml\n")[1].split("```")[0]

    assert parse(tmp_path, example).name == "stars"


@pytest.mark.parametrize(
    ("right", "wrong"), [("HELIOCENTER", "HELIOCENTRE"), ("unit =", "unt =")]
)
def test_the_messages_of_the_documentation_are_those_given(tmp_path, right, wrong):
    page = Path(__file__).parents[2] / "docs" / "collections.md"
    example = page.read_text().split("```toml\n")[1].split("```")[0]

    with pytest.raises(ConfigError) as caught:
        parse(tmp_path, example.replace(right, wrong))

    assert str(caught.value) in page.read_text()


def test_the_table_of_collection_files_has_each_with_its_command_and_files():
    folder = Path(__file__).parents[2] / "configs" / "collections"
    rows = [
        line.split(" | ")
        for line in (folder / "README.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| [")
    ]
    listed = {row[0].partition("(")[2].rstrip(")"): row for row in rows}

    assert sorted(listed) == sorted(path.name for path in folder.glob("*.toml"))
    for name, (_, title, files, command) in listed.items():
        file = parse_collection(folder / name)
        patterns = (*(file.objects.files or ()), *(file.lightcurves.files or ()))
        assert title == file.title
        assert all(f"`{pattern}`" in files for pattern in patterns)
        assert f"vo-lcc ingest configs/collections/{name} FOLDER" in command
