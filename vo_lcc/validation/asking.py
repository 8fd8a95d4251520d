"""HTTP requests to a server that is not trusted: few, short, and by name."""

import asyncio
import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urljoin, urlsplit

import aiohttp
from multidict import CIMultiDict, CIMultiDictProxy

from vo_lcc import __version__
from vo_lcc.dali.addresses import guarded_sockets
from vo_lcc.validation.findings import UnfitError, legible

# The Note on operational identification of software asks for "(IVOA-test)".
USER_AGENT = f"vo-lcc-validate/{__version__} (IVOA-test)"
REDIRECTS = (301, 302, 303, 307, 308)
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Manners:
    """How much is asked of a server: seconds, bytes, requests, redirects."""

    timeout: float = 30.0
    largest: int = 20_000_000
    pause: float = 0.1  # between requests to another machine
    requests: int = 300
    hops: int = 5
    unanswered: int = 3  # requests without an answer after which none is sent


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; `url` is where it came from, `hops` what led there."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    hops: tuple[str, ...] = ()
    cut: bool = False  # there is more than is read here

    @property
    def media_type(self) -> str:
        """The type without its parameters, in lower case."""
        told = self.headers.get("Content-Type", "")
        return told.partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """The body as text, whatever bytes it has."""
        return self.body.decode("utf-8", "replace")

    @property
    def about(self) -> str:
        """Where it came from and how, in a few words."""
        media_type = legible(self.media_type, 80) or "no Content-Type"
        return f"{legible(self.url)}: HTTP {self.status}, {media_type}"


class Asker:
    """Asks a server, one request after another; the same question only once.

    A server elsewhere cannot lead it to addresses of this machine or of a private
    network: `start` is the URL that all begins with. Raises UnfitError
    when there is no answer within the limits.
    """

    def __init__(self, manners: Manners | None = None, start: str = "") -> None:
        self.manners = manners or Manners()
        self._may_ask_inside = not start or is_inside(start)
        self._home = host_of(start)
        self._runner = asyncio.Runner()
        self._sessions: dict[bool, aiohttp.ClientSession] = {}  # is it guarded?
        self._known: dict[object, Reply] = {}
        self._left = self.manners.requests
        self._unanswered = 0
        self._last = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for session in self._sessions.values():
            self._runner.run(session.close())
        self._runner.close()

    def get(self, url: str, params: Pairs = (), **words: Any) -> Reply:
        """GET, following redirects unless `follow` is false."""
        return self.ask("GET", url, params, **words)

    def ask(
        self,
        method: str,
        url: str,
        params: Pairs = (),
        *,
        data: Pairs | None = None,
        headers: Mapping[str, str] | None = None,
        follow: bool = True,
    ) -> Reply:
        """Any request; what changes nothing on the server is sent once only."""
        full = with_params(url, params)
        key = (method, full, tuple((headers or {}).items()), follow)
        safe = method in ("GET", "HEAD", "OPTIONS")
        if safe and key in self._known:
            return self._known[key]
        reply = self._follow(method, full, data, dict(headers or {}), follow)
        if safe:
            self._known[key] = reply
        return reply

    def _follow(
        self,
        method: str,
        url: str,
        data: Pairs | None,
        headers: Mapping[str, str],
        follow: bool,
    ) -> Reply:
        hops: tuple[str, ...] = ()
        while True:
            reply = self._once(method, url, data, headers, hops)
            target = reply.headers.get("Location")
            if not follow or reply.status not in REDIRECTS or not target:
                return reply
            hops = (*hops, url)
            if len(hops) > self.manners.hops:
                raise UnfitError(
                    f"{legible(hops[0])} leads on and on: {len(hops)} redirects,"
                    f" the last one to {legible(target)}"
                )
            url = joined(url, target)
            if method == "POST" and reply.status not in (307, 308):
                method, data = "GET", None

    def _once(
        self,
        method: str,
        url: str,
        data: Pairs | None,
        headers: Mapping[str, str],
        hops: tuple[str, ...],
    ) -> Reply:
        self._be_patient(url)
        started = time.monotonic()
        try:
            status, told, body, cut = self._run(self._send(method, url, data, headers))
        except TimeoutError as error:
            self._unanswered += 1
            raise UnfitError(
                f"{legible(url)}: not answered in {self.manners.timeout:g} s"
            ) from error
        except (aiohttp.ClientError, ValueError, OSError) as error:
            why = legible(str(error)) or type(error).__name__
            raise UnfitError(f"{legible(url)}: {why}") from error
        finally:
            self._last = time.monotonic()
        self._unanswered = 0
        return Reply(url, status, told, body, self._last - started, hops, cut)

    def _be_patient(self, url: str) -> None:
        if not is_url(url):
            raise UnfitError(f"{legible(url)} is not an address of http or https")
        if not self._may_ask_inside and is_inside(url):
            raise UnfitError(f"{legible(url)} is in a private network: not asked")
        if self._unanswered >= self.manners.unanswered:
            raise UnfitError(
                f"not asked, as {self._unanswered} requests were not answered in time"
            )
        if self._left <= 0:
            raise UnfitError(
                f"not asked: {self.manners.requests} requests are enough of a server"
            )
        self._left -= 1
        if not is_here(url):
            time.sleep(max(0.0, self._last + self.manners.pause - time.monotonic()))

    def _run(
        self, asking: Coroutine[Any, Any, tuple[int, Mapping[str, str], bytes, bool]]
    ) -> tuple[int, Mapping[str, str], bytes, bool]:
        return self._runner.run(asking)

    async def _send(
        self, method: str, url: str, data: Pairs | None, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str], bytes, bool]:
        session = self._session(url)
        async with session.request(
            method, url, data=data, headers=headers, allow_redirects=False
        ) as response:
            parts, size = [], 0
            async for part in response.content.iter_any():
                parts.append(part)
                size += len(part)
                if size > self.manners.largest:
                    break
            body = b"".join(parts)[: self.manners.largest]
            told = CIMultiDictProxy(CIMultiDict(response.headers))
            return response.status, told, body, size > self.manners.largest

    def _session(self, url: str) -> aiohttp.ClientSession:
        """The session for a host; that for others asks public addresses alone."""
        guarded = not self._may_ask_inside and host_of(url) != self._home
        if guarded not in self._sessions:
            sockets = guarded_sockets(()) if guarded else None
            # Compressed answers are not asked for: what is read stays small.
            self._sessions[guarded] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(socket_factory=sockets),
                timeout=aiohttp.ClientTimeout(total=self.manners.timeout),
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._sessions[guarded]


