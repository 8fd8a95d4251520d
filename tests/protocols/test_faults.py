import socket
import threading
import time
from urllib.parse import urlencode, urlsplit

import pytest
import requests
from lxml import etree

from vo_lcc.config import Config, DatabaseSection, PublisherSection, ServerSection

VOTABLE = "{http://www.ivoa.net/xml/VOTable/v1.3}"
SLOW = (
    "SELECT COUNT(*) AS n FROM demo.photometry AS a, demo.photometry AS b"
    " WHERE a.mag + b.mag > 10"
)
RUNNING = (
    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
    " AND application_name = 'vo_lcc reader' AND datname = current_database()"
    " AND backend_type = 'client backend'"
)
ENDLESS = "SELECT a.* FROM demo.photometry AS a, demo.photometry AS b"
GONE = "postgresql://nobody@127.0.0.1:1/nothing"


def ask(server, query, **params):
    data = {"LANG": "ADQL", "QUERY": query, **params}
    return requests.post(f"{server}/tap/sync", data=data, timeout=60)


def info(reply):
    (found,) = etree.fromstring(reply.content).iter(f"{VOTABLE}INFO")
    return found


def after_rows(reply):
    """What stands in a VOTable after the rows of its table."""
    return reply.text.rpartition("</TABLE>")[2]


def unread(server, query):
    """The connection of a client that has asked and does not read the answer."""
    url = urlsplit(server)
    body = urlencode({"LANG": "ADQL", "QUERY": query, "MAXREC": 10_000_000})
    connection = socket.create_connection((url.hostname, url.port))
    connection.sendall(
        f"POST /tap/sync HTTP/1.1\r\nHost: {url.netloc}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
    )
    return connection


def wait_until(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def n_running(database):
    return database.fetch(RUNNING)[0][0]


def test_unknown_page_is_a_page(server):
    reply = requests.get(f"{server}/nonsense", timeout=30)

    assert reply.status_code == 404
    assert reply.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/tap/nonsense", "QUERY_STATUS"),
        ("/scs/nosuch", "Error"),
        ("/scs/a/b/c", "Error"),
        ("/ssa/nosuch", "QUERY_STATUS"),
        ("/lc/nosuch/x", "QUERY_STATUS"),
    ],
)
def test_each_service_says_not_found_in_its_own_form(server, path, name):
    reply = requests.get(f"{server}{path}", timeout=30)

    assert reply.status_code == 404
    assert info(reply).get("name") == name


