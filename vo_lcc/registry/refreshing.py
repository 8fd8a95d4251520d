"""Our stored records, kept what they are to be.

A record is stored anew, and dated, only where it says something else than before; what
another process has stored is found so. A few at a time are stored in one transaction,
which holds the lock `CHANGING` and has seen that the catalog is still the one that the
records are about: an old state never takes the place of a new one, and dates never go
back.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from threading import Event
from typing import Any

from lxml import etree

from vo_lcc.dali.capability import Element, Site
from vo_lcc.db import Database, Load, quote_text
from vo_lcc.errors import StaleError, TransientError
from vo_lcc.lightcurves.identifiers import UNREGISTERED
from vo_lcc.registry.records import Offered, Recipe, recipes
from vo_lcc.registry.regtap import forget_resources, store_resources
from vo_lcc.registry.store import CHANGING, OURS, Stored, store_records
from vo_lcc.tables import Catalog
from vo_lcc.voresource.resource import stamp

logger = logging.getLogger(__name__)

AT_ONCE = 100
"""Records that are stored in one transaction."""

PATIENCE = 60
"""Seconds for which a process waits for others, or may do nothing in a transaction."""

Change = Callable[[Load, Sequence[str]], Sequence[str]]
"""Changes records of these identifiers; gives those that it has changed."""

DIGEST = "CASE status WHEN 'active' THEN digest ELSE '' END AS digest"


@dataclass(slots=True)
class Memory:
    """The digests of records that were built before, with what they were made of.

    Once `stop` is set, nothing more is built.
    """

    digests: dict[str, tuple[Any, str]] = field(default_factory=dict)
    stop: Event = field(default_factory=Event)

    def digest(self, recipe: Recipe) -> str:
        """The digest of a record; it is built if it may be another one."""
        if self.stop.is_set():
            raise TransientError("the server stops")
        inputs, digest = self.digests.get(recipe.identifier, (None, ""))
        if inputs is None or inputs != recipe.inputs:
            digest = digest_of(recipe.build())
        self.digests[recipe.identifier] = recipe.inputs, digest
        return digest

    def keep(self, identifiers: Mapping[str, Any]) -> None:
        """Forget all but these."""
        for gone in self.digests.keys() - identifiers.keys():
            del self.digests[gone]


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The identifiers of records that were stored anew, and of those now deleted.

    Of those that were `dropped` nothing is left.
    """

    changed: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    def __str__(self) -> str:
        """How many there are of each."""
        return (
            f"{len(self.changed)} changed, {len(self.deleted)} deleted,"
            f" {len(self.dropped)} dropped"
        )


def refresh_records(
    database: Database,
    site: Site,
    catalog: Catalog,
    offered: Offered,
    memory: Memory | None = None,
) -> Refreshed:
    """Make the stored records, and the tables of RegTAP, those of this site.

    `site.base_url` must be `BASE_URL`. Raises StaleError where the catalog is not that
    of the database any more, and TransientError where the database is away.
    """
    memory = memory or Memory()
    wanted = {r.identifier: r for r in recipes(site, catalog, offered)}
    digests = {ivoid: memory.digest(recipe) for ivoid, recipe in wanted.items()}
    memory.keep(wanted)
    known = stored_digests(database)
    left = known.keys() - {identifier.lower() for identifier in wanted}
    named = site.publisher.authority is not None
    dropped = sorted(i for i in left if named and is_unregistered(i))
    gone = sorted(i for i in left.difference(dropped) if known[i])
    new = [i for i in wanted if known.get(i.lower()) != digests[i]]

    in_parts = partial(changed, database, catalog, memory.stop)
    refreshed = Refreshed(
        in_parts(
            new, lambda load, some: replace_records(load, [wanted[i] for i in some])
        ),
        in_parts(gone, delete_records),
        in_parts(dropped, drop_records),
    )
    if refreshed != Refreshed():
        logger.info("records: %s", refreshed)
    return refreshed


def changed(
    database: Database,
    catalog: Catalog,
    stop: Event,
    identifiers: Sequence[str],
    change: Change,
) -> tuple[str, ...]:
    """Change records, some at a time; the identifiers of those that were changed."""
    done: list[str] = []
    for some in parts(identifiers):
        if stop.is_set():
            raise TransientError("the server stops")
        with database.load() as load:
            begin(load, catalog)
            done += change(load, some)
    return tuple(done)


