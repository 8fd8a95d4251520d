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
        _text("schema_name", "Schema name for reference to tap_schema.tables"),
        _text("utype", "Data model of the schema, if any", principal=False),
        _prose("description", "What the schema holds"),
        _number("schema_index", "Recommended order of the schemas"),
    ),
    description="Schemas that can be queried here",
)

TABLES = Table(
    "tap_schema",
    "tables",
    (
        _text("schema_name", "The schema this table belongs to"),
        _text("table_name", "Fully qualified table name, as used in queries"),
        _text("table_type", "Either table or view"),
        _text("utype", "Data model of the table, if any", principal=False),
        _prose("description", "What the table holds"),
        _number("table_index", "Recommended order of the tables"),
    ),
    description="Tables that can be queried here",
    keys=(ForeignKey("tap_schema.schemas", (("schema_name", "schema_name"),)),),
)

COLUMNS = Table(
    "tap_schema",
    "columns",
    (
        _text("table_name", "The table this column belongs to"),
        _text("column_name", "Column name, as used in queries"),
        _text("datatype", "VOTable datatype"),
        _text("arraysize", "VOTable arraysize; null for a scalar"),
        _text("xtype", "VOTable xtype"),
        _number("size", "Length of a fixed-size array", principal=False),
        _prose("description", "What the column holds"),
        _text("utype", "Data model role of the column", principal=False),
        _text("unit", "Unit in VOUnits syntax"),
        _text("ucd", "Unified content descriptor"),
        _number("indexed", "1 when an index exists on the column"),
        _number("principal", "1 when the column is of the first importance"),
        _number("std", "1 when the column is defined by a standard"),
        _number("column_index", "Recommended order of the columns"),
    ),
    description="Columns of the tables that can be queried here",
    keys=(ForeignKey("tap_schema.tables", (("table_name", "table_name"),)),),
)

KEYS = Table(
    "tap_schema",
    "keys",
    (
        _text("key_id", "Identifier for reference to tap_schema.key_columns"),
        _text("from_table", "Table with the foreign key"),
        _text("target_table", "Table with the key it refers to"),
        _prose("description", "What the key joins"),
        _text("utype", "Data model of the key, if any", principal=False),
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
        _text("key_id", "The key this pair belongs to"),
        _text("from_column", "Column with the foreign key"),
        _text("target_column", "Column it refers to"),
    ),
    description="Pairs of columns that make up the foreign keys",
    keys=(ForeignKey("tap_schema.keys", (("key_id", "key_id"),)),),
)

TAP_SCHEMA = Schema(
    "tap_schema",
    (SCHEMAS, TABLES, COLUMNS, KEYS, KEY_COLUMNS),
    description="Tables that describe what can be queried here (TAP 1.1 section 4)",
)
