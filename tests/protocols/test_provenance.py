"""Every answer says where it comes from, in the words of the note Data Origin."""

import io

import pytest
import requests
from astropy.io import fits
from astropy.io.votable import parse
from astropy.io.votable.dataorigin import extract_data_origin

from vo_lcc.config import Config, PublisherSection

QUERY = "SELECT TOP 1 o.object_id FROM demo.objects AS o JOIN demo.lightcurves AS l ON"
QUERY += " o.object_id = l.object_id WHERE 1 < 2"
ASKED = {"LANG": "ADQL", "QUERY": QUERY}
PLACES = {
    "tap/sync": ASKED,
    "scs/demo": {"RA": "10", "DEC": "0", "SR": "0"},
    "ssa": {"REQUEST": "queryData", "MAXREC": "1"},
    "ssa/demo": {"FORMAT": "METADATA"},
}


@pytest.fixture(scope="module")
def base(serving, demo_db):
    publisher = PublisherSection(
        name="Observatory <&>", email="vo@example.org", reference_url="https://a.org/"
    )
    with serving(Config(publisher=publisher), demo_db.url) as url:
        yield url


def infos(content: bytes) -> list[tuple[str, str]]:
    resource = parse(io.BytesIO(content)).resources[0]
    return [(info.name, info.value) for info in resource.infos]


@pytest.mark.parametrize("path", PLACES)
def test_an_answer_says_what_was_asked_and_whom_to_cite(base, path, demo_db):
    reply = requests.get(f"{base}/{path}", PLACES[path], timeout=60)

    said = dict(infos(reply.content))
    ((creator, rights),) = demo_db.fetch("SELECT creator, rights FROM vo_lcc.releases")

    assert said["request"] == reply.url
    assert said["standardID"] == said["service_protocol"]
    assert said["standardID"].startswith("ivo://ivoa.net/std/")
    assert said["publisher"] == "Observatory <&>"
    assert (said["contact"], said["landing_page"]) == (
        "vo@example.org",
        "https://a.org/",
    )
    assert (said["collection"], said["creator"]) == ("demo", creator)
    assert (said["rights"], said["rights_uri"]) == (
        rights,
        "https://spdx.org/licenses/CC0-1.0",
    )
    assert said["resource_version"] == "1"
    assert said["publication_date"] == said["last_update_date"]


def test_astropy_finds_the_origin(base):
    reply = requests.get(f"{base}/tap/sync", ASKED, timeout=60)

    found = extract_data_origin(parse(io.BytesIO(reply.content)))

    assert found.query.query == QUERY
    assert found.query.service_protocol == "ivo://ivoa.net/std/TAP"
    assert found.query.publisher == "Observatory <&>"
    assert found.origin[0].resource_version == ["1"]


def test_a_form_in_the_body_is_told_as_the_url_that_asks_the_same(base):
    reply = requests.post(f"{base}/tap/sync", ASKED, timeout=60)

    url = dict(infos(reply.content))["request"]

    assert requests.get(url, timeout=60).status_code == 200
    assert "QUERY=SELECT+TOP+1" in url


@pytest.mark.parametrize(
    ("query", "collections"),
    [
        ("SELECT * FROM tap_schema.schemas", []),
        (
            "SELECT TOP 1 1 AS n FROM tap_schema.tables AS t, demo.objects AS o",
            ["demo"],
        ),
        (
            "SELECT table_name FROM tap_schema.tables WHERE EXISTS"
            " (SELECT 1 FROM demo.objects)",
            ["demo"],
        ),
        (
            "WITH w AS (SELECT ra FROM demo.objects) SELECT TOP 1 * FROM w, w AS b",
            ["demo"],
        ),
        (
            "SELECT schema_name FROM tap_schema.schemas UNION SELECT object_id"
            " FROM (SELECT object_id FROM demo.photometry) AS p",
            ["demo"],
        ),
    ],
)
def test_only_the_collections_a_query_reads_are_told(base, query, collections):
    asked = {"LANG": "ADQL", "QUERY": query, "MAXREC": "1"}

    reply = requests.get(f"{base}/tap/sync", asked, timeout=60)

    told = infos(reply.content)
    assert [value for name, value in told if name == "collection"] == collections


def test_a_light_curve_says_whom_to_cite_in_fits_too(base, demo_db):
    ((example,),) = demo_db.fetch("SELECT example FROM vo_lcc.releases")

    reply = requests.get(f"{base}/lc/demo/{example}?format=fits", timeout=60)

    with fits.open(io.BytesIO(reply.content)) as hdus:
        history = "".join(hdus[0].header["HISTORY"])
    assert "collection: demo" in history
    assert "rights_uri: https://spdx.org/licenses/CC0-1.0" in history
