"""The tables of the Registry, schema `rr`, as TAP_SCHEMA describes them (RegTAP 1.2).

The columns are in `regtap_columns.csv`, a line each after a line for their table; the
DDL is in sql/0019. utypes are XPaths into resource records (section 6); descriptions
are in our own words, which the standard allows (section 8).
"""

import csv
from collections import defaultdict
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

from vo_lcc.tables import Column, Coverage, ForeignKey, Schema, Table

DATA_MODEL = "ivo://ivoa.net/std/regtap#1.2"

# The type of a column: datatype, arraysize, xtype.
TYPES: Mapping[str, tuple[str, str | None, str | None]] = MappingProxyType(
    {
        "text": ("char", "*", None),
        "unicode": ("unicodeChar", "*", None),
        "time": ("char", "19", "timestamp"),
        "moc": ("char", "*", "moc"),
        "int": ("int", None, None),
        "double": ("double", None, None),
    }
)

# What stands for a table in others: where it is and by what it is found.
KEYS = MappingProxyType(
    {
        "resource": ("ivoid",),
        "capability": ("ivoid", "cap_index"),
        "res_schema": ("ivoid", "schema_index"),
        "res_table": ("ivoid", "table_index"),
        "interface": ("ivoid", "intf_index"),
    }
)
REFERS = MappingProxyType(
    {
        "res_table": ("resource", "res_schema"),
        "table_column": ("res_table",),
        "interface": ("capability",),
        "intf_param": ("interface",),
    }
)
VIEWS = MappingProxyType({"resid": "resource", "svcid": "resource"})

INDEXED = frozenset(
    """
    ivoid cap_index schema_index table_index intf_index res_title res_description
    res_subject standard_id cap_type table_description table_name table_utype name ucd
    utype column_description intf_type related_id detail_xpath alt_identifier coverage
    """.split()  # noqa: SIM905 (a list of literals reads worse)
)
PRINCIPAL = frozenset(
    """
    ivoid res_type short_name res_title res_description reference_url creator_seq
    waveband role_name base_role res_subject standard_id table_name table_title
    table_description name ucd unit column_description intf_type intf_role access_url
    relationship_type related_id date_value value_role detail_xpath detail_value
    alt_identifier coverage time_start time_end spectral_start spectral_end resid svcid
    """.split()  # noqa: SIM905
)


def _tables() -> tuple[Table, ...]:
    """The tables of the CSV file, in its order."""
    text = files("vo_lcc.db").joinpath("regtap_columns.csv").read_text("utf-8")
    heads: dict[str, dict[str, str]] = {}
    columns: dict[str, list[Column]] = defaultdict(list)
    for row in csv.DictReader(text.splitlines()):
        if row["column"]:
            columns[row["table"]].append(_column(row))
        else:
            heads[row["table"]] = row
    return tuple(_table(head, tuple(columns[name])) for name, head in heads.items())


def _column(row: Mapping[str, str]) -> Column:
    name, computed = row["column"], row["table"] == "tap_table"
    datatype, arraysize, xtype = TYPES[row["type"]]
    return Column(
        name,
        datatype,
        arraysize,
        unit=row["unit"] or None,
        utype=row["utype"] or None,
        xtype=xtype,
        description=row["description"],
        indexed=name in INDEXED and not (computed and name == "table_description"),
        principal=name in PRINCIPAL,
        std=True,
    )


def _table(head: Mapping[str, str], columns: tuple[Column, ...]) -> Table:
    name = head["table"]
    mocs = [c.name for c in columns if c.xtype == "moc"]
    return Table(
        "rr",
        name,
        columns,
        head["description"],
        "view" if name == "tap_table" else "table",
        head["utype"] or None,
        keys=tuple(_keys(name, columns)),
        coverages=tuple(Coverage(moc, moc) for moc in mocs),
    )


def _keys(name: str, columns: tuple[Column, ...]) -> list[ForeignKey]:
    """What a table refers to: by its columns, or its resource."""
    computed = [
        ForeignKey(f"rr.{VIEWS[c.name]}", ((c.name, "ivoid"),), c.description)
        for c in columns
        if c.name in VIEWS
    ]
    if computed or name == "resource":
        return computed
    return [
        ForeignKey(f"rr.{target}", tuple((key, key) for key in KEYS[target]))
        for target in REFERS.get(name, ("resource",))
    ]


REGTAP = Schema(
    "rr",
    _tables(),
    "The Registry of the Virtual Observatory: services and data collections, here and"
    " in other data centres, as far as this server knows them (RegTAP 1.2)",
    DATA_MODEL,
)
