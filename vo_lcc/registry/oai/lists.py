"""Lists of records or of their headers, in parts (OAI-PMH 2.0, section 3.5)."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from vo_lcc.db import Database
from vo_lcc.registry.oai import documents
from vo_lcc.registry.oai.arguments import PREFIX, TOKEN, Asked
from vo_lcc.registry.oai.formats import Format, get_format
from vo_lcc.registry.oai.problems import OAIError
from vo_lcc.registry.oai.tokens import Token, decode_token
from vo_lcc.registry.store import (
    OURS,
    PAGE,
    Stored,
    Wanted,
    count_records,
    list_headers,
    list_records,
)

HEADERS = 2_000  # in an answer
SIZE = 4 * 2**20  # bytes of XML that its records make up, unless it is one record

Read = Callable[[Database, Wanted], Sequence[Stored]]
Write = Callable[[Stored, Format], str]


def list_identifiers(database: Database, asked: Asked) -> str:
    """Part of the headers of the records that are asked for."""
    return _list(
        database,
        asked,
        lambda database, wanted: list_headers(database, wanted, HEADERS),
        lambda stored, _: documents.header(stored),
    )


def list_metadata(database: Database, asked: Asked) -> str:
    """Part of the records that are asked for."""
    return _list(
        database,
        asked,
        lambda database, wanted: list_records(database, wanted, PAGE, SIZE),
        documents.record,
    )


def _list(database: Database, asked: Asked, read: Read, write: Write) -> str:
    """The element of the verb: part of a list, and the token of the next."""
    prefix, cursor, wanted = _wanted(asked)
    fmt = get_format(prefix)
    listed = read(database, wanted)
    if not listed:
        raise _empty(asked)
    after = (listed[-1].datestamp, listed[-1].ivoid)
    rest = count_records(database, replace(wanted, after=after))
    tail = ""
    if rest:
        token = Token(
            asked.verb, prefix, cursor + len(listed), wanted.until, after
        ).encode()
        tail = documents.resumption(token, cursor + len(listed) + rest, cursor)
    elif cursor:
        tail = documents.resumption("", cursor + len(listed), cursor)
    items = "".join([write(stored, fmt) for stored in listed])
    return f"<{asked.verb}>{items}{tail}</{asked.verb}>"


def _wanted(asked: Asked) -> tuple[str, int, Wanted]:
    """The format, how many records were sent before, and which are wanted still."""
    arguments = asked.arguments
    if TOKEN in arguments:
        token = decode_token(arguments[TOKEN], asked.verb)
        wanted = Wanted(OURS, until=token.until, after=token.after)
        return token.prefix, token.cursor, wanted
    if arguments.get("set", documents.MANAGED) != documents.MANAGED:
        problem = f"set: the only one is {documents.MANAGED}"
        raise OAIError("noRecordsMatch", problem)
    return arguments[PREFIX], 0, Wanted(OURS, asked.since, asked.until)


def _empty(asked: Asked) -> OAIError:
    """Why there is nothing to list."""
    if TOKEN in asked.arguments:
        problem = "what was left of the list has changed since; begin it again"
        return OAIError("badResumptionToken", problem)
    return OAIError("noRecordsMatch", "no record has changed in this time")
