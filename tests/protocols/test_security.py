"""Hostile queries end as errors of the service or do no harm, and it goes on."""

import csv
import json
import re
import socket
import time
from pathlib import Path

import pytest
import requests
from lxml import etree

from vo_lcc.adql import compile_query
from vo_lcc.adql.functions import AGGREGATES, FUNCTIONS
from vo_lcc.config import Config, DatabaseSection
from vo_lcc.db.catalog import load_catalog
from vo_lcc.errors import QueryError

CORPUS = Path(__file__).parents[3] / "shared/validators/security/bad_input.jsonl"
NAMES = {"{T}": "demo.objects", "{ID}": "object_id", "{RA}": "ra", "{DEC}": "dec"}
LISTS = re.compile(r"G\(list,(.*?),(\d+)\)")
REPEATS = re.compile(r"G\(repeat,(.*?),(\d+)\)", re.DOTALL)
TOLD_TOO_MUCH = re.compile(
    r"Traceback|File \"/|psycopg|asyncpg|adbc|libpq|site-packages|root:x:0"
    r"|PostgreSQL \d|LINE 1:|syntax error at|RecursionError|MemoryError|internal error"
)
COUNT = "SELECT COUNT(*) AS n FROM demo.objects"


def corpus():
    if not CORPUS.is_file():
        return []
    cases = map(json.loads, CORPUS.read_text(encoding="utf-8").splitlines())
    return [case for case in cases if case["transport"] == "adql"]


def expanded(text, more=()):
    for name, value in (*NAMES.items(), *more):
        text = text.replace(name, value)
    text = LISTS.sub(lambda found: ",".join([found[1]] * int(found[2])), text)
    return REPEATS.sub(lambda found: found[1] * int(found[2]), text)


def ask(server, query, form="csv"):
    asked = {"LANG": "ADQL", "QUERY": query, "RESPONSEFORMAT": form, "MAXREC": "1000"}
    return requests.post(f"{server}/tap/sync", data=asked, timeout=60)


def error_in(reply):
    """The message of an error document, or None."""
    if reply.status_code == 200:
        return None
    (info,) = etree.fromstring(reply.content).iter("{*}INFO")
    assert (info.get("name"), info.get("value")) == ("QUERY_STATUS", "ERROR")
    return info.text


def first_value(reply):
    return next(csv.reader(reply.content.decode().splitlines()[1:]))[0]


