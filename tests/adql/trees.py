"""Strategies for trees as the parser gives them: every node, in its normal form."""

from hypothesis import strategies as st

from vo_lcc.adql import nodes as n
from vo_lcc.adql.functions import AGGREGATES, FUNCTIONS
from vo_lcc.adql.functions.window import WINDOW
from vo_lcc.adql.syntax.build import GEOMETRIES, MAX_INTEGER
from vo_lcc.adql.syntax.words import AGGREGATES as SET_FUNCTIONS
from vo_lcc.adql.syntax.words import TYPES, WORDS

REGULAR = ["a", "b", "Ra", "DEC", "over", "range", "Row", "limit", "t1"]
names = st.one_of(
    st.sampled_from(REGULAR).map(n.Regular),
    st.sampled_from(["size", "A", 'q"q', "a b", "select", "é", "ra"]),
    st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
        max_size=5,
        min_size=1,
    ),
)
chains = st.lists(names, min_size=1, max_size=3).map(tuple)
whole = st.integers(0, MAX_INTEGER)
texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8
)
literals = st.one_of(
    st.integers(-MAX_INTEGER, MAX_INTEGER),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
    st.none(),
).map(n.Literal)
bounds = st.builds(
    n.Bound, st.booleans(), st.one_of(st.none(), whole, st.floats(0, 1e9))
)
frames = st.builds(n.Frame, st.sampled_from(["ROWS", "RANGE"]), bounds, bounds)
words = sorted({w for w in FUNCTIONS if WORDS.get(w, "FUNCTION") == "FUNCTION"})
calls = st.sampled_from(
    [w for w in words if w not in AGGREGATES] + ["GAVO_X", "OVER_1"]
)
own_aggregates = sorted(AGGREGATES - set(SET_FUNCTIONS))


def many(strategy, least=0, most=3):
    return st.lists(strategy, min_size=least, max_size=most).map(tuple)


def is_number(e):
    return isinstance(e, n.Literal) and isinstance(e.value, int | float)


def call(name, args, system):
    """A call in which no argument would be read as a coordinate system."""
    if name not in GEOMETRIES:
        return n.Call(name, args)
    if system is None and args and isinstance(args[0], n.Literal):
        args = (n.ColumnName((n.Regular("a"),)), *args[1:])
    return n.Call(name, args, system)


def arithmetic(ops):
    return lambda x: st.builds(
        n.Arithmetic, x, many(st.tuples(st.sampled_from(ops), x), 1)
    )


def values(x, queries):
    """The expressions over `x`."""
    aggregates = st.one_of(
        st.builds(
            n.Aggregate,
            st.sampled_from(SET_FUNCTIONS),
            st.tuples(x),
            st.booleans(),
        ),
        st.builds(n.Aggregate, st.sampled_from(SET_FUNCTIONS), st.just((n.Star(),))),
        *(
            [st.builds(n.Aggregate, st.sampled_from(own_aggregates), many(x))]
            if own_aggregates
            else []
        ),
    )
    ranked = st.builds(n.Aggregate, st.sampled_from(sorted(WINDOW)), many(x))
    windows = st.builds(
        lambda f, partition, order_by, frame: n.Window(
            f.name, f.args, partition, order_by, frame, f.distinct
        ),
        st.one_of(aggregates, ranked),
        many(x),
        many(st.builds(n.OrderItem, x, st.booleans())),
        st.none() | frames,
    )
    casts = st.builds(
        n.Cast,
        x,
        st.sampled_from(
            [t for t in TYPES if t != "DOUBLE"] + ["DOUBLE PRECISION", "POINT"]
        ),
        st.none(),
    ) | st.builds(
        n.Cast,
        x,
        st.sampled_from(["CHAR", "VARCHAR", "DOUBLE PRECISION"]),
        st.integers(0, 10**10 - 1),
    )
    cases = st.builds(n.Case, st.none() | x, many(st.tuples(x, x), 1), st.none() | x)
    return [
        st.builds(n.Sign, st.sampled_from("+-"), x.filter(lambda e: not is_number(e))),
        st.builds(n.Sign, st.just("~"), x),
        arithmetic("&^|")(x),
        arithmetic("+-")(x),
        arithmetic("*/%")(x),
        st.builds(n.Concat, many(x, 2)),
        st.builds(call, calls, many(x, 0, 4), st.none() | texts),
        aggregates,
        windows,
        casts,
        cases,
        st.builds(n.Subquery, queries),
    ]


def conditions(x, queries):
    """The conditions over `x`."""
    flag = st.booleans()
    return [
        st.builds(
            n.Comparison, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), x, x
        ),
        st.builds(n.Between, x, x, x, flag),
        st.builds(n.In, x, many(x, 1) | queries, flag),
        st.builds(n.Like, x, x, flag, flag),
        st.builds(n.IsNull, x, flag),
        st.builds(n.Exists, queries),
        st.builds(n.Not, x),
        st.builds(n.And, many(x, 2)),
        st.builds(n.Or, many(x, 2)),
    ]


def sources(expr, queries):
    """Tables, derived tables and joins."""
    tables = st.builds(n.TableName, chains, st.none() | names)
    leaves = st.one_of(tables, tables, st.builds(n.DerivedTable, queries, names))
    kinds = st.sampled_from(["INNER", "LEFT", "RIGHT", "FULL"])

    def joins(inner):
        return st.one_of(
            st.builds(n.Join, st.just("CROSS"), inner, inner),
            st.builds(n.Join, kinds, inner, inner, st.just(True)),
            st.builds(n.Join, kinds, inner, inner, on=expr),
            st.builds(n.Join, kinds, inner, inner, using=many(names, 1)),
        )

    return st.recursive(leaves, joins, max_leaves=4)


def query_of(expr, queries):
    """SELECT over these expressions and inner queries; operations on those."""
    items = st.one_of(
        st.builds(n.SelectItem, expr, st.none() | names),
        st.builds(n.SelectItem, st.builds(n.Star, st.just(()) | chains)),
    )
    orders = many(st.builds(n.OrderItem, expr, st.booleans()), 0, 2)
    optional = st.none() | expr
    numbers = st.none() | whole
    selects = st.builds(
        n.Select,
        many(items, 1),
        sources(expr, queries),
        optional,
        many(expr, 0, 2),
        optional,
        orders,
        numbers,
        numbers,
        st.booleans(),
    )
    operators = st.sampled_from(["UNION", "EXCEPT", "INTERSECT"])
    united = st.builds(
        n.SetOperation, operators, queries, queries, st.booleans(), orders, numbers
    )
    commons = many(st.builds(n.CommonTable, names, queries), 1, 2)
    return st.one_of(selects, united, st.builds(n.With, commons, queries))


columns = st.builds(n.ColumnName, chains)
leaves = st.one_of(literals, columns)
plain_queries = st.builds(
    n.Select,
    many(st.builds(n.SelectItem, leaves), 1, 2),
    st.builds(n.TableName, chains),
    st.none() | leaves,
    order_by=many(st.builds(n.OrderItem, leaves), 0, 1),
)


def level(expr, query):
    """Expressions and queries made of those one level below."""
    return (
        st.deferred(
            lambda: st.one_of(leaves, *values(expr, query), *conditions(expr, query))
        ),
        st.deferred(lambda: query_of(expr, query)),
    )


expressions, queries = level(*level(*level(leaves, plain_queries)))
