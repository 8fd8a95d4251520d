"""TAP_SCHEMA as it describes itself (TAP 1.1 section 4). The DDL is in sql/0001."""

from vo_lcc.tables import Column, ForeignKey, Schema, Table


def _text(name: str, description: str, principal: bool = True) -> Column:
    return Column(
        name,
        "char",
        "*",
        description=description,
        indexed=name in ("schema_name", "table_name", "key_id"),
        principal=principal,
        std=True,
    )


def _prose(name: str, description: str) -> Column:
    return Column(
        name, "unicodeChar", "*", description=description, principal=True, std=True
    )


def _number(name: str, description: str, principal: bool = True) -> Column:
    return Column(name, "int", description=description, principal=principal, std=True)


SCHEMAS = Table(
    "tap_schema",
    "schemas",
    (
        _text("schema_name", "schema name for reference to tap_schema.tables"),
        _text("utype", "data model of the schema, if any", principal=False),
        _prose("description", "what the schema holds"),
        _number("schema_index", "recommended order of the schemas"),
    ),
    description="Schemas that can be queried here",
)

TABLES = Table(
    "tap_schema",
    "tables",
    (
        _text("schema_name", "the schema this table belongs to"),
        _text("table_name", "fully qualified table name, as used in queries"),
        _text("table_type", "either table or view"),
        _text("utype", "data model of the table, if any", principal=False),
        _prose("description", "what the table holds"),
        _number("table_index", "recommended order of the tables"),
    ),
    description="Tables that can be queried here",
    keys=(ForeignKey("tap_schema.schemas", (("schema_name", "schema_name"),)),),
)

COLUMNS = Table(
    "tap_schema",
    "columns",
    (
        _text("table_name", "the table this column belongs to"),
        _text("column_name", "column name, as used in queries"),
        _text("datatype", "VOTable datatype"),
        _text("arraysize", "VOTable arraysize; null for a scalar"),
        _text("xtype", "VOTable xtype"),
        _number("size", "length of a fixed-size array", principal=False),
        _prose("description", "what the column holds"),
        _text("utype", "data model role of the column", principal=False),
        _text("unit", "unit in VOUnits syntax"),
        _text("ucd", "unified content descriptor"),
        _number("indexed", "1 when an index exists on the column"),
        _number("principal", "1 when the column is of the first importance"),
        _number("std", "1 when the column is defined by a standard"),
        _number("column_index", "recommended order of the columns"),
    ),
    description="Columns of the tables that can be queried here",
    keys=(ForeignKey("tap_schema.tables", (("table_name", "table_name"),)),),
)

KEYS = Table(
    "tap_schema",
    "keys",
    (
        _text("key_id", "identifier for reference to tap_schema.key_columns"),
        _text("from_table", "table with the foreign key"),
        _text("target_table", "table with the key it refers to"),
        _prose("description", "what the key joins"),
        _text("utype", "data model of the key, if any", principal=False),
    ),
    description="Foreign keys between the tables that can be queried here",
    keys=(
        ForeignKey("tap_schema.tables", (("from_table", "table_name"),)),
        ForeignKey("tap_schema.tables", (("target_table", "table_name"),)),
    ),
)

KEY_COLUMNS = Table(
    "tap_schema",
    "key_columns",
    (
        _text("key_id", "the key this pair belongs to"),
        _text("from_column", "column with the foreign key"),
        _text("target_column", "column it refers to"),
    ),
    description="Pairs of columns that make up the foreign keys",
    keys=(ForeignKey("tap_schema.keys", (("key_id", "key_id"),)),),
)

TAP_SCHEMA = Schema(
    "tap_schema",
    (SCHEMAS, TABLES, COLUMNS, KEYS, KEY_COLUMNS),
    description="Tables that describe what can be queried here (TAP 1.1 section 4)",
)
