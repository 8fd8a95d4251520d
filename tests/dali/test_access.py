"""Names and passwords, and who a request is from."""

import asyncio
import hashlib
import os
from base64 import b64encode
from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp import web

from vo_lcc.config import AccessSection, read_config
from vo_lcc.dali.access import Access, parse_basic, private, user_of
from vo_lcc.dali.capability import capability, param_http
from vo_lcc.dali.clients import Proxies
from vo_lcc.dali.faults import faults, text_fault
from vo_lcc.dali.passwords import PasswordHash, Users, read_users
from vo_lcc.dali.security import secured, security_methods
from vo_lcc.dali.verifying import FAILURES, QUEUE, Verifier
from vo_lcc.errors import (
    AuthenticationError,
    ConfigError,
    TooManyRequestsError,
    TransientError,
)

CHEAP = "$scrypt$ln=2,r=8,p=1$c2FsdHNhbHQ$"
BASIC = 'Basic realm="stars", charset="UTF-8"'


def cheap_hash(password: str) -> str:
    """A hash that takes no time."""
    key = hashlib.scrypt(password.encode(), salt=b"saltsalt", n=4, r=8, p=1, dklen=32)
    return CHEAP + b64encode(key).decode().rstrip("=")


@pytest.fixture
def users(tmp_path) -> Path:
    path = tmp_path / "users"
    path.write_text(f"# those who may\n\nada:{cheap_hash('secret')}\n")
    return path


# Passwords


def test_a_hash_has_a_salt_of_its_own_and_no_password():
    first, second = PasswordHash.of("secret"), PasswordHash.of("secret")

    assert first != second
    assert first.matches("secret")
    assert not first.matches("secret ")
    assert "secret" not in str(first)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("ada", "line 1: 'ada' is no hash"),
        ("ada:secret", "line 1: 'ada' is no hash"),
        ("a b:" + CHEAP, "line 1: 'a b' is no name"),
        ("ada:$scrypt$ln=30,r=8,p=1$c2FsdHNhbHQ$" + "A" * 43, "more memory or time"),
        ("ada:$scrypt$ln=14,r=99,p=1$c2FsdHNhbHQ$" + "A" * 43, "more memory or time"),
        ("ada:$scrypt$ln=14,r=8,p=99$c2FsdHNhbHQ$" + "A" * 43, "more memory or time"),
    ],
)
def test_a_bad_line_is_named(tmp_path, line, problem):
    path = tmp_path / "users"
    path.write_text(line)

    with pytest.raises(ConfigError, match=problem):
        read_users(path)


def test_a_user_is_in_the_file_once(users):
    users.write_text(users.read_text() * 2)

    with pytest.raises(ConfigError, match="line 6: 'ada' is there twice"):
        read_users(users)


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        Users(tmp_path / "nobody")


async def test_users_change_while_the_server_runs(users):
    verifier = Verifier(Users(users))
    assert await verifier.verify("ada", "secret", "::1")

    users.write_text(f"ada:{cheap_hash('other')}\nbob:{cheap_hash('b')}\n")

    assert not await verifier.verify("ada", "secret", "::1")
    assert await verifier.verify("ada", "other", "::1")
    assert await verifier.verify("bob", "b", "::1")


async def test_users_stay_where_the_file_becomes_wrong(users, caplog):
    verifier = Verifier(Users(users))
    users.write_text("nonsense")
    os.utime(users, (1, 1))

    assert await verifier.verify("ada", "secret", "::1")
    assert "users stay as they were" in caplog.text


async def test_who_is_wrong_too_often_waits_and_others_do_not(users):
    verifier = Verifier(Users(users))
    assert await verifier.verify("ada", "secret", "192.0.2.1")
    for i in range(FAILURES):
        assert not await verifier.verify("ada", str(i), "192.0.2.1")

    with pytest.raises(TooManyRequestsError, match="too many wrong passwords"):
        await verifier.verify("ada", "guess", "192.0.2.1")
    assert await verifier.verify("ada", "secret", "192.0.2.1")  # known already
    assert not await verifier.verify("ada", "guess", "192.0.2.2")


