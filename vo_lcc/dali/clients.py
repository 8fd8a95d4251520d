"""How much each client may have in progress, over all processes of the server.

A client is an address (IPv6: a network of /64, which one household has). What is in
progress is counted in an array: one row for each process, one column for each bucket
of a keyed hash of the client, so that the memory is the same for any number of
clients and nobody can look for addresses that share a bucket.
"""

import fcntl
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from pathlib import Path
from typing import Any

import numpy as np
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from vo_lcc.dali.record import record_of
from vo_lcc.errors import TooManyRequestsError

logger = logging.getLogger(__name__)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

BUCKETS = 16384
REQUESTS, STREAMS, WAITS = "requests", "streams", "waits"
KINDS = (REQUESTS, STREAMS, WAITS)
# to the client
SPOKEN = {
    REQUESTS: "requests",
    STREAMS: "large results",
    WAITS: "requests that wait for a job",
}
FORWARDED_FOR = "X-Forwarded-For"
UNKNOWN = "unknown"
# parts of routes, not of what a client sends
FREE = frozenset({"availability", "capabilities", "metrics", "static"})
JOB = "/{job_id}"


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """The most requests, streams and waits of one client at once; 0: no limit.

    A stream is a bulk one; a wait is a request that waits for a job and costs next to
    nothing meanwhile.
    """

    requests: int = 32
    streams: int = 4
    waits: int = 1000


class Tally:
    """What is in progress: an array (process, kind, bucket), in a file or private.

    This process writes to its own `row` only. The bytes of the file serve as locks of
    the buckets; the kernel frees those of a process that dies.
    """

    def __init__(self, path: Path | None = None, row: int = 0) -> None:
        self._row = row
        self._file = None
        self._counts: np.ndarray[Any, np.dtype[np.int32]]
        if path is None:
            self._counts = np.zeros((1, len(KINDS), BUCKETS), np.int32)
        else:
            self._file = path.open("r+b")
            self._counts = _mapped(path)

    @staticmethod
    def make(path: Path, rows: int) -> None:
        """Make the file for `rows` processes; its space is there before it is used."""
        size = rows * len(KINDS) * BUCKETS * np.dtype(np.int32).itemsize
        with path.open("xb") as file:
            file.write(bytes(size))

    @staticmethod
    def clear(path: Path, row: int) -> None:
        """Forget what a process that has died had in progress."""
        _mapped(path)[row] = 0

    def take(self, kind: int, bucket: int, limit: int) -> bool:
        """Count one more, unless there are `limit` already."""
        with self._locked(bucket):
            if self._counts[:, kind, bucket].sum() >= limit:
                return False
            self._counts[self._row, kind, bucket] += 1
            return True

    def give_back(self, kind: int, bucket: int) -> None:
        """Count one less."""
        self._counts[self._row, kind, bucket] -= 1

    @contextmanager
    def _locked(self, bucket: int) -> Iterator[None]:
        """No other process counts in this bucket now."""
        if self._file is None:
            yield
            return
        fcntl.lockf(self._file, fcntl.LOCK_EX, 1, bucket)
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, bucket)


class Clients:
    """Counts what clients have in progress. Belongs to one event loop.

    `key` is the same in all processes; `refused` is told of each refusal, by
    "requests", "streams" or "waits".
    """

    def __init__(
        self,
        limits: ClientLimits | None = None,
        tally: Tally | None = None,
        key: bytes = b"",
        refused: Callable[[str], None] = lambda kind: None,
    ) -> None:
        limits = limits or ClientLimits()
        self._limits = {
            REQUESTS: limits.requests,
            STREAMS: limits.streams,
            WAITS: limits.waits,
        }
        self._tally = tally or Tally()
        self._key = key or os.urandom(16)
        self._refused = refused

    @contextmanager
    def request(self, address: str) -> Iterator[None]:
        """Count a request while the block runs; raises TooManyRequestsError."""
        with self._counted(REQUESTS, address):
            yield

    @contextmanager
    def wait(self, address: str) -> Iterator[None]:
        """Count a request that waits for a job; raises TooManyRequestsError."""
        with self._counted(WAITS, address):
            yield

    @contextmanager
    def stream(self, address: str) -> Iterator[None]:
        """Count a bulk stream while the block runs; raises TooManyRequestsError."""
        with self._counted(STREAMS, address):
            yield

    @contextmanager
    def _counted(self, kind: str, address: str) -> Iterator[None]:
        limit = self._limits[kind]
        if limit == 0:
            yield
            return
        place = KINDS.index(kind), self._bucket(address)
        if not self._tally.take(*place, limit):
            self._refused(kind)
            raise TooManyRequestsError(
                f"too many {SPOKEN[kind]} at once from {address}: the limit is {limit};"
                " wait until one has ended"
            )
        try:
            yield
        finally:
            self._tally.give_back(*place)

    def _bucket(self, address: str) -> int:
        name = network_of(address).encode("utf-8", "replace")
        digest = blake2b(name, digest_size=8, key=self._key).digest()
        return int.from_bytes(digest, "big") % BUCKETS


