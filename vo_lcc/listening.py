"""The sockets a server listens on: bound by us, or handed over by systemd."""

import errno
import os
import resource
import socket
from collections.abc import Sequence
from typing import Any

from vo_lcc.errors import FatalError

BACKLOG = 1024
MANY_FILES = 65_536
FIRST_HANDED_OVER = 3  # sd_listen_fds(3)
NO_SUCH_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


def allow_connections() -> None:
    """Let this process have as many files open as it may: each connection is one.

    The usual limit of 1,024 would be reached by as many clients that wait for jobs.
    """
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MANY_FILES if most == resource.RLIM_INFINITY else min(most, MANY_FILES)
    if now != resource.RLIM_INFINITY and now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def listen(host: str, port: int) -> list[socket.socket]:
    """Listening sockets on every address of `host`; port 0: one that is free.

    Where systemd hands sockets over (a .socket unit), those are taken, so that no
    connection is refused while the server restarts. Raises FatalError when the
    address cannot be had.
    """
    return handed_over() or bound(host, port)


def handed_over() -> list[socket.socket]:
    """The sockets that systemd has opened for this process."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return []
    count = int(os.environ.pop("LISTEN_FDS", "0"))
    del os.environ["LISTEN_PID"]
    return [
        socket.socket(fileno=fd)
        for fd in range(FIRST_HANDED_OVER, FIRST_HANDED_OVER + count)
    ]


def bound(host: str, port: int) -> list[socket.socket]:
    """New sockets, all on the port of the first.

    A family of addresses that this machine has not is passed over if another is there.
    """
    sockets: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        for family, _, _, _, address in dict.fromkeys(found):
            taken = sockets[0].getsockname()[1] if sockets else port
            try:
                sockets.append(open_socket(family, (address[0], taken, *address[2:])))
            except OSError as error:
                if error.errno not in NO_SUCH_ADDRESS or len(found) == 1:
                    raise
        if not sockets:
            raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    except OSError as error:
        for each in sockets:
            each.close()
        raise FatalError(
            f"cannot listen on {host}:{port} ({error.strerror}); name another host"
            " or port"
        ) from error
    return sockets


def open_socket(family: int, address: tuple[object, ...]) -> socket.socket:
    """One listening socket."""
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind(address)
        opened.listen(BACKLOG)
    except OSError:
        opened.close()
        raise
    return opened


def url_of(address: Sequence[Any]) -> str:
    """The URL of what listens at this address of a socket.

    >>> url_of(("127.0.0.1", 8080)), url_of(("::1", 8080, 0, 0))
    ('http://127.0.0.1:8080', 'http://[::1]:8080')
    """
    host, port = address[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
