"""Parquet, Arrow and JSON as clients get them."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import requests
from astropy.table import Table

from vo_lcc.formats.columnar import CONTENT_KEY

QUERY = (
    "SELECT object_id, ra, POINT(ra, dec) AS place, CAST(NULL AS REAL) AS nothing"
    " FROM demo.objects ORDER BY object_id"
)
MEDIA_TYPES = {
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.stream",
    "json": "application/json",
}
each = pytest.mark.parametrize("name", MEDIA_TYPES)


def parquet_columns(content: bytes) -> dict[str, list]:
    return pq.read_table(io.BytesIO(content)).to_pydict()


def arrow_columns(content: bytes) -> dict[str, list]:
    return pa.ipc.open_stream(content).read_all().to_pydict()


def json_columns(content: bytes) -> dict[str, list]:
    said = json.loads(content)
    names = [column["name"] for column in said["columns"]]
    return {name: [row[i] for row in said["data"]] for i, name in enumerate(names)}


READERS = {"parquet": parquet_columns, "arrow": arrow_columns, "json": json_columns}


@pytest.fixture
def ask():
    """What a server answers to a TAP query."""

    def send(server, **params):
        asked = {"LANG": "ADQL", "QUERY": QUERY, **params}
        reply = requests.get(f"{server}/tap/sync", params=asked, timeout=60)
        assert reply.status_code == 200, reply.text
        return reply

    return send


@each
def test_tap_gives_the_rows_of_the_database(server, ask, demo_db, name):
    reply = ask(server, FORMAT=name)
    seen = READERS[name](reply.content)
    rows = demo_db.fetch("SELECT object_id, ra, dec FROM demo.objects ORDER BY 1")

    assert list(seen) == ["object_id", "ra", "place", "nothing"]
    assert seen["object_id"] == [row[0] for row in rows]
    assert seen["ra"] == [row[1] for row in rows]
    assert seen["place"] == [list(row[1:]) for row in rows]
    assert seen["nothing"] == [None] * len(rows)


@pytest.mark.parametrize(
    ("asked", "media_type"),
    [
        *((name, kind) for name, kind in MEDIA_TYPES.items()),
        *((kind, kind) for kind in MEDIA_TYPES.values()),
        ("application/x-parquet", "application/x-parquet"),
        ("application/parquet", "application/parquet"),
    ],
)
def test_each_comes_under_its_media_type(server, ask, asked, media_type):
    reply = ask(server, RESPONSEFORMAT=asked, MAXREC="3")

    assert reply.headers["Content-Type"].split(";")[0] == media_type


@each
def test_maxrec_zero_gives_columns_and_no_rows(server, ask, name):
    seen = READERS[name](ask(server, FORMAT=name, MAXREC="0").content)

    assert seen == {"object_id": [], "ra": [], "place": [], "nothing": []}


def test_overflow_is_in_the_footer_of_parquet(small_server, ask):
    content = ask(small_server, FORMAT="parquet").content
    metadata = pq.ParquetFile(io.BytesIO(content)).metadata

    assert metadata.num_rows == 2
    assert b'value="OVERFLOW"' in metadata.metadata[CONTENT_KEY.encode()]


def test_overflow_is_in_the_last_batch_of_arrow(small_server, ask):
    content = ask(small_server, FORMAT="arrow").content
    *_, last = pa.ipc.open_stream(content).iter_batches_with_custom_metadata()

    assert last.batch.num_rows == 0
    assert dict(last.custom_metadata)[b"QUERY_STATUS"] == b"OVERFLOW"


def test_overflow_is_the_status_of_json(small_server, ask):
    said = ask(small_server, FORMAT="json").json()

    assert said["status"] == "OVERFLOW"
    assert len(said["data"]) == 2
    assert "2 rows" in said["message"]


def test_the_votable_of_parquet_is_valid(server, ask, validate):
    content = ask(server, FORMAT="parquet").content
    metadata = pq.ParquetFile(io.BytesIO(content)).metadata.metadata

    assert validate(metadata[CONTENT_KEY.encode()]) == []


def test_astropy_opens_the_parquet(server, ask):
    pytest.importorskip("pandas", reason="astropy reads Parquet with pandas only")
    content = ask(server, FORMAT="parquet").content
    table = Table.read(io.BytesIO(content), format="parquet.votable")

    assert table["ra"].unit == "deg"
    assert table["ra"].meta["ucd"] == "pos.eq.ra;meta.main"
    assert table["place"].shape == (len(table), 2)
    assert table["object_id"].dtype.kind == "U"


@each
def test_a_light_curve_is_one_long_table(server, demo_db, name):
    ((example, count),) = demo_db.fetch(
        "SELECT object_id, count(*) FROM demo.photometry"
        " WHERE object_id = (SELECT example FROM vo_lcc.releases"
        " WHERE collection = 'demo') GROUP BY object_id"
    )
    url = f"{server}/lc/demo/{example}"
    reply = requests.get(url, params={"format": name}, timeout=60)
    seen = READERS[name](reply.content)

    assert reply.headers["Content-Type"].startswith(MEDIA_TYPES[name])
    assert len(seen["obs_time"]) == count
    assert len(set(seen["passband"])) > 1


@each
def test_a_table_for_each_passband_is_refused(server, demo_db, name):
    ((example,),) = demo_db.fetch("SELECT min(object_id) FROM demo.objects")
    url = f"{server}/lc/demo/{example}"
    reply = requests.get(url, params={"format": name, "layout": "bands"}, timeout=60)

    assert reply.status_code == 400
    assert "layout=long" in reply.text


@each
def test_a_failure_midway_breaks_the_connection(server, demo_db, name):
    # cannot be computed for the last object, long after the first batch was sent
    ((last,),) = demo_db.fetch("SELECT max(object_id) FROM demo.objects")
    query = (
        "SELECT object_id, obs_time, n * 9223372036854775807 AS x"
        f" FROM (SELECT p.*, CASE WHEN object_id = '{last}' THEN 2 ELSE 1 END AS n"
        " FROM demo.photometry AS p) AS q"
    )
    asked = {"LANG": "ADQL", "QUERY": query, "FORMAT": name, "MAXREC": "10000000"}

    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(f"{server}/tap/sync", params=asked, timeout=60)