def limited(clients: Clients) -> Middleware:
    """Middleware that counts the requests of each client, and refuses too many.

    It stands inside that of faults, so that each service says so in its own document;
    the application that has the handler counts, none that it is a part of.
    """

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.app is not request.match_info.apps[-1] or is_free(request):
            return await handler(request)
        counted = clients.wait if is_wait(request) else clients.request
        with counted(record_of(request).client):
            return await handler(request)

    return middleware


def is_wait(request: web.Request) -> bool:
    """Whether this asks to wait for a job to change (UWS 1.1, section 2.2.1.1)."""
    resource = request.match_info.route.resource
    return (
        request.method in ("GET", "HEAD")
        and resource is not None
        and resource.canonical.endswith(JOB)
        and any(name.upper() == "WAIT" for name in request.query)
    )


def is_free(request: web.Request) -> bool:
    """Whether this is one of the small answers that monitors and pages must get."""
    resource = request.match_info.route.resource
    return resource is None or not FREE.isdisjoint(resource.canonical.split("/"))


class Proxies:
    """Finds out who a request is from, behind proxies that can be trusted."""

    def __init__(self, trusted: Sequence[Network] = ()) -> None:
        self._trusted = tuple(trusted)
        self._warned = False

    def client(self, request: web.Request) -> str:
        """The address of the client: the peer, or whom a trusted proxy names.

        Proxies append to X-Forwarded-For: the last address that is no trusted proxy
        is the client's; what stands before it the client may have made up.
        """
        found = parse_address(request.remote or "")
        if found is None:
            return UNKNOWN
        if not self._trusts(found):
            self._warn(request, found)
            return str(found)
        hops = ",".join(request.headers.getall(FORWARDED_FOR, ())).split(",")
        for hop in reversed(hops):
            address = parse_address(hop)
            if address is None:
                break
            found = address
            if not self._trusts(found):
                break
        return str(found)

    def comes_from(self, request: web.Request, networks: Sequence[Network]) -> bool:
        """Whether the client is in one of `networks`, and no unknown proxy between."""
        peer = parse_address(request.remote or "")
        if peer is None:
            return False
        passed_on = FORWARDED_FOR in request.headers or "Forwarded" in request.headers
        if passed_on and not self._trusts(peer):
            return False
        return _is_in(ip_address(self.client(request)), networks)

    def vouches(self, request: web.Request) -> bool:
        """Whether a trusted proxy passed this on: what its headers say holds."""
        peer = parse_address(request.remote or "")
        return peer is not None and self._trusts(peer)

    def _trusts(self, address: Address) -> bool:
        return _is_in(address, self._trusted)

    def _warn(self, request: web.Request, peer: Address) -> None:
        """Tell once of a proxy for whose clients the limits are those of one client."""
        if not self._warned and FORWARDED_FOR in request.headers:
            self._warned = True
            logger.warning(
                "%s sends %s and is not in trusted_proxies of [server]: all that it"
                " passes on counts as one client",
                peer,
                FORWARDED_FOR,
            )


def parse_address(text: str) -> Address | None:
    """An address as a socket or a proxy writes it, or None.

    >>> parse_address(" 192.0.2.1:4711"), parse_address("[2001:db8::1]:80")
    (IPv4Address('192.0.2.1'), IPv6Address('2001:db8::1'))
    >>> parse_address("::ffff:192.0.2.1"), parse_address("unknown")
    (IPv4Address('192.0.2.1'), None)
    """
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def network_of(address: str) -> str:
    """What counts as one client.

    >>> network_of("192.0.2.1"), network_of("2001:db8:1:2:3::4")
    ('192.0.2.1', '2001:db8:1:2::/64')
    """
    found = parse_address(address)
    if isinstance(found, IPv6Address):
        return str(ip_network((found, 64), strict=False))
    return str(found or address)


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _mapped(path: Path) -> "np.ndarray[Any, np.dtype[np.int32]]":
    """The counts in the file, of as many rows as it has."""
    flat = np.memmap(path, np.int32, "r+")
    return flat.reshape(-1, len(KINDS), BUCKETS)
