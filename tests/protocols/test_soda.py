"""SODA over real HTTP: light curves of one object and of many, in every layout."""

import csv
import io
import json
import time
import zipfile
from urllib.parse import urlencode

import numpy as np
import pyarrow.parquet as pq
import pytest
import pyvo
import requests
from astropy.io import fits
from astropy.io.votable import parse
from astropy.table import Table

from vo_lcc.config import Config, LimitsSection

NAMES = [f"demo-{number:04d}" for number in (7, 8, 11, 42)]


@pytest.fixture
def get(server):
    """GET /soda/sync with parameters, each perhaps several times."""

    def fetch(*pairs, **params):
        asked = [*pairs, *params.items()]
        return requests.get(f"{server}/soda/sync", params=asked, timeout=30)

    return fetch


@pytest.fixture(scope="module")
def truth(demo_db):
    """The points in the database, by object and passband: (time, mag) by time."""
    rows = demo_db.fetch(
        "SELECT object_id, passband, obs_time, mag FROM demo.photometry"
        " WHERE object_id = ANY(%s) ORDER BY object_id, passband, obs_time",
        (NAMES,),
    )
    found = {}
    for name, passband, when, mag in rows:
        value = None if mag is None else float(np.float32(mag))
        found.setdefault((name, passband), []).append((when, value))
    return found


def ids(names=NAMES):
    return [("ID", f"demo/{name}") for name in names]


def points(table):
    """(time, magnitude) of a table of astropy, None where there is none."""
    mags = np.ma.filled(np.ma.asarray(table["mag"]).astype(float), np.nan)
    return [
        (float(t), None if np.isnan(m) else float(m))
        for t, m in zip(table["obs_time"], mags, strict=True)
    ]


def test_one_object_is_the_document_of_lc(get, server):
    mine = parse(io.BytesIO(get(ID="demo/demo-0007").content))
    other = parse(
        io.BytesIO(requests.get(f"{server}/lc/demo/demo-0007", timeout=30).content)
    )

    for one, two in zip(mine.iter_tables(), other.iter_tables(), strict=True):
        assert one.name == two.name
        assert points(one.to_table()) == points(two.to_table())


def test_many_are_a_table_each(get, truth):
    document = parse(io.BytesIO(get(*ids()).content))
    seen = {
        tuple(table.name.split(".")[1:]): points(table.to_table())
        for table in document.iter_tables()
    }

    assert seen == truth


def test_many_are_an_hdu_each(get, truth):
    with fits.open(io.BytesIO(get(*ids(), RESPONSEFORMAT="fits").content)) as hdus:
        seen = {
            (hdu.header["OBJECT"], hdu.header["FILTER"]): len(hdu.data)
            for hdu in hdus[1:]
        }

    assert seen == {key: len(values) for key, values in truth.items()}


def test_many_are_one_long_table(get, truth):
    reply = get(*ids(), LAYOUT="long", RESPONSEFORMAT="votable")
    table = parse(io.BytesIO(reply.content)).get_first_table().to_table()
    seen = {}
    for name, passband, point in zip(
        table["object_id"], table["passband"], points(table), strict=True
    ):
        seen.setdefault((str(name), str(passband)), []).append(point)

    assert seen == truth


def test_many_are_one_row_each_with_arrays(get, truth):
    reply = get(*ids(), LAYOUT="arrays", RESPONSEFORMAT="parquet")
    rows = pq.read_table(io.BytesIO(reply.content)).to_pylist()
    seen = {
        (row["object_id"], row["passband"]): list(
            zip(row["obs_time"], row["mag"], strict=True)
        )
        for row in rows
    }

    assert seen == truth
    assert all(row["n_points"] == len(row["mag"]) for row in rows)


@pytest.mark.parametrize("name", ["csv", "fits", "votable", "ecsv", "parquet", "json"])
def test_many_are_a_zip_of_files(get, truth, name):
    reply = get(*ids(), ("ID", "demo/nobody"), LAYOUT="zip", RESPONSEFORMAT=name)
    archive = zipfile.ZipFile(io.BytesIO(reply.content))
    listed = list(csv.DictReader(io.StringIO(archive.read("manifest.csv").decode())))

    assert reply.headers["Content-Type"] == "application/zip"
    assert archive.testzip() is None
    assert {
        (row["object_id"], row["passband"]): int(row["n_points"])
        for row in listed
        if row["file"]
    } == {key: len(values) for key, values in truth.items()}
    assert [row["publisher_did"] for row in listed if row["fault"]] == ["demo/nobody"]
    assert set(archive.namelist()) == {
        "manifest.csv",
        *(row["file"] for row in listed if row["file"]),
    }


