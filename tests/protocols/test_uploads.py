"""Tables that come with a query, as clients send them (TAP 1.1, section 2.5)."""

import io
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import pyvo
import requests
from astropy.io import votable
from astropy.table import Table
from astroquery.utils.tap import TapPlus
from lxml import etree

from vo_lcc.config import Config, UploadsSection

EVERYTHING = "SELECT * FROM TAP_UPLOAD.t"
STARS = (
    "SELECT TOP 20 object_id, ra, dec FROM demo.objects"
    " WHERE ABS(dec) < 89 ORDER BY object_id"
)
NEAR = """
    SELECT u.name, o.object_id, DISTANCE(POINT(u.ra, u.dec), POINT(o.ra, o.dec)) AS d
    FROM TAP_UPLOAD.t AS u JOIN demo.objects AS o
    ON DISTANCE(POINT(u.ra, u.dec), POINT(o.ra, o.dec)) < 2 / 3600.
    ORDER BY u.name"""
VOTABLE = (
    '<VOTABLE version="1.3" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">'
    '<RESOURCE type="results"><TABLE>{}</TABLE></RESOURCE></VOTABLE>'
)
NUMBERS = VOTABLE.format(
    '<FIELD name="n" datatype="int"/><DATA><TABLEDATA>'
    "<TR><TD>1</TD></TR><TR><TD>2</TD></TR></TABLEDATA></DATA>"
)


@pytest.fixture(scope="module")
def service(server):
    return pyvo.dal.TAPService(f"{server}/tap")


@pytest.fixture(scope="module")
def stars(service):
    """Twenty stars of the demo, 0.5 arcsec from where they are."""
    found = service.run_sync(STARS).to_table()
    return Table(
        {
            "name": [f"mine {name}" for name in found["object_id"]],
            "ra": found["ra"],
            "dec": found["dec"] + np.where(found["dec"] > 0, -0.5, 0.5) / 3600,
        }
    )


@pytest.fixture
def post(server):
    """Send a query with files, by name of their parts."""

    def send(query, files, status=200, **params):
        uploads = ";".join(f"{name},param:{name}" for name in files)
        data = {"LANG": "ADQL", "QUERY": query, "UPLOAD": uploads, **params}
        reply = requests.post(
            f"{server}/tap/sync",
            data=data,
            files={name: (name, content) for name, content in files.items()},
            timeout=60,
        )
        assert reply.status_code == status, reply.text[:1000]
        return reply

    return send


def said(reply):
    return etree.fromstring(reply.content).findtext(".//{*}INFO")


def csv(reply):
    return reply.text.split()


def test_uploaded_positions_find_their_stars(service, stars):
    found = service.run_sync(NEAR, uploads={"t": stars}).to_table()

    assert [f"mine {name}" for name in found["object_id"]] == list(found["name"])
    assert len(found) == len(stars)
    assert np.allclose(found["d"] * 3600, 0.5, atol=1e-6)


def test_uploaded_names_find_their_light_curves(service, stars):
    names = Table({"star": [name.removeprefix("mine ") for name in stars["name"]]})
    found = service.run_sync(
        "SELECT u.star, l.passband, l.n_points, l.mag FROM TAP_UPLOAD.mine AS u"
        " JOIN demo.lightcurves AS l ON l.object_id = u.star",
        uploads={"mine": names},
    ).to_table()

    assert set(found["star"]) == set(names["star"])
    assert all(len(row["mag"]) == row["n_points"] for row in found)


@pytest.mark.parametrize("name", ["text", "float8", "int8", "jobs"])
def test_a_table_may_be_called_like_a_type_of_postgresql(post, name):
    query = f"SELECT s, n + 1 AS n, DISTANCE(POINT(n, n), POINT(n, n)) FROM {name}"
    reply = post(query, {name: b"s,n\na,1.5\n"}, FORMAT="csv")

    assert reply.text.splitlines()[1] == "a,2.5,0"


