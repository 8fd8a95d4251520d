import io
import re
from urllib.parse import quote

import numpy as np
import pytest
import pyvo
import requests
from astropy.io import fits
from astropy.io.votable import parse
from astropy.table import Table
from lxml import etree

from vo_lcc.config import Config
from vo_lcc.lightcurves.ingest import ingest

ODD_NAMES = [
    "V* AB/CD",
    "a+b c",
    "50%2F%",
    "{x}",
    "Hä Cyg",
    "q?x=1&y#z",
    "'; --",
    "...",
]

ODD_COLLECTION = """
name = "odd"
title = "Objects with <odd> names & times"
description = "One point each"
creator = "nobody"
[time]
timescale = "UTC"
refposition = "HELIOCENTER"
time_origin = 2450000.0
[passbands]
g_prime = { effective_wavelength = 4.8e-7 }
H_alpha = {}
[objects]
files = "objects.csv"
columns = { object_id = {}, ra = {}, dec = {} }
[lightcurves]
files = "points.csv"
[lightcurves.columns]
object_id = {}
passband = {}
obs_time = {}
mag = {}
site = { datatype = "char", description = "Observatory" }
"""

SITE = "Pic du Midi, 1 m"
NS = {"v": "http://www.ivoa.net/xml/VOTable/v1.3"}
LISTS = ("obs_time", "mag", "mag_err", "flags")


@pytest.fixture(scope="module")
def example(demo_db):
    """The name of the demo's example object."""
    ((name,),) = demo_db.fetch(
        "SELECT example FROM vo_lcc.releases WHERE collection = 'demo'"
    )
    return name


@pytest.fixture(scope="module")
def truth(demo_db):
    """The points of one object and passband as the database has them."""

    def read(name, passband):
        rows = demo_db.fetch(
            "SELECT obs_time, mag, mag_err, flags FROM demo.photometry"
            " WHERE object_id = %s AND passband = %s ORDER BY obs_time",
            (name, passband),
        )
        columns = list(zip(*rows, strict=True)) or [[]] * len(LISTS)
        return {
            key: np.array([np.nan if v is None else v for v in values], dtype=float)
            for key, values in zip(LISTS, columns, strict=True)
        }

    return read


@pytest.fixture(scope="module")
def bands(demo_db):
    """The passbands of the demo, in its order."""
    return [
        name
        for (name,) in demo_db.fetch(
            "SELECT passband FROM vo_lcc.passbands "
            " WHERE collection = 'demo' ORDER BY place"
        )
    ]


@pytest.fixture
def get(server):
    """GET /lc/demo/{name}."""

    def fetch(name, headers=None, collection="demo", **params):
        url = f"{server}/lc/{collection}/{quote(name, safe='')}"
        return requests.get(url, params=params, headers=headers, timeout=30)

    return fetch


def without_comments(reply):
    """The lines of a CSV or TSV file that are no comments."""
    return [line for line in reply.text.splitlines() if not line.startswith("#")]


def agree(table, expected):
    for name in LISTS:
        kind = np.float64 if name == "obs_time" else np.float32
        seen = np.ma.filled(np.ma.asarray(table[name]).astype(float), np.nan)
        np.testing.assert_array_equal(kind(seen), kind(expected[name]), name)


def votable(reply):
    assert reply.status_code == 200, reply.text
    return parse(io.BytesIO(reply.content))


@pytest.mark.parametrize("name", ["votable", "votable/td", "votable/b", "text/xml"])
def test_votable_holds_every_point_of_the_database(get, example, truth, bands, name):
    document = votable(get(example, format=name))
    tables = list(document.iter_tables())

    assert len(tables) == len(bands)
    for table, band in zip(tables, bands, strict=True):
        agree(table.to_table(), truth(example, band))


def test_fits_holds_every_point_of_the_database(get, example, truth, bands):
    reply = get(example, format="fits")

    with fits.open(io.BytesIO(reply.content)) as hdus:
        hdus.verify("exception")
        assert len(hdus) == 1 + len(bands)
        for hdu, band in zip(hdus[1:], bands, strict=True):
            table = Table.read(hdu)
            agree(table, truth(example, band))
            assert band in hdu.header["EXTNAME"]


def test_fits_says_where_time_is_measured_and_in_what_units(get, example):
    reply = get(example, format="fits")

    header = fits.getheader(io.BytesIO(reply.content), 1)
    assert header["TTYPE1"] == "obs_time"
    assert header["TUNIT1"] == "d"
    assert header["TIMESYS"]
    assert "MJDREFI" in header or "MJDREF" in header


