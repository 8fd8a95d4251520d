"""The UWS documents: valid by the schema, and whole."""

import importlib.util
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from vo_lcc.uws import documents
from vo_lcc.uws.documents import HREF, NIL, UWS
from vo_lcc.uws.job import Attachment, ErrorSummary, Job, Phase, Result

URL = "https://vo.example.org/tap/async/abc"
NOW = datetime(2026, 1, 2, 3, 4, 5, 678_901, UTC)
PENDING = Job(
    "abc",
    "tap",
    "https://vo.example.org",
    Phase.PENDING,
    None,
    "192.0.2.1",
    NOW,
    NOW + timedelta(days=7),
    3600,
)
FULL = replace(
    PENDING,
    phase=Phase.ERROR,
    owner="ada",
    run_id="night <1>",
    quote=NOW,
    start_time=NOW,
    end_time=NOW,
    parameters=(("QUERY", "SELECT 'a<b'\r\n&\t"), ("UPLOAD", "t,param:t")),
    attachments=(Attachment("my table", "abc/uploads/1", "text/xml", 5),),
    results=(
        Result("result", "abc/x/result", "text/csv", 0, "a.csv"),
        Result("log", "abc/x/log", "text/plain", 5_000_000_000, "log.txt"),
    ),
    error=ErrorSummary("the database was away", transient=True),
    info={"rows": 0, "seconds": 0.5, "kind": "bulk"},
)
ORDER = [
    "jobId",
    "runId",
    "ownerId",
    "phase",
    "quote",
    "creationTime",
    "startTime",
    "endTime",
    "executionDuration",
    "destruction",
    "parameters",
    "results",
    "errorSummary",
    "jobInfo",
]


@pytest.fixture(scope="module")
def problems(shared: Path) -> Callable[[bytes], list[str]]:
    """What is wrong with a document by UWS.xsd."""
    path = shared / "validators" / "xsd" / "validate.py"
    spec = importlib.util.spec_from_file_location("uws_schemas", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return lambda document: module.validate(document, "uws")[1]


def parse(document: bytes) -> etree._Element:
    return etree.fromstring(document)


def text(root: etree._Element, name: str) -> str | None:
    return root.findtext(f"{{{UWS}}}{name}")


def names(root: etree._Element) -> list[str]:
    return [etree.QName(element).localname for element in root]


@pytest.mark.parametrize("job", [PENDING, FULL], ids=["pending", "full"])
def test_every_document_of_a_job_is_valid(job: Job, problems):
    assert problems(documents.job_document(job, URL)) == []
    assert problems(documents.parameters_document(job, URL)) == []
    assert problems(documents.results_document(job, URL)) == []


@pytest.mark.parametrize("phase", list(Phase))
def test_a_list_is_valid_with_jobs_of_every_phase(phase: Phase, problems):
    jobs = [replace(FULL, phase=phase), replace(PENDING, phase=phase)]

    assert problems(documents.job_list(jobs, "http://x/async")) == []


def test_an_empty_list_is_valid(problems):
    assert problems(documents.job_list([], "http://x/async")) == []


def test_the_elements_of_a_job_stand_in_the_order_of_the_schema():
    assert names(parse(documents.job_document(FULL, URL))) == ORDER


def test_jobs_and_lists_say_that_they_are_of_version_1_1():
    assert parse(documents.job_document(PENDING, URL)).get("version") == "1.1"
    assert parse(documents.job_list([], URL)).get("version") == "1.1"


def test_what_is_not_known_is_nil():
    root = parse(documents.job_document(PENDING, URL))

    nil = [etree.QName(e).localname for e in root if e.get(NIL) == "true"]

    assert nil == ["ownerId", "quote", "startTime", "endTime"]


def test_times_are_in_utc_with_milliseconds_and_a_z():
    east = NOW.astimezone(timezone(timedelta(hours=5)))
    root = parse(documents.job_document(replace(PENDING, creation_time=east), URL))

    assert text(root, "creationTime") == "2026-01-02T03:04:05.678Z"
    assert text(root, "destruction") == "2026-01-09T03:04:05.678Z"


def test_results_have_absolute_links_sizes_and_types():
    root = parse(documents.results_document(FULL, URL))

    seen = [(e.get(HREF), e.get("size"), e.get("mime-type")) for e in root]

    assert seen == [
        (f"{URL}/results/result", "0", "text/csv"),
        (f"{URL}/results/log", "5000000000", "text/plain"),
    ]


def test_a_file_that_came_with_the_job_is_given_by_reference():
    *values, file = parse(documents.parameters_document(FULL, URL))

    assert [e.get("byReference") for e in values] == [None, None]
    assert file.get("id") == "my table"
    assert file.get("byReference") == "true"
    assert file.text == f"{URL}/parameters/my%20table"


def test_a_text_that_xml_cannot_hold_is_given_by_reference(problems):
    job = replace(PENDING, parameters=(("a b", "x\x01y"),))
    document = documents.job_document(job, URL)

    (value,) = parse(document).iter(f"{{{UWS}}}parameter")

    assert problems(document) == []
    assert (value.get("byReference"), value.text) == (
        "true",
        f"{URL}/parameters/a%20b",
    )


@pytest.mark.parametrize(("transient", "kind"), [(True, "transient"), (False, "fatal")])
def test_an_error_says_whether_it_may_go_away(transient: bool, kind: str):
    job = replace(FULL, error=ErrorSummary("no <table>", transient))

    summary = parse(documents.job_document(job, URL)).find(f"{{{UWS}}}errorSummary")

    assert dict(summary.attrib) == {"type": kind, "hasDetail": "true"}
    assert text(summary, "message") == "no <table>"


def test_what_the_worker_tells_is_in_a_namespace_of_our_own():
    root = parse(documents.job_document(FULL, URL))

    facts = {e.get("name"): e.text for e in root.iter("fact")}

    assert facts == {"rows": "0", "seconds": "0.5", "kind": "bulk"}


def test_a_list_tells_of_each_job_where_it_is_and_how_it_stands():
    first, second = parse(documents.job_list([FULL, PENDING], "http://x/async"))

    assert first.get(HREF) == "http://x/async/abc"
    assert names(first) == ["phase", "runId", "ownerId", "creationTime"]
    assert names(second) == ["phase", "creationTime"]


@given(st.text(), st.text(min_size=1))
def test_a_text_of_xml_comes_back_as_it_was_sent(value: str, name: str):
    job = replace(PENDING, parameters=((name, value),), run_id=value)

    root = parse(documents.job_document(job, URL))
    (parameter,) = root.iter(f"{{{UWS}}}parameter")

    shown = documents.xml_text(value)
    assert (text(root, "runId") or "") == shown
    if parameter.get("byReference") is None:
        assert (parameter.text or "") == value


def test_ten_thousand_jobs_are_listed_in_well_under_a_second():
    jobs = [replace(FULL, job_id=f"{i:016d}") for i in range(10_000)]

    start = time.process_time()
    document = documents.job_list(jobs, "http://x/async")

    assert time.process_time() - start < 1
    assert len(parse(document)) == 10_000
