"""Queries as jobs, as real clients ask for them (TAP 1.1, section 2.2; UWS 1.1)."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import pyvo
import requests
from astropy.table import Table
from astroquery.utils.tap import TapPlus
from lxml import etree

from vo_lcc.dali.run import OVERFLOW

CLIENTS = Path(__file__).parents[3] / "shared" / "validators" / "clients"
STARS = "SELECT TOP 5 object_id, ra, dec FROM demo.objects ORDER BY object_id"
LONG = (
    "SELECT COUNT(*) AS n FROM demo.photometry AS a, demo.photometry AS b"
    " WHERE a.mag < b.mag"
)
MINE = Table({"name": ["a", "b"], "ra": [180.0, 10.0], "dec": [0.0, 20.0]})
NEAR = (
    "SELECT m.name, o.object_id FROM TAP_UPLOAD.mine AS m JOIN demo.objects AS o"
    " ON DISTANCE(m.ra, m.dec, o.ra, o.dec) < 1 / 3600."
)


@pytest.fixture(scope="module")
def service(server):
    return pyvo.dal.TAPService(f"{server}/tap")


def facts(job):
    """What the server tells of a job in jobInfo."""
    root = etree.fromstring(requests.get(job.url, timeout=30).content)
    return {fact.get("name"): fact.text for fact in root.iter("fact")}


def ended(job):
    """The job once it has ended: a wait ends with each change of the phase."""
    while True:
        reply = requests.get(job, params={"WAIT": "20"}, timeout=30)
        root = etree.fromstring(reply.content)
        if root.findtext("{*}phase") not in ("QUEUED", "EXECUTING"):
            return root


def test_pyvo_runs_a_job_to_its_end(service):
    assert len(service.run_async(STARS)) == 5


def test_a_job_gives_what_the_same_query_gives_at_once(service):
    at_once = service.run_sync(STARS).to_table()
    job = service.run_async(STARS).to_table()

    assert job.colnames == at_once.colnames
    assert [c.unit for c in job.columns.values()] == [
        c.unit for c in at_once.columns.values()
    ]
    assert list(map(tuple, job)) == list(map(tuple, at_once))


def test_a_job_can_have_a_table_of_its_own(service):
    job = service.submit_job(NEAR, uploads={"mine": MINE})
    file = f"{job.url}/uploads/mine"
    found = job.run().wait().fetch_result()

    assert list(found["object_id"]) == ["demo-0007"]
    assert b"VOTABLE" in requests.get(file, timeout=30).content
    job.delete()
    assert requests.get(file, timeout=30).status_code == 404


def test_a_job_tells_its_rows_and_where_the_time_went(service):
    job = service.submit_job(STARS).run().wait()
    told = facts(job)

    assert (told["rows"], told["kind"], told["status"]) == ("5", "interactive", "OK")
    assert float(told["database_seconds"]) >= 0


def test_what_is_wrong_with_a_query_is_told_by_its_job(service):
    job = service.submit_job("SELECT nonsense FROM demo.objects").run().wait()

    assert job.phase == "ERROR"
    with pytest.raises(pyvo.dal.DALQueryError, match="line 1, column 8: no column"):
        job.raise_if_error()
    document = requests.get(f"{job.url}/error", timeout=30)
    assert document.status_code == 200
    assert etree.fromstring(document.content).find(".//{*}INFO").get("value") == "ERROR"


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"LANG": "SQL"}, "LANG: 'SQL' is unknown"),
        ({"RESPONSEFORMAT": "xls"}, "RESPONSEFORMAT"),
        ({"MAXREC": "many"}, "MAXREC"),
        ({"UPLOAD": "t,param:nope"}, "no file part named 'nope'"),
        ({"QUERY": ""}, "QUERY: missing"),
    ],
)
def test_wrong_parameters_make_an_error_of_the_job_and_no_refusal(server, params, said):
    asked = {"LANG": "ADQL", "QUERY": STARS, "PHASE": "RUN", **params}
    reply = requests.post(f"{server}/tap/async", data=asked, timeout=30)
    root = ended(reply.url)

    assert root.findtext("{*}phase") == "ERROR"
    assert said in root.findtext(".//{*}message")


@pytest.mark.parametrize(
    ("form", "media_type", "ending"),
    [
        ("csv", "text/csv;header=present", "csv"),
        ("fits", "application/fits", "fits"),
        ("parquet", "application/vnd.apache.parquet", "parquet"),
        ("votable/td", "application/x-votable+xml;serialization=TABLEDATA", "vot"),
    ],
)
def test_the_format_is_that_of_the_submission(server, form, media_type, ending):
    asked = {"LANG": "ADQL", "QUERY": STARS, "PHASE": "RUN", "FORMAT": form}
    job = requests.post(f"{server}/tap/async", data=asked, timeout=30).url
    ended(job)
    reply = requests.get(f"{job}/results/result", timeout=30)

    assert reply.headers["Content-Type"] == media_type
    assert f'filename="result.{ending}"' in reply.headers["Content-Disposition"]
    assert int(reply.headers["Content-Length"]) == len(reply.content)


def test_a_cut_result_says_so(service):
    job = service.submit_job(STARS, maxrec=2).run().wait()

    assert job.fetch_result().status == ("OVERFLOW", OVERFLOW.format(2))
    assert facts(job)["status"] == "OVERFLOW"


def test_maxrec_0_gives_the_columns_of_a_job_too(service):
    job = service.submit_job(STARS)  # pyvo itself sends no MAXREC of 0
    requests.post(f"{job.url}/parameters", data={"MAXREC": "0"}, timeout=30)
    found = job.run().wait().fetch_result()

    assert (len(found), found.fieldnames) == (0, ("object_id", "ra", "dec"))


def test_abort_ends_the_statement_within_a_second(service, demo_db):
    job = service.submit_job(LONG).run()
    running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%%a0%%'"
    begin = time.monotonic()
    job.abort()

    assert job.phase == "ABORTED"
    while demo_db.fetch(running + " AND state = 'active'") != [(0,)]:
        assert time.monotonic() - begin < 1
        time.sleep(0.02)


def test_an_aborted_job_tells_why(service):
    job = service.submit_job(STARS)
    job.abort()

    assert "as its client asked" in requests.get(f"{job.url}/error", timeout=9).text


def test_a_job_stops_at_its_execution_duration(service):
    job = service.submit_job(LONG)
    job.execution_duration = 1
    job.run()
    ended(job.url)

    assert job.phase == "ABORTED"
    reason = requests.get(f"{job.url}/error", timeout=9).text
    assert "execution duration of 1 s" in reason


def test_a_job_is_in_the_list_of_who_made_it(service):
    job = service.submit_job(STARS, runid="mine")

    assert job.job_id in [each.jobid for each in service.get_job_list(last=3)]
    assert service.get_job(job.job_id).runid == "mine"
    job.delete()
    assert job.job_id not in [each.jobid for each in service.get_job_list()]


def test_a_query_can_be_changed_before_it_runs(service):
    job = service.submit_job("SELECT 1 AS x")
    job.query = STARS

    assert len(job.run().wait().fetch_result()) == 5


def test_astroquery_runs_jobs_with_and_without_a_table(server):
    tap = TapPlus(url=f"{server}/tap", verbose=False)
    plain = tap.launch_job_async(STARS)
    own = tap.launch_job_async(NEAR, upload_resource=MINE, upload_table_name="mine")

    assert len(plain.get_results()) == 5
    assert list(own.get_results()["object_id"]) == ["demo-0007"]


def test_stilts_runs_a_job_and_comes_back_for_it(server, stilts):
    asked = [f"tapurl={server}/tap", "sync=false", f"adql={STARS}", "ofmt=csv"]
    whole = stilts("tapquery", *asked, "delete=finished")
    left = stilts("tapquery", *asked, "delete=never", "progress=true")
    url = next(w for w in left.stderr.split() if "/tap/async/" in w)
    resumed = stilts("tapresume", f"joburl={url}", "ofmt=csv", "delete=finished")

    assert whole.returncode == 0, whole.stderr
    assert whole.stdout == left.stdout == resumed.stdout
    assert len(whole.stdout.splitlines()) == 6


@pytest.mark.parametrize("script", ["uws_check", "pyvo_tap"])
def test_independent_checks_pass(server, tmp_path, script):
    path = CLIENTS / f"{script}.py"
    if not path.exists():
        pytest.skip("the checks in shared/ are not beside this checkout")
    config = json.loads((CLIENTS / "config.example.json").read_text())
    config |= {"tap": f"{server}/tap", "scs": f"{server}/scs/demo?"}
    config["expect"] |= {"obscore": True}
    config["slow_query"] = LONG
    written = tmp_path / "config.json"
    written.write_text(json.dumps(config))
    done = subprocess.run(
        [sys.executable, str(path), str(written)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout
    assert "FAIL" not in done.stdout
