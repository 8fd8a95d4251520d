"""The sockets of a server."""

import os
import socket
import subprocess
import sys

import pytest

from vo_lcc.errors import FatalError
from vo_lcc.listening import bound, url_of


def test_all_addresses_of_a_host_get_the_same_free_port():
    sockets = bound("localhost", 0)

    assert len({each.getsockname()[1] for each in sockets}) == 1
    assert {each.getsockname()[0] for each in sockets} <= {"127.0.0.1", "::1"}
    for each in sockets:
        each.close()


def test_a_taken_port_is_told_and_nothing_stays_open():
    (first,) = bound("127.0.0.1", 0)
    with first, pytest.raises(FatalError, match=r"cannot listen on 127\.0\.0\.1:\d+"):
        bound("127.0.0.1", first.getsockname()[1])


@pytest.mark.parametrize("host", ["192.0.2.1", "nowhere.invalid"])
def test_an_address_of_others_is_told(host):
    with pytest.raises(FatalError, match=f"cannot listen on {host}:0"):
        bound(host, 0)


HANDED = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
from vo_lcc.listening import listen, url_of
print(url_of(listen("127.0.0.1", 1)[0].getsockname()))
"""


def test_sockets_of_systemd_are_taken():
    with socket.create_server(("127.0.0.1", 0)) as ours:
        os.set_inheritable(ours.fileno(), True)
        answer = subprocess.run(
            [sys.executable, "-c", HANDED, str(ours.fileno())],
            capture_output=True,
            text=True,
            check=True,
            close_fds=False,
        )

        assert answer.stdout.strip() == url_of(ours.getsockname())


def test_a_server_may_open_as_many_connections_as_the_system_lets_it():
    code = (
        "import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (256, 2048));"
        "from vo_lcc.listening import allow_connections; allow_connections();"
        "print(r.getrlimit(r.RLIMIT_NOFILE))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "(2048, 2048)"
