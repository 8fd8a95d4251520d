import asyncio
import gzip
import io
import os
import socket
import tempfile
from ipaddress import ip_address, ip_network

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from vo_lcc.dali.addresses import is_public, unwrapped
from vo_lcc.dali.fetch import UNREACHABLE, FetchError, FetchLimits, fetch, redirected
from vo_lcc.errors import UsageError

LIMIT = 3_000_000
HERE = (ip_network("127.0.0.1/32"),)
TABLE = b"a,b\n1,2\n"


def limits(allow=HERE, **changes):
    return FetchLimits(**{"size": LIMIT, "seconds": 5, "allow": allow, **changes})


class Host:
    """A web server on 127.0.0.1 that counts who comes."""

    def __init__(self):
        self.requests = []

    async def table(self, request):
        self.requests.append(request)
        return web.Response(body=TABLE, content_type="text/csv")

    async def bytes(self, request):
        return web.Response(body=os.urandom(int(request.match_info["size"])))

    async def bomb(self, request):
        headers = {"Content-Encoding": "gzip"}
        return web.Response(body=gzip.compress(bytes(50_000_000)), headers=headers)

    async def damaged(self, request):
        return web.Response(body=b"not gzip", headers={"Content-Encoding": "gzip"})

    async def endless(self, request):
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 100_000)

    async def broken(self, request):
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"x" * 10)
        request.transport.abort()
        return response

    async def slow(self, request):
        await asyncio.sleep(60)

    async def status(self, request):
        return web.Response(status=int(request.match_info["status"]))

    async def away(self, request):
        to = request.query.get("to")
        headers = {} if to is None else {"Location": to}
        return web.Response(status=302, headers=headers)


@pytest.fixture
async def host(aiohttp_server):
    host = Host()
    app = web.Application()
    for path in ("bomb", "damaged", "endless", "broken", "slow", "away"):
        app.router.add_get(f"/{path}", getattr(host, path))
    app.router.add_get("/table.csv", host.table)
    app.router.add_get("/bytes/{size}", host.bytes)
    app.router.add_get("/status/{status}", host.status)
    host.server = await aiohttp_server(app)
    host.url = str(host.server.make_url("")).rstrip("/")
    return host


async def refusal(url, **changes):
    """Why `url` is not fetched."""
    with pytest.raises(UsageError) as caught:
        await fetch(url, limits(**changes))
    return str(caught.value)


async def test_a_table_is_fetched(host):
    part = await fetch(f"{host.url}/table.csv?x=1#y", limits())

    assert part.file.read() == TABLE
    assert (part.name, part.filename, part.media_type, part.size) == (
        "",
        "table.csv",
        "text/csv",
        len(TABLE),
    )
    assert "vo_lcc" in host.requests[0].headers["User-Agent"]
    assert not {"Cookie", "Authorization"} & set(host.requests[0].headers)


@pytest.mark.parametrize("size", [0, 2**20, 2**20 + 1, LIMIT])
async def test_small_files_stay_in_memory_and_large_ones_do_not(host, size):
    part = await fetch(f"{host.url}/bytes/{size}", limits())

    assert part.size == size == len(part.file.read())
    assert isinstance(part.file, io.BytesIO) == (size <= 2**20)


@pytest.mark.parametrize("path", [f"bytes/{LIMIT + 1}", "bomb", "endless"])
async def test_what_is_too_large_is_refused(host, path):
    said = await refusal(f"{host.url}/{path}")

    assert f"it is larger than {LIMIT} bytes" in said


async def test_what_comes_too_slowly_is_refused(host):
    said = await refusal(f"{host.url}/slow", seconds=0.3)

    assert "it has not come within 0.3 s" in said


@pytest.mark.parametrize("path", ["damaged", "broken"])
async def test_what_is_damaged_is_refused(host, path):
    assert "damaged" in await refusal(f"{host.url}/{path}")


@pytest.mark.parametrize(
    "answer",
    [
        *(b"", b"rubbish\r\n\r\n", b"SSH-2.0-x\r\n", b"\0" * 100_000),
        *(b"HTTP/1.1 999999 x\r\n\r\n", b"HTTP/1.1 302 x\r\nLocation: \xff\r\n\r\n"),
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    ],
)
async def test_what_is_not_http_is_refused(answer):
    async def talk(reader, writer):
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        said = await refusal(f"http://127.0.0.1:{port}/")

    assert "cannot be fetched" in said


async def test_a_host_that_cannot_encrypt_is_refused(host):
    said = await refusal(host.url.replace("http:", "https:"))

    assert "no encrypted connection" in said


@pytest.mark.parametrize("status", [201, 204, 206, 304, 403, 404, 500])
async def test_only_status_200_is_a_table(host, status):
    said = await refusal(f"{host.url}/status/{status}")

    assert f"its host answers {status}" in said


async def test_a_server_may_fetch_nothing(host):
    said = await refusal(f"{host.url}/table.csv", enabled=False)

    assert "send them with the request" in said
    assert host.requests == []


@pytest.mark.parametrize(
    "spelling",
    [
        *("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1"),
        *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::1]", "[64:ff9b::7f00:1]"),
        *("0.0.0.0", "[::]", "0", "127.0.0.1.", "①②⑦.0.0.1", "LOCALHOST"),
    ],
)
async def test_this_machine_is_not_public_in_any_spelling(host, spelling):
    url = f"http://{spelling}:{host.server.port}/table.csv"

    assert UNREACHABLE in await refusal(url, allow=())
    assert host.requests == []


