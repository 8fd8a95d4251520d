"""A server with users, as pyvo and plain HTTP meet it."""

import hashlib
import io
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import pyvo
import requests
from lxml import etree
from pyvo.auth import AuthSession, securitymethods

from vo_lcc.cli import main
from vo_lcc.config import AccessSection, Config
from vo_lcc.dali.passwords import read_users
from vo_lcc.db import Database

ADA, EVE = ("ada", "secret"), ("eve", "other")
CHALLENGE = 'Basic realm="stars", charset="UTF-8"'
QUERY = "SELECT TOP 3 object_id FROM demo.objects"
OPEN = [
    "/tap/availability",
    "/availability",
    "/static/portal.css",
    "/oai?verb=Identify",
    "/oai?verb=ListRecords&metadataPrefix=ivo_vor",
    "/oai/capabilities",
    "/oai/tables",
]
CLOSED = [
    "/",
    "/capabilities",
    "/tables",
    "/nothing",
    "/demo",
    "/tap/capabilities",
    "/tap/tables",
    "/tap/examples",
    "/tap/async",
    "/tap/async/x",
    "/tap/nothing",
    "/tap/sync?LANG=ADQL&QUERY=SELECT+1",
    "/scs/demo?RA=1&DEC=1&SR=1",
    "/ssa?REQUEST=queryData",
    "/soda/capabilities",
    "/soda/sync?ID=x",
    "/datalink/links?ID=x",
    "/lc/demo/x",
    "/plot/demo/x",
]


@pytest.fixture(scope="module")
def users(tmp_path_factory) -> Path:
    """A file of users whose hashes take no time."""
    path = tmp_path_factory.mktemp("access") / "users"
    lines = []
    for name, password in (ADA, EVE):
        key = hashlib.scrypt(password.encode(), salt=b"salt4567", n=4, r=8, p=1)
        salt, key = (b64encode(x).decode().rstrip("=") for x in (b"salt4567", key))
        lines.append(f"{name}:$scrypt$ln=2,r=8,p=1${salt}${key}\n")
    path.write_text("".join(lines))
    return path


@pytest.fixture(scope="module")
def closed(demo_db: Database, serving, users) -> Iterator[str]:
    """The URL of a server that is for users only."""
    access = AccessSection(closed=True, users=users, realm="stars")
    with serving(Config(access=access), demo_db.url) as url:
        yield url


@pytest.fixture(scope="module")
def optional(demo_db: Database, serving, users) -> Iterator[str]:
    """The URL of a server for everybody, where users can log in."""
    access = AccessSection(users=users, realm="stars")
    with serving(Config(access=access), demo_db.url) as url:
        yield url


def session_of(url: str, user: tuple[str, str] = ADA) -> AuthSession:
    session = AuthSession()
    session.credentials.set_password(*user)
    session.add_security_method_for_url(url, securitymethods.BASIC)
    return session


# Anybody


def test_a_server_is_for_anybody_by_default(server):
    for path in CLOSED + OPEN:
        reply = requests.get(server + path, auth=ADA, timeout=30)
        assert reply.status_code != 401, path
        assert "WWW-Authenticate" not in reply.headers, path
        assert "X-VO-Authenticated" not in reply.headers, path
    text = requests.get(server + "/capabilities", timeout=30).text
    assert "securityMethod" not in text


# Closed


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", CLOSED)
def test_a_closed_server_asks_who_it_is(closed, method, path):
    reply = requests.request(method, closed + path, timeout=30)

    assert reply.status_code == 401
    assert reply.headers["WWW-Authenticate"] == CHALLENGE
    assert "X-VO-Authenticated" not in reply.headers


def test_the_start_page_says_whom_it_is_for(server, closed):
    anybody = requests.get(server, timeout=30).text
    users = requests.get(closed, auth=ADA, timeout=30).text

    assert ("open to everyone" in anybody, "for users who log in" in anybody) == (1, 0)
    assert ("open to everyone" in users, "for users who log in" in users) == (0, 1)


@pytest.mark.parametrize("path", OPEN)
def test_what_holds_no_data_stays_open(closed, path):
    reply = requests.get(closed + path, timeout=30)

    assert reply.status_code == 200
    assert "WWW-Authenticate" not in reply.headers


def test_records_say_of_each_address_whether_it_takes_a_name(closed):
    url = f"{closed}/oai?verb=ListRecords&metadataPrefix=ivo_vor"
    records = etree.fromstring(requests.get(url, timeout=30).content)
    asking = {
        each.findtext("accessURL"): each.find("securityMethod") is not None
        for each in records.iter("interface")
    }

    assert {path for path, asks in asking.items() if not asks} == {
        f"{closed}/{path}"
        for path in (
            "oai",
            "oai/capabilities",
            "oai/availability",
            "oai/tables",
            "tap/availability",
            "soda/availability",
            "scs/demo/availability",
        )
    }


def test_each_service_refuses_in_its_own_document(closed):
    tap = requests.get(closed + "/tap/sync", timeout=30)
    soda = requests.get(closed + "/soda/sync", timeout=30)
    page = requests.get(closed + "/", timeout=30)

    assert 'value="ERROR">AuthenticationFault: this server' in tap.text
    assert soda.text.startswith("AuthenticationError: ")
    assert "Unauthorized" in page.text


def test_a_wrong_password_is_told(closed):
    reply = requests.get(closed + "/tap/sync", auth=("ada", "x"), timeout=30)

    assert reply.status_code == 401
    assert "the name or the password is wrong" in reply.text