def test_several_tables_come_with_one_query(service):
    left, right = Table({"k": [1, 2, 3]}), Table({"k": [2, 3, 4]})
    found = service.run_sync(
        "SELECT l.k FROM TAP_UPLOAD.l JOIN TAP_UPLOAD.r ON l.k = r.k ORDER BY l.k",
        uploads={"l": left, "r": right},
    )

    assert list(found["k"]) == [2, 3]


def test_astroquery_uploads_a_table(server, stars):
    tap = TapPlus(url=f"{server}/tap", verbose=False)
    job = tap.launch_job(NEAR, upload_resource=stars, upload_table_name="t")

    assert len(job.get_results()) == len(stars)


@pytest.mark.parametrize("serialisation", ["tabledata", "binary", "binary2"])
def test_stilts_uploads_a_table_in_each_serialisation(
    server, stars, stilts, tmp_path, serialisation
):
    path = tmp_path / "stars.vot"
    stars.write(path, format="votable")
    done = stilts(
        "tapquery", f"tapurl={server}/tap", "sync=true", f"adql={NEAR}", "nupload=1",
        f"upload1={path}", "upname1=t", f"upvotformat={serialisation.upper()}",
        "omode=out", "ofmt=csv",
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split("\n")) == len(stars) + 2


def test_the_query_may_name_parts_in_several_parameters(server):
    reply = requests.post(
        f"{server}/tap/sync",
        data=[
            ("LANG", "ADQL"),
            ("QUERY", "SELECT COUNT(*) AS n FROM TAP_UPLOAD.a, TAP_UPLOAD.b"),
            ("FORMAT", "csv"),
            ("UPLOAD", "a,param:x"),
            ("UPLOAD", "b,param:y"),
        ],
        files={"x": ("x.vot", NUMBERS), "y": ("y.vot", NUMBERS)},
        timeout=30,
    )

    assert csv(reply) == ["n", "4"]


@pytest.mark.parametrize("fmt", ["csv", "tsv", "fits", "parquet", "votable/td"])
def test_what_this_server_has_given_can_be_sent_back(server, post, fmt):
    asked = {"LANG": "ADQL", "QUERY": STARS, "FORMAT": fmt}
    given = requests.get(f"{server}/tap/sync", params=asked, timeout=30)
    query = EVERYTHING + " ORDER BY object_id"

    back = post(query, {"t": given.content}, FORMAT="csv")

    asked["FORMAT"] = "csv"
    assert (
        back.text == requests.get(f"{server}/tap/sync", params=asked, timeout=30).text
    )


def test_names_units_and_words_of_columns_come_back(post):
    fields = (
        '<FIELD name="a b" datatype="double" unit="mag" ucd="phot.mag"'
        ' utype="x:y"><DESCRIPTION>how bright</DESCRIPTION></FIELD>'
        '<FIELD name="size" datatype="char" arraysize="*"/>'
        f'<FIELD name="{"long" * 50}" datatype="short"/>'
    )
    row = (
        "<DATA><TABLEDATA><TR><TD>1.5</TD><TD>x</TD><TD>7</TD></TR></TABLEDATA></DATA>"
    )
    reply = post(EVERYTHING, {"t": VOTABLE.format(fields + row)})
    table = votable.parse_single_table(io.BytesIO(reply.content))

    assert [f.name for f in table.fields] == ["a b", "size", "long" * 50]
    first = table.fields[0]
    assert (str(first.unit), first.ucd, first.utype) == ("mag", "phot.mag", "x:y")
    assert first.description == "how bright"
    assert [list(row) for row in table.array.tolist()] == [[1.5, "x", 7]]


