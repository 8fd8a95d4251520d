"""What becomes of a query, for people to read: resolved, as SQL, with its columns."""

from dataclasses import dataclass
from functools import cache

import sqlparse
from sqlparse.exceptions import SQLParseError

from vo_lcc.adql.compile import SelectPlan, compile_query
from vo_lcc.adql.names.objects import NameResolver, Names
from vo_lcc.adql.names.resolve import resolve
from vo_lcc.adql.problems import Problems
from vo_lcc.adql.syntax.parse import parse_tree
from vo_lcc.adql.syntax.write import write_query
from vo_lcc.tables import Catalog

MOST_LAID_OUT = 20_000  # characters: half a second


@dataclass(frozen=True, slots=True)
class Explanation:
    """A query with every name resolved, as ADQL, and its plan."""

    adql: str
    plan: SelectPlan


def explain_query(
    text: str,
    catalog: Catalog,
    maxrec: int | None = None,
    resolver: NameResolver | None = None,
) -> Explanation:
    """How a query is understood and run, as `compile_query` does; raises QueryError.

    In the ADQL `*` is spelt out, joins say their condition, and each table has an
    alias that its columns name.
    """
    resolver = resolver and cache(resolver)  # a look-up may go over the network
    plan = compile_query(text, catalog, maxrec, resolver)
    resolved = resolve(parse_tree(text), catalog, Problems(text), Names(resolver))
    return Explanation(write_query(resolved), plan)


def lay_out(text: str) -> str:
    """SQL or ADQL on lines of their own; as it is where it is too long for that.

    >>> print(lay_out("SELECT ra FROM t WHERE ra > 1"))
    SELECT ra
    FROM t
    WHERE ra > 1
    """
    if len(text) > MOST_LAID_OUT:
        return text
    try:
        return str(sqlparse.format(text, reindent=True))
    except SQLParseError:  # beyond the depth that it follows
        return text
