"""New jobs, and the files that come with them (UWS 1.1, section 2.2.3)."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import aiohttp
import pytest
from lxml import etree

from vo_lcc.uws.documents import UWS
from vo_lcc.uws.settings import JobSettings

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


async def test_no_file_is_stored_for_who_has_as_much_as_he_may_have(open_desk):
    desk = await open_desk(JobSettings(client_bytes=5))
    reply = await desk.post(data=with_file(b"123456"))

    assert reply.status == 429
    reserved = "SELECT count(*) FROM uws.trash"
    assert desk.db.fetch(reserved) == [(0,)]


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