def test_the_files_of_a_zip_hold_the_points(get, truth):
    reply = get(*ids(), LAYOUT="zip", RESPONSEFORMAT="fits")
    archive = zipfile.ZipFile(io.BytesIO(reply.content))
    seen = {}
    for name in archive.namelist():
        if name.endswith(".fits"):
            table = Table.read(io.BytesIO(archive.read(name)), hdu=1)
            seen[table.meta["OBJECT"], table.meta["FILTER"]] = points(table)

    assert seen == truth


def test_a_passband_of_an_object_is_alone(get):
    reply = get(
        ("ID", "demo/demo-0007/r"),
        ("ID", "demo/demo-0008"),
        LAYOUT="arrays",
        RESPONSEFORMAT="json",
    )

    assert [row[:2] for row in reply.json()["data"]] == [
        ["demo-0007", "r"],
        ["demo-0008", "g"],
        ["demo-0008", "r"],
    ]


@pytest.mark.parametrize(
    ("band", "expected"), [("g", {"g"}), ("4e-7 5e-7", {"g"}), ("6e-7 +Inf", {"r"})]
)
def test_passbands_are_chosen_by_name_and_wavelength(get, band, expected):
    reply = get(*ids(), BAND=band, LAYOUT="arrays", RESPONSEFORMAT="json")

    assert {row[1] for row in reply.json()["data"]} == expected


def test_what_is_not_there_is_told_beside_what_is(get):
    reply = get(*ids(NAMES[:1]), ("ID", "demo/nobody"), ("ID", "a/b/c/d"))
    document = parse(io.BytesIO(reply.content))
    told = [i for i in document.resources[0].infos if i.name == "fault"]

    assert reply.status_code == 200
    assert [(i.value, i.content.split(":")[0]) for i in told] == [
        ("a/b/c/d", "UsageFault"),
        ("demo/nobody", "NotFoundFault"),
    ]


@pytest.mark.parametrize(
    ("pairs", "status", "says"),
    [
        ([("ID", "demo/nobody")], 404, "UsageError: no object 'nobody'"),
        ([("ID", "demo/demo-0007/z")], 404, "UsageError: no passband 'z'"),
        ([("ID", "none/a")], 404, "UsageError: no collection 'none'"),
        ([("ID", "a/b/c/d")], 400, "UsageError: 'a/b/c/d' is not"),
        ([], 400, "UsageError: ID: missing"),
        ([("ID", "demo/demo-0007"), ("PERIOD", "-1")], 400, "UsageError: PERIOD"),
        ([("ID", "demo/demo-0007"), ("BIN", "1e9")], 400, "UsageError: BIN"),
        ([("ID", "demo/demo-0007"), ("TIME", "9 8")], 400, "UsageError: TIME"),
        (  # SODA 1.0, section 3.1
            [("ID", "demo/demo-0007"), ("QUANTITY", "mag"), ("QUANTITY", "flux")],
            400,
            "MultiValuedParamNotSupported: QUANTITY",
        ),
        ([("ID", "demo/demo-0007"), ("TIME", "nan 8")], 400, "UsageError: TIME"),
    ],
)
def test_errors_are_text_that_begins_with_its_word(get, pairs, status, says):
    reply = get(*pairs)

    assert reply.status_code == status
    assert reply.headers["Content-Type"].startswith("text/plain")
    assert reply.text.startswith(says)


@pytest.mark.parametrize(
    "pairs",
    [
        [("ID", "demo/demo-0007"), ("TIME", "10000 10001")],
        [("ID", "demo/demo-0007"), ("CIRCLE", "0 0 1")],
        [("ID", "demo/demo-0007"), ("BAND", "1e-6 2e-6")],
        [("CIRCLE", "12.345 67.89 0.000001")],
    ],
)
@pytest.mark.parametrize("layout", ["bands", "long", "arrays", "zip"])
def test_nothing_left_is_no_content(get, pairs, layout):
    reply = get(*pairs, LAYOUT=layout, RESPONSEFORMAT="votable")

    assert (reply.status_code, reply.content) == (204, b"")


def test_a_cut_out_holds_the_interval_and_no_more(get, truth):
    # the demo is in TDB, TIME in UTC: 69 s apart
    shift = 69.184 / 86400
    times = [t for t, _ in truth["demo-0007", "g"]]
    low, high = times[3] - shift - 1e-6, times[9] - shift + 1e-6
    reply = get(
        ID="demo/demo-0007/g",
        TIME=f"{low!r} {high!r}",
        LAYOUT="long",
        RESPONSEFORMAT="parquet",
    )

    seen = pq.read_table(io.BytesIO(reply.content)).column("obs_time").to_pylist()
    assert seen == times[3:10]


