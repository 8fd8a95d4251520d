"""VOSI of each service, of a server with two collections: documents, HTTP, proxies."""

import time
from email.utils import parsedate_to_datetime
from io import BytesIO
from urllib.parse import quote

import astropy.io.votable
import pytest
import pyvo
import requests
from lxml import etree

from tests.conftest import copied_database
from tests.lightcurves.conftest import Folder
from vo_lcc.config import Config, JobsSection, RegistrySection, ServerSection
from vo_lcc.db.catalog import store_schema
from vo_lcc.tables import Column, Schema, Table

from .proxy import proxied

QUIET = JobsSection(workers=False)
# Tables that are only described, so many that all of them are sent in pieces.
COLUMNS = tuple(Column(f"c{n}", "double", description="One of many") for n in range(40))
WIDE = Schema("wide", tuple(Table("wide", f"t{n}", COLUMNS) for n in range(100)))
WITH_TABLES = ["", "/tap", "/ssa", "/ssa/stars", "/scs/stars", "/scs/others", "/oai"]
SERVICES = [*WITH_TABLES, "/soda", "/datalink"]
DOCUMENTS = [
    *(f"{path}/capabilities" for path in SERVICES),
    *(f"{path}/capabilities?DRAFTS=True" for path in SERVICES),
    *(f"{path}/availability" for path in SERVICES),
    *(f"{path}/tables" for path in WITH_TABLES),
    *(f"{path}/tables?detail=min" for path in WITH_TABLES),
    "/tap/tables/stars.objects",
    "/scs/stars/tables/stars",
    "/ssa/tables/ssa.results",
]
KEPT = ["/tap/capabilities", "/tables?detail=min", "/tap/tables/stars.objects"]
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
STANDARD = "ivo://ivoa.net/std/"


@pytest.fixture(scope="module")
def two(cluster_url, template_db, tmp_path_factory):
    """A database with the collections `stars` and `others`."""
    for database in copied_database(cluster_url, template_db):
        folder = Folder(tmp_path_factory.mktemp("collections"))
        folder.write("objects.csv", "id,ra,dec\na,10,-20\nb,10.001,-20\n")
        folder.write(
            "points.csv", "id,band,t,m,e\na,g,1,12,.1\na,r,2,9,.1\nb,g,3,9,1\n"
        )
        for name in ("stars", "others"):
            head = folder.head.replace('"stars"', f'"{name}"')
            folder.write("stars.toml", head + folder.long)
            folder.load(database, "objects.csv", "points.csv")
        with database.load() as load:
            store_schema(load, WIDE)
        yield database


@pytest.fixture(scope="module")
def served(two, serving):
    """The URL of a server of both."""
    with serving(Config(jobs=QUIET), two.url) as url:
        yield url


@pytest.fixture(scope="module")
def drafting(two, serving):
    """The same of one that always follows drafts."""
    config = Config(jobs=QUIET, registry=RegistrySection(drafts=True))
    with serving(config, two.url) as url:
        yield url


def get(url, status=200, **headers):
    reply = requests.get(url, headers=headers, timeout=30)
    assert reply.status_code == status, reply.text
    return reply


def xml(url):
    return etree.fromstring(get(url).content)


def ids(url):
    return [
        each.get("standardID").removeprefix(STANDARD)
        for each in xml(url).findall("capability")
    ]


# ---------------------------------------------------------------------- documents


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_document_is_valid_by_the_schemas_of_drafts(served, validate, path):
    assert validate(get(served + path).content, "dev") == []


@pytest.mark.parametrize("path", [each for each in DOCUMENTS if "DRAFTS" not in each])
def test_every_document_is_valid_by_the_schemas_of_today(served, validate, path):
    assert validate(get(served + path).content, "rec") == []


@pytest.mark.parametrize("path", SERVICES)
def test_a_server_may_always_follow_drafts(served, drafting, validate, path):
    told = get(f"{drafting}{path}/capabilities").content
    asked = get(f"{served}{path}/capabilities?drafts=true").content

    assert validate(told, "dev") == []
    assert told.replace(drafting.encode(), served.encode()) == asked


def test_what_is_no_yes_or_no_is_a_usage_fault(served):
    told = get(f"{served}/tap/capabilities?drafts=some", 400).text

    assert "drafts: 'some' is neither true nor false" in told


@pytest.mark.parametrize(
    ("path", "offered"),
    [
        ("/scs/stars", ["ConeSearch"]),
        ("/ssa/stars", ["SSA"]),
        ("/ssa", ["SSA"]),
        ("/datalink", ["DataLink#links-1.1"]),
        ("/oai", ["Registry"]),
        ("/soda", ["SODA#sync-1.0", "SODA#async-1.0", "DALI#examples"]),
    ],
)
def test_a_service_tells_of_itself_alone(served, path, offered):
    about = ["VOSI#capabilities", "VOSI#availability"]
    if path in WITH_TABLES:
        about += ["VOSI#tables-1.1", "VOSI#tables"]

    assert ids(f"{served}{path}/capabilities") == offered + about