def test_a_user_is_named_in_each_answer(closed):
    for path in CLOSED:
        reply = requests.get(closed + path, auth=ADA, timeout=30)
        assert reply.status_code != 401, path
        assert reply.headers["X-VO-Authenticated"] == "ada", path
        assert "public" not in reply.headers["Cache-Control"], path


def test_a_page_from_elsewhere_may_ask_whether_it_may_log_in(closed):
    reply = requests.options(closed + "/tap/sync", timeout=30)

    assert reply.status_code == 204
    assert "Authorization" in reply.headers["Access-Control-Allow-Headers"]
    exposed = requests.get(closed + "/tap/sync", timeout=30).headers
    assert "WWW-Authenticate" in exposed["Access-Control-Expose-Headers"]
    assert exposed["Access-Control-Allow-Origin"] == "*"


def test_pyvo_works_in_a_closed_server(closed):
    service = pyvo.dal.TAPService(closed + "/tap", session=session_of(closed))

    assert len(service.search(QUERY)) == 3
    assert "demo.objects" in service.tables
    assert service.examples
    assert len(service.run_async(QUERY)) == 3


@pytest.mark.validator
def test_stilts_logs_in(closed, monkeypatch, stilts):
    """Before 3.5 it knows Basic without asking; from 3.5 on by challenges."""
    kinds = ("star.basicauth.user", "star.basicauth.password")
    kinds += ("auth.username", "auth.password")
    options = " ".join(f"-D{k}={v}" for k, v in zip(kinds, ADA * 2, strict=True))
    query = ("tapquery", f"tapurl={closed}/tap", f"adql={QUERY}", "ofmt=csv")

    refused = stilts(*query)
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", options)
    done = stilts(*query)

    assert refused.returncode != 0
    assert "have logged in" in refused.stderr
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split()) == 4


def test_pyvo_is_refused_where_it_has_no_password(closed):
    with pytest.raises(pyvo.dal.DALQueryError, match="have logged in"):
        pyvo.dal.TAPService(closed + "/tap").search(QUERY)


# Optional


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/capabilities", "/tap/capabilities"])
def test_capabilities_offer_to_log_in(optional, method, path):
    probe = requests.request(method, optional + path, timeout=30)
    known = requests.request(method, optional + path, auth=ADA, timeout=30)

    assert (probe.status_code, probe.headers["WWW-Authenticate"]) == (200, CHALLENGE)
    assert "X-VO-Authenticated" not in probe.headers
    assert (known.status_code, known.headers["X-VO-Authenticated"]) == (200, "ada")


def test_capabilities_with_methods_are_valid(
    optional, validate: Callable[..., list[str]]
):
    reply = requests.get(optional + "/capabilities", timeout=30)

    assert reply.text.count("ivo://ivoa.net/sso#BasicAA") > 5
    for schemas in ("rec", "dev"):
        assert validate(reply.content, schemas) == []


def test_records_have_one_interface_of_each_service_that_is_for_everybody(optional):
    pyvo.registry.choose_RegTAP_service(optional + "/tap")
    (found,) = pyvo.registry.search(ivoid="ivo://x-unregistered/demo")

    assert len(found.get_service("conesearch").search((10, 20), 5)) > 0


def test_anybody_is_served_beside_users(optional):
    anybody = pyvo.dal.TAPService(optional + "/tap")
    user = pyvo.dal.TAPService(optional + "/tap", session=session_of(optional))

    assert len(anybody.search(QUERY)) == len(user.search(QUERY)) == 3
    reply = requests.get(optional + "/tap/async", timeout=30)
    assert "X-VO-Authenticated" not in reply.headers


def test_pyvo_logs_in_by_what_capabilities_say(optional):
    session = AuthSession()
    session.credentials.set_password(*ADA)
    service = pyvo.dal.TAPService(optional + "/tap", session=session)

    job = service.submit_job(QUERY)

    assert job.owner == "ada"
    job.delete()


def test_a_job_belongs_to_its_user(optional):
    ada, eve = (
        pyvo.dal.TAPService(optional + "/tap", session=session_of(optional, user))
        for user in (ADA, EVE)
    )
    job = ada.submit_job(QUERY)

    assert job.job_id in [each.jobid for each in ada.get_job_list()]
    assert job.job_id not in [each.jobid for each in eve.get_job_list()]
    for who in (EVE, None):
        assert requests.get(job.url, auth=who, timeout=30).status_code == 404
        assert requests.delete(job.url, auth=who, timeout=30).status_code == 404
    job.delete()


# The command


def test_a_line_for_the_file_of_users_is_printed(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("sys.stdin", (tmp_path / "in").open("w+"))
    with (tmp_path / "in").open("w") as typed:
        typed.write("secret\n")

    assert main(["password", "ada"]) == 0

    path = tmp_path / "users"
    path.write_text(capsys.readouterr().out)
    assert read_users(path)["ada"].matches("secret")
    assert main(["password", "a:b"]) == 1
    assert "is no name" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", io.StringIO("sec\tret\n"))
    assert main(["password", "ada"]) == 1
    assert "no control characters" in capsys.readouterr().err


def test_a_check_warns_of_passwords_in_clear(capsys, users, tmp_path):
    path = tmp_path / "server.toml"
    settings = f'[access]\nclosed = true\nusers = "{users}"\n'
    path.write_text(settings)
    data = str(tmp_path / "data")

    assert main(["check", "--config", str(path), "--data", data]) == 0
    assert "passwords are sent in clear" in capsys.readouterr().out
    path.write_text('[server]\nbase_url = "https://vo.example.org"\n' + settings)
    users.chmod(0o600)
    assert main(["check", "--config", str(path), "--data", data]) == 0
    assert "passwords" not in capsys.readouterr().out
