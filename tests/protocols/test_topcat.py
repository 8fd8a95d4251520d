"""What TOPCAT sends when it opens a service, and what it makes of the answers."""

import io
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from astropy.io import votable
from astropy.table import Table

from tests.conftest import required_tool

SOURCE = Path(__file__).parent / "topcat" / "Opening.java"
JARS = Path("/usr/share/java")  # where Debian's stilts has the classes of TOPCAT

# TapSchemaTapMetaReader: columns that are there (SELECT TOP 1 *), then these.
METADATA = [
    "SELECT schema_name, description, utype FROM TAP_SCHEMA.schemas",
    "SELECT TOP 1 * FROM TAP_SCHEMA.tables",
    "SELECT schema_name, table_name, table_type, utype, description, table_index"
    " FROM TAP_SCHEMA.tables",
    "SELECT TOP 1 * FROM TAP_SCHEMA.columns",
    "SELECT table_name, column_name, datatype, arraysize, xtype, description, utype,"
    " unit, ucd, indexed, principal, std, column_index FROM TAP_SCHEMA.columns"
    " WHERE table_name = 'demo.objects'",
    "SELECT from_column, target_column, key_id FROM TAP_SCHEMA.key_columns",
    "SELECT key_id, target_table, description, utype, from_table FROM TAP_SCHEMA.keys",
]
ABOUT = [
    "SELECT short_name, res_title, res_description, reference_url FROM rr.resource"
    " WHERE ivoid='{}'",
    "SELECT role_name, email, base_role, logo FROM rr.res_role WHERE ivoid='{}'",
]
COUNT = "SELECT COUNT(*) AS nrow FROM TAP_SCHEMA.columns"
ALL_COLUMNS = "SELECT table_name, column_name FROM TAP_SCHEMA.columns"
MATCH = "SELECT t.name FROM TAP_UPLOAD.t1 AS t JOIN TAP_UPLOAD.t2 AS u USING (name)"
UPLOADED = b"""<?xml version='1.0'?>
<VOTABLE version="1.2" xmlns="http://www.ivoa.net/xml/VOTable/v1.2">
<RESOURCE><TABLE nrows="2"><FIELD arraysize="1*" datatype="char" name="name"/>
<DATA><TABLEDATA><TR><TD>a</TD></TR><TR><TD>b</TD></TR></TABLEDATA></DATA>
</TABLE></RESOURCE></VOTABLE>"""
BOUNDARY = "---------------------------topcat"


def ask(server: str, adql: str, **params: str) -> Table:
    """A synchronous query as TOPCAT sends it: POST, what it does not need left out."""
    reply = requests.post(
        f"{server}/tap/sync",
        data={"LANG": "ADQL", "QUERY": adql, **params},
        headers={"Accept-Encoding": "gzip", "User-Agent": "TOPCAT/4.8 Java/17"},
        timeout=30,
    )
    assert reply.status_code == 200, reply.text
    return votable.parse_single_table(io.BytesIO(reply.content)).to_table()


def chunks(parts: dict[str, bytes]) -> Iterator[bytes]:
    """The body of a form with several parts, of unknown length."""
    for name, value in parts.items():
        is_file = value.startswith(b"<?xml")
        filename = f'; filename="{name}.vot"' if is_file else ""
        yield f"--{BOUNDARY}\r\n".encode()
        yield f'Content-Disposition: form-data; name="{name}"{filename}\r\n'.encode()
        yield b"Content-Type: application/x-votable+xml\r\n" if is_file else b""
        yield b"\r\n" + value + b"\r\n"
    yield f"--{BOUNDARY}--\r\n".encode()


def post_parts(url: str, parts: dict[str, bytes]) -> requests.Response:
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return requests.post(
        url,
        data=(each for each in chunks(parts) if each),
        headers={"Content-Type": kind},
        allow_redirects=False,
        timeout=30,
    )


# As it is sent


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_capabilities_are_probed_by_head_then_read(server, method):
    reply = requests.request(method, f"{server}/tap/capabilities", timeout=30)

    assert reply.status_code == 200
    assert reply.headers["Content-Type"].startswith("text/xml")
    assert bool(reply.content) == (method == "GET")


@pytest.mark.parametrize("query", METADATA)
def test_metadata_are_read_from_tap_schema(server, query):
    (count,) = ask(server, COUNT)["nrow"]

    rows = ask(server, query, MAXREC=str(count + 1))

    assert 0 < len(rows) <= count
    for flag in {"indexed", "principal", "std"} & set(rows.colnames):
        assert set(rows[flag]) <= {0, 1}


def test_the_usual_limit_does_not_cut_metadata_short(small_server):
    """A server that gives 2 rows unless it is asked for more, and 50 at most."""
    (count,) = ask(small_server, COUNT)["nrow"]

    assert len(ask(small_server, ALL_COLUMNS)) == min(count, 50)


@pytest.mark.parametrize("path", ["tables", "tables?detail=min", "tables/demo.objects"])
def test_tables_are_read_in_each_way(server, path):
    reply = requests.get(f"{server}/tap/{path}", timeout=30)

    assert reply.status_code == 200
    assert "demo.objects" in reply.text
    assert ("<column" in reply.text) == ("min" not in path)