def with_params(url: str, params: Pairs) -> str:
    """An access URL with parameters; it may have some, or end with ? or &.

    >>> with_params("http://x.org/scs?", [("RA", "1"), ("POS", "a b")])
    'http://x.org/scs?RA=1&POS=a+b'
    """
    if not params:
        return url
    words = urlencode(list(params))
    if url.endswith(("?", "&")):
        return f"{url}{words}"
    return f"{url}{'&' if '?' in url else '?'}{words}"


def joined(base: str, target: str) -> str:
    """A URL that a server tells, from where it tells it; as it is where it is none.

    >>> joined("http://x.org/tap/async", "async/1"), joined("http://x.org", "http://[")
    ('http://x.org/tap/async/1', 'http://[')
    """
    try:
        return urljoin(base, target)
    except ValueError:
        return target


def is_url(url: str) -> bool:
    """Can a request be sent there?"""
    try:
        split = urlsplit(url)
        return split.scheme in ("http", "https") and bool(split.hostname)
    except ValueError:
        return False


def host_of(url: str) -> str:
    """Its host, "" without any."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def netloc_of(url: str) -> str:
    """Its host and port, "" without any."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def is_here(url: str) -> bool:
    """Is it a server of this machine?

    >>> is_here("http://127.0.0.1:8080/tap"), is_here("https://example.org/tap")
    (True, False)
    """
    address = address_of(url)
    return address is not None and address.is_loopback


def is_inside(url: str) -> bool:
    """Is its host this machine by name, or an address of a private network?

    >>> is_inside("http://10.1.2.3/"), is_inside("http://localhost:8080")
    (True, True)
    """
    address = address_of(url)
    return address is not None and not address.is_global


def address_of(url: str) -> IPv4Address | IPv6Address | None:
    """The address that stands in a URL in the place of a name."""
    host = host_of(url)
    try:
        return ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        return None