@pytest.mark.parametrize("name", ["xmin", "xmax", "ctid", "tableoid", "oid", "Xmin"])
def test_a_column_may_be_called_as_postgresql_calls_its_own(post, name):
    files = {"t": f"{name},{name}~\n1,2\n"}
    query = f'SELECT s.{name} AS cmin FROM (SELECT "{name}" FROM TAP_UPLOAD.t) AS s'

    assert csv(post(EVERYTHING, files, FORMAT="csv")) == [f"{name},{name}~", "1,2"]
    assert csv(post(query, files, FORMAT="csv")) == ["cmin", "1"]


def test_a_column_is_named_as_adql_names_it(post):
    field = '<FIELD name="Select" datatype="int"/>'
    row = "<DATA><TABLEDATA><TR><TD>1</TD></TR></TABLEDATA></DATA>"
    files = {"t": VOTABLE.format(field + row)}

    quoted = post('SELECT "Select" + 1 AS x FROM TAP_UPLOAD.t', files, FORMAT="csv")
    bare = post("SELECT Select FROM TAP_UPLOAD.t", files, status=400)

    assert csv(quoted) == ["x", "2"]
    assert "line 1, column" in said(bare)


@pytest.mark.parametrize(
    ("xtype", "arraysize", "values", "back"),
    [
        (
            "timestamp",
            "*",
            ["2016-12-31T23:59:59.5Z", "", "1999-01-01"],
            ["2016-12-31T23:59:59.500", "", "1999-01-01T00:00:00.000"],
        ),
        (
            "timestamp",
            "*",
            ["2020-02-29T01:02:03.000004"],
            ["2020-02-29T01:02:03.000004"],
        ),
        (
            "timestamp",
            "19",
            ["2016-12-31T23:59:59"],
            ["2016-12-31T23:59:59.000"],
        ),
        ("timestamp", "*", ["2016-12-31T23:59:60", "1999-01-01"], None),
        ("timestamp", "*", ["2015-02-03T00:00:00.123456789"], None),
        (
            "timestamp",
            "*",
            ["2015-02-30T00:00:00", "yesterday", "", "0000-01-01"],
            None,
        ),
        ("timestamp", "24", ["2015-02-03T01:02:03     "], None),
        ("moc", "*", ["4/13 17-18", ""], None),
        ("moc", "*", ["t61/1 3 s29/4"], None),
        (
            "adql:REGION",
            "*",
            ["Circle ICRS 1 2 3", "", "Polygon ICRS 1 2 3 4 5 6"],
            None,
        ),
        ("adql:REGION", "*", ["Union ICRS (Circle 1 2 3 Circle 4 5 6)"], None),
        ("adql:REGION", "*", ["Circle GALACTIC 1 2 3", ""], None),
        ("uuid", "36", ["ce8ad47e-c1ae-4e53-a2f4-0f9f1e6c7b0a"], None),
        ("hms", "*", ["12:34:56.7"], None),
    ],
)
def test_xtypes_come_back(post, xtype, arraysize, values, back):
    field = f'<FIELD name="x" datatype="char" arraysize="{arraysize}" xtype="{xtype}"/>'
    rows = "".join(f"<TR><TD>{value}</TD></TR>" for value in values)
    content = VOTABLE.format(f"{field}<DATA><TABLEDATA>{rows}</TABLEDATA></DATA>")

    reply = post(EVERYTHING, {"t": content}, FORMAT="votable/td")

    table = etree.fromstring(reply.content)
    assert table.find(".//{*}FIELD").get("xtype") == xtype
    assert [td.text or "" for td in table.iter("{*}TD")] == (back or values)


@pytest.mark.parametrize(
    ("xtype", "value"),
    [
        ("moc", "99/1"),
        ("adql:REGION", "Circle ICRS 10 95 1"),
    ],
)
def test_a_value_that_is_not_of_its_xtype_is_named(post, xtype, value):
    field = f'<FIELD name="x" datatype="char" arraysize="*" xtype="{xtype}"/>'
    row = f"<DATA><TABLEDATA><TR><TD>{value}</TD></TR></TABLEDATA></DATA>"

    reply = post(EVERYTHING, {"t": VOTABLE.format(field + row)}, status=400)

    assert f"UPLOAD t: column 'x' has the xtype '{xtype}'" in said(reply)


