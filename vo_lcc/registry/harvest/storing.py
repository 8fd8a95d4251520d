"""What is read from a peer into the database: a transaction for each answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pyarrow as pa

from vo_lcc.db import Database, Load, quote_text
from vo_lcc.db.locks import Lock
from vo_lcc.registry.harvest.errors import HarvestError
from vo_lcc.registry.harvest.judging import (
    UNREADABLE,
    Gone,
    Refused,
    Taken,
    Verdict,
)
from vo_lcc.registry.harvest.peer import Peer
from vo_lcc.registry.harvest.state import (
    Counts,
    State,
    store_progress,
    texts_sql,
    time_sql,
    update,
)
from vo_lcc.registry.regtap import (
    forget_resources,
    store_resources,
    update_statistics,
)
from vo_lcc.registry.store import OURS, store_records

MANY = 200  # so many records change what the planner should know
TRIES = 5  # to go on with a harvest where it was cut short; then it begins again
SEEN = pa.schema([("registry", pa.string()), ("ivoid", pa.string())])


@dataclass(frozen=True, slots=True)
class Begun:
    """A harvest as it begins or goes on: its state, the authorities whose records are
    taken, and those of the peer that others have, with whose they are."""

    state: State
    authorities: frozenset[str]
    withheld: tuple[tuple[str, str], ...]


def begin(
    database: Database, peer: Peer, state: State, ours: frozenset[str], full: bool
) -> Begun:
    """Begin a harvest of what is new, or of all; go on with one that was cut short.

    Records whose authority is not the peer's any more leave. Raises HarvestError
    where there is none whose records could be taken.
    """
    with database.load() as load:
        load.execute(f"SELECT pg_advisory_xact_lock({Lock.AUTHORITIES})")
        others = _owners(load, state.url, ours)
        withheld = tuple((a, others[a]) for a in sorted(peer.authorities & set(others)))
        authorities = peer.authorities - set(others)
        if not authorities:
            raise HarvestError(
                f"it manages no authority but {_listed(withheld)}"
                if withheld
                else "it says of no authority that it manages it"
            )
        _expel(load, state.url, authorities)
        state = _planned(peer, state, full)
        if state.token is None:
            _forget_seen(load, state.url)
        update(
            load,
            state.url,
            identity=quote_text(peer.identity),
            title=quote_text(peer.title),
            authorities=texts_sql(sorted(authorities)),
            is_full="true" if state.is_full else "false",
            asked_since=time_sql(state.asked_since),
            begun_at=time_sql(state.begun_at),
        )
        store_progress(load, state)
    return Begun(state, authorities, withheld)


def begin_again(database: Database, state: State) -> State:
    """The same harvest from its first answer on."""
    state = replace(state, token=None, begun_at=None, counts=Counts())
    with database.load() as load:
        _forget_seen(load, state.url)
        store_progress(load, state)
    return state


def store_page(
    database: Database,
    state: State,
    verdicts: Sequence[Verdict],
    when: datetime,
    token: str | None,
) -> State:
    """Store what one answer has brought, and where the next begins; the new state.

    `when` is the time of the answer by the clock of the peer.
    """
    with database.load() as load:
        brought = _store(load, state.url, verdicts)
        if state.is_full:
            _see(load, state.url, (each.ivoid for each in verdicts if each.ivoid))
        begun_at = state.begun_at or min(when, datetime.now(UTC).replace(microsecond=0))
        counts = state.counts.plus(brought)
        state = replace(state, token=token, counts=counts, begun_at=begun_at)
        update(load, state.url, begun_at=time_sql(begun_at))
        store_progress(load, state)
        if counts.taken > MANY and counts.pages.bit_count() == 1:  # 1, 2, 4, 8 ...
            update_statistics(load)
    return state


def _store(load: Load, url: str, verdicts: Sequence[Verdict]) -> Counts:
    """Store what has changed, delete what is gone; what that was."""
    refused = [each for each in verdicts if isinstance(each, Refused)]
    known = _known(load, url, [each.ivoid for each in verdicts if each.ivoid])
    was_active = {ivoid for ivoid, (status, _) in known.items() if status == "active"}
    changed = [
        each
        for each in verdicts
        if isinstance(each, Taken)
        and known.get(each.ivoid) != (each.stored.status, each.stored.digest)
    ]
    active = [each for each in changed if each.stored.status == "active"]
    given = [(each.stored.identifier, each.resource) for each in active]
    odd = [
        Refused(each.ivoid, each.reason)
        for each in store_resources(load, given, statistics=False)
    ]
    not_taken = {each.ivoid for each in odd}
    taken = [each.stored for each in changed if each.ivoid not in not_taken]
    store_records(load, taken)
    forget_resources(load, [e.ivoid for e in changed if e.stored.status == "deleted"])
    gone = {each.ivoid for each in verdicts if isinstance(each, Gone)}
    _delete(load, url, sorted((gone | not_taken) & was_active))
    n_taken = len(active) - len(odd)
    n_deleted = len(changed) - len(active) + len(gone & was_active)
    return Counts(
        pages=1,
        taken=n_taken,
        deleted=n_deleted,
        unchanged=len(verdicts) - n_taken - n_deleted - len(refused) - len(odd),
    ).refusing([*refused, *odd])


def finish(database: Database, state: State, pause: float) -> State:
    """A harvest is complete: what all of it did not show is gone; the new state.

    It is due again in `pause` seconds. Where a record could not be read nobody knows
    what has vanished, so nothing has. Raises HarvestError for a peer that lists
    nothing, not even itself.
    """
    counts = state.counts
    with database.load() as load:
        if state.is_full and not counts.read:
            raise HarvestError(
                "it lists no records, not even its own; none is given up"
            )
        if state.is_full and UNREADABLE not in counts.refused:
            vanished = _vanished(load, state.url)
            _delete(load, state.url, vanished)
            counts = replace(counts, vanished=len(vanished))
        _forget_seen(load, state.url)
        if counts.taken + counts.deleted + counts.vanished > MANY:
            update_statistics(load)
        state = replace(state, token=None, since=state.begun_at, counts=counts)
        update(
            load,
            state.url,
            since=time_sql(state.since),
            complete_at="now()",
            full_at="now()" if state.is_full else "full_at",
            failures="0",
            error="NULL",
            due=f"now() + make_interval(secs => {float(pause)!r})",
        )
        store_progress(load, state)
    return state


def forget_peer(database: Database, url: str) -> int:
    """Give up all that is from a peer; how many records that were."""
    with database.load() as load:
        number = _remove(load, url, "true")
        _forget_seen(load, url)
        load.execute(f"DELETE FROM vo_lcc.harvests WHERE url = {quote_text(url)}")  # noqa: S608
    return number


def _planned(peer: Peer, state: State, full: bool) -> State:
    """The state with what is to be read now."""
    same = state.identity == peer.identity
    if state.token is not None and same and not full and state.failures < TRIES:
        return state
    now = datetime.now(UTC)
    is_full = (
        full
        or not same
        or state.since is None
        or state.full_at is None
        or state.full_at + peer.full_after < now
    )
    return replace(
        state,
        token=None,
        is_full=is_full,
        asked_since=None if is_full else state.since,
        begun_at=None,
        counts=Counts(),
    )


def _owners(load: Load, url: str, ours: frozenset[str]) -> dict[str, str]:
    """The authorities that are not for this peer, and whose each is."""
    rows = load.query(
        "SELECT unnest(authorities) AS authority, url AS owner FROM vo_lcc.harvests"  # noqa: S608
        f" WHERE url <> {quote_text(url)} UNION ALL"
        " SELECT DISTINCT split_part(ivoid, '/', 3), ''::text FROM vo_lcc.records"
        f" WHERE registry = {quote_text(OURS)}"
    ).to_pylist()
    owners = {row["authority"]: row["owner"] or "this server" for row in rows}
    return owners | dict.fromkeys(ours, "this server")


def _listed(withheld: Iterable[tuple[str, str]]) -> str:
    return ", ".join(
        f"{authority}, which is that of {whose}" for authority, whose in withheld
    )


def _known(load: Load, url: str, ivoids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Status and digest of those of these records that are from this peer."""
    if not ivoids:
        return {}
    rows = load.query(
        "SELECT ivoid, status, digest FROM vo_lcc.records"  # noqa: S608
        f" WHERE registry = {quote_text(url)} AND ivoid = ANY({texts_sql(ivoids)})"
    ).to_pylist()
    return {row["ivoid"]: (row["status"], row["digest"]) for row in rows}