def test_objects_are_found_by_place(get, server):
    reply = get(
        ("POS", "CIRCLE 10 20 3"),
        ("POLYGON", "200 -10 210 -10 205 5"),
        ("POS", "RANGE 350 10 -5 5"),
        LAYOUT="arrays",
        RESPONSEFORMAT="json",
    )
    query = """SELECT object_id FROM demo.objects WHERE n_points > 0 AND (
        (ra >= 350 OR ra <= 10) AND dec BETWEEN -5 AND 5
        OR DISTANCE(ra, dec, 10, 20) <= 3
        OR 1 = CONTAINS(POINT(ra, dec), POLYGON(200, -10, 210, -10, 205, 5)))"""
    expected = pyvo.dal.TAPService(f"{server}/tap").search(query)["object_id"]

    assert {row[0] for row in reply.json()["data"]} == set(expected)
    assert len(expected) > 10


@pytest.mark.parametrize(
    "table",
    [
        "id\nivo://x-unregistered/~?demo/demo-0007\ndemo/demo-0042\n",
        "object_id\ndemo-0007\ndemo-0042\n",
        "obs_publisher_did,ra,dec\ndemo/demo-0007/g,0,0\ndemo/demo-0042,1,1\n",
    ],
)
def test_identifiers_come_as_a_table(server, table):
    reply = requests.post(
        f"{server}/soda/sync",
        data={"UPLOAD": "t,param:t", "LAYOUT": "arrays", "RESPONSEFORMAT": "json"},
        files={"t": ("t.csv", table)},
        timeout=30,
    )

    assert {row[0] for row in reply.json()["data"]} == {"demo-0007", "demo-0042"}


def test_positions_come_as_a_table(server, demo_db):
    rows = demo_db.fetch(
        "SELECT ra + 0.0001, dec FROM demo.objects WHERE object_id = ANY(%s)"
        " AND abs(dec) < 80",
        (NAMES,),
    )
    table = "id,ra,dec\n" + "\n".join(f"{n},{r},{d}" for n, (r, d) in enumerate(rows))
    asked = {"UPLOAD": "t,param:t", "LAYOUT": "arrays", "RESPONSEFORMAT": "json"}
    found = {}
    for radius in ("0.1", "1"):
        reply = requests.post(
            f"{server}/soda/sync",
            data={**asked, "RADIUS": radius},
            files={"t": ("t.csv", table)},
            timeout=30,
        )
        found[radius] = (
            {row[0] for row in reply.json()["data"]} if reply.content else set()
        )

    assert found["0.1"] == set()
    assert len(found["1"]) == len(rows) == 4


@pytest.mark.parametrize("form", ["turned", "whole", "blank"])
def test_positions_are_found_whatever_numbers_tell_them(server, demo_db, form):
    (ra, dec), (own,) = (
        demo_db.fetch(
            f"SELECT {what} FROM demo.objects WHERE object_id = %s", NAMES[:1]
        )[0]
        for what in ("ra, dec", "object_id")
    )
    tables = {
        "turned": f"{ra - 360},{dec}\n360.0,0\n",  # from -180 to 180; 360 is 0
        "whole": f"{round(ra)},{round(dec)}\n",
        "blank": f"{ra},{dec}\n,\n",
    }
    asked = {"UPLOAD": "t,param:t", "LAYOUT": "arrays", "RESPONSEFORMAT": "json"}
    reply = requests.post(
        f"{server}/soda/sync",
        data={**asked, "RADIUS": "3600" if form == "whole" else "1"},
        files={"t": ("t.csv", f"ra,dec\n{tables[form]}")},
        timeout=30,
    )

    assert own in {row[0] for row in reply.json()["data"]}
    assert ("1 of 2 rows have no position" in reply.text) == (form == "blank")


def test_a_declination_beyond_the_pole_is_told_with_its_row(server):
    reply = requests.post(
        f"{server}/soda/sync",
        data={"UPLOAD": "t,param:t"},
        files={"t": ("t.csv", "ra,dec\n1,2\n3,-91\n")},
        timeout=30,
    )

    assert reply.status_code == 400
    assert "row 2: a declination of -91" in reply.text


def test_positions_and_regions_are_not_both_searched(server):
    reply = requests.post(
        f"{server}/soda/sync",
        data={"UPLOAD": "t,param:t", "CIRCLE": "1 2 3"},
        files={"t": ("t.csv", "ra,dec\n1,2\n")},
        timeout=30,
    )

    assert reply.status_code == 400
    assert "leave out POS, CIRCLE and POLYGON" in reply.text


def test_a_table_of_something_else_is_told(server):
    reply = requests.post(
        f"{server}/soda/sync",
        data={"UPLOAD": "t,param:t"},
        files={"t": ("t.csv", "a,b\n1,2\n")},
        timeout=30,
    )

    assert reply.status_code == 400
    assert "neither identifiers" in reply.text