def test_fits_names_the_object_and_the_filter(get, example, bands):
    reply = get(example, format="fits")

    header = fits.getheader(io.BytesIO(reply.content), 1)
    assert (header["OBJECT"], header["FILTER"]) == (example, bands[0])


@pytest.mark.parametrize(
    ("name", "reader"), [("csv", "ascii.csv"), ("tsv", "ascii.tab")]
)
def test_text_holds_every_point_of_the_database(
    get, example, truth, bands, name, reader
):
    reply = get(example, format=name)
    table = Table.read(without_comments(reply), format=reader)

    assert table.colnames[0] == "passband"
    assert len(table) == sum(len(truth(example, b)["mag"]) for b in bands)
    for band in bands:
        mine = table[table["passband"] == band]
        mine.sort("obs_time")
        agree(mine, truth(example, band))


def test_the_long_layout_is_one_table_in_the_order_of_time(get, example, bands):
    (table,) = votable(get(example, layout="long")).iter_tables()
    points = table.to_table()

    assert set(points["passband"]) == set(bands)
    assert (np.diff(points["obs_time"]) >= 0).all()


def test_a_table_says_what_it_is(get, example, bands):
    root = etree.fromstring(get(example, format="votable/td").content)
    for table, band in zip(root.iterfind(".//v:TABLE", NS), bands, strict=True):
        params = {p.get("name"): p.get("value") for p in table.iterfind("v:PARAM", NS)}

        assert band in table.get("name")
        assert example in table.find("v:DESCRIPTION", NS).text
        assert params["object_id"] == example
        assert params["passband"] == band
        assert params["dataproduct_type"] == "timeseries"
        assert params["dataproduct_subtype"] == "lightcurve"
        assert {"ra", "dec", "period", "collection"} <= set(params)


def test_the_passband_is_the_column_that_tap_has(server, get, example):
    root = etree.fromstring(get(example, layout="long").content)
    (mine,) = root.iterfind(".//v:FIELD[@name='passband']", NS)
    service = pyvo.dal.TAPService(f"{server}/tap")
    (known,) = service.search(
        "SELECT ucd, description FROM tap_schema.columns"
        " WHERE table_name = 'demo.photometry' AND column_name = 'passband'"
    )

    assert mine.get("ucd") == known["ucd"]
    assert mine.find("v:DESCRIPTION", NS).text == known["description"]


def test_times_positions_and_magnitudes_refer_to_their_frames(get, example, bands):
    root = etree.fromstring(get(example).content)
    identified = {
        e.get("ID"): etree.QName(e).localname for e in root.iter() if e.get("ID")
    }
    groups = []
    for table in root.iterfind(".//v:TABLE", NS):
        ref = {f.get("name"): f.get("ref") for f in table.iterfind("v:FIELD", NS)}
        param = {p.get("name"): p.get("ref") for p in table.iterfind("v:PARAM", NS)}
        assert identified[ref["obs_time"]] == "TIMESYS"
        assert identified[ref["mag"]] == "GROUP"
        assert identified[param["ra"]] == identified[param["dec"]] == "COOSYS"
        groups.append(ref["mag"])

    assert len(set(groups)) == len(bands)


@pytest.mark.parametrize("name", ["votable/td", "votable/mivot"])
def test_one_table_of_one_passband_refers_to_its_calibration(get, example, bands, name):
    """Nebot et al. 2020, section 3.1: FIELDs of photometry refer to their GROUP."""
    reply = get(example, format=name, layout="long", band=bands[0])
    root = etree.fromstring(reply.content)

    (mag,) = root.iterfind(".//v:FIELD[@name='mag']", NS)
    (group,) = root.iterfind(".//v:GROUP[@name='photcal']", NS)
    assert group.get("ID") == mag.get("ref")
    dmids = [e.get("dmid") for e in root.iter() if e.get("dmid")]
    assert len(dmids) == len(set(dmids))
    assert (f"_photcal_{bands[0]}" in dmids) == (name == "votable/mivot")


def test_a_passband_can_be_chosen(get, example, truth, bands):
    tables = list(votable(get(example, band=bands[-1])).iter_tables())

    assert len(tables) == 1
    agree(tables[0].to_table(), truth(example, bands[-1]))


