import asyncio

import pytest
from aiohttp import FormData, web
from yarl import URL

from vo_lcc.dali import params as params_module
from vo_lcc.dali.capability import Limits
from vo_lcc.dali.faults import faults, text_fault
from vo_lcc.dali.params import MAX_FIELDS, Params, parse_number, read_params
from vo_lcc.errors import ParameterError

LIMITS = Limits(default_maxrec=100, hard_maxrec=1000)
BODY_LIMIT = 100_000
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=b"


def params(**pairs):
    return Params(tuple(pairs.items()))


@pytest.fixture
async def echo(aiohttp_client):
    """A server that answers with what read_params saw."""

    async def handler(request):
        seen = await read_params(request)
        return web.json_response({"pairs": seen.pairs, "files": sorted(seen.files)})

    app = web.Application(middlewares=[faults(text_fault)], client_max_size=BODY_LIMIT)
    app.router.add_route("*", "/", handler)
    return await aiohttp_client(app)


def multipart(**fields):
    form = FormData(default_to_multipart=True)
    for name, value in fields.items():
        form.add_field(name, value)
    return form


async def test_url_and_urlencoded_body_are_read_together(echo):
    reply = await echo.post("/?LANG=ADQL", data={"QUERY": "SELECT 'ü+λ'"})

    assert (await reply.json())["pairs"] == [
        ["LANG", "ADQL"],
        ["QUERY", "SELECT 'ü+λ'"],
    ]


async def test_multipart_fields_and_names_of_files_are_read(echo):
    form = multipart(QUERY="SELECT 'λ'")
    form.add_field("t", b"\x00\xff" * 100, filename="t.vot")
    seen = await (await echo.post("/", data=form)).json()

    assert seen == {"pairs": [["QUERY", "SELECT 'λ'"]], "files": ["t"]}


async def test_chunked_body_is_read(echo):
    async def pieces():
        yield b"QUE"
        yield b"RY=SELECT+1"

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = await echo.post("/", data=pieces(), headers=headers)

    assert (await reply.json())["pairs"] == [["QUERY", "SELECT 1"]]


async def test_announced_large_body_is_refused_unread(echo):
    reply = await echo.post("/", data={"QUERY": "x" * BODY_LIMIT})

    assert reply.status == 413
    assert f"larger than {BODY_LIMIT} bytes" in await reply.text()


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "multipart/form-data"]
)
async def test_chunked_large_body_is_refused_at_the_limit(echo, content_type):
    sent = 0

    async def pieces():
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
        for _ in range(2000):
            sent += 10_000
            yield b"x" * 10_000
        yield b"\r\n--b--\r\n"

    headers = {"Content-Type": f"{content_type}; boundary=b"}
    reply = await echo.post("/", data=pieces(), headers=headers)

    assert reply.status == 413


async def test_large_file_part_is_refused(echo):
    form = multipart()
    form.add_field("t", b"x" * (BODY_LIMIT - 10), filename="t.vot")

    assert (await echo.post("/", data=form)).status == 413


@pytest.mark.parametrize(
    ("body", "content_type", "says"),
    [
        (b"QUERY=%ff%fe", "application/x-www-form-urlencoded", "not UTF-8"),
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded", "not UTF-8"),
        (b"QUERY=a%00b", "application/x-www-form-urlencoded", "NUL"),
        (b"a=1&" * (MAX_FIELDS + 1), "application/x-www-form-urlencoded", "more than"),
        (b"{}", "application/json", "application/json"),
        (b"rubbish", "multipart/form-data; boundary=b", "multipart"),
        (b"rubbish", "multipart/form-data", "multipart"),
    ],
)
async def test_unreadable_body_is_a_usage_fault(echo, body, content_type, says):
    reply = await echo.post("/", data=body, headers={"Content-Type": content_type})

    assert reply.status == 400
    assert says in await reply.text()


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Type": FORM, "Content-Encoding": "deflate"}, b"\xff" * 20),
        ({"Content-Type": FORM, "Content-Encoding": "gzip"}, b"QUERY=1"),
        ({"Content-Type": PARTS}, b"--b\r\nX: " + b"y" * 50_000 + b"\r\n\r\n--b--"),
        ({"Content-Type": PARTS}, b"--b\r\n" + b"X: y\r\n" * 5000 + b"\r\n--b--"),
    ],
)
async def test_body_that_breaks_the_rules_of_http_is_a_usage_fault(echo, headers, body):
    reply = await echo.post("/", data=body, headers=headers)

    assert reply.status == 400


async def test_body_that_does_not_come_is_not_waited_for(echo, monkeypatch):
    monkeypatch.setattr(params_module, "BODY_SECONDS", 0.1)

    async def pieces():
        yield b"QUERY="
        await asyncio.sleep(0.5)

    reply = await echo.post("/", data=pieces(), headers={"Content-Type": FORM})

    assert reply.status == 400
    assert "has not arrived within 0.1 s" in await reply.text()


async def test_query_string_that_is_not_utf8_is_a_usage_fault(echo):
    reply = await echo.get(URL("/?QUERY=%ff", encoded=True))

    assert reply.status == 400


def test_names_are_compared_without_case():
    assert params(maxRec="5").one("MAXREC") == "5"


def test_blank_value_counts_as_not_given():
    assert params(LANG=" ").one("LANG") is None
    with pytest.raises(ParameterError, match="LANG: missing"):
        params(LANG="").required("LANG")


def test_zero_is_a_value():
    assert params(RA="0").number("RA") == 0
    assert params(MAXREC="0").maxrec(LIMITS) == 0


def test_repeated_parameter_with_two_values_is_an_error():
    with pytest.raises(ParameterError, match="RA: given 2 times"):
        params(RA="1", ra="2").one("RA")


def test_repeated_parameter_with_one_value_is_tolerated():
    assert params(RA="1", ra="1").one("RA") == "1"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"FORMAT": "csv"}, "csv"),
        ({"format": "csv"}, "csv"),
        ({"FORMAT": "csv", "format": "votable"}, "csv"),
        ({"format": "votable", "FORMAT": "csv"}, "csv"),
        ({"RESPONSEFORMAT": "fits", "FORMAT": "csv"}, "fits"),
        ({}, None),
    ],
)
def test_format_in_capitals_wins_and_responseformat_before_it(given, expected):
    assert params(**given).response_format() == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [(None, 100), ("", 100), ("7", 7), (" 7", 7), ("999999999999", 1000), ("0", 0)],
)
def test_maxrec_has_a_default_and_a_limit(given, expected):
    pairs = {} if given is None else {"MAXREC": given}

    assert params(**pairs).maxrec(LIMITS) == expected


@pytest.mark.parametrize("text", ["-1", "abc", "1.5", "0x10", "٣", "1;2", "9" * 5000])
def test_bad_maxrec_is_an_error(text):
    with pytest.raises(ParameterError, match="MAXREC: "):
        params(MAXREC=text).maxrec(LIMITS)


@pytest.mark.parametrize(
    "text", ["nan", "inf", "-Infinity", "1e999", "1h", "0x10", "٣", "1_0", "1,5", "--1"]
)
def test_what_is_not_a_finite_number_is_an_error(text):
    with pytest.raises(ParameterError, match="RA: "):
        parse_number("RA", text)


@pytest.mark.parametrize(
    ("text", "value"), [("0", 0), ("-0.5", -0.5), ("+1.e2", 100), (".5", 0.5)]
)
def test_numbers_are_read(text, value):
    assert parse_number("RA", text) == value
