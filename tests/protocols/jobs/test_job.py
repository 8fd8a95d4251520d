"""One job: what it has, and what can be done with it (UWS 1.1, section 2.2)."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from tests.protocols.jobs.desk import ADDING, SETTINGS, UNKNOWN_JOB
from vo_lcc.uws.documents import UWS
from vo_lcc.uws.settings import DAY
from vo_lcc.uws.watch import Change

# The job and what it has


async def test_each_child_has_its_own_type(desk):
    job = await desk.new(A="1")
    types = {}
    for name in (
        "phase",
        "executionduration",
        "destruction",
        "quote",
        "owner",
        "parameters",
        "results",
    ):
        reply = await desk.get(f"{job}/{name}")
        assert reply.status == 200
        types.setdefault(reply.content_type, []).append(name)

    assert types == {
        "text/plain": ["phase", "executionduration", "destruction", "quote", "owner"],
        "application/xml": ["parameters", "results"],
    }


async def test_children_tell_what_the_job_tells(desk):
    job = await desk.new()
    root = await desk.root(job)

    assert await desk.text(job + "/executionduration") == "3600"
    destruction = root.findtext(f"{{{UWS}}}destruction")
    assert await desk.text(job + "/destruction") == destruction
    assert await desk.text(job + "/quote") == ""
    assert await desk.text(job + "/owner") == ""


@pytest.mark.parametrize("child", ["", "/phase", "/parameters", "/quote"])
async def test_head_is_answered_everywhere(desk, child):
    job = await desk.new()

    reply = await desk.http.head(ADDING.path + job + child)

    assert reply.status == 200
    assert await reply.read() == b""


CHILDREN = [
    "",
    "/phase",
    "/executionduration",
    "/destruction",
    "/quote",
    "/owner",
    "/error",
    "/parameters",
    "/parameters/QUERY",
    "/results",
    "/results/result",
    "/parameters/t",
    "/nonsense",
]


@pytest.mark.parametrize(
    "job_id", [UNKNOWN_JOB, "no-such-job-0000", "%00", "é", "x" * 99]
)
async def test_an_unknown_job_is_a_404_at_every_url(desk, job_id):
    for child in CHILDREN:
        reply = await desk.get(f"/{job_id}{child}")
        assert (reply.status, reply.content_type) == (404, "text/plain"), child
    for child in ["", "/phase", "/destruction", "/executionduration", "/parameters"]:
        reply = await desk.post(f"/{job_id}{child}", data={"ACTION": "DELETE"})
        assert reply.status == 404, child
    reply = await desk.http.delete(f"{ADDING.path}/{job_id}")
    assert reply.status == 404


async def test_a_child_that_no_job_has_is_a_404_in_words(desk):
    job = await desk.new()

    reply = await desk.get(job + "/nonsense")

    assert reply.status == 404
    assert "it has phase, executionduration" in await reply.text()


async def test_what_cannot_be_changed_is_refused(desk):
    job = await desk.new()

    reply = await desk.post(job + "/quote", data={"QUOTE": "1"})

    assert (reply.status, reply.headers["Allow"]) == (405, "GET,HEAD")


async def test_urls_are_those_that_the_client_sees(desk):
    proxied = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "vo.example.org"}

    reply = await desk.post(headers=proxied)

    assert reply.headers["Location"].startswith("https://vo.example.org/sums/async/")


# Parameters


async def test_parameters_are_added_while_the_job_is_pending(desk):
    job = await desk.new(A="1")

    reply = await desk.post(job + "/parameters", data={"B": "2", "phase": "RUN"})

    assert reply.status == 303
    assert reply.headers["Location"] == desk.url(job)
    assert await desk.parameters(job) == [("A", "1"), ("B", "2")]
    assert await desk.text(job + "/phase") == "PENDING"


async def test_a_parameter_that_is_given_again_is_replaced(desk):
    job = await desk.new(Query="1", UPLOAD="t,http://a", RUNID="r1")
    for again in ({"QUERY": "2", "upload": "u,http://b"}, {"runid": "r2"}):
        await desk.post(job + "/parameters", data=again)
    root = await desk.root(job)

    assert await desk.parameters(job) == [
        ("UPLOAD", "t,http://a"),
        ("QUERY", "2"),
        ("upload", "u,http://b"),
        ("runid", "r2"),
    ]
    assert root.findtext(f"{{{UWS}}}runId") == "r2"


async def test_parameters_cannot_change_once_the_job_is_queued(desk):
    job = await desk.new(A="1", PHASE="RUN")

    reply = await desk.post(job + "/parameters", data={"A": "2"})

    assert (reply.status, reply.content_type) == (403, "text/plain")
    assert "the job is QUEUED" in await reply.text()
    assert await desk.parameters(job) == [("A", "1")]


async def test_parameters_are_not_taken_at_the_url_of_the_job(desk):
    job = await desk.new()

    reply = await desk.post(job, data={"A": "2"})

    assert reply.status == 400
    assert "/parameters" in await reply.text()


async def test_a_value_that_xml_cannot_hold_is_read_at_its_own_url(desk):
    job = await desk.new(A="x\x01y")
    ((name, url),) = await desk.parameters(job)

    reply = await desk.http.get(urlsplit(url).path)

    assert (name, await reply.text()) == ("A", "x\x01y")


# Phases


async def test_run_leads_to_the_job_which_is_queued(desk):
    job = await desk.new()

    reply = await desk.post(job + "/phase", data={"phase": "run"})

    assert (reply.status, reply.headers["Location"]) == (303, desk.url(job))
    assert await desk.text(job + "/phase") == "QUEUED"


async def test_run_answers_as_soon_as_a_worker_has_begun(desk):
    job = await desk.new()

    def work(change: Change | None) -> None:
        if change is not None and change.waits:
            desk.begin()

    with desk.jobs.watch.calling(work):
        reply = await desk.post(
            job + "/phase", data={"PHASE": "RUN"}, allow_redirects=True
        )

    assert "<uws:phase>EXECUTING</uws:phase>" in await reply.text()


@pytest.mark.parametrize("begun", [False, True])
async def test_a_job_can_be_aborted(desk, begun):
    job = await desk.new(PHASE="RUN" if begun else "")
    if begun:
        desk.begin()

    reply = await desk.post(job + "/phase", data={"PHASE": "ABORT"})
    root = await desk.root(job)

    assert (reply.status, reply.headers["Location"]) == (303, desk.url(job))
    assert root.findtext(f"{{{UWS}}}phase") == "ABORTED"
    assert root.findtext(f"{{{UWS}}}endTime").endswith("Z")


@pytest.mark.parametrize("order", ["RUN", "ABORT"])
async def test_a_job_that_has_ended_stays_as_it_is(desk, order):
    job = await desk.new(PHASE="RUN")
    await desk.complete(desk.begin())

    reply = await desk.post(job + "/phase", data={"PHASE": order})

    assert (reply.status, reply.content_type) == (403, "text/plain")
    assert "the job is COMPLETED" in await reply.text()
    assert await desk.text(job + "/phase") == "COMPLETED"


@pytest.mark.parametrize("data", [{"PHASE": "FLY"}, {}, {"PHASE": "COMPLETED"}])
async def test_a_wrong_order_is_refused(desk, data):
    job = await desk.new()

    reply = await desk.post(job + "/phase", data=data)

    assert reply.status == 400
    assert await desk.text(job + "/phase") == "PENDING"


# Durations and lifetimes


@pytest.mark.parametrize(
    ("asked", "given"), [("7", "7"), ("0", str(DAY)), ("99999999", str(DAY))]
)
async def test_an_execution_duration_is_set_up_to_the_hard_limit(desk, asked, given):
    job = await desk.new()

    reply = await desk.post(
        job + "/executionduration", data={"executionduration": asked}
    )

    assert (reply.status, reply.headers["Location"]) == (303, desk.url(job))
    assert await desk.text(job + "/executionduration") == given


async def test_a_destruction_is_set_up_to_the_hard_limit(desk):
    job = await desk.new()
    seen = []
    for asked in ("2000-01-01", "9999-01-01T00:00:00Z"):
        reply = await desk.post(job + "/destruction", data={"DESTRUCTION": asked})
        assert (reply.status, reply.headers["Location"]) == (303, desk.url(job))
        seen.append(await desk.text(job + "/destruction"))

    assert seen[0] == "2000-01-01T00:00:00.000Z"
    latest = datetime.now(UTC) + timedelta(seconds=SETTINGS.hard_retention)
    assert seen[1][:10] == latest.isoformat()[:10]


@pytest.mark.parametrize(
    ("child", "value"),
    [("executionduration", "soon"), ("executionduration", ""), ("destruction", "x")],
)
async def test_a_wrong_limit_is_refused(desk, child, value):
    job = await desk.new()
    before = await desk.text(f"{job}/{child}")

    reply = await desk.post(f"{job}/{child}", data={child: value})

    assert (reply.status, reply.content_type) == (400, "text/plain")
    assert await desk.text(f"{job}/{child}") == before


# Deletion


@pytest.mark.parametrize("how", ["DELETE", "POST"])
async def test_a_deleted_job_is_gone_with_its_url_and_files(desk, how):
    job = await desk.new(PHASE="RUN")
    await desk.complete(desk.begin())

    reply = await desk.http.request(
        how,
        ADDING.path + job,
        data={"action": "delete"} if how == "POST" else None,
        allow_redirects=False,
    )

    assert (reply.status, reply.headers["Location"]) == (303, desk.url())
    assert (await desk.get(job)).status == 404
    assert (await desk.get(job + "/results/result")).status == 404
    assert desk.db.fetch("SELECT prefix FROM uws.trash") == [(job[1:] + "/",)]