def test_the_services_of_a_collection_are_where_they_say(served):
    root = xml(f"{served}/ssa/others/capabilities")
    ssa = root.findtext("capability/interface/accessURL")
    asked = root.findtext("capability/testQuery/queryDataCmd")
    cone = xml(f"{served}/scs/others/capabilities").find("capability")

    assert ssa == f"{served}/ssa/others?"
    assert "others" in get(f"{ssa}REQUEST=queryData&{asked}").text
    assert cone.get(XSI_TYPE) == "cs:ConeSearch"
    assert cone.findtext("interface/accessURL") == f"{served}/scs/others?"


@pytest.mark.parametrize("path", SERVICES)
def test_every_address_of_vosi_answers(served, path):
    found = [
        each.text
        for each in xml(f"{served}{path}/capabilities").iter("accessURL")
        if each.get("use") == "full"
    ]

    assert [url for url in found if not url.startswith(f"{served}/")] == []
    assert [requests.head(url, timeout=30).status_code for url in found] == [
        200 for _ in found
    ]


@pytest.mark.parametrize("last", ["capabilities", "availability", "tables", "tables/a"])
def test_an_unknown_collection_is_told_in_the_words_of_the_service(served, last):
    cone = get(f"{served}/scs/nobody/{last}", 404).text
    ssa = get(f"{served}/ssa/nobody/{last}", 404).text

    assert '<INFO ID="Error" name="Error" value="no collection' in cone
    assert "NotFoundFault: no collection 'nobody'; there is: others, stars" in ssa


# ------------------------------------------------------------------------- tables


def test_a_cone_search_has_the_one_table_that_it_searches(served):
    root = xml(f"{served}/scs/stars/tables")

    assert [each.text for each in root.findall("schema/table/name")] == [
        "stars.objects"
    ]
    assert root.findtext("schema/table/nrows") == "2"
    assert root.findall("schema/table/column")


def test_numbers_of_rows_are_those_of_the_tables(served):
    told = {
        each.findtext("name"): int(each.findtext("nrows"))
        for each in xml(f"{served}/tables?detail=min").iter("table")
        if each.find("nrows") is not None
    }
    service = pyvo.dal.TAPService(f"{served}/tap")

    assert {"stars.objects", "stars_dr1.photometry", "others.lightcurves"} <= set(told)
    for name, count in told.items():
        (row,) = service.run_sync(f"SELECT COUNT(*) AS n FROM {name}")
        assert (name, row["n"]) == (name, count)


def test_a_schema_comes_with_its_tables_alone(served):
    root = xml(f"{served}/tap/tables/STARS?detail=min")

    assert [each.text for each in root.findall("schema/name")] == ["stars"]
    assert root.findall(".//column") == []


def test_a_table_is_a_votable_where_that_is_wanted(served):
    url = f"{served}/tap/tables/stars.photometry"
    reply = get(url, Accept="text/html, application/x-votable+xml;q=0.9, */*;q=0.1")
    (table,) = astropy.io.votable.parse(BytesIO(reply.content)).iter_tables()
    columns = [each.text for each in etree.fromstring(get(url).content).iter("name")]

    assert reply.headers["Content-Type"] == "application/x-votable+xml"
    assert (table.name, table.nrows) == ("stars.photometry", 0)
    assert [field.name for field in table.fields] == columns[1:]
    assert get(url, Accept="text/xml, application/x-votable+xml;q=0.9").text == (
        get(url).text
    )


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/tap/tables/a.b", "/tables/a.b", "/tap/tables"])
def test_nobody_makes_tables_here(served, method, path):
    reply = requests.request(method, served + path, data="<a/>", timeout=30)

    assert reply.status_code == 405
    assert set(reply.headers["Allow"].split(",")) == {"GET", "HEAD"}


# --------------------------------------------------------------------------- HTTP


@pytest.mark.parametrize("path", KEPT)
def test_head_says_what_get_says(served, path):
    head = requests.head(served + path, timeout=30)
    whole = get(served + path)

    assert head.content == b""
    for name in ("ETag", "Last-Modified", "Content-Length", "Content-Type"):
        assert head.headers[name] == whole.headers[name]


