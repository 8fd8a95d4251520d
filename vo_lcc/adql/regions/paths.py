"""Identifiers that are made of other columns: what the indexes of those can say.

`obs_publisher_did = 'ivo://example.org/~?demo/star/g'` is computed for each row, but no
row has it whose object is not `star`; so that is asked beside it, by the index.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from vo_lcc.adql import nodes as n
from vo_lcc.adql.regions.constants import text_of
from vo_lcc.tables import Path

Paths = Mapping[tuple[str, str], Path]


def path_condition(expr: Any, paths: Paths) -> n.Expr | None:
    """What no row fails that fulfils a condition on an identifier, or None."""
    if isinstance(expr, n.Comparison) and expr.op == "=":
        for one, other in ((expr.left, expr.right), (expr.right, expr.left)):
            path = path_of(one, paths)
            if path is not None:
                return equal(one, path, other, path_of(other, paths))
    if isinstance(expr, n.In) and not expr.negated and isinstance(expr.choices, tuple):
        path = path_of(expr.operand, paths)
        values = [text_of(choice) for choice in expr.choices]
        if path is not None and None not in values:
            return one_of(expr.operand, path, [v for v in values if v is not None])
    return None


def path_of(expr: Any, paths: Paths) -> Path | None:
    """What is known of a column, or None."""
    if not isinstance(expr, n.ColumnRef):
        return None
    return paths.get((expr.source, expr.name))


def equal(one: Any, path: Path, other: Any, there: Path | None) -> n.Expr | None:
    """Of an identifier that equals a constant, or one that is made in the same way."""
    value = text_of(other)
    if value is not None:
        return one_of(one, path, [value])
    if there is None or len(there.parts) != len(path.parts):
        return None
    pairs = zip(path.parts, there.parts, strict=True)
    return n.And(
        tuple(
            n.KeysMatch(n.ColumnRef(one.source, a), n.ColumnRef(other.source, b))
            for a, b in pairs
        )
    )


def one_of(column: Any, path: Path, values: Iterable[str]) -> n.Expr:
    """Of an identifier that is one of these constants."""
    found = [parts for value in values if (parts := read_path(value, path))]
    if not found:
        return n.Never()
    return n.And(
        tuple(
            n.KeyIn(n.ColumnRef(column.source, name), tuple(dict.fromkeys(each)))
            for name, each in zip(path.parts, zip(*found, strict=True), strict=True)
        )
    )


def read_path(value: str, path: Path) -> tuple[str, ...] | None:
    """The values of the parts of an identifier; None for a text that is none.

    >>> read_path("ivo://a.b/~?demo/V%2A%20x/g", Path("did", "?", ("c", "o", "p")))
    ('demo', 'V* x', 'g')
    """
    rest = value.partition(path.after)[2] if path.after else value
    try:
        parts = tuple(unquote(p, errors="strict") for p in rest.split("/"))
    except UnicodeDecodeError:
        return None
    if len(parts) != len(path.parts) or any("\0" in p for p in parts):
        return None
    return parts
