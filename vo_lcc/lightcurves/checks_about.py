"""What the registry is told of a collection: is it written as the registry wants it?

These are checks like those of `checks`, each of which gives (key, what is wrong).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from vo_lcc.adql import compile_query
from vo_lcc.db.tap_schema import TAP_SCHEMA
from vo_lcc.errors import QueryError
from vo_lcc.lightcurves.columns import collection_tables
from vo_lcc.lightcurves.model import CollectionFile, Problem
from vo_lcc.lightcurves.obscore import obs_schema
from vo_lcc.tables import Catalog, Schema

SUBJECT = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
DOI = re.compile(r"10\.\d{4,9}/\S+\Z")
ORCID = re.compile(r"(\d{4}-){3}\d{3}[\dX]\Z")
BEFORE_DOI = re.compile(r"(https?://(dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE)
BEFORE_ORCID = re.compile(r"(https?://)?(www\.)?orcid\.org/", re.IGNORECASE)


def check_creators(file: CollectionFile) -> Iterator[Problem]:
    """Creators are listed once each; their ORCIDs are whole."""
    names = Counter(one.name for one in file.creators)
    for place, one in enumerate(file.creators):
        if names[one.name] > 1:
            yield ("creators", place, "name"), f"{one.name!r} is there more than once"
        if one.orcid is not None and (problem := _orcid_problem(one.orcid)):
            yield ("creators", place, "orcid"), problem


def _orcid_problem(orcid: str) -> str | None:
    bare = BEFORE_ORCID.sub("", orcid)
    if not ORCID.match(bare):
        return f"{orcid!r} is not an ORCID, such as 0000-0002-1825-0097"
    if bare != orcid:
        return f"is written {bare!r}, without the address before it"
    if orcid_check(bare) != bare[-1]:
        return f"{orcid!r} is mistyped: its last character, a checksum, does not fit"
    return None


def orcid_check(orcid: str) -> str:
    """The last character of an ORCID, from those before it (ISO 7064, MOD 11-2).

    >>> orcid_check("0000-0002-1825-0097"), orcid_check("0000-0002-9079-593X")
    ('7', 'X')
    """
    total = 0
    for digit in orcid.replace("-", "")[:15]:
        total = (total + int(digit)) * 2
    return "0123456789X"[(12 - total % 11) % 11]


def check_subjects(file: CollectionFile) -> Iterator[Problem]:
    """Subjects are terms of the IVOA's version of the UAT, each once."""
    terms = Counter(file.subjects)
    for place, term in enumerate(file.subjects):
        key = ("subjects", place)
        if not SUBJECT.match(term):
            words = re.findall(r"[a-z0-9]+", term.lower())
            yield (
                key,
                f"{term!r} is not a term of http://www.ivoa.net/rdf/uat;"
                f" those are written like {'-'.join(words) or 'variable-stars'!r}",
            )
        elif terms[term] > 1:
            yield key, f"{term!r} is there more than once"


def check_identifiers(file: CollectionFile) -> Iterator[Problem]:
    """A DOI is one, and what the rights are is said at an address of the web."""
    if file.doi is not None:
        bare = BEFORE_DOI.sub("", file.doi)
        if not DOI.match(bare):
            yield ("doi",), f"{file.doi!r} is not a DOI, such as 10.5281/zenodo.1234"
        elif bare != file.doi:
            yield ("doi",), f"is written {bare!r}, without what is before it"
    if file.rights_uri is not None and not _is_address(file.rights_uri):
        yield (
            ("rights_uri",),
            f"{file.rights_uri!r} is not the address of a licence, such as"
            " https://spdx.org/licenses/CC-BY-4.0.html",
        )


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:  # such as http://[
        return False
    whole = parts.scheme in ("http", "https") and parts.hostname
    return bool(whole) and not re.search(r"[\s<>\"{}|\\^`]", text)


def check_names(file: CollectionFile) -> Iterator[Problem]:
    """Examples have names of their own."""
    names = Counter(one.name for one in file.examples)
    for place, one in enumerate(file.examples):
        if names[one.name] > 1:
            yield ("examples", place, "name"), f"{one.name!r} is there more than once"


def check_queries(file: CollectionFile) -> Iterator[Problem]:
    """Examples can be sent as they are: they read tables of this collection.

    Those of the standards may be read too. The rest of the file is known to be right.
    """
    if not file.examples:
        return
    own = Schema(file.name, collection_tables(file))
    catalog = Catalog((own, obs_schema(()), TAP_SCHEMA))
    for place, one in enumerate(file.examples):
        try:
            compile_query(one.query, catalog)
        except QueryError as error:
            for problem, line, column in error.problems:
                said = f"in its line {line}, column {column}: {problem}"
                yield ("examples", place, "query"), said


CHECKS: tuple[Callable[[CollectionFile], Iterator[Problem]], ...] = (
    check_creators,
    check_subjects,
    check_identifiers,
    check_names,
)
