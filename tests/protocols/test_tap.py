import gzip
import io
import re

import pytest
import pyvo
import requests
from astropy.io import votable
from astropy.io.votable.ucd import parse_ucd
from astropy.table import Table
from astropy.units import Unit
from lxml import etree

VOTABLE = "{http://www.ivoa.net/xml/VOTable/v1.3}"
QUERY = "SELECT TOP 3 object_id, ra, dec FROM demo.objects ORDER BY object_id"
ASK = {"LANG": "ADQL", "QUERY": QUERY}
FORMATS = {
    None: "application/x-votable+xml",
    "votable": "application/x-votable+xml",
    "VOTable": "application/x-votable+xml",
    "votable/td": "application/x-votable+xml;serialization=TABLEDATA",
    "votable/b": "application/x-votable+xml;serialization=BINARY",
    "votable/b2": "application/x-votable+xml;serialization=BINARY2",
    "application/x-votable+xml;serialization=binary2": (
        "application/x-votable+xml;serialization=binary2"
    ),
    "text/xml": "text/xml",
    "csv": "text/csv;header=present",
    "text/csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "fits": "application/fits",
    "application/fits": "application/fits",
}
READERS = {"csv": "ascii.csv", "tab-separated-values": "ascii.tab", "fits": "fits"}


@pytest.fixture
def ask(server):
    """The answer to a query, sent by GET or POST."""

    def send(method="GET", status=200, **params):
        given = {"params": params} if method == "GET" else {"data": params}
        reply = requests.request(method, f"{server}/tap/sync", timeout=60, **given)
        assert reply.status_code == status, reply.text[:1000]
        return reply

    return send


@pytest.fixture(scope="module")
def service(server):
    return pyvo.dal.TAPService(f"{server}/tap")


def statuses(content):
    root = etree.fromstring(content)
    infos = root.iter(f"{VOTABLE}INFO")
    return [i.get("value") for i in infos if i.get("name") == "QUERY_STATUS"]


def fault(content):
    (info,) = etree.fromstring(content).iter(f"{VOTABLE}INFO")
    assert (info.get("name"), info.get("value")) == ("QUERY_STATUS", "ERROR")
    return info.text


def lines(reply):
    return reply.text.split()


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("extra", [{}, {"REQUEST": "doQuery"}])
def test_query_is_answered(ask, method, extra):
    assert statuses(ask(method, **ASK, **extra).content) == ["OK"]


def test_multipart_is_read(server):
    parts = {name: (None, value) for name, value in ASK.items()}
    reply = requests.post(f"{server}/tap/sync", files=parts, timeout=30)

    assert statuses(reply.content) == ["OK"]


def test_chunked_body_is_read(server):
    def pieces():
        yield b"LANG=ADQL&QUERY=SELECT+COUNT(*)"
        yield b"+AS+n+FROM+demo.objects&RESPONSEFORMAT=csv"

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = requests.post(
        f"{server}/tap/sync", data=pieces(), headers=headers, timeout=30
    )

    assert lines(reply) == ["n", "5000"]


@pytest.mark.parametrize("lang", ["ADQL", "ADQL-2.0", "ADQL-2.1", "adql-2.1"])
def test_every_language_that_is_advertised_is_taken(ask, lang):
    assert ask(LANG=lang, QUERY=QUERY).status_code == 200


@pytest.mark.parametrize(
    ("given", "wrong"), [({}, "missing"), ({"LANG": "SQL"}, "'SQL' is unknown")]
)
def test_who_names_no_language_is_told_which_there_are(ask, given, wrong):
    reply = ask(status=400, QUERY=QUERY, **given)

    assert f"LANG: {wrong}; use one of ADQL, ADQL-2.0, ADQL-2.1" in reply.text


@pytest.mark.parametrize("name", ["RESPONSEFORMAT", "FORMAT", "format"])
@pytest.mark.parametrize(("asked", "media_type"), FORMATS.items())
def test_each_format_comes_under_the_name_it_was_asked_by(ask, name, asked, media_type):
    reply = ask(**ASK, **({} if asked is None else {name: asked}))
    told = reply.headers["Content-Type"].replace("; ", ";")

    assert told.lower().startswith(media_type.lower())


