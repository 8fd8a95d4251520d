"""The UWS documents: a list of jobs, a job, its parameters, its results (UWS 1.1)."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from lxml import etree

from vo_lcc.dali.capability import XSI, Element
from vo_lcc.dali.faults import NOT_XML
from vo_lcc.uws.job import ErrorSummary, Job, Result

UWS = "http://www.ivoa.net/xml/UWS/v1.0"
XLINK = "http://www.w3.org/1999/xlink"
VERSION = "1.1"

NSMAP = {"uws": UWS, "xlink": XLINK, "xsi": XSI}
HREF, LINK_TYPE, NIL = f"{{{XLINK}}}href", f"{{{XLINK}}}type", f"{{{XSI}}}nil"

# Made once: a list may hold thousands of jobs.
JOBREF, PHASE, RUN_ID = f"{{{UWS}}}jobref", f"{{{UWS}}}phase", f"{{{UWS}}}runId"
OWNER, CREATION = f"{{{UWS}}}ownerId", f"{{{UWS}}}creationTime"


def job_list(jobs: Iterable[Job], url: str) -> bytes:
    """The document of a job list; `url` is the list's own, without a slash at the end.

    It tells what a ShortJobDescription has; the rest is in each job.
    """
    root = _root("jobs", version=VERSION)
    for job in jobs:
        link = {"id": job.job_id, LINK_TYPE: "simple", HREF: f"{url}/{job.job_id}"}
        entry = etree.SubElement(root, JOBREF, link)
        etree.SubElement(entry, PHASE).text = job.phase
        if job.run_id is not None:
            etree.SubElement(entry, RUN_ID).text = xml_text(job.run_id)
        if job.owner is not None:
            etree.SubElement(entry, OWNER).text = xml_text(job.owner)
        etree.SubElement(entry, CREATION).text = timestamp(job.creation_time)
    return _document(root)


def job_document(job: Job, url: str) -> bytes:
    """The document of one job, whose own URL is `url`.

    What is not known is xsi:nil, as the schema has it.
    """
    root = _root("job", version=VERSION)
    _add(root, "jobId", job.job_id)
    if job.run_id is not None:
        _add(root, "runId", job.run_id)
    _add(root, "ownerId", job.owner)
    _add(root, "phase", job.phase)
    _add(root, "quote", _known(job.quote))
    _add(root, "creationTime", timestamp(job.creation_time))
    _add(root, "startTime", _known(job.start_time))
    _add(root, "endTime", _known(job.end_time))
    _add(root, "executionDuration", str(job.execution_duration))
    _add(root, "destruction", timestamp(job.destruction))
    _add_parameters(_add(root, "parameters", ""), job, url)
    _add_results(_add(root, "results", ""), job.results, url)
    if job.error is not None:
        _add_error(root, job.error)
    if job.info:
        _add_info(root, job.info)
    return _document(root)


def parameters_document(job: Job, url: str) -> bytes:
    """The parameters of a job, whose own URL is `url`.

    A file that came with them is given by its URL, and so is a text that XML cannot
    hold (UWS 1.1, section 2.2.2.5).
    """
    root = _root("parameters")
    _add_parameters(root, job, url)
    return _document(root)


def results_document(job: Job, url: str) -> bytes:
    """The results of a job, whose own URL is `url`: where each is, and what it is."""
    root = _root("results")
    _add_results(root, job.results, url)
    return _document(root)


def timestamp(moment: datetime) -> str:
    """A moment as UWS 1.1 wants it: UTC, with milliseconds and a Z.

    >>> timestamp(datetime(2026, 1, 2, 3, 4, 5, 678_901, UTC))
    '2026-01-02T03:04:05.678Z'
    """
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def xml_text(text: str) -> str:
    r"""`text`, with a mark in place of each character that XML cannot hold.

    >>> xml_text("a\0b")
    'a\ufffdb'
    """
    return NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _add_parameters(parent: Element, job: Job, url: str) -> None:
    for name, value in job.parameters:
        if NOT_XML.search(value):
            _add_reference(parent, name, url)
        else:
            _add(parent, "parameter", value, id=xml_text(name))
    for attachment in job.attachments:
        _add_reference(parent, attachment.name, url)


def _add_reference(parent: Element, name: str, url: str) -> None:
    """A parameter that is read at its own URL (UWS 1.1, section 2.2.3.1.1)."""
    reference = f"{url}/parameters/{quote(name, safe='')}"
    _add(parent, "parameter", reference, id=xml_text(name), byReference="true")


def _add_results(parent: Element, results: Iterable[Result], url: str) -> None:
    for result in results:
        element = _add(parent, "result", "", id=result.id)
        element.set(LINK_TYPE, "simple")
        element.set(HREF, f"{url}/results/{quote(result.id, safe='')}")
        element.set("size", str(result.size))
        element.set("mime-type", result.media_type)


def _add_error(parent: Element, error: ErrorSummary) -> None:
    kind = "transient" if error.transient else "fatal"
    summary = _add(parent, "errorSummary", "", type=kind, hasDetail="true")
    _add(summary, "message", error.message)


def _add_info(parent: Element, info: Mapping[str, int | float | str]) -> None:
    """What the worker tells, as facts of our own: the schema leaves them open.

    They have no namespace: validators complain of one whose schema they do not know.
    """
    told = _add(parent, "jobInfo", "")
    for name, value in info.items():
        fact = etree.SubElement(told, "fact", name=name)
        fact.text = xml_text(str(value))


def _known(moment: datetime | None) -> str | None:
    return None if moment is None else timestamp(moment)


def _root(tag: str, **attributes: str) -> Element:
    return etree.Element(f"{{{UWS}}}{tag}", attributes, nsmap=NSMAP)


def _add(parent: Element, tag: str, text: str | None, **attributes: str) -> Element:
    """A new last child; a `text` of None is told to be unknown."""
    element = etree.SubElement(parent, f"{{{UWS}}}{tag}", attributes)
    if text is None:
        element.set(NIL, "true")
    elif text:
        element.text = xml_text(text)
    return element


def _document(root: Element) -> bytes:
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return document