def test_pyvo_reads_back_the_truth_values_that_astropy_writes_as_bits(service):
    mine = Table({"n": [1, 2, 3], "good": [True, False, True]})
    found = service.run_sync(EVERYTHING, uploads={"t": mine}).to_table()

    assert list(map(bool, found["good"])) == [True, False, True]


def test_timestamps_can_be_compared(post):
    field = '<FIELD name="x" datatype="char" arraysize="*" xtype="timestamp"/>'
    rows = "".join(f"<TR><TD>{y}-01-01T00:00:00</TD></TR>" for y in (1999, 2010, 2020))
    content = VOTABLE.format(f"{field}<DATA><TABLEDATA>{rows}</TABLEDATA></DATA>")
    query = "SELECT ivo_to_mjd(x) AS m FROM TAP_UPLOAD.t WHERE x > '2015-01-01'"

    assert csv(post(query, {"t": content}, FORMAT="csv")) == ["m", "58849"]


def test_positions_are_found_by_their_index(server):
    n = 3000
    lon, lat = np.meshgrid(np.linspace(0, 359, 60), np.linspace(-80, 80, 50))
    table = Table({"lon": lon.ravel(), "lat": lat.ravel()})
    content = io.BytesIO()
    table.write(content, format="votable")
    query = (
        "SELECT COUNT(*) AS n FROM TAP_UPLOAD.t"
        " WHERE DISTANCE(POINT(lon, lat), POINT(6.1, 14.7)) < 0.5"
    )
    asked = {"LANG": "ADQL", "QUERY": query, "UPLOAD": "t,param:t", "FORMAT": "json"}
    reply = requests.post(
        f"{server}/tap/explain", data=asked, files={"t": content.getvalue()}, timeout=30
    )

    assert len(table) == n
    (access,) = reply.json()["access"]
    assert access["index"] is not None, reply.json()["plan"]


def test_positions_along_a_line_are_indexed_as_quickly_as_others(post):
    n = 150_000
    line = Table({"ra": np.linspace(0, 300, n), "dec": np.linspace(0, 80, n)})
    content = io.BytesIO()
    line.write(content, format="fits")
    begun = time.monotonic()
    reply = post("SELECT COUNT(*) AS n FROM t", {"t": content.getvalue()}, FORMAT="csv")

    assert csv(reply) == ["n", str(n)]
    assert time.monotonic() - begun < 6


def test_positions_may_be_as_close_to_zero_as_doubles_are(post):
    lon = 2.0 ** -np.linspace(0, 1000, 100_000)
    content = io.BytesIO()
    Table({"ra": lon, "dec": lon}).write(content, format="fits")
    files = {"t": content.getvalue()}
    reply = post("SELECT COUNT(*) AS n FROM t", files, FORMAT="csv")

    assert csv(reply) == ["n", "100000"]


INSIDE = (
    "SELECT name FROM TAP_UPLOAD.t"
    " WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE({lon}, {lat}, 0.1))"
)


