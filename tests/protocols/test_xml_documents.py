"""Every kind of XML document that the server sends is valid, errors included.

Each line of `ANSWERED` is a request, the status and the kind of what comes: what is
XML is valid by the IVOA's schemas, and nothing that should be XML is something else.
"""

import pytest
import requests
from lxml import etree

QUERY = "tap/sync?LANG=ADQL&QUERY=SELECT+TOP+2+*+FROM+demo.objects"
BAD = "tap/sync?LANG=ADQL&QUERY=SELEC"
CURVE = "lc/demo/demo-0007"
FOUND = "periodogram/sync?ID=demo/demo-0007"
CUT = "soda/sync?ID=demo/demo-0007/g"
SERVICES = ("", "tap/", "soda/", "ssa/", "ssa/demo/", "scs/demo/", "datalink/")
LINKS = "datalink/links?ID=demo/demo-0007"

ANSWERED = (
    *(
        (f"{service}{document}", 200, "xml")
        for service in SERVICES
        for document in ("capabilities", "availability")
    ),
    *(
        (f"{service}tables{more}", 200, "xml")
        for service in ("", "tap/", "scs/demo/", "ssa/demo/")
        for more in ("", "?detail=min")
    ),
    ("tap/tables/demo.photometry", 200, "xml"),
    ("tap/tables/ivoa.obscore", 200, "xml"),
    ("tap/tables/none", 404, "xml"),
    ("tap/tables?detail=none", 400, "xml"),
    ("tap/none", 404, "xml"),
    # TAP
    (QUERY, 200, "xml"),
    *((f"{QUERY}&RESPONSEFORMAT=votable/{form}", 200, "xml") for form in ("td", "b")),
    (f"{QUERY}&RESPONSEFORMAT=votable/b2", 200, "xml"),
    (f"{QUERY}&RESPONSEFORMAT=votable/1.5", 200, "xml"),
    (f"{QUERY}&RESPONSEFORMAT=text/xml", 200, "xml"),
    (f"{QUERY}&MAXREC=0", 200, "xml"),
    (f"{QUERY}&MAXREC=1", 200, "xml"),
    (f"{QUERY}&MAXREC=-1", 400, "xml"),
    (f"{QUERY}&RESPONSEFORMAT=none", 400, "xml"),
    ("tap/sync?LANG=ADQL&QUERY=SELECT+*+FROM+ivoa.obscore&MAXREC=2", 200, "xml"),
    ("tap/sync?LANG=ADQL&QUERY=SELECT+*+FROM+demo.lightcurves&MAXREC=2", 200, "xml"),
    (BAD, 400, "xml"),
    (f"{BAD}&RESPONSEFORMAT=text/xml", 400, "xml"),
    (f"{BAD}&RESPONSEFORMAT=csv", 400, "xml"),
    ("tap/sync", 400, "xml"),
    # cone search
    ("scs/demo?RA=44.3&DEC=1.2&SR=1", 200, "xml"),
    ("scs/demo?RA=44.3&DEC=1.2&SR=0", 200, "xml"),
    ("scs/demo?RA=44.3&DEC=1.2&SR=1&MAXREC=1", 200, "xml"),
    ("scs/demo?RA=a&DEC=1.2&SR=1", 400, "xml"),
    ("scs/demo", 400, "xml"),
    ("scs/none?RA=1&DEC=1&SR=1", 404, "xml"),
    # SSA
    ("ssa?REQUEST=queryData&POS=44.3,1.2&SIZE=2", 200, "xml"),
    ("ssa/demo?REQUEST=queryData&MAXREC=1", 200, "xml"),
    ("ssa?REQUEST=queryData&FORMAT=METADATA", 200, "xml"),
    ("ssa/demo?FORMAT=METADATA", 200, "xml"),
    ("ssa?POS=north", 400, "xml"),
    ("ssa/none", 404, "xml"),
    # light curves
    (CURVE, 200, "xml"),
    (f"{CURVE}?band=g", 200, "xml"),
    (f"{CURVE}?version=1.5", 200, "xml"),
    (f"{CURVE}?period=0.5&bin=0.1", 200, "xml"),
    (f"{CURVE}?band=none", 400, "xml"),
    (f"{CURVE}?format=none", 400, "xml"),
    ("lc/demo/none", 404, "xml"),
    ("lc/none/x", 404, "xml"),
    # periodograms and plots
    (FOUND, 200, "xml"),
    (f"{FOUND}&method=none", 400, "xml"),
    ("periodogram/sync?ID=none", 400, "xml"),
    ("periodogram/sync", 400, "xml"),
    ("periodogram/none", 404, "xml"),
    ("plot/demo/demo-0007?format=svg", 200, "svg"),
    ("plot/demo/none", 404, "text"),
    ("plot/demo/demo-0007?format=none", 400, "text"),
    # DataLink and SODA
    ("datalink/links", 200, "xml"),
    (LINKS, 200, "xml"),
    (f"{LINKS}&ID=none&ID=demo/none", 200, "xml"),
    (f"{LINKS}&RESPONSEFORMAT=none", 400, "xml"),
    ("datalink/demo/links?ID=demo-0007", 200, "xml"),
    ("datalink/none/links", 404, "xml"),
    (CUT, 200, "xml"),
    (f"{CUT}&TIME=0+1", 204, ""),
    (f"{CUT}&TIME=a", 400, "text"),
    ("soda/sync", 400, "text"),
    ("soda/sync?ID=none", 404, "text"),
    # examples, and jobs that are not there
    ("tap/examples", 200, "xhtml"),
    ("soda/examples", 200, "xhtml"),
    *((f"{each}/async/none", 404, "text") for each in ("tap", "soda", "periodogram")),
    # the registry
    *(
        (f"oai?verb={asked}", 200, "xml")
        for asked in (
            "Identify",
            "ListSets",
            "ListMetadataFormats",
            "ListRecords&metadataPrefix=ivo_vor",
            "ListRecords&metadataPrefix=oai_dc",
            "ListIdentifiers&metadataPrefix=ivo_vor&set=ivo_managed",
            "ListRecords&resumptionToken=none",
            "ListRecords&metadataPrefix=none",
            "GetRecord&metadataPrefix=ivo_vor&identifier=ivo://none/x",
            "None",
        )
    ),
    ("oai", 200, "xml"),
)  # fmt: skip
KINDS = {
    "application/x-votable+xml": "xml",
    "text/xml": "xml",
    "application/xml": "xml",
    "text/plain": "text",
    "image/svg+xml": "svg",
    "application/xhtml+xml": "xhtml",
    "": "",
}