async def test_an_inner_host_is_refused_with_the_words_for_one_that_is_not_there(host):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        urls = [
            host.url,
            f"http://127.0.0.1:{port}",
            "http://10.0.0.1",
            "http://169.254.169.254/latest/meta-data",
            "http://no-such-host.invalid",
        ]
        said = {(await refusal(url, allow=())).removeprefix(repr(url)) for url in urls}

    assert said == {f" cannot be fetched: {UNREACHABLE}"}


async def test_an_allowed_network_is_fetched_in_its_ipv6_spelling_too(host):
    url = f"http://[::ffff:127.0.0.1]:{host.server.port}/table.csv"

    assert (await fetch(url, limits())).size == len(TABLE)


async def test_a_name_whose_address_changes_is_judged_by_the_address(host, monkeypatch):
    """DNS rebinding: the address is that of the connection, not of a look before."""

    async def getaddrinfo(self, name, port, **options):
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, ("127.0.0.1", host.server.port))]

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", getaddrinfo)
    url = f"http://tables.example.org:{host.server.port}/table.csv"

    assert (await fetch(url, limits())).size == len(TABLE)
    assert UNREACHABLE in await refusal(url, allow=())
    assert len(host.requests) == 1


async def test_redirects_are_followed(host):
    url = URL(f"{host.url}/away").with_query(to="/away?to=table.csv")

    assert (await fetch(str(url), limits())).filename == "table.csv"


async def test_redirects_are_counted(host):
    url = URL(f"{host.url}/away").with_query(to="/away?to=table.csv")

    assert "more than 1 times" in await refusal(str(url), redirects=1)


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("http://127.0.0.2/", UNREACHABLE),
        ("//[::1]/", UNREACHABLE),
        ("http://169.254.169.254/latest", UNREACHABLE),
        ("file:///etc/passwd", "only http"),
        ("gopher://127.0.0.1:6379/_x", "only http"),
        ("http://me:pw@127.0.0.1/", "leave user and password out"),
        ("http://[/", "not a URL"),
    ],
)
async def test_a_redirect_does_not_lead_where_nobody_may_go(host, target, says):
    url = URL(f"{host.url}/away").with_query(to=target)

    assert says in await refusal(str(url))


async def test_a_redirect_that_leads_nowhere_ends(host):
    assert "more than 5 times" in await refusal(f"{host.url}/away")


def test_https_does_not_lead_to_http():
    with pytest.raises(FetchError, match="from https to http"):
        redirected(URL("https://a.org/x"), "http://a.org/x")
    assert redirected(URL("http://a.org/x"), "https://b.org/") == URL("https://b.org/")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://a.org/x", "only http"),
        ("file:///etc/passwd", "only http"),
        ("vos://a.org!vospace/x", "only http"),
        ("http:///x", "only http"),
        ("table.csv", "only http"),
        ("", "only http"),
        ("http://me@a.org/", "leave user and password out"),
        ("http://me:pw@a.org/", "leave user and password out"),
        ("http://a.org:99999/", "not a URL"),
        ("http://[::1/", "not a URL"),
        ("http://a.org/" + "x" * 5000, "only http"),
        ("http://a b.org/", UNREACHABLE),
        ("http://" + "a" * 70 + ".org/", UNREACHABLE),
        ("http://127.0.0.1:0/", UNREACHABLE),
    ],
)
async def test_a_bad_url_is_told(url, says):
    assert says in await refusal(url)


async def test_no_proxy_is_taken_from_the_environment(host, monkeypatch):
    monkeypatch.setenv("http_proxy", host.url)
    monkeypatch.setenv("HTTP_PROXY", host.url)

    await refusal("http://no-such-host.invalid/table.csv")
    assert host.requests == []


async def test_nothing_stays_of_a_file_that_is_refused(host, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    await refusal(f"{host.url}/endless")

    assert list_open_files(tmp_path) == []


def list_open_files(folder):
    """The files below `folder` that this process has open, named or not."""
    links = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
    targets = [os.readlink(link) for link in links if os.path.islink(link)]
    return [target for target in targets if target.startswith(str(folder))]


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.0.1"),
        *("169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1"),
        *("192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1"),
        *("239.255.255.255", "240.0.0.1", "255.255.255.255", "192.88.99.1"),
        *("::", "::1", "::127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:10.0.0.1"),
        *("64:ff9b::10.0.0.1", "64:ff9b:1::8.8.8.8", "100::1", "2001::1"),
        *("2001:db8::1", "2002:7f00:1::", "2002:808:808::", "3fff::1", "5f00::1"),
        *("fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1"),
    ],
)
def test_what_is_not_public(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *("1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "192.167.0.1", "223.0.0.1"),
        *("::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2001:4860:4860::8888", "2a00::1"),
    ],
)
def test_what_is_public(address):
    assert is_public(ip_address(address))


@given(st.ip_addresses())
def test_what_python_holds_for_special_is_not_public(address):
    if address.is_private or address.is_multicast or address.is_reserved:
        assert not is_public(address) or unwrapped(address).is_global