def begin(load: Load, catalog: Catalog) -> None:
    """Wait for others that change records; raise StaleError for an old catalog.

    Nobody is waited for without end: the database ends a transaction in which a process
    was stopped.
    """
    for name in ("lock_timeout", "idle_in_transaction_session_timeout"):
        load.query(f"SELECT set_config('{name}', '{PATIENCE}s', true)")
    load.query(f"SELECT pg_advisory_xact_lock({CHANGING})::text")
    found = load.query("SELECT version::text FROM vo_lcc.catalog_version")
    if found["version"][0].as_py() != catalog.version:
        raise StaleError("what is published has changed while records were made")


def replace_records(load: Load, built: Sequence[Recipe]) -> list[str]:
    """Store those of these records that say something new; their identifiers.

    Another process may have stored some of them meanwhile.
    """
    now, known = now_of(load), known_of(load, [r.identifier for r in built])
    elements, records = [], []
    for identifier, element in ((r.identifier, r.build()) for r in built):
        digest = digest_of(element)
        since, known_digest = known.get(identifier.lower(), (now, ""))
        if digest == known_digest:
            continue
        stamp(element, since, now)
        text = etree.tostring(element, encoding="unicode")
        records.append(Stored(identifier, OURS, "active", since, now, digest, text))
        elements.append((identifier, element))
    store_records(load, records)
    store_resources(load, elements)
    return [identifier for identifier, _ in elements]


def delete_records(load: Load, ivoids: Sequence[str]) -> Sequence[str]:
    """Mark records as deleted just now; they stay, as OAI-PMH tells of them."""
    load.execute(
        "UPDATE vo_lcc.records SET status = 'deleted',"  # noqa: S608 (quoted)
        f" datestamp = {quote_text(now_of(load).isoformat())}::timestamptz"
        f" WHERE {_among(ivoids)} AND status = 'active'"
    )
    forget_resources(load, ivoids)
    return ivoids


def drop_records(load: Load, ivoids: Sequence[str]) -> Sequence[str]:
    """Leave nothing of records that no registry can have taken over."""
    load.execute(f"DELETE FROM vo_lcc.records WHERE {_among(ivoids)}")  # noqa: S608
    forget_resources(load, ivoids)
    return ivoids


def is_unregistered(ivoid: str) -> bool:
    """Is it of a time in which the server had no authority?

    >>> is_unregistered("ivo://x-unregistered/tap"), is_unregistered("ivo://a.b/tap")
    (True, False)
    """
    return f"{ivoid}/".startswith(f"ivo://{UNREGISTERED}/")


def now_of(load: Load) -> datetime:
    """The datestamp of what changes now: whole seconds, none of ours is later."""
    found = load.query(
        "SELECT date_trunc('second', greatest(clock_timestamp(), max(datestamp)))"  # noqa: S608
        f" AS now FROM vo_lcc.records WHERE registry = {quote_text(OURS)}"
    )
    now: datetime = found["now"][0].as_py()
    return now.astimezone(UTC)


def known_of(load: Load, identifiers: Sequence[str]) -> dict[str, tuple[datetime, str]]:
    """When each of these was stored first, and its digest ("": deleted), by ivoid."""
    found = load.query(
        f"SELECT ivoid, created, {DIGEST} FROM vo_lcc.records"  # noqa: S608 (quoted)
        f" WHERE {_among(identifiers)}"
    )
    return {row["ivoid"]: (row["created"], row["digest"]) for row in found.to_pylist()}


def stored_digests(database: Database) -> dict[str, str]:
    """The digests of our records by ivoid; of deleted ones it is empty."""
    rows = database.fetch(
        f"SELECT ivoid, {DIGEST} FROM vo_lcc.records WHERE registry = %s",  # noqa: S608
        (OURS,),
    )
    return dict(rows)


def digest_of(element: Element) -> str:
    """SHA-256 of a record that has no dates of its own."""
    return sha256(etree.tostring(element)).hexdigest()


def parts(identifiers: Sequence[str]) -> Iterator[Sequence[str]]:
    """As many of them at a time as one transaction takes."""
    for start in range(0, len(identifiers), AT_ONCE):
        yield identifiers[start : start + AT_ONCE]


def _among(identifiers: Sequence[str]) -> str:
    listed = ", ".join(quote_text(each.lower()) for each in identifiers)
    return f"registry = {quote_text(OURS)} AND ivoid IN ({listed})"