@pytest.mark.parametrize(
    ("path", "status", "kind"), ANSWERED, ids=[a[0] for a in ANSWERED]
)
def test_an_answer_is_valid(server, validate, path, status, kind):
    reply = requests.get(f"{server}/{path}", timeout=30)
    media_type = reply.headers.get("Content-Type", "").partition(";")[0]

    assert KINDS[media_type] == kind, reply.text[:300]
    assert reply.status_code == status
    if kind == "xml":
        assert validate(reply.content) == []
    elif kind in ("svg", "xhtml"):
        assert etree.fromstring(reply.content).tag


JOBS = (
    (
        "tap",
        {"LANG": "ADQL", "QUERY": "SELECT TOP 1 ra FROM demo.objects"},
        "COMPLETED",
    ),
    ("tap", {"LANG": "ADQL", "QUERY": "SELEC"}, "ERROR"),
    ("soda", {"ID": "demo/demo-0007/g"}, "COMPLETED"),
    ("soda", {"ID": "demo/none"}, "ERROR"),
    ("periodogram", {"ID": "demo/demo-0007"}, "COMPLETED"),
    ("periodogram", {"ID": "demo/none"}, "ERROR"),
)


@pytest.mark.parametrize(
    ("service", "params", "phase"), JOBS, ids=[f"{j[0]}-{j[2]}" for j in JOBS]
)
def test_a_job_and_its_list_are_valid_from_the_making_to_the_end(
    server, validate, service, params, phase
):
    jobs = f"{server}/{service}/async"
    made = requests.post(jobs, data=params, timeout=30)
    job = made.url

    documents = [made.content, requests.get(jobs, timeout=30).content]
    requests.post(f"{job}/phase", data={"PHASE": "RUN"}, timeout=30)
    ended = requests.get(job, params={"WAIT": "30"}, timeout=60)
    told = etree.fromstring(ended.content).findtext("{*}phase")
    documents += [ended.content]
    documents += [
        requests.get(f"{job}/{child}", timeout=30).content
        for child in ("parameters", "results")
    ]
    requests.delete(job, timeout=30)

    assert told == phase
    assert [validate(each) for each in documents] == [[]] * 5
