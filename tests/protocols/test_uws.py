"""UWS 1.1 over HTTP, for a service that is not TAP; workers are calls of the queue."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from lxml import etree
from pyvo.io import uws as pyvo_uws

from vo_lcc.dali.clients import ClientLimits, Clients, Proxies, limited
from vo_lcc.dali.context import CONTEXT, Context
from vo_lcc.dali.faults import faults, votable_fault
from vo_lcc.dali.recording import Recorder, mark_answer
from vo_lcc.db import Database, Streams
from vo_lcc.uws import queue, store
from vo_lcc.uws.disk import DiskStorage
from vo_lcc.uws.documents import HREF, UWS
from vo_lcc.uws.handlers import job_routes
from vo_lcc.uws.job import ErrorSummary, Phase, Result
from vo_lcc.uws.queue import Claim, Outcome
from vo_lcc.uws.service import JOBS, Jobs, JobService
from vo_lcc.uws.settings import DAY, JobSettings
from vo_lcc.uws.watch import Change, JobWatch

SETTINGS = JobSettings(wait=20, client_stored=2000, client_queued=2000)
PLACES = {False: 2000}
UNKNOWN_JOB = "a" * 16


def told(error: ErrorSummary) -> tuple[str, str]:
    return f"alas: {error.message}", "text/x-alas"


ADDING = JobService("adding", "/sums/async", told)


class Silent:
    """An observer that nobody asks."""

    def begun(self, service: str) -> None:
        """A request has come."""

    def ended(self, ended: object) -> None:
        """It has ended."""


@dataclass
class Desk:
    """A server with jobs, its database and storage, and a worker made by hand."""

    http: TestClient
    db: Database
    storage: DiskStorage
    jobs: Jobs

    def url(self, path: str = "") -> str:
        return str(self.http.make_url(ADDING.path + path))

    async def get(self, path: str = "", **options) -> aiohttp.ClientResponse:
        return await self.http.get(ADDING.path + path, **options)

    async def post(self, path: str = "", **options) -> aiohttp.ClientResponse:
        options = {"allow_redirects": False, **options}
        return await self.http.post(ADDING.path + path, **options)

    async def new(self, **parameters) -> str:
        """The path of a new job below the list."""
        reply = await self.post(data=parameters)
        assert reply.status == 303, await reply.text()
        return reply.headers["Location"].removeprefix(self.url())

    async def text(self, path: str, **options) -> str:
        reply = await self.get(path, **options)
        assert reply.status == 200, await reply.text()
        return await reply.text()

    async def root(self, path: str = "", **options) -> etree._Element:
        reply = await self.get(path, **options)
        assert reply.status == 200, await reply.text()
        assert reply.content_type == "application/xml"
        return etree.fromstring(await reply.read())

    async def listed(self, **query) -> list[str]:
        root = await self.root(params=query)
        return ["/" + each.get("id") for each in root]

    async def parameters(self, path: str) -> list[tuple[str, str]]:
        root = await self.root(path + "/parameters")
        return [(each.get("id"), each.text) for each in root]

    def claim(self) -> list[Claim]:
        return queue.claim_jobs(self.db, "w", [ADDING.name], PLACES, SETTINGS)

    def begin(self) -> Claim:
        (claim,) = self.claim()
        assert queue.begin_job(self.db, claim, False, {"rows": 0})
        return claim

    def finish(self, claim: Claim, outcome: Outcome, **info) -> None:
        assert queue.finish_job(self.db, claim, outcome, info, True)

    async def complete(self, claim: Claim, content: bytes = b"42\n") -> None:
        key = claim.prefix + "result"
        await self.storage.write(key, piece(content))
        result = Result("result", key, "text/csv", len(content), "sum.csv")
        self.finish(claim, Outcome(Phase.COMPLETED, results=(result,)), rows=1)


async def piece(content: bytes) -> AsyncIterator[bytes]:
    yield content


@pytest.fixture
def open_desk(aiohttp_client, db, tmp_path):
    """Opens a desk: `await open_desk(settings=..., limits=..., ...)`."""

    async def opened(
        settings=SETTINGS,
        limits=None,
        owner_header=None,
        trusted=(),
        **options,
    ) -> Desk:
        proxies = Proxies([ip_network(each) for each in trusted])
        storage = DiskStorage(tmp_path / "jobs")
        jobs = Jobs(
            JobWatch(db.url), storage, settings, proxies, owner_header, **options
        )
        clients = Clients(limits or ClientLimits())

        async def context(app):
            await jobs.watch.start()
            app[CONTEXT] = Context(db, Streams(db.url), clients=clients)
            yield
            await jobs.watch.close()
            await app[CONTEXT].streams.close()

        service = web.Application(middlewares=[faults(votable_fault), limited(clients)])
        service.add_routes(job_routes(ADDING))
        recorder = Recorder(Silent(), proxies.client)
        app = web.Application(middlewares=[recorder.middleware(), limited(clients)])
        app.add_subapp("/sums", service)
        app[JOBS] = jobs
        app.on_response_prepare.append(mark_answer)
        app.on_shutdown.append(jobs.stop_waiting)
        app.cleanup_ctx.append(context)
        client = await aiohttp_client(
            app,
            server_kwargs={"handler_cancellation": True, "shutdown_timeout": 5},
        )
        return Desk(client, db, storage, jobs)

    return opened


@pytest.fixture
async def desk(open_desk) -> Desk:
    return await open_desk()


# Creation


async def test_a_job_of_no_parameters_is_pending(desk):
    reply = await desk.post()
    location = reply.headers["Location"]

    assert reply.status == 303
    assert location.startswith(desk.url() + "/")
    assert await desk.text(location.removeprefix(desk.url()) + "/phase") == "PENDING"


@pytest.mark.parametrize(
    "sent",
    [
        {"params": {"A": "1", "b": "x y"}},
        {"data": {"A": "1", "b": "x y"}},
        {"params": {"A": "1"}, "data": {"b": "x y"}},
    ],
    ids=["url", "body", "both"],
)
async def test_parameters_come_in_the_url_and_in_the_body(desk, sent):
    reply = await desk.post(**sent)
    job = reply.headers["Location"].removeprefix(desk.url())

    assert await desk.parameters(job) == [("A", "1"), ("b", "x y")]


async def test_parameters_may_come_as_multipart_and_chunked(desk):
    form = aiohttp.FormData(default_to_multipart=True)
    form.add_field("A", "1")
    reply = await desk.post(data=form, chunked=True)
    job = reply.headers["Location"].removeprefix(desk.url())

    assert await desk.parameters(job) == [("A", "1")]


async def test_a_job_is_valid_by_the_schema_from_its_creation_to_its_end(
    desk, validate
):
    job = await desk.new(A="1", RUNID="r", phase="run")
    documents = [await (await desk.get(job)).read()]
    claim = desk.begin()
    documents.append(await (await desk.get(job)).read())
    await desk.complete(claim)
    documents.append(await (await desk.get(job)).read())

    phases = [etree.fromstring(d).findtext(f"{{{UWS}}}phase") for d in documents]

    assert phases == ["QUEUED", "EXECUTING", "COMPLETED"]
    assert [validate(each) for each in documents] == [[], [], []]


async def test_what_is_said_of_the_job_is_honoured_and_no_parameter(desk):
    end = datetime.now(UTC) + timedelta(hours=5)
    job = await desk.new(
        a="1",
        RunID="night",
        executionDuration="7",
        DESTRUCTION=end.strftime("%Y-%m-%dT%H:%M:%S"),
    )
    root = await desk.root(job)

    assert root.findtext(f"{{{UWS}}}runId") == "night"
    assert root.findtext(f"{{{UWS}}}executionDuration") == "7"
    assert root.findtext(f"{{{UWS}}}destruction")[:19] == end.isoformat()[:19]
    assert await desk.parameters(job) == [("a", "1"), ("RunID", "night")]


async def test_a_repeated_parameter_does_not_refuse_the_job(desk):
    reply = await desk.post(data=[("a", "1"), ("A", "2")])

    assert reply.status == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"PHASE": "FLY"},
        {"EXECUTIONDURATION": "soon"},
        {"DESTRUCTION": "tomorrow"},
    ],
    ids=str,
)
async def test_a_job_cannot_be_created_in_a_wrong_way(desk, wrong):
    reply = await desk.post(data=wrong)

    assert (reply.status, reply.content_type) == (400, "text/plain")
    assert next(iter(wrong)) in await reply.text()
    assert await desk.listed() == []


async def test_too_many_jobs_are_refused_in_words_with_retry_after(open_desk):
    desk = await open_desk(JobSettings(client_stored=1))
    await desk.new()

    reply = await desk.post()

    assert (reply.status, reply.content_type) == (429, "text/plain")
    assert int(reply.headers["Retry-After"]) > 0
    assert "as many as this server keeps" in await reply.text()


async def test_ids_cannot_be_guessed(desk):
    ids = {(await desk.new()).strip("/") for _ in range(5)}

    assert len(ids) == 5
    assert all(len(each) == 16 and each.isalnum() for each in ids)


# Files that come with parameters


def with_file(content=b"<VOTABLE/>", name="t", filename="my t.xml") -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("UPLOAD", f"{name},param:{name}")
    form.add_field(name, content, filename=filename, content_type="text/xml")
    return form


async def test_a_file_is_shown_by_reference_and_served_from_there(desk):
    reply = await desk.post(data=with_file())
    job = reply.headers["Location"].removeprefix(desk.url())
    upload, file = await desk.root(job + "/parameters")

    assert upload.text == "t,param:t"
    assert (file.get("id"), file.get("byReference")) == ("t", "true")
    assert file.text == desk.url(f"{job}/parameters/t")
    reply = await desk.http.get(urlsplit(file.text).path)
    assert (await reply.read(), reply.content_type) == (b"<VOTABLE/>", "text/xml")
    assert reply.headers["Content-Disposition"] == 'attachment; filename="my_t.xml"'


async def test_files_accumulate(desk):
    job = await desk.new(A="1")
    for name in ("t", "u"):
        reply = await desk.post(job + "/parameters", data=with_file(name=name))
        assert reply.status == 303

    names = [name for name, _ in await desk.parameters(job)]

    assert names == ["A", "UPLOAD", "UPLOAD", "t", "u"]
    assert await desk.text(job + "/parameters/u") == "<VOTABLE/>"
    assert len(await desk.storage.keys()) == 2
    assert desk.db.fetch("SELECT prefix FROM uws.trash") == []


async def test_a_file_that_did_not_come_is_a_404(desk):
    job = await desk.new()

    assert (await desk.get(job + "/parameters/t")).status == 404


async def test_nothing_is_left_of_the_files_of_a_job_that_is_refused(open_desk):
    desk = await open_desk(JobSettings(client_stored=1))
    await desk.new()

    reply = await desk.post(data=with_file())

    assert reply.status == 429
    assert await desk.storage.keys() == []


async def test_nothing_is_left_of_files_for_a_job_that_is_not_pending(desk):
    job = await desk.new(PHASE="RUN")

    reply = await desk.post(job + "/parameters", data=with_file())

    assert reply.status == 403
    assert await desk.storage.keys() == []


async def test_files_that_are_too_large_are_refused(open_desk):
    desk = await open_desk(upload_size=1000)

    reply = await desk.post(data=with_file(bytes(1001)))

    assert (reply.status, reply.content_type) == (413, "text/plain")
    assert await desk.storage.keys() == []


async def test_a_storage_that_is_away_is_a_503(desk, tmp_path):
    (tmp_path / "jobs").rmdir()
    (tmp_path / "jobs").write_text("no folder")

    reply = await desk.post(data=with_file())

    assert (reply.status, reply.content_type) == (503, "text/plain")
    assert "Retry-After" in reply.headers


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


# Results and errors


async def test_a_result_is_served_once_the_job_is_complete(desk):
    job = await desk.new(PHASE="RUN")
    claim = desk.begin()
    early = await desk.get(job + "/results/result")
    await desk.complete(claim)
    (result,) = await desk.root(job + "/results")
    reply = await desk.http.get(urlsplit(result.get(HREF)).path)

    assert early.status == 404
    assert "the job is EXECUTING: it has no result yet" in await early.text()
    assert result.get(HREF) == desk.url(job + "/results/result")
    assert (reply.status, await reply.read()) == (200, b"42\n")
    assert reply.headers["Content-Disposition"] == 'inline; filename="sum.csv"'
    assert reply.headers["Content-Length"] == "3"


async def test_a_part_of_a_result_can_be_had(desk):
    job = await desk.new(PHASE="RUN")
    await desk.complete(desk.begin(), b"0123456789")

    reply = await desk.get(job + "/results/result", headers={"Range": "bytes=-4"})

    assert (reply.status, await reply.read()) == (206, b"6789")


async def test_a_result_of_another_name_is_a_404_that_tells_what_there_is(desk):
    job = await desk.new(PHASE="RUN")
    await desk.complete(desk.begin())

    reply = await desk.get(job + "/results/table")

    assert reply.status == 404
    assert "no result 'table'; it has result" in await reply.text()


async def test_a_failed_job_has_an_error_document_of_the_service(desk):
    job = await desk.new(PHASE="RUN")
    error = ErrorSummary("no column <x>")
    desk.finish(desk.begin(), Outcome(Phase.ERROR, error))
    reply = await desk.get(job + "/error")
    result = await desk.get(job + "/results/result")
    summary = (await desk.root(job)).find(f"{{{UWS}}}errorSummary")

    assert (reply.status, reply.content_type) == (200, "text/x-alas")
    assert await reply.text() == "alas: no column <x>"
    assert result.status == 404
    assert desk.url(job + "/error") in await result.text()
    assert "no column <x>" in await result.text()
    assert (summary.get("type"), summary[0].text) == ("fatal", "no column <x>")


async def test_a_job_without_an_error_says_so(desk):
    job = await desk.new()

    reply = await desk.get(job + "/error")

    assert (reply.status, reply.content_type) == (404, "text/plain")
    assert "there is no error to tell of" in await reply.text()


async def test_a_job_tells_what_its_worker_tells(desk):
    job = await desk.new(PHASE="RUN")
    desk.begin()

    (fact,) = (await desk.root(job)).iter("fact")

    assert (fact.get("name"), fact.text) == ("rows", "0")


# The list


async def test_the_list_has_the_jobs_newest_first_and_is_valid(desk, validate):
    jobs = [await desk.new(RUNID=f"r{n}") for n in range(3)]

    assert await desk.listed() == jobs[::-1]
    assert validate(await (await desk.get()).read()) == []


async def test_the_list_can_be_filtered(desk):
    first, second = await desk.new(), await desk.new(PHASE="RUN")
    created = (await desk.root(second)).findtext(f"{{{UWS}}}creationTime")

    assert await desk.listed(PHASE="PENDING") == [first]
    assert await desk.listed(phase="COMPLETED") == []
    reply = await desk.get(params=[("PHASE", "PENDING"), ("PHASE", "QUEUED")])
    assert len(etree.fromstring(await reply.read())) == 2
    assert await desk.listed(LAST="1") == [second]
    assert await desk.listed(AFTER=created) == [second]
    assert await desk.listed(AFTER="2100-01-01") == []


@pytest.mark.parametrize(
    "query", ["LAST=0", "LAST=-1", "LAST=abc", "PHASE=NONSENSE", "AFTER=notadate"]
)
async def test_a_wrong_filter_is_refused(desk, query):
    reply = await desk.get(f"?{query}")

    assert (reply.status, reply.content_type) == (400, "text/plain")


async def test_pyvo_reads_the_list_and_the_job(desk):
    job = await desk.new(QUERY="SELECT 1", RUNID="r", PHASE="RUN")
    desk.finish(desk.begin(), Outcome(Phase.ERROR, ErrorSummary("no", True)))

    def parsed(reply, content, parse):
        return parse(lambda *_: content.pop(0) if content else b"")

    reply = await desk.get()
    (listed,) = parsed(reply, [await reply.read()], pyvo_uws.parse_job_list)
    reply = await desk.get(job)
    found = parsed(reply, [await reply.read()], pyvo_uws.parse_job)

    assert (listed.jobid, listed.phase, listed.runid) == (job[1:], "ERROR", "r")
    assert (found.phase, found.version) == ("ERROR", "1.1")
    assert found.errorsummary.message.content == "no"


# Waiting


async def waited(desk: Desk, job: str, **query) -> tuple[str, float]:
    """The phase after waiting, and how long it took."""
    start = time.monotonic()
    root = await desk.root(job, params=query)
    return root.findtext(f"{{{UWS}}}phase"), time.monotonic() - start


@pytest.mark.parametrize("phase", [None, "PENDING"])
async def test_waiting_ends_when_the_time_is_up(desk, phase):
    job = await desk.new()

    found, seconds = await waited(
        desk, job, WAIT="1", **({"PHASE": phase} if phase else {})
    )

    assert found == "PENDING"
    assert 0.9 < seconds < 3


async def test_waiting_ends_with_the_phase(desk):
    job = await desk.new(PHASE="RUN")
    claim = desk.begin()
    waiter = asyncio.create_task(waited(desk, job, WAIT="-1", PHASE="EXECUTING"))
    await asyncio.sleep(0.3)
    await desk.complete(claim)

    found, seconds = await waiter

    assert found == "COMPLETED"
    assert 0.3 <= seconds < 2


async def test_waiting_for_ever_is_capped(open_desk):
    desk = await open_desk(JobSettings(wait=1))
    job = await desk.new()

    found, seconds = await waited(desk, job, WAIT="-1")

    assert found == "PENDING"
    assert 0.9 < seconds < 3


@pytest.mark.parametrize("query", [{"WAIT": "10", "PHASE": "QUEUED"}, {"WAIT": "0"}])
async def test_nothing_to_wait_for_is_answered_at_once(desk, query):
    job = await desk.new()

    _, seconds = await waited(desk, job, **query)

    assert seconds < 1


@pytest.mark.parametrize("phase", ["ABORTED", "HELD"])
async def test_a_phase_that_is_not_active_is_answered_at_once(desk, phase):
    job = await desk.new(PHASE="RUN")
    end = store.abort_job if phase == "ABORTED" else store.hold_job
    end(desk.db, ADDING.name, job[1:])

    found, seconds = await waited(desk, job, WAIT="10")

    assert found == phase
    assert seconds < 1


async def test_waiting_for_a_job_that_is_deleted_ends_with_404(desk):
    job = await desk.new()
    waiter = asyncio.create_task(desk.get(job, params={"WAIT": "10"}))
    await asyncio.sleep(0.2)
    await desk.http.delete(ADDING.path + job, allow_redirects=False)

    assert (await waiter).status == 404


@pytest.mark.parametrize("query", ["WAIT=soon", "WAIT=-2", "WAIT=1&PHASE=FLY"])
async def test_a_wrong_wait_is_refused(desk, query):
    job = await desk.new()

    assert (await desk.get(f"{job}?{query}")).status == 400


async def test_the_end_of_the_server_ends_the_waiting(desk):
    job = await desk.new()
    waiter = asyncio.create_task(waited(desk, job, WAIT="15"))
    await asyncio.sleep(0.2)
    await desk.jobs.stop_waiting(desk.http.app)

    found, seconds = await waiter

    assert found == "PENDING"
    assert seconds < 2


async def test_a_waiter_that_leaves_is_forgotten(desk):
    job = await desk.new()
    with pytest.raises(TimeoutError):
        await desk.get(
            job, params={"WAIT": "15"}, timeout=aiohttp.ClientTimeout(total=0.2)
        )
    await asyncio.sleep(0.2)

    assert job[1:] not in desk.jobs.watch._events


async def test_those_who_wait_have_a_limit_of_their_own(open_desk):
    desk = await open_desk(limits=ClientLimits(requests=2, waits=5))
    job = await desk.new()
    waiters = [
        asyncio.create_task(desk.get(job, params={"WAIT": "15"})) for _ in range(5)
    ]
    await asyncio.sleep(0.3)

    refused = await desk.get(job, params={"wait": "15"})
    reply = await desk.post(job + "/phase", data={"PHASE": "ABORT"})

    assert refused.status == 429
    assert reply.status == 303
    assert [(await each).status for each in waiters] == [200] * 5


@pytest.mark.slow
async def test_a_thousand_who_wait_cost_next_to_nothing(open_desk):
    desk = await open_desk()
    job = await desk.new()
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0)
    ) as session:

        async def wait() -> str:
            async with session.get(desk.url(job), params={"WAIT": "20"}) as reply:
                return await reply.text()

        waiters = [asyncio.create_task(wait()) for _ in range(1000)]
        for _ in range(150):
            await asyncio.sleep(0.1)
            if len(desk.jobs.watch._events[job[1:]]) == 1000:
                break
        await asyncio.sleep(1)  # until all of them only wait
        cpu, start = time.process_time(), time.monotonic()
        await asyncio.sleep(2)
        share = (time.process_time() - cpu) / (time.monotonic() - start)
        print(f"{100 * share:.2f} % of a core")
        await desk.post(job + "/phase", data={"PHASE": "ABORT"})
        found = await asyncio.gather(*waiters)

    assert share < 0.05
    assert ["ABORTED" in text for text in found] == [True] * 1000
    assert not desk.jobs.watch._events


# Whose jobs


async def test_a_job_is_seen_by_its_owner_only(open_desk):
    desk = await open_desk(owner_header="X-User", trusted=["127.0.0.1"])
    ada, bob = {"X-User": "ada"}, {"X-User": "bob"}
    reply = await desk.post(headers=ada)
    job = reply.headers["Location"].removeprefix(desk.url())

    assert await desk.text(job + "/owner", headers=ada) == "ada"
    assert [e.get("id") for e in await desk.root(headers=ada)] == [job[1:]]
    for stranger in (bob, {}):
        assert (await desk.get(job, headers=stranger)).status == 404
        assert (await desk.post(job + "/phase", headers=stranger)).status == 404
        assert len(await desk.root(headers=stranger)) == 0
        path = ADDING.path + job
        assert (await desk.http.delete(path, headers=stranger)).status == 404


async def test_a_name_is_believed_only_from_a_trusted_proxy(open_desk):
    desk = await open_desk(owner_header="X-User")
    job = await desk.post(headers={"X-User": "ada"})
    path = job.headers["Location"].removeprefix(desk.url())

    assert await desk.text(path + "/owner") == ""


async def test_of_two_names_none_is_believed(open_desk):
    desk = await open_desk(owner_header="X-User", trusted=["127.0.0.1"])
    reply = await desk.post(headers=[("X-User", "ada"), ("X-User", "bob")])
    path = reply.headers["Location"].removeprefix(desk.url())

    assert await desk.text(path + "/owner") == ""


async def test_a_list_shows_nothing_to_strangers_elsewhere(open_desk):
    desk = await open_desk(trusted=["127.0.0.1"])
    await desk.post(headers={"X-Forwarded-For": "192.0.2.1"})

    there = await desk.root(headers={"X-Forwarded-For": "192.0.2.1"})
    elsewhere = await desk.root(headers={"X-Forwarded-For": "192.0.2.2"})

    assert (len(there), len(elsewhere)) == (1, 0)
