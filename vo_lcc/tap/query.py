"""What a TAP query means: ADQL to a plan, and how many rows may come."""

from dataclasses import fields, is_dataclass
from functools import partial
from typing import Any

from vo_lcc.adql import SelectPlan, compile_query, parse_tree, plan_query
from vo_lcc.adql.explain import Explanation, explain_query
from vo_lcc.adql.nodes import Query, TableName
from vo_lcc.adql.plans import PlanKey
from vo_lcc.adql.regions.used import columns_used_as_points, pairs_among
from vo_lcc.dali.capability import Limits
from vo_lcc.dali.uploads import UsedPairs
from vo_lcc.errors import QueryError
from vo_lcc.resolvers import Resolver
from vo_lcc.tables import Catalog
from vo_lcc.tap.params import TapParams


def plan_key(asked: TapParams, catalog: Catalog, limits: Limits) -> PlanKey:
    """What the plan of a query depends on: all that `plan` looks at."""
    return PlanKey(
        asked.query,
        catalog.version,
        asked.maxrec,
        limits.default_maxrec,
        limits.hard_maxrec,
    )


def plan(
    asked: TapParams,
    catalog: Catalog,
    limits: Limits,
    resolver: Resolver | None = None,
) -> SelectPlan:
    """The plan of a query, with the most rows to send; raises QueryError.

    The plan gives one row more than that, so that overflow can be seen.
    """
    query = read_query(asked, catalog)
    maxrec = most_rows(asked, query, limits)
    return plan_query(query, catalog, maxrec, asked.query, resolver)


def explanation(
    asked: TapParams,
    catalog: Catalog,
    limits: Limits,
    resolver: Resolver | None = None,
) -> Explanation:
    """How a query is understood, and the plan it would have; raises QueryError."""
    maxrec = most_rows(asked, read_query(asked, catalog), limits)
    return explain_query(asked.query, catalog, maxrec, resolver)


def read_query(asked: TapParams, catalog: Catalog) -> Query:
    """The tree of a query; after a slip its names and types are checked all the same.

    Raises QueryError with all that is wrong.
    """
    try:
        return parse_tree(asked.query)
    except QueryError:
        compile_query(asked.query, catalog)
        raise


def position_pairs(query: str) -> UsedPairs:
    """Tells which columns of a table a query takes for positions.

    None of a query that cannot be read, which is told elsewhere.
    """
    try:
        pairs = tuple(columns_used_as_points(parse_tree(query)))
    except QueryError:
        pairs = ()
    return partial(pairs_among, pairs)


def most_rows(asked: TapParams, query: Query, limits: Limits) -> int:
    """The most rows to send."""
    return default_maxrec(query, limits) if asked.maxrec is None else asked.maxrec


def advice(base_url: str) -> str:
    """What to do with a query that ran past a limit of time.

    >>> advice("https://vo.example.org")
    'run it as a job at https://vo.example.org/tap/async'
    """
    return f"run it as a job at {base_url}/tap/async"


def default_maxrec(query: Query, limits: Limits) -> int:
    """The row limit where the client gives none.

    Clients read TAP_SCHEMA whole and would take a short answer for the truth.
    """
    if schemas_of(query) == {"tap_schema"}:
        return limits.hard_maxrec
    return limits.default_maxrec


def schemas_of(query: Query) -> set[str]:
    """The schemas a query names, lower case; "" for a table without one.

    >>> sorted(schemas_of(parse_tree("SELECT a FROM TAP_SCHEMA.x JOIN y USING (b)")))
    ['', 'tap_schema']
    """
    found: set[str] = set()
    waiting: list[Any] = [query]
    while waiting:
        node = waiting.pop()
        if isinstance(node, TableName):
            found.add(node.parts[-2].lower() if len(node.parts) > 1 else "")
        elif isinstance(node, tuple):
            waiting.extend(node)
        elif is_dataclass(node):
            waiting.extend(getattr(node, each.name) for each in fields(node))
    return found