def test_more_objects_than_the_limit_are_refused_with_the_limit(serving, demo_db):
    config = Config(limits=LimitsSection(objects=3))
    with serving(config, demo_db.url) as url:
        asked = urlencode(ids())
        by_id = requests.post(f"{url}/soda/sync", data=asked, timeout=30, headers=FORM)
        by_place = requests.get(
            f"{url}/soda/sync", params={"CIRCLE": "0 0 90"}, timeout=30
        )
        by_table = requests.post(
            f"{url}/soda/sync",
            data={"UPLOAD": "t,param:t"},
            files={"t": ("t.csv", "id\n" + "\n".join(NAMES))},
            timeout=30,
        )

    for reply in (by_id, by_place, by_table):
        assert reply.status_code == 400
        assert "more than 3 " in reply.text


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_thousands_of_identifiers_come_by_post(server):
    asked = urlencode(
        [("ID", f"demo/demo-{number:04d}") for number in range(1, 3001)]
        + [("LAYOUT", "arrays"), ("RESPONSEFORMAT", "parquet")]
    )
    reply = requests.post(f"{server}/soda/sync", data=asked, timeout=30, headers=FORM)

    assert pq.read_table(io.BytesIO(reply.content)).num_rows > 5000


@pytest.mark.parametrize(
    ("params", "media_type"),
    [
        ({"LAYOUT": "zip", "RESPONSEFORMAT": "csv"}, "application/zip"),
        ({"LAYOUT": "arrays", "RESPONSEFORMAT": "json"}, "application/json"),
        ({"RESPONSEFORMAT": "fits"}, "application/fits"),
    ],
)
def test_a_job_gives_the_same(server, get, params, media_type):
    job = requests.post(
        f"{server}/soda/async",
        data=[*ids(), *params.items(), ("PHASE", "RUN")],
        timeout=30,
    )
    phase = finished(job.url)
    result = requests.get(f"{job.url}/results/result", timeout=30)
    mine = get(*ids(), **params)

    assert phase == "COMPLETED"
    assert result.headers["Content-Type"] == media_type
    assert content(result) == content(mine)


def finished(url):
    """The phase of a job once it is final."""
    for _ in range(50):
        phase = requests.get(f"{url}/phase", timeout=30).text
        if phase not in ("QUEUED", "EXECUTING"):
            return phase
        time.sleep(0.1)
    return phase


def content(reply):
    """What an answer holds besides when and how it was asked for."""
    kind = reply.headers["Content-Type"]
    if kind == "application/json":
        return reply.json()["data"]
    if kind == "application/zip":
        archive = zipfile.ZipFile(io.BytesIO(reply.content))
        return {
            name: [x for x in archive.read(name).splitlines() if not x.startswith(b"#")]
            for name in archive.namelist()
        }
    with fits.open(io.BytesIO(reply.content)) as hdus:
        return [hdu.data.tobytes() for hdu in hdus[1:]]


def test_a_job_of_nothing_that_is_there_ends_in_an_error(server):
    job = requests.post(
        f"{server}/soda/async",
        data={"ID": "demo/nobody", "PHASE": "RUN"},
        timeout=30,
    )

    assert finished(job.url) == "ERROR"
    told = requests.get(f"{job.url}/error", timeout=30).text
    assert told.startswith("Error: no object 'nobody'")  # SODA 1.0, section 5.2


def test_a_job_without_any_point_left_has_tables_without_rows(server):
    job = requests.post(
        f"{server}/soda/async",
        data={
            "ID": "demo/demo-0007",
            "TIME": "1 2",
            "LAYOUT": "long",
            "RESPONSEFORMAT": "json",
            "PHASE": "RUN",
        },
        timeout=30,
    )

    assert finished(job.url) == "COMPLETED"
    result = requests.get(f"{job.url}/results/result", timeout=30)
    assert json.loads(result.text)["data"] == []


@pytest.mark.parametrize(
    "asked",
    [
        {"ID": "demo/demo-0007", "BAND": "1e-6 2e-6"},
        {"ID": "demo/demo-0007", "CIRCLE": "0 0 1"},
        {"CIRCLE": "12.345 67.89 0.000001"},
    ],
)
@pytest.mark.parametrize("layout", ["bands", "long", "arrays", "zip"])
def test_a_job_without_any_light_curve_left_says_so(server, asked, layout):
    job = requests.post(
        f"{server}/soda/async",
        data={**asked, "LAYOUT": layout, "RESPONSEFORMAT": "votable", "PHASE": "RUN"},
        timeout=30,
    )

    assert finished(job.url) == "COMPLETED"
    result = requests.get(f"{job.url}/results/result", timeout=30)
    assert result.headers["Content-Type"].startswith("text/plain")
    assert result.text.startswith("No data")
