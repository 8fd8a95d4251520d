import asyncio
import hashlib
import io
import os
import tempfile
from contextlib import closing

import pytest
from aiohttp import FormData, web
from yarl import URL

from vo_lcc.dali import body, files
from vo_lcc.dali.body import MAX_FILES, MAX_PAIRS, parse_form
from vo_lcc.dali.capability import Limits
from vo_lcc.dali.faults import faults, text_fault
from vo_lcc.dali.params import Params, parse_number, read_params
from vo_lcc.errors import ParameterError, UsageError

LIMITS = Limits(default_maxrec=100, hard_maxrec=1000)
BODY_LIMIT = 100_000
FILE_LIMIT = 3_000_000
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=b"


def params(**pairs):
    return Params(tuple(pairs.items()))


@pytest.fixture
async def echo(aiohttp_client):
    """A server that answers with what read_params saw."""

    async def handler(request):
        with closing(await read_params(request)) as seen:
            return web.json_response({"pairs": seen.pairs, "files": sorted(seen.files)})

    app = web.Application(middlewares=[faults(text_fault)], client_max_size=BODY_LIMIT)
    app.router.add_route("*", "/", handler)
    return await aiohttp_client(app)


def told(part):
    """All there is to a file part, as JSON."""
    content = part.file.read()
    return {
        "filename": part.filename,
        "type": part.media_type,
        "size": part.size,
        "sha": hashlib.sha256(content).hexdigest(),
        "on_disk": not isinstance(part.file, io.BytesIO),
    }


@pytest.fixture
async def keeper(aiohttp_client):
    """A server that answers with the files that read_params kept."""

    async def handler(request):
        with closing(await read_params(request, files=FILE_LIMIT)) as seen:
            by_reference = seen.file(request.headers.get("X-Param", "none"))
            answer = {
                "pairs": seen.pairs,
                "param": by_reference and told(by_reference),
                "files": {name: told(part) for name, part in seen.files.items()},
            }
            return web.json_response(answer)

    app = web.Application(middlewares=[faults(text_fault)], client_max_size=BODY_LIMIT)
    app.router.add_route("*", "/", handler)
    return await aiohttp_client(app)


def raw_parts(*parts):
    """A multipart body of (headers, content), with the boundary b."""
    body = b"".join(b"--b\r\n%b\r\n\r\n%b\r\n" % part for part in parts)
    return body + b"--b--\r\n"


def field(name, more=""):
    return f'Content-Disposition: form-data; name="{name}"{more}'.encode()


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
        (b"{}", "application/json", "application/json"),
        (b"rubbish", "multipart/form-data; boundary=b", "multipart"),
        (b"rubbish", "multipart/form-data", "multipart"),
    ],
)
async def test_unreadable_body_is_a_usage_fault(echo, body, content_type, says):
    reply = await echo.post("/", data=body, headers={"Content-Type": content_type})

    assert reply.status == 400
    assert says in await reply.text()


def test_more_pairs_than_anybody_needs_are_a_usage_fault():
    with pytest.raises(UsageError, match="more than 100000 parameters"):
        parse_form(b"a=1&" * MAX_PAIRS + b"a=1")


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
    monkeypatch.setattr(body, "BODY_SECONDS", 0.1)

    async def pieces():
        yield b"QUERY="
        await asyncio.sleep(0.5)

    reply = await echo.post("/", data=pieces(), headers={"Content-Type": FORM})

    assert reply.status == 400
    assert "has not arrived within 0.1 s" in await reply.text()


@pytest.mark.parametrize("size", [0, 1, files.MEMORY, files.MEMORY + 1, 2_900_000])
async def test_files_are_kept_in_memory_or_on_disk(keeper, size):
    content = os.urandom(size)
    form = multipart(QUERY="SELECT 1")
    form.add_field("t", content, filename="my.vot", content_type="text/xml; x=y")
    form.add_field("u", b"last", filename="u")
    seen = await (await keeper.post("/", data=form)).json()

    assert seen["pairs"] == [["QUERY", "SELECT 1"]]
    assert list(seen["files"]) == ["t", "u"]
    assert seen["files"]["t"] == {
        "filename": "my.vot",
        "type": "text/xml",
        "size": size,
        "sha": hashlib.sha256(content).hexdigest(),
        "on_disk": size > files.MEMORY,
    }
    assert seen["files"]["u"]["sha"] == hashlib.sha256(b"last").hexdigest()


async def test_small_files_do_not_fill_the_memory_together(keeper):
    form = multipart()
    for i in range(8):
        form.add_field(f"t{i}", b"x" * 300_000, filename="t")
    seen = await (await keeper.post("/", data=form)).json()

    on_disk = [part["on_disk"] for part in seen["files"].values()]
    assert on_disk == [False, False, False, True, True, True, True, True]


@pytest.mark.parametrize("sent", [0, 10_000, 1_500_000])
async def test_files_count_apart_from_the_fields(keeper, sent):
    form = multipart(QUERY="x" * (BODY_LIMIT - 1000))
    form.add_field("t", b"x" * (FILE_LIMIT - sent), filename="t")
    form.add_field("u", b"x" * sent, filename="u")

    assert (await keeper.post("/", data=form)).status == 200


async def test_announced_large_file_is_refused_unread(keeper):
    form = multipart()
    form.add_field("t", b"x" * (FILE_LIMIT + BODY_LIMIT), filename="t")
    reply = await keeper.post("/", data=form)

    assert reply.status == 413
    assert f"larger than {BODY_LIMIT + FILE_LIMIT} bytes" in await reply.text()