def test_several_passbands_are_separated_by_commas(get, example, bands):
    assert len(list(votable(get(example, band=",".join(bands))).iter_tables())) == len(
        bands
    )


def test_a_time_interval_cuts_the_points(get, example, demo_db, truth, bands):
    ((origin,),) = demo_db.fetch(
        "SELECT time_origin FROM vo_lcc.releases WHERE collection = 'demo'"
    )
    expected = truth(example, bands[0])
    shift = origin - 2400000.5
    low, high = np.quantile(expected["obs_time"], [0.25, 0.75])
    inside = (expected["obs_time"] >= low) & (expected["obs_time"] <= high)
    reply = get(
        example, band=bands[0], time=f"{float(low + shift)!r} {float(high + shift)!r}"
    )
    (table,) = votable(reply).iter_tables()

    assert 0 < inside.sum() < len(inside)
    assert abs(len(table.to_table()) - inside.sum()) <= 2  # rounding at the ends


def test_an_interval_without_points_gives_empty_tables(get, example, bands):
    tables = list(votable(get(example, time="-Inf 1000")).iter_tables())

    assert [len(table.array) for table in tables] == [0] * len(bands)


@pytest.mark.parametrize("fmt", ["csv", "fits", "votable/td"])
def test_an_empty_light_curve_is_a_table_all_the_same(get, example, fmt):
    reply = get(example, time="-Inf 1000", format=fmt)

    assert reply.status_code == 200
    if fmt == "csv":
        assert without_comments(reply) == ["passband,obs_time,mag,mag_err,flags"]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/fits", "application/fits"),
        ("text/csv", "text/csv;header=present"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/x-votable+xml"),
        ("*/*", "application/x-votable+xml"),
    ],
)
def test_accept_chooses_the_format(get, example, accept, media_type):
    assert get(example, {"Accept": accept}).headers["Content-Type"] == media_type


def test_format_wins_over_accept(get, example):
    reply = get(example, {"Accept": "application/fits"}, format="csv")

    assert reply.headers["Content-Type"].startswith("text/csv")


def test_the_download_has_a_name(get, example):
    reply = get(example, format="fits")

    assert 'filename="demo_' in reply.headers["Content-Disposition"]
    assert reply.headers["Content-Disposition"].endswith('.fits"')


def test_the_name_of_a_download_tells_the_passband_that_was_asked_for(get, example):
    both, one = (get(example, band=band, format="csv") for band in ("g,r", "g"))

    assert one.headers["Content-Disposition"].endswith('_g.csv"')
    assert not both.headers["Content-Disposition"].endswith('_r.csv"')


def test_pages_from_elsewhere_may_read_it(get, example):
    assert get(example).headers["Access-Control-Allow-Origin"] == "*"


def test_head_has_the_headers_and_no_body(server, example):
    url = f"{server}/lc/demo/{quote(example, safe='')}"
    reply = requests.head(url, timeout=30)

    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "application/x-votable+xml"
    assert reply.content == b""


@pytest.mark.parametrize(
    ("name", "collection", "params", "status", "problem"),
    [
        (
            "no such star",
            "demo",
            {},
            404,
            "no object 'no such star' in collection demo",
        ),
        ("a/b+c é%", "demo", {}, 404, "no object 'a/b+c é%'"),
        ("'; DROP SCHEMA demo; --", "demo", {}, 404, "no object"),
        ("{x}", "demo", {}, 404, "no object '{x}'"),
        ("a\0b", "demo", {}, 404, "no object 'a\\x00b'"),
        ("x", "nowhere", {}, 404, "no collection 'nowhere'"),
        (None, "demo", {"format": "jpeg"}, 400, "votable"),
        (None, "demo", {"band": "Q"}, 400, "BAND: no passband 'Q'"),
        (None, "demo", {"time": "1"}, 400, "TIME:"),
        (None, "demo", {"layout": "wide"}, 400, "LAYOUT:"),
        (None, "demo", {"layout": "bands", "format": "csv"}, 400, "layout=long"),
    ],
)
def test_a_bad_request_says_what_is_wrong(
    get, example, name, collection, params, status, problem
):
    reply = get(name or example, collection=collection, **params)
    root = etree.fromstring(reply.content)

    assert reply.status_code == status
    assert root.find(".//v:INFO[@name='QUERY_STATUS']", NS).get("value") == "ERROR"
    assert problem in root.find(".//v:INFO[@name='QUERY_STATUS']", NS).text