@pytest.mark.parametrize("lon", ["-10.0", "360.0", "nan", "730.0", ""])
def test_positions_that_cannot_be_indexed_are_compared_all_the_same(post, lon):
    files = {"t": f"ra,dec,name\n{lon},1.0,odd\n20.0,2.0,plain\n"}
    odd = {"-10.0": 350, "360.0": 0, "730.0": 10}.get(lon)

    assert csv(post(INSIDE.format(lon=20, lat=2), files, FORMAT="csv"))[1:] == ["plain"]
    if odd is not None:
        found = post(INSIDE.format(lon=odd, lat=1), files, FORMAT="csv")
        assert csv(found)[1:] == ["odd"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "UPLOAD t: "),
        (b"<VOTABLE", "UPLOAD t: "),
        (NUMBERS[:-40].encode(), "UPLOAD t: "),
        (b'<!DOCTYPE x [<!ENTITY e "e">]>' + NUMBERS.encode(), "UPLOAD t: "),
        (VOTABLE.format('<FIELD name="a" datatype="int"/>' * 2).encode(), "UPLOAD t: "),
        (b"PAR1 and then nothing", "UPLOAD t: "),
        (b"SIMPLE  =                    T", "UPLOAD t: "),
    ],
)
def test_what_is_wrong_with_a_table_is_told_with_its_name(post, content, told):
    assert said(post(EVERYTHING, {"t": content}, status=400)).startswith(
        f"UsageFault: {told}"
    )


def test_a_part_that_is_missing_is_named(server):
    data = {"LANG": "ADQL", "QUERY": EVERYTHING, "UPLOAD": "t,param:nope"}
    reply = requests.post(f"{server}/tap/sync", data=data, timeout=30)

    assert reply.status_code == 400
    assert "no file part named 'nope'; send it with the form: multi" in said(reply)


def test_of_a_part_that_is_missing_those_that_came_are_told(server):
    data = {"LANG": "ADQL", "QUERY": EVERYTHING, "UPLOAD": "t,param:nope"}
    files = {"mine": b"a\n", "t": b"a\n"}
    reply = requests.post(f"{server}/tap/sync", data=data, files=files, timeout=30)

    assert "no file part named 'nope'; it has 'mine', 't'" in said(reply)


def test_one_upload_is_not_seen_by_another_query(post):
    post(EVERYTHING, {"t": NUMBERS})

    assert "TAP_UPLOAD" in said(post(EVERYTHING, {"u": NUMBERS}, status=400))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/tap/capabilities",
        "http://localhost:{port}/x",
        "http://[::1]:{port}/x",
        "http://2130706433:{port}/x",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/x",
    ],
)
def test_a_url_of_an_inner_network_is_not_fetched(server, url):
    url = url.format(port=server.rpartition(":")[2])
    data = {"LANG": "ADQL", "QUERY": EVERYTHING, "UPLOAD": f"t,{url}"}
    reply = requests.post(f"{server}/tap/sync", data=data, timeout=60)

    assert reply.status_code == 400, reply.text
    assert "UPLOAD" in said(reply)


def test_a_table_is_fetched_from_a_network_that_is_allowed(serving, demo_db, server):
    query = "SELECT TOP 3 object_id FROM demo.objects ORDER BY object_id"
    url = requests.Request(
        "GET", f"{server}/tap/sync", params={"LANG": "ADQL", "QUERY": query}
    ).prepare().url  # fmt: skip
    config = Config(uploads=UploadsSection(allow="127.0.0.0/8"))
    data = {"LANG": "ADQL", "QUERY": EVERYTHING, "UPLOAD": f"t,{url}", "FORMAT": "csv"}

    with serving(config, demo_db.url) as other:
        reply = requests.post(f"{other}/tap/sync", data=data, timeout=60)

    assert reply.status_code == 200, reply.text
    assert len(csv(reply)) == 4


def test_uploads_over_the_limit_are_refused(serving, demo_db):
    config = Config(uploads=UploadsSection(size=1000, rows=1))
    data = {"LANG": "ADQL", "QUERY": EVERYTHING, "UPLOAD": "t,param:t"}

    with serving(config, demo_db.url) as url:
        large = {"t": ("t", b"x" * 2000)}
        reply = requests.post(f"{url}/tap/sync", data=data, files=large, timeout=60)
        assert reply.status_code == 413
        reply = requests.post(
            f"{url}/tap/sync", data=data, files={"t": NUMBERS}, timeout=60
        )
        assert reply.status_code == 413
        assert "UPLOAD t: " in said(reply)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT dec FROM TAP_UPLOAD.t", "; it is in demo.objects; {has}"),
        ("SELECT t.dec FROM TAP_UPLOAD.t", "no column `dec` in TAP_UPLOAD.t; {has}"),
        ("SELECT m.dec FROM TAP_UPLOAD.t AS m", "`dec` in TAP_UPLOAD.t; {has}"),
    ],
)
def test_a_column_that_was_not_sent_is_told_with_those_that_were(post, query, told):
    reply = post(query, {"t": b"first,180.0,0.5\nsecond,9.9,20.4\n"}, status=400)
    assert told.format(has="TAP_UPLOAD.t has `first`, `180.0`, `0.5`") in said(reply)