@pytest.mark.parametrize(
    ("head", "limit"),
    [
        (b"--b\r\n" + field("t", '; filename="t"') + b"\r\n\r\n", FILE_LIMIT),
        (b"--b\r\n" + field("t") + b"\r\n\r\n", BODY_LIMIT),
        (b"what stands before the first part\r\n", FILE_LIMIT + BODY_LIMIT),
    ],
)
async def test_endless_body_is_cut_at_the_limit(
    keeper, head, limit, tmp_path, monkeypatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    sent = 0

    async def pieces():
        nonlocal sent
        yield head
        for _ in range(100_000):
            sent += 100_000
            yield (b"x" * 998 + b"\r\n") * 100

    reply = await keeper.post("/", data=pieces(), headers={"Content-Type": PARTS})

    assert reply.status == 413
    assert f"larger than {limit} bytes" in await reply.text()
    assert sent < 10 * (FILE_LIMIT + BODY_LIMIT)  # sockets and pipes hold some
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ([(field("t", "; filename=a"), b"1"), (field("T", "; filename=b"), b"2")], "T"),
        ([(b"Content-Disposition: form-data; filename=a", b"1")], "needs a plain name"),
        ([(b"Content-Type: text/csv", b"1")], "needs a plain name"),
        ([(b"Content-Type: multipart/mixed; boundary=c", b"1")], "needs a plain name"),
        ([(field("_charset_"), b"x" * 100)], "multipart"),
        ([(field("Q"), b"\xff")], "UTF-8"),
        (
            [(b'Content-Disposition: form-data; name="\xff"', b"1")],
            "name that is not UTF-8",
        ),
        ([(field("t", "; filename=") + b'"\xff"', b"1")], "name that is not UTF-8"),
        (
            [
                (
                    field("t", "; filename=t\r\nContent-Transfer-Encoding: base64"),
                    b"AA==",
                )
            ],
            "send it as it is",
        ),
        (
            [(field(f"t{i}", "; filename=t"), b"") for i in range(MAX_FILES + 1)],
            "more than 64 files",
        ),
    ],
)
async def test_form_with_bad_parts_is_a_usage_fault(keeper, parts, says):
    headers = {"Content-Type": PARTS}
    reply = await keeper.post("/", data=raw_parts(*parts), headers=headers)

    assert reply.status == 400
    assert says in await reply.text()


async def test_form_that_breaks_off_is_a_usage_fault(keeper):
    body = raw_parts((field("t", "; filename=t"), b"x" * 200_000))[:-20]
    reply = await keeper.post("/", data=body, headers={"Content-Type": PARTS})

    assert reply.status == 400


async def test_form_of_lines_without_parts_is_left_soon(keeper):
    sent = 0

    async def pieces():
        nonlocal sent
        for _ in range(1000):
            sent += 30_000
            yield b"a\r\n" * 10_000

    reply = await keeper.post("/", data=pieces(), headers={"Content-Type": PARTS})

    assert reply.status == 400
    assert "too many lines outside of parts" in await reply.text()
    assert sent < 10_000_000


async def test_a_disk_is_left_before_it_is_full(keeper, monkeypatch, tmp_path):
    """Here the operating system tells of 1 % that is free."""
    real = os.statvfs(tmp_path)
    nearly_full = os.statvfs_result((4096, 4096, 10**6, 10**4, 10**4, *real[5:]))
    monkeypatch.setattr(os, "statvfs", lambda folder: nearly_full)
    form = multipart()
    form.add_field("t", b"x" * 2_000_000, filename="t")
    reply = await keeper.post("/", data=form)

    assert reply.status == 503
    assert "no room" in await reply.text()
    with pytest.raises(OSError, match="nearly full"):
        files.check_room(tmp_path)


async def test_full_disk_is_the_servers_trouble(keeper, monkeypatch):
    def no_room(file, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "_write_out", no_room)
    form = multipart()
    form.add_field("t", b"x" * 2_000_000, filename="t")
    reply = await keeper.post("/", data=form)

    assert reply.status == 503
    assert "no room" in await reply.text()


@pytest.mark.parametrize(
    ("headers", "media_type"),
    [
        ('; filename="pytable"\r\nContent-Type: None', "application/octet-stream"),
        ("; filename=t\r\nContent-Type: TEXT/CSV; header=present", "text/csv"),
        ("; filename=t\r\nContent-Type: text/plain", "text/plain"),
        ("\r\nContent-Type: application/x-votable+xml", "application/x-votable+xml"),
    ],
)
async def test_parts_are_files_by_their_name_or_type(keeper, headers, media_type):
    body = raw_parts((field("t", headers), b"a,b\n"))
    headers = {"Content-Type": PARTS, "X-Param": "T"}
    seen = await (await keeper.post("/", data=body, headers=headers)).json()

    assert seen["pairs"] == []
    assert seen["files"]["t"]["type"] == media_type
    assert seen["param"]["size"] == 4


@pytest.mark.parametrize(
    "headers", ["", "\r\nContent-Type: text/plain; charset=UTF-8", "\r\nX: y"]
)
async def test_param_refers_to_a_field_too(keeper, headers):
    body = raw_parts((field("t", headers), "λ,b\n1,2\n".encode()))
    headers = {"Content-Type": PARTS, "X-Param": "t"}
    seen = await (await keeper.post("/", data=body, headers=headers)).json()

    assert seen["pairs"] == [["t", "λ,b\n1,2\n"]]
    assert seen["files"] == {}
    assert seen["param"]["size"] == 9
    assert seen["param"]["type"] == "text/plain"


async def test_param_that_refers_to_nothing_is_none(keeper):
    reply = await keeper.post("/", data=multipart(QUERY="x"), headers={"X-Param": "t"})

    assert (await reply.json())["param"] is None


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
