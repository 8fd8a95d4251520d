"""Values as SQL, for the rows of vo_lcc.releases."""

from collections.abc import Mapping

from vo_lcc.db import quote_name, quote_text

Value = str | int | float | bool | None


def literal(value: Value) -> str:
    """A value as an SQL literal.

    >>> literal(None), literal(True), literal(2), literal(0.5), literal("it's")
    ('NULL', 'true', '2', "'0.5'::float8", "'it''s'")
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return quote_text(value)
    return str(value) if isinstance(value, int) else f"'{value!r}'::float8"


def assignments(row: Mapping[str, Value]) -> str:
    """What stands behind SET in an UPDATE.

    >>> assignments({"title": "Stars", "n_points": 2})
    '"title" = \\'Stars\\', "n_points" = 2'
    """
    return ", ".join(f"{quote_name(name)} = {literal(v)}" for name, v in row.items())
