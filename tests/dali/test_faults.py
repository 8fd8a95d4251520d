from xml.etree import ElementTree

import pytest
from aiohttp import web

from vo_lcc.dali.faults import (
    cone_fault,
    faults,
    text_fault,
    votable_fault,
)
from vo_lcc.errors import FatalError, NotFoundError, TransientError, UsageError

VOTABLE = "{http://www.ivoa.net/xml/VOTable/v1.3}"


def app_with(handler, document=votable_fault):
    app = web.Application(middlewares=[faults(document)])
    app.router.add_get("/", handler)
    return app


def raising(error):
    async def handler(request):
        raise error

    return handler


@pytest.fixture
def reply_to(aiohttp_client):
    """The answer of a server whose only handler raises `error`."""

    async def get(error, document=votable_fault):
        client = await aiohttp_client(app_with(raising(error), document))
        return await client.get("/")

    return get


async def test_known_error_has_status_and_document(reply_to):
    reply = await reply_to(NotFoundError("no table <x>"))

    assert reply.status == 404
    assert "NotFoundFault: no table &lt;x&gt;" in await reply.text()


async def test_unknown_error_hides_its_text_and_logs_it(reply_to, caplog):
    reply = await reply_to(RuntimeError("password=hunter2"))

    assert reply.status == 500
    assert "hunter2" not in await reply.text()
    assert "hunter2" in caplog.text


async def test_fatal_error_hides_its_text_and_logs_it(reply_to, caplog):
    reply = await reply_to(FatalError("relation demo_r1.objects"))

    assert reply.status == 500
    assert "FatalFault: internal error" in await reply.text()
    assert "demo_r1" in caplog.text


async def test_transient_error_says_when_to_come_back(reply_to):
    reply = await reply_to(TransientError("busy"))

    assert reply.status == 503
    assert int(reply.headers["Retry-After"]) > 0


async def test_redirect_passes(aiohttp_client):
    client = await aiohttp_client(app_with(raising(web.HTTPSeeOther("/elsewhere"))))
    reply = await client.get("/", allow_redirects=False)

    assert reply.status == 303


async def test_wrong_method_is_answered_in_the_services_own_form(aiohttp_client):
    client = await aiohttp_client(app_with(raising(UsageError("x"))))
    reply = await client.delete("/")

    assert reply.status == 405
    assert "GET" in reply.headers["Allow"]
    assert 'value="ERROR"' in await reply.text()


@pytest.mark.parametrize("document", [votable_fault, cone_fault])
@pytest.mark.parametrize("text", ["a<b>&\"c'", "NUL \0 and \x1b", "λ", "x" * 100_000])
async def test_any_message_makes_a_well_formed_document(reply_to, document, text):
    reply = await reply_to(UsageError(text), document)
    root = ElementTree.fromstring(await reply.text())

    assert root.tag == VOTABLE + "VOTABLE"
    assert len(list(root.iter(VOTABLE + "INFO"))) == 1


async def test_cone_search_names_its_info_error(reply_to):
    root = ElementTree.fromstring(
        await (await reply_to(UsageError('say "x"'), cone_fault)).text()
    )
    (info,) = root.iter(VOTABLE + "INFO")

    assert info.attrib == {"ID": "Error", "name": "Error", "value": 'say "x"'}


async def test_plain_text_starts_with_the_word_of_the_fault(reply_to):
    reply = await reply_to(UsageError("wrong"), text_fault)

    assert await reply.text() == "UsageFault: wrong\n"
