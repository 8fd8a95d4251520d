"""Files that a request names by URL (UPLOAD=name,https://...; TAP 1.1, 2.5.2).

Whoever asks does not become a client inside of the operator's network: an address is
judged where the connection is made, so that neither another spelling, nor a name that
changes its address, nor a redirect gets around it.
"""

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass

import aiohttp
from yarl import URL

from vo_lcc import __version__
from vo_lcc.dali.addresses import Network, guarded_sockets
from vo_lcc.dali.files import UNKNOWN_TYPE, FilePart, Spool
from vo_lcc.errors import UsageError

CHUNK = 65536
LONGEST = 4000  # characters of a URL
SHOWN = 200

DEFAULT_PORTS = {"http": 80, "https": 443}
REDIRECTS = (301, 302, 303, 307, 308)
HEADERS = {
    "User-Agent": f"vo_lcc/{__version__}",
    "Accept": "application/x-votable+xml, */*;q=0.5",
    "Accept-Encoding": "gzip, deflate",
}

# The same whether a name is unknown, a host silent or an address not public: nobody
# finds out so what there is inside of the operator's network.
UNREACHABLE = "its host does not exist, does not answer, or is not public"


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How much is fetched: bytes (once unpacked), seconds, redirects followed.

    `allow` are networks to connect to although they are not public. Where fetching
    is not `enabled` nothing is.
    """

    size: int
    seconds: float
    redirects: int = 5
    allow: tuple[Network, ...] = ()
    enabled: bool = True


async def fetch(url: str, limits: FetchLimits) -> FilePart:
    """The file at an http or https URL; its name is "" for it is no part of a form.

    No proxy, cookie or password is used. Raises UsageError for a URL that cannot be
    or must not be fetched, and when the file is too large or comes too slowly.
    """
    if not limits.enabled:
        raise UsageError("this server fetches no files; send them with the request")
    try:
        async with asyncio.timeout(limits.seconds), _session(limits) as session:
            return await _follow(session, check_url(url), limits)
    except TimeoutError:
        problem = f"it has not come within {limits.seconds:g} s"
    except aiohttp.ClientSSLError:
        problem = "there is no encrypted connection with its host that can be trusted"
    except (aiohttp.ClientConnectionError, aiohttp.InvalidURL, UnicodeError):
        problem = UNREACHABLE
    except aiohttp.ClientError:
        problem = "what its host sends is damaged"
    except FetchError as error:
        problem = str(error)
    raise UsageError(f"{url[:SHOWN]!r} cannot be fetched: {problem}")


class FetchError(Exception):
    """Why there is no file."""


def check_url(url: str) -> URL:
    """The URL, which must be one of http or https without a password."""
    try:
        parsed = URL(url)
        host = parsed.host
    except ValueError:
        raise FetchError("it is not a URL") from None
    if parsed.scheme not in DEFAULT_PORTS or not host or len(url) > LONGEST:
        raise FetchError("only http:// and https:// URLs are")
    if parsed.user is not None or parsed.password is not None:
        raise FetchError("leave user and password out of it")
    return parsed


def _session(limits: FetchLimits) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        socket_factory=guarded_sockets(limits.allow), force_close=True
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers=HEADERS,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=10),
        trust_env=False,
    )


async def _follow(
    session: aiohttp.ClientSession, url: URL, limits: FetchLimits
) -> FilePart:
    """What is at `url`, or where that leads."""
    for _ in range(limits.redirects + 1):
        async with session.get(url, allow_redirects=False) as response:
            if response.status == 200:
                return await _receive(response, limits.size)
            if response.status not in REDIRECTS:
                raise FetchError(f"its host answers {response.status}")
            url = redirected(url, response.headers.get("Location", ""))
    raise FetchError(f"it leads on more than {limits.redirects} times")


def redirected(url: URL, location: str) -> URL:
    """Where a redirect leads; from https only to https.

    >>> redirected(URL("https://a.org/x/y"), "../z")
    URL('https://a.org/z')
    """
    try:
        following = check_url(str(url.join(URL(location))))
    except ValueError:
        raise FetchError("it leads on to what is not a URL") from None
    if url.scheme == "https" and following.scheme != "https":
        raise FetchError("it leads on from https to http")
    return following


async def _receive(response: aiohttp.ClientResponse, limit: int) -> FilePart:
    if (response.content_length or 0) > limit:
        raise FetchError(_too_large(limit))
    spool = Spool()
    with ExitStack() as opened:
        opened.callback(spool.close)
        async for chunk in response.content.iter_chunked(CHUNK):
            if spool.size + len(chunk) > limit:
                raise FetchError(_too_large(limit))
            await spool.write(chunk)
        file = await spool.finish()
        opened.pop_all()
    media_type = response.content_type if "Content-Type" in response.headers else ""
    name = response.url.name or None
    return FilePart("", name, media_type or UNKNOWN_TYPE, spool.size, file)


def _too_large(limit: int) -> str:
    return f"it is larger than {limit} bytes"
