"""What comes of a job, and the list of all (UWS 1.1, section 2.2.2)."""

from urllib.parse import urlsplit

import pytest
from lxml import etree
from pyvo.io import uws as pyvo_uws

from tests.protocols.jobs.desk import ADDING
from vo_lcc.uws.documents import HREF, UWS
from vo_lcc.uws.job import ErrorSummary, Phase
from vo_lcc.uws.queue import Outcome

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
