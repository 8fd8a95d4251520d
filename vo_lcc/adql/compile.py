"""compile_query: ADQL text and a catalog in, a SelectPlan out. A list of passes."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from vo_lcc.adql import nodes as n
from vo_lcc.adql.names.objects import NameResolver, Names
from vo_lcc.adql.names.resolve import resolve
from vo_lcc.adql.postgres.render import render
from vo_lcc.adql.problems import Problems
from vo_lcc.adql.regions.index import index_regions
from vo_lcc.adql.syntax.parse import read_tree
from vo_lcc.adql.tree.walk import tables
from vo_lcc.adql.types.groups import check_groups
from vo_lcc.adql.types.infer import Types
from vo_lcc.adql.types.joins import check_joins
from vo_lcc.adql.types.windows import check_windows
from vo_lcc.errors import QueryError
from vo_lcc.tables import Catalog, Column


@dataclass(frozen=True, slots=True)
class SelectPlan:
    """A statement and the columns of its result, in order.

    The statement gives at most one row more than `maxrec`, where that is given. A
    plan that depends on more than the query's text and the catalog is not `reusable`.
    `tables` are those the query reads, as (schema, name).
    """

    sql: str
    columns: tuple[Column, ...]
    maxrec: int | None = None
    reusable: bool = True
    tables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Compilation:
    """What the passes of one query share."""

    catalog: Catalog
    problems: Problems
    types: Types
    names: Names


def resolve_names(query: n.Query, c: Compilation) -> n.Query:
    """Names to things; what is missing is noted and left unknown."""
    return resolve(query, c.catalog, c.problems, c.names)


def check_values(query: n.Query, c: Compilation) -> n.Query:
    """Types, groups and joins; a query that has problems goes no further."""
    c.types.columns(query)
    check_groups(query, c.problems)
    check_windows(query, c.problems)
    check_joins(query, c.problems)
    c.problems.raise_any()
    return query


def use_indexes(query: n.Query, c: Compilation) -> n.Query:
    """Region predicates to index conditions and exact tests."""
    query = index_regions(query, c.types)
    c.problems.raise_any()
    return query


PASSES: tuple[Callable[[n.Query, Compilation], n.Query], ...] = (
    resolve_names,
    check_values,
    use_indexes,
)


def parse_query(text: str) -> n.Query:
    """The tree of an ADQL query, checked as far as no catalog is needed.

    Raises QueryError with every problem found, with line and column.

    >>> parse_query("SELECT TOP 5 ra FROM demo.objects").top
    5
    """
    problems = Problems(text)
    query = _read(text, problems)
    with _nesting_limit(problems):
        Types(problems).columns(query)
    problems.raise_any()
    return query


def _read(text: str, problems: Problems) -> n.Query:
    """The tree, if names and types can be checked in spite of problems noted."""
    query = read_tree(text, problems)
    if query is None:
        raise problems.error()
    return query


def compile_query(
    text: str,
    catalog: Catalog,
    maxrec: int | None = None,
    resolver: NameResolver | None = None,
) -> SelectPlan:
    """An ADQL query as one PostgreSQL statement and the columns of its result.

    With `maxrec` the statement gives at most one row more than that, so that the
    caller can see an overflow; TOP still holds. `resolver` finds the objects that
    ivo_simbadpoint names. Raises QueryError.
    """
    problems = Problems(text)
    return _plan(_read(text, problems), catalog, maxrec, problems, resolver)


def plan_query(
    query: n.Query,
    catalog: Catalog,
    maxrec: int | None = None,
    text: str = "",
    resolver: NameResolver | None = None,
) -> SelectPlan:
    """The same for a tree: one built in Python, or parsed from `text`."""
    return _plan(query, catalog, maxrec, Problems(text), resolver)


def _plan(
    query: n.Query,
    catalog: Catalog,
    maxrec: int | None,
    problems: Problems,
    resolver: NameResolver | None,
) -> SelectPlan:
    """A plan, unless there are problems, some of which may be noted already."""
    names = Names(resolver)
    c = Compilation(catalog, problems, Types(problems, known_only=True), names)
    with _nesting_limit(problems):
        for step in PASSES:
            query = step(query, c)
        sql = render(query, c.types, problems, maxrec)
        columns = c.types.columns(query)
        read = tables(query)
    problems.raise_any()
    return SelectPlan(sql, columns, maxrec, not names.asked, read)


@contextmanager
def _nesting_limit(problems: Problems) -> Iterator[None]:
    """A query nested beyond what Python can follow is the query's fault."""
    try:
        yield
    except RecursionError:
        problems.add("the query is nested too deeply", 0)
        raise problems.error() from None


def check_lines(lines: Iterable[str]) -> Iterator[str]:
    """For each line, a JSON string of ADQL: `OK`, or `ERR line:column message`.

    >>> list(check_lines(['"SELECT ra FROM t"', '"SELECT FROM t"']))[0]
    'OK'
    """
    for line in lines:
        try:
            query = json.loads(line)
        except ValueError:
            yield "ERR 1:1 the line is not a JSON string"
            continue
        yield _check(query) if isinstance(query, str) else "ERR 1:1 not a JSON string"


def _check(query: str) -> str:
    try:
        parse_query(query)
    except QueryError as error:
        message, line, column = error.problems[0]
        return f"ERR {line}:{column} {' '.join(message.split())}"
    return "OK"
