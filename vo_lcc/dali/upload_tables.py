"""The temporary table that an upload becomes: SQL from its columns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pyarrow as pa

from vo_lcc.adql.postgres.words import column_type, name
from vo_lcc.dali.uploads import Uploaded
from vo_lcc.db import Step, TempTable
from vo_lcc.tables import Column, Table, arrow_type


@dataclass(frozen=True, slots=True)
class Conversion:
    """How text becomes the type its column is held in; `good` tells what can.

    `{0}` stands for the column. Text that is blank becomes null.
    """

    value: str
    good: str
    form: str


# By the type that a column of text is held in.
CONVERSIONS: Mapping[str, Conversion] = MappingProxyType(
    {
        "timestamp": Conversion(
            "nullif({0}, '')::timestamp",
            "true",  # see held.py
            "timestamps such as 2016-12-31T23:59:59.5Z",
        ),
        "int8multirange": Conversion(
            "vo_lcc.moc_of_text({0})",
            r"vo_lcc.moc_of_text({0}) IS NOT NULL OR {0} ~ '^\s*$'",
            "MOCs such as 4/13 17-18 8/3002",
        ),
        "float8[]": Conversion(
            "vo_lcc.region_of_text({0})",
            r"vo_lcc.region_of_text({0}) IS NOT NULL OR {0} ~ '^\s*$'",
            "regions such as CIRCLE ICRS 10 -20 0.5",
        ),
    }
)

# What COPY brings, by Arrow type.
COPIED: Mapping[pa.DataType, str] = MappingProxyType(
    {
        pa.bool_(): "boolean",
        pa.int16(): "int2",
        pa.int32(): "int4",
        pa.int64(): "int8",
        pa.float32(): "float4",
        pa.float64(): "float8",
        pa.string(): "text",
    }
)


def temp_table(uploaded: Uploaded) -> TempTable:
    """What the database is to do before a statement that reads the upload."""
    table = uploaded.table
    copied = [f"{name(c.name)} {copied_type(arrow_type(c))}" for c in table.columns]
    if uploaded.cells is not None:
        copied.append(f"{name(uploaded.cells)} int8")
    own = name(table.name)
    create = f"CREATE TEMPORARY TABLE {own} ({', '.join(copied)}) ON COMMIT DROP"
    return TempTable(
        table.name, create, uploaded.blocks, tuple(steps(table)), uploaded.size
    )


def copied_type(arrow: pa.DataType) -> str:
    """The type of a column while it is copied.

    >>> copied_type(pa.list_(pa.float32()))
    'float4[]'
    """
    if pa.types.is_list(arrow):
        return COPIED[arrow.value_type] + "[]"
    return COPIED[arrow]


def steps(table: Table) -> Iterator[Step]:
    """Conversions, indexes of positions, and what the planner wants to know."""
    own = f"pg_temp.{name(table.name)}"
    for column in table.columns:
        yield from conversion(own, table.name, column)
    if table.position is not None:
        ra, dec = name(table.position.ra), name(table.position.dec)
        # GiST sorts what it indexes: SP-GiST takes minutes for positions along a line
        yield Step(f"CREATE INDEX ON {own} USING gist (point({ra}, {dec}))")
        yield Step(f"CREATE INDEX ON {own} ({name(table.position.hpx)})")
    yield Step(f"ANALYZE {own}")


def conversion(own: str, table: str, column: Column) -> Iterator[Step]:
    """Text that is held as something else: checked, then converted."""
    held, is_text = column_type(column), column.is_text
    if not is_text or held not in CONVERSIONS:
        return
    known, here = CONVERSIONS[held], name(column.name)
    fault = (
        f"UPLOAD {table}: column {column.name!r} has the xtype {column.xtype!r},"
        f" but not all its values are {known.form}"
    )
    good = known.good.replace("{0}", here)
    yield Step(f"SELECT EXISTS (SELECT FROM {own} WHERE NOT ({good}))", fault)  # noqa: S608 (quoted)
    value = known.value.replace("{0}", here)
    yield Step(f"ALTER TABLE {own} ALTER {here} TYPE {held} USING {value}", fault)