@pytest.mark.parametrize("params", [{}, {"layout": "long"}, {"format": "votable/td"}])
def test_answers_follow_the_schema(get, example, validate, params):
    assert validate(get(example, **params).content) == []


@pytest.mark.validator
@pytest.mark.parametrize("params", [{}, {"layout": "long"}, {"time": "0 1"}])
def test_votlint_has_nothing_to_say(get, example, stilts, tmp_path, params):
    path = tmp_path / "answer.vot"
    path.write_bytes(get(example, **params).content)
    done = stilts("votlint", f"votable={path}")

    assert done.returncode == 0, done.stderr
    assert not re.findall("ERROR|WARNING", done.stdout + done.stderr)


@pytest.fixture
def odd_server(db, serving, tmp_path):
    """A server of a collection whose names and times are unusual."""
    folder = tmp_path
    (folder / "odd.toml").write_text(ODD_COLLECTION)
    quoted = ['"' + name + '"' for name in ODD_NAMES]
    objects = [f"{name},{10 * i},{i}" for i, name in enumerate(quoted)]
    points = [
        f'{name},g_prime,{5000 + i}.25,{10 + i}.5,"{SITE}"'
        for i, name in enumerate(quoted)
    ]
    (folder / "objects.csv").write_text("\n".join(["object_id,ra,dec", *objects]))
    (folder / "points.csv").write_text(
        "\n".join(["object_id,passband,obs_time,mag,site", *points])
    )
    files = [folder / "objects.csv", folder / "points.csv"]
    ingest(db, folder / "odd.toml", files)
    with serving(Config(), db.url) as url:
        yield url


def test_any_name_can_be_followed_from_ssa_to_its_light_curve(odd_server):
    service = pyvo.dal.SSAService(f"{odd_server}/ssa/odd")
    for number, name in enumerate(ODD_NAMES):
        found = service.search(pos=(10 * number, number), diameter=0.1)
        (record,) = (record for record in found if record["passband"])
        (table,) = parse(io.BytesIO(record.getdataset().read())).iter_tables()
        points = table.to_table()

        assert record["object_id"] == name
        assert record["t_min"] == 2450000.0 + 5000 + number + 0.25 - 2400000.5
        assert list(points["obs_time"]) == [5000 + number + 0.25]
        assert list(points["mag"]) == [10.5 + number]


def test_a_time_interval_in_mjd_meets_times_with_another_origin(odd_server):
    url = f"{odd_server}/lc/odd/a%2Bb%20c"
    mjd = 2450000.0 + 5001.25 - 2400000.5
    counts = [
        len(
            without_comments(
                requests.get(
                    url, params={"time": f"{low} {high}", "format": "csv"}, timeout=30
                )
            )
        )
        - 1
        for low, high in [(mjd, mjd), (mjd - 1, mjd - 0.1), (mjd + 0.1, "+Inf")]
    ]

    assert counts == [1, 0, 0]


def test_a_text_for_each_point_is_in_every_format(odd_server):
    url = f"{odd_server}/lc/odd/{quote(ODD_NAMES[0], safe='')}?band=g_prime&format="

    assert f'"{SITE}"' in requests.get(url + "csv", timeout=30).text
    for form in ("votable", "votable/td", "fits"):
        reply = requests.get(url + form, timeout=30)
        kind = "fits" if form == "fits" else "votable"
        table = Table.read(io.BytesIO(reply.content), format=kind)
        assert [str(one).strip() for one in table["site"]] == [SITE]


def test_a_passband_without_points_is_an_empty_table(odd_server):
    reply = requests.get(f"{odd_server}/lc/odd/a%2Bb%20c", timeout=30)

    assert [len(t.array) for t in parse(io.BytesIO(reply.content)).iter_tables()] == [
        1,
        0,
    ]


def test_pages_show_odd_titles_as_text(odd_server):
    text = requests.get(f"{odd_server}/collections/odd", timeout=30).text

    assert "Objects with &lt;odd&gt; names &amp; times" in text
    pictures = [f"/plot/odd/{quote(name, safe='')}?format=svg" for name in ODD_NAMES]
    for path in ("/collections/odd/sky.svg", *pictures):
        reply = requests.get(f"{odd_server}{path}", timeout=30)
        assert reply.status_code == 200, path
        etree.fromstring(reply.content)