async def test_many_requests_with_one_password_are_one_check(users):
    verifier = Verifier(Users(users))
    many = [verifier.verify("ada", "secret", "::1") for _ in range(5 * FAILURES)]

    assert all(await asyncio.gather(*many))


async def test_few_passwords_wait_to_be_checked(users):
    verifier = Verifier(Users(users))
    many = [verifier.verify("ada", str(i), f"192.0.2.{i}") for i in range(QUEUE + 5)]

    results = await asyncio.gather(*many, return_exceptions=True)

    assert [r for r in results if r is not False] != []
    assert all(r is False or isinstance(r, TransientError) for r in results)


# Authorization


@pytest.mark.parametrize(
    "given", ["Basic", "Basic ====", "Basic YWRh", "Basic /w==", "basic a b", "Basico"]
)
def test_what_is_no_basic_is_refused(given):
    with pytest.raises(AuthenticationError):
        parse_basic(given)


@pytest.mark.parametrize("pair", ["ada:secret\0", "ada\0:secret", "ada:se\x1fcret"])
def test_names_and_passwords_have_no_control_characters(pair):
    with pytest.raises(AuthenticationError):
        parse_basic(f"Basic {b64encode(pair.encode()).decode()}")


def test_a_password_may_have_any_letters():
    given = b64encode("ada:pä:ss".encode()).decode()

    assert parse_basic(f"basic {given}") == ("ada", "pä:ss")


def test_answers_to_users_are_for_no_shared_cache():
    assert private("") == "private"
    assert private("no-cache, public") == "private, no-cache"


# Requests


async def open_client(aiohttp_client, access):
    async def greet(request):
        return web.Response(text=user_of(request) or "anybody")

    inner = web.Application(middlewares=[faults(text_fault), access.middleware()])
    inner.router.add_get("/capabilities", greet)
    inner.router.add_get("/availability", greet)
    inner.router.add_get("/sync", greet)
    app = web.Application(middlewares=[faults(text_fault), access.middleware()])
    app.add_subapp("/tap", inner)
    app.on_response_prepare.append(access.mark)
    return await aiohttp_client(app)


def basic(name, password):
    return {
        "Authorization": "Basic " + b64encode(f"{name}:{password}".encode()).decode()
    }


def challenges(reply):
    return reply.headers.getall("WWW-Authenticate", [])


async def test_an_open_server_has_no_challenge_and_knows_nobody(aiohttp_client):
    client = await open_client(aiohttp_client, Access())

    for path in ("/tap/capabilities", "/tap/sync", "/tap/nothing"):
        reply = await client.get(path, headers=basic("ada", "secret"))
        assert challenges(reply) == []
        assert "X-VO-Authenticated" not in reply.headers
        assert "Vary" not in reply.headers
    assert await (await client.get("/tap/sync")).text() == "anybody"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_server_with_users_offers_to_log_in(aiohttp_client, users, method):
    access = Access(challenges=(BASIC,), verifier=Verifier(Users(users)))
    client = await open_client(aiohttp_client, access)

    probe = await client.request(method, "/tap/capabilities")
    known = await client.request(
        method, "/tap/capabilities", headers=basic("ada", "secret")
    )
    wrong = await client.request(
        method, "/tap/capabilities", headers=basic("ada", "Secret")
    )

    assert (probe.status, challenges(probe)) == (200, [BASIC])
    assert "X-VO-Authenticated" not in probe.headers
    assert (known.status, known.headers["X-VO-Authenticated"]) == (200, "ada")
    assert known.headers["Cache-Control"] == "private"
    assert (wrong.status, challenges(wrong)) == (401, [BASIC])
    assert "X-VO-Authenticated" not in wrong.headers
    assert challenges(await client.get("/tap/sync")) == []


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_closed_server_refuses_whom_it_does_not_know(
    aiohttp_client, users, method
):
    access = Access(True, (BASIC, "ivoa_x509"), verifier=Verifier(Users(users)))
    client = await open_client(aiohttp_client, access)

    for path in ("/tap/capabilities", "/tap/sync", "/tap/nothing", "/nothing"):
        refused = await client.request(method, path)
        assert (refused.status, challenges(refused)) == (401, [BASIC, "ivoa_x509"])
    assert (await client.request(method, "/tap/availability")).status == 200
    reply = await client.request(method, "/tap/sync", headers=basic("ada", "secret"))
    assert (reply.status, reply.headers["X-VO-Authenticated"]) == (200, "ada")


