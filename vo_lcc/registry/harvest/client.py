"""Questions to a peer: OAI-PMH 2.0 over HTTP, with patience and limits."""

import asyncio
import random
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType

import aiohttp
from yarl import URL

from vo_lcc import __version__
from vo_lcc.dali.addresses import guarded_sockets
from vo_lcc.dali.fetch import REDIRECTS, FetchError, check_url, redirected
from vo_lcc.registry.harvest.errors import HarvestError

CHUNK = 65536
LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
HEADERS = {
    "User-Agent": f"vo_lcc/{__version__}",
    "Accept": "text/xml, application/xml;q=0.9",
    "Accept-Encoding": "gzip, deflate",
}


@dataclass(frozen=True, slots=True)
class HarvestLimits:
    """What one peer may take: bytes (unpacked) of an answer, of all, of a record.

    `seconds` are for one answer, `longest` for all of them; `attempts` how often it
    is asked, with pauses of `pause` seconds that double; a peer that wants more than
    `patience` seconds (Retry-After) is asked another time.
    """

    answer: int = 64 * 2**20
    total: int = 8 * 2**30
    record: int = 8 * 2**20
    records: int = 2_000_000
    seconds: float = 300.0
    longest: float = 6 * 3600.0
    attempts: int = 5
    pause: float = 2.0
    patience: float = 300.0
    redirects: int = 5


class PeerClient:
    """Asks one OAI address; use as an async context manager.

    `received` counts bytes. No proxy, cookie or password is used. A redirect to
    another host leads to public addresses only.
    """

    def __init__(self, url: str, limits: HarvestLimits) -> None:
        try:
            self._url = check_url(url)
        except FetchError as error:
            raise HarvestError(f"{url!r} cannot be harvested: {error}") from None
        self._limits = limits
        self.received = 0

    async def __aenter__(self) -> "PeerClient":
        self._home = _session(aiohttp.TCPConnector())
        self._abroad = _session(
            aiohttp.TCPConnector(socket_factory=guarded_sockets(()))
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._home.close()
        await self._abroad.close()

    async def ask(self, verb: str, **arguments: str) -> bytes:
        """The bytes of the answer; raises HarvestError when there is none in time."""
        url = self._url.update_query({"verb": verb, **arguments})
        for attempt in range(self._limits.attempts):
            try:
                async with asyncio.timeout(self._limits.seconds):
                    return await self._follow(url)
            except _LaterError as error:
                later = error
            except TimeoutError:
                later = _LaterError(f"no answer within {self._limits.seconds:g} s")
            except (aiohttp.InvalidURL, FetchError, UnicodeError) as error:
                raise HarvestError(f"it cannot be asked: {error}") from error
            except (aiohttp.ClientSSLError, ssl.SSLError) as error:
                raise HarvestError(
                    f"there is no encrypted connection that can be trusted: {error}"
                ) from error
            except aiohttp.ClientError as error:
                later = _LaterError(str(error) or type(error).__name__)
            pause = later.pause
            if pause is None:
                pause = self._limits.pause * 2**attempt * random.uniform(0.8, 1.2)  # noqa: S311
            if pause > self._limits.patience:
                raise HarvestError(f"{later}; it asks to come again in {pause:.0f} s")
            if attempt + 1 < self._limits.attempts:
                await asyncio.sleep(pause)
        raise HarvestError(f"{later} (asked {self._limits.attempts} times)")

    async def _follow(self, url: URL) -> bytes:
        """What is at `url`, or where that leads."""
        for _ in range(self._limits.redirects + 1):
            session = self._home if url.host == self._url.host else self._abroad
            async with session.get(url, allow_redirects=False) as response:
                if response.status == 200:
                    return await self._receive(response)
                if response.status in LATER:
                    retry = response.headers.get("Retry-After")
                    raise _LaterError(
                        f"it answers {response.status}", seconds_of(retry)
                    )
                if response.status not in REDIRECTS:
                    raise HarvestError(f"it answers {response.status} to {url}")
                url = redirected(url, response.headers.get("Location", ""))
        raise HarvestError(f"it leads on more than {self._limits.redirects} times")

    async def _receive(self, response: aiohttp.ClientResponse) -> bytes:
        limits, body = self._limits, bytearray()
        async for chunk in response.content.iter_chunked(CHUNK):
            body += chunk
            self.received += len(chunk)
            if len(body) > limits.answer:
                raise HarvestError(f"an answer is larger than {limits.answer} bytes")
            if self.received > limits.total:
                raise HarvestError(f"it sends more than {limits.total} bytes")
        return bytes(body)


class _LaterError(Exception):
    """The same question may be answered later, in `pause` seconds if it says so."""

    def __init__(self, text: str, pause: float | None = None) -> None:
        super().__init__(text)
        self.pause = pause


def seconds_of(retry_after: str | None) -> float | None:
    """How long Retry-After says to wait: seconds, or until a date (RFC 9110, 10.2.3).

    >>> seconds_of("120"), seconds_of("Thu, 01 Jan 1970 00:00:00 GMT")
    (120.0, 0.0)
    >>> seconds_of("soon"), seconds_of(None)
    (None, None)
    """
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers=HEADERS,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=20),
        trust_env=False,
    )