@pytest.mark.parametrize("asked", FORMATS)
def test_astropy_reads_the_same_values_from_each_format(ask, service, asked):
    reply = ask(**ASK, **({} if asked is None else {"RESPONSEFORMAT": asked}))
    kind = reply.headers["Content-Type"].partition(";")[0].partition("/")[2]
    reader = READERS.get(kind, "votable")
    table = Table.read(io.BytesIO(reply.content), format=reader)
    expected = service.run_sync(QUERY).to_table()

    assert list(table["object_id"]) == list(expected["object_id"])
    assert list(table["ra"]) == list(expected["ra"])
    assert list(table["dec"]) == list(expected["dec"])


def test_column_says_where_it_comes_from(service):
    (field,) = service.run_sync("SELECT TOP 1 ra FROM demo.objects").fielddescs

    assert str(field.unit) == "deg"
    assert field.ucd == "pos.eq.ra;meta.main"
    assert field.description


def test_every_column_has_words_of_the_vocabularies(service):
    columns = service.search("SELECT * FROM tap_schema.columns").to_table()
    assert len(columns) > 60
    for column in columns:
        assert column["description"][0].isupper() or column["description"][0].isdigit()
        assert column["std"] or parse_ucd(column["ucd"], True)
        assert not column["unit"] or Unit(column["unit"], format="vounit")


def test_time_column_says_its_frame_in_tap_schema(service):
    (column,) = service.search(
        "SELECT description FROM tap_schema.columns"
        " WHERE table_name = 'demo.objects' AND column_name = 't_min'"
    )

    assert column["description"] == "Time of the first point (MJD, TDB, BARYCENTER)"


def test_answer_says_where_it_comes_from(ask):
    infos = {
        info.get("name"): info.get("value")
        for info in etree.fromstring(ask(**ASK).content).iter(f"{VOTABLE}INFO")
    }

    assert infos["query"] == QUERY
    assert infos["standardID"] == "ivo://ivoa.net/std/TAP"
    assert infos["server_software"].startswith("vo_lcc/")
    assert infos["request_date"].endswith("Z")


@pytest.mark.parametrize(
    ("query", "maxrec", "rows", "overflow"),
    [
        ("SELECT object_id FROM demo.objects", "4", 4, True),
        ("SELECT TOP 4 object_id FROM demo.objects", "4", 4, False),
        ("SELECT TOP 5 object_id FROM demo.objects", "4", 4, True),
        ("SELECT TOP 3 object_id FROM demo.objects", "4", 3, False),
        ("SELECT object_id FROM demo.objects", "5000", 5000, False),
        ("SELECT object_id FROM demo.objects", "4999", 4999, True),
    ],
)
def test_overflow_is_said_only_when_rows_were_left_out(
    ask, query, maxrec, rows, overflow
):
    reply = ask(LANG="ADQL", QUERY=query, MAXREC=maxrec, FORMAT="votable/td")

    assert reply.text.count("<TR>") == rows
    assert statuses(reply.content) == (["OK", "OVERFLOW"] if overflow else ["OK"])
    if overflow:
        assert reply.text.index("OVERFLOW") > reply.text.index("</TABLE>")


def test_csv_is_cut_at_exactly_maxrec_rows(ask):
    query = "SELECT object_id FROM demo.objects"

    assert len(lines(ask(LANG="ADQL", QUERY=query, MAXREC="4", FORMAT="csv"))) == 5


@pytest.mark.parametrize("name", [None, "votable/td", "csv", "fits"])
def test_maxrec_zero_gives_the_columns_and_no_rows(ask, name):
    extra = {} if name is None else {"FORMAT": name}
    reply = ask(**ASK, MAXREC="0", **extra)

    assert b"object_id" in reply.content
    assert b"<TR>" not in reply.content
    assert (b"OVERFLOW" in reply.content) == (name != "csv")


def test_maxrec_zero_does_not_run_the_query(ask):
    query = "SELECT COUNT(*) AS n FROM demo.photometry AS a, demo.photometry AS b"

    assert ask(LANG="ADQL", QUERY=query, MAXREC="0").status_code == 200


def test_astroquerys_two_formats_and_its_own_parameters_are_taken(ask):
    reply = ask(
        "POST", **ASK, REQUEST="doQuery", FORMAT="csv", format="votable",
        PHASE="RUN", tapclient="astroquery", jobname="job",
    )  # fmt: skip

    assert reply.headers["Content-Type"].startswith("text/csv")


