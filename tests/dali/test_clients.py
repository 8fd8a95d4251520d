"""What each client may have in progress, and who the client is."""

import subprocess
import sys
from contextlib import ExitStack
from ipaddress import ip_network

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from vo_lcc.dali.clients import (
    BUCKETS,
    ClientLimits,
    Clients,
    Proxies,
    Tally,
    network_of,
    parse_address,
)
from vo_lcc.errors import TooManyRequestsError

ME, OTHER = "192.0.2.1", "192.0.2.2"
KEY = b"k" * 16


def test_a_client_over_its_limit_is_refused_and_others_are_not():
    told = []
    clients = Clients(ClientLimits(2, 1), key=KEY, refused=told.append)
    with clients.request(ME), clients.request(ME), clients.stream(ME):
        with (
            pytest.raises(TooManyRequestsError, match="limit is 2"),
            clients.request(ME),
        ):
            pass
        with (
            pytest.raises(TooManyRequestsError, match="too many large results"),
            clients.stream(ME),
        ):
            pass
        with clients.request(OTHER), clients.stream(OTHER):
            pass
    with clients.request(ME):
        pass
    assert told == ["requests", "streams"]


def test_those_who_wait_for_jobs_are_counted_apart():
    clients = Clients(ClientLimits(requests=1, waits=2))
    with clients.request(ME), clients.wait(ME), clients.wait(ME):
        third = clients.wait(ME)
        with pytest.raises(TooManyRequestsError, match="that wait for a job"), third:
            pass


def test_what_fails_is_given_back():
    clients = Clients(ClientLimits(1, 1))
    for _ in range(3):
        with pytest.raises(KeyError), clients.request(ME):
            raise KeyError


def test_zero_is_no_limit():
    refused: list[str] = []
    clients = Clients(ClientLimits(0, 0, 0), refused=refused.append)
    with ExitStack() as held:
        for _ in range(100):
            held.enter_context(clients.request(ME))
            held.enter_context(clients.stream(ME))
            held.enter_context(clients.wait(ME))

    assert refused == []


def test_an_address_of_ipv6_counts_as_its_network():
    clients = Clients(ClientLimits(1, 1))
    with clients.request("2001:db8:0:1::1"):
        near = clients.request("2001:db8:0:1:ffff::2")
        with pytest.raises(TooManyRequestsError), near:
            pass
        with clients.request("2001:db8:0:2::1"):
            pass


def test_processes_count_together_and_a_dead_one_is_forgotten(tmp_path):
    path = tmp_path / "clients"
    Tally.make(path, 3)
    first = Clients(ClientLimits(2, 1), Tally(path, 0), KEY)
    second = Clients(ClientLimits(2, 1), Tally(path, 2), KEY)
    with first.request(ME):
        dying = second.request(ME)
        dying.__enter__()
        with pytest.raises(TooManyRequestsError), first.request(ME):
            pass
        Tally.clear(path, 2)
        with first.request(ME):
            pass


RACER = """
import sys
from pathlib import Path
from vo_lcc.dali.clients import Tally
tally = Tally(Path(sys.argv[1]), int(sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()
print(sum(tally.take(0, 7, 500) for _ in range(400)))
"""


def test_processes_that_race_never_pass_the_limit(tmp_path):
    path = tmp_path / "clients"
    Tally.make(path, 2)
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(path), str(row)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for row in range(2)
    ]
    for racer in racers:
        racer.stdout.readline()
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()

    assert sum(int(racer.communicate()[0]) for racer in racers) == 500


@given(st.text())
def test_any_text_is_some_client(text):
    assert network_of(text) != "" or text == ""
    with Clients().request(text):
        pass


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),  # it may say what it likes
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, nonsense", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.5", "10.0.0.5"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("::ffff:10.0.0.1", "[2001:db8::7]:443", "2001:db8::7"),
        (None, None, "unknown"),
    ],
)
def test_the_client_is_the_last_that_is_no_trusted_proxy(peer, forwarded, client):
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    request = make_mocked_request("GET", "/", headers).clone(remote=peer)

    assert Proxies([ip_network("10.0.0.0/8")]).client(request) == client


@pytest.mark.parametrize(
    ("trusted", "forwarded", "allowed"),
    [
        ([], None, True),
        ([], "127.0.0.1", False),  # through a proxy that we do not know
        (["127.0.0.1"], "127.0.0.1", True),
        (["127.0.0.1"], "192.0.2.1", False),
    ],
)
def test_what_a_proxy_passes_on_is_not_local(trusted, forwarded, allowed):
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    request = make_mocked_request("GET", "/", headers).clone(remote="127.0.0.1")
    proxies = Proxies([ip_network(text) for text in trusted])

    assert proxies.comes_from(request, [ip_network("127.0.0.0/8")]) is allowed


@pytest.mark.parametrize(
    ("peer", "vouched"),
    [
        ("10.0.0.1", True),
        ("::ffff:10.0.0.1", True),
        ("192.0.2.1", False),
        (None, False),
    ],
)
def test_only_a_trusted_proxy_vouches_for_what_it_says(peer, vouched):
    request = make_mocked_request("GET", "/").clone(remote=peer)

    assert Proxies([ip_network("10.0.0.0/8")]).vouches(request) is vouched


def test_a_proxy_that_is_not_trusted_is_told_of_once(caplog):
    proxies = Proxies()
    request = make_mocked_request("GET", "/", {"X-Forwarded-For": ME})
    for _ in range(3):
        proxies.client(request.clone(remote="127.0.0.1"))

    assert len(caplog.records) == 1
    assert "trusted_proxies" in caplog.text


@pytest.mark.parametrize("text", ["", "unknown", "1.2.3", "_hidden", "1.2.3.4.5:6"])
def test_what_is_no_address_is_none(text):
    assert parse_address(text) is None


def test_clients_spread_over_the_buckets():
    clients = Clients(key=KEY)
    found = {clients._bucket(f"10.0.{n // 256}.{n % 256}") for n in range(1000)}

    assert len(found) > 950
    assert max(found) < BUCKETS