@pytest.fixture(scope="module")
def canary():
    """The port of a socket to which nothing may connect."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening.getsockname()[1]
        with pytest.raises(BlockingIOError):
            listening.accept()


@pytest.fixture(scope="module")
def target(serving, demo_db):
    """A server with limits that a test can wait for; unharmed at the end."""
    limits = DatabaseSection(statement_timeout=2, stream_timeout=4)
    with serving(Config(database=limits), demo_db.url) as server:
        before = first_value(ask(server, COUNT))
        yield server
        assert first_value(ask(server, COUNT)) == before
    assert not Path("/tmp/qa_pwned").exists()


@pytest.mark.skipif(not CORPUS.is_file(), reason="shared/ is not beside this checkout")
@pytest.mark.parametrize("case", corpus(), ids=lambda case: case["id"])
def test_a_hostile_query_is_refused_or_harmless(target, canary, case):
    host = (("{CANARYHOST}", "127.0.0.1"), ("{CANARYPORT}", str(canary)))
    query = expanded(case["query"], (*host, ("{CANARY}", f"http://127.0.0.1:{canary}")))
    begin = time.monotonic()

    reply = ask(target, query)

    assert time.monotonic() - begin < 20
    message = error_in(reply)
    assert message is None or message.startswith("UsageFault: ")
    assert not TOLD_TOO_MUCH.search((message or "").replace(query, ""))
    if case["expect"] == "error":
        assert message is not None
    if case["expect"] == "literal":
        assert first_value(reply) == expanded(case["returns"])
    if case["expect"] == "ok":
        assert message is None
    assert ask(target, COUNT).status_code == 200


FORBIDDEN = (
    "pg_sleep(9)",
    "pg_read_file('/etc/passwd')",
    "pg_ls_dir('.')",
    "lo_import('/etc/passwd')",
    "lo_export(1, '/tmp/qa_pwned')",
    "dblink('host=127.0.0.1', 'SELECT 1')",
    "query_to_xml('SELECT 1', 1, 1, '')",
    "database_to_xml(1, 1, '')",
    "version()",
    "inet_server_addr()",
    "current_setting('data_directory')",
    "set_config('role', 'none', 0)",
    "has_table_privilege('x', 'y')",
    "pg_terminate_backend(1)",
    "nextval('x')",
    "generate_series(1, 2)",
    "string_agg(ra, ',')",
    "md5('x')",
)
SPELLINGS = {
    "plain": "{0}({1}",
    "capitals": "{2}({1}",
    "quoted": '"{0}"({1}',
    "qualified": "pg_catalog.{0}({1}",
    "all quoted": '"pg_catalog"."{0}"({1}',
    "apart": "{0} -- (\n ({1}",
    "braces of ODBC": "{{fn {0}({1}}}",
    "a window": "{0}({1} OVER ()",
}
PLACES = (
    "SELECT TOP 1 {} AS v FROM demo.objects",
    "SELECT TOP 1 ra FROM demo.objects WHERE {} IS NULL",
    "SELECT TOP 1 ra FROM demo.objects ORDER BY {}",
    "SELECT TOP 1 ABS({}) AS v FROM demo.objects",
    "SELECT TOP 1 * FROM {} AS t",
)


def spelled(call, how):
    name, _, rest = call.partition("(")
    return SPELLINGS[how].format(name, rest, name.upper())


@pytest.fixture(scope="module")
def catalog(demo_db):
    return load_catalog(demo_db)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("how", SPELLINGS)
def test_functions_of_the_database_are_not_to_be_had(catalog, how, place):
    for call in FORBIDDEN:
        with pytest.raises(QueryError):
            compile_query(place.format(spelled(call, how)), catalog)


def test_no_function_of_the_database_passes_unless_it_is_listed(demo_db, catalog):
    rows = demo_db.fetch("SELECT DISTINCT proname FROM pg_proc ORDER BY proname")
    listed = set(FUNCTIONS) | AGGREGATES
    words = {"COALESCE", "CAST", "NULLIF"}
    tried = 0
    for (name,) in rows:
        if name.upper() in listed | words or not name.isidentifier():
            continue
        tried += 1
        for call in (f"{name}(1)", f'"{name}"(1)', f"{name}()"):
            with pytest.raises(QueryError):
                compile_query(f"SELECT {call} AS v FROM demo.objects", catalog)

    assert tried > 2000


def test_functions_of_the_schema_vo_lcc_are_not_reached_by_their_names(
    demo_db, catalog
):
    rows = demo_db.fetch(
        "SELECT DISTINCT proname FROM pg_proc"
        " WHERE pronamespace = 'vo_lcc'::regnamespace ORDER BY proname"
    )
    assert rows
    for (name,) in rows:
        for call in (f"vo_lcc.{name}(1)", f'"vo_lcc"."{name}"(1)', f'"{name}"(1)'):
            with pytest.raises(QueryError):
                compile_query(f"SELECT {call} AS v FROM demo.objects", catalog)


VALUES = (
    "current_user session_user user current_role current_catalog current_schema"
    " current_date localtime localtimestamp ctid xmin tableoid system_user"
)


@pytest.mark.parametrize("word", VALUES.split())
def test_what_the_database_knows_without_parentheses_is_not_told(catalog, word):
    for value in (word, word.upper(), f'"{word}"', f"objects.{word}"):
        with pytest.raises(QueryError):
            compile_query(f"SELECT {value} AS v FROM demo.objects", catalog)


@pytest.mark.parametrize("call", FORBIDDEN)
def test_the_message_names_the_function_that_is_not_there(target, call):
    name = call.partition("(")[0]

    message = error_in(ask(target, f"SELECT TOP 1 {call} AS v FROM demo.objects"))

    assert message.startswith("UsageFault: line 1, column 14: ")
    assert name.lower() in message.lower()