def test_accept_text_plain_does_not_matter(server):
    headers = {"Accept": "text/plain"}
    reply = requests.get(f"{server}/tap/sync", params=ASK, headers=headers, timeout=30)

    assert reply.status_code == 200


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"LANG": "SQL"}, "LANG: 'SQL' is unknown"),
        ({"LANG": "ADQL-9.9"}, "LANG: "),
        ({"LANG": ""}, "LANG: missing"),
        ({"QUERY": ""}, "QUERY: missing"),
        ({"REQUEST": "bogus"}, "REQUEST: "),
        ({"MAXREC": "-1"}, "MAXREC: "),
        ({"MAXREC": "abc"}, "MAXREC: "),
        ({"QUERY": [QUERY, "SELECT 1"]}, "QUERY: given 2 times"),
        ({"RESPONSEFORMAT": "application/x-nonsense"}, "votable"),
        ({"RESPONSEFORMAT": "../../etc/passwd"}, "RESPONSEFORMAT"),
        ({"RUNID": "x" * 65}, "RUNID: "),
        ({"UPLOAD": "justname"}, "UPLOAD: 'justname' is not"),
        ({"UPLOAD": "t,param:nope"}, "no file part named 'nope'"),
        ({"UPLOAD": "t,file:///etc/passwd"}, "UPLOAD: "),
        ({"UPLOAD": "t,http://127.0.0.1:1/t"}, "cannot be fetched"),
        ({"QUERY": "SELECT FROM"}, "line 1, column "),
        (
            {"QUERY": "SELECT ra\nFROM demo.objects\n WHERE median = 1"},
            "line 3, column 8: no column `median` in demo.objects;"
            " did you mean `g_median`?",
        ),
        ({"QUERY": "SELECT * FROM demo.such_table"}, "demo.such_table"),
        ({"QUERY": "SELECT * FROM nosuch.objects"}, "nosuch.objects"),
        ({"QUERY": "SELECT nonsense FROM demo.objects"}, "nonsense"),
        ({"QUERY": "DROP TABLE demo.objects"}, "line 1, column 1"),
        ({"QUERY": "\x01\x02\ufffd\u202e'\"--"}, "line 1, column "),
        ({"QUERY": "SELECT 1\0"}, "NUL"),
        (
            {"QUERY": "SELECT n_points * 9223372036854775807 AS x FROM demo.objects"},
            "out of the range",
        ),
        (
            {"QUERY": "SELECT CAST(object_id AS INTEGER) AS x FROM demo.objects"},
            "cannot be cast",
        ),
        (
            {"QUERY": "SELECT object_id FROM demo.objects WHERE"
             " 1=CONTAINS(POINT(ra, dec), CIRCLE(10, 10, -1))"},
            "line 1, column ",
        ),
        (
            {"QUERY": "SELECT object_id FROM demo.objects WHERE"
             " 1=CONTAINS(POINT(ra, dec), CIRCLE(10, 91, 1))"},
            "line 1, column ",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_bad_input_is_an_error_document_that_says_what(ask, method, params, says):
    reply = ask(method, 400, **ASK | params)

    assert says in fault(reply.content)


@pytest.mark.parametrize("chunked", [False, True])
def test_body_of_a_hundred_megabytes_is_refused_and_the_server_goes_on(server, chunked):
    body = b"x" * 100_000_000
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    data = (body[i : i + 2**20] for i in range(0, len(body), 2**20))
    reply = requests.post(
        f"{server}/tap/sync",
        data=data if chunked else body,
        headers=headers,
        timeout=30,
    )

    assert reply.status_code == 413
    assert "larger than" in fault(reply.content)
    assert requests.get(f"{server}/tap/availability", timeout=5).ok


@pytest.mark.parametrize("path", ["nonsense", "sync/x", "asynchronous"])
def test_unknown_path_is_not_found_in_the_services_own_form(server, path):
    reply = requests.get(f"{server}/tap/{path}", timeout=30)

    assert reply.status_code == 404
    assert fault(reply.content).startswith("NotFoundFault")


def test_wrong_method_is_refused_in_the_services_own_form(server):
    reply = requests.delete(f"{server}/tap/sync", timeout=30)

    assert reply.status_code == 405
    assert "POST" in fault(reply.content)


def test_head_is_answered_without_a_body(server):
    reply = requests.head(f"{server}/tap/sync", params=ASK, timeout=30)

    assert reply.status_code == 200
    assert "votable" in reply.headers["Content-Type"]
    assert reply.content == b""


def test_every_answer_names_the_server_and_lets_browsers_read_it(server):
    for path in ("tap/sync", "tap/availability", "scs/demo", "nonsense"):
        reply = requests.get(f"{server}/{path}", timeout=30)

        assert reply.headers["Server"].startswith("vo_lcc/")
        assert reply.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["/tap/tables", "/lc/demo/demo-0001", "/tap/nosuch"])
