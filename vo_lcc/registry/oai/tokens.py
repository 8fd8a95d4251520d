"""Resumption tokens: where in a list to go on (OAI-PMH 2.0, section 3.5).

A token holds all there is to know, so it never expires and any process can take it.
Lists are in order of datestamp: a record that changes while they are read comes again
later in them, and none that changes is passed over.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime

from vo_lcc.registry.oai.moments import parse_stamp, stamp
from vo_lcc.registry.oai.problems import OAIError

ALPHABET = re.compile(r"[A-Za-z0-9_-]{1,4000}")
NONE = "-"
PARTS = re.compile(r"(\w+) (\w+) (\d{1,9}) (\S+) (\S+) ([^\s\0]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Token:
    """The state of a list: what is asked, and after which record it goes on.

    `until` is that of the request, `after` datestamp and ivoid of the last record that
    was sent, `cursor` how many were.
    """

    verb: str
    prefix: str
    cursor: int
    until: datetime | None
    after: tuple[datetime, str]

    def encode(self) -> str:
        """The token as text that needs no quoting in a URL."""
        until = NONE if self.until is None else stamp(self.until)
        moment, ivoid = self.after
        words = (self.verb, self.prefix, self.cursor, until, stamp(moment))
        text = " ".join((*map(str, words), ivoid))
        return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode_token(text: str, verb: str) -> Token:
    """The token of this verb that was sent; raises OAIError for what we never sent.

    >>> from datetime import UTC
    >>> now = datetime(2026, 1, 2, tzinfo=UTC)
    >>> token = Token("ListRecords", "ivo_vor", 500, None, (now, "ivo://a/b"))
    >>> decode_token(token.encode(), "ListRecords") == token
    True
    """
    try:
        token = _decode(text)
    except ValueError as error:
        raise _bad_token("it is not one of ours") from error
    if token.verb != verb:
        raise _bad_token(f"it is of {token.verb}")
    return token


def _decode(text: str) -> Token:
    if not ALPHABET.fullmatch(text):
        raise ValueError("not in the alphabet of base64url")
    found = PARTS.fullmatch(urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode())
    if found is None:
        raise ValueError("not the parts of a token")
    verb, prefix, cursor, until, moment, ivoid = found.groups()
    return Token(
        verb,
        prefix,
        int(cursor),
        None if until == NONE else parse_stamp(until),
        (parse_stamp(moment), ivoid),
    )


def _bad_token(problem: str) -> OAIError:
    return OAIError("badResumptionToken", f"{problem}; begin the list again")