@pytest.mark.parametrize("path", KEPT)
def test_what_the_client_has_is_not_sent_again(served, path):
    whole = get(served + path)
    tag, modified = whole.headers["ETag"], whole.headers["Last-Modified"]

    for headers in (
        {"If-None-Match": f'"other", {tag}'},
        {"If-None-Match": f"W/{tag}"},
        {"If-None-Match": "*"},
        {"If-Modified-Since": modified},
    ):
        reply = get(served + path, 304, **headers)
        assert reply.content == b""
        assert (reply.headers["ETag"], reply.headers["Last-Modified"]) == (
            tag,
            modified,
        )
    for headers in (
        {"If-None-Match": '"other"', "If-Modified-Since": modified},
        {"If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"},
    ):
        assert get(served + path, **headers).content == whole.content


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_large_documents_come_whole_on_a_connection_that_is_kept(served, coding):
    url, headers = f"{served}/tap/tables", {"Accept-Encoding": coding}
    with requests.Session() as session:
        head = session.head(url, headers=headers, timeout=30)
        replies = [session.get(url, headers=headers, timeout=30) for _ in range(2)]

    assert len(replies[0].content) > 500_000
    assert replies[0].content == replies[1].content
    assert len(etree.fromstring(replies[0].content).findall(".//column")) > 4000
    assert {each.headers["Content-Length"] for each in (head, *replies)} == {
        head.headers["Content-Length"]
    }


def test_each_coding_has_a_tag_of_its_own_and_the_same_content(served):
    url = f"{served}/tap/capabilities"
    replies = [
        get(url, **{"Accept-Encoding": coding}) for coding in ("identity", "gzip")
    ]

    assert [each.headers.get("Content-Encoding") for each in replies] == [None, "gzip"]
    assert len({each.headers["ETag"] for each in replies}) == 2
    assert len({each.content for each in replies}) == 1


def test_processes_agree_when_documents_changed(two, serving):
    path = "/tables?detail=min"
    with serving(Config(jobs=QUIET), two.url) as url:
        one = get(url + path)
        time.sleep(1.1)  # the other starts in another second
        with serving(Config(jobs=QUIET), two.url) as other:
            another = get(other + path)

    assert one.headers["ETag"] == another.headers["ETag"]
    assert one.headers["Last-Modified"] == another.headers["Last-Modified"]
    changed = parsedate_to_datetime(one.headers["Last-Modified"])
    assert changed <= parsedate_to_datetime(one.headers["Date"])


# ------------------------------------------------------------------------ clients


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("which", ["served", "drafting"])
def test_pyvo_reads_both_kinds(request, which):
    """It knows nothing of drafts, warns, and takes the last of several limits."""
    url = request.getfixturevalue(which)
    service = pyvo.dal.TAPService(f"{url}/tap")
    access = service.get_tap_capability()

    assert (service.maxrec, service.hardlimit) == (100_000, 10_000_000)
    assert (access.executionduration.default, access.executionduration.hard) == (
        3600,
        86_400,
    )
    assert access.interfaces[0].accessurls[0].content == f"{url}/tap"
    assert len(service.run_sync("SELECT object_id FROM stars.objects")) == 2


@pytest.mark.parametrize("which", ["served", "drafting"])
def test_stilts_reads_both_kinds(request, stilts, which):
    url = request.getfixturevalue(which)
    seen = stilts("taplint", f"tapurl={url}/tap", "stages=CAP", "report=EF")

    assert [line for line in seen.stdout.splitlines() if line.startswith("E-")] == []
    assert "Totals: Errors: 0;" in seen.stdout


# ------------------------------------------------------------------------ proxies


def addresses(url):
    """Every URL in the documents of every service."""
    found = set()
    for path in SERVICES:
        for query in ("", "?drafts=true"):
            root = xml(f"{url}{path}/capabilities{query}")
            found |= {each.text for each in root.iter("accessURL")}
    return found


def check_addresses(url):
    """Behind the proxy at `url` everything is where it says it is."""
    found = addresses(url)
    assert [each for each in found if not each.startswith(f"{url}/")] == []
    assert f"{url}/scs/others?" in found
    for each in found:
        if not each.endswith(("?", "/tap", "sync", "links")):
            assert requests.head(each, timeout=30).status_code == 200, each
    led = requests.get(f"{url}/tap", allow_redirects=False, timeout=30)
    assert (led.status_code, led.headers["Location"]) == (
        303,
        f"{url}/tap/capabilities",
    )
    job = requests.post(f"{url}/tap/async", allow_redirects=False, timeout=30)
    assert job.headers["Location"].startswith(f"{url}/tap/async/")


def test_a_proxy_may_show_it_below_a_prefix(served):
    with proxied(served, "/vo/curves", tells=True) as url:
        check_addresses(url)


def test_a_proxy_that_tells_nothing_needs_the_base_url(two, serving, served):
    with proxied(served, "/vo", tells=False) as lost:
        assert addresses(lost) == addresses(served)  # which it does not know better

    server = ServerSection(base_url="https://vo.example.org/deep/er/")
    with serving(Config(jobs=QUIET, server=server), two.url) as url:
        found = addresses(url)
        led = requests.get(f"{url}/tap", allow_redirects=False, timeout=30)

    base = "https://vo.example.org/deep/er"
    assert [each for each in found if not each.startswith(f"{base}/")] == []
    assert led.headers["Location"] == f"{base}/tap/capabilities"
    assert f"{base}/ssa/{quote('stars')}?" in found