def test_caches_are_told_what_an_answer_depends_on(server, path):
    reply = requests.get(server + path, timeout=30)

    assert reply.headers["Vary"] == "Accept, Accept-Encoding"


def test_preflight_of_a_browser_is_allowed(server):
    reply = requests.options(f"{server}/tap/sync", timeout=30)

    assert reply.status_code == 204
    assert "POST" in reply.headers["Access-Control-Allow-Methods"]


def test_answer_has_a_name_to_be_saved_under(ask):
    assert "result.csv" in ask(**ASK, FORMAT="csv").headers["Content-Disposition"]


@pytest.mark.parametrize("name", ["csv", "tsv", "votable/td"])
def test_text_is_compressed_when_the_client_asks(server, name):
    params = {**ASK, "FORMAT": name}
    plain, packed = (
        requests.get(
            f"{server}/tap/sync",
            params=params,
            headers={"Accept-Encoding": coding},
            stream=True,
            timeout=30,
        )
        for coding in ("identity", "gzip;q=1.0, deflate")
    )

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert b"object_id" in gzip.decompress(packed.raw.read())


def test_long_query_works_by_post(ask):
    ids = ",".join(f"'x{i:05}'" for i in range(2500))
    query = f"SELECT object_id FROM demo.objects WHERE object_id IN ({ids})"

    assert lines(ask("POST", LANG="ADQL", QUERY=query, FORMAT="csv")) == ["object_id"]


def test_tap_schema_is_not_cut_by_a_small_default(small_server):
    service = pyvo.dal.TAPService(f"{small_server}/tap")

    assert len(service.run_sync("SELECT * FROM tap_schema.columns")) > 10
    assert len(service.run_sync("SELECT object_id FROM demo.objects")) == 2


def test_maxrec_beyond_the_hard_limit_is_cut_to_it(small_server):
    service = pyvo.dal.TAPService(f"{small_server}/tap")
    result = service.run_sync("SELECT object_id FROM demo.objects", maxrec=10**9)

    assert len(result) == 50
    assert result.status[0] == "OVERFLOW"


def test_pyvo_reports_the_error_of_a_query(service):
    with pytest.raises(pyvo.dal.DALQueryError, match="nonsense"):
        service.run_sync("SELECT nonsense FROM demo.objects")


@pytest.mark.validator
@pytest.mark.parametrize("name", ["votable/td", "votable/b", "votable/b2"])
def test_votlint_finds_nothing_wrong(ask, stilts, tmp_path, name):
    path = tmp_path / "result.vot"
    query = "SELECT TOP 50 * FROM demo.lightcurves"
    reply = ask(LANG="ADQL", QUERY=query, MAXREC="9", FORMAT=name)
    path.write_bytes(reply.content)
    lint = stilts("votlint", f"votable={path}")

    assert lint.returncode == 0
    assert not re.findall("ERROR|WARNING", lint.stdout + lint.stderr)
    assert votable.parse(path, verify="exception")


@pytest.mark.validator
def test_stilts_tapquery_reads_the_service(server, stilts):
    run = stilts(
        "tapquery", f"tapurl={server}/tap", "sync=true", f"adql={QUERY}", "ofmt=csv",
        "out=-",
    )  # fmt: skip

    assert run.returncode == 0, run.stderr
    assert len(run.stdout.splitlines()) == 4


@pytest.mark.parametrize("path", ["/tap", "/tap/"])
def test_the_bare_address_leads_to_the_capabilities(server, path):
    reply = requests.get(server + path, timeout=60)

    assert reply.status_code == 200
    assert reply.url == f"{server}/tap/capabilities"
    assert b"TAPRegExt" in reply.content
