"""The answers to the six verbs (OAI-PMH 2.0, section 4)."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from xml.sax.saxutils import escape

from vo_lcc.dali.capability import Publisher
from vo_lcc.dali.coding import CODINGS
from vo_lcc.db import Database
from vo_lcc.errors import TransientError
from vo_lcc.lightcurves.identifiers import UNREGISTERED
from vo_lcc.registry.oai import documents
from vo_lcc.registry.oai.arguments import PREFIX, TOKEN, Asked, read_arguments
from vo_lcc.registry.oai.formats import FORMATS, embedded, get_format
from vo_lcc.registry.oai.lists import list_identifiers, list_metadata
from vo_lcc.registry.oai.moments import stamp
from vo_lcc.registry.oai.problems import OAIError
from vo_lcc.registry.oai.tokens import decode_token
from vo_lcc.registry.store import (
    OURS,
    Stored,
    earliest_datestamp,
    find_record,
    wait_for_changes,
)
from vo_lcc.voresource.names import BASE_URL

EMAIL = re.compile(r"\S+@(\S+\.)+\S+")
NO_EMAIL = "publisher.email@is-not-configured.invalid"
QUOTES = {'"': "&quot;", "'": "&apos;"}


@dataclass(frozen=True, slots=True)
class Repository:
    """Whose records are sent, and the address of the server as its client sees it."""

    base_url: str
    publisher: Publisher

    @property
    def url(self) -> str:
        """The address of this endpoint: the base URL of OAI-PMH."""
        return f"{self.base_url}/oai"

    @property
    def registry(self) -> str:
        """The identifier of the record that describes this registry."""
        return f"ivo://{self.publisher.authority or UNREGISTERED}/registry"


def answer(
    database: Database, repository: Repository, pairs: Iterable[tuple[str, str]]
) -> bytes:
    """The document that answers a request with these arguments, errors included.

    Raises TransientError while the database is away or the records are being made.
    """
    now = wait_for_changes(database)
    attributes: Mapping[str, str] = {}
    try:
        asked = read_arguments(pairs)
        attributes = asked.attributes
        content = ANSWERS[asked.verb](database, repository, asked)
    except OAIError as error:
        content = documents.error(error.code, str(error))
        if error.code in ("badVerb", "badArgument"):
            attributes = {}
    base_url = escape(repository.base_url, QUOTES)
    content = content.replace(BASE_URL, base_url)
    return documents.document(repository.url, now, attributes, content).encode()


def refusal(repository: Repository, problem: str) -> bytes:
    """The document that answers a request whose arguments cannot be read."""
    content = documents.error("badArgument", problem)
    return documents.document(repository.url, datetime.now(UTC), {}, content).encode()


def identify(database: Database, repository: Repository, asked: Asked) -> str:
    """Who we are, told by the vg:Registry record too (Registry Interfaces 1.1, 3.1)."""
    publisher = repository.publisher
    found = find_record(database, repository.registry)
    earliest = earliest_datestamp(database)
    if found is None or found.status == "deleted" or earliest is None:
        raise TransientError("the records of this registry are being made")
    email = publisher.email or ""
    said = documents.words(
        repositoryName=publisher.name or "vo_lcc",
        baseURL=repository.url,
        protocolVersion="2.0",
        adminEmail=email if EMAIL.fullmatch(email) else NO_EMAIL,
        earliestDatestamp=stamp(earliest),
        deletedRecord="persistent",
        granularity="YYYY-MM-DDThh:mm:ssZ",
    )
    codings = "".join(documents.words(compression=coding) for coding in CODINGS)
    description = f"<description>{embedded(found.record)}</description>"
    return f"<Identify>{said}{codings}{description}</Identify>"


def list_formats(database: Database, repository: Repository, asked: Asked) -> str:
    """The formats: every record comes in each."""
    if "identifier" in asked.arguments:
        _get(database, asked)
    listed = (
        documents.words(
            metadataPrefix=each.prefix,
            schema=each.schema,
            metadataNamespace=each.namespace,
        )
        for each in FORMATS.values()
    )
    formats = "".join(f"<metadataFormat>{said}</metadataFormat>" for said in listed)
    return f"<ListMetadataFormats>{formats}</ListMetadataFormats>"


def list_sets(database: Database, repository: Repository, asked: Asked) -> str:
    """The one set, that of all records; it is never sent in parts."""
    if TOKEN in asked.arguments:
        decode_token(asked.arguments[TOKEN], asked.verb)
    said = documents.words(
        setSpec=documents.MANAGED, setName="What this registry is the origin of"
    )
    return f"<ListSets><set>{said}</set></ListSets>"


def get_record(database: Database, repository: Repository, asked: Asked) -> str:
    """One record; of a deleted one its header."""
    fmt = get_format(asked.arguments[PREFIX])
    found = documents.record(_get(database, asked), fmt)
    return f"<GetRecord>{found}</GetRecord>"


Answer = Callable[[Database, Repository, Asked], str]
ANSWERS: Mapping[str, Answer] = MappingProxyType(
    {
        "Identify": identify,
        "ListMetadataFormats": list_formats,
        "ListSets": list_sets,
        "GetRecord": get_record,
        "ListIdentifiers": lambda database, _, asked: list_identifiers(database, asked),
        "ListRecords": lambda database, _, asked: list_metadata(database, asked),
    }
)


def _get(database: Database, asked: Asked) -> Stored:
    """The record of ours that is asked for; raises OAIError (idDoesNotExist)."""
    identifier = asked.arguments["identifier"]
    found = find_record(database, identifier)
    if found is None or found.registry != OURS:
        problem = f"identifier: this registry has no {identifier!r:.200}"
        raise OAIError("idDoesNotExist", problem)
    return found
