"""What is told of each request, in its answer and in the log."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web

from vo_lcc.dali.faults import faults, text_fault
from vo_lcc.dali.params import read_params
from vo_lcc.dali.record import record_of
from vo_lcc.dali.recording import Ended, Recorder, mark_answer
from vo_lcc.errors import TransientError


class Told:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.ends: list[Ended] = []
        self.one = asyncio.Event()

    def begun(self, service: str) -> None:
        self.began.append(service)

    def ended(self, ended: Ended) -> None:
        self.ends.append(ended)
        self.one.set()


async def whole(request: web.Request) -> web.Response:
    await read_params(request)
    with record_of(request).timed("plan"):
        return web.Response(text="12345")


async def elsewhere(request: web.Request) -> web.Response:
    raise web.HTTPSeeOther("/")


async def busy(request: web.Request) -> web.Response:
    raise TransientError("busy")


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"x" * 1000)
        record_of(request).sent += 1000
        await asyncio.sleep(0.01)


async def silent(request: web.Request) -> web.Response:
    await asyncio.sleep(60)
    return web.Response()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def runner(told: Told) -> AsyncIterator[web.AppRunner]:
    recorder = Recorder(told, lambda request: "192.0.2.1")
    app = web.Application(middlewares=[recorder.middleware(), faults(text_fault)])
    service = web.Application()
    service.router.add_route("*", "/{collection}", whole)
    app.router.add_get("/availability", whole)
    app.router.add_get("/elsewhere", elsewhere)
    app.router.add_get("/busy", busy)
    app.router.add_get("/endless", endless)
    app.router.add_get("/silent", silent)
    app.add_subapp("/scs", service)
    app.on_response_prepare.append(mark_answer)
    app.on_shutdown.append(recorder.stop)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner
    await runner.cleanup()


@pytest.fixture
def url(runner: web.AppRunner) -> str:
    return f"http://127.0.0.1:{runner.addresses[0][1]}"


@pytest.fixture
async def client() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


async def end_of(told: Told) -> Ended:
    """The only end, once it is told."""
    async with asyncio.timeout(5):
        await told.one.wait()
    (end,) = told.ends
    return end


async def test_an_answer_names_its_request_and_its_times(url, client, told):
    async with client.get(f"{url}/scs/demo", headers={"X-Request-ID": "my.7"}) as reply:
        await reply.read()

    end = await end_of(told)
    assert reply.headers["X-Request-ID"] == "my.7"
    assert reply.headers["Server-Timing"].startswith("plan;dur=")
    assert (end.service, end.method, end.status, end.sent) == ("scs", "GET", 200, 5)
    assert 0 < end.record.first_byte <= end.seconds
    assert not end.left
    assert not end.cut


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "é"])
async def test_a_name_that_is_none_is_replaced(url, client, told, given):
    async with client.get(f"{url}/scs/demo", headers={"X-Request-ID": given}) as reply:
        assert len(reply.headers["X-Request-ID"]) == 16


@pytest.mark.parametrize(
    ("path", "status", "service"),
    [
        ("/nonsense", 404, "none"),
        ("/scs/a/b", 404, "none"),
        ("/busy", 503, "portal"),
        ("/elsewhere", 303, "portal"),
        ("/availability", 200, "vosi"),
    ],
)
async def test_every_answer_is_told_once(url, client, told, path, status, service):
    async with client.get(f"{url}{path}", allow_redirects=False) as reply:
        assert len(reply.headers["X-Request-ID"]) == 16
        assert reply.status == status

    end = await end_of(told)
    assert (end.status, end.service) == (status, service)
    assert told.began == [service]


async def test_a_head_has_no_body(url, client, told):
    async with client.head(f"{url}/scs/demo") as reply:
        assert reply.headers["Content-Length"] == "5"

    assert (await end_of(told)).sent == 0


async def test_a_client_that_leaves_in_the_middle_is_told(url, client, told):
    async with client.get(f"{url}/endless") as reply:
        await reply.content.readexactly(2000)
        reply.close()

    end = await end_of(told)
    assert (end.left, end.cut, end.status) == (True, False, 200)
    assert end.sent >= 2000


async def test_a_client_that_leaves_before_the_answer_is_told(url, client, told):
    with pytest.raises(asyncio.TimeoutError):
        async with asyncio.timeout(0.3):
            await client.get(f"{url}/silent")

    end = await end_of(told)
    assert (end.left, end.status, end.sent) == (True, 499, 0)


async def test_what_the_server_cuts_at_its_end_is_told(runner, url, client, told):
    async with client.get(f"{url}/endless"):
        await runner.cleanup()

        end = await end_of(told)
    assert (end.left, end.cut, end.status) == (False, True, 200)


@pytest.mark.parametrize("path", ["/scs/demo", "/availability"])
async def test_the_runid_is_known_wherever_parameters_are_read(url, client, told, path):
    async with client.get(f"{url}{path}", params={"runid": "night 7"}):
        pass

    assert (await end_of(told)).record.runid == "night 7"


async def test_a_runid_in_a_form_is_known_too(url, client, told):
    async with client.post(f"{url}/scs/demo", data={"RUNID": "r1", "QUERY": "SELECT"}):
        pass

    record = (await end_of(told)).record
    assert (record.runid, record.query) == ("r1", "SELECT")


async def test_a_long_runid_is_an_error(url, client, told):
    async with client.get(f"{url}/scs/demo", params={"RUNID": "x" * 65}) as reply:
        assert reply.status == 400
        assert "RUNID: longer than 64" in await reply.text()


async def test_the_log_has_the_query_only_where_debug_is_wanted(
    url, client, told, caplog
):
    for level in (logging.INFO, logging.DEBUG):
        caplog.set_level(level, "vo_lcc.access")
        async with client.get(f"{url}/scs/demo", params={"QUERY": "q" * 3000}):
            pass

    first, second = (r for r in caplog.records if r.name == "vo_lcc.access")
    assert not hasattr(first, "query")
    assert first.path == "/scs/demo"
    assert second.query == "q" * 1000