def test_of_many_columns_that_were_sent_some_are_told(post):
    reply = post("SELECT x FROM TAP_UPLOAD.t", {"t": b"a,b,c,d,e,f,g\n"}, status=400)
    assert "has `a`, `b`, `c`, `d`, `e`, `f` ..." in said(reply)


@pytest.mark.parametrize("part", ["@stars.csv", "stars.csv", "my stars.fits.gz"])
@pytest.mark.parametrize("multipart", [True, False])
def test_the_name_of_a_file_is_not_taken_for_a_table(server, part, multipart):
    fields = {"LANG": "ADQL", "QUERY": EVERYTHING, "UPLOAD": "t,param:t", "t": part}
    form = {name: (None, text) for name, text in fields.items()}
    body = {"files": form} if multipart else {"data": fields}
    reply = requests.post(f"{server}/tap/sync", timeout=60, **body)
    assert reply.status_code == 400
    assert f"the part 't' is the text '{part}', not that file; send the file" in said(
        reply
    )


def test_a_table_may_be_a_plain_field(server):
    fields = {"LANG": "ADQL", "QUERY": EVERYTHING, "UPLOAD": "t,param:t"}
    for text in ("name\nstars.csv\n", "x,file.csv", "file.csv\n", "m.ra"):
        form = {**fields, "t": text, "FORMAT": "csv"}
        reply = requests.post(f"{server}/tap/sync", data=form, timeout=60)
        assert reply.text.split() == text.split()


def test_unpacked_uploads_have_one_limit_together(serving, demo_db):
    config = Config(uploads=UploadsSection(unpacked=200_000))
    one = ("t.csv", "n,text\n" + "1,some text of a row\n" * 4000)
    data = {"LANG": "ADQL", "QUERY": "SELECT COUNT(*) AS n FROM TAP_UPLOAD.a"}

    with serving(config, demo_db.url) as url:
        files = {"a": one}
        asked = {**data, "UPLOAD": "a,param:a"}
        fits = requests.post(f"{url}/tap/sync", data=asked, files=files, timeout=60)
        asked = {**data, "UPLOAD": "a,param:a;b,param:b"}
        files["b"] = one
        both = requests.post(f"{url}/tap/sync", data=asked, files=files, timeout=60)

    assert fits.status_code == 200, fits.text
    assert both.status_code == 413
    assert "UPLOAD b: " in said(both)


def test_values_that_take_more_in_the_database_count_with_that(serving, demo_db):
    """A truth value takes a bit here, and five bytes there."""
    size = 2**20
    table = pa.table({f"c{i}": pa.repeat(True, size) for i in range(8)})
    file = io.BytesIO()
    pq.write_table(table, file)
    limits = Config(uploads=UploadsSection(unpacked=2 * size))
    with serving(limits, demo_db.url) as url:
        reply = requests.post(
            f"{url}/tap/sync",
            data={"LANG": "ADQL", "QUERY": EVERYTHING, "UPLOAD": "t,param:t"},
            files={"t": ("t.parquet", file.getvalue())},
            timeout=60,
        )

    assert len(file.getvalue()) < 100_000
    assert reply.status_code == 413
    assert "the cells take more than" in said(reply)
