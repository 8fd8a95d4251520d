"""Rows of resource records in the database."""

import logging
import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from vo_lcc.dali.capability import Element
from vo_lcc.db import Load, quote_text
from vo_lcc.db.regtap_schema import REGTAP
from vo_lcc.registry.regtap.shredding import Row, Shredded, is_gone, refusal, shred
from vo_lcc.sky import Ranges
from vo_lcc.tables import Column

logger = logging.getLogger(__name__)

AT_ONCE = 500  # records; a record may be large
MANY = 200  # so many records change what the planner should know

# Where the rows of a table are kept, for those that rr has only a view of.
BEHIND_VIEWS: Mapping[str, str] = MappingProxyType(
    {
        "resource": "rr_resource",
        "res_role": "rr_role",
        "interface": "rr_interface",
        "res_detail": "rr_detail",
        "served": "rr_served",
    }
)
ARROW_TYPES = {"int": pa.int32(), "double": pa.float64()}
XTYPES = {"timestamp": pa.timestamp("us"), "moc": pa.binary()}


def arrow_type(column: Column) -> pa.DataType:
    """The Arrow type of a column as it is stored."""
    if column.xtype is not None:
        return XTYPES[column.xtype]
    return ARROW_TYPES.get(column.datatype, pa.string())


# The tables, each after those that it refers to.
SCHEMAS: Mapping[str, pa.Schema] = MappingProxyType(
    {
        table.name: pa.schema([(c.name, arrow_type(c)) for c in table.columns])
        for table in REGTAP.tables
        if table.table_type == "table"
    }
    | {"served": pa.schema([("ivoid", pa.string()), ("svcid", pa.string())])}
)


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that is not in the tables, and why."""

    ivoid: str
    reason: str


def store_resources(
    load: Load, resources: Iterable[tuple[str, Element]], *, statistics: bool = True
) -> list[Refused]:
    """Put resource records into the tables, in the place of those of the same ivoids.

    Given are the identifier as it is written, and the `ri:Resource` element. Records
    that are deleted or inactive are taken out. Those that no row can be made of are as
    well, and are told. Who stores many, a part at a time, takes no `statistics`, and
    has `update_statistics` called in the end.
    """
    refused: list[Refused] = []
    stored = 0
    several = iter(resources)
    while batch := list(islice(several, AT_ONCE)):
        found = dict(shredded(batch, refused))
        tell_left_out(found.values())
        forget_resources(load, [ivoid for ivoid, _ in batch])
        for name, schema in SCHEMAS.items():
            rows = [row for each in found.values() for row in each.rows.get(name, ())]
            if rows:
                load.ingest(*stored_in(name), as_table(rows, schema))
        stored += len(found)
    if statistics and stored > MANY:
        update_statistics(load)
    return refused


def update_statistics(load: Load) -> None:
    """Tell the planner what the tables are like now."""
    for name in SCHEMAS:
        load.execute("ANALYZE {}.{}".format(*stored_in(name)))


def shredded(
    batch: Iterable[tuple[str, Element]], refused: list[Refused]
) -> Iterator[tuple[str, Shredded]]:
    """The rows of records by ivoid in lower case; the last of several counts."""
    for ivoid, resource in batch:
        reason = refusal(ivoid, resource)
        if reason is not None:
            refused.append(Refused(ivoid, reason))
            logger.warning("record %.200s not taken: %s", ivoid, reason)
        elif not is_gone(resource):
            rows = shred(ivoid, resource)
            yield rows.ivoid, rows


def tell_left_out(several: Iterable[Shredded]) -> None:
    """Log the rows that could not be made: in a line, for there may be thousands."""
    lacking = [each for each in several if each.left_out]
    for each in lacking:
        logger.debug("record %s: rows left out: %s", each.ivoid, dict(each.left_out))
    if lacking:
        number = dict(sum((each.left_out for each in lacking), Counter()))
        logger.info("rows left out of %d records: %s", len(lacking), number)


def forget_resources(load: Load, ivoids: Iterable[str]) -> None:
    """Take the rows of these resources out of all tables."""
    gone = ", ".join(quote_text(each) for each in {ivoid.lower() for ivoid in ivoids})
    if not gone:
        return
    deletes = [
        f"d{number} AS (DELETE FROM {schema}.{table} AS t"  # noqa: S608 (our own names)
        " USING gone WHERE t.ivoid = gone.ivoid)"
        for number, (schema, table) in enumerate(map(stored_in, SCHEMAS))
    ]
    load.execute(
        f"WITH gone (ivoid) AS (SELECT unnest(ARRAY[{gone}])), {', '.join(deletes)}"
        " SELECT"
    )


def stored_in(name: str) -> tuple[str, str]:
    """The schema and table in the database."""
    hidden = BEHIND_VIEWS.get(name)
    return ("rr", name) if hidden is None else ("vo_lcc", hidden)


def as_table(rows: Sequence[Row], schema: pa.Schema) -> pa.Table:
    """Rows as columns."""
    return pa.table(
        {f.name: [stored(row.get(f.name)) for row in rows] for f in schema},
        schema=schema,
    )


def stored(value: Any) -> Any:
    """A value as Arrow takes it: a MOC in bytes."""
    return multirange(value) if isinstance(value, tuple) else value


def multirange(ranges: Ranges) -> bytes:
    """A MOC as PostgreSQL sends an int8multirange; ends are included here, not there.

    >>> len(multirange(((0, 3), (8, 8)))), multirange(((0, 3),))[:9].hex()
    (62, '000000010000001902')
    """
    parts = (struct.pack("!iBiqiq", 25, 2, 8, a, 8, b + 1) for a, b in ranges)
    return struct.pack("!i", len(ranges)) + b"".join(parts)