@pytest.mark.parametrize("path", ["/tap/sync", "/scs/demo", "/ssa", "/lc/demo/x", "/"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_wrong_methods_are_refused(server, path, method):
    reply = requests.request(method, f"{server}{path}", timeout=30)

    assert reply.status_code == 405
    assert "GET" in reply.headers["Allow"]


JOB = "run it as a job at {}/tap/async"
LATE = f"the query took longer than the limit of 1 s to its first row; {JOB}"
TOO_LONG = f"the query took longer than the limit of 1 s; {JOB}"


@pytest.mark.parametrize(
    ("limit", "message"), [("statement_timeout", LATE), ("stream_timeout", TOO_LONG)]
)
def test_slow_query_is_stopped_and_the_limit_is_named(serving, demo_db, limit, message):
    config = Config(database=DatabaseSection(**{limit: 1}))
    with serving(config, demo_db.url) as server:
        begin = time.monotonic()
        reply = ask(server, SLOW)

    assert time.monotonic() - begin < 5
    assert reply.status_code == 400
    assert info(reply).text == f"UsageFault: {message.format(server)}"
    assert wait_until(lambda: n_running(demo_db) == 0)


# many rows at once, then none for long
SILENT = (
    "SELECT mag FROM demo.photometry UNION ALL SELECT mag FROM demo.photometry"
    f" WHERE 0 > ({SLOW})"
)


@pytest.mark.parametrize("query", [ENDLESS, SILENT])
def test_long_result_is_cut_short_and_the_limit_is_named(serving, demo_db, query):
    config = Config(database=DatabaseSection(stream_timeout=1))
    with serving(config, demo_db.url) as server:
        reply = ask(server, query, MAXREC="10000000", RESPONSEFORMAT="votable/td")
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            ask(server, query, MAXREC="10000000", RESPONSEFORMAT="csv")

    assert reply.status_code == 200
    assert "<TR>" in reply.text
    assert (
        f'"QUERY_STATUS" value="ERROR">{TOO_LONG.format(server)}</INFO>'
        in after_rows(reply)
    )
    assert wait_until(lambda: n_running(demo_db) == 0)


def test_query_that_fills_the_disk_is_stopped_and_the_limit_is_named(serving, demo_db):
    config = Config(database=DatabaseSection(temp_bytes=2**20))
    with serving(config, demo_db.url) as server:
        points = " UNION ALL ".join(["SELECT * FROM demo.photometry"] * 4)
        query = f"SELECT * FROM ({points}) AS p ORDER BY mag"
        reply = ask(server, query, MAXREC="10000000")
        after = ask(server, "SELECT TOP 1 ra FROM demo.objects")

    assert reply.status_code == 400
    assert "more temporary space than the limit of 1MB" in info(reply).text
    assert after.status_code == 200


def test_overflow_says_after_how_many_rows(small_server):
    reply = ask(small_server, "SELECT ra FROM demo.objects", MAXREC="10000")

    assert "cut after 50 rows" in reply.text[-300:]


def test_client_leaving_cancels_the_statement(server, demo_db):
    with unread(server, SLOW):
        assert wait_until(lambda: n_running(demo_db) == 1)

    assert wait_until(lambda: n_running(demo_db) == 0)


def test_client_that_stops_reading_does_not_hold_up_others(server):
    url = urlsplit(server)
    query = "SELECT+*+FROM+demo.photometry"
    with socket.create_connection((url.hostname, url.port)) as connection:
        connection.sendall(
            f"GET /tap/sync?LANG=ADQL&MAXREC=10000000&QUERY={query} HTTP/1.1\r\n"
            f"Host: {url.netloc}\r\n\r\n".encode()
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        assert ask(server, "SELECT TOP 1 ra FROM demo.objects").status_code == 200


@pytest.mark.parametrize("name", ["votable", "csv", "fits"])
def test_error_in_any_format_is_a_votable(server, name):
    query = "SELECT n_points * 9223372036854775807 AS x FROM demo.objects"
    reply = ask(server, query, RESPONSEFORMAT=name)

    assert reply.status_code == 400
    assert "out of the range" in info(reply).text


def test_error_in_mid_stream_ends_the_document_with_it(server, demo_db):
    # cannot be computed for the last object, long after the first batch was sent
    ((last,),) = demo_db.fetch("SELECT max(object_id) FROM demo.objects")
    query = (
        "SELECT object_id, obs_time, mag, n * 9223372036854775807 AS x"
        f" FROM (SELECT p.*, CASE WHEN object_id = '{last}' THEN 2 ELSE 1 END AS n"
        " FROM demo.photometry AS p) AS q"
    )
    reply = ask(server, query, MAXREC="10000000", RESPONSEFORMAT="votable/td")

    assert reply.status_code == 200
    assert '<INFO name="QUERY_STATUS" value="ERROR">a value' in after_rows(reply)
    assert reply.text.rstrip().endswith("</VOTABLE>")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        ask(server, query, MAXREC="10000000", RESPONSEFORMAT="csv")


def test_server_without_its_database_says_so_and_goes_on(serving):
    with serving(Config(), GONE) as server:
        available = requests.get(f"{server}/tap/availability", timeout=30)
        reply = ask(server, "SELECT TOP 1 ra FROM demo.objects")
        cone = requests.get(f"{server}/scs/demo", timeout=30)

    assert available.status_code == 200
    assert "<available>false</available>" in available.text
    assert (reply.status_code, cone.status_code) == (503, 503)
    assert int(reply.headers["Retry-After"]) > 0
    assert "database" in info(reply).text
    assert info(cone).get("name") == "Error"


def test_many_clients_at_once_are_all_answered(server):
    statuses = []

    def one():
        statuses.append(
            ask(server, "SELECT COUNT(*) AS n FROM demo.objects").status_code
        )

    threads = [threading.Thread(target=one) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [200] * 30


def test_configured_publisher_and_address_are_told(serving, demo_db):
    config = Config(
        server=ServerSection(base_url="https://vo.example.org"),
        publisher=PublisherSection(name="Example Observatory"),
    )
    with serving(config, demo_db.url) as server:
        reply = ask(server, "SELECT TOP 1 ra FROM demo.objects")
        capabilities = requests.get(f"{server}/capabilities", timeout=30).text

    assert "Example Observatory" in reply.text
    assert "https://vo.example.org/tap" in capabilities
    assert "127.0.0.1" not in capabilities


@pytest.mark.parametrize("query", [SLOW, ENDLESS])
def test_a_server_that_stops_cancels_what_runs(demo_db, serving, caplog, query):
    config = Config(server=ServerSection(grace=1))
    with serving(config, demo_db.url) as server:
        client = unread(server, query)
        assert wait_until(lambda: n_running(demo_db) == 1)
        begin = time.monotonic()

    assert time.monotonic() - begin < 5
    assert wait_until(lambda: n_running(demo_db) == 0)
    assert not caplog.records
    client.close()
