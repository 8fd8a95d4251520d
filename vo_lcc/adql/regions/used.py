"""Which columns a query itself takes for positions on the sky.

Before names are resolved, so that it can be said of a table that is about to be made.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from vo_lcc.adql import nodes as n
from vo_lcc.adql.names.scope import same
from vo_lcc.adql.tree.walk import descendants, expressions
from vo_lcc.tables import Column

Pair = tuple[n.ColumnName, n.ColumnName]

# Where a call has longitudes; the latitude of each comes next.
LONGITUDES: Mapping[str, Callable[[int], range]] = {
    "POINT": lambda count: range(0, min(count, 2), 2),
    "CIRCLE": lambda count: range(1 if count == 3 else 0),
    "DISTANCE": lambda count: range(0, count if count == 4 else 0, 2),
    "BOX": lambda count: range(1 if count == 4 else 0),
}


def columns_used_as_points(query: n.Query) -> Iterator[Pair]:
    """Each pair of columns that stands for longitude and latitude, as it is written.

    >>> from vo_lcc.adql.syntax.parse import parse_tree
    >>> text = "SELECT 1 FROM t JOIN u ON DISTANCE(u.a, u.b, t.ra, t.dec) < 1"
    >>> [".".join(c.parts) for pair in columns_used_as_points(parse_tree(text))
    ...     for c in pair]
    ['u.a', 'u.b', 't.ra', 't.dec']
    """
    for expression in expressions(query):
        for node in descendants(expression):
            if isinstance(node, n.Call):
                yield from _pairs(node)


def pairs_among(
    pairs: Iterable[Pair], columns: Iterable[Column]
) -> list[tuple[str, str]]:
    """The pairs that columns of one table can be, by the names these have."""
    names = [column.name for column in columns]
    found = [
        [name for name in names if same(written.parts[-1], name)]
        for pair in pairs
        for written in pair
    ]
    return [
        (lon[0], lat[0])
        for lon, lat in zip(found[::2], found[1::2], strict=True)
        if len(lon) == len(lat) == 1
    ]


def _pairs(call: n.Call) -> Iterator[Pair]:
    args: tuple[Any, ...] = call.args
    for at in LONGITUDES.get(call.name, _none)(len(args)):
        lon, lat = args[at : at + 2]
        if isinstance(lon, n.ColumnName) and isinstance(lat, n.ColumnName):
            yield lon, lat


def _none(count: int) -> range:
    return range(0)
