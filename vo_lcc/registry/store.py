"""The resource records in the database: ours, and those of other registries."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

import pyarrow as pa

from vo_lcc.db import Database, Load, quote_text
from vo_lcc.db.locks import Lock

OURS = ""
"""Where records come from that this server makes itself."""

PAGE = 500
"""Records that are handed out at once, at most."""

Status = Literal["active", "deleted"]


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it is kept; `record` is XML, with `BASE_URL` for the server's own.

    Times have a time zone and whole seconds. Of a deleted record `record` is what it
    said last.
    """

    identifier: str
    registry: str
    status: Status
    created: datetime
    datestamp: datetime
    digest: str
    record: str

    @property
    def ivoid(self) -> str:
        """The identifier as it is compared: without regard to case."""
        return self.identifier.lower()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records of a registry: changed from `since` to `until`, both included.

    They come in order of datestamp and ivoid, after the pair `after`.
    """

    registry: str = OURS
    since: datetime | None = None
    until: datetime | None = None
    after: tuple[datetime, str] | None = None


CHANGING = Lock.RECORDS
"""An advisory lock: records of ours change under it, each dated while it is held."""

PATIENCE = 20
"""Seconds for which an answer waits for that lock: as a rule they are two or three."""

COLUMNS = "identifier, registry, status, created, datestamp, digest, record"
HEADERS = "identifier, registry, status, created, datestamp, digest, '' AS record"
TYPES = pa.schema(
    [
        *((name, pa.string()) for name in ("ivoid", "identifier", "registry")),
        ("status", pa.string()),
        *((name, pa.timestamp("us", "UTC")) for name in ("created", "datestamp")),
        *((name, pa.string()) for name in ("digest", "record")),
    ]
)


def store_records(load: Load, records: Iterable[Stored]) -> None:
    """Store records in the place of those with the same ivoids."""
    rows = [asdict(record) | {"ivoid": record.ivoid} for record in records]
    if not rows:
        return
    ivoids = ", ".join(quote_text(row["ivoid"]) for row in rows)
    load.execute(f"DELETE FROM vo_lcc.records WHERE ivoid IN ({ivoids})")  # noqa: S608
    load.ingest("vo_lcc", "records", pa.Table.from_pylist(rows, schema=TYPES))


def find_record(database: Database, identifier: str) -> Stored | None:
    """The record of this identifier, deleted or not, wherever it is from."""
    rows = database.fetch(
        f"SELECT {COLUMNS} FROM vo_lcc.records WHERE ivoid = %s",  # noqa: S608
        (identifier.lower(),),
    )
    return next((Stored(*row) for row in rows), None)


def list_records(
    database: Database, wanted: Wanted, limit: int, size: int | None = None
) -> list[Stored]:
    """Up to `limit` of the wanted records, one at least where there is any.

    No more than make up `size` bytes of XML; None: any number.
    """
    where, params = _conditions(wanted)
    rows = database.fetch(
        f"SELECT {COLUMNS} FROM (SELECT *, sum(octet_length(record))"  # noqa: S608
        f" OVER (ORDER BY datestamp, ivoid) - octet_length(record) AS before"
        f" FROM (SELECT * FROM vo_lcc.records WHERE {where}"
        " ORDER BY datestamp, ivoid LIMIT %s) AS page) AS page"
        " WHERE before < coalesce(%s, before + 1) ORDER BY datestamp, ivoid",
        (*params, limit, size),
    )
    return [Stored(*row) for row in rows]


def list_headers(database: Database, wanted: Wanted, limit: int) -> list[Stored]:
    """Up to `limit` of the wanted records without their XML, which is left empty."""
    where, params = _conditions(wanted)
    rows = database.fetch(
        f"SELECT {HEADERS} FROM vo_lcc.records WHERE {where}"  # noqa: S608
        " ORDER BY datestamp, ivoid LIMIT %s",
        (*params, limit),
    )
    return [Stored(*row) for row in rows]


def earliest_datestamp(database: Database, registry: str = OURS) -> datetime | None:
    """When the record of a registry that changed longest ago did; None without any."""
    ((found,),) = database.fetch(
        "SELECT min(datestamp) FROM vo_lcc.records WHERE registry = %s", (registry,)
    )
    earliest: datetime | None = found
    return earliest


def wait_for_changes(database: Database) -> datetime:
    """Wait until records that are being changed are stored; give the time before that.

    Records that change later have that datestamp or a later one: who reads now, and
    then asks what has changed since that time, misses none. Raises LockedError where
    somebody changes them for longer than `PATIENCE`.
    """
    ((now,),) = database.fetch(
        f"SET LOCAL lock_timeout = '{PATIENCE}s';"  # noqa: S608 (a constant)
        " SELECT statement_timestamp() FROM pg_advisory_xact_lock_shared(%s)",
        (CHANGING,),
    )
    before: datetime = now
    return before


def count_records(database: Database, wanted: Wanted) -> int:
    """How many records are wanted."""
    where, params = _conditions(wanted)
    sql = f"SELECT count(*) FROM vo_lcc.records WHERE {where}"  # noqa: S608
    ((count,),) = database.fetch(sql, params)
    return int(count)


def _conditions(wanted: Wanted) -> tuple[str, tuple[object, ...]]:
    conditions: list[str] = ["registry = %s"]
    params: list[object] = [wanted.registry]
    for condition, value in (
        ("datestamp >= %s", wanted.since),
        ("datestamp <= %s", wanted.until),
    ):
        if value is not None:
            conditions.append(condition)
            params.append(value)
    if wanted.after is not None:
        conditions.append("(datestamp, ivoid) > (%s, %s)")
        params.extend(wanted.after)
    return " AND ".join(conditions), tuple(params)
