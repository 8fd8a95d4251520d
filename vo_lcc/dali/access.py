"""Who asks, and whether they may (AuthVO 1.0, working draft of 2025-05-27).

Everybody may, unless the server is closed. A user is known by what a trusted proxy
says, or by name and password (HTTP Basic, RFC 7617). What is the same for everybody
and holds no data stays open in a closed server too: its availability, its records in
the registry (they are how it is found at all), and what pages look like.
"""

import re
from base64 import b64decode
from binascii import Error as NotBase64Error
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from vo_lcc.dali.clients import Proxies
from vo_lcc.dali.record import record_of
from vo_lcc.dali.verifying import Verifier
from vo_lcc.errors import AuthenticationError

USER: web.RequestKey[str] = web.RequestKey("user", str)
AUTHENTICATED = "X-VO-Authenticated"
CHALLENGE = "WWW-Authenticate"
CAPABILITIES = "capabilities"
# parts of routes; /metrics has a rule of its own
OPEN = frozenset({"availability", "metrics", "oai", "robots.txt", "static"})
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
BASIC = re.compile(r"basic +([A-Za-z0-9+/=]{1,1000}) *\Z", re.ASCII | re.IGNORECASE)
LOG_IN = "this server answers only those who have logged in; send name and password"
WRONG = "the name or the password is wrong"


@dataclass(frozen=True, slots=True)
class Access:
    """How users are known, and whether others are answered.

    `challenges` are values of WWW-Authenticate: the ways to log in. `header` is where
    a trusted proxy names who asks; `verifier` knows passwords; None: not so.
    """

    closed: bool = False
    challenges: tuple[str, ...] = ()
    proxies: Proxies = field(default_factory=Proxies)
    header: str | None = None
    verifier: Verifier | None = None

    def middleware(self) -> Middleware:
        """Middleware that finds out who asks; in a closed server it refuses others.

        It stands inside that of faults, so that each service says so in its own
        document. Raises AuthenticationError.
        """

        @web.middleware
        async def middleware(
            request: web.Request, handler: Handler
        ) -> web.StreamResponse:
            if request.app is request.match_info.apps[-1] and not is_open(request):
                user = await self.identify(request)
                if user is not None:
                    request[USER] = user
                elif self.closed:
                    raise AuthenticationError(LOG_IN)
            return await handler(request)

        return middleware

    async def identify(self, request: web.Request) -> str | None:
        """Who asks; None: nobody that is known.

        Raises AuthenticationError for a wrong name or password, and what
        `Verifier.verify` does.
        """
        named = self._named(request)
        if named is not None or self.verifier is None:
            return named
        given = request.headers.get("Authorization", "")
        if not given.lower().startswith("basic"):
            return None
        name, password = parse_basic(given)
        client = record_of(request).client
        if not await self.verifier.verify(name, password, client):
            raise AuthenticationError(WRONG)
        return name

    def _named(self, request: web.Request) -> str | None:
        """Whom a trusted proxy names.

        It must replace what a client sends in that header: of two names none is
        believed, nor one that is no text.
        """
        if self.header is None or not self.proxies.vouches(request):
            return None
        names = request.headers.getall(self.header, [])
        if len(names) != 1 or not names[0].isprintable():
            return None
        return names[0].strip() or None

    async def mark(self, request: web.Request, response: web.StreamResponse) -> None:
        """Say who is known, and how to log in (for on_response_prepare).

        Challenges stand beside capabilities, whatever their status, of all that may
        need a name, and refusals (AuthVO, sections 4.1 and 4.3). An answer to a user
        is for no other's cache.
        """
        headers, user = response.headers, request.get(USER)
        if self.verifier is not None:
            headers.add("Vary", "Authorization")
        if user is not None:
            headers[AUTHENTICATED] = user
            headers["Cache-Control"] = private(headers.get("Cache-Control", ""))
        refused = response.status == AuthenticationError.status
        told = CAPABILITIES in parts_of(request) and not is_open(request)
        if refused or (response.status < 400 and told):
            for challenge in self.challenges:
                headers.add(CHALLENGE, challenge)


def user_of(request: web.Request) -> str | None:
    """Who asks, as they are known by name; None: anybody."""
    return request.get(USER)


def parse_basic(given: str) -> tuple[str, str]:
    """Name and password of an Authorization header; raises AuthenticationError.

    There are no control characters in them (RFC 7617, section 2): to scrypt a password
    is the same with NULs behind it.

    >>> parse_basic("Basic YWRhOmE6Yg==")
    ('ada', 'a:b')
    """
    found = BASIC.match(given)
    try:
        pair = b64decode(found[1], validate=True).decode() if found else ""
    except (NotBase64Error, UnicodeDecodeError) as error:
        raise AuthenticationError("Authorization: is not Basic in UTF-8") from error
    name, colon, password = pair.partition(":")
    if not colon or CONTROL.search(pair):
        raise AuthenticationError("Authorization: is not Basic in UTF-8")
    return name, password


def is_open(request: web.Request) -> bool:
    """Whether a closed server gives this to everybody."""
    return not OPEN.isdisjoint(parts_of(request))


def parts_of(request: web.Request) -> list[str]:
    """The parts of the route: words of our own, none of a client."""
    resource = request.match_info.route.resource
    return [] if resource is None else resource.canonical.split("/")


def private(directives: str) -> str:
    """Cache-Control as before, but for no shared cache.

    >>> private("public, max-age=60"), private("no-cache")
    ('private, max-age=60', 'private, no-cache')
    """
    words = [word.strip() for word in directives.split(",")]
    kept = [word for word in words if word not in ("", "public", "private")]
    return ", ".join(["private", *kept])