@pytest.mark.parametrize("query", ABOUT)
def test_the_registry_tells_of_the_service(server, query):
    requests.get(f"{server}/oai?verb=Identify", timeout=30)  # waits for our records
    ivoid = ask(
        server,
        "SELECT ivoid FROM rr.capability NATURAL JOIN rr.interface"
        " WHERE standard_id = 'ivo://ivoa.net/std/tap'"
        f" AND access_url = '{server}/tap'",
    )["ivoid"][0]  # servers of other settings on this database have records too

    assert len(ask(server, query.format(ivoid))) > 0


def test_uploads_come_in_chunks_and_their_names_in_one_parameter(server):
    parts = {
        "LANG": b"ADQL",
        "QUERY": MATCH.encode(),
        "RESPONSEFORMAT": b"csv",
        "UPLOAD": b"t1,param:u1;t2,param:u2",
        "u1": UPLOADED,
        "u2": UPLOADED,
    }
    sync = post_parts(f"{server}/tap/sync", parts)
    created = post_parts(f"{server}/tap/async", parts)
    job = created.headers["Location"]
    run = requests.post(
        f"{job}/phase", data={"PHASE": "RUN"}, allow_redirects=False, timeout=30
    )
    done = requests.get(job, {"WAIT": "-1", "PHASE": "QUEUED"}, timeout=60)
    done = requests.get(job, {"WAIT": "-1", "PHASE": "EXECUTING"}, timeout=60)
    result = requests.get(f"{job}/results/result", timeout=30)
    deleted = requests.delete(job, allow_redirects=False, timeout=30)

    assert sorted(sync.text.split()) == ["a", "b", "name"]
    assert [each.status_code for each in (created, run, deleted)] == [303, 303, 303]
    assert "COMPLETED" in done.text
    assert sorted(result.text.split()) == ["a", "b", "name"]


def test_an_error_is_where_topcat_reads_it(server):
    reply = requests.post(
        f"{server}/tap/sync", data={"LANG": "ADQL", "QUERY": "SELECT x"}, timeout=30
    )
    (resource,) = votable.parse(io.BytesIO(reply.content)).resources

    assert (reply.status_code, resource.type) == (400, "results")
    (info,) = [each for each in resource.infos if each.name == "QUERY_STATUS"]
    assert info.value == "ERROR"
    assert "x" in info.content


# As its own classes see it


@pytest.fixture(scope="module")
def opened(server) -> dict[str, list[list[str]]]:
    """What the classes of TOPCAT tell of the service, by the first word of a line."""
    requests.get(f"{server}/oai?verb=Identify", timeout=30)
    required_tool("stilts")
    java = shutil.which("java")
    jars = sorted(map(str, JARS.glob("starlink-*.jar")))
    if java is None or not jars:
        pytest.skip("java, or the classes of TOPCAT, are not where Debian has them")
    command = [java, "-XX:TieredStopAtLevel=1", "-cp", ":".join(jars), str(SOURCE)]
    done = subprocess.run(
        [*command, f"{server}/tap", "demo", "synthetic"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, list[list[str]]] = {}
    for line in done.stdout.splitlines():
        word, *fields = line.split("\t")
        found.setdefault(word, []).append(fields)
    return found


@pytest.mark.validator
def test_each_way_to_read_metadata_sees_the_same(server, opened):
    seen = {tuple(fields[1:]) for fields in opened["policy"]}
    names = {fields[0] for fields in opened["policy"]}

    assert names == {
        "Auto",
        "TAP_SCHEMA",
        "TAP_SCHEMA-C",
        "TAP_SCHEMA-CF",
        "TableSet-VOSI1.0",
        "TableSet-VOSI1.1",
        "TableSet-VOSI1.1-1step",
        "TableSet-VOSI1.1-2step",
        "VizieR",
    }
    ((schemas, tables, whole),) = seen
    columns = ask(server, ALL_COLUMNS)
    listed = list(columns["table_name"])
    assert int(tables) == len(set(listed))
    assert int(schemas) == len({name.partition(".")[0] for name in listed})
    for name in ("demo.objects", "demo.lightcurves", "demo.photometry"):
        assert f"{name} {listed.count(name)} " in whole


@pytest.mark.validator
def test_it_sees_what_the_service_can(opened):
    features = {type_: int(count) for type_, count in opened["feature"]}

    assert features["ivo://ivoa.net/std/tapregext#features-udf"] > 40
    assert features["ivo://ivoa.net/std/tapregext#features-adqlgeo"] == 13
    assert opened["limits"] == [["2", "2", "2", "2"]]
    assert [int(count) > 0 for count in opened["offers"][0]] == [True] * 3
    assert int(opened["examples"][0][0]) > 5


@pytest.mark.validator
def test_it_finds_the_services_in_our_own_registry(server, opened):
    tap = opened["service"][0]
    resources = {kind: url for kind, _, url in opened["resource"]}

    assert tap[1] == f"{server}/tap"
    assert int(tap[2]) > 20
    assert set(resources) == {"ConeSearch", "SimpleSpectralAccess"}
    for url in resources.values():
        assert url.startswith(server)
