"""ivoa.obscore as clients find it: values over HTTP, and pyvo."""

from urllib.parse import quote, unquote, urlsplit

import pyvo
import requests

from vo_lcc.config import Config, JobsSection, PublisherSection, ServerSection

OBJECT = "demo-0007"


def run(server: str, query: str):
    return pyvo.dal.TAPService(f"{server}/tap").run_sync(query)


def test_pyvo_knows_that_obscore_is_there(server):
    service = pyvo.dal.TAPService(f"{server}/tap")

    models = [
        model.ivo_id
        for capability in service.capabilities
        for model in getattr(capability, "datamodels", ())
    ]

    assert models == [
        "ivo://ivoa.net/std/ObsCore#core-1.1",
        "ivo://ivoa.net/std/obscore#time-obs-1.0",
    ]


def test_an_observation_leads_to_its_links(server):
    (row,) = run(
        server,
        "SELECT obs_publisher_did, access_url, access_format FROM ivoa.obscore"
        f" WHERE target_name = '{OBJECT}' AND passband = 'g'",
    ).to_table()

    address, _, did = row["access_url"].partition("?ID=")
    assert address == f"{server}/datalink/links"
    assert unquote(did) == row["obs_publisher_did"]
    assert row["access_format"] == "application/x-votable+xml;content=datalink"


QUERY = (
    "SELECT TOP 1 obs_publisher_did, access_url FROM ivoa.obscore"
    f" WHERE obs_id = 'demo/{OBJECT}' ORDER BY passband"
)


def test_identifiers_and_addresses_are_those_of_the_server(demo_db, serving):
    config = Config(
        server=ServerSection(base_url="https://vo.example.org/stars"),
        publisher=PublisherSection(authority="vo.example.org"),
        jobs=JobsSection(workers=False),
    )
    with serving(config, demo_db.url) as url:
        row = run(url, QUERY)[0]

    did = f"ivo://vo.example.org/~?demo/{OBJECT}/g"
    links = "https://vo.example.org/stars/datalink/links?ID="
    assert row["obs_publisher_did"] == did
    assert row["access_url"] == links + quote(did, safe="")


def test_one_connection_serves_as_several_servers(server):
    """What one statement has set is not there for the next."""
    addresses = []
    for host in ("a.example.org", "b.example.org", "a.example.org"):
        answer = requests.get(
            f"{server}/tap/sync",
            params={"LANG": "ADQL", "QUERY": QUERY, "RESPONSEFORMAT": "csv"},
            headers={"X-Forwarded-Host": host},
            timeout=20,
        )
        addresses.append(answer.text.splitlines()[1].rpartition(",")[2])

    assert [urlsplit(each).netloc for each in addresses] == [
        "a.example.org",
        "b.example.org",
        "a.example.org",
    ]


def test_a_job_gives_the_addresses_of_its_server(server):
    row = pyvo.dal.TAPService(f"{server}/tap").run_async(QUERY)[0]

    assert row["access_url"].startswith(f"{server}/datalink/links?ID=ivo%3A")


def test_settings_and_uploads_go_together(server):
    ids = f"id,n\n{OBJECT},1\ndemo-0011,2\n".encode()
    answer = requests.post(
        f"{server}/tap/sync",
        data={
            "LANG": "ADQL",
            "QUERY": "SELECT n, passband, access_url FROM ivoa.obscore JOIN"
            " TAP_UPLOAD.mine ON id = target_name ORDER BY n, passband",
            "UPLOAD": "mine,param:file",
            "RESPONSEFORMAT": "csv",
        },
        files={"file": ("ids.csv", ids, "text/csv")},
        timeout=20,
    )

    _, *lines = answer.text.splitlines()
    assert [line.split(",")[:2] for line in lines] == [
        ["1", "g"],
        ["1", "r"],
        ["2", "g"],
        ["2", "r"],
    ]
    assert all(f",{server}/datalink/links?ID=" in line for line in lines)


def test_every_point_is_in_one_observation(server):
    ((points, curves),) = run(
        server, "SELECT SUM(t_xel), COUNT(*) FROM ivoa.obscore"
    ).to_table()
    ((all_points, all_curves),) = run(
        server, "SELECT SUM(n_points), COUNT(*) FROM demo.lightcurves"
    ).to_table()

    assert (points, curves) == (all_points, all_curves)