def _delete(load: Load, url: str, ivoids: Sequence[str]) -> None:
    """Keep these records of a peer as deleted."""
    if not ivoids:
        return
    load.execute(
        "UPDATE vo_lcc.records SET status = 'deleted', digest = '',"  # noqa: S608
        " datestamp = date_trunc('second', now())"
        f" WHERE registry = {quote_text(url)} AND ivoid = ANY({texts_sql(ivoids)})"
    )
    forget_resources(load, ivoids)


def _expel(load: Load, url: str, authorities: frozenset[str]) -> None:
    """Give up what is not this peer's to publish any more."""
    rows = load.query(
        "SELECT DISTINCT split_part(ivoid, '/', 3) AS authority FROM vo_lcc.records"  # noqa: S608
        f" WHERE registry = {quote_text(url)}"
    ).to_pylist()
    lost = {row["authority"] for row in rows} - authorities
    if lost:
        _remove(
            load, url, f"split_part(ivoid, '/', 3) = ANY({texts_sql(sorted(lost))})"
        )


def _remove(load: Load, url: str, condition: str) -> int:
    where = f"registry = {quote_text(url)} AND {condition}"
    rows = load.query(f"SELECT ivoid FROM vo_lcc.records WHERE {where}").to_pylist()  # noqa: S608
    if rows:
        load.execute(f"DELETE FROM vo_lcc.records WHERE {where}")  # noqa: S608
        forget_resources(load, [row["ivoid"] for row in rows])
    return len(rows)


def _see(load: Load, url: str, ivoids: Iterable[str]) -> None:
    rows = [{"registry": url, "ivoid": ivoid} for ivoid in ivoids]
    if rows:
        table = pa.Table.from_pylist(rows, schema=SEEN)
        load.ingest("vo_lcc", "harvest_seen", table)


def _forget_seen(load: Load, url: str) -> None:
    load.execute(f"DELETE FROM vo_lcc.harvest_seen WHERE registry = {quote_text(url)}")  # noqa: S608


def _vanished(load: Load, url: str) -> list[str]:
    rows = load.query(
        "SELECT ivoid FROM vo_lcc.records AS r WHERE status = 'active'"  # noqa: S608
        f" AND registry = {quote_text(url)} AND NOT EXISTS (SELECT 1"
        " FROM vo_lcc.harvest_seen AS s WHERE s.registry = r.registry"
        " AND s.ivoid = r.ivoid)"
    ).to_pylist()
    return [row["ivoid"] for row in rows]