async def test_a_scheme_that_is_not_known_is_nobody(aiohttp_client, users):
    access = Access(True, (BASIC,), verifier=Verifier(Users(users)))
    client = await open_client(aiohttp_client, access)

    reply = await client.get("/tap/sync", headers={"Authorization": "Bearer abc"})

    assert reply.status == 401
    assert await reply.text() == (
        "AuthenticationFault: this server answers only those who have logged in;"
        " send name and password\n"
    )


async def test_a_proxy_names_users_where_it_is_trusted(aiohttp_client):
    trusted = Proxies([ip_network("127.0.0.1")])
    cookie = 'ivoa_cookie standard_id="s", access_url="https://example.org/login"'
    believed = Access(True, (cookie,), trusted, "X-User")
    stranger = Access(True, (cookie,), Proxies(), "X-User")

    for access, status in ((believed, 200), (stranger, 401)):
        client = await open_client(aiohttp_client, access)
        reply = await client.get("/tap/sync", headers={"X-User": "ada"})
        assert reply.status == status
    client = await open_client(aiohttp_client, believed)
    two = await client.get("/tap/sync", headers=[("X-User", "a"), ("X-User", "b")])
    assert (two.status, challenges(two)) == (401, [cookie])


# Configuration and capabilities


@pytest.mark.parametrize(
    "settings",
    [
        "[access]\nclosed = true",
        '[access]\nclosed = true\nchallenges = ["ivoa_x509"]',
        '[access]\nclosed = true\n[jobs]\nowner_header = "X-User"',
    ],
)
def test_nobody_is_shut_out_for_good(tmp_path, settings):
    path = tmp_path / "server.toml"
    path.write_text(settings)

    with pytest.raises(ConfigError, match="nobody could log in"):
        read_config(path, {})


@pytest.mark.parametrize("realm", ['a"b', "a\nb", "ä", ""])
def test_a_realm_is_plain(realm):
    with pytest.raises(ValueError, match="realm"):
        AccessSection(realm=realm)


@pytest.mark.parametrize("challenge", ["", 'Basic realm="a"\r\nSet-Cookie: x', "ä"])
def test_a_challenge_is_one_line(challenge):
    with pytest.raises(ValueError, match="challenges"):
        AccessSection(challenges=[challenge])


LOGINS = {
    "closed": ([BASIC], True, [["BasicAA"]], [["BasicAA"]]),
    "closed, two ways": (
        [BASIC, "ivoa_cookie"],
        True,
        [["BasicAA"], ["cookie"]],
        [["BasicAA"], ["cookie"]],
    ),
    "optional": ([BASIC], False, [[], ["BasicAA"]], [[]]),
    "nobody": ([], False, [[]], [[]]),
}


@pytest.mark.parametrize(
    ("challenges", "closed", "tap", "capabilities"), LOGINS.values(), ids=LOGINS
)
def test_each_interface_tells_of_one_way_to_log_in(
    challenges, closed, tap, capabilities
):
    told = secured(
        [
            capability(standard, param_http("https://example.org/a"))
            for standard in (
                "ivo://ivoa.net/std/TAP",
                "ivo://ivoa.net/std/VOSI#capabilities",
                "ivo://ivoa.net/std/VOSI#availability",
            )
        ],
        security_methods(challenges, closed=closed),
    )

    assert [
        [
            [e.get("standardID").partition("#")[2] for e in each.iter("securityMethod")]
            for each in capability.iter("interface")
        ]
        for capability in told
    ] == [tap, capabilities, [[]]]
    assert [e.get("role") for e in told[0]] == ["std", "std:other"][: len(tap)]
    assert [e.tag for e in told[0].iter()][:3] == [
        "capability",
        "interface",
        "accessURL",
    ]
